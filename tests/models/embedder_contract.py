"""What every embedder must do, whatever runs it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import numpy as np
import pytest
from numpy.typing import NDArray

from app.models.embedder import Embedder
from app.models.word_vectors import cosines as word_cosines
from app.models.word_vectors import words_of

TEXTS = [
    "The tenant pays the rent on the first day of each month.",
    "Cats sleep for most of the day.",
    "",
    "The agreement may be terminated by either party with ninety days' notice in writing. " * 30,
    "Revenue rose by 12 % to 3.4 million euros.",
    "x",
    "Naïve Café – 東京 ½ \x00\u200b",
    "The goods are delivered to the warehouse in Rotterdam. " * 7,
]


def cosines(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cosine of each row of one with the same row of the other."""
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    found: NDArray[np.float32] = np.einsum("td,td->t", left, right) / lengths
    return found


def tokens(embedder: Embedder, texts: list[str]) -> int:
    """Tokens that reach the model for ``texts`` together."""
    return sum(batch.tokens for batch in embedder.embed_batches(texts))


class EmbedderContract:
    """Inherited by the test of each runtime, which gives the fixture ``embedder``: a model that knows English.

    Attributes:
        exact: the same text gets the same vector to the last digit. A server computes it beside others.
        patience: seconds until it has stopped.
        repeats: how often the texts are sent where many are.
    """

    exact = True
    patience = 2.0
    repeats = 20

    def same(self, left: NDArray[np.float32], right: NDArray[np.float32]) -> bool:
        if self.exact:
            return np.array_equal(left, right)
        return bool(cosines(np.atleast_2d(left), np.atleast_2d(right)).min() > 0.9999)

    def test_vectors_have_the_shape_and_the_length_they_say(self, embedder: Embedder) -> None:
        vectors = embedder.embed_documents(TEXTS)
        assert vectors.shape == (len(TEXTS), embedder.dimensions)
        assert vectors.dtype == np.float32
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)

    def test_no_texts_are_no_vectors(self, embedder: Embedder) -> None:
        assert embedder.embed_documents([]).shape == (0, embedder.dimensions)
        assert list(embedder.embed_batches([])) == []

    def test_each_text_gets_its_own_vector_wherever_it_stands(self, embedder: Embedder) -> None:
        alone = np.concatenate([embedder.embed_documents([text]) for text in TEXTS])
        order = np.random.default_rng(7).permutation(np.repeat(np.arange(len(TEXTS)), 4))
        together = embedder.embed_documents([TEXTS[place] for place in order])
        # Padding and batching may move the last digits of a model in low precision, no more.
        assert cosines(together, alone[order]).min() > 0.995

    def test_the_same_call_gives_the_same_vectors(self, embedder: Embedder) -> None:
        assert self.same(embedder.embed_documents(TEXTS), embedder.embed_documents(TEXTS))

    def test_a_question_is_nearest_to_its_answer(self, embedder: Embedder) -> None:
        question = embedder.embed_queries(["When must the tenant pay?"])
        assert int(np.argmax(embedder.embed_documents(TEXTS) @ question[0])) == 0

    def test_words_of_a_question_meet_those_of_a_text(self, embedder: Embedder) -> None:
        question = embedder.embed_question("When must the tenant pay?")
        assert question.words == ("when", "must", "the", "tenant", "pay")
        assert cosines(question.vector[np.newaxis], embedder.embed_queries(["When must the tenant pay?"])).min() > 0.999
        (batch,) = embedder.embed_batches([TEXTS[0]])
        if question.word_vectors is None:
            assert batch.signs == [b""]
            return
        assert np.linalg.norm(question.word_vectors, axis=1) == pytest.approx(1.0, abs=1e-3)
        met = word_cosines(question.word_vectors, batch.signs[0])
        said = words_of(TEXTS[0])
        assert met.shape == (5, len(said))
        assert [said[place] for place in met.argmax(axis=1)[3:]] == ["tenant", "pays"]

    def test_words_beyond_the_truncation_have_no_signs(self, embedder: Embedder) -> None:
        question = embedder.embed_question("rent")
        if question.word_vectors is not None:
            (batch,) = embedder.embed_batches(["rent " * 5000])
            read = word_cosines(question.word_vectors, batch.signs[0]).shape[1]
            assert embedder.recipe.truncation // 2 < read < embedder.recipe.truncation

    def test_tokens_are_counted_as_the_model_gets_them(self, embedder: Embedder) -> None:
        short, longer, longest = (tokens(embedder, [text]) for text in ("Rent", "Rent is due", "Rent is due " * 5000))
        assert 1 <= short < longer < longest == embedder.recipe.truncation
        assert tokens(embedder, ["Rent", "Rent is due"]) == short + longer

    def test_batches_bring_every_text_once_and_the_same_vectors(self, embedder: Embedder) -> None:
        texts = TEXTS * self.repeats
        batches = list(embedder.embed_batches(texts))
        assert len(batches) > 1
        assert sorted(place for batch in batches for place in batch.places) == list(range(len(texts)))
        whole = embedder.embed_documents(texts)
        for batch in batches:
            assert self.same(batch.vectors, whole[batch.places])

    def test_a_closed_iterator_works_no_longer(self, embedder: Embedder) -> None:
        batches = embedder.embed_batches(TEXTS * 400)
        next(batches)
        began = monotonic()
        batches.close()
        assert monotonic() - began < self.patience
        assert list(batches) == []
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("embedder")]

    def test_what_is_beyond_the_truncation_does_not_count(self, embedder: Embedder) -> None:
        long = "The lease ends in March. " * embedder.recipe.truncation
        first, second = embedder.embed_documents([long + "Cats sleep.", long + "Dogs bark."])
        assert self.same(first, second)

    def test_text_that_is_no_text_gets_a_vector(self, embedder: Embedder) -> None:
        assert np.isfinite(embedder.embed_queries(["half a pair: \ud800", " \n\t "])).all()

    def test_threads_do_not_disturb_one_another(self, embedder: Embedder) -> None:
        expected = embedder.embed_documents(TEXTS)
        with ThreadPoolExecutor(4) as pool:
            for vectors in pool.map(lambda _: embedder.embed_documents(TEXTS), range(5)):
                assert self.same(vectors, expected)

    def test_the_hash_names_the_model_file(self, embedder: Embedder) -> None:
        assert len(bytes.fromhex(embedder.model_hash)) == 32
