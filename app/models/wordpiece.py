"""The tokenizer of bert-base-uncased, which all-MiniLM and nomic-embed-text share."""

from pathlib import Path

from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from tokenizers.processors import BertProcessing


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
