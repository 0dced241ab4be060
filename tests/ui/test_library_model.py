from collections.abc import Iterator
from dataclasses import replace
from time import thread_time

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop, QModelIndex
from PySide6.QtTest import QAbstractItemModelTester

from app.domain.documents import DocumentEntry, DocumentState
from app.ui.library_model import ENTRY_ROLE, LINE_ROLE, LibraryModel
from app.ui.listing import Changes, difference, key_of, listed


def _entry(name: str, collection: str = "Ward", state: DocumentState = DocumentState.QUEUED) -> DocumentEntry:
    return DocumentEntry(None, f"/papers/{collection}/{name}", collection, state)


@pytest.fixture
def model(qapp: QCoreApplication) -> Iterator[LibraryModel]:
    made = LibraryModel()
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield made
    del tester, made
    qapp.processEvents()


def _settle(model: LibraryModel) -> None:
    while not model.settled:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)


def _rows(model: LibraryModel) -> dict[str, list[str]]:
    rows = {}
    for number in range(model.rowCount()):
        collection = model.item(number)
        rows[collection.text()] = [collection.child(row).text() for row in range(collection.rowCount())]
    return rows


def test_rows_stand_in_order_whatever_the_order_they_come_in(model: LibraryModel) -> None:
    model.apply(Changes(added=(_entry("delta.pdf"), _entry("Alpha.pdf"), _entry("x.pdf", "Estates"))))
    _settle(model)
    model.apply(
        Changes(added=(_entry("charlie.pdf"), _entry("bravo.pdf"), _entry("echo.pdf"), _entry("a.pdf", "Attic")))
    )
    _settle(model)
    assert _rows(model) == {
        "Attic": ["a.pdf"],
        "Estates": ["x.pdf"],
        "Ward": ["Alpha.pdf", "bravo.pdf", "charlie.pdf", "delta.pdf", "echo.pdf"],
    }
    assert [model.item(row).data(LINE_ROLE) for row in range(3)] == ["1 document", "1 document", "5 documents"]


def test_state_changes_in_place(model: LibraryModel) -> None:
    model.apply(Changes(added=(_entry("a.pdf"), _entry("b.pdf"))))
    _settle(model)
    model.apply(Changes(updated=(replace(_entry("b.pdf"), state=DocumentState.INDEXED, pages=3),)))
    _settle(model)
    row = model.item(0).child(1)
    assert row.data(ENTRY_ROLE).state is DocumentState.INDEXED
    assert row.data(LINE_ROLE) == "ready  ·  3 pages"


def test_a_collection_goes_with_its_last_document(model: LibraryModel) -> None:
    entries = (_entry("a.pdf"), _entry("b.pdf"), _entry("c.pdf"), _entry("x.pdf", "Estates"))
    model.apply(Changes(added=entries))
    _settle(model)
    model.apply(Changes(removed=(key_of(entries[1]), key_of(entries[3]))))
    _settle(model)
    assert _rows(model) == {"Ward": ["a.pdf", "c.pdf"]}
    model.apply(Changes(added=(_entry("y.pdf", "Estates"), _entry("b.pdf"))))
    _settle(model)
    assert _rows(model) == {"Estates": ["y.pdf"], "Ward": ["a.pdf", "b.pdf", "c.pdf"]}


def test_skipped_documents_are_counted_apart(model: LibraryModel) -> None:
    entries = (_entry("a.pdf"), _entry("b.pdf", state=DocumentState.SKIPPED))
    model.apply(Changes(added=entries))
    _settle(model)
    assert model.item(0).data(LINE_ROLE) == "1 document  ·  1 skipped"
    model.apply(Changes(updated=(replace(entries[0], state=DocumentState.SKIPPED),)))
    _settle(model)
    assert model.item(0).data(LINE_ROLE) == "0 documents  ·  2 skipped"
    model.apply(Changes(removed=(key_of(entries[1]),), updated=(entries[0],)))
    _settle(model)
    assert model.item(0).data(LINE_ROLE) == "1 document"


def test_same_name_at_two_places_is_two_rows(model: LibraryModel) -> None:
    first = DocumentEntry(1, "/papers/2023/report.pdf", "Ward", DocumentState.INDEXED)
    second = DocumentEntry(2, "/papers/2024/report.pdf", "Ward", DocumentState.INDEXED)
    model.apply(Changes(added=(second, first)))
    _settle(model)
    ward = model.item(0)
    assert [ward.child(row).data(ENTRY_ROLE).id for row in range(2)] == [1, 2]


def test_difference_leads_from_one_listing_to_the_next() -> None:
    old = listed([_entry("a.pdf"), _entry("b.pdf"), _entry("c.pdf")])
    new = listed([_entry("a.pdf"), _entry("b.pdf", state=DocumentState.PARSED), _entry("d.pdf")])
    assert difference(old, new) == Changes(
        removed=(("Ward", "/papers/Ward/c.pdf"),),
        added=(_entry("d.pdf"),),
        updated=(_entry("b.pdf", state=DocumentState.PARSED),),
    )
    assert difference(new, new) == Changes()


def test_ten_thousand_documents_come_in_slices(qapp: QCoreApplication) -> None:
    model = LibraryModel()
    model.apply(Changes(added=tuple(_entry(f"{number * 7919 % 10_000:05}.pdf") for number in range(10_000))))
    longest = 0.0
    while not model.settled:
        began = thread_time()
        qapp.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
        longest = max(longest, thread_time() - began)
    names = _rows(model)["Ward"]
    assert names == sorted(names)
    assert len(names) == 10_000
    assert longest < 0.1
    assert model.index(0, 0, QModelIndex()).isValid()
