"""Vocabularies as large as the real ones, of made-up words, in the three kinds that llama.cpp knows of our families."""

import random
import string
from collections.abc import Iterator
from typing import Literal

from gguf import GGUFWriter, TokenType

Kind = Literal["bpe", "sentencepiece", "wordpiece"]

_MARKS = ("<|begin|>", "<|end|>")


def add(writer: GGUFWriter, kind: Kind, size: int, split: str) -> None:
    """Write the keys of a tokenizer with ``size`` tokens.

    Args:
        writer: takes the keys.
        kind: of the tokenizer.
        size: tokens, at least 1,000.
        split: how a byte-pair tokenizer splits text before it merges, by llama.cpp's name of it.
    """
    match kind:
        case "bpe":
            _add_bpe(writer, size, split)
        case "sentencepiece":
            _add_sentencepiece(writer, size)
        case "wordpiece":
            _add_wordpiece(writer, size)


def _add_bpe(writer: GGUFWriter, size: int, split: str) -> None:
    words = _words(size - 256 - len(_MARKS))
    # A byte that begins a word follows a space, which is written as "Ġ".
    pieces = [word if number % 2 else f"Ġ{word}" for number, word in enumerate(words)]
    tokens = [*_bytes_as_letters(), *pieces, *_MARKS]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(split)
    writer.add_token_list(tokens)
    writer.add_token_types([TokenType.NORMAL] * (size - len(_MARKS)) + [TokenType.CONTROL] * len(_MARKS))
    writer.add_token_merges([f"{piece[:half]} {piece[half:]}" for piece in pieces for half in (len(piece) // 2,)])
    _add_marks(writer, size - 2, size - 1)


def _add_sentencepiece(writer: GGUFWriter, size: int) -> None:
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    plain = [*string.ascii_letters, *string.digits, *string.punctuation, "▁"]
    words = _words(size - 3 - len(bytes_) - len(plain))
    pieces = [word if number % 2 else f"▁{word}" for number, word in enumerate(words)]
    tokens = ["<unk>", "<s>", "</s>", *bytes_, *plain, *pieces]
    types = [TokenType.UNKNOWN] + [TokenType.CONTROL] * 2 + [TokenType.BYTE] * 256
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([-float(number) for number in range(size)])
    writer.add_token_types(types + [TokenType.NORMAL] * (size - len(types)))
    writer.add_unk_token_id(0)
    _add_marks(writer, 1, 2)


def _add_wordpiece(writer: GGUFWriter, size: int) -> None:
    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    plain = [form for letter in string.ascii_lowercase + string.digits for form in (letter, f"▁{letter}")]
    words = _words(size - len(marks) - len(plain))
    pieces = [word if number % 4 == 0 else f"▁{word}" for number, word in enumerate(words)]
    writer.add_tokenizer_model("bert")
    writer.add_token_list([*marks, *plain, *pieces])
    writer.add_token_types([TokenType.CONTROL] * len(marks) + [TokenType.NORMAL] * (size - len(marks)))
    writer.add_token_type_count(2)
    writer.add_pad_token_id(0)
    writer.add_unk_token_id(1)
    writer.add_uint32("tokenizer.ggml.cls_token_id", 2)
    writer.add_sep_token_id(3)
    writer.add_mask_token_id(4)
    _add_marks(writer, 2, 3)


def _add_marks(writer: GGUFWriter, begin: int, end: int) -> None:
    writer.add_bos_token_id(begin)
    writer.add_eos_token_id(end)


def _words(number: int) -> list[str]:
    """Return so many different made-up words, about as long as the tokens of real vocabularies."""
    draw = random.Random(0)  # noqa: S311 - words, not secrets
    words: dict[str, None] = {}
    while len(words) < number:
        length = draw.randint(2, 10)
        words["".join(draw.choices(string.ascii_lowercase, k=length))] = None
    return list(words)


def _bytes_as_letters() -> Iterator[str]:
    """Yield the letter that stands for each byte in byte-pair vocabularies (GPT-2's ``bytes_to_unicode``)."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    spare = iter(range(256, 512))
    for byte in range(256):
        yield chr(byte) if byte in shown else chr(next(spare))
