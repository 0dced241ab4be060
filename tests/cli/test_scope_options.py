"""`search` and `ask` within a scope, each in a process of its own."""

from pathlib import Path

import pytest
from called import call, lines

LEASE = "The lodger pays the rent on the first day of the month."
BOILER = "The boiler in hall four is inspected every ninety days."


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of two collections, and a file that cannot be read."""
    folder = tmp_path_factory.mktemp("papers")
    for name, text in (("Leases/lease.txt", LEASE), ("Plant/boiler.md", BOILER), ("Plant/scan.pdf", "")):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    library = folder / "library"
    call("ingest", "--library", library, folder / "Leases", folder / "Plant", code=1)
    return library


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), {"lease.txt", "boiler.md"}),
        (("--collection", "Leases"), {"lease.txt"}),
        (("--collection", "Leases", "--collection", "Plant"), {"lease.txt", "boiler.md"}),
        (("--folder", "../Plant"), {"boiler.md"}),
        (("--document", "../Leases/lease.txt", "--type", "txt"), {"lease.txt"}),
        (("--type", "md", "--since", "2000-01-01"), {"boiler.md"}),
    ],
)
def test_only_what_is_in_scope_is_found(
    library: Path, options: tuple[str, ...], found: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    monkeypatch.chdir(library)
    (line,) = lines("search", "When is it inspected, when paid?", "--library", library, *options)
    assert {Path(result["path"]).name for result in line["results"]} == found


def test_an_answer_that_is_out_of_scope_is_not_given(library: Path) -> None:
    question = "How often is the boiler inspected?"
    (answer,) = lines("ask", question, "--library", library, "--collection", "Plant")
    assert (answer["status"], answer["searched"]) == ("answered", None)
    (answer,) = lines("ask", question, "--library", library, "--collection", "Leases")
    assert answer["status"] == "not_found"
    assert answer["searched"] == {
        "text": "Searched only: 1 document in Leases.", "documents": 1, "unread": [], "waiting": 0,
    }  # fmt: skip
    said = call("ask", "Which galaxy collides with Andromeda?", "--library", library, "--collection", "Plant").stdout
    assert "Searched only: 1 document in Plant. 1 file could not be read: scan.pdf." in said


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            ("--collection", "Loans"),
            "--collection: There is no collection “Loans” in this library. There are: “Leases”",
        ),
        (("--folder", "/nowhere"), "--folder: Nothing in this library is from the folder /nowhere."),
        (("--document", "lease"), "--document: There is no document lease"),
        (("--type", "xlsx"), "--type: There is no document of the type “xlsx”"),
        (("--since", "2024-13-01"), "argument --since: '2024-13-01' is no day: write it like 2024-01-31"),
        (("--until", "1950-01-01"), "--until: There is no document changed until 1950-01-01"),
        (("--collection", "Leases", "--type", "md"), "There is no document in Leases, of the type md"),
    ],
)
def test_an_option_that_fits_nothing_is_named(library: Path, options: tuple[str, ...], says: str) -> None:
    done = call("ask", "What?", "--library", library, *options, code=2)
    assert says in done.stderr
    assert done.stdout == ""
