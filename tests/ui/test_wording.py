import pytest

from app.documents.faults import Reason
from app.domain.documents import DocumentEntry, DocumentState
from app.domain.english import count
from app.jobs.progress import Progress
from app.ui.wording import REASON_WORDS, duration, progress_words, rate, reason_words, state_words


def test_one_thing_is_singular() -> None:
    assert [count(number, "document") for number in (0, 1, 1234)] == ["0 documents", "1 document", "1,234 documents"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "a few seconds"),
        (12, "about 10 seconds"),
        (44, "about 40 seconds"),
        (55, "about 1 minute"),
        (150, "about 2 minutes"),
        (3600, "about 1 hour"),
        (3570, "about 1 hour"),
        (5000, "about 1 hour 20 minutes"),
        (7300, "about 2 hours"),
    ],
)
def test_times_are_as_rough_as_a_person_would_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_slow_work_is_counted_by_the_minute() -> None:
    assert rate(12.4, "pages") == "12 pages a second"
    assert rate(0.25, "files") == "15 files a minute"


def test_progress_says_how_much_how_fast_and_how_long() -> None:
    words = progress_words(Progress("Reading", 50, 200, "files", rate=5.0, seconds_left=30.0))
    assert words == "50 of 200 files  ·  5 files a second  ·  about 30 seconds left"


def test_nothing_is_foretold_before_the_first_file() -> None:
    assert progress_words(Progress("Reading", 0, 200, "files")) == "0 of 200 files"


def test_every_reason_has_words() -> None:
    assert set(REASON_WORDS) == {str(reason) for reason in Reason}
    assert reason_words("encrypted") == "locked with a password"
    assert reason_words("something_new") == "something new"


def test_state_says_what_a_document_is() -> None:
    ready = DocumentEntry(1, "/a/b.pdf", "a", DocumentState.INDEXED, pages=2)
    locked = DocumentEntry(None, "/a/c.docx", "a", DocumentState.SKIPPED, reason="encrypted", detail="“c.docx” is …")
    assert state_words(ready) == "ready  ·  2 pages"
    assert state_words(locked) == "skipped: locked with a password"
