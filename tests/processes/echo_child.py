"""A child for the tests of `app.processes.child_process`: says what it is told to, or ends as it is told to."""

import json
import os
import sys
from time import sleep


def main() -> None:
    setup = json.loads(sys.stdin.readline())
    if setup.get("fail"):
        sys.exit(setup["fail"])
    sleep(setup.get("slow", 0))
    say({"parent": int(sys.argv[1]), "telemetry": os.environ["ORT_DISABLE_TELEMETRY"]})
    for data in sys.stdin:
        line = json.loads(data)
        if line["do"] == "die":
            sys.stdout.write(line.get("half", ""))
            sys.stdout.flush()
            os._exit(line["code"])
        for word in line.get("words", ()):
            say({"id": line["id"], "word": word})


def say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
