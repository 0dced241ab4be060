"""The canary stops what is known to go wrong with embedders, shown with the real weights."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models import tokenizing
from app.models.canary import LOWEST_COSINE, PROBES, Canary, check_canary, sent, write_canary
from app.models.packs import EmbedderPack, starter_embedder
from app.models.pooling import layer_norm, normalised
from app.models.runtimes.onnx import OnnxEmbedder

Change = Callable[[Tokenizer], None]


def _keep_capitals(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = BertNormalizer(lowercase=False, strip_accents=True)


def _keep_accents(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = BertNormalizer(lowercase=True, strip_accents=False)


def _join_ideographs(tokenizer: Tokenizer) -> None:
    tokenizer.normalizer = BertNormalizer(lowercase=True, handle_chinese_chars=False)


def _keep_punctuation(tokenizer: Tokenizer) -> None:
    tokenizer.pre_tokenizer = WhitespaceSplit()


def _no_marks(tokenizer: Tokenizer) -> None:
    tokenizer.post_processor = TemplateProcessing(single="$A", special_tokens=[])


def _cut_at(tokens: int) -> Change:
    return lambda tokenizer: tokenizer.enable_truncation(tokens)


def _prefix_first(tokenizer: Tokenizer) -> None:
    known = [(piece, tokenizer.token_to_id(piece)) for piece in ("[CLS]", "[SEP]", "search", "document")]
    tokenizer.post_processor = TemplateProcessing(single="[CLS] search document $A [SEP]", special_tokens=known)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_keep_capitals, id="capitals collapse into [UNK]"),
        pytest.param(_keep_accents, id="diacritics collapse into [UNK]"),
        pytest.param(_join_ideographs, id="ideographs are not split"),
        pytest.param(_keep_punctuation, id="punctuation is not split"),
        pytest.param(_no_marks, id="no [CLS] and [SEP]"),
        pytest.param(_cut_at(128), id="cut early"),
        pytest.param(_cut_at(512), id="cut late"),
        pytest.param(_prefix_first, id="a prefix that nobody asked for"),
    ],
)
def test_other_tokens_are_noticed(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    right = tokenizing.load

    def wrong(vocabulary: Path, truncation: int) -> Tokenizer:
        tokenizer = right(vocabulary, truncation)
        change(tokenizer)
        return tokenizer

    monkeypatch.setattr(tokenizing, "load", wrong)
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        OnnxEmbedder(starter_embedder(), 1).embed_queries(["anything"])


RECIPE = starter_embedder().recipe


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(replace(RECIPE, pooling="cls"), id="pooling"),
        pytest.param(replace(RECIPE, dimensions=256), id="dimensions"),
        pytest.param(replace(RECIPE, truncation=128), id="truncation"),
        pytest.param(replace(RECIPE, normalise=False), id="no normalisation"),
    ],
)
def test_another_recipe_is_noticed(recipe: Recipe) -> None:
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        OnnxEmbedder(replace(starter_embedder(), recipe=recipe), 1).embed_queries(["anything"])


def _prefixed() -> Recipe:
    return replace(RECIPE, document_prefix="search_document: ", query_prefix="search_query: ")


@pytest.fixture
def prefixed(embedder: OnnxEmbedder, tmp_path: Path) -> EmbedderPack:
    """A model that wants prefixes, with the canary that an import makes."""
    path = tmp_path / "canary.json"
    write_canary(path, PROBES, embedder.embed_documents(sent(PROBES, _prefixed())).astype(np.float32))
    return replace(starter_embedder(), recipe=_prefixed(), canary=path)


def test_the_right_prefixes_pass(prefixed: EmbedderPack) -> None:
    OnnxEmbedder(prefixed, 1).embed_queries(["anything"])


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(replace(_prefixed(), document_prefix=""), id="none for documents"),
        pytest.param(replace(_prefixed(), query_prefix=""), id="none for questions"),
        pytest.param(replace(_prefixed(), query_prefix="search_document: "), id="one for both"),
        pytest.param(replace(_prefixed(), truncation=128), id="cut early"),
        pytest.param(replace(_prefixed(), truncation=512), id="cut late"),
    ],
)
def test_other_prefixes_and_cuts_are_noticed(recipe: Recipe, prefixed: EmbedderPack) -> None:
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        OnnxEmbedder(replace(prefixed, recipe=recipe), 1).embed_queries(["anything"])


def _normed_after_the_cut(pooled: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    return normalised(layer_norm(pooled[:, :dimensions]))


def _not_normed(pooled: NDArray[np.float32], dimensions: int) -> NDArray[np.float32]:
    return normalised(pooled[:, :dimensions])


@pytest.mark.parametrize(
    ("wrong", "dimensions"), [(_normed_after_the_cut, 256), (_not_normed, 256), (_not_normed, 768)]
)
def test_a_layer_norm_out_of_its_place_is_noticed(
    wrong: Callable[[NDArray[np.float32], int], NDArray[np.float32]], dimensions: int
) -> None:
    chooser = np.random.default_rng(3)
    # Components of unlike means, as a model's are: those in front are a little higher than the rest.
    pooled = chooser.normal(np.linspace(0.12, 0.0, 768), 1.0, (6, 768)).astype(np.float32)
    right = normalised(layer_norm(pooled)[:, :dimensions])
    canary = Canary(("a text",) * 6, right, ("as it is",) * 6)
    check_canary(canary, right, "model")
    vectors = wrong(pooled, dimensions)
    assert np.einsum("td,td->t", vectors, right).min() > LOWEST_COSINE
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        check_canary(canary, vectors, "model")
