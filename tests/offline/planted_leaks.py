"""Small programs that reach out in the ways a library might, and some that do not: ``planted_leaks.py KIND``.

Only ever run inside `network_trace.trace`: the addresses are those kept for documentation, and there is no network.
"""

import ctypes
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from app.security import egress, isolation

_ADDRESS = "192.0.2.1"
_NAME = "leak.example"
_LIBC = ctypes.CDLL(None)
_IO_URING_SETUP = 425


def python_connect() -> None:
    """Connect with Python's sockets, the guard not installed."""
    with suppress(OSError):
        socket.create_connection((_ADDRESS, 443), timeout=1)


def python_lookup() -> None:
    """Look up a name with Python, the guard not installed."""
    with suppress(OSError):
        socket.getaddrinfo(_NAME, 443)


def python_listen() -> None:
    """Open a door to the network."""
    with socket.socket() as door:
        door.bind(("", 0))
        door.listen()


def thread_send() -> None:
    """Send a datagram without connecting, over IPv6, from a thread."""

    def send() -> None:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as sender, suppress(OSError):
            sender.sendto(b"leak", ("2001:db8::1", 9))

    thread = threading.Thread(target=send)
    thread.start()
    thread.join()


def library_connect() -> None:
    """Connect from C, around the guard."""
    egress.install()
    address = _sockaddr(_ADDRESS, 443)
    _LIBC.connect(_LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0), address, len(address))


def library_lookup() -> None:
    """Look up a name from C, around the guard."""
    egress.install()
    answer = ctypes.c_void_p()
    _LIBC.getaddrinfo(_NAME.encode(), None, None, ctypes.byref(answer))


def library_local_name_server() -> None:
    """Ask a name server on this computer, as glibc does when none is configured."""
    egress.install()
    address = _sockaddr("127.0.0.1", 53)
    _LIBC.connect(_LIBC.socket(socket.AF_INET, socket.SOCK_DGRAM, 0), address, len(address))


def library_many() -> None:
    """Send two datagrams by one call, to two addresses."""
    egress.install()
    first, second = _sockaddr("192.0.2.1", 9), _sockaddr("198.51.100.1", 9)
    # struct mmsghdr: address and its length, no data, no control data, flags; then the length sent.
    layout = struct.Struct("PI4xPNPNi4xI4x")
    messages = b"".join(layout.pack(ctypes.addressof(to), len(to), 0, 0, 0, 0, 0, 0) for to in (first, second))
    _LIBC.sendmmsg(_LIBC.socket(socket.AF_INET, socket.SOCK_DGRAM, 0), messages, 2, 0)


def library_ring() -> None:
    """Make a ring, through which sockets work without system calls."""
    parameters = ctypes.create_string_buffer(120)
    _LIBC.syscall(ctypes.c_long(_IO_URING_SETUP), ctypes.c_long(8), parameters)


def child_connect() -> None:
    """Have a child process connect that knows nothing of the guard."""
    egress.install()
    code = f"import socket; socket.socket().connect_ex(({_ADDRESS!r}, 443))"
    subprocess.run([sys.executable, "-I", "-c", code], check=True)


def orphan_connect() -> None:
    """Have a child of a child connect, after this process has ended."""
    egress.install()
    code = f"import socket, time; time.sleep(0.5); socket.socket().connect_ex(({_ADDRESS!r}, 443))"
    if os.fork() == 0:
        subprocess.Popen([sys.executable, "-I", "-c", code], start_new_session=True)


def walled_connect() -> None:
    """Connect from C behind the wall that parsers and generators live behind: refused, but an attempt all the same."""
    isolation.forbid_network()
    _LIBC.socket(socket.AF_INET, socket.SOCK_STREAM, 0)


def guarded() -> None:
    """Try from Python, name and address, with the guard installed: nothing may reach the kernel."""
    egress.install()
    for reach in (
        lambda: socket.getaddrinfo(_NAME, 443),
        lambda: socket.gethostbyname(_NAME),
        lambda: socket.create_connection((_ADDRESS, 443)),
        lambda: socket.socket().connect((_NAME, 443)),
        lambda: socket.socket().connect_ex((_NAME, 443)),
        lambda: socket.socket().bind((_NAME, 0)),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"leak", 0, (_NAME, 9)),
        lambda: socket.socket(type=socket.SOCK_DGRAM).sendmsg([b"leak"], [], 0, (_ADDRESS, 9)),
    ):
        with suppress(egress.EgressRefused):
            reach()
    sys.stdout.write(f"refused {egress.report().count}\n")


def quiet() -> None:
    """Use everything that stays on this computer: loopback, local sockets, names of this computer, a child."""
    isolation.die_with_parent(os.getppid())
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        client.sendall(b'{sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")}')
    left, right = socket.socketpair()
    with left, right:
        left.sendall(b"local")
    socket.getaddrinfo("localhost", 80)
    socket.if_nameindex()
    walled = "from app.security.isolation import forbid_network; print(forbid_network())"
    subprocess.run([sys.executable, "-c", walled], check=True)


def _sockaddr(host: str, port: int) -> ctypes.Array[ctypes.c_char]:
    """Return ``struct sockaddr_in``."""
    packed = struct.pack("=H", socket.AF_INET) + struct.pack("!H4s8x", port, socket.inet_aton(host))
    return ctypes.create_string_buffer(packed, len(packed))


if __name__ == "__main__":
    kinds: dict[str, Callable[[], None]] = {
        program.__name__: program
        for program in (
            python_connect,
            python_lookup,
            python_listen,
            thread_send,
            library_connect,
            library_lookup,
            library_local_name_server,
            library_many,
            library_ring,
            child_connect,
            orphan_connect,
            walled_connect,
            guarded,
            quiet,
        )
    }
    kinds[sys.argv[1]]()
