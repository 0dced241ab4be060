"""The catalogue names what it should, its numbers agree with each other, and bad data is refused by file and field."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from catalogue_signing import main as sign_for_release
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.domain.errors import ModelFault
from app.models.catalogue import SIGNATURE, Catalogue, Condition, Entry, Task, load_catalogue, sign_catalogue
from app.models.foretold import numbers_of, size_of, weights_foretold
from app.models.shape import read_shape
from app.models.signature import Trust

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "resources" / "catalogue"
WANTED = {
    "smollm2-135m-instruct",
    "smollm2-360m-instruct",
    "smollm2-1.7b-instruct",
    "llama-3.2-1b-instruct",
    "llama-3.2-3b-instruct",
    "llama-3.1-8b-instruct",
    "llama-3.3-70b-instruct",
    "gemma-2-9b-it",
    "gemma-3-270m-it",
    "gemma-3-1b-it",
    "gemma-3-4b-it",
    "gemma-3n-e4b-it",
    "phi-3-mini-4k-instruct",
    "phi-4-mini-instruct",
    "qwen2.5-7b-instruct",
    "qwen2.5-14b-instruct",
    "qwen2.5-72b-instruct",
    "qwen3-0.6b",
    "qwen3-1.7b",
    "qwen3-4b",
    "qwen3-8b",
    "qwen3-14b",
    "qwen3.5-4b",
    "qwen3.5-9b",
    "mistral-7b-instruct-v0.3",
    "mistral-small-3.1-24b-instruct",
    "mixtral-8x7b-instruct-v0.1",
    "deepseek-v3",
    "nomic-embed-text-v1.5",
    "all-minilm-l6-v2",
    "bge-small-en-v1.5",
    "embeddinggemma-300m",
    "ms-marco-minilm-l6-v2",
    "bge-reranker-base",
}


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    return load_catalogue(FOLDER, tmp_path_factory.mktemp("no_keys"))


def entries() -> list[Entry]:
    return list(load_catalogue(FOLDER, FOLDER / "no keys").entries.values())


def test_it_names_every_model_that_it_should(catalogue: Catalogue) -> None:
    assert catalogue.entries.keys() >= WANTED


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_the_count_of_parameters_follows_from_the_shape(entry: Entry) -> None:
    if "feed_forward_length" not in entry.shape:
        pytest.skip("the width of its feed-forward part is not known")
    within, beside = numbers_of(entry.architecture, entry.shape)
    width, vocabulary = entry.shape["embedding_length"], entry.shape["vocab_size"]
    assert isinstance(width, int)
    assert isinstance(vocabulary, int)
    matrix = width * vocabulary
    counts = [within + beside + times * matrix for times in ([1, 2] if entry.tied else [2])]
    if entry.senses:
        # What sees or hears comes on top, and is a small part of it.
        assert 0.8 * entry.parameters <= counts[0] <= 1.03 * entry.parameters
    else:
        # Some makers count a matrix that serves twice twice.
        assert any(abs(count / entry.parameters - 1) <= 0.03 for count in counts), counts


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_the_shape_can_be_read_as_that_of_a_file(entry: Entry) -> None:
    shape = read_shape(entry.architecture, entry.shape, vocabulary=0, merges=0)
    assert shape.writes == (entry.kind == "generator") or entry.id == "embeddinggemma-300m"
    assert shape.trained_context == entry.context


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_every_fact_says_where_it_is_from(entry: Entry) -> None:
    needed = {"parameters", "shape", "licence", "good_for"}
    needed |= {name for name in ("tied", "languages", "context") if getattr(entry, name) is not None}
    assert needed <= set(entry.sources)
    for quantisation in entry.quantisations:
        known = quantisation.size is not None or quantisation.sha256 is not None
        assert not known or quantisation.source is not None


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_sizes_that_are_foretold_are_those_that_are_known(entry: Entry) -> None:
    for quantisation in entry.quantisations:
        foretold = size_of(entry, quantisation.name)
        if quantisation.size is not None and foretold is not None:
            assert foretold == pytest.approx(quantisation.size, rel=0.03 if entry.senses else 0.02)


def test_weights_are_foretold_for_all_generators(catalogue: Catalogue) -> None:
    for entry in catalogue.entries.values():
        for quantisation in entry.quantisations if entry.kind == "generator" else ():
            weights = weights_foretold(entry, quantisation)
            assert (weights is None) == (quantisation.name in {"Q4_0", "Q4_1"})
            if weights is not None:
                assert weights.size == quantisation.size or quantisation.size is None
                read = sum(matrices.size for matrices in (*weights.each_token.values(), *weights.output.values()))
                few = entry.shape.get("expert_count") or entry.id == "gemma-3n-e4b-it"
                assert (0 if few else 0.75) * weights.size < read <= 1.02 * weights.size


def test_of_experts_only_those_at_work_are_read(catalogue: Catalogue) -> None:
    entry = catalogue.entries["mixtral-8x7b-instruct-v0.1"]
    weights = weights_foretold(entry, entry.quantisations[0])
    assert weights is not None
    # 12.9 of 46.7 billion work on a token, by the model's makers; they count both matrices of the tokens.
    tokens = 2 * 32_000 * 4_096
    assert sum(matrices.numbers for matrices in weights.each_token.values()) + tokens == pytest.approx(12.9e9, rel=0.01)


def test_generators_name_the_usual_quantisations_and_flag_the_poor_ones(catalogue: Catalogue) -> None:
    for entry in catalogue.entries.values():
        if entry.kind == "generator":
            poor = {quantisation.name: quantisation.poor for quantisation in entry.quantisations}
            assert {name: poor[name] for name in ("Q4_K_M", "Q5_K_M", "Q8_0", "Q3_K_M")} == {
                "Q4_K_M": False,
                "Q5_K_M": False,
                "Q8_0": False,
                "Q3_K_M": True,
            }


def test_the_kv_cache_of_a_token_is_what_the_notes_say(catalogue: Catalogue) -> None:
    # KiB a token at 16 bits, all layers looking at the whole text.
    noted = {
        "llama-3.2-1b-instruct": 32,
        "llama-3.2-3b-instruct": 112,
        "llama-3.1-8b-instruct": 128,
        "phi-4-mini-instruct": 128,
        "qwen2.5-7b-instruct": 56,
        "qwen2.5-14b-instruct": 192,
        "qwen3-0.6b": 112,
        "qwen3-4b": 144,
        "qwen3-14b": 160,
        "qwen3.5-9b": 32,
        "mistral-small-3.1-24b-instruct": 160,
        "smollm2-135m-instruct": 22.5,
        "smollm2-1.7b-instruct": 192,
    }
    for name, kib in noted.items():
        entry = catalogue.entries[name]
        shape = read_shape(entry.architecture, entry.shape, vocabulary=0, merges=0)
        assert sum(layer.keys + layer.values for layer in shape.layers) * 2 / 1024 == kib, name


def test_conditions_of_licences_are_told(catalogue: Catalogue) -> None:
    assert catalogue.entries["qwen3-4b"].licence.conditions == frozenset()
    assert Condition.MONTHLY_USERS in catalogue.entries["llama-3.1-8b-instruct"].licence.conditions
    assert Condition.ACCEPTABLE_USE in catalogue.entries["gemma-3-4b-it"].licence.conditions
    assert Task.SEARCH in catalogue.entries["nomic-embed-text-v1.5"].good_for


# ---- bad data ----

MODEL: Mapping[str, Any] = {
    "id": "small",
    "name": "Small",
    "family": "Test",
    "kind": "generator",
    "parameters": 1000,
    "senses": False,
    "architecture": "llama",
    "shape": {"block_count": 1},
    "tied": None,
    "quantisations": [{"name": "Q4_K_M", "file": None, "bytes": None, "sha256": None, "source": None}],
    "licence": "free",
    "languages": None,
    "context": None,
    "good_for": ["chat"],
    "standard": False,
    "qualified": None,
    "sources": {"parameters": "here"},
}
ROOT_FIELDS: Mapping[str, Any] = {
    "format": 1,
    "sources": {"here": "this test"},
    "licences": {"free": {"spdx": "MIT", "conditions": [], "summary": "Free.", "source": "here"}},
}
BAD: list[tuple[Mapping[str, Any], str]] = [
    ({"id": 7}, "id"),
    ({"name": ""}, "name"),
    ({"kind": "painter"}, "models[0]"),
    ({"parameters": 0}, "parameters"),
    ({"parameters": True}, "parameters"),
    ({"parameters": 1.5}, "parameters"),
    ({"senses": "no"}, "senses"),
    ({"tied": 1}, "tied"),
    ({"shape": []}, "shape"),
    ({"shape": {"block_count": "many"}}, "shape.block_count"),
    ({"shape": {"block_count": [1, -1]}}, "shape.block_count"),
    ({"quantisations": {}}, "quantisations"),
    ({"quantisations": [4]}, "quantisations"),
    ({"quantisations": [{"name": "Q4_K_M"}]}, "quantisations[0].source"),
    ({"licence": "stolen"}, "models[0]"),
    ({"languages": "en"}, "languages"),
    ({"languages": [1]}, "languages"),
    ({"context": -1}, "context"),
    ({"good_for": ["cooking"]}, "models[0]"),
    ({"good_for": None}, "good_for"),
    ({"qualified": 1.1}, "qualified"),
    ({"standard": "yes"}, "standard"),
    ({"sources": {"parameters": "hearsay"}}, "sources"),
]


def write(folder: Path, file: str = "models.json", **changes: object) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / file).write_text(json.dumps({**ROOT_FIELDS, "models": [{**MODEL, **changes}]}), encoding="utf-8")
    return folder


@pytest.mark.parametrize(("changes", "field"), BAD)
def test_bad_data_is_refused_by_file_and_field(changes: dict[str, Any], field: str, tmp_path: Path) -> None:
    with pytest.raises(ModelFault) as caught:
        load_catalogue(write(tmp_path, **changes), tmp_path / "keys")
    assert caught.value.reason == "catalogue"
    assert "models.json" in caught.value.summary
    assert field in caught.value.detail


@pytest.mark.parametrize("key", MODEL)
def test_a_missing_field_is_named(key: str, tmp_path: Path) -> None:
    fields = {name: value for name, value in MODEL.items() if name != key}
    (tmp_path / "models.json").write_text(json.dumps({**ROOT_FIELDS, "models": [fields]}), encoding="utf-8")
    with pytest.raises(ModelFault, match=rf"models\[0\]\.{key}"):
        load_catalogue(tmp_path, tmp_path / "keys")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"format": 2}', '{"format": 1}', "\udcff", "[" * 100_000])
def test_files_that_are_none_of_ours_are_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "odd.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelFault, match=r"odd\.json"):
        load_catalogue(tmp_path, tmp_path / "keys")


def test_an_empty_folder_and_an_id_that_is_there_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFault) as caught:
        load_catalogue(tmp_path, tmp_path / "keys")
    assert "no file" in caught.value.detail
    write(tmp_path, "a.json")
    write(tmp_path, "b.json")
    with pytest.raises(ModelFault) as caught:
        load_catalogue(tmp_path, tmp_path / "keys")
    assert caught.value.detail == "b.json: the id small is there twice"


# ---- signature ----


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return write_key(tmp_path / "release.pem", tmp_path / "keys")


def write_key(path: Path, keys: Path) -> Path:
    private = Ed25519PrivateKey.generate()
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    keys.mkdir(exist_ok=True)
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (keys / path.name).write_bytes(public)
    return path


def test_a_checkout_without_keys_is_taken_and_told_to_be_unsigned(tmp_path: Path) -> None:
    loaded = load_catalogue(write(tmp_path / "catalogue"), tmp_path / "keys")
    assert [signed.trust for signed in loaded.signatures] == [Trust.NONE]


def test_a_signed_catalogue_names_its_signer(tmp_path: Path, key: Path) -> None:
    folder = write(tmp_path / "catalogue")
    assert sign_catalogue(folder, key) == folder / SIGNATURE
    (signed,) = load_catalogue(folder, tmp_path / "keys").signatures
    assert (signed.trust, signed.signer) == (Trust.KNOWN, "release")


def test_with_a_key_what_is_not_signed_or_changed_or_added_or_left_out_is_refused(tmp_path: Path, key: Path) -> None:
    folder, keys = write(tmp_path / "catalogue"), tmp_path / "keys"
    write(folder, "more.json", id="other")
    refused(folder, keys, "is not signed")
    sign_catalogue(folder, key)
    write(folder, parameters=2000)
    refused(folder, keys, "changed")
    write(folder)
    assert load_catalogue(folder, keys).entries.keys() == {"small", "other"}
    (folder / "more.json").rename(folder / "renamed.json")
    refused(folder, keys, "changed")
    (folder / "renamed.json").unlink()
    refused(folder, keys, "changed")
    (folder / SIGNATURE).write_bytes(b"\0" * 10_000)
    refused(folder, keys, "changed")


@pytest.mark.usefixtures("key")
def test_another_key_is_not_enough(tmp_path: Path) -> None:
    folder = write(tmp_path / "catalogue")
    sign_catalogue(folder, write_key(tmp_path / "stranger.pem", tmp_path / "elsewhere"))
    refused(folder, tmp_path / "keys", "not trusted")


def refused(folder: Path, keys: Path, why: str) -> None:
    with pytest.raises(ModelFault, match=why) as caught:
        load_catalogue(folder, keys)
    assert caught.value.reason == "signature"


def test_the_administrators_models_replace_and_add(tmp_path: Path) -> None:
    first = load_catalogue(write(tmp_path / "ours"), tmp_path / "keys")
    write(tmp_path / "theirs", parameters=5)
    write(tmp_path / "theirs", "more.json", id="other")
    both = first.replaced_by(load_catalogue(tmp_path / "theirs", tmp_path / "keys"))
    assert {name: entry.parameters for name, entry in both.entries.items()} == {"small": 5, "other": 1000}
    assert len(both.signatures) == 2


def test_the_release_signs_by_a_command(
    tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "resources").mkdir()
    folder = write(tmp_path / "resources" / "catalogue")
    assert sign_for_release(str(key), root=tmp_path) == 0
    assert load_catalogue(folder, tmp_path / "keys").signatures[0].trust is Trust.KNOWN
    assert sign_for_release(root=tmp_path) == 2
    assert sign_for_release(str(tmp_path / "none.pem"), root=tmp_path) == 3
    assert "none.pem" in capsys.readouterr().err
