"""Packs and model files that are tampered with, cut short or made to do harm: each is refused with its reason.

Nothing of them may be left in the store, and nothing outside it may be touched.
"""

import json
import os
import struct
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packed import EMBEDDER, Member, gguf, header, listed, manifest, pack, tar, text
from refusals import refused, refused_pack

from app.domain.errors import ModelFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.importing import source_of
from app.models.store import Store

Fields = dict[str, Any]


@pytest.fixture
def model(tmp_path: Path) -> bytes:
    return gguf(tmp_path / "made.gguf").read_bytes()


def test_the_sound_pack_that_the_others_are_made_of_is_taken(model: bytes, tmp_path: Path) -> None:
    path = tmp_path / "good.lpack"
    path.write_bytes(pack(manifest([("m.gguf", model)]), [("m.gguf", model)]))
    taken = Store(tmp_path / "store").bring_in(source_of(str(path), CancelToken()), ProgressSlot(), CancelToken())
    assert taken.pack.model.read_bytes() == model


def changed(**changes: object) -> Callable[[Fields], Fields]:
    return lambda fields: {**fields, **changes}


def file_changed(**changes: object) -> Callable[[Fields], Fields]:
    return lambda fields: {**fields, "files": [{**fields["files"][0], **changes}]}


def without(key: str) -> Callable[[Fields], Fields]:
    return lambda fields: {name: value for name, value in fields.items() if name != key}


def with_twin(name: str) -> Callable[[Fields], Fields]:
    return lambda fields: {**fields, "files": [*fields["files"], {**fields["files"][0], "name": name}]}


MANIFESTS: dict[str, tuple[str, Callable[[Fields], Fields]]] = {
    "another format": ("manifest", changed(format=2)),
    "no format": ("manifest", without("format")),
    "a kind that is none": ("manifest", changed(kind="agent")),
    "no kind": ("manifest", without("kind")),
    "an id with a path": ("manifest", changed(id="../small")),
    "an absolute id": ("manifest", changed(id="/etc/small")),
    "a hidden id": ("manifest", changed(id=".small")),
    "an empty id": ("manifest", changed(id="")),
    "an id in capitals": ("manifest", changed(id="SMALL")),
    "an id that is a device": ("manifest", changed(id="nul.small")),
    "an id that ends with a dot": ("manifest", changed(id="small.")),
    "the id of the folder of keys": ("manifest", changed(id="keys")),
    "the id of the folder of the administrator's catalogue": ("manifest", changed(id="catalogue")),
    "the id of the file of choices": ("manifest", changed(id="preferred.txt")),
    "an id that is a number": ("manifest", changed(id=7)),
    "a name with a zero": ("manifest", changed(name="a\0b")),
    "a name with half a sign": ("manifest", changed(name="a\ud800")),
    "a name that steers the terminal": ("manifest", changed(name="\x1b[2Ja")),
    "a name that is turned round": ("manifest", changed(name="a\u202eb")),
    "a licence of two lines": ("manifest", changed(licence="MIT\nall yours")),
    "a licence with half a sign": ("manifest", changed(licence_text="\udfff")),
    "an endless name": ("manifest", changed(name="a" * 10_000)),
    "no files": ("manifest", changed(files=[])),
    "files that are none": ("manifest", changed(files="m.gguf")),
    "a file that is none": ("manifest", changed(files=["m.gguf"])),
    "too many files": ("manifest", changed(files=[{}] * 2_000)),
    "a file above": ("path", file_changed(name="../m.gguf")),
    "a file in a folder": ("path", file_changed(name="a/m.gguf")),
    "a file in a folder of Windows": ("path", file_changed(name="a\\m.gguf")),
    "an absolute file": ("path", file_changed(name="/etc/m.gguf")),
    "a file on a drive": ("path", file_changed(name="C:m.gguf")),
    "a stream of a file": ("path", file_changed(name="m.gguf:evil")),
    "a device": ("path", file_changed(name="con.gguf")),
    "a hidden file": ("path", file_changed(name=".m.gguf")),
    "an empty name": ("path", file_changed(name="")),
    "a name with a newline": ("path", file_changed(name="m.gguf\n")),
    "a name turned round": ("path", file_changed(name="m\u202efugg.gguf")),
    "a pickle": ("program", file_changed(name="pytorch_model.bin")),
    "a pickle of torch": ("program", file_changed(name="model.pt")),
    "a Python file": ("program", file_changed(name="modeling.py")),
    "a library": ("program", file_changed(name="ops.so")),
    "a file of no kind": ("program", file_changed(name="model")),
    "a negative size": ("manifest", file_changed(size=-1)),
    "an absurd size": ("manifest", file_changed(size=1 << 60)),
    "a size in words": ("manifest", file_changed(size="many")),
    "a size that is true": ("manifest", file_changed(size=True)),
    "a hash that is too short": ("manifest", file_changed(sha256="ab")),
    "no hash": ("manifest", file_changed(sha256="")),
    "the same file twice": ("manifest", with_twin("m.gguf")),
    "two files that differ in case": ("manifest", with_twin("M.GGUF")),
    "the manifest as a file": ("manifest", with_twin("manifest.json")),
    "an embedder without a recipe": ("manifest", changed(kind="embedder")),
    "a reranker that does not say how much it reads": ("manifest", changed(kind="reranker")),
    "a reranker that reads next to nothing": ("manifest", changed(kind="reranker", truncation=4)),
    "a reranker that reads half a token": ("manifest", changed(kind="reranker", truncation=0.5)),
    "a reranker of GGUF, which nothing runs": ("kind", changed(kind="reranker", truncation=512)),
    "a generator that is cut like a reranker": ("manifest", changed(truncation=512)),
    "an embedder of GGUF without a vocabulary": ("missing", changed(kind="embedder", recipe=EMBEDDER)),
    "a generator with a recipe": ("manifest", changed(recipe=EMBEDDER)),
    "a recipe with an unknown pooling": ("manifest", changed(kind="embedder", recipe={**EMBEDDER, "pooling": "max"})),
    "a recipe of no dimensions": ("manifest", changed(kind="embedder", recipe={**EMBEDDER, "dimensions": 0})),
    "an unknown chat": ("manifest", changed(chat="exec")),
}


@pytest.mark.parametrize("what", MANIFESTS)
def test_a_bad_manifest(what: str, model: bytes, tmp_path: Path) -> None:
    reason, change = MANIFESTS[what]
    fields = change(manifest([("m.gguf", model)]))
    assert refused_pack(pack(fields, [("m.gguf", model)]), tmp_path) == reason


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 1e999}'])
def test_a_manifest_that_is_none(data: bytes, model: bytes, tmp_path: Path) -> None:
    assert refused_pack(tar([("manifest.json", data), ("m.gguf", model)]), tmp_path) == "manifest"


def link(kind: bytes, to: str) -> Callable[[tarfile.TarInfo], None]:
    def change(member: tarfile.TarInfo) -> None:
        member.type, member.linkname = kind, to

    return change


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.XHDTYPE]
)
def test_members_that_are_no_plain_files(kind: bytes, model: bytes, tmp_path: Path) -> None:
    first = ("manifest.json", json.dumps(manifest([("m.gguf", model)])).encode())
    assert refused_pack(tar([first, ("m.gguf", model)], link(kind, "/etc/passwd")), tmp_path) == "link"


def test_a_file_that_is_not_listed(model: bytes, tmp_path: Path) -> None:
    members = [("m.gguf", model), ("more.txt", b"?")]
    assert refused_pack(pack(manifest(members[:1]), members), tmp_path) == "not_pack"


def test_files_in_another_order(model: bytes, tmp_path: Path) -> None:
    members = [("m.gguf", model), ("more.txt", b"?")]
    assert refused_pack(pack(manifest(members), members[::-1]), tmp_path) == "not_pack"


def test_a_listed_file_that_is_missing(model: bytes, tmp_path: Path) -> None:
    members = [("m.gguf", model), ("more.txt", b"?")]
    assert refused_pack(pack(manifest(members), members[:1]), tmp_path) == "not_pack"


def test_something_after_the_end(model: bytes, tmp_path: Path) -> None:
    data = pack(manifest([("m.gguf", model)]), [("m.gguf", model)])
    assert refused_pack(data + b"#!/bin/sh\n", tmp_path) == "not_pack"


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 0.5, 0.9, 0.99])
def test_a_pack_that_is_cut_short(share: float, model: bytes, tmp_path: Path) -> None:
    data = pack(manifest([("m.gguf", model)]), [("m.gguf", model)])[:-1024]
    assert refused_pack(data[: int(share * len(data))], tmp_path) in {"truncated", "not_pack"}


@pytest.mark.parametrize("place", [0, 100, 124, 148, 156])
def test_a_bit_that_fell_over_in_a_header(place: int, model: bytes, tmp_path: Path) -> None:
    data = bytearray(pack(manifest([("m.gguf", model)]), [("m.gguf", model)]))
    data[place] ^= 1
    assert refused_pack(bytes(data), tmp_path) in {"not_pack", "manifest", "link"}


def test_a_bit_that_fell_over_in_the_model(model: bytes, tmp_path: Path) -> None:
    spoilt = bytearray(model)
    spoilt[-5] ^= 1
    assert refused_pack(pack(manifest([("m.gguf", model)]), [("m.gguf", bytes(spoilt))]), tmp_path) == "hash"


def test_a_pack_whose_manifest_was_changed_after_it_was_signed(model: bytes, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    from app.models.signature import sign

    key = tmp_path / "key.pem"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    signature = sign(json.dumps(manifest([("m.gguf", model)])).encode(), key)
    other = json.dumps(manifest([("m.gguf", model)], name="Other")).encode()
    members: list[Member] = [("manifest.json", other), ("manifest.sig", signature), ("m.gguf", model)]
    assert refused_pack(tar(members), tmp_path) == "signature"


@pytest.mark.parametrize("signature", [b"", b"{}", b'{"key": "!", "signature": "!"}', b'{"key": "", "signature": ""}'])
def test_a_signature_that_is_none(signature: bytes, model: bytes, tmp_path: Path) -> None:
    first = json.dumps(manifest([("m.gguf", model)])).encode()
    members: list[Member] = [("manifest.json", first), ("manifest.sig", signature), ("m.gguf", model)]
    assert refused_pack(tar(members), tmp_path) == "signature"


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        (b"\x80\x04\x95", "program"),
        (b"PK\x03\x04", "program"),
        (b"\x7fELF", "program"),
        (b"MZ\x90\x00", "program"),
        (b"#!/bin/sh\n", "program"),
        (b"not a model at all", "not_gguf"),
        (b"", "not_gguf"),
    ],
)
def test_a_model_that_is_something_else(head: bytes, reason: str, tmp_path: Path) -> None:
    data = head + bytes(64) if head else b""
    assert refused_pack(pack(manifest([("m.gguf", data)]), [("m.gguf", data)]), tmp_path) == reason


KEY = text(b"general.architecture") + struct.pack("<I", 8) + text(b"llama")

HEADERS: dict[str, tuple[str, bytes]] = {
    "only its beginning": ("truncated", b"GGUF\x03\0\0\0"),
    "of version 1": ("version", header(b"", version=1)),
    "in the order of other processors": ("version", b"GGUF" + struct.pack(">IQQ", 3, 0, 0)),
    "with more keys than it can hold": ("damaged", header(b"", keys=1 << 60)),
    "with more tensors than it can hold": ("damaged", header(b"", tensors=1 << 60)),
    "with keys that are missing": ("truncated", header(KEY, keys=1_000)),
    "with an endless key": ("damaged", header(struct.pack("<Q", 1 << 62), keys=1)),
    "with a key of no type": ("damaged", header(text(b"a") + struct.pack("<I", 99), keys=1)),
    "with an array of arrays": ("damaged", header(text(b"a") + struct.pack("<IIQ", 9, 9, 1 << 30), keys=1)),
    "with an endless array": ("damaged", header(text(b"a") + struct.pack("<IIQ", 9, 4, 1 << 61), keys=1)),
    "with an array longer than the file": (
        "truncated",
        header(text(b"a") + struct.pack("<IIQ", 9, 4, 1 << 20), keys=1),
    ),
    "with a text that is none": ("damaged", header(text(b"a") + struct.pack("<I", 8) + text(b"\xff\xfe"), keys=1)),
    "with the same key twice": ("damaged", header(KEY + KEY, keys=2)),
    "with a tensor of five dimensions": ("damaged", header(text(b"t") + struct.pack("<I", 5) + bytes(60), tensors=1)),
    "with a tensor of no type": (
        "damaged",
        header(text(b"t") + struct.pack("<IQIQ", 1, 32, 77, 0), tensors=1) + bytes(200),
    ),
    "with a tensor beyond its end": (
        "truncated",
        header(text(b"t") + struct.pack("<IQIQ", 1, 1 << 40, 0, 0), tensors=1) + bytes(200),
    ),
    "with a tensor at an odd place": (
        "damaged",
        header(text(b"t") + struct.pack("<IQIQ", 1, 8, 0, 7), tensors=1) + bytes(200),
    ),
    "with a tensor of no members": (
        "damaged",
        header(text(b"t") + struct.pack("<IQIQ", 1, 0, 0, 0), tensors=1) + bytes(200),
    ),
    "with part of a block": (
        "damaged",
        header(text(b"t") + struct.pack("<IQIQ", 1, 33, 12, 0), tensors=1) + bytes(200),
    ),
    "that does not say how it is built": ("shape", header(KEY, keys=1) + bytes(64)),
    "of no family": ("shape", header(b"")),
}


@pytest.mark.parametrize("what", HEADERS)
def test_a_bad_gguf_file(what: str, tmp_path: Path) -> None:
    reason, data = HEADERS[what]
    path = tmp_path / "bad.gguf"
    path.write_bytes(data)
    assert refused(path, tmp_path) == reason


@pytest.mark.parametrize(
    ("architecture", "keys", "reason"),
    [("unheard-of", {}, "architecture"), ("bert", {}, "architecture"), ("llama", {"type": "adapter"}, "kind")],
)
def test_a_model_that_does_not_run_here(architecture: str, keys: dict[str, Any], reason: str, tmp_path: Path) -> None:
    assert refused(gguf(tmp_path / "other.gguf", architecture, **keys), tmp_path) == reason


def test_a_part_of_a_model_that_is_missing(tmp_path: Path) -> None:
    assert refused(gguf(tmp_path / "big-00001-of-00003.gguf"), tmp_path) == "parts"


def test_a_generator_of_onnx(model: bytes, tmp_path: Path) -> None:
    for members in ([("m.onnx", model)], [("m.gguf", model), ("m.onnx", model)]):
        assert refused_pack(pack(manifest(members), members), tmp_path) == "kind"


def test_parts_whose_names_do_not_lead_to_one_another(tmp_path: Path) -> None:
    members = [(f"{n}.gguf", gguf(tmp_path / "m", part=n, parts=2).read_bytes()) for n in range(2)]
    (tmp_path / "m").unlink()
    assert refused_pack(pack(manifest(members), members), tmp_path) == "parts"


@pytest.mark.parametrize(("number", "count"), [(0, 2), (2, 2), (1, 3), (0, 1)])
def test_a_second_part_that_is_another(number: int, count: int, tmp_path: Path) -> None:
    gguf(tmp_path / "big-00001-of-00002.gguf", parts=2)
    gguf(tmp_path / "big-00002-of-00002.gguf", part=number, parts=count)
    assert refused(tmp_path / "big-00001-of-00002.gguf", tmp_path) == "parts"


def test_a_file_that_says_it_is_a_part_and_is_not_named_so(tmp_path: Path) -> None:
    assert refused(gguf(tmp_path / "big.gguf", parts=2), tmp_path) == "parts"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("name", ["m.gguf", "m.lpack"])
def test_a_pipe_that_nobody_writes_into(name: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / name)
    assert refused(tmp_path / name, tmp_path) == "kind"


def test_a_link_to_a_device(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").symlink_to(os.devnull)
    assert refused(tmp_path / "m.gguf", tmp_path) == "link"


def test_a_link_to_a_model(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").symlink_to(gguf(tmp_path / "other.gguf"))
    assert refused(tmp_path / "m.gguf", tmp_path) == "link"


@pytest.mark.parametrize(
    ("name", "reason"), [("model.bin", "program"), ("a.pkl", "program"), ("x.py", "program"), ("a.doc", "kind")]
)
def test_a_file_that_is_no_model(name: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(b"anything")
    assert refused(path, tmp_path) == reason


def folder_of(tmp_path: Path, model: bytes) -> Path:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest([("m.gguf", model)])))
    (folder / "m.gguf").write_bytes(model)
    return folder


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert refused(tmp_path / "folder", tmp_path) == "missing"


def test_a_folder_in_which_a_file_is_a_link(model: bytes, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, model)
    (tmp_path / "elsewhere.gguf").write_bytes(model)
    (folder / "m.gguf").unlink()
    (folder / "m.gguf").symlink_to(tmp_path / "elsewhere.gguf")
    assert refused(folder, tmp_path) == "link"


def test_a_folder_in_which_a_file_has_another_size(model: bytes, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, model)
    (folder / "m.gguf").write_bytes(model + b"!")
    assert refused(folder, tmp_path) == "truncated"


def test_a_folder_in_which_a_file_is_another(model: bytes, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, model)
    (folder / "m.gguf").write_bytes(model[:-1] + b"!")
    assert refused(folder, tmp_path) == "hash"


def test_a_folder_whose_manifest_is_a_link(model: bytes, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, model)
    (folder / "manifest.json").rename(tmp_path / "elsewhere.json")
    (folder / "manifest.json").symlink_to(tmp_path / "elsewhere.json")
    assert refused(folder, tmp_path) == "link"


def test_a_folder_with_an_endless_signature(model: bytes, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, model)
    (folder / "manifest.sig").write_bytes(b" " * 10_000)
    assert refused(folder, tmp_path) == "manifest"


def test_a_folder_of_weights_without_its_config(tmp_path: Path) -> None:
    members: list[Member] = [("model.safetensors", b"data"), ("vocab.txt", b"a"), ("canary.json", b"{}")]
    fields = manifest(members, kind="embedder", recipe=EMBEDDER)
    assert refused_pack(pack(fields, members), tmp_path) == "missing"


@pytest.mark.parametrize("name", ["model.onnx", "model.safetensors"])
def test_a_writer_that_is_no_gguf_file(name: str, tmp_path: Path) -> None:
    members: list[Member] = [(name, b"data")]
    assert refused_pack(pack(manifest(members), members), tmp_path) == "kind"


def test_a_model_that_is_there_already(model: bytes, tmp_path: Path) -> None:
    path = tmp_path / "good.lpack"
    path.write_bytes(pack(manifest([("m.gguf", model)]), [("m.gguf", model)]))
    store = Store(tmp_path / "store")
    store.bring_in(source_of(str(path), CancelToken()), ProgressSlot(), CancelToken())
    with pytest.raises(ModelFault) as caught:
        store.bring_in(source_of(str(path), CancelToken()), ProgressSlot(), CancelToken())
    assert caught.value.reason == "exists"
    assert len(store.installed()) == 1


def test_sizes_that_the_disk_cannot_hold(model: bytes, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, model)
    fields = manifest([("m.gguf", model)])
    fields["files"].append(listed("huge.txt", b"") | {"size": 1 << 43})
    (folder / "manifest.json").write_text(json.dumps(fields))
    with (folder / "huge.txt").open("wb") as huge:
        huge.truncate(1 << 43)
    assert refused(folder, tmp_path) == "disk_full"
