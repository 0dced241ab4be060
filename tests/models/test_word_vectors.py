import numpy as np
import pytest

from app.models.word_vectors import cosines, parts_of_words, signs, word_vectors, words_of

# Characters of the tokens of "[CLS] rent , re ##payable [SEP]".
TEXT = "rent, repayable"
TOKENS = [(0, 0), (0, 4), (4, 5), (6, 8), (8, 15), (0, 0)]


def test_a_word_has_its_tokens_and_no_sign() -> None:
    assert words_of(TEXT) == ["rent", "repayable"]
    assert parts_of_words(TEXT, TOKENS, 0) == [(1, 2), (3, 5)]


def test_words_of_a_prefix_do_not_count() -> None:
    assert parts_of_words(TEXT, TOKENS, 6) == [(3, 5)]


def test_words_that_were_cut_off_have_no_part() -> None:
    assert parts_of_words(TEXT, [*TOKENS[:3], (0, 0)], 0) == [(1, 2)]


def test_a_word_without_tokens_keeps_its_place() -> None:
    tokens = [(0, 0), (0, 1), (4, 5), (0, 0)]
    assert parts_of_words("a b c", tokens, 0) == [(1, 2), (2, 2), (2, 3)]


def test_vector_of_a_word_is_the_mean_of_its_tokens() -> None:
    hidden = np.arange(12, dtype=np.float32).reshape(6, 2)
    found = word_vectors(hidden, [(1, 2), (3, 5), (5, 5)])
    assert found.tolist() == [[2, 3], [7, 8], [0, 0]]
    assert word_vectors(hidden, []).shape == (0, 2)


def test_signs_are_a_bit_a_component_and_tell_the_angle() -> None:
    generator = np.random.default_rng(5)
    question = generator.standard_normal((3, 384)).astype(np.float32)
    other = generator.standard_normal((3, 384)).astype(np.float32)
    texts = np.concatenate([question, 0.6 * question + 0.8 * other, other, -question])
    question /= np.linalg.norm(question, axis=1, keepdims=True)
    kept = signs(texts)
    assert len(kept) == 12 * 384 // 8
    estimated = cosines(question, kept)
    assert estimated.shape == (3, 12)
    for place, expected in enumerate((1.0, 0.6, 0.0, -1.0)):
        assert np.diag(estimated[:, 3 * place : 3 * place + 3]) == pytest.approx(expected, abs=0.12)
