"""Runs a program with no network at all and reads from the kernel's side what it tried to reach.

A namespace of its own makes sure that nothing really leaves; `strace` sees every system call of every thread and
child, whatever language it is written in. What counts is the *attempt*: whether it succeeds says nothing about a
machine that has a network.

The namespace has a resolver configuration of its own, so that looking up a name is always a packet to a name server
(192.0.2.53, an address for documentation) and never a file or a local service that happens to be there or not.
"""

import ipaddress
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

_TOOLS = ("unshare", "strace", "ip", "mount")
_SET_UP = """
set -e
ip link set lo up
for name in resolv.conf nsswitch.conf; do
    if [ -e "/etc/$name" ]; then mount --bind "$0/$name" "/etc/$name"; fi
done
for services in /run/systemd/resolve /run/avahi-daemon /run/nscd; do
    if [ -d "$services" ]; then mount -t tmpfs none "$services"; fi
done
exec "$@"
"""
_FILES = {
    "resolv.conf": "nameserver 192.0.2.53\noptions timeout:1 attempts:1\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
}
_DNS_PORT = 53
# Local sockets behind which another process looks up names.
_NAME_SERVICES = ("/systemd/resolve", "/avahi-daemon/")
# glibc knocks here for user names too, so only an open door counts.
_NSCD = "/nscd/"

_CALL = re.compile(r"^(?P<name>\w+)\((?P<rest>.*)$")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_ADDRESS = re.compile(r"\{sa_family=(?P<family>\w+)(?P<fields>[^}]*)\}")
_PORT = re.compile(r"sin6?_port=htons\((\d+)\)")
_HOST = re.compile(r'(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
_CALLS_WITH_TARGET = frozenset({"connect", "sendto", "sendmsg", "sendmmsg", "bind"})
_LOCAL_FAMILIES = frozenset({"AF_UNIX", "AF_NETLINK", "AF_UNSPEC"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One system call that would have reached beyond this computer.

    Attributes:
        process: its number inside the namespace.
        call: the system call.
        target: the address, family or service it was for.
    """

    process: int
    call: str
    target: str


@dataclass(frozen=True, slots=True)
class Trace:
    """What a program did.

    Attributes:
        attempts: everything that would have left this computer.
        calls: how many system calls about sockets were seen at all: a trace of nothing proves nothing.
        status: the exit status; None when it had to be ended.
        output: what it wrote to its two outputs together.
        seconds: how long it lived.
    """

    attempts: tuple[Attempt, ...]
    calls: int
    status: int | None
    output: str
    seconds: float


def missing() -> str:
    """Say what keeps `trace` from working here; empty when it works."""
    if sys.platform != "linux":
        return "system calls are traced on Linux only"
    absent = [tool for tool in _TOOLS if shutil.which(tool) is None]
    if absent:
        return f"{', '.join(absent)} not installed (packages strace, iproute2, util-linux, mount)"
    tried = subprocess.run(
        [*_namespace(), "strace", "-f", "-o", os.devnull, "true"], capture_output=True, text=True, check=False
    )
    return "" if tried.returncode == 0 else f"namespaces or tracing refused here: {tried.stderr.strip()}"


def trace(command: Sequence[str], seconds: float, scratch: Path, environment: Mapping[str, str] | None = None) -> Trace:
    """Run ``command`` to its end, or for at most ``seconds``, and report what it tried to reach.

    Args:
        command: the program and its arguments.
        seconds: after which it and all its children are killed.
        scratch: an empty folder for the logs.
        environment: instead of this process's own.
    """
    for name, text in _FILES.items():
        (scratch / name).write_text(text)
    logs = scratch / "calls"
    logs.mkdir()
    # Not --seccomp-bpf: it is faster and blind to the calls that a filter of the program refuses.
    # -s bounds lists as well as strings: 1024 is the longest list of messages that the kernel takes in one call.
    tracer = ["strace", "-ff", "-qq", "-s", "1024", "-e", "trace=%network,io_uring_setup", "-o", str(logs / "log")]
    began = monotonic()
    process = subprocess.Popen(
        [*_namespace(), "sh", "-c", _SET_UP, str(scratch), *tracer, "--", *command],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    status: int | None
    try:
        output, _ = process.communicate(timeout=seconds)
        status = process.returncode
    except subprocess.TimeoutExpired:
        # The namespace ends with its first process, and everything in it.
        process.kill()
        output, _ = process.communicate()
        status = None
    finally:
        process.kill()
    elapsed = monotonic() - began
    attempts: list[Attempt] = []
    calls = 0
    for log in sorted(logs.iterdir()):
        lines = log.read_text(errors="replace").splitlines()
        calls += sum(1 for line in lines if _CALL.match(line))
        attempts += attempts_in(lines, int(log.suffix[1:]))
    return Trace(tuple(attempts), calls, status, output, elapsed)


def attempts_in(lines: Sequence[str], process: int) -> list[Attempt]:
    """Return the attempts in the log of one thread, in the notation of `strace`."""
    found = []
    for line in lines:
        call = _CALL.match(line)
        if call is not None:
            name = call["name"]
            found += [Attempt(process, name, target) for target in _targets(name, call["rest"])]
    return found


def _targets(call: str, rest: str) -> list[str]:
    if call == "io_uring_setup":
        # What goes through the ring is not a system call any more, so nothing could be said about it.
        return ["io_uring"]
    if call == "socket":
        family = rest.split(",", 1)[0]
        refused = " = -1 EPERM" in rest or " = -1 EACCES" in rest
        return [f"{family} socket, refused by a wall"] if refused and family not in _LOCAL_FAMILIES else []
    if call not in _CALLS_WITH_TARGET:
        return []
    failed = " = -1 " in rest
    return [_shown(family, fields) for family, fields in _addresses(rest) if _leaves(family, fields, failed=failed)]


def _addresses(rest: str) -> list[tuple[str, str]]:
    """Return family and fields of each address. Data that only looks like one stands in a string, which is skipped."""
    strings = _STRING.findall(rest)
    without = _STRING.sub("\0", rest)
    found = []
    for address in _ADDRESS.finditer(without):
        before, fields = without[: address.start()].count("\0"), address["fields"]
        for string in strings[before : before + fields.count("\0")]:
            fields = fields.replace("\0", string, 1)
        found.append((address["family"], fields))
    return found


def _leaves(family: str, fields: str, *, failed: bool) -> bool:
    if family == "AF_UNIX":
        return (_NSCD in fields and not failed) or any(service in fields for service in _NAME_SERVICES)
    if family in _LOCAL_FAMILIES:
        return False
    host, port = _HOST.search(fields), _PORT.search(fields)
    if host is None or port is None:
        return True
    # Without a configured name server, glibc asks one on this computer, whose job is to ask further.
    return int(port[1]) == _DNS_PORT or not _is_loopback(host[1])


def _is_loopback(host: str) -> bool:
    address = ipaddress.ip_address(host)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return address.is_loopback or (mapped is not None and mapped.is_loopback)


def _shown(family: str, fields: str) -> str:
    host, port = _HOST.search(fields), _PORT.search(fields)
    return f"{host[1]} port {port[1]}" if host is not None and port is not None else family + fields


def _namespace() -> list[str]:
    own_user = [] if os.geteuid() == 0 else ["--map-root-user"]
    return ["unshare", *own_user, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
