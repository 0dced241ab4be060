"""The models in the window: real services, a model that is dropped, chosen, removed; and what is wrong with one."""

from collections.abc import Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox
from pytestqt.qtbot import QtBot

from app import services
from app.bootstrap import open_services
from app.domain.documents import DocumentState
from app.models.built_in import built_in_questions
from app.security.policy import Server
from app.ui.desk import Desk
from app.ui.embedder_question import EmbedderQuestion
from app.ui.models_dialog import QUALIFY, STOP_QUALIFYING, ModelsDialog
from app.ui.models_wording import models_tip
from app.ui.notice_bar import NoticeBar
from app.ui.servers_question import ServersQuestion
from app.ui.theme import Theme
from tests.models.packed import gguf, manifest, matryoshka, onnx, pack, reranker

PATIENCE_MS = 30_000
READING_MS = 120_000  # of passages, on a computer that is busy with all else
STARTER = "smollm2-135m-instruct-q4_1"

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)


@pytest.fixture
def desk(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[Desk]:
    opener = partial(open_services, models=tmp_path / "models")
    made = Desk(tmp_path / "library", opener, Theme(qapp), tmp_path / "log")
    with qtbot.waitSignal(made.opened, timeout=PATIENCE_MS):
        made.open()
    yield made
    with qtbot.waitSignal(made.ended, timeout=PATIENCE_MS):
        made.close()


def shown(desk: Desk, qtbot: QtBot, rows: int) -> ModelsDialog:
    """Open the dialog, if it is not open, and wait until it lists so many."""
    if desk.models.dialog is None:
        desk.models.show_dialog()
    dialog = desk.models.dialog
    assert dialog is not None
    qtbot.waitUntil(
        lambda: dialog.table.rowCount() == rows and not dialog.stop.isVisibleTo(dialog), timeout=PATIENCE_MS
    )
    return dialog


def cells(dialog: ModelsDialog, name: str) -> list[str]:
    for row in range(dialog.table.rowCount()):
        found = [item.text() for column in range(6) if (item := dialog.table.item(row, column)) is not None]
        if found[0].startswith(name):
            return found
    raise AssertionError(f"{name} is not listed")


def notices(desk: Desk) -> list[str]:
    return [bar.text for bar in desk.window.conversation.findChildren(NoticeBar)]


def test_the_starter_models_are_listed_with_how_they_run(desk: Desk, qtbot: QtBot) -> None:
    dialog = shown(desk, qtbot, 2)
    _, task, fit, speed, qualified, used = cells(dialog, "SmolLM2")
    assert (task, qualified, used) == ("Writes answers", "Not yet", "In use")
    assert cells(dialog, "all-MiniLM")[4] == ""
    assert fit.startswith("Runs well")
    assert speed.endswith("words a second")
    assert "SmolLM2" in dialog.heading.text()
    assert dialog.worth.text().startswith("Worth bringing in: ")
    assert not dialog.remove.isEnabled()


def test_a_model_that_is_dropped_is_brought_in_and_told(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    desk.window.paths_dropped.emit([gguf(tmp_path / "tiny.gguf", name="Tiny")])
    qtbot.waitUntil(lambda: any("Tiny" in text for text in notices(desk)), timeout=PATIENCE_MS)
    dialog = shown(desk, qtbot, 3)
    assert cells(dialog, "Tiny")[1] == "Writes answers"
    assert not desk.library.listing.entries


def test_a_reranker_is_listed_and_neither_writes_nor_finds(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    members, path = reranker(onnx()), tmp_path / "ranks.lpack"
    path.write_bytes(pack(manifest(members, name="Ranks", kind="reranker", truncation=512), members))
    dialog = shown(desk, qtbot, 2)
    dialog.bring_wanted.emit(path)
    shown(desk, qtbot, 3)
    assert (cells(dialog, "Ranks")[1], cells(dialog, "Ranks")[5]) == ("Ranks what is found", "In use")
    assert "Ranks ranks what is found." in dialog.heading.text()
    assert "Ranks ranks the passages that were found" in models_tip(desk.models.in_use)
    dialog.table.selectRow(next(row for row in range(3) if dialog._rows[row].name == "Ranks"))
    assert not dialog.use.isEnabled()
    assert dialog.remove.isEnabled()


def test_another_model_can_be_chosen_and_removed(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = shown(desk, qtbot, 2)
    dialog.bring_wanted.emit(gguf(tmp_path / "tiny.gguf", name="Tiny"))
    shown(desk, qtbot, 3)
    dialog.use_wanted.emit(STARTER)
    qtbot.waitUntil(lambda: cells(dialog, "SmolLM2")[5] == "In use", timeout=PATIENCE_MS)
    dialog.table.selectRow(next(row for row in range(3) if dialog._rows[row].id == "tiny"))
    assert dialog.remove.isEnabled()
    dialog.remove.click()
    (question,) = dialog.findChildren(QMessageBox)
    next(button for button in question.buttons() if button.text() == "Remove").click()
    shown(desk, qtbot, 2)
    assert not (tmp_path / "models" / "tiny").exists()


def test_another_model_finds_by_meaning_once_it_has_learnt_everything(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "lease.txt").write_text("The lodger pays on the first day of each month.")
    desk.window.paths_dropped.emit([tmp_path / "lease.txt"])
    qtbot.waitUntil(
        lambda: [entry.state for entry in desk.library.listing.entries.values()] == [DocumentState.INDEXED],
        timeout=PATIENCE_MS,
    )
    dialog = shown(desk, qtbot, 2)
    dialog.bring_wanted.emit(matryoshka(tmp_path))
    shown(desk, qtbot, 3)
    dialog.table.selectRow(next(row for row in range(3) if dialog._rows[row].id == "russian-doll"))
    assert dialog.remove.isEnabled()
    dialog.use.click()
    (question,) = dialog.findChildren(EmbedderQuestion)
    assert [choice.text().split(",")[0] for choice in question.choices] == [
        "The finest: 384 dimensions",
        "In between: 256 dimensions",
        "The smallest: 128 dimensions",
    ]
    question.choices[2].setChecked(True)
    question.learn.click()
    qtbot.waitUntil(lambda: cells(dialog, "Russian Doll")[5] == "In use", timeout=PATIENCE_MS)
    assert cells(dialog, "all-MiniLM")[5] == ""
    assert not dialog.remove.isEnabled()
    assert desk.services is not None
    assert desk.services.library.status().embedder == "Russian Doll, 128 dimensions"
    (passage,) = desk.services.searcher.search("When does the rent fall due?", 1)
    assert passage.meaning > 0


def test_a_model_of_a_server_is_connected_and_chosen(desk: Desk, qtbot: QtBot, llama_server: Server) -> None:
    dialog = shown(desk, qtbot, 2)
    dialog.servers.click()
    (question,) = dialog.findChildren(ServersQuestion)
    assert not question.known.isVisible()
    question.address.setText(llama_server.url)
    question.connect_server.click()
    shown(desk, qtbot, 3)
    dialog.table.selectRow(next(row for row in range(3) if dialog._rows[row].name == "smollm2 on this computer"))
    assert cells(dialog, "smollm2 on this computer")[2] == "In another program"
    assert not dialog.remove.isEnabled()
    dialog.use.click()
    qtbot.waitUntil(lambda: cells(dialog, "smollm2 on this computer")[5] == "In use", timeout=PATIENCE_MS)
    assert "because you chose it" in dialog.heading.text()

    dialog.servers.click()
    question = next(one for one in dialog.findChildren(ServersQuestion) if one.isVisible())
    assert not question.disconnect_server.isEnabled()
    question.known.setCurrentRow(0)
    assert question.known.currentItem().text() == llama_server.url
    question.disconnect_server.click()
    shown(desk, qtbot, 2)
    assert "because you chose it" not in dialog.heading.text()


def test_a_server_that_is_not_there_is_said_where_the_user_looks(desk: Desk, qtbot: QtBot) -> None:
    dialog = shown(desk, qtbot, 2)
    dialog.connect_wanted.emit("http://127.0.0.1:9/v1")
    qtbot.waitUntil(lambda: "127.0.0.1:9/v1 does not answer" in dialog.detail.text(), timeout=PATIENCE_MS)


def test_what_is_wrong_with_a_model_is_said_where_the_user_looks(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"nothing")
    desk.window.paths_dropped.emit([bad])
    qtbot.waitUntil(lambda: any("bad.gguf is not a GGUF file" in text for text in notices(desk)), timeout=PATIENCE_MS)
    dialog = shown(desk, qtbot, 2)
    dialog.bring_wanted.emit(bad)
    qtbot.waitUntil(lambda: "bad.gguf is not a GGUF file" in dialog.detail.text(), timeout=PATIENCE_MS)


def test_the_model_that_writes_is_qualified_when_the_user_wants_it(
    desk: Desk, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "built_in_questions", lambda: built_in_questions()[6:9])
    dialog = shown(desk, qtbot, 2)
    rows = {row.name[:7]: place for place, row in enumerate(dialog._rows)}
    dialog.table.selectRow(rows["all-Min"])
    assert not dialog.qualify.isEnabled()
    dialog.table.selectRow(rows["SmolLM2"])
    dialog.qualify.click()
    assert dialog.qualify.text() == STOP_QUALIFYING
    qtbot.waitUntil(lambda: cells(dialog, "SmolLM2")[4].endswith(" of 3 asked…"), timeout=PATIENCE_MS)
    assert dialog.bring.isEnabled()
    qtbot.waitUntil(lambda: cells(dialog, "SmolLM2")[4].startswith("Below the mark, "), timeout=READING_MS)
    qtbot.waitUntil(lambda: "It is below the mark: answers " in dialog.detail.text(), timeout=PATIENCE_MS)
    assert dialog.qualify.text() == QUALIFY
    assert (tmp_path / "models" / "qualified.json").is_file()
    assert "below the mark" in desk.window.conversation._models.text()
    assert not desk.answers.model_leads


def test_qualifying_can_be_stopped_and_nothing_of_it_is_kept(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    dialog = shown(desk, qtbot, 2)
    dialog.table.selectRow(next(row for row in range(2) if dialog._rows[row].writes))
    dialog.qualify.click()
    qtbot.waitUntil(lambda: cells(dialog, "SmolLM2")[4].endswith(" of 60 asked…"), timeout=PATIENCE_MS)
    dialog.qualify.click()
    qtbot.waitUntil(lambda: dialog.qualify.text() == QUALIFY, timeout=PATIENCE_MS)
    assert cells(dialog, "SmolLM2")[4] == "Not yet"
    assert not (tmp_path / "models" / "qualified.json").exists()


def test_every_control_has_a_name_and_the_table_can_be_walked(desk: Desk, qtbot: QtBot) -> None:
    dialog = shown(desk, qtbot, 2)
    assert dialog.table.accessibleName()
    assert dialog.bar.accessibleName()
    assert all(button.text() for button in (dialog.bring, dialog.use, dialog.qualify, dialog.remove, dialog.stop))
