"""The trace behind the leak test finds leaks of every kind, and nothing where there is none."""

import os
import sys
from pathlib import Path

import network_trace
import pytest
from network_trace import Trace, attempts_in

PLANTED = Path(__file__).with_name("planted_leaks.py")
ROOT = Path(__file__).parents[2]


class RunPlanted:
    """Runs one of the planted programs under the trace."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch

    def __call__(self, kind: str) -> Trace:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        return network_trace.trace([sys.executable, str(PLANTED), kind], 30, self._scratch, environment)


@pytest.fixture
def run_planted(tmp_path: Path, request: pytest.FixtureRequest) -> RunPlanted:
    request.getfixturevalue("network_tools")
    return RunPlanted(tmp_path)


@pytest.mark.parametrize(
    ("kind", "call", "targets"),
    [
        ("python_connect", "connect", ["192.0.2.1 port 443"]),
        ("python_lookup", "connect", ["192.0.2.53 port 53"]),
        ("python_listen", "bind", ["0.0.0.0 port 0"]),
        ("thread_send", "sendto", ["2001:db8::1 port 9"]),
        ("library_connect", "connect", ["192.0.2.1 port 443"]),
        ("library_lookup", "connect", ["192.0.2.53 port 53"]),
        ("library_local_name_server", "connect", ["127.0.0.1 port 53"]),
        ("library_many", "sendmmsg", ["192.0.2.1 port 9", "198.51.100.1 port 9"]),
        ("library_ring", "io_uring_setup", ["io_uring"]),
        ("child_connect", "connect", ["192.0.2.1 port 443"]),
        ("orphan_connect", "connect", ["192.0.2.1 port 443"]),
        ("walled_connect", "socket", ["AF_INET socket, refused by a wall"]),
    ],
)
def test_a_planted_leak_is_found(run_planted: RunPlanted, kind: str, call: str, targets: list[str]) -> None:
    trace = run_planted(kind)
    found = [(attempt.call, attempt.target) for attempt in trace.attempts]
    assert found, trace.output
    assert set(found) == {(call, target) for target in targets}


def test_what_stays_on_this_computer_is_not_counted(run_planted: RunPlanted) -> None:
    trace = run_planted("quiet")
    assert trace.status == 0, trace.output
    assert trace.output.strip() == "kernel"
    assert trace.calls > 10
    assert trace.attempts == ()


def test_the_guard_stops_python_before_the_kernel_is_asked(run_planted: RunPlanted) -> None:
    trace = run_planted("guarded")
    assert trace.status == 0, trace.output
    assert trace.output.strip() == "refused 8"
    assert trace.attempts == ()


@pytest.mark.usefixtures("network_tools")
def test_a_program_that_does_not_end_is_ended(tmp_path: Path) -> None:
    trace = network_trace.trace(["sleep", "60"], 1, tmp_path)
    assert trace.status is None
    assert trace.seconds < 10


@pytest.mark.parametrize(
    "line",
    [
        'connect(3, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42) = -1 ENOENT (No such)',
        'connect(3, {sa_family=AF_UNIX, sun_path="/var/run/avahi-daemon/socket"}, 110) = 0',
        'connect(3, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = 0',
        "connect(4, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), "
        'inet_pton(AF_INET6, "::ffff:192.0.2.1", &sin6_addr), sin6_scope_id=0}, 28) = -1 EINPROGRESS (Operation now)',
        'sendto(4, "x"..., 5, MSG_FASTOPEN, {sa_family=AF_INET, sin_port=htons(80), '
        'sin_addr=inet_addr("192.0.2.1")}, 16) = 5',
        "connect(5, {sa_family=AF_VSOCK, svm_cid=VMADDR_CID_HOST, svm_port=0x400}, 16 <unfinished ...>",
    ],
)
def test_a_line_that_leaves_is_counted(line: str) -> None:
    assert len(attempts_in([line], 1)) == 1


@pytest.mark.parametrize(
    "line",
    [
        'connect(3, {sa_family=AF_UNIX, sun_path="/var/run/nscd/socket"}, 110) = -1 ENOENT (No such file or directory)',
        "connect(3, {sa_family=AF_INET6, sin6_port=htons(11434), sin6_flowinfo=htonl(0), "
        'inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0',
        'recvfrom(3, "x", 9, 0, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}, [16]) = 1',
        r'sendto(3, "\"{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"192.0.2.1\")}", 9, 0, NULL, 0) = 9',
        "sendto(3, [{nlmsg_len=20}], 20, 0, {sa_family=AF_NETLINK, nl_pid=0, nl_groups=00000000}, 12) = 20",
        "+++ exited with 0 +++",
    ],
)
def test_a_line_that_stays_is_not_counted(line: str) -> None:
    assert attempts_in([line], 1) == []
