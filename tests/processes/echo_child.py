"""A child for the tests of `app.processes`: says what it is told to, or ends as it is told to."""

import os
import socket
import sys
from time import sleep

from app.processes.parent_pipe import Line, ParentPipe


def _network() -> str:
    try:
        socket.socket(socket.AF_INET).close()
    except OSError as error:
        return type(error).__name__
    return "open"


def main() -> None:
    parent = ParentPipe()
    at_once: list[str] = []

    def take(line: Line) -> bool:
        if line.get("do") != "note":
            return False
        at_once.append(line["word"])
        return True

    parent.listen(take)
    setup = parent.next()
    if "fail" in setup:
        raise RuntimeError(setup["fail"])
    sleep(setup.get("slow", 0))
    sys.stdout.write("what a library prints is no reply\n")
    sys.stdout.flush()
    parent.send({"parent": os.getppid(), "telemetry": os.environ["ORT_DISABLE_TELEMETRY"], "network": _network()})
    while True:
        line = parent.next()
        match line["do"]:
            case "die":
                parent._out.write(line.get("half", "").encode())
                parent._out.flush()
                os._exit(line["code"])
            case "notes":
                parent.send({"id": line["id"], "words": at_once})
            case _:
                for word in line.get("words", ()):
                    parent.send({"id": line["id"], "word": word})


if __name__ == "__main__":
    main()
