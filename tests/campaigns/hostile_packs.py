"""Bring in damaged and forged models by the thousand: each must be taken whole or refused with a reason.

python tests/campaigns/hostile_packs.py [--count 3000] [--seconds 600] [--seed 1]

They are packs, folders, files and folders of Ollama whose bytes, manifests, members, names or models were changed, the
models often with hashes that fit again. What is counted as wrong: any exception but a fault with a reason, a model that
is taken and is not the one that was listed, anything that a refusal leaves in the store, anything outside the store
that changes, a child that is left, more than `SECONDS` for one.
"""

import copy
import json
import os
import random
import shutil
import sys
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import psutil
from hostile_headers import Findings, damage, rich, run_command
from packed import EMBEDDER, Member, embedder, gguf, listed, manifest, onnx, reranker, tar

from app.domain.errors import LecternError, ModelFault, UsageFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.importing import source_of
from app.models.store import Installed, Store

_VALUES: tuple[object, ...] = (
    None, True, False, -1, 0, 1, 7.5, 1 << 40, 1 << 64, float("inf"), "", " ", "a", "A.B", "../m.gguf", "/m.gguf",
    "m.GGUF", "a\\b.gguf", "con.gguf", "m.gguf.", "m.gguf\n", "m.onnx", "m.bin", "m.py", "vocab.txt",
    "manifest.json", "a\0b", "\ud800", "\x1b[2J", "\u202e", "x" * 300, "y" * 20_000, "generator", "embedder",
    "reranker", "chatml", "0" * 64, [], {}, [[[[]]]], ["m.gguf"], {"name": "m.gguf"}, "sha256:" + "0" * 64,
    "sha256-../../m", "application/vnd.ollama.image.model", "application/vnd.ollama.image.license",
)  # fmt: skip
_TYPES = (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.GNUTYPE_SPARSE)
_HEADS = (b"\x80\x04\x95", b"PK\x03\x04", b"\x7fELF", b"MZ", b"#!/bin/sh\n", b"cos\nsystem\n", b"", b"GGUF", b"ggml")


def imports(count: int, seconds: float, seed: int) -> Findings:
    """Bring in ``count`` hostile models, or as many as fit into ``seconds``."""
    findings, end = Findings(), time.monotonic() + seconds
    rng = random.Random(seed)  # noqa: S311 - damage, not secrets
    before = {process.pid for process in psutil.Process().children()}
    with TemporaryDirectory() as folder, patch.dict(os.environ):
        richer = rich(Path(folder) / "m.gguf", "llama")
        plain = gguf(Path(folder) / "m.gguf").read_bytes()
        for number in range(count):
            if time.monotonic() > end:
                break
            place = Path(folder) / "case"
            place.mkdir()
            make = rng.choice(_CASES)
            what = make(rng, place, rng.choice((richer, plain)))
            _judge(findings, f"{make.__name__} {number} of seed {seed}", what, place)
            shutil.rmtree(place)
    left = [process for process in psutil.Process().children() if process.pid not in before]
    findings.wrong += [f"a child is left: {process}" for process in left]
    return findings


def _judge(findings: Findings, name: str, what: str, place: Path) -> None:
    models, outside = place / "models", _contents(place)
    store, began = Store(models), time.monotonic()
    try:
        taken = store.bring_in(source_of(what, CancelToken()), ProgressSlot(), CancelToken())
        problem = _not_as_listed(store, taken)
        ended = "taken"
    except (ModelFault, UsageFault) as fault:
        ended = fault.reason if isinstance(fault, ModelFault) else "usage"
        left = [path.name for path in models.glob("*") if path.name != ".lock"]
        problem = f"{ended}, and left {left}" if left else "" if fault.summary else "a fault without words"
    except Exception as error:  # noqa: BLE001 - whatever comes is a finding
        ended, problem = "wrong", f"{error!r}"
    findings.took(name, began)
    findings.ended[ended] += 1
    shutil.rmtree(models, ignore_errors=True)
    if _contents(place) != outside:
        problem = f"{problem} what lies outside the store has changed".strip()
    if problem:
        findings.wrong.append(f"{name}: {problem}")


def _not_as_listed(store: Store, taken: Installed) -> str:
    """Say what is wrong with a model that was taken; empty when nothing is."""
    try:
        store.verify(taken.manifest.id, ProgressSlot(), CancelToken())
    except LecternError as error:
        return f"taken, and then {error!r}"
    found = [installed.manifest for installed in store.installed()]
    return "" if found == [taken.manifest] else f"taken, and there is {found}"


def _contents(place: Path) -> dict[Path, bytes | str]:
    return {
        path: str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in place.rglob("*")
        if path.is_symlink() or path.is_file()
    }


def _changed_fields(rng: random.Random, fields: dict[str, Any]) -> dict[str, Any]:
    """Change something somewhere in a JSON object."""
    fields = copy.deepcopy(fields)
    for _ in range(rng.choice((1, 1, 2))):
        inside: Any = fields
        while True:
            places = list(inside) if isinstance(inside, dict) else list(range(len(inside)))
            if not places:
                break
            place = rng.choice(places)
            if isinstance(inside[place], dict | list) and rng.random() < 0.8:
                inside = inside[place]
                continue
            match rng.randrange(4):
                case 0:
                    del inside[place]
                case 1 if isinstance(inside, list):
                    inside.append(copy.deepcopy(inside[place]))
                case _:
                    inside[place] = copy.deepcopy(rng.choice(_VALUES))
            break
    return fields


def _members(rng: random.Random, model: bytes) -> list[Member]:
    """Files of a pack: a model of one part or more, sometimes with something beside it, or an encoder's."""
    match rng.randrange(4):
        case 0:
            members, place = rng.choice((embedder, reranker))(onnx()), rng.randrange(6)
            return [(name, damage(rng, data, model) if n == place else data) for n, (name, data) in enumerate(members)]
        case 1:
            return [("m.gguf", model), ("notes.txt", b"notes")]
        case _:
            return [("m.gguf", model)]


def _fields(rng: random.Random, members: list[Member]) -> dict[str, Any]:
    fields = manifest(members)
    if members[0][0] == "model.onnx":
        ranks = b'"pairs"' in dict(members)["canary.json"]
        fields |= {"kind": "reranker", "truncation": 512} if ranks else {"kind": "embedder", "recipe": EMBEDDER}
    return _changed_fields(rng, fields) if rng.random() < 0.6 else fields


def _pack_of_changed_bytes(rng: random.Random, place: Path, model: bytes) -> str:
    members = _members(rng, model)
    data = tar([("manifest.json", json.dumps(_fields(rng, members)).encode()), *members])
    return _written(place / "m.lpack", damage(rng, data, model))


def _pack_with_a_changed_manifest(rng: random.Random, place: Path, model: bytes) -> str:
    members = _members(rng, model)
    fields = _changed_fields(rng, _fields(rng, members))
    return _written(place / "m.lpack", tar([("manifest.json", json.dumps(fields).encode()), *members]))


def _pack_with_changed_members(rng: random.Random, place: Path, model: bytes) -> str:
    members = _members(rng, model)
    all_members = [("manifest.json", json.dumps(_fields(rng, members)).encode()), *members]
    if rng.random() < 0.3:
        all_members.insert(1, ("manifest.sig", rng.choice((b"{}", b"[]", b'{"key":"AA==","signature":"AA=="}', model))))
    match rng.randrange(4):
        case 0:
            rng.shuffle(all_members)
        case 1:
            all_members.append(rng.choice(all_members))
        case 2:
            name = str(rng.choice(_VALUES)).replace("\ud800", "")[:90]
            all_members.insert(rng.randrange(len(all_members)), (name, b"?"))
        case _:
            pass

    def change(member: tarfile.TarInfo) -> None:
        match rng.randrange(4):
            case 0:
                member.type, member.linkname = rng.choice(_TYPES), "/etc/passwd"
            case 1:
                member.size = rng.choice((0, 1, member.size + 1, member.size + 512, 1 << 40))
            case _:
                pass

    return _written(place / "m.lpack", tar(all_members, change))


def _pack_of_a_changed_model(rng: random.Random, place: Path, model: bytes) -> str:
    changed = damage(rng, model, model)
    if rng.random() < 0.2:
        head = rng.choice(_HEADS)
        changed = head + changed[len(head) :]
    members = [("m.gguf", changed if rng.random() < 0.9 else model)]
    return _written(place / "m.lpack", tar([("manifest.json", json.dumps(manifest(members)).encode()), *members]))


def _file_of_an_odd_name(rng: random.Random, place: Path, model: bytes) -> str:
    stem = rng.choice(("con", "模型", "..", "-", "m" * 200, "a b", "\x1b[2J", "\udcff", ".m", "Ä.B", "%s", "m\n", "m"))
    part = rng.choice(("", "", "-00001-of-00000", "-00001-of-00001", "-00002-of-00001", "-00001-of-99999"))
    path = place / f"{stem}{part}{rng.choice(('.gguf', '.GGUF', '.Gguf', '.lpack'))}"
    match rng.randrange(10):
        case 0:
            os.mkfifo(path)
        case 1:
            path.symlink_to("/dev/zero" if rng.random() < 0.5 else _written(place / "elsewhere.gguf", model))
        case 2 | 3:
            _written(path, damage(rng, model, model))
        case _:
            _written(path, model)
    return str(path)


def _folder(rng: random.Random, place: Path, model: bytes) -> str:
    folder = place / "folder"
    folder.mkdir()
    members = _members(rng, model)
    for name, data in members:
        (folder / name).write_bytes(damage(rng, data, model) if rng.random() < 0.1 else data)
    if rng.random() < 0.3:
        victim = folder / rng.choice(members)[0]
        victim.unlink()
        match rng.randrange(3):
            case 0:
                os.mkfifo(victim)
            case 1:
                victim.mkdir()
            case _:
                _written(place / "elsewhere", model)
                victim.symlink_to(place / "elsewhere")
    _written(folder / "manifest.json", json.dumps(_fields(rng, members)).encode())
    return str(folder)


def _ollama(rng: random.Random, place: Path, model: bytes) -> str:
    folder = place / "ollama"
    (folder / "blobs").mkdir(parents=True)
    layers = []
    for kind, data in (("model", model), ("license", b"MIT\x1b License\n\nText"), ("params", b"{}")):
        digest = listed("", data)["sha256"]
        layers.append({"mediaType": f"application/vnd.ollama.image.{kind}", "digest": f"sha256:{digest}"})
        if rng.random() < 0.95:
            _written(folder / "blobs" / f"sha256-{digest}", damage(rng, data, model) if rng.random() < 0.1 else data)
    fields = {"schemaVersion": 2, "layers": layers}
    data = json.dumps(_changed_fields(rng, fields) if rng.random() < 0.7 else fields).encode()
    listing = folder / "manifests" / "registry.example" / "library" / "tiny" / "1b"
    listing.parent.mkdir(parents=True)
    _written(listing, damage(rng, data, data) if rng.random() < 0.2 else data)
    os.environ["OLLAMA_MODELS"] = str(folder)
    names = ("tiny", "../tiny:1b", "t" * 300, "registry.example/library/tiny:1b")
    return f"ollama:{rng.choice(('tiny:1b',) * 8 + names)}"


def _written(path: Path, data: bytes) -> str:
    path.write_bytes(data)
    return str(path)


_CASES: tuple[Callable[[random.Random, Path, bytes], str], ...] = (
    _pack_of_changed_bytes,
    _pack_with_a_changed_manifest,
    _pack_with_a_changed_manifest,
    _pack_with_changed_members,
    _pack_of_a_changed_model,
    _file_of_an_odd_name,
    _folder,
    _ollama,
)


if __name__ == "__main__":
    sys.exit(run_command(__doc__, imports, 3_000))
