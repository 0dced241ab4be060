"""How the window looks: one accent colour, light and dark, on Qt's own widgets."""

from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication


class Appearance(StrEnum):
    """What the user chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Colours:
    """The colours of one scheme. Text on its ground keeps a contrast of at least 4.5 : 1 (WCAG 2.2, 1.4.3).

    Attributes:
        chrome: behind the library and the source.
        paper: behind the conversation.
        raised: fields and buttons.
        text, muted: for reading, and for what may be overlooked.
        line: between things.
        accent: verified quotes, marks and the one button that matters; nothing else.
        on_accent: text on the accent.
        tint: behind a verified quote.
        marker: the accent as a marker pen, on the white of a page and on ``paper``.
        amber: something wants attention.
    """

    chrome: str
    paper: str
    raised: str
    text: str
    muted: str
    line: str
    accent: str
    on_accent: str
    tint: str
    marker: str
    amber: str


LIGHT = Colours(
    chrome="#f5f4f1",
    paper="#fdfdfc",
    raised="#ffffff",
    text="#22262a",
    muted="#63686d",
    line="#dfddd7",
    accent="#17697a",
    on_accent="#ffffff",
    tint="#eef5f6",
    marker="#b9e2e6",
    amber="#9a5b00",
)
DARK = Colours(
    chrome="#202224",
    paper="#191b1c",
    raised="#2a2d2f",
    text="#e8e6e2",
    muted="#a3a5a6",
    line="#393c3f",
    accent="#69bfcc",
    on_accent="#0d2429",
    tint="#20292c",
    marker="#23535c",
    amber="#e0a95a",
)
PAGE_MARKER = LIGHT.marker
"""A PDF page is white in either scheme."""


class Theme(QObject):
    """Applies an `Appearance` to the application and follows the system's scheme where that is chosen."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self.appearance = Appearance.SYSTEM
        self._fusion = application.style().name() == "fusion"
        self.colours = LIGHT
        application.styleHints().colorSchemeChanged.connect(self._follow)

    def choose(self, appearance: Appearance) -> None:
        """Use an appearance from now on."""
        self.appearance = appearance
        schemes = {Appearance.LIGHT: Qt.ColorScheme.Light, Appearance.DARK: Qt.ColorScheme.Dark}
        hints = self._application.styleHints()
        if appearance in schemes:
            hints.setColorScheme(schemes[appearance])
        else:
            hints.unsetColorScheme()
        self._follow()

    def _follow(self) -> None:
        dark = (
            self._application.styleHints().colorScheme() is Qt.ColorScheme.Dark
            if self.appearance is Appearance.SYSTEM
            else self.appearance is Appearance.DARK
        )
        self.colours = DARK if dark else LIGHT
        self._application.setPalette(palette(self.colours))
        self._application.setStyleSheet(style_sheet(self.colours, self._fusion))
        self.changed.emit()


def palette(colours: Colours) -> QPalette:
    """Return the colours as a palette for every widget."""
    roles = {
        QPalette.ColorRole.Window: colours.chrome,
        QPalette.ColorRole.WindowText: colours.text,
        QPalette.ColorRole.Base: colours.raised,
        QPalette.ColorRole.AlternateBase: colours.chrome,
        QPalette.ColorRole.ToolTipBase: colours.raised,
        QPalette.ColorRole.ToolTipText: colours.text,
        QPalette.ColorRole.PlaceholderText: colours.muted,
        QPalette.ColorRole.Text: colours.text,
        QPalette.ColorRole.Button: colours.raised,
        QPalette.ColorRole.ButtonText: colours.text,
        QPalette.ColorRole.BrightText: colours.amber,
        QPalette.ColorRole.Light: colours.raised,
        QPalette.ColorRole.Midlight: colours.chrome,
        QPalette.ColorRole.Mid: colours.line,
        QPalette.ColorRole.Dark: colours.muted,
        QPalette.ColorRole.Link: colours.accent,
        QPalette.ColorRole.LinkVisited: colours.accent,
        QPalette.ColorRole.Highlight: colours.accent,
        QPalette.ColorRole.HighlightedText: colours.on_accent,
        QPalette.ColorRole.Accent: colours.accent,
    }
    made = QPalette(QColor(colours.raised), QColor(colours.chrome))
    for role, colour in roles.items():
        made.setColor(role, QColor(colour))
    for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, QColor(colours.muted))
    return made


def style_sheet(colours: Colours, fusion: bool) -> str:
    """Return the rules for the few things that Qt has no widget for. Selectors are dynamic ``look`` properties.

    The scroll bars of Windows and macOS are left alone; those of ``fusion`` are made as quiet as theirs.
    """
    return (
        (_scroll_bars(colours) if fusion else "")
        + f"""
    QToolTip {{ padding: 4px; border: 1px solid {colours.line}; background: {colours.raised}; color: {colours.text}; }}
    QSplitter::handle {{ background: {colours.line}; }}
    QLabel[look~="muted"] {{ color: {colours.muted}; }}
    QLabel[look~="amber"] {{ color: {colours.amber}; }}
    QWidget[look~="paper"] {{ background: {colours.paper}; }}
    QWidget[look~="chrome"] {{ background: {colours.chrome}; }}
    QFrame[look~="quote"] {{
        background: {colours.tint}; border: none; border-left: 3px solid {colours.accent};
        border-top-right-radius: 6px; border-bottom-right-radius: 6px;
    }}
    QFrame[look~="model"] {{ background: transparent; border: none; border-left: 1px dashed {colours.muted}; }}
    QFrame[look~="passage"] {{ background: transparent; border: 1px solid {colours.line}; border-radius: 6px; }}
    QFrame[look~="question"] {{ background: {colours.raised}; border: 1px solid {colours.line}; border-radius: 10px; }}
    QFrame[look~="question"][active="true"] {{ border: 1px solid {colours.accent}; }}
    QFrame[look~="bar"] {{ background: {colours.raised}; border: none; border-top: 1px solid {colours.line}; }}
    QFrame[look~="notice"] {{ background: {colours.raised}; border: 1px solid {colours.line}; border-radius: 6px; }}
    QFrame[look~="header"] {{ border: none; border-bottom: 1px solid {colours.line}; }}
    QPushButton[look~="primary"] {{
        background: {colours.accent}; color: {colours.on_accent};
        border: 1px solid {colours.accent}; border-radius: 6px; padding: 6px 16px;
    }}
    QPushButton[look~="primary"]:disabled {{
        background: transparent; color: {colours.muted}; border-color: {colours.line};
    }}
    QPushButton[look~="primary"]:focus {{ border: 2px solid {colours.text}; padding: 5px 15px; }}
    QPushButton[look~="plain"] {{
        background: {colours.raised}; color: {colours.text};
        border: 1px solid {colours.line}; border-radius: 6px; padding: 6px 16px;
    }}
    QPushButton[look~="plain"]:hover {{ border-color: {colours.muted}; }}
    QPushButton[look~="plain"]:focus {{ border-color: {colours.accent}; }}
    QPushButton[look~="link"] {{
        background: transparent; color: {colours.accent}; border: 1px solid transparent; border-radius: 4px;
        padding: 2px 0; text-align: left;
    }}
    QPushButton[look~="link"]:hover {{ text-decoration: underline; }}
    QPushButton[look~="link"]:focus {{ border-color: {colours.accent}; }}
    QLineEdit[look~="field"] {{
        background: {colours.raised}; border: 1px solid {colours.line}; border-radius: 6px; padding: 5px 6px;
    }}
    QLineEdit[look~="field"]:focus {{ border-color: {colours.accent}; }}
    QTabBar::tab {{
        background: transparent; color: {colours.muted}; border: none; border-bottom: 2px solid transparent;
        padding: 4px 1px; margin-right: 14px;
    }}
    QTabBar::tab:selected {{ color: {colours.text}; border-bottom-color: {colours.accent}; }}
    QTabBar::tab:hover, QTabBar:focus::tab:selected {{ color: {colours.accent}; }}
    QTableView[look~="report"] {{ border: 1px solid {colours.line}; background: {colours.raised}; }}
    QProgressBar {{ background: {colours.line}; border: none; border-radius: 2px; max-height: 4px; }}
    QProgressBar::chunk {{ background: {colours.accent}; border-radius: 2px; }}
    """
    )


def _scroll_bars(colours: Colours) -> str:
    return f"""
    QScrollBar {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ width: 10px; }}
    QScrollBar:horizontal {{ height: 10px; }}
    QScrollBar::handle {{ background: {colours.line}; border-radius: 3px; margin: 2px; }}
    QScrollBar::handle:hover {{ background: {colours.muted}; }}
    QScrollBar::handle:disabled {{ background: transparent; }}
    QScrollBar::handle:vertical {{ min-height: 32px; }}
    QScrollBar::handle:horizontal {{ min-width: 32px; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    """


def scaled(font: QFont, factor: float, weight: QFont.Weight | None = None) -> QFont:
    """Return the font in another size, and weight where one is given."""
    made = QFont(font)
    made.setPointSizeF(font.pointSizeF() * factor)
    if weight is not None:
        made.setWeight(weight)
    return made
