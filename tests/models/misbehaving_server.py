"""A server that gives one and the same reply to everybody: for what a real one cannot be brought to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to everybody.

    Attributes:
        cut: less comes than is promised.
        heard: takes in what is sent to it.
    """

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    cut: bool = False
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def misbehaving(reply: Reply) -> Iterator[str]:
    """Run it, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            reply.heard.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body) + reply.cut))
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = _reply  # noqa: N815 - by these names they are called

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
