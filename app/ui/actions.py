"""The menus, and the shortcut of every action."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow

from app.ui.theme import Appearance

APPEARANCES = {
    Appearance.SYSTEM: "As the system",
    Appearance.LIGHT: "Light",
    Appearance.DARK: "Dark",
}


@dataclass(frozen=True, slots=True)
class Deeds:
    """What the menus do."""

    add_folder: Callable[[], object]
    add_files: Callable[[], object]
    show_report: Callable[[], object]
    close: Callable[[], object]
    copy_answer: Callable[[], object]
    stop_answer: Callable[[], object]
    go_to_question: Callable[[], object]
    begin_conversation: Callable[[], object]
    go_to_search: Callable[[], object]
    export_conversation: Callable[[], object]
    choose_scope: Callable[[], object]
    list_places: Callable[[], object]
    go_to_filter: Callable[[], object]
    next_page: Callable[[], object]
    previous_page: Callable[[], object]
    zoom: Callable[[int], object]
    close_source: Callable[[], object]
    show_models: Callable[[], object]
    choose_appearance: Callable[[Appearance], object]
    about: Callable[[], object]


def add_menus(window: QMainWindow, deeds: Deeds, appearance: Appearance) -> None:
    """Give the window its menus."""
    bar = window.menuBar()
    file = bar.addMenu("&File")
    file.addAction("Add f&older…", QKeySequence("Ctrl+Shift+O"), deeds.add_folder)
    file.addAction("Add &files…", QKeySequence(QKeySequence.StandardKey.Open), deeds.add_files)
    file.addSeparator()
    file.addAction("&Models…", QKeySequence("Ctrl+M"), deeds.show_models)
    file.addAction("&Skipped files…", QKeySequence("Ctrl+R"), deeds.show_report)
    file.addSeparator()
    quit_action = file.addAction("&Quit", QKeySequence("Ctrl+Q"), deeds.close)
    quit_action.setMenuRole(QAction.MenuRole.QuitRole)

    answer = bar.addMenu("&Answer")
    answer.addAction("Write a &question", QKeySequence("Ctrl+L"), deeds.go_to_question)
    answer.addAction("&Where to look…", QKeySequence("Ctrl+Shift+L"), deeds.choose_scope)
    answer.addAction("&Every place of a word…", QKeySequence("Ctrl+Shift+E"), deeds.list_places)
    answer.addAction("&Copy the answer", QKeySequence("Ctrl+Shift+C"), deeds.copy_answer)
    answer.addAction("&Stop", QKeySequence("Esc"), deeds.stop_answer)

    conversation = bar.addMenu("&Conversation")
    conversation.addAction("&New", QKeySequence(QKeySequence.StandardKey.New), deeds.begin_conversation)
    conversation.addAction("&Find in past ones", QKeySequence("Ctrl+Shift+F"), deeds.go_to_search)
    conversation.addAction("&Export…", QKeySequence("Ctrl+E"), deeds.export_conversation)

    document = bar.addMenu("&Document")
    document.addAction("&Find by name", QKeySequence(QKeySequence.StandardKey.Find), deeds.go_to_filter)
    document.addSeparator()
    document.addAction("&Next page", QKeySequence("Alt+Right"), deeds.next_page)
    document.addAction("&Page before", QKeySequence("Alt+Left"), deeds.previous_page)
    document.addAction("&Larger", QKeySequence(QKeySequence.StandardKey.ZoomIn), lambda: deeds.zoom(1))
    document.addAction("&Smaller", QKeySequence(QKeySequence.StandardKey.ZoomOut), lambda: deeds.zoom(-1))
    document.addAction("&As wide as the pane", QKeySequence("Ctrl+0"), lambda: deeds.zoom(0))
    document.addSeparator()
    document.addAction("&Close the document", QKeySequence("Ctrl+W"), deeds.close_source)

    view = bar.addMenu("&View")
    group = QActionGroup(window)
    for choice, words in APPEARANCES.items():
        action = view.addAction(words, QKeySequence(), partial(deeds.choose_appearance, choice))
        action.setCheckable(True)
        action.setChecked(choice is appearance)
        group.addAction(action)

    about = bar.addMenu("&Help").addAction("&About Lectern", QKeySequence(), deeds.about)
    about.setMenuRole(QAction.MenuRole.AboutRole)
