"""A file's bytes: read once, and every way in which they cannot be."""

import os
import sys
from hashlib import sha256
from pathlib import Path, PurePath

import pytest

from app.documents import reading
from app.documents.faults import Reason, fault, shown
from app.documents.formats import supported
from app.documents.limits import Limits
from app.documents.reading import FileStat, Unread, read

_STANDARD = Limits()


def _refused(path: Path, limits: Limits = _STANDARD) -> Unread:
    with pytest.raises(Unread) as caught:
        read(path, limits)
    return caught.value


def test_bytes_hash_and_stat(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_bytes(b"words" * 100_000)
    found = read(file, _STANDARD)
    assert found.data == b"words" * 100_000
    assert found.sha256 == sha256(found.data).hexdigest()
    assert found.stat == FileStat(500_000, file.stat().st_mtime_ns)


def test_what_is_no_file_with_words(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "picture.png").write_bytes(b"x")
    (tmp_path / "no ending").write_bytes(b"x")
    assert _refused(tmp_path / "empty.txt").reason is Reason.EMPTY
    assert _refused(tmp_path / "picture.png").reason is Reason.UNSUPPORTED
    assert _refused(tmp_path / "no ending").reason is Reason.UNSUPPORTED
    assert _refused(tmp_path).reason is Reason.NOT_A_FILE
    assert _refused(tmp_path / "gone.txt").reason is Reason.VANISHED
    assert _refused(tmp_path / "empty.txt" / "below.txt").reason is Reason.VANISHED


def test_a_file_of_200_megabytes_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    with file.open("wb") as stream:
        stream.truncate(200 * 1024 * 1024)
    refused = _refused(file)
    assert refused.reason is Reason.TOO_LARGE
    assert refused.stat == FileStat(200 * 1024 * 1024, file.stat().st_mtime_ns)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no named pipes in folders")
def test_pipes_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    (tmp_path / "terminal.txt").symlink_to("/dev/tty")
    for name in ("pipe.txt", "device.txt", "terminal.txt"):
        assert _refused(tmp_path / name).reason is Reason.NOT_A_FILE


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe = tmp_path / "pipe.txt"
    os.mkfifo(pipe)
    # As if it were a file when it was looked at, and a pipe when it was opened.
    file = tmp_path / "a.txt"
    file.write_text("words")
    status = file.stat()
    monkeypatch.setattr(Path, "stat", lambda _path: status)
    assert _refused(pipe).reason is Reason.NOT_A_FILE


def test_a_link_to_itself_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to(tmp_path / "b.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    assert _refused(tmp_path / "a.txt").reason is Reason.SYMLINK_LOOP


def test_what_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    file.write_text("words")
    file.chmod(0)
    if os.geteuid() == 0:
        # Root may read everything, so here the system call itself says no.
        def refuse(*_arguments: object) -> int:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(os, "open", refuse)
    refused = _refused(file)
    assert refused.reason is Reason.UNREADABLE
    assert refused.detail == "Permission denied"


def test_a_file_deleted_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    file.write_text("words")
    _meanwhile(monkeypatch, file.unlink)
    assert _refused(file).reason is Reason.VANISHED


def test_a_file_written_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.txt"
    file.write_text("words")
    _meanwhile(monkeypatch, lambda: file.write_text("other words"))
    assert _refused(file).reason is Reason.CHANGED


def _meanwhile(monkeypatch: pytest.MonkeyPatch, happens: object) -> None:
    read_all = reading._read_all

    def interrupted(descriptor: int, size: int) -> bytes:
        assert callable(happens)
        happens()
        return read_all(descriptor, size)

    monkeypatch.setattr(reading, "_read_all", interrupted)


def test_names_alone_tell_what_is_worth_opening() -> None:
    assert all(supported(PurePath(name)) for name in ("a.pdf", "A.PDF", "b.Docx", "c.htm", "d.markdown", "e.x.txt"))
    assert not any(supported(PurePath(name)) for name in ("a.png", "pdf", "a.pdf.exe", ".pdf", "a"))


def test_every_reason_has_words() -> None:
    for reason in Reason:
        made = fault(reason, Path("folder/file.pdf"), "cause")
        assert made.reason == str(reason)
        assert "“file.pdf”" in made.summary
        assert made.remedy.endswith(".")
        assert "{" not in str(made)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ünï \U0001f600.txt", "ünï \U0001f600.txt"),
        ("a\nb.txt", "a\\nb.txt"),
        (os.fsdecode(b"a\xffb.txt"), "a\\udcffb.txt"),
        ("{0}.txt", "{0}.txt"),
    ],
)
def test_odd_names_can_be_shown(name: str, expected: str) -> None:
    assert shown(name) == expected
    assert expected in str(fault(Reason.EMPTY, Path(name)))
    str(fault(Reason.EMPTY, Path(name))).encode()
