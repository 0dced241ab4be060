"""How encoders cut texts into tokens: into the word pieces of BERT, or the sentence pieces of XLM-R."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tokenizers import Encoding, Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing

from app.domain.errors import EnvironmentFault
from app.models.batches import Row
from app.models.word_vectors import parts_of_words

_MARKS = 2  # around a text
# Unicode promises that no text holds it.
_NO_CHARACTER = "\ufdd0"


class Pair(NamedTuple):
    """A question with a passage: ``[CLS]`` question ``[SEP]`` passage ``[SEP]``, as BERT has it.

    XLM-R calls the marks otherwise, and has two between both.

    Attributes:
        ids: the numbers of the tokens.
        question: how many of them, from the front, are of the question and its marks.
    """

    ids: list[int]
    question: int


def load(vocabulary: Path, truncation: int) -> Tokenizer:
    """Build the tokenizer from its vocabulary. What a document says is plain text to it, also "[SEP]" and "</s>".

    Args:
        vocabulary: word pieces, one a line, for BERT; or the ``tokenizer.json`` of XLM-R.
        truncation: tokens kept of a text, its marks included.

    Raises:
        EnvironmentFault: the ``tokenizer.json`` is damaged.
    """
    tokenizer = _sentence_pieces(vocabulary) if vocabulary.suffix == ".json" else _word_pieces(vocabulary)
    tokenizer.enable_truncation(truncation)
    return tokenizer


def _word_pieces(vocabulary: Path) -> Tokenizer:
    """The tokenizer of bert-base-uncased, which all-MiniLM and nomic-embed-text share."""
    pieces = WordPiece.read_file(str(vocabulary))
    tokenizer = Tokenizer(WordPiece(pieces))
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    # Only the post-processor knows the marks.
    tokenizer.post_processor = BertProcessing(("[SEP]", pieces["[SEP]"]), ("[CLS]", pieces["[CLS]"]))
    return tokenizer


def _sentence_pieces(vocabulary: Path) -> Tokenizer:
    try:
        fields = json.loads(vocabulary.read_bytes())
        # Only the post-processor knows the marks, by their numbers: under its name, one would match what a text says.
        for mark in fields["added_tokens"]:
            if mark["special"] and mark["id"] < len(fields["model"]["vocab"]):
                fields["model"]["vocab"][mark["id"]][0] = f"{_NO_CHARACTER}{mark['id']}"
        plain = {**fields, "added_tokens": [], "truncation": None, "padding": None}
        tokenizer = Tokenizer.from_str(json.dumps(plain))
        marks = len(tokenizer.encode("").ids)
    except Exception as error:  # tokenizers has no class of its own for it
        raise _damaged(vocabulary, str(error)) from error
    if marks != _MARKS:
        raise _damaged(vocabulary, f"{marks} marks around a text")
    return tokenizer


def _damaged(vocabulary: Path, detail: str) -> EnvironmentFault:
    return EnvironmentFault(f"{vocabulary.name} is no tokenizer of XLM-R.", "Get another copy of the model.", detail)


def encode(tokenizer: Tokenizer, texts: Sequence[str], *, marks: bool = True) -> list[Encoding]:
    """Cut texts into tokens.

    Args:
        tokenizer: as `load` builds it.
        texts: any.
        marks: put one before and one after each.
    """
    encodings: list[Encoding] = tokenizer.encode_batch_fast([_whole(text) for text in texts], add_special_tokens=marks)
    return encodings


def rows(tokenizer: Tokenizer, texts: Sequence[str], skipped: int = 0) -> list[Row]:
    """Cut texts into tokens, those that are too long to their beginning.

    Args:
        tokenizer: as `load` builds it.
        texts: any.
        skipped: characters at the front of each whose words do not count: a prefix.
    """
    longest = (tokenizer.truncation or {}).get("max_length")
    found = []
    whole = [_whole(text) for text in texts]
    # Not the fast method: only this one tells where in the text a token stands.
    for text, encoding in zip(whole, tokenizer.encode_batch(whole), strict=True):
        ids, offsets = encoding.ids, encoding.offsets
        # The last token is the mark of the end.
        kept = text[: offsets[-2][1]] if len(ids) == longest else text
        found.append(Row(ids, kept, parts_of_words(text, offsets, skipped)))
    return found


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
        truncation: tokens kept of a pair, its marks included.
    """
    first, last = tokenizer.encode("").ids
    asked, *others = (encoding.ids for encoding in encode(tokenizer, [question, *passages], marks=False))
    marks = tokenizer.num_special_tokens_to_add(is_pair=True)
    between = [last] * (marks - 2)
    room = truncation - marks
    made = []
    for passage in others:
        kept = asked[: max(room // 2, room - len(passage))]
        ids = [first, *kept, *between, *passage[: room - len(kept)], last]
        made.append(Pair(ids, 1 + len(kept) + len(between)))
    return made
