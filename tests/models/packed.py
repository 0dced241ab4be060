"""Small model packs, made in the tests: sound ones, and what can be wrong with one."""

import io
import json
import struct
import tarfile
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter

Member = tuple[str, bytes]


def gguf(path: Path, architecture: str = "llama", part: int = 0, parts: int = 1, **keys: object) -> Path:
    """Write a GGUF file of two layers that says how it is built, with one tensor; of ``parts`` the one of this number.

    The first part has the number 0, as llama.cpp counts.
    """
    writer = GGUFWriter(path, architecture)
    writer.add_block_count(2)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(64)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_vocab_size(64)
    if parts > 1:
        writer.add_uint16("split.no", part)
        writer.add_uint16("split.count", parts)
    for key, value in keys.items():
        writer.add_string(f"general.{key}", str(value))
    name = f"blk.{part}.ffn_up.weight" if part else "token_embd.weight"
    writer.add_tensor(name, np.zeros((64, 32), dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def listed(name: str, data: bytes) -> dict[str, Any]:
    return {"name": name, "size": len(data), "sha256": sha256(data).hexdigest()}


def manifest(files: list[Member], **changes: object) -> dict[str, Any]:
    fields = {
        "format": 1,
        "kind": "generator",
        "id": "small",
        "name": "Small",
        "files": [listed(name, data) for name, data in files],
        "licence": "Apache-2.0",
        "licence_text": "",
        "origin": "the tests",
        "chat": None,
        "recipe": None,
    }
    return {**fields, **changes}


def tar(members: list[Member], change: Callable[[tarfile.TarInfo], None] | None = None) -> bytes:
    """Write members as a pack has them; ``change`` alters the header of the last."""
    out = io.BytesIO()
    for place, (name, data) in enumerate(members):
        member = tarfile.TarInfo(name)
        member.size = len(data)
        if change is not None and place == len(members) - 1:
            change(member)
        out.write(member.tobuf(tarfile.GNU_FORMAT) + data + bytes(-len(data) % 512))
    out.write(bytes(1024))
    return out.getvalue()


def pack(fields: Mapping[str, Any], files: list[Member]) -> bytes:
    return tar([("manifest.json", json.dumps(fields).encode()), *files])


def header(entries: bytes, keys: int = 0, tensors: int = 0, version: int = 3) -> bytes:
    """Write the beginning of a GGUF file by hand."""
    return b"GGUF" + struct.pack("<IQQ", version, tensors, keys) + entries


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value
