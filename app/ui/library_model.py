"""Collections and their documents as a Qt item model."""

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Sequence
from time import perf_counter

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QStandardItem, QStandardItemModel

from app.domain.documents import DocumentEntry, DocumentState
from app.domain.english import count
from app.ui.labels import tip
from app.ui.listing import Changes, Key, Order, key_of, order_of
from app.ui.two_line_delegate import ENTRY_ROLE, LINE_ROLE
from app.ui.wording import entry_tip, name_of, state_words

SLICE_SECONDS = 0.008
RUN = 100
"""Rows put in at once: few enough for one slice of time."""


class LibraryModel(QStandardItemModel):
    """Rows sorted by name. Changes are worked off in slices of a few milliseconds, so a large library never stalls.

    A `QStandardItemModel`, because the views and the filter read it without going through Python.
    """

    done = Signal()
    """Every change is in the rows."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(0, 1, parent)
        self._collections: dict[str, QStandardItem] = {}
        self._orders: dict[str, list[Order]] = {}
        self._rows: dict[Key, QStandardItem] = {}
        self._skipped: Counter[str] = Counter()
        self._work: deque[list[DocumentEntry] | Key] = deque()
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._work_slice)

    @property
    def settled(self) -> bool:
        """Whether every change is in the rows."""
        return not self._work

    def apply(self, changes: Changes) -> None:
        """Take changes; they show within the next turns of the event loop."""
        self._work.extend(changes.removed)
        self._work.extend(_runs(changes.added))
        self._work.extend(_runs(changes.updated))
        if self._work:
            self._timer.start()

    def _work_slice(self) -> None:
        began = perf_counter()
        touched = set()
        while self._work and perf_counter() - began < SLICE_SECONDS:
            step = self._work.popleft()
            if isinstance(step, tuple):
                self._remove(step)
                touched.add(step[0])
            else:
                self._put(step)
                touched.add(step[0].collection)
        for collection in touched:
            self._count(collection)
        if not self._work:
            self._timer.stop()
            self.done.emit()

    def _put(self, entries: list[DocumentEntry]) -> None:
        """Insert or update rows of one collection, in order, with one insertion for each run of neighbours."""
        collection = entries[0].collection
        parent = self._collection(collection)
        orders = self._orders[collection]
        start = 0
        while start < len(entries):
            entry = entries[start]
            known = self._rows.get(key_of(entry))
            if known is not None:
                self._fill(known, entry)
                start += 1
                continue
            place = bisect_left(orders, order_of(entry))
            following = orders[place] if place < len(orders) else None
            end = start + 1
            while (
                end < len(entries)
                and key_of(entries[end]) not in self._rows
                and (following is None or order_of(entries[end]) < following)
            ):
                end += 1
            run = entries[start:end]
            orders[place:place] = [order_of(entry) for entry in run]
            parent.insertRows(place, [self._made(entry) for entry in run])
            start = end

    def _remove(self, key: Key) -> None:
        row = self._rows.pop(key, None)
        if row is None:
            return
        parent = self._collections[key[0]]
        self._skipped[key[0]] -= _is_skipped(row.data(ENTRY_ROLE))
        orders = self._orders[key[0]]
        place = bisect_left(orders, order_of(row.data(ENTRY_ROLE)))
        del orders[place]
        parent.removeRow(place)
        if not parent.hasChildren():
            self.removeRow(parent.row())
            del self._collections[key[0]], self._orders[key[0]]

    def _collection(self, name: str) -> QStandardItem:
        if name not in self._collections:
            place = bisect_left(sorted(self._collections), name)
            item = QStandardItem(name)
            # Qt would make the column in the middle of inserting the first row, which no view expects.
            item.setColumnCount(1)
            item.setEditable(False)
            strong = QFont()
            strong.setWeight(QFont.Weight.DemiBold)
            item.setFont(strong)
            item.setToolTip(tip(f"Collection: {name}"))
            self._collections[name] = item
            self._orders[name] = []
            self.insertRow(place, item)
        return self._collections[name]

    def _count(self, name: str) -> None:
        item = self._collections.get(name)
        if item is not None:
            skipped = self._skipped[name]
            words = count(item.rowCount() - skipped, "document")
            item.setData(f"{words}  ·  {skipped:,} skipped" if skipped else words, LINE_ROLE)

    def _made(self, entry: DocumentEntry) -> QStandardItem:
        item = QStandardItem(name_of(entry.path))
        item.setEditable(False)
        self._rows[key_of(entry)] = item
        self._fill(item, entry)
        return item

    def _fill(self, item: QStandardItem, entry: DocumentEntry) -> None:
        line = state_words(entry)
        self._skipped[entry.collection] += _is_skipped(entry) - _is_skipped(item.data(ENTRY_ROLE))
        item.setData(entry, ENTRY_ROLE)
        item.setData(line, LINE_ROLE)
        item.setData(f"{item.text()}, {line}", Qt.ItemDataRole.AccessibleTextRole)
        item.setToolTip(tip(entry_tip(entry)))


def _is_skipped(entry: DocumentEntry | None) -> bool:
    return entry is not None and entry.state is DocumentState.SKIPPED


def _runs(ordered: Sequence[DocumentEntry]) -> list[list[DocumentEntry]]:
    """Cut a sorted list into pieces of one collection and at most `RUN` rows."""
    runs: list[list[DocumentEntry]] = []
    for entry in ordered:
        if not runs or len(runs[-1]) == RUN or runs[-1][0].collection != entry.collection:
            runs.append([])
        runs[-1].append(entry)
    return runs
