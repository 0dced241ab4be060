"""Embedders and rerankers with damaged or hostile files beside them: each is refused with its reason."""

import json
from pathlib import Path

import pytest
from packed import EMBEDDER, Member, embedder, field, manifest, onnx, pack, reranker, varint
from refusals import refused_pack

from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.importing import source_of
from app.models.onnx_file import check_onnx
from app.models.store import Store


def refused_embedder(members: list[Member], tmp_path: Path) -> str:
    return refused_pack(pack(manifest(members, kind="embedder", recipe=EMBEDDER), members), tmp_path)


def test_the_sound_embedder_that_the_others_are_made_of_is_taken(tmp_path: Path) -> None:
    members, path = embedder(onnx()), tmp_path / "good.lpack"
    path.write_bytes(pack(manifest(members, kind="embedder", recipe=EMBEDDER), members))
    taken = Store(tmp_path / "store").bring_in(source_of(str(path), CancelToken()), ProgressSlot(), CancelToken())
    assert taken.pack.model.read_bytes() == onnx()


def test_numbers_that_are_said_to_be_in_the_file_itself(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx(tensor=field(14, 0)))
    check_onnx(path)


@pytest.mark.parametrize("place", [1, 2])
def test_an_embedder_without_its_vocabulary_or_canary(place: int, tmp_path: Path) -> None:
    members = embedder(onnx())
    del members[place]
    assert refused_embedder(members, tmp_path) == "missing"


VECTOR = "zTgAOg=="  # of two numbers

CANARIES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"texts",
    "a list": b"[]",
    "depths without end": b"[" * 100_000,
    "no texts": b'{"texts": []}',
    "texts that are none": b'{"texts": [7]}',
    "a text that is a number": json.dumps({"texts": [{"text": 7, "vector": VECTOR}]}).encode(),
    "a vector that is none": b'{"texts": [{"text": "a", "vector": "!"}]}',
    "half a number": b'{"texts": [{"text": "a", "vector": "AA=="}]}',
    "vectors of two lengths": json.dumps(
        {"texts": [{"text": "a", "vector": VECTOR}, {"text": "b", "vector": "zTg="}]}
    ).encode(),
    "vectors of another length": b'{"texts": [{"text": "a", "vector": "zTg="}]}',
    "far too much": b" " * (17 << 20),
}


@pytest.mark.parametrize("what", CANARIES)
def test_a_bad_canary(what: str, tmp_path: Path) -> None:
    members = [*embedder(onnx())[:2], ("canary.json", CANARIES[what])]
    assert refused_embedder(members, tmp_path) == "canary"


PAIR = {"question": "Who?", "passage": "A text.", "score": 0.5}

PAIR_CANARIES: dict[str, bytes] = {
    "of an embedder": dict(embedder(onnx()))["canary.json"],
    "no pairs": b'{"pairs": []}',
    "one pair, which shows no spread": json.dumps({"pairs": [PAIR]}).encode(),
    "pairs that are none": b'{"pairs": [7, 7]}',
    "a passage that is missing": json.dumps({"pairs": [PAIR, {"question": "Who?", "score": 0.5}]}).encode(),
    "a question that is a number": json.dumps({"pairs": [PAIR, PAIR | {"question": 7}]}).encode(),
    "a score in words": json.dumps({"pairs": [PAIR, PAIR | {"score": "high"}]}).encode(),
    "a score without end": b'{"pairs": [{"question": "a", "passage": "b", "score": 1e999}, {}]}',
    "a score that is none": json.dumps({"pairs": [PAIR, PAIR | {"score": float("nan")}]}).encode(),
}


def refused_reranker(members: list[Member], tmp_path: Path) -> str:
    return refused_pack(pack(manifest(members, kind="reranker", truncation=512), members), tmp_path)


@pytest.mark.parametrize("what", PAIR_CANARIES)
def test_a_bad_canary_of_a_reranker(what: str, tmp_path: Path) -> None:
    members = [*reranker(onnx())[:2], ("canary.json", PAIR_CANARIES[what])]
    assert refused_reranker(members, tmp_path) == "canary"


@pytest.mark.parametrize("place", [1, 2])
def test_a_reranker_without_its_vocabulary_or_canary(place: int, tmp_path: Path) -> None:
    members = reranker(onnx())
    del members[place]
    assert refused_reranker(members, tmp_path) == "missing"


def test_a_reranker_with_numbers_elsewhere(tmp_path: Path) -> None:
    assert refused_reranker(reranker(onnx(tensor=ELSEWHERE)), tmp_path) == "path"


@pytest.mark.parametrize("vocabulary", [b"", b"a\nb\n", b"[CLS]\n[SEP]\n\xff\n", b"[CLS]\n[SEP]\n" + b"a" * (17 << 20)])
def test_a_bad_vocabulary(vocabulary: bytes, tmp_path: Path) -> None:
    model, _, canary = embedder(onnx())
    assert refused_embedder([model, ("vocab.txt", vocabulary), canary], tmp_path) == "vocabulary"


ELSEWHERE = field(13, field(1, b"location") + field(2, b"../../secret"))


def in_messages(tensor: bytes, *numbers: int) -> bytes:
    """Put a message into the fields of these numbers, the innermost last."""
    for number in reversed(numbers):
        tensor = field(number, tensor)
    return tensor


ONNX_FILES: dict[str, tuple[str, bytes]] = {
    "that is empty": ("not_onnx", b""),
    "that is something else": ("not_onnx", b"anything"),
    "that is an old pickle": ("not_onnx", b"cos\nsystem\n(S'true'\ntR."),
    "without a graph": ("not_onnx", field(1, 9) + field(2, b"the tests")),
    "that is cut short": ("truncated", onnx()[:-1]),
    "that is cut in its graph": ("truncated", onnx()[:40]),
    "whose graph goes on after it": ("truncated", field(1, 9) + varint(7 << 3 | 2) + varint(1 << 50)),
    "whose tensor goes on after its graph": ("damaged", onnx(graph=varint(5 << 3 | 2) + varint(1 << 50))),
    "whose number goes on after its tensor": ("damaged", onnx(tensor=b"\x08\xff")),
    "with a number without end": ("damaged", onnx(graph=b"\x80" * 11)),
    "with a form that is none": ("damaged", onnx(graph=varint(1 << 3 | 7))),
    "with a group": ("damaged", onnx(graph=varint(1 << 3 | 3))),
    "with a field of no number": ("damaged", onnx(graph=b"\x02\x00")),
    "of graphs without end": ("damaged", onnx(graph=in_messages(b"", *(1, 5, 6) * 300))),
    "for training": ("damaged", onnx(model=field(20, b""))),
    "with numbers elsewhere": ("path", onnx(tensor=ELSEWHERE)),
    "that says twice where its numbers are": ("path", onnx(tensor=field(14, 1) + field(14, 0))),
    "that only says that its numbers are elsewhere": ("path", onnx(tensor=field(14, 1))),
    "with numbers of a constant elsewhere": ("path", onnx(graph=in_messages(ELSEWHERE, 1, 5, 5))),
    "with numbers of a branch elsewhere": ("path", onnx(graph=in_messages(ELSEWHERE, 1, 5, 6, 5))),
    "with numbers of a list elsewhere": ("path", onnx(graph=in_messages(ELSEWHERE, 1, 5, 10))),
    "with sparse numbers elsewhere": ("path", onnx(graph=in_messages(ELSEWHERE, 15, 1))),
    "with numbers of a function elsewhere": ("path", onnx(model=in_messages(ELSEWHERE, 25, 7, 5, 5))),
}


@pytest.mark.parametrize("what", ONNX_FILES)
def test_a_bad_onnx_file(what: str, tmp_path: Path) -> None:
    reason, data = ONNX_FILES[what]
    assert refused_embedder(embedder(data), tmp_path) == reason


def test_a_pickle_by_the_name_of_an_onnx_file(tmp_path: Path) -> None:
    assert refused_embedder(embedder(b"\x80\x04data"), tmp_path) == "program"


def safetensors(header: bytes, numbers: bytes = b"\0" * 8) -> bytes:
    return len(header).to_bytes(8, "little") + header + numbers


ONE_TENSOR = b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}'

WEIGHTS = {
    "nothing": b"",
    "half a length": b"\0" * 4,
    "no header": safetensors(b""),
    "a header longer than the file": (1_000).to_bytes(8, "little") + b"{}",
    "a header longer than any": (1 << 60).to_bytes(8, "little") + b"{}",
    "a header that is no JSON": safetensors(b"weights"),
    "a header that is a list": safetensors(b"[1]"),
    "a header without end": safetensors(b"[" * 100_000),
    "no tensor": safetensors(b'{"__metadata__": {"format": "pt"}}', b""),
    "a tensor without a place": safetensors(b'{"a": {}}'),
    "a tensor whose place is a text": safetensors(b'{"a": {"data_offsets": ["", ""]}}'),
    "a tensor that is a number": safetensors(b'{"a": 1}'),
    "a part of the numbers": safetensors(ONE_TENSOR)[:-1],
    "more than the numbers": safetensors(ONE_TENSOR) + b"\0",
}


@pytest.mark.parametrize("what", WEIGHTS)
def test_weights_that_are_not_whole(what: str, tmp_path: Path) -> None:
    members = [("model.safetensors", WEIGHTS[what]), *embedder(b"")[1:], ("config.json", b"{}")]
    assert refused_embedder(members, tmp_path) == "safetensors"


def test_whole_weights_are_looked_at_no_further(tmp_path: Path) -> None:
    members, path = embedder(b""), tmp_path / "good.lpack"
    members[0] = ("model.safetensors", safetensors(ONE_TENSOR))
    members.append(("config.json", b"{}"))
    path.write_bytes(pack(manifest(members, kind="embedder", recipe=EMBEDDER), members))
    taken = Store(tmp_path / "store").bring_in(source_of(str(path), CancelToken()), ProgressSlot(), CancelToken())
    assert taken.pack.model.read_bytes() == safetensors(ONE_TENSOR)
