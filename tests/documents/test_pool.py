"""The pool of parsers: real children on real files, that hang, crash, lie, and are told to stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from threading import Thread, Timer

import made_files
import psutil
import pytest

from app.documents import child
from app.documents.child import ParserChild
from app.documents.limits import Limits
from app.documents.pool import ParseResult, ParserPool
from app.domain.errors import Cancelled, EnvironmentFault
from app.jobs.cancel import CancelToken

_STANDARD = Limits()
# Takes the HTML parser minutes: its time grows with the square of the depth.
_SLOW = b"<div>" * 150_000


def _new(_sha256: str) -> bool:
    return False


def _each(
    pool: ParserPool, paths: Iterable[Path], known: Callable[[str], bool], cancel: CancelToken
) -> Iterator[ParseResult]:
    for results in pool.parse(paths, known, cancel):
        assert results
        yield from results


def _parse(paths: list[Path], workers: int = 2, limits: Limits = _STANDARD) -> dict[Path, ParseResult]:
    with ParserPool(workers, limits) as pool:
        return {result.path: result for result in _each(pool, paths, _new, CancelToken())}


_OTHERS: set[int] = set()


@pytest.fixture(autouse=True)
def _others() -> None:
    """Leave out the children that were there before: of libraries that other tests share."""
    _OTHERS.clear()
    _OTHERS.update(process.pid for process in psutil.Process().children())


def _children() -> list[psutil.Process]:
    return [process for process in psutil.Process().children() if process.pid not in _OTHERS]


def _wait_for(condition: Callable[[], object], seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def _texts(folder: Path, count: int) -> list[Path]:
    paths = []
    for number in range(count):
        path = folder / f"text {number}.txt"
        path.write_text(f"This is text number {number}. It says little.")
        paths.append(path)
    return paths


@pytest.fixture(autouse=True)
def _nothing_is_left_behind() -> Iterator[None]:
    before = {process.pid for process in _children()}
    descriptors = psutil.Process().num_fds() if sys.platform != "win32" else 0
    yield
    assert not [process for process in _children() if process.pid not in before]
    if sys.platform != "win32":
        assert psutil.Process().num_fds() == descriptors


def test_every_format_comes_back_as_a_document(tmp_path: Path) -> None:
    contents = {
        "a.pdf": made_files.pdf([["Words of a PDF."]]),
        "b.docx": made_files.docx([("Words of a DOCX.", 0)]),
        "c.html": b"<p>Words of HTML.",
        "d.md": b"Words of *Markdown*.",
        "e.txt": b"Words of text.",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    results = _parse([tmp_path / name for name in contents])
    assert len(results) == 5
    for path, result in results.items():
        assert result.fault is None
        assert result.document is not None
        assert result.document.pages[0].text.startswith("Words of")
        assert result.document.chunks
        assert result.stat is not None
        assert (result.stat.size, result.stat.mtime_ns) == (path.stat().st_size, path.stat().st_mtime_ns)
        assert len(result.sha256) == 64


def test_known_bytes_are_not_parsed(tmp_path: Path) -> None:
    paths = _texts(tmp_path, 6)
    first = {result.sha256: path for path, result in _parse(paths).items()}
    wanted = next(iter(first))
    with ParserPool(2) as pool:
        results = list(_each(pool, paths, lambda sha256: sha256 != wanted, CancelToken()))
    assert len(results) == 6
    assert [result.path for result in results if result.document] == [first[wanted]]
    assert not [result for result in results if result.fault]


def _bad_files(folder: Path) -> dict[Path, str]:
    good = made_files.pdf([["Words."]] * 30)
    contents = {
        "truncated.pdf": (good[: len(good) // 2], "damaged"),
        "locked.pdf": (made_files.encrypted_pdf(good, "secret"), "encrypted"),
        "scanned.pdf": (made_files.pdf([[]]), "no_text"),
        "empty.txt": (b"", "empty"),
        "really a program.txt": (b"\x7fELF\x02\x01\x01\0" * 500, "binary"),
        "bomb.docx": (made_files.docx_bomb(200), "bomb"),
        "entities.docx": (made_files.entity_bomb_docx(), "bomb"),
        "picture.png": (b"\x89PNG", "unsupported"),
    }
    reasons = {}
    for name, (content, reason) in contents.items():
        (folder / name).write_bytes(content)
        reasons[folder / name] = reason
    with (folder / "large.txt").open("wb") as stream:
        for _ in range(200):
            stream.write(b"words and more words \n" * 47_662)
    (folder / "loop.txt").symlink_to(folder / "loop.txt")
    (folder / "folder.txt").mkdir()
    reasons |= {folder / "large.txt": "too_large", folder / "loop.txt": "symlink_loop", folder / "gone.txt": "vanished"}
    reasons |= {folder / "folder.txt": "not_a_file"}
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "pipe.txt")
        reasons[folder / "pipe.txt"] = "not_a_file"
    return reasons


def test_bad_files_are_named_and_the_good_ones_read(tmp_path: Path) -> None:
    reasons = _bad_files(tmp_path)
    good = _texts(tmp_path, 10)
    mixed = [path for pair in zip(reasons, good * 2, strict=False) for path in pair]
    results = _parse(list(dict.fromkeys([*mixed, *good])))
    assert {path: result.fault.reason for path, result in results.items() if result.fault} == reasons
    assert all(results[path].document for path in good)
    for path, result in results.items():
        if result.fault:
            assert path.name in str(result.fault)


@pytest.mark.parametrize(
    "name",
    [
        b"line\nfeed.txt",
        "\U0001f600 ünï.txt".encode(),
        b"no utf-8 \xff\xfe.txt",
        b"' \" $(x) `y` ; & * ? .txt",
        b"-rf.txt",
    ],
)
def test_odd_names_are_read(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    try:
        path.write_text("Words in an oddly named file.")
    except OSError:
        pytest.skip("this file system takes no such name")
    result = _parse([path])[path]
    assert result.document is not None
    assert result.document.pages[0].text == "Words in an oddly named file."
    result.document.title.encode()


def test_a_relative_path_means_what_it_means_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = _texts(tmp_path, 1)
    monkeypatch.chdir(tmp_path)
    assert _parse([Path(path.name)])[Path(path.name)].document


def test_a_file_that_takes_too_long_is_given_up_and_the_others_are_read(tmp_path: Path) -> None:
    slow = tmp_path / "slow.html"
    slow.write_bytes(_SLOW)
    good = _texts(tmp_path, 20)
    results = _parse([slow, *good], limits=Limits(wall_seconds=4))
    fault = results[slow].fault
    assert fault is not None
    assert fault.reason == "timeout"
    assert results[slow].sha256
    assert all(results[path].document for path in good)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows bounds no processor time")
def test_processor_time_is_bounded_too(tmp_path: Path) -> None:
    slow = tmp_path / "slow.html"
    slow.write_bytes(_SLOW)
    fault = _parse([slow], limits=Limits(cpu_seconds=1))[slow].fault
    assert fault is not None
    assert fault.reason == "timeout"
    assert "processor" in fault.detail


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux bounds memory")
def test_a_file_that_wants_too_much_memory_is_skipped_and_the_others_are_read(tmp_path: Path) -> None:
    hungry = tmp_path / "hungry.txt"
    hungry.write_text("\U0001f600 words. " * 1_000_000)
    good = _texts(tmp_path, 4)
    results = _parse([good[0], hungry, *good[1:]], workers=1, limits=Limits(memory_bytes=160 * 1024 * 1024))
    fault = results[hungry].fault
    assert fault is not None
    assert fault.reason == "memory"
    assert all(results[path].document for path in good)


def _interfere(pool_children: set[int], number: int) -> None:
    """Send a signal to the child that works."""

    def working() -> list[psutil.Process]:
        found = [process for process in _children() if process.pid not in pool_children]
        return [process for process in found if process.cpu_times().user > 0.4]

    _wait_for(working)
    working()[0].send_signal(number)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
@pytest.mark.parametrize(
    ("number", "reason"), [(signal.SIGSEGV, "crashed"), (signal.SIGKILL, "memory"), (signal.SIGTERM, "crashed")]
)
def test_a_child_that_dies_costs_its_file_alone(tmp_path: Path, number: signal.Signals, reason: str) -> None:
    slow = tmp_path / "slow.html"
    slow.write_bytes(_SLOW)
    good = _texts(tmp_path, 10)
    before = {process.pid for process in _children()}
    killer = Thread(target=_interfere, args=(before, number))
    killer.start()
    # One worker, and the slow file first: its child has read nothing before, so the file is to blame.
    results = _parse([slow, *good], workers=1)
    killer.join()
    fault = results[slow].fault
    assert fault is not None
    assert fault.reason == reason
    assert number.name in fault.detail
    assert all(results[path].document for path in good)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals")
def test_a_child_that_read_other_files_before_is_not_held_against_this_one(tmp_path: Path) -> None:
    (first,) = _texts(tmp_path, 1)
    # Slow enough to be hit, and over in the end.
    second = tmp_path / "second.html"
    second.write_bytes(b"<div>" * 25_000 + b"Words.")
    before = {process.pid for process in _children()}
    killer = Thread(target=_interfere, args=(before, signal.SIGSEGV))
    killer.start()
    results = _parse([first, second], workers=1)
    killer.join()
    assert results[second].document is not None


def test_children_are_replaced_after_their_share_of_files(tmp_path: Path) -> None:
    seen: set[int] = set()

    def known(_sha256: str) -> bool:
        seen.update(process.pid for process in _children())
        return False

    with ParserPool(1, Limits(files_per_child=3)) as pool:
        results = list(_each(pool, _texts(tmp_path, 10), known, CancelToken()))
    assert len(results) == 10
    assert len(seen) == 4


def test_cancel_kills_at_once_and_the_pool_can_be_used_again(tmp_path: Path) -> None:
    slow = tmp_path / "slow.html"
    slow.write_bytes(_SLOW)
    good = _texts(tmp_path, 5)
    with ParserPool(2) as pool:
        cancel = CancelToken()
        results = _each(pool, [good[0], slow, slow], _new, cancel)
        assert next(results).path == good[0]
        time.sleep(0.3)
        began = time.monotonic()
        cancel.cancel()
        with pytest.raises(Cancelled):
            next(results)
        assert time.monotonic() - began < 0.5
        _wait_for(lambda: not _children(), 1)
        assert len(list(_each(pool, good, _new, CancelToken()))) == 5
        assert len(list(_each(pool, good, _new, CancelToken()))) == 5


def test_results_that_nobody_wants_stop_the_work(tmp_path: Path) -> None:
    slow = tmp_path / "slow.html"
    slow.write_bytes(_SLOW)
    (good,) = _texts(tmp_path, 1)
    with ParserPool(2) as pool:
        for result in _each(pool, [slow, good], _new, CancelToken()):
            assert result.path == good
            break
        assert [result.path for result in _each(pool, [good], _new, CancelToken())] == [good]


def test_closing_ends_what_is_being_read(tmp_path: Path) -> None:
    slow = tmp_path / "slow.html"
    slow.write_bytes(_SLOW)
    pool = ParserPool(2)
    raised: list[BaseException] = []

    def read() -> None:
        try:
            list(_each(pool, [slow, slow], _new, CancelToken()))
        except Cancelled as cancelled:
            raised.append(cancelled)

    thread = Thread(target=read)
    thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    pool.close()
    thread.join()
    assert time.monotonic() - began < 0.5
    assert raised


def test_a_pause_begins_no_new_file(tmp_path: Path) -> None:
    paths = _texts(tmp_path, 30)
    cancel = CancelToken()
    with ParserPool(2) as pool:
        results = _each(pool, paths, _new, cancel)
        next(results)
        cancel.pause()
        time.sleep(0.3)
        waiting = Timer(0.5, cancel.resume)
        began = time.monotonic()
        waiting.start()
        rest = list(results)
        waiting.join()
    assert len(rest) == 29
    assert time.monotonic() - began > 0.4


def test_files_are_taken_as_they_are_needed(tmp_path: Path) -> None:
    taken: list[Path] = []

    def paths() -> Iterator[Path]:
        for path in _texts(tmp_path, 100):
            taken.append(path)
            yield path

    with ParserPool(2) as pool:
        results = _each(pool, paths(), _new, CancelToken())
        next(results)
        time.sleep(0.5)
        assert len(taken) < 20
        assert len(list(results)) == 99


def test_errors_of_the_caller_come_back_to_the_caller(tmp_path: Path) -> None:
    def known(_sha256: str) -> bool:
        raise LookupError("the ledger is gone")

    def paths() -> Iterator[Path]:
        yield from _texts(tmp_path, 3)
        raise OSError("the walk failed")

    with ParserPool(2) as pool:
        with pytest.raises(LookupError):
            list(_each(pool, _texts(tmp_path, 5), known, CancelToken()))
        with pytest.raises(OSError, match="the walk failed"):
            list(_each(pool, paths(), _new, CancelToken()))
        assert len(list(_each(pool, _texts(tmp_path, 5), _new, CancelToken()))) == 5


def test_no_files_and_a_pool_that_was_never_used() -> None:
    with ParserPool(2) as pool:
        assert list(_each(pool, [], _new, CancelToken())) == []
    ParserPool(1).close()


@pytest.mark.skipif(sys.platform != "linux", reason="the walls of Linux")
def test_the_walls_of_a_child_stand() -> None:
    parser = ParserChild(_STANDARD)
    try:
        parser.wait_until_ready()
        assert set(parser.walls) == {
            "dies with its parent", "no core dumps", "cpu", "file size", "memory", "open files", "network: kernel",
        }  # fmt: skip
    finally:
        parser.close()


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_no_child_outlives_a_killed_parent(tmp_path: Path) -> None:
    slow = tmp_path / "slow.html"
    slow.write_bytes(_SLOW)
    program = f"""
import sys
from pathlib import Path
from app.documents.pool import ParserPool
from app.jobs.cancel import CancelToken
list(ParserPool(2).parse([Path({str(slow)!r})], lambda sha256: print("parsing", flush=True), CancelToken()))
"""
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        parent.stdout.readline()
        children = psutil.Process(parent.pid).children()
        assert len(children) == 2
        parent.kill()
    _, alive = psutil.wait_procs(children, timeout=2)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


@pytest.mark.skipif(sys.platform == "win32", reason="needs kill -9")
def test_a_child_notices_its_parents_end_where_the_kernel_does_not_help() -> None:
    grandchild = """
import os
from app.documents.worker import _end_with_parent
parent = os.getppid()
print(os.getpid(), flush=True)
_end_with_parent(parent)
"""
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {grandchild!r}])"
    root = Path(__file__).parents[2]
    with subprocess.Popen([sys.executable, "-c", program], cwd=root, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        process = psutil.Process(int(parent.stdout.readline()))
        time.sleep(0.7)
        assert process.is_running()
        parent.kill()
    _, alive = psutil.wait_procs([process], timeout=5)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]


_READY = """
import sys, time
def say(text): sys.stdout.buffer.write(len(text).to_bytes(4, "big") + text.encode()); sys.stdout.buffer.flush()
say('{"ready": ["x"]}')
sys.stdin.buffer.read(10)
"""


@pytest.mark.parametrize(
    "says",
    [
        "sys.stdout.buffer.write(b'!' * 1000); sys.stdout.buffer.flush(); time.sleep(60)",
        "say('[]'); time.sleep(60)",
        'say(\'{"fault": "no such reason"}\'); time.sleep(60)',
        'say(\'{"size": "x", "mtime_ns": 1, "sha256": "00"}\'); time.sleep(60)',
        'say(\'{"size": 1, "mtime_ns": 1, "sha256": "\' + "0" * 64 + \'"}\'); say(\'{"pages": 3}\'); time.sleep(60)',
        "sys.stdout.close(); import os; os.close(1); time.sleep(60)",
        "sys.exit(7)",
    ],
)
def test_a_child_that_was_taken_over_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: str
) -> None:
    monkeypatch.setattr(child, "_START", _READY + says)
    (path,) = _texts(tmp_path, 1)
    fault = _parse([path], workers=1)[path].fault
    assert fault is not None
    assert fault.reason == "crashed"


def test_a_child_that_does_not_start_is_a_fault_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "_START", "import sys; sys.exit(3)")
    with ParserPool(2) as pool, pytest.raises(EnvironmentFault, match="does not start"):
        list(_each(pool, _texts(tmp_path, 3), _new, CancelToken()))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no such program"))
    with ParserPool(2) as pool, pytest.raises(EnvironmentFault, match="does not start"):
        list(_each(pool, _texts(tmp_path, 3), _new, CancelToken()))


def test_a_pool_works_from_any_folder_and_without_the_environment(tmp_path: Path) -> None:
    (path,) = _texts(tmp_path, 1)
    # A module of this name in the folder where the user is must not be imported by a child.
    (tmp_path / "json.py").write_text("raise SystemExit('taken over')")
    program = f"""
import sys
sys.path[:0] = [{str(Path(__file__).parents[2])!r}]
from pathlib import Path
from app.documents.pool import ParserPool
from app.jobs.cancel import CancelToken
with ParserPool(1) as pool:
    for results in pool.parse([Path({str(path)!r})], lambda sha256: False, CancelToken()):
        print([result.fault for result in results])
"""
    environment = {**os.environ, "PYTHONPATH": "/nowhere", "PYTHONSTARTUP": "/nowhere", "PYTHONHOME": ""}
    done = subprocess.run(
        [sys.executable, "-P", "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[None]"
