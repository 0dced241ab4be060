"""Which documents a scope means, and what is said of those that are not there."""

import os
from datetime import date, datetime
from pathlib import Path

import pytest
from papers import BOILER, LEASE, ingest, space_of

from app.domain.errors import UsageFault
from app.domain.scope import EVERYTHING, Scope, Searched
from app.jobs.cancel import CancelToken
from app.library.library import Library

HARBOUR = "The harbour master rows to the lighthouse at dawn."


@pytest.fixture
def estate(library: Library, tmp_path: Path) -> Path:
    """Two collections in the library; the lease is in both, and two files of the first cannot be read."""
    folder = tmp_path / "estate"
    for name, text, day in (
        ("Contracts/lease.txt", LEASE, "2019-03-04"),
        ("Contracts/old/boiler.md", BOILER, "2023-12-31"),
        ("Contracts/empty.pdf", "", "2023-12-31"),
        ("Contracts/none.docx", "", "2023-12-31"),
        ("Contracts of others/harbour.txt", HARBOUR, "2024-01-01"),
        ("Contracts of others/copy.txt", LEASE, "2024-02-29"),
    ):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        noon = datetime.fromisoformat(f"{day}T12:00").timestamp()
        os.utime(path, (noon, noon))
    ingest(library, folder / "Contracts", folder / "Contracts of others")
    return folder


def held(library: Library, scope: Scope) -> set[str]:
    """Return the texts of the documents in scope."""
    selection = library.select(scope)
    assert selection is not None
    ids = selection.ids()
    assert len(selection) == len(ids)
    assert all(key in selection for key in ids)
    assert ids[0] - 1 not in selection
    assert ids[-1] + 1 not in selection
    return {chunk.chunk.text for chunk in library.chunks(ids)}


def test_everything_is_no_selection(library: Library, estate: Path) -> None:
    assert estate.exists()
    assert library.select(EVERYTHING) is None


def test_each_kind_and_several_together(library: Library, estate: Path) -> None:
    lease = next(entry.sha256 for entry in library.entries() if entry.path.endswith("lease.txt"))
    contracts, others = Scope(collections=("Contracts",)), Scope(collections=("Contracts of others",))
    assert held(library, contracts) == {LEASE, BOILER}
    assert held(library, others) == {LEASE, HARBOUR}
    assert held(library, Scope(collections=("Contracts", "Contracts of others"))) == {LEASE, BOILER, HARBOUR}
    assert held(library, Scope(folders=(str(estate / "Contracts"),))) == {LEASE, BOILER}
    assert held(library, Scope(folders=(str(estate / "Contracts" / "old"),))) == {BOILER}
    assert held(library, Scope(documents=(lease,))) == {LEASE}
    assert held(library, Scope(documents=(str(estate / "Contracts" / "old" / "boiler.md"), lease))) == {LEASE, BOILER}
    for name in ("markdown", "md", ".MD"):
        assert held(library, Scope(types=(name,))) == {BOILER}
    assert held(library, Scope(types=("txt", "md"))) == {LEASE, BOILER, HARBOUR}
    assert held(library, Scope(collections=("Contracts",), types=("text",))) == {LEASE}


def test_a_relative_path_is_where_it_stands(library: Library, estate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(estate / "Contracts")
    assert held(library, Scope(documents=("lease.txt",))) == {LEASE}
    assert held(library, Scope(folders=("../Contracts of others",))) == {LEASE, HARBOUR}
    assert held(library, Scope(folders=("/",))) == {LEASE, BOILER, HARBOUR}


@pytest.mark.parametrize(
    ("since", "until", "texts"),
    [
        ("2023-12-31", None, {BOILER, HARBOUR, LEASE}),
        ("2024-01-01", None, {HARBOUR, LEASE}),
        (None, "2023-12-31", {LEASE, BOILER}),
        ("2023-12-31", "2023-12-31", {BOILER}),
        ("0001-01-01", "9999-12-31", {LEASE, BOILER, HARBOUR}),
    ],
)
def test_both_days_are_in_scope(
    library: Library, estate: Path, since: str | None, until: str | None, texts: set[str]
) -> None:
    assert estate.exists()
    first, last = (date.fromisoformat(day) if day else None for day in (since, until))
    assert held(library, Scope(since=first, until=last)) == texts


def test_a_document_at_several_paths_is_shown_by_the_one_in_scope(library: Library, estate: Path) -> None:
    shown: list[str] = []
    for collection in ("Contracts", "Contracts of others"):
        selection = library.select(Scope(collections=(collection,)))
        assert selection is not None
        shown += selection.paths.values()
    assert shown == [str(estate / "Contracts" / "lease.txt"), str(estate / "Contracts of others" / "copy.txt")]


def test_a_scope_follows_the_library(library: Library, estate: Path) -> None:
    scope = Scope(collections=("Contracts",))
    assert held(library, scope) == {LEASE, BOILER}
    library.erase(estate / "Contracts" / "old")
    assert held(library, scope) == {LEASE}


def test_vectors_in_scope_are_kept_until_the_library_changes(library: Library, estate: Path) -> None:
    selection = library.select(Scope(collections=("Contracts",)))
    assert selection is not None
    space = space_of(library)
    kept = space.gathered(selection)
    assert (kept[0], len(kept[1])) == (selection.ids(), 2)
    assert space.gathered(selection) is kept
    library.erase(estate / "Contracts of others")
    assert space.gathered(selection) is not kept


@pytest.mark.parametrize(
    ("scope", "says"),
    [
        (Scope(collections=("Kontracts",)), "no collection “Kontracts”.*“Contracts”, “Contracts of others”"),
        (Scope(types=("pdf",)), "type “PDF”.*“markdown”, “text”"),
        (Scope(types=("xlsx",)), "type “xlsx”"),
        (Scope(documents=("/nowhere/lease.txt",)), "/nowhere/lease.txt"),
        (Scope(documents=("ab" * 32,)), "no document abab"),
        (Scope(folders=("/nowhere",)), "folder /nowhere"),
        (Scope(since=date(2024, 2, 1), until=date(2024, 1, 1)), "no day from 2024-02-01 until 2024-01-01"),
        (Scope(since=date(2030, 1, 1)), "no document changed since 2030 that"),
        (
            Scope(collections=("Contracts",), since=date(2024, 1, 1)),
            "no document in Contracts, changed since 2024 that could be searched. Search in other",
        ),
    ],
)
def test_what_is_not_there_is_named(library: Library, estate: Path, scope: Scope, says: str) -> None:
    assert estate.exists()
    with pytest.raises(UsageFault, match=says) as fault:
        library.select(scope)
    assert fault.value.remedy


def test_an_empty_library_has_no_collection(library: Library) -> None:
    with pytest.raises(UsageFault, match="There are none yet"):
        library.select(Scope(collections=("Contracts",)))


def test_what_was_searched_names_what_could_not_be_read(library: Library, estate: Path) -> None:
    unread = tuple(str(estate / "Contracts" / name) for name in ("empty.pdf", "none.docx"))
    assert library.searched(EVERYTHING) == Searched(EVERYTHING, 3, unread)
    contracts = Scope(collections=("Contracts",))
    assert library.searched(contracts).text == (
        "Searched only: 2 documents in Contracts. 2 files could not be read: empty.pdf, none.docx."
    )
    assert library.searched(Scope(collections=("Contracts of others",))).unread == ()
    assert library.searched(Scope(types=("docx", "txt"))).unread == unread[1:]
    assert library.searched(Scope(since=date(2024, 1, 1))).unread == ()
    (estate / "Contracts" / "late.txt").write_text("Late.")
    library.add([estate / "Contracts"], CancelToken())
    assert library.searched(contracts).waiting == 1
    assert library.searched(Scope(types=("md",))).waiting == 0


def test_a_scope_of_unread_files_alone_says_so(library: Library, tmp_path: Path) -> None:
    folder = tmp_path / "Scans"
    folder.mkdir()
    (folder / "empty.pdf").touch()
    ingest(library, folder)
    with pytest.raises(UsageFault, match="1 file could not be read: empty"):
        library.select(Scope(collections=("Scans",)))


def test_scopes_in_words() -> None:
    scope = Scope(
        ("Contracts", "Minutes"), ("/papers/old",), ("/papers/lease.pdf", "ab" * 32), ("pdf", "rtf"),
        date(2024, 1, 1), date(2025, 3, 31),
    )  # fmt: skip
    assert scope.text == (
        "in Contracts or Minutes, in the folder old, in lease.pdf or document abababababab…, of the type PDF or rtf, "
        "changed since 2024 and until 2025-03-31"
    )
    left = dict(scope.parts())
    assert list(left) == [
        "Contracts", "Minutes", "old", "lease.pdf", "document abababababab…", "PDF", "rtf", "since 2024",
        "until 2025-03-31",
    ]  # fmt: skip
    assert left["Contracts"].collections == ("Minutes",)
    assert left["since 2024"].since is None
    assert dict(left["PDF"].parts()).keys() == left.keys() - {"PDF"}
    assert (EVERYTHING.text, list(EVERYTHING.parts())) == ("", [])


def test_what_was_searched_in_words() -> None:
    names = tuple(f"/papers/{letter}.pdf" for letter in "abcde")
    assert Searched(EVERYTHING, 1).text == "Searched: 1 document."
    assert Searched(EVERYTHING, 1200, names, 1).text == (
        "Searched: 1,200 documents. 5 files could not be read: a.pdf, b.pdf, c.pdf, and 2 more. "
        "1 file is yet to be read."
    )
    assert Searched(EVERYTHING, 0, waiting=2).text == "Searched: 0 documents. 2 files are yet to be read."
