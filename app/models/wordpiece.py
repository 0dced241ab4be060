"""The tokenizer of bert-base-uncased, which all-MiniLM and nomic-embed-text share."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tokenizers import Encoding, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from app.models.batches import Row


class Pair(NamedTuple):
    """A question with a passage: ``[CLS]`` question ``[SEP]`` passage ``[SEP]``.

    Attributes:
        ids: the numbers of the tokens.
        question: how many of them, from the front, are of the question and its marks.
    """

    ids: list[int]
    question: int


def load(vocabulary: Path, truncation: int) -> Tokenizer:
    """Build the tokenizer from its vocabulary.

    Args:
        vocabulary: word pieces, one a line.
        truncation: tokens kept of a text, ``[CLS]`` and ``[SEP]`` included.
    """
    pieces = WordPiece.read_file(str(vocabulary))
    tokenizer = Tokenizer(WordPiece(pieces))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    # Only the post-processor knows the special tokens: "[SEP]" in a document stays plain text.
    tokenizer.post_processor = BertProcessing(("[SEP]", pieces["[SEP]"]), ("[CLS]", pieces["[CLS]"]))
    tokenizer.enable_truncation(truncation)
    return tokenizer


def encode(tokenizer: Tokenizer, texts: Sequence[str], *, marks: bool = True) -> list[Encoding]:
    """Cut texts into tokens.

    Args:
        tokenizer: as `load` builds it.
        texts: any.
        marks: put ``[CLS]`` before and ``[SEP]`` after each.
    """
    encodings: list[Encoding] = tokenizer.encode_batch_fast([_whole(text) for text in texts], add_special_tokens=marks)
    return encodings


def rows(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Row]:
    """Cut texts into tokens, those that are too long to their beginning."""
    longest = (tokenizer.truncation or {}).get("max_length")
    whole = [_whole(text) for text in texts]
    found = [Row(encoding.ids, text) for encoding, text in zip(encode(tokenizer, whole), whole, strict=True)]
    return [_cut(tokenizer, row) if len(row.ids) == longest else row for row in found]


def _cut(tokenizer: Tokenizer, row: Row) -> Row:
    # Only the slower method tells where in the text a token ends; the last token is the mark of the end.
    *_, (_, end), _ = tokenizer.encode(row.text).offsets
    return Row(row.ids, row.text[:end])


def _whole(text: str) -> str:
    # Half of a surrogate pair, as a file name on a command line may hold, is not text to the tokenizer.
    return text.encode("utf-8", "replace").decode()


def pairs(tokenizer: Tokenizer, question: str, passages: Sequence[str], truncation: int) -> list[Pair]:
    """Cut a question and its passages into tokens.

    A passage is cut to the room that the question leaves. A question keeps half of the room at least; only one that is
    longer, before a passage that is long too, is cut as well.

    Args:
        tokenizer: as `load` builds it, for so many tokens at least.
        question: any.
        passages: any.
        truncation: tokens kept of a pair, its three marks included.
    """
    first, last = tokenizer.encode("").ids
    asked, *others = (encoding.ids for encoding in encode(tokenizer, [question, *passages], marks=False))
    room = truncation - 3
    made = []
    for passage in others:
        kept = asked[: max(room // 2, room - len(passage))]
        made.append(Pair([first, *kept, last, *passage[: room - len(kept)], last], len(kept) + 2))
    return made
