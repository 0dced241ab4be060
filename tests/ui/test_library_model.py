import gc
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from time import thread_time

import pytest
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.documents import DocumentEntry, DocumentState
from app.ui.library_model import LibraryModel
from app.ui.library_view import LibraryView
from app.ui.listing import NO_LISTING, Changes, Listing, difference, listing_of
from app.ui.theme import Theme
from app.ui.two_line_delegate import ENTRY_ROLE, LINE_ROLE

LONGEST_SLICE = 0.05
"""Seconds of the processor's time; half of what a user may wait."""


def _entry(name: str, collection: str = "Ward", state: DocumentState = DocumentState.QUEUED) -> DocumentEntry:
    return DocumentEntry(None, f"/papers/{collection}/{name}", collection, state)


@dataclass
class Shown:
    """A model that goes from listing to listing."""

    model: LibraryModel
    listing: Listing = NO_LISTING

    def show(self, *entries: DocumentEntry) -> None:
        old, self.listing = self.listing, listing_of(self.listing.revision + 1, entries)
        self.model.apply(difference(old.entries, self.listing.entries))
        while not self.model.settled:
            QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)

    def rows(self) -> dict[str, list[str]]:
        items = [self.model.item(row) for row in range(self.model.rowCount())]
        return {item.text(): [item.child(row).text() for row in range(item.rowCount())] for item in items}

    def lines(self) -> list[str]:
        return [self.model.item(row).data(LINE_ROLE) for row in range(self.model.rowCount())]


@pytest.fixture
def shown(qapp: QCoreApplication) -> Iterator[Shown]:
    model = LibraryModel()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield Shown(model)
    del tester, model
    qapp.processEvents()


def test_rows_stand_in_order_whatever_the_order_they_come_in(shown: Shown) -> None:
    first = (_entry("delta.pdf"), _entry("Alpha.pdf"), _entry("x.pdf", "Estates"))
    shown.show(*first)
    shown.show(*first, _entry("charlie.pdf"), _entry("bravo.pdf"), _entry("echo.pdf"), _entry("a.pdf", "Attic"))
    assert shown.rows() == {
        "Attic": ["a.pdf"],
        "Estates": ["x.pdf"],
        "Ward": ["Alpha.pdf", "bravo.pdf", "charlie.pdf", "delta.pdf", "echo.pdf"],
    }
    assert shown.lines() == ["1 document", "1 document", "5 documents"]


def test_state_changes_in_place(shown: Shown) -> None:
    shown.show(_entry("a.pdf"), _entry("b.pdf"))
    shown.show(_entry("a.pdf"), replace(_entry("b.pdf"), state=DocumentState.INDEXED, pages=3))
    row = shown.model.item(0).child(1)
    assert row.data(ENTRY_ROLE).state is DocumentState.INDEXED
    assert row.data(LINE_ROLE) == "ready  ·  3 pages"


def test_a_collection_goes_with_its_last_document(shown: Shown) -> None:
    shown.show(_entry("a.pdf"), _entry("b.pdf"), _entry("c.pdf"), _entry("x.pdf", "Estates"))
    shown.show(_entry("a.pdf"), _entry("c.pdf"))
    assert shown.rows() == {"Ward": ["a.pdf", "c.pdf"]}
    shown.show(_entry("a.pdf"), _entry("b.pdf"), _entry("c.pdf"), _entry("y.pdf", "Estates"))
    assert shown.rows() == {"Estates": ["y.pdf"], "Ward": ["a.pdf", "b.pdf", "c.pdf"]}


def test_skipped_documents_are_counted_apart(shown: Shown) -> None:
    fine, locked = _entry("a.pdf"), _entry("b.pdf", state=DocumentState.SKIPPED)
    shown.show(fine, locked)
    assert shown.lines() == ["1 document  ·  1 skipped"]
    assert shown.listing.documents == 1
    shown.show(replace(fine, state=DocumentState.SKIPPED), locked)
    assert shown.lines() == ["0 documents  ·  2 skipped"]
    shown.show(fine)
    assert shown.lines() == ["1 document"]


def test_same_name_at_two_places_is_two_rows(shown: Shown) -> None:
    first = DocumentEntry(1, "/papers/2023/report.pdf", "Ward", DocumentState.INDEXED)
    second = DocumentEntry(2, "/papers/2024/report.pdf", "Ward", DocumentState.INDEXED)
    shown.show(second, first)
    ward = shown.model.item(0)
    assert [ward.child(row).data(ENTRY_ROLE).id for row in range(2)] == [1, 2]


def test_same_bytes_at_two_places_are_one_document() -> None:
    twice = [DocumentEntry(1, f"/p/{year}.pdf", "Ward", DocumentState.INDEXED, "aa") for year in (2023, 2024)]
    assert listing_of(1, twice).documents == 1


def test_difference_leads_from_one_listing_to_the_next() -> None:
    old = listing_of(1, [_entry("a.pdf"), _entry("b.pdf"), _entry("c.pdf")]).entries
    new = listing_of(2, [_entry("a.pdf"), _entry("b.pdf", state=DocumentState.PARSED), _entry("d.pdf")]).entries
    assert difference(old, new) == Changes(
        removed=(("Ward", "/papers/Ward/c.pdf"),),
        added=(_entry("d.pdf"),),
        updated=(_entry("b.pdf", state=DocumentState.PARSED),),
    )
    assert difference(new, new) == Changes()


@pytest.fixture
def own_heap() -> Iterator[None]:
    """Keep the garbage collector from walking, in measured time, through what all tests before have left."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("own_heap")
def test_ten_thousand_documents_never_stall_the_window(qapp: QApplication, qtbot: QtBot) -> None:
    view = LibraryView(Theme(qapp))
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    entries = [_entry(f"{number * 7919 % 10_000:05}.pdf") for number in range(10_000)]
    listings = [
        NO_LISTING,
        listing_of(1, entries),
        listing_of(2, [replace(entry, state=DocumentState.INDEXED) for entry in entries]),
        listing_of(3, entries[:7_000]),
    ]

    def longest(act: Callable[[], object]) -> float:
        """Return the longest time that the thread was busy without a look at the events."""
        began = thread_time()
        act()
        most = thread_time() - began
        while not view.model.settled:
            began = thread_time()
            qapp.processEvents(QEventLoop.ProcessEventsFlag.AllEvents)
            most = max(most, thread_time() - began)
        return most

    for old, new in pairwise(listings):
        changes = difference(old.entries, new.entries)
        assert longest(partial(view.show_changes, changes, new)) < LONGEST_SLICE
    names = [view.model.item(0).child(row).text() for row in range(view.model.item(0).rowCount())]
    assert names == sorted(names)
    assert len(names) == 7_000
    view.filter.setText("0123")
    proxy = view.tree.model()
    qtbot.waitUntil(lambda: proxy.rowCount(proxy.index(0, 0)) < 100)
