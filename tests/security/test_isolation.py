"""The walls, each around a child of its own: none of them can be taken down again."""

import os
import platform
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MIB = 2**20
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's walls are Linux's")
not_on_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")


def run_child(code: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", "from app.security.isolation import *\n" + code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def output_of(code: str) -> str:
    child = run_child(code)
    assert child.returncode == 0, child.stderr
    return child.stdout.strip()


@linux_only
def test_no_network_for_python_or_for_c() -> None:
    code = """
import ctypes, errno, socket
wall = forbid_network()
libc = ctypes.CDLL(None, use_errno=True)
def refused(call, *arguments):
    ctypes.set_errno(0)
    return call(*arguments) == -1 and ctypes.get_errno() == errno.EPERM
families = [f for f in range(1, 46) if f != socket.AF_UNIX]
assert all(refused(libc.socket, f, kind, 0) for f in families for kind in (1, 2, 3))
assert refused(libc.connect, 0, b"", 0)
assert refused(libc.syscall, ctypes.c_long(425), ctypes.c_long(8), ctypes.create_string_buffer(120))
try:
    socket.socket()
except PermissionError:
    print(wall)
"""
    assert output_of(code) == "kernel"


@pytest.mark.skipif(sys.platform != "linux" or platform.machine() != "x86_64", reason="x86-64 has two sets of numbers")
def test_no_way_around_by_the_other_numbers() -> None:
    code = """
import ctypes, errno
forbid_network()
libc = ctypes.CDLL(None, use_errno=True)
assert libc.syscall(ctypes.c_long(41 | 0x40000000), ctypes.c_long(2), ctypes.c_long(1), ctypes.c_long(0)) == -1
print(errno.errorcode[ctypes.get_errno()])
"""
    assert output_of(code) == "EPERM"


@linux_only
def test_the_wall_holds_for_threads_that_run_and_for_children() -> None:
    code = """
import socket, subprocess, sys, threading
ready, answers = threading.Event(), []
def late():
    ready.wait()
    try:
        socket.socket()
    except PermissionError:
        answers.append("thread")
thread = threading.Thread(target=late)
thread.start()
forbid_network()
ready.set()
thread.join()
child = subprocess.run([sys.executable, "-I", "-c", "import socket; socket.socket()"], capture_output=True, text=True)
print(answers, "PermissionError" in child.stderr)
"""
    assert output_of(code) == "['thread'] True"


@linux_only
def test_pipes_pairs_and_worker_processes_work_behind_the_wall() -> None:
    code = """
import asyncio, multiprocessing, socket
forbid_network()
left, right = socket.socketpair()
left.sendall(b"x")
assert right.recv(1) == b"x"
asyncio.run(asyncio.sleep(0))
ours, theirs = multiprocessing.Pipe()
worker = multiprocessing.get_context("fork").Process(target=theirs.send, args=("hello",))
worker.start()
print(ours.recv())
worker.join()
"""
    assert output_of(code) == "hello"


def test_only_the_guard_is_claimed_where_the_kernel_does_not_help() -> None:
    code = """
import platform
platform.machine = lambda: "unheard-of"
print(forbid_network())
"""
    assert output_of(code) == "python only"


@linux_only
def test_memory_limit_is_an_error_in_python() -> None:
    code = f"""
print(*sorted(limit_resources(memory_bytes={512 * MIB})))
try:
    bytearray({1024 * MIB})
except MemoryError:
    print("refused")
"""
    assert output_of(code).split() == ["memory", "refused"]


@not_on_windows
def test_processor_time_limit_ends_a_loop() -> None:
    began = time.monotonic()
    child = run_child("limit_resources(cpu_seconds=1)\nwhile True: pass")
    assert child.returncode == -signal.SIGXCPU
    assert time.monotonic() - began < 30


@not_on_windows
def test_processor_time_limit_ends_a_loop_that_will_not_hear() -> None:
    child = run_child("limit_resources(cpu_seconds=1)\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass")
    assert child.returncode == -signal.SIGKILL


@not_on_windows
def test_limits_of_files(tmp_path: Path) -> None:
    code = f"""
import errno
print(*sorted(limit_resources(file_bytes=1000, open_files=20)))
for attempt in (lambda: open({str(tmp_path / "big")!r}, "wb", buffering=0).write(b"x" * 999),
                lambda: open({str(tmp_path / "big")!r}, "ab", buffering=0).write(b"xx"),
                lambda: open({str(tmp_path / "big")!r}, "ab", buffering=0).write(b"x"),
                lambda: [open({os.devnull!r}) for _ in range(30)]):
    try:
        print(attempt())
    except OSError as error:
        print(errno.errorcode[error.errno])
"""
    assert output_of(code).splitlines() == ["file size open files", "999", "1", "EFBIG", "EMFILE"]


@not_on_windows
def test_a_limit_that_is_lower_already_stays() -> None:
    code = """
import resource
limit_resources(open_files=30)
limit_resources(open_files=3000, cpu_seconds=None)
print(resource.getrlimit(resource.RLIMIT_NOFILE))
"""
    assert output_of(code) == "(30, 30)"


@linux_only
def test_no_core_dump_even_for_a_crash_service() -> None:
    code = """
import ctypes, resource
print(forbid_core_dumps(), resource.getrlimit(resource.RLIMIT_CORE), ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""
    assert output_of(code) == "True (0, 0) 0"


@linux_only
def test_a_child_dies_with_its_killed_parent() -> None:
    child = """
import sys, time
from app.security.isolation import die_with_parent
print(die_with_parent(int(sys.argv[1])), flush=True)
time.sleep(60)
"""
    parent = f"""
import os, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", {child!r}, str(os.getpid())])
time.sleep(60)
"""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", parent], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "True\n"
        process.kill()
        began = time.monotonic()
        # The pipe ends when its last writer, the child, is gone.
        assert process.stdout.read() == ""
        assert time.monotonic() - began < 30


@linux_only
def test_a_child_whose_parent_is_dead_already_dies() -> None:
    assert run_child("die_with_parent(1 if os.getppid() != 1 else 2)").returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "linux", reason="Linux does it")
def test_only_linux_claims_to_end_children() -> None:
    assert output_of("print(die_with_parent(os.getppid()))") == "False"
