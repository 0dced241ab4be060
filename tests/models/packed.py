"""Small model packs, made in the tests: sound ones, and what can be wrong with one."""

import io
import json
import struct
import tarfile
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGUFWriter

from app.models.canary import PROBES, sent, write_canary
from app.models.packs import starter_embedder
from app.models.runtimes.onnx import OnnxEmbedder

Member = tuple[str, bytes]
EMBEDDER = {
    "document_prefix": "",
    "query_prefix": "",
    "pooling": "mean",
    "layer_norm": False,
    "normalise": True,
    "dimensions": 2,
    "truncation": 256,
}


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


def field(number: int, value: int | bytes) -> bytes:
    """Write a field of a message of protocol buffers."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


def onnx(tensor: bytes = b"", graph: bytes = b"", model: bytes = b"") -> bytes:
    """Write an ONNX file of one node and one tensor, with more fields in its tensor, its graph and itself."""
    node = field(1, b"a") + field(2, b"b") + field(4, b"Identity") + field(5, field(1, b"axis") + field(3, 1))
    weights = field(1, 4) + field(2, 1) + field(8, b"w") + field(9, bytes(16)) + tensor
    inside = field(1, node) + field(2, b"main") + field(5, weights) + graph
    return field(1, 9) + field(2, b"the tests") + field(7, inside) + field(8, field(2, 17)) + model


def embedder(model: bytes) -> list[Member]:
    """Return the files of an embedder of two dimensions; `EMBEDDER` is its recipe."""
    canary = {"texts": [{"text": "A text.", "vector": b64encode(np.array([0.6, 0.8], "<f2").tobytes()).decode()}]}
    vocabulary = b"[PAD]\n[UNK]\n[CLS]\n[SEP]\na\n"
    return [("model.onnx", model), ("vocab.txt", vocabulary), ("canary.json", json.dumps(canary).encode())]


def reranker(model: bytes) -> list[Member]:
    """Return the files of a reranker."""
    pairs = [{"question": "Who?", "passage": "A text.", "score": score} for score in (0.5, -1.0)]
    canary = json.dumps({"pairs": pairs}).encode()
    return [*embedder(model)[:2], ("canary.json", canary)]


def matryoshka(folder: Path) -> Path:
    """Write a pack of the starter embedder with the recipe of a Matryoshka model: of 384, 256 or 128 dimensions."""
    starter = starter_embedder()
    recipe = replace(starter.recipe, layer_norm=True, query_prefix="query: ", document_prefix="document: ")
    vectors = OnnxEmbedder(replace(starter, recipe=recipe), 1).vectors_unchecked(sent(PROBES, recipe))
    write_canary(folder / "canary.json", PROBES, vectors)
    members = [
        ("model.onnx", starter.model.read_bytes()),
        ("vocab.txt", starter.vocabulary.read_bytes()),
        ("canary.json", (folder / "canary.json").read_bytes()),
    ]
    fields = manifest(members, id="russian-doll", name="Russian Doll", kind="embedder", recipe=asdict(recipe))
    path = folder / "russian-doll.lpack"
    path.write_bytes(pack(fields, members))
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
