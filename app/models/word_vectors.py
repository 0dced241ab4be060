"""Late interaction: texts compared word by word, each word seen with those around it.

The vector of a word is the mean of the last hidden states of its tokens, of which the vector of the text is made too:
it costs nothing more. Of a text that waits to be found, only the sign of each component is kept, a bit instead of four
bytes; of a question, the components themselves. After ColBERT (Khattab and Zaharia 2020), with an embedder that was
not trained for it; signs after Charikar 2002.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import pi, sqrt

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")
# Of a component c and a sign s of components spread normally: the mean of c·s is √(2/π) of what it is of c and c'.
_OF_SIGNS = sqrt(pi / 2)

Part = tuple[int, int]
"""First, and one after the last: characters of a text, or tokens of it."""


@dataclass(frozen=True, slots=True)
class QuestionVectors:
    """What an embedder makes of a question.

    Attributes:
        vector: of the whole, shape (dimensions,), of length 1.
        words: in small letters.
        word_vectors: of length 1, shape (words, components); None where the runtime gives none.
    """

    vector: NDArray[np.float32]
    words: tuple[str, ...]
    word_vectors: NDArray[np.float32] | None


def words_of(text: str) -> list[str]:
    """Return the words of a text, in order."""
    return _WORD.findall(text)


def parts_of_words(text: str, tokens: Sequence[Part], skipped: int) -> list[Part]:
    """Return the tokens of each word of a text, until the tokens end.

    Args:
        text: any.
        tokens: the characters that each stands for; none for a mark.
        skipped: characters at the front whose words do not count.
    """
    parts: list[Part] = []
    last = max((end for _, end in tokens), default=0)
    first = 0
    for word in _WORD.finditer(text, skipped):
        if word.start() >= last:
            break
        while first < len(tokens) and tokens[first][1] <= word.start():
            first += 1
        after = first
        while after < len(tokens) and tokens[after][0] < word.end() and tokens[after][1] > word.start():
            after += 1
        parts.append((first, after))
    return parts


def word_vectors(hidden: NDArray[np.float32], parts: Sequence[Part]) -> NDArray[np.float32]:
    """Average over the tokens of each word: (tokens, components) to (words, components); 0 for one without tokens."""
    sums = np.zeros((len(hidden) + 1, hidden.shape[1]), dtype=np.float32)
    np.cumsum(hidden, axis=0, out=sums[1:])
    places = np.array(parts, dtype=np.int64).reshape(-1, 2)
    counts = np.maximum(places[:, 1] - places[:, 0], 1)
    found: NDArray[np.float32] = (sums[places[:, 1]] - sums[places[:, 0]]) / counts[:, np.newaxis].astype(np.float32)
    return found


def signs(vectors: NDArray[np.float32]) -> bytes:
    """Return the signs of vectors, one after the other; a multiple of 8 components each."""
    return np.packbits(vectors > 0, axis=1).tobytes()


def cosines(question: NDArray[np.float32], kept: bytes) -> NDArray[np.float32]:
    """Estimate the cosine of each word of a question and each of those whose signs were kept: shape (words, kept).

    Args:
        question: of length 1, shape (words, components).
        kept: as `signs` returns it, of as many components.
    """
    components = question.shape[1]
    bits = np.unpackbits(np.frombuffer(kept, dtype=np.uint8).reshape(-1, components // 8), axis=1)
    # q·s with s = 2b − 1 is 2 q·b less the sum of q: so the bits are not turned into signs first.
    products = 2 * (question @ bits.T.astype(np.float32)) - question.sum(axis=1, keepdims=True)
    estimated: NDArray[np.float32] = products * np.float32(_OF_SIGNS / sqrt(components))
    return estimated
