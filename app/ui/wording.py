"""Numbers, times and states in words for people."""

import re
from datetime import date
from pathlib import PurePath
from unicodedata import bidirectional

from app.documents.cleaning import plain
from app.domain.conversations import ConversationEntry
from app.domain.documents import DocumentEntry, DocumentState, part_word
from app.domain.english import MONTHS, count
from app.jobs.progress import Progress

STATE_WORDS = {
    DocumentState.QUEUED: "waiting",
    DocumentState.PARSED: "words ready",
    DocumentState.INDEXED: "ready",
    DocumentState.SKIPPED: "skipped",
}

# By `app.documents.faults.Reason`, and what `app.library.walk` finds.
REASON_WORDS = {
    "encrypted": "locked with a password",
    "damaged": "damaged",
    "empty": "empty",
    "no_text": "no text in it",
    "binary": "not a text",
    "too_large": "too large",
    "bomb": "unpacks to a huge size",
    "unreadable": "cannot be opened",
    "vanished": "not there any more",
    "changed": "being changed",
    "timeout": "took too long",
    "memory": "needs too much memory",
    "crashed": "cannot be read",
    "unsupported": "not a kind that is read",
    "not_a_file": "not a file",
    "symlink_loop": "leads back to itself",
}

# What Windows, macOS or Linux keeps for itself.
_UNFIT = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


def reason_words(code: str) -> str:
    """Say in a few words why a file was skipped."""
    return REASON_WORDS.get(code, code.replace("_", " "))


def duration(seconds: float) -> str:
    """Say how long something will take, as roughly as a person would."""
    if seconds < 5:
        return "a few seconds"
    if seconds < 50:
        return f"about {max(10, round(seconds / 10) * 10)} seconds"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"about {count(minutes, 'minute')}"
    hours, rest = divmod(round(minutes / 10) * 10, 60)
    return f"about {count(hours, 'hour')}" + (f" {rest} minutes" if rest else "")


def rate(units_a_second: float, unit: str) -> str:
    """Say how fast: ``12 pages a second``; slow work is counted by the minute."""
    if units_a_second >= 1:
        return f"{round(units_a_second):,} {unit} a second"
    return f"{round(units_a_second * 60):,} {unit} a minute"


def progress_words(progress: Progress) -> str:
    """Say where a job stands: how much is done, how fast, how long it will take."""
    parts = []
    if progress.total:
        parts.append(f"{progress.done:,} of {progress.total:,} {progress.unit}")
    elif progress.done:
        parts.append(f"{progress.done:,} {progress.unit}")
    if progress.done and progress.rate > 0:
        parts.append(rate(progress.rate, progress.unit))
    if 0 < progress.done < progress.total and progress.seconds_left is not None:
        parts.append(f"{duration(progress.seconds_left)} left")
    return "  ·  ".join(parts)


def day_words(day: date) -> str:
    """Say a day: ``3 May 2019``."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def name_of(path: str) -> str:
    """Return the file's own name, as far as it can be seen."""
    return plain(PurePath(path).name or path)


def isolated(name: str) -> str:
    """Return a name that is written from right to left so that it does not carry along what stands beside it."""
    turns = any(bidirectional(letter) in ("R", "AL") for letter in name)
    return f"\u2068{name}\u2069" if turns else name


def state_words(entry: DocumentEntry) -> str:
    """Say in half a line how far a document has come, and what it is."""
    words = STATE_WORDS[entry.state]
    if entry.state is DocumentState.SKIPPED:
        return f"{words}: {reason_words(entry.reason)}"
    if entry.pages:
        return f"{words}  ·  {count(entry.pages, part_word(entry.path))}"
    return words


def entry_tip(entry: DocumentEntry) -> str:
    """Say where the file is and, when it was skipped, why."""
    lines = [plain(entry.path)]
    if entry.title and entry.title != name_of(entry.path):
        lines.insert(0, plain(entry.title))
    if entry.state is DocumentState.SKIPPED:
        lines.append(f"Skipped: {entry.detail or reason_words(entry.reason)}")
    return "\n".join(lines)


def conversation_line(entry: ConversationEntry) -> str:
    """Say in half a line when a conversation was last gone on with, and how long it is."""
    return f"{entry.last.astimezone():%Y-%m-%d %H:%M}  ·  {count(entry.turns, 'question')}"


def file_name(name: str) -> str:
    """Return a name that every system can give to a file."""
    return " ".join(_UNFIT.sub(" ", name).split()).strip(" .") or "Conversation"
