"""The guard, in Pythons of their own: it cannot be taken off again. No test sends anything beyond this computer."""

import multiprocessing
import os
import subprocess
import sys
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from app.security import egress

ROOT = Path(__file__).parents[2]
BEGIN = """
import socket, subprocess, sys
from app.security import egress
egress.install()
"""


def run_guarded(code: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", BEGIN + code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


@pytest.mark.parametrize(
    ("event", "use"),
    [
        ("socket.connect", "socket.socket().connect(('192.0.2.1', 443))"),
        ("socket.connect", "socket.socket(socket.AF_INET6).connect(('2001:db8::1', 443))"),
        ("socket.connect_ex", "socket.socket().connect_ex(('192.0.2.1', 443))"),
        ("socket.connect", "socket.socket().connect(('leak.example', 443))"),
        ("socket.bind", "socket.socket().bind(('', 0))"),
        ("socket.bind", "socket.socket().bind(('0.0.0.0', 0))"),
        ("socket.sendto", "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', ('192.0.2.1', 9))"),
        ("socket.sendto", "socket.socket(type=socket.SOCK_DGRAM).sendto(b'', 0, ('192.0.2.1', 9))"),
        ("socket.sendmsg", "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b''], [], 0, ('192.0.2.1', 9))"),
        ("socket.getaddrinfo", "socket.getaddrinfo('leak.example', 443)"),
        ("socket.getaddrinfo", "socket.create_connection(('192.0.2.1', 443))"),
        ("socket.getaddrinfo", "socket.getaddrinfo('localhost.leak.example', 443)"),
        ("socket.gethostbyname", "socket.gethostbyname('leak.example')"),
        ("socket.gethostbyname", "socket.gethostbyname_ex('leak.example')"),
        ("socket.gethostbyaddr", "socket.gethostbyaddr('192.0.2.1')"),
        ("socket.getnameinfo", "socket.getnameinfo(('192.0.2.1', 443), 0)"),
        # Around the methods of Python's class, so that only the audit hook can see it.
        ("socket.connect", "super(socket.socket, socket.socket()).connect(('192.0.2.1', 443))"),
    ],
)
def test_refused_and_recorded(event: str, use: str) -> None:
    code = f"""
try:
    {use}
except egress.EgressRefused as refusal:
    assert isinstance(refusal, PermissionError)
    (attempt,) = egress.report().latest
    assert attempt.target in str(refusal)
    print(egress.report().count, attempt.event)
"""
    assert run_guarded(code) == f"1 {event}"


def test_loopback_and_local_sockets_work() -> None:
    code = """
import asyncio, tempfile
for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "127.0.0.2"), (socket.AF_INET, "localhost")):
    with socket.create_server((host, 0), family=family) as server:
        with socket.create_connection(server.getsockname()) as client:
            peer, _ = server.accept()
            client.sendall(b"x")
            assert peer.recv(1) == b"x"
            peer.close()
left, right = socket.socketpair()
left.sendall(b"x")
assert right.recv(1) == b"x"
server, client = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
with tempfile.TemporaryDirectory() as folder, server, client:
    server.bind(folder + "/s")
    server.listen()
    client.connect(folder + "/s")
receiver = socket.socket(type=socket.SOCK_DGRAM)
receiver.bind(("127.0.0.1", 0))
sender = socket.socket(type=socket.SOCK_DGRAM)
sender.sendto(b"one", receiver.getsockname())
sender.connect(receiver.getsockname())
sender.sendmsg([b"two"])
assert receiver.recv(9) + receiver.recv(9) == b"onetwo"
assert socket.getaddrinfo("localhost", 80) and socket.getaddrinfo(None, 80)
assert subprocess.run([sys.executable, "-c", "print(1)"], capture_output=True, check=True).stdout == b"1\\n"
asyncio.run(asyncio.sleep(0))
print(egress.report().count)
"""
    assert run_guarded(code) == "0"


def test_installing_twice_counts_once() -> None:
    code = """
egress.install()
for port in range(30):
    try:
        socket.socket().connect(("192.0.2.1", port))
    except OSError:
        pass
report = egress.report()
print(report.count, len(report.latest), report.latest[-1].target)
"""
    assert run_guarded(code) == "30 20 192.0.2.1 port 29"


def test_the_libraries_we_use_work_behind_it(tmp_path: Path) -> None:
    code = f"""
import chromadb, onnxruntime
from chromadb.config import Settings
client = chromadb.PersistentClient({str(tmp_path)!r}, Settings(anonymized_telemetry=False))
things = client.create_collection("things", embedding_function=None)
things.add(ids=["a"], embeddings=[[1.0, 0.0]])
found = things.query(query_embeddings=[[1.0, 0.0]])["ids"]
print(found, onnxruntime.get_available_providers()[-1], egress.report().count)
"""
    assert run_guarded(code) == "[['a']] CPUExecutionProvider 0"


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1", b"::1"]
)
def test_this_computer_is_local(host: object) -> None:
    assert egress.is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "::",
        "192.168.0.1",
        "169.254.169.254",
        "example.org",
        "localhost.",
        "2130706433",
        str(IPv4Address(0)),
        None,
        1,
    ],
)
def test_everything_else_is_not(host: object) -> None:
    assert not egress.is_local(host)


def test_a_refusal_survives_the_pipe_from_a_child() -> None:
    refusal = egress.EgressRefused(13, "Refused to reach leak.example: nothing may leave this computer.")
    ours, theirs = multiprocessing.Pipe()
    theirs.send(refusal)
    assert str(ours.recv()) == str(refusal)


# The event that connecting raises, without a connection.
CONNECT = "sys.audit('socket.connect', socket.socket(), ({host!r}, {port}))"


@pytest.mark.parametrize(
    ("host", "port", "allowed"),
    [("192.0.2.1", 443, True), ("192.0.2.1", 80, False), ("192.0.2.2", 443, False), ("models.example", 8443, True)],
)
def test_what_a_policy_allows_is_one_port_of_one_host(host: str, port: int, allowed: bool) -> None:
    code = f"""
egress.allow("192.0.2.1", 443)
egress.allow("Models.example", 8443)
try:
    {CONNECT.format(host=host, port=port)}
    print("allowed")
except PermissionError:
    print("refused")
"""
    assert run_guarded(code) == ("allowed" if allowed else "refused")


def test_an_address_is_allowed_once_its_server_was_looked_up() -> None:
    # The numbers stand for a name: looking them up asks nobody.
    code = f"""
egress.allow("0300.0.2.9", 443)
def tried():
    try:
        {CONNECT.format(host="192.0.2.9", port=443)}
        return "allowed"
    except PermissionError:
        return "refused"
before = tried()
socket.getaddrinfo("0300.0.2.9", 443)
print(before, tried())
"""
    assert run_guarded(code) == "refused allowed"


def test_looking_up_another_port_of_a_server_is_refused() -> None:
    code = """
egress.allow("models.example", 443)
try:
    socket.getaddrinfo("models.example", 80)
except PermissionError:
    print("refused")
"""
    assert run_guarded(code) == "refused"
