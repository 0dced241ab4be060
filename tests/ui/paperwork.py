"""The papers of an invented hospital, as real files: PDF, Word, web pages, Markdown and plain text.

``title: body`` with ``## `` headings; blank lines part the paragraphs.
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path

from docx import Document as WordDocument
from PySide6.QtCore import QMarginsF, QSizeF
from PySide6.QtGui import QFont, QPageSize, QPdfWriter, QTextDocument

GENERATOR_FACT = (
    "The Contractor shall test each emergency generator under full load once a month, for at least 30 minutes, "
    "and shall keep a written record of every test for five years."
)
VACCINE_FACT = "Vaccines are kept between 2 and 8 degrees Celsius, and the temperature is written down twice a day."

PDFS = {
    "Maintenance contract - emergency power": f"""
## 1. Parties and purpose
This contract is made between St Brannoc's Hospital, Harbour Road, Wexcombe (the Hospital) and Tarrant Power Services
Ltd, Dock Lane, Wexcombe (the Contractor). It governs the upkeep of the two emergency generators, the changeover
switchgear and the uninterruptible supplies of the operating theatres.

The contract begins on 1 April 2024 and runs for four years. It renews itself by one year unless either party gives
notice in writing at least six months before its end.

## 2. Equipment
The equipment consists of two diesel generators of 800 kVA each in the energy building, the automatic changeover panel
in the basement of the main building, and the battery-backed supplies UPS-1 to UPS-4 beside the operating theatres.

The Contractor has inspected the equipment before signing and accepts it in the condition in which it stands. Equipment
that is added later is covered from the day on which both parties have signed an addendum to the list in Annex A.

## 3. Fees
The yearly fee is 48,600 pounds, payable in four equal parts on the first working day of each quarter. Spare parts up to
250 pounds each are included. Dearer parts are ordered only with the written consent of the estates office.

If the Contractor does not arrive within the time named in section 6, the fee of that quarter is reduced by two per
cent for every hour begun, up to a fifth of the fee.

## 4. Testing
{GENERATOR_FACT} The estates office is told of the hour of the test at least three working days before, so
that the theatres can plan their lists around it.

Once a year, on a Sunday agreed with the theatre manager, the Contractor simulates a failure of the public supply. The
generators must carry the essential load within 15 seconds. A test that fails is repeated within 48 hours after repair.

## 5. Fuel
The day tanks hold fuel for eight hours and the main tank for seven days at full load. The Contractor checks the level
every week and reports it to the estates office. Fuel older than twelve months is polished or replaced.

## 6. Faults
The Contractor answers calls at any hour of the day. A technician is on site within two hours when one generator is out
of service, and within 45 minutes when both are. Until the fault is mended the Contractor provides a mobile generator
at no further cost.

## 7. Liability
The Contractor is insured for damage to persons and property up to ten million pounds for each event. The certificate
of insurance is renewed every January and sent to the estates office without being asked for.

## 8. Ending the contract
Either party may end the contract without notice when the other has broken it gravely and has not put matters right
within 14 days of being told so in writing.
""",
    "Procedure - blood transfusion": """
## Before the transfusion
Two members of staff check the identity of the patient at the bedside, one of them a registered nurse. The name, the
date of birth and the hospital number on the wristband must agree with the label of the unit and with the request form.

The consent of the patient is recorded in the notes. Where the patient cannot consent, the responsible physician writes
down why the transfusion cannot wait.

A unit of red cells is started within 30 minutes of leaving the refrigerator, and is given within four hours.

## During the transfusion
Temperature, pulse and blood pressure are taken before the start, 15 minutes after it, and at the end. The first 15
minutes are the most dangerous: the nurse stays within sight of the patient.

## Reactions
At any sign of a reaction the transfusion is stopped at once, the line is kept open with saline, and the physician on
call is told. The unit and the giving set go back to the laboratory with a fresh sample of blood.

Every reaction is reported to the transfusion committee within 24 hours, even when the patient has recovered.
""",
    "Fire safety plan": """
## Alarm
A continuous bell means fire in your own area: move patients out. An intermittent bell means fire in the area beside
yours: stand ready. The switchboard calls the fire service on 2222 as soon as a detector or a call point is set off.

## Moving patients
Patients are moved sideways first, through the nearest fire door to the next compartment on the same floor. Stairs are
used only on the order of the fire officer. Lifts are never used, except the bed lift C, which has its own supply.

## Doors and exits
Fire doors are never wedged open. Corridors that lead to an exit are kept free over their whole width.

## Drills
Every ward holds one drill a year, and the night shift is drilled at least every second year. The fire officer keeps
the record of the drills for ten years.
""",
    "Visitors and visiting hours": """
## Hours
Visitors are welcome from 14:00 to 20:00 on every day of the week. On the intensive care unit visits are arranged with
the nurse in charge. Parents may stay with their child at any hour.

## Numbers
No more than two visitors are at a bed at one time. Children under twelve come with an adult.

## Infection
Visitors with a cough, a fever or diarrhoea stay at home. Hands are cleaned at the door of the ward, on arrival and on
leaving.
""",
    "Agreement - laundry services": """
## Scope
Whitesands Linen Ltd collects used linen every day before 07:00 and delivers clean linen before 10:00. The contract
covers bed linen, towels, theatre gowns and the work clothes of about 1,400 members of staff.

## Quality
Linen is washed at 71 degrees Celsius for at least three minutes. A sample of each week's delivery is tested for germs
by the hospital's laboratory, and the result is sent to both parties.

## Price
The price is 1.32 pounds for each kilogram of clean linen. It follows the index of consumer prices once a year, on 1
January, and never rises by more than four per cent.

## Notice
The agreement may be ended by either party with three months' notice to the end of a quarter.
""",
    "Medical gases - safe handling": """
## Cylinders
Cylinders are stored upright and chained, full ones apart from empty ones. Nobody smokes or uses grease near oxygen.

## Supply
The main oxygen tank behind the pharmacy holds enough for nine days. When the pressure in the ring main falls below 3.7
bar the alarm sounds in the porters' lodge and on the switchboard.

## Shutting a zone
The valve of a zone may be shut only by the nurse in charge, and in a fire by the fire officer. Before the valve is
shut, every patient on oxygen is given a cylinder.
""",
    "Lift maintenance report 2024": """
## Findings
The inspector examined the nine lifts of the main building on 11 and 12 June 2024. Bed lift C was found in good order.
Lift F showed worn guide shoes; they were replaced on the same day.

## Measures
The emergency telephone of lift B did not reach the switchboard. It was mended on 19 June and tested by the estates
office. The next inspection is due before the end of June 2025.
""",
    "Research ethics - participant information": """
## What the study is about
You are invited to take part in a study of sleep on hospital wards. We would like to know whether quieter doors and
dimmed lights help patients to sleep longer.

## What happens to your data
Your answers are stored under a number and not under your name. The list that links the two is destroyed 12 months
after the end of the study. You may leave the study at any time without giving a reason.
""",
}

WORD = {
    "Hand hygiene policy": """
## When
Hands are cleaned before touching a patient, before a clean procedure, after contact with body fluids, after touching a
patient, and after touching what surrounds a patient.

## How
Alcohol rub is used for at least 20 seconds. Hands that are visibly dirty are washed with soap and water for 40 to 60
seconds. Rings and watches are taken off before work.
""",
    "Staff rota rules": """
## Rest
Between two shifts there are at least eleven hours of rest. Nobody works more than four nights in a row.

## Requests
Requests for leave reach the rota office six weeks ahead. Swaps between colleagues are entered in the rota by the nurse
in charge before the shift begins.
""",
    "Discharge checklist": """
## On the day before
The transport is booked before 15:00. The letter to the family doctor is written and the medicines for seven days are
ordered from the pharmacy.

## On the day itself
The cannula is removed, valuables are handed back against a signature, and the patient is told whom to call at night.
""",
    "Waste disposal guide": """
## Colours
Orange bags take infectious waste, yellow bags take waste that must be burnt, and black bags take household waste.

## Sharps
Sharps boxes are closed when they are three quarters full, and never emptied. A needle is never put back into its cap.
""",
}

WEB = {
    "Parking and transport": """
## Car park
Parking costs 2.50 pounds for the first two hours and 8 pounds for a day. Blood donors park free of charge.

## Bus
Bus 14 stops at the main entrance every twelve minutes until 23:40.
""",
    "Canteen and meals": """
## Meals on the wards
Breakfast comes at 07:30, lunch at 12:15 and supper at 17:45. Allergies are entered by the nurse on admission.

## Canteen
The canteen on level 1 is open from 06:30 to 19:00. Staff pay with their badge.
""",
    "Interpreter service": """
## Booking
Interpreters are booked by telephone on 4410, for face-to-face visits at least two days ahead. Family members do not
interpret when consent is taken.
""",
    "Lost property": """
## Where
Things that are found are kept at the porters' lodge for three months and are then given to charity.
""",
}

MARKDOWN = {
    "Vaccine refrigerator": f"""
## Storage
{VACCINE_FACT} The refrigerator is never switched off for cleaning while vaccines are in it.

## When the alarm sounds
Move the vaccines to the spare refrigerator on level 2, mark them as quarantined, and call the pharmacist. Nothing is
thrown away or used before the pharmacist has decided.
""",
    "Telephone downtime": """
## What to do
When the telephones fail, the red handsets at the nurses' stations go on working. Runners meet at the porters' lodge.

## Afterwards
The switchboard writes a report within two working days.
""",
    "Key cupboard": """
## Controlled drugs
The key of the controlled drugs cupboard is carried by the registered nurse in charge of the shift and by nobody else.
It is handed over in person, and both nurses sign the book.
""",
    "Notes of the energy group": """
## 3 May
The meeting agreed to lower the corridor lights between 22:00 and 06:00. The new boilers save about 9 per cent of gas.
""",
}

TEXT = {
    "Minutes of the equipment committee": """
The committee met on 14 March 2024. Present were the medical director, the head of estates and the finance officer.

The committee approved the purchase of three ultrasound scanners for 186,000 pounds. The old scanners go to the teaching
school. The request for a second mortuary refrigerator was put off until the autumn.
""",
    "Letter to all wards": """
Dear colleagues,

from 1 September the night entrance is beside the emergency department, because the main hall is being rebuilt. Please
tell relatives who come after 20:00.
""",
    "On-call list explained": """
The on-call physician is reached by bleep 101, the on-call surgeon by bleep 202 and the on-call pharmacist through the
switchboard. The list is renewed every Friday at noon.
""",
    "Porters - instructions": """
Beds are moved by two people. Samples for the laboratory go by the tube system, except blood gases and anything that is
too large, which are carried by hand without delay.
""",
}


@dataclass(frozen=True, slots=True)
class Paperwork:
    """Where the files lie and how many there are."""

    folder: Path
    files: int


def write(folder: Path) -> Paperwork:
    """Write all files into ``folder``, two of them below it. Needs a running Qt application for the PDFs."""
    (folder / "Public").mkdir(parents=True)
    for name, text in PDFS.items():
        _write_pdf(folder / f"{name}.pdf", name, text)
    for name, text in WORD.items():
        _write_word(folder / f"{name}.docx", name, text)
    for name, text in WEB.items():
        _write_web(folder / "Public" / f"{name}.html", name, text)
    for name, text in MARKDOWN.items():
        (folder / f"{name}.md").write_text(f"# {name}\n{text}", encoding="utf-8")
    for name, text in TEXT.items():
        (folder / f"{name}.txt").write_text(f"{name}\n{text}", encoding="utf-8")
    return Paperwork(folder, sum(path.is_file() for path in folder.rglob("*")))


def _parts(text: str) -> list[tuple[str, str]]:
    """Return heading level (``h2`` or ``p``) and words of every part."""
    parts = []
    for block in text.strip().replace("\n## ", "\n\n## ").split("\n\n"):
        if block.strip().startswith("## "):
            heading, _, rest = block.strip()[3:].partition("\n")
            parts += [("h2", heading), ("p", " ".join(rest.split()))]
        else:
            parts.append(("p", " ".join(block.split())))
    return [(kind, words) for kind, words in parts if words]


def _html(name: str, text: str) -> str:
    body = "".join(f"<{kind}>{escape(words)}</{kind}>\n" for kind, words in _parts(text))
    return f"<h1>{escape(name)}</h1>\n{body}"


def _write_pdf(path: Path, name: str, text: str) -> None:
    writer = QPdfWriter(str(path))
    writer.setTitle(name)
    writer.setResolution(150)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(22, 22, 22, 22))
    document = QTextDocument()
    document.setDefaultFont(QFont("DejaVu Serif", 11))
    document.setDefaultStyleSheet("p { line-height: 150%; margin-bottom: 9px; } h1 { margin-bottom: 20px; }")
    document.setHtml(_html(name, text))
    document.documentLayout().setPaintDevice(writer)
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.print_(writer)


def _write_word(path: Path, name: str, text: str) -> None:
    document = WordDocument()
    document.core_properties.title = name
    document.add_heading(name, 0)
    for kind, words in _parts(text):
        if kind == "h2":
            document.add_heading(words, 1)
        else:
            document.add_paragraph(words)
    document.save(str(path))


def _write_web(path: Path, name: str, text: str) -> None:
    page = (
        f"<!doctype html>\n<html lang='en'><head><title>{escape(name)}</title></head><body>{_html(name, text)}</body>"
    )
    path.write_text(f"{page}</html>\n", encoding="utf-8")
