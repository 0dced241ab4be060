"""The models at hand: what each does, how it runs here, and which one writes."""

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QIcon, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import LecternError
from app.jobs.progress import Progress
from app.ui.embedder_question import EmbedderQuestion
from app.ui.labels import text_label, tip
from app.ui.models_presenter import ENDINGS, LEARNING, Listed, ModelRow
from app.ui.servers_question import ServersQuestion

COLUMNS = ("Model", "What it does", "On this computer", "Writes", "Qualified", "")
WIDTHS = (290, 130, 160, 170, 210)
QUALIFIED = 4
"""The column that says whether a model may speak for documents."""
LEAST_ROW = 34
STEPS = 1_000  # of the bar
USE_TO_WRITE, USE_TO_FIND = "&Use to write", "&Use to find…"
QUALIFY, STOP_QUALIFYING = "&Qualify", "Stop &qualifying"


class ModelsDialog(QDialog):
    """A table of models, and what can be done with the selected one."""

    bring_wanted = Signal(object)
    """The path of a model to bring in."""
    connect_wanted = Signal(str)
    """The address of a server on this computer."""
    disconnect_wanted = Signal(str)
    """The address of one that is to be used no longer."""
    use_wanted = Signal(str)
    """The id of a model that is to write."""
    find_wanted = Signal(str, int)
    """The id of a model that is to find by meaning, and the dimensions of its vectors."""
    qualify_wanted = Signal()
    """The model that writes is to be asked questions with known answers."""
    stop_qualifying_wanted = Signal()
    remove_wanted = Signal(str)
    stop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(1120, 480)
        self._rows: tuple[ModelRow, ...] = ()
        self._passages = 0
        self._qualifying = False
        self._asked = ""
        self._connected: tuple[str, ...] = ()
        self.heading = text_label("")
        self.table = self._made_table()
        self.detail = text_label("", "muted")
        self.worth = text_label("", "muted")
        self.work = QLabel()
        self.bar = QProgressBar(maximum=0, textVisible=False)
        self.bar.setAccessibleName("How far the work on models is")
        self.stop = QPushButton("Stop")
        self.stop.setAutoDefault(False)
        self.stop.clicked.connect(self.stop_wanted)
        self.bring = self._button("&Bring in a model…", self._ask_for_model)
        self.bring.setShortcut(QKeySequence("Ctrl+O"))
        self.servers = self._button("&Servers…", self._ask_for_servers)
        self.use = self._button(USE_TO_WRITE, self._use_selected)
        self.qualify = self._button(QUALIFY, self._qualify_or_stop)
        self.qualify.setToolTip("Ask it questions whose answers are known: whether it is good enough to answer first")
        self.remove = self._button("&Remove", self._ask_before_removing)
        self._lay_out()
        self.show_work("")
        self._show_selected()

    def show_models(self, listed: Listed) -> None:
        """Show the models at hand; the selected one stays selected."""
        selected = self._selected_id()
        self._rows = listed.rows
        self._passages = listed.passages
        self._connected = listed.servers
        self.heading.setText(listed.why)
        self.worth.setText(listed.worth)
        self.table.setRowCount(len(listed.rows))
        for place, row in enumerate(listed.rows):
            self._fill(place, row)
        ids = [row.id for row in listed.rows]
        self.table.selectRow(ids.index(selected) if selected in ids else 0)
        self._show_selected()

    def show_work(self, words: str) -> None:
        """Say what is being done; empty = nothing."""
        self.work.setText(words)
        self.bar.setMaximum(0)
        for widget in (self.work, self.bar, self.stop):
            widget.setVisible(bool(words))
        self.bring.setEnabled(not words)
        self.servers.setEnabled(not words)
        self._show_selected()

    def show_qualifying(self, running: bool) -> None:
        """Show that the model that writes is being asked questions with known answers, or is not any more."""
        self._qualifying = running
        self._asked = self._asked if running else ""
        self.qualify.setText(STOP_QUALIFYING if running else QUALIFY)
        self._show_asked()
        self._show_selected()

    def show_asked(self, progress: Progress) -> None:
        """Say how many of these questions it was asked."""
        self._asked = f"{progress.done} of {progress.total} asked…" if progress.total else ""
        self._show_asked()

    def show_error(self, error: LecternError) -> None:
        """Say what went wrong, until another model is selected."""
        self.detail.setText(str(error))

    def show_progress(self, progress: Progress) -> None:
        """Say how far it is."""
        if progress.total:
            self.bar.setMaximum(STEPS)
            self.bar.setValue(STEPS * progress.done // progress.total)
            left = "" if progress.seconds_left is None else f", about {max(1, round(progress.seconds_left))} s left"
            self.work.setText(f"{progress.stage}{left}")

    def _ask_for_model(self) -> None:
        patterns = " ".join(f"*{ending}" for ending in ENDINGS)
        chosen, _ = QFileDialog.getOpenFileName(self, "Bring in a model", "", f"Models ({patterns})")
        if chosen:
            self.bring_wanted.emit(Path(chosen))

    def _ask_for_servers(self) -> None:
        question = ServersQuestion(self._connected, self)
        question.connect_wanted.connect(self.connect_wanted)
        question.disconnect_wanted.connect(self.disconnect_wanted)
        question.open()

    def _show_asked(self) -> None:
        for place, row in enumerate(self._rows):
            item = self.table.item(place, QUALIFIED)
            if item is not None:
                item.setText(self._qualified(row))

    def _qualified(self, row: ModelRow) -> str:
        asked = self._asked if row.writes and row.state else ""
        return asked or row.qualified

    def _qualify_or_stop(self) -> None:
        if self._qualifying:
            self.stop_qualifying_wanted.emit()
        else:
            self.qualify_wanted.emit()

    def _use_selected(self) -> None:
        selected = self._selected()
        if selected is None:
            return
        if not selected.sizes:
            self.use_wanted.emit(selected.id)
            return
        question = EmbedderQuestion(selected, self._passages, self)
        question.accepted.connect(lambda: self.find_wanted.emit(selected.id, question.dimensions))
        question.open()

    def _ask_before_removing(self) -> None:
        selected = self._selected()
        if selected is None:
            return
        question = QMessageBox(QMessageBox.Icon.Question, "Remove a model", "", parent=self)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(f"Remove {selected.name} from this computer?")
        question.setInformativeText("To have it again, you need its file or its pack.")
        remove = question.addButton("Remove", QMessageBox.ButtonRole.AcceptRole)
        question.setDefaultButton(question.addButton(QMessageBox.StandardButton.Cancel))
        question.buttonClicked.connect(
            lambda button: self.remove_wanted.emit(selected.id) if button is remove else None
        )
        question.open()

    def _selected(self) -> ModelRow | None:
        rows = self.table.selectionModel().selectedRows()
        return self._rows[rows[0].row()] if rows and rows[0].row() < len(self._rows) else None

    def _selected_id(self) -> str:
        selected = self._selected()
        return selected.id if selected else ""

    def _show_selected(self) -> None:
        selected, busy = self._selected(), self.stop.isVisibleTo(self)
        self.detail.setText(selected.why if selected else "")
        able = selected is not None and bool(selected.writes or selected.sizes)
        self.use.setText(USE_TO_FIND if selected is not None and selected.sizes else USE_TO_WRITE)
        changing = any(row.sizes and row.state == LEARNING for row in self._rows)
        others = selected is not None and (len(selected.sizes) > 1 or not selected.state or changing)
        self.use.setEnabled(able and others and not busy)
        in_use = selected is not None and bool(selected.writes and selected.state)
        self.qualify.setEnabled(self._qualifying or (in_use and not busy))
        # A library would have to learn everything anew without the model that finds in it.
        finds_here = selected is not None and bool(selected.sizes and selected.state)
        self.remove.setEnabled(selected is not None and selected.own and not finds_here and not busy)

    def _fill(self, place: int, row: ModelRow) -> None:
        cells = (row.name, row.task, row.fit, row.speed, self._qualified(row), row.state)
        for column, words in enumerate(cells):
            item = QTableWidgetItem(words)
            item.setToolTip(tip(row.why))
            font = item.font()
            font.setWeight(QFont.Weight.DemiBold if row.state and not column else QFont.Weight.Normal)
            item.setFont(font)
            self.table.setItem(place, column, item)

    def _button(self, words: str, do: object) -> QPushButton:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.clicked.connect(do)
        return button

    def _made_table(self) -> QTableWidget:
        table = QTableWidget(0, len(COLUMNS))
        table.setHorizontalHeaderLabels(COLUMNS)
        table.setAccessibleName("Models on this computer")
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(LEAST_ROW)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setProperty("look", "report")
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setHighlightSections(False)
        for column, width in enumerate(WIDTHS):
            header.resizeSection(column, width)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.itemSelectionChanged.connect(self._show_selected)
        return table

    def _lay_out(self) -> None:
        busy = QHBoxLayout()
        busy.setSpacing(12)
        busy.addWidget(self.work)
        busy.addWidget(self.bar, 1)
        busy.addWidget(self.stop)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        buttons.rejected.connect(self.reject)
        for button in (self.bring, self.servers, self.use, self.qualify, self.remove):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.heading)
        column.addWidget(self.worth)
        column.addWidget(self.table, 1)
        column.addWidget(self.detail)
        column.addLayout(busy)
        column.addWidget(buttons)
