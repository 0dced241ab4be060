"""What documents say and are called is shown as it stands: nothing is markup, nothing is loaded, nothing is hidden."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import Qt as Text
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QWidget
from pytestqt.qtbot import QtBot
from scripted import ScriptedServices

from app.domain.answers import Answer, AnswerMode, AnswerStatus, Citation, Claim, Passage
from app.domain.documents import Chunk, DocumentEntry, DocumentState, Page, Skipped, Span
from app.domain.errors import EnvironmentFault
from app.services import Services
from app.ui.conversation_view import ConversationView
from app.ui.desk import Desk
from app.ui.library_view import LibraryView
from app.ui.listing import Changes, listing_of
from app.ui.report_dialog import ReportDialog
from app.ui.source_presenter import Place, Source
from app.ui.source_view import SourceView
from app.ui.theme import Theme
from app.ui.turn import Phase, Turn
from app.ui.welcome_view import WelcomeView

MARKUP = (
    "<b>bold</b> <img src='file:///etc/hostname'> <img src='//192.0.2.1/share/a.png'> <a href='1'>[1]</a> "
    "<style>p { background: url(file:///etc/hostname) }</style> ![a](http://192.0.2.1/b.png) [c](http://192.0.2.1/d)"
)
FILE = "<img src='b.png'> <b>notice <a href='1'>[1].md"
HIDING = "Pay\u200b \u202eyllom\u202c\U000e0041\ufe0f now."
SEEN = "Pay yllom now."


class Loading(QTextDocument):
    """Remembers what a text would have loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []

    def loadResource(self, kind: int, name: QUrl | str) -> object:  # noqa: N802 - a method of Qt
        self.loaded.append(name.toString() if isinstance(name, QUrl) else name)
        return super().loadResource(kind, name)


def _shown(text: str, form: Qt.TextFormat) -> str:
    """Return what is seen of a text, as labels and tips show it; nothing may be loaded for it."""
    if form is Qt.TextFormat.PlainText or (form is Qt.TextFormat.AutoText and not Text.mightBeRichText(text)):
        return text
    document = Loading()
    document.setHtml(text)
    document.size()
    assert document.loaded == []
    return document.toPlainText().replace("\xa0", " ")


def _all_shown(widget: QWidget) -> str:
    """Return what every label below a widget shows, and every tip, without the places where words may break."""
    parts = [_shown(label.text(), label.textFormat()) for label in widget.findChildren(QLabel)]
    parts += [_shown(one.toolTip(), Qt.TextFormat.AutoText) for one in (widget, *widget.findChildren(QWidget))]
    return "\n".join(parts).replace("\u200b", "")


def _citation(words: str) -> Citation:
    return Citation("ab" * 32, f"/papers/{FILE}", words, 1, 0, len(words), words)


def _turn(words: str) -> Turn:
    turn = Turn(words, Phase.DONE, asked=f"asked: {words}")
    turn.take_claim(AnswerMode.EXTRACTIVE, Claim(f"quoted: {words}", True, (_citation(words),)))
    turn.take_claim(AnswerMode.GENERATED, Claim(f"written: {words}", True, (_citation(words),)))
    turn.take_claim(AnswerMode.GENERATED, Claim(f"withheld: {words}", False, (), f"because: {words}"))
    turn.take_thought(f"thought: {words}")
    turn.error = EnvironmentFault(f"failed: {words}.")
    return turn


def _nearest(words: str) -> Turn:
    turn = Turn("Why?", Phase.DONE)
    chunk = Chunk(0, f"near: {words}", (Span(1, 0, len(words) + 6),), ((0, len(words) + 6),))
    passage = Passage(1, "ab" * 32, f"/papers/{FILE}", words, chunk, 1.0, 1.0, 1.0)
    turn.take_answer(Answer("", AnswerStatus.NOT_FOUND, AnswerMode.EXTRACTIVE, (), (passage,)))
    return turn


@pytest.fixture
def conversation(qtbot: QtBot, qapp: QApplication) -> ConversationView:
    view = ConversationView(WelcomeView(Theme(qapp)))
    qtbot.addWidget(view)
    return view


def test_an_answer_shows_markup_as_it_stands(conversation: ConversationView) -> None:
    for turn in (_turn(MARKUP), _nearest(MARKUP[:200])):
        conversation.show_turn(turn)
    shown = _all_shown(conversation)
    for opening in ("", "asked: ", "quoted: ", "written: ", "withheld: ", "because: ", "thought: ", "failed: "):
        assert f"{opening}{MARKUP}" in shown.replace("Looked for: asked", "asked").replace("“", ""), opening
    assert f"near: {MARKUP[:200]}" in shown
    assert f"[1] {FILE}, section 1" in shown


def test_an_answer_shows_nothing_that_nobody_sees(conversation: ConversationView) -> None:
    for turn in (_turn(HIDING), _nearest(HIDING)):
        conversation.show_turn(turn)
    shown = _all_shown(conversation)
    for opening in ("quoted: ", "written: ", "withheld: ", "near: "):
        assert f"{opening}{SEEN}" in shown, opening


def test_the_library_shows_names_and_titles_as_they_stand(qtbot: QtBot, qapp: QApplication) -> None:
    view = LibraryView(Theme(qapp))
    qtbot.addWidget(view)
    entry = DocumentEntry(1, f"/papers/{FILE}", MARKUP, DocumentState.INDEXED, "ab" * 32, MARKUP, pages=1)
    view.show_changes(Changes(added=(entry,)), listing_of(1, [entry]))
    qtbot.waitUntil(lambda: view.model.settled)
    shown = view.tree.model()
    group = shown.index(0, 0)
    row = shown.index(0, 0, group)
    tips = [_shown(index.data(Qt.ItemDataRole.ToolTipRole), Qt.TextFormat.AutoText) for index in (group, row)]
    assert tips == [f"Collection: {MARKUP}", f"{MARKUP}\n/papers/{FILE}"]


def test_a_source_shows_its_name_path_and_heading_as_they_stand(qtbot: QtBot, qapp: QApplication) -> None:
    view = SourceView(Theme(qapp))
    qtbot.addWidget(view)
    place = Place("ab" * 32, f"/papers/{FILE}", MARKUP, 1, 0, 6, "text: ")
    view.show_loading(place)
    view.show_source(Source(place, None, Page(1, f"text: {MARKUP}", MARKUP), 1, gone=False))
    shown = _all_shown(view)
    for words in (FILE, f"/papers/{FILE}", MARKUP):
        assert words in shown
    assert view.text_view.toPlainText() == f"text: {MARKUP}"


def test_a_report_shows_names_as_they_stand(qtbot: QtBot) -> None:
    dialog = ReportDialog([Skipped(f"/papers/{FILE}", "damaged", f"“{MARKUP}” is damaged.")])
    qtbot.addWidget(dialog)
    item = dialog.table.item(0, 2)
    assert item is not None
    assert item.text() == f"“{MARKUP}” is damaged."
    assert _shown(item.toolTip(), Qt.TextFormat.AutoText) == f"/papers/{FILE}"


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path, services: ScriptedServices) -> Iterator[Desk]:
    made = Desk(tmp_path, lambda _folder: cast("Services", services), Theme(qapp), tmp_path / "log")
    yield made
    with qtbot.waitSignal(made.ended):
        made.close()
    made.deleteLater()


def test_a_question_about_a_document_shows_its_name_as_it_stands(desk: Desk) -> None:
    entry = DocumentEntry(1, f"/papers/{FILE}", "Papers", DocumentState.INDEXED, "ab" * 32, MARKUP, pages=1)
    desk.window.library.erase_wanted.emit(entry)
    (box,) = desk.window.findChildren(QMessageBox)
    assert f"Remove {FILE} from the library?" in _all_shown(box)
    box.reject()
