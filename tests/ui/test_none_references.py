import sys

from PySide6.QtWidgets import QApplication, QLabel

CALLS = 1_000


def test_calls_that_return_none_keep_none_alive(qapp: QApplication) -> None:
    """PySide6 6.12.0 on Python 3.11 takes a reference from None at each such call, until the interpreter dies."""
    label = QLabel()
    label.setText("warm")
    before = sys.getrefcount(None)
    for number in range(CALLS):
        label.setText(str(number))
        label.update()
        qapp.processEvents()
    assert abs(sys.getrefcount(None) - before) < CALLS / 10
