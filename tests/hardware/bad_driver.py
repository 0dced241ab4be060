"""A child process that behaves as a bad driver does, by the name in ``BAD_DRIVER``."""

import ctypes
import os
import time
from struct import pack
from typing import Any

from app.processes.parent_pipe import ParentPipe

GPU = {
    "name": "NVIDIA GeForce RTX 4070 Laptop GPU",
    "total": 8 << 30,
    "free": 9 << 30,
    "capability": "8.9",
    "driver": "1",
}
# A DXGI_ADAPTER_DESC1.
DESCRIPTION = pack("<256s4I3QIiI4x", "Intel".encode("utf-16-le"), 0x8086, 0, 0, 0, 0, 0, 0, 0, 0, 0)
ANSWERS: dict[str, dict[str, Any]] = {
    "nonsense": {"gpus": [{"name": 5, "total": "much"}]},
    "too much": {"gpus": [{**GPU, "free": (1 << 64) - 1}]},
    "not a list": {"gpus": 5},
    "absent": {"absent": "Driver Not Loaded"},
    "laptop": {"gpus": [GPU]},
    "windows": {"gpus": [{"description": DESCRIPTION.hex(), "local": None, "shared": None}]},
    "mac": {"gpus": [{"name": "Apple M2 Pro", "unified": True, "working_set": 21 << 30}]},
}

parent = ParentPipe()
parent.listen()
parent.next()
behaviour = os.environ["BAD_DRIVER"]
if behaviour == "hangs":
    time.sleep(60)
if behaviour == "crashes":
    ctypes.string_at(0)
parent.send(ANSWERS[behaviour])
os._exit(0)
