"""The guard inside Python: no socket of this process reaches anything but this computer, and what a policy allows.

An audit hook sees every use of the ``socket`` module and cannot be removed.
It does not see sockets that C libraries open for themselves: for those there are the switches
(`app.security.switches`), the wall around children (`app.security.isolation`) and the leak test.
"""

import errno
import ipaddress
import socket
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from threading import RLock
from time import time
from typing import Any, NoReturn

_LOCAL_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback"})
_LOCAL_FAMILIES = frozenset(
    family for family in (getattr(socket, "AF_UNIX", None), getattr(socket, "AF_NETLINK", None)) if family is not None
)
_INTERNET_FAMILIES = frozenset({socket.AF_INET, socket.AF_INET6})
_ADDRESS_EVENTS = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})
_NAME_EVENTS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo"})
# Where the address stands among the arguments. `sendto` takes flags before it, or not.
_METHODS_WITH_ADDRESS = {"connect": 0, "connect_ex": 0, "bind": 0, "sendto": -1, "sendmsg": 3}
_KEPT = 20


class EgressRefused(PermissionError):
    """Something in this process tried to reach the network. An ``OSError``, so that libraries treat it as "offline"."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One refused use of a socket.

    Attributes:
        when: seconds since the epoch.
        event: the audit event, such as ``socket.connect``.
        target: the address or name that was asked for.
    """

    when: float
    event: str
    target: str


@dataclass(frozen=True, slots=True)
class EgressReport:
    """How many attempts were refused since `install`, and the newest of them, oldest first."""

    count: int
    latest: tuple[Attempt, ...]


class _Guard:
    """Refuses, and counts what it refused."""

    def __init__(self) -> None:
        # Reentrant: a signal handler that uses a socket may interrupt the thread that holds it.
        self._lock = RLock()
        self._installed = False
        self._count = 0
        self._latest: deque[Attempt] = deque(maxlen=_KEPT)
        self._allowed: set[tuple[str, int]] = set()

    def install(self) -> None:
        with self._lock:
            if self._installed:
                return
            self._installed = True
            for method, address_at in _METHODS_WITH_ADDRESS.items():
                setattr(socket.socket, method, self._checked_first(method, address_at))
            setattr(socket, "getaddrinfo", self._remembered(socket.getaddrinfo))  # noqa: B010 - mypy knows it as a function
            sys.addaudithook(self._hook)

    def allow(self, host: str, port: int) -> None:
        with self._lock:
            self._allowed.add((host.lower(), port))

    def report(self) -> EgressReport:
        with self._lock:
            return EgressReport(self._count, tuple(self._latest))

    def _hook(self, event: str, args: tuple[object, ...]) -> None:
        if event in _ADDRESS_EVENTS:
            self._check_address(event, args[0], args[1])
        elif event in _NAME_EVENTS:
            self._check_host(event, args[0], args[1] if len(args) > 1 else None)

    def _checked_first(self, method: str, address_at: int) -> Callable[..., object]:
        """Wrap a method of sockets to check its address before the call.

        CPython looks up a name in an address before it raises the audit event: the hook alone would stop the packets
        of ``connect(("example.org", 80))``, but not the question to the name server.
        """
        original = getattr(socket.socket, method)

        @wraps(original)
        def checked(sock: socket.socket, *args: object) -> object:
            if -len(args) <= address_at < len(args):
                self._check_address(f"socket.{method}", sock, args[address_at])
            return original(sock, *args)

        return checked

    def _remembered(self, look_up: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
        """Wrap the look-up of names: the addresses of a server that is allowed are allowed too."""

        @wraps(look_up)
        def remembered(host: object, port: object, *args: object, **settings: object) -> list[Any]:
            found = look_up(host, port, *args, **settings)
            if self._is_allowed(host, port):
                for *_, address in found:
                    self.allow(address[0], address[1])
            return found

        return remembered

    def _is_allowed(self, host: object, port: object) -> bool:
        if isinstance(host, (bytes, bytearray)):
            host = host.decode("ascii", "replace")
        if not isinstance(host, str) or not isinstance(port, (int, str, bytes)):
            return False
        with self._lock, suppress(ValueError):
            return (host.lower(), int(port)) in self._allowed
        return False

    def _check_address(self, event: str, sock: object, address: object) -> None:
        # No address: the socket is connected, which was checked then.
        family = getattr(sock, "family", None)
        if address is None or family in _LOCAL_FAMILIES:
            return
        if family in _INTERNET_FAMILIES and isinstance(address, tuple) and len(address) > 1:
            host, port = address[:2]
            if is_local(host) or self._is_allowed(host, port):
                return
        self._refuse(event, address)

    def _check_host(self, event: str, host: object, port: object) -> None:
        if isinstance(host, tuple):
            host = host[0] if host else None
        if host is not None and not is_local(host) and not self._is_allowed(host, port):
            self._refuse(event, host)

    def _refuse(self, event: str, target: object) -> NoReturn:
        attempt = Attempt(time(), event, _shown(target))
        with self._lock:
            self._count += 1
            self._latest.append(attempt)
        raise EgressRefused(errno.EACCES, f"Refused to reach {attempt.target}: nothing may leave this computer.")


def _shown(target: object) -> str:
    if isinstance(target, tuple) and len(target) > 1:
        return f"{_shown(target[0])} port {target[1]}"
    return target.decode("ascii", "replace") if isinstance(target, bytes) else str(target)


# An audit hook belongs to the whole process and stays until its end, so its state does too.
_GUARD = _Guard()


def install() -> None:
    """Refuse from now on every socket of this process that is not on this computer. A second call does nothing.

    Local (Unix) sockets, netlink and the loopback addresses stay open. Connecting, sending, binding and looking up
    names beyond them raises `EgressRefused` before any packet is sent.
    """
    _GUARD.install()


def allow(host: str, port: int) -> None:
    """Let this process reach one port of a host beyond this computer, and look up its name. It cannot be taken back."""
    _GUARD.allow(host, port)


def report() -> EgressReport:
    """Return what was refused since `install`."""
    return _GUARD.report()


def is_local(host: object) -> bool:
    """Whether ``host`` is a loopback address or one of the names every system gives it, without looking anything up."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str):
        return False
    if host.lower() in _LOCAL_NAMES:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback or (mapped is not None and mapped.is_loopback)
