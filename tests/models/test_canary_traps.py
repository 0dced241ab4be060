"""The canary stops what is known to go wrong with embedders, shown with the real weights."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing

from app.domain.errors import EnvironmentFault
from app.domain.recipes import Recipe
from app.models import wordpiece
from app.models.packs import starter_embedder
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
    right = wordpiece.load

    def wrong(vocabulary: Path, truncation: int) -> Tokenizer:
        tokenizer = right(vocabulary, truncation)
        change(tokenizer)
        return tokenizer

    monkeypatch.setattr(wordpiece, "load", wrong)
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        OnnxEmbedder(starter_embedder(), 1).embed_queries(["anything"])


RECIPE = starter_embedder().recipe


@pytest.mark.parametrize(
    "recipe",
    [
        pytest.param(replace(RECIPE, pooling="cls"), id="pooling"),
        pytest.param(replace(RECIPE, dimensions=256), id="dimensions"),
        pytest.param(replace(RECIPE, truncation=128), id="truncation"),
    ],
)
def test_another_recipe_is_noticed(recipe: Recipe) -> None:
    with pytest.raises(EnvironmentFault, match="wrong vectors"):
        OnnxEmbedder(replace(starter_embedder(), recipe=recipe), 1).embed_queries(["anything"])
