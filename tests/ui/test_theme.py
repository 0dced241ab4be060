from dataclasses import fields

import pytest
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from app.ui.theme import DARK, LIGHT, PAGE_MARKER, Appearance, Colours, Theme, palette

SCHEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


def _luminance(colour: QColor) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (colour.redF(), colour.greenF(), colour.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(QColor(one)), _luminance(QColor(other))), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("colours", SCHEMES)
def test_text_can_be_read_on_every_ground(colours: Colours) -> None:
    grounds = (colours.chrome, colours.paper, colours.raised, colours.tint)
    for text in (colours.text, colours.muted, colours.accent, colours.amber):
        assert min(_contrast(text, ground) for ground in grounds) >= 4.5
    assert _contrast(colours.on_accent, colours.accent) >= 4.5
    assert _contrast(colours.text, colours.marker) >= 4.5


def test_black_print_can_be_read_under_the_marker() -> None:
    assert _contrast("black", PAGE_MARKER) >= 4.5


@pytest.mark.parametrize("colours", SCHEMES)
def test_colours_are_colours(colours: Colours) -> None:
    for field in fields(colours):
        assert QColor(getattr(colours, field.name)).isValid()
    assert palette(colours).color(QPalette.ColorRole.Accent) == QColor(colours.accent)


def test_choice_of_the_user_goes_before_the_system(qapp: QApplication) -> None:
    theme = Theme(qapp)
    changes: list[str] = []
    theme.changed.connect(lambda: changes.append(theme.colours.chrome))
    theme.choose(Appearance.DARK)
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(DARK.chrome)
    theme.choose(Appearance.LIGHT)
    assert qapp.palette().color(QPalette.ColorRole.Window) == QColor(LIGHT.chrome)
    assert changes[-2:] == [DARK.chrome, LIGHT.chrome]
