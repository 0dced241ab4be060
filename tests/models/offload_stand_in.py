"""The child of `app.models.runtimes.offload` for a llama.cpp that is built for GPUs, by the name in ``OFFLOAD``."""

import os
import time

from app.processes.parent_pipe import ParentPipe

if __name__ == "__main__":
    parent = ParentPipe()
    parent.listen()
    parent.next()
    backends = os.environ["OFFLOAD"]
    if backends == "hangs":
        time.sleep(60)
    if backends == "crashes":
        os.abort()
    parent.send({"backends": backends.split(",")})
    os._exit(0)
