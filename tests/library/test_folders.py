"""Which files a dropped folder stands for, and what becomes of them when it changes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from papers import ingest, words

from app.domain.errors import UsageFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library


def test_a_file_that_is_gone_leaves_the_library_when_its_folder_is_added_again(library: Library, folder: Path) -> None:
    ingest(library, folder)
    (folder / "lease.txt").unlink()
    assert ingest(library, folder).files == 1
    assert words(library, "lodger") == []
    assert library.status().documents == 1


def test_a_folder_that_is_empty_all_at_once_keeps_its_documents(library: Library, folder: Path) -> None:
    ingest(library, folder)
    for file in folder.iterdir():
        file.unlink()
    with pytest.raises(UsageFault, match="is empty"):
        ingest(library, folder)
    assert library.status().documents == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_a_folder_that_cannot_be_read_keeps_its_documents(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = folder / "below"
    below.mkdir()
    (below / "deep.txt").write_text("The capstan needs grease.")
    ingest(library, folder)
    scandir, stat = os.scandir, Path.stat

    def barred(path: Path) -> object:
        if path == below:
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    def hidden(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.parent == below:
            raise PermissionError(13, "Permission denied")
        return stat(path, follow_symlinks=follow_symlinks)

    # A stand-in, since root may read everything.
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", barred)
        patched.setattr(Path, "stat", hidden)
        report = ingest(library, folder)
    assert [(skipped.path, skipped.reason) for skipped in report.skipped] == [(str(below), "unreadable")]
    assert words(library, "capstan") == [str(below / "deep.txt")]
    assert ingest(library, folder).skipped == ()
    assert library.status().skipped == 0


def test_folders_that_link_to_one_another_are_read_once(library: Library, folder: Path) -> None:
    homes = [folder / str(number) for number in range(8)]
    for home in homes:
        home.mkdir()
        (home / "a.txt").write_text(f"Paper in {home.name}")
    for home in homes:
        for other in homes:
            (home / f"to {other.name}").symlink_to(other)
    (folder / "up").symlink_to(folder)
    report = ingest(library, folder)
    assert report.documents == 10
    assert {skipped.reason for skipped in report.skipped} == {"symlink_loop"}
    assert str(folder / "up") in {skipped.path for skipped in report.skipped}


@pytest.fixture
def deep(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A paper 1,500 folders down, removed by a program that is not as deep as Python."""
    monkeypatch.chdir(folder)
    for _ in range(1_500):
        Path("d").mkdir()
        os.chdir("d")
    Path("deep.txt").write_text("The capstan needs grease.")
    monkeypatch.undo()
    yield
    subprocess.run(["rm", "-rf", str(folder / "d")], check=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no paths so long")
@pytest.mark.usefixtures("deep")
def test_folders_may_be_deeper_than_the_stack(library: Library, folder: Path) -> None:
    assert ingest(library, folder).documents == 3
    assert len(words(library, "capstan")) == 1


def test_the_library_itself_is_no_document(library: Library, folder: Path) -> None:
    (library.folder / "notes.txt").write_text("Not for reading.")
    report = ingest(library, folder.parent)
    assert report.files == 2
    assert report.skipped == ()


def test_a_folder_given_twice_or_by_a_part_counts_once(library: Library, folder: Path) -> None:
    assert ingest(library, folder, folder, folder / "lease.txt").files == 2
    report = ingest(library, folder, folder, folder / "lease.txt")
    assert (report.files, report.unchanged) == (2, 2)


def test_a_way_over_a_link_is_the_one_the_disk_knows(library: Library, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere" / "inner").mkdir(parents=True)
    (tmp_path / "elsewhere" / "harbour.txt").write_text("The harbour is closed.")
    (folder / "link").symlink_to(tmp_path / "elsewhere" / "inner")
    ingest(library, folder / "link" / ".." / "harbour.txt")
    assert words(library, "harbour") == [str(tmp_path / "elsewhere" / "harbour.txt")]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_a_pipe_that_becomes_the_file_again_is_read(library: Library, folder: Path, tmp_path: Path) -> None:
    ingest(library, folder)
    (folder / "lease.txt").rename(tmp_path / "aside")
    os.mkfifo(folder / "lease.txt")
    assert [skipped.reason for skipped in ingest(library, folder).skipped] == ["not_a_file"]
    (folder / "lease.txt").unlink()
    (tmp_path / "aside").rename(folder / "lease.txt")
    assert ingest(library, folder).skipped == ()


@pytest.mark.parametrize(
    "name", ["line\nbreak.txt", "emoji 🩺.txt", "quote'\".txt", os.fsdecode(b"not-\xff-text.txt"), " .txt"]
)
def test_odd_names(library: Library, folder: Path, name: str) -> None:
    (folder / name).write_text("The capstan needs grease.")
    assert ingest(library, folder).skipped == ()
    assert words(library, "capstan") == [str(folder / name)]
    assert library.file(library.chunks([library.find_words("capstan", 1)[0][0]])[0].document) == folder / name


def test_a_path_that_does_not_exist_is_wrong_use_and_nothing_is_queued(library: Library, folder: Path) -> None:
    with pytest.raises(UsageFault, match="nothing here"):
        library.ingest([folder, folder / "nothing here"], ProgressSlot(), CancelToken())
    assert library.status().paths == 0
