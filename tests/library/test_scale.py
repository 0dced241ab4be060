"""Where the similarities of an embedder lie, and that they are put on one scale."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from papers import BOILER, LEASE, ingest, space_of

from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library import scale
from app.library.library import Library
from app.library.scale import STARTER, Range, Scale, measured, read, written
from app.models.batches import EmbeddedBatch
from app.models.runtimes.onnx import OnnxEmbedder
from app.models.word_vectors import QuestionVectors
from app.retrieval.search import Searcher
from tests.narrow_embedder import narrow_pack

QUESTION = "How often is the boiler inspected?"


@pytest.fixture(scope="module")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OnnxEmbedder]:
    made = OnnxEmbedder(narrow_pack(tmp_path_factory.mktemp("narrow")), 2)
    yield made
    made.close()


class Served:
    """The starter on a server, which gives no vectors of words."""

    def __init__(self, embedder: OnnxEmbedder) -> None:
        self._embedder = embedder

    def embed_batches(self, texts: Sequence[str]) -> Iterator[EmbeddedBatch]:
        for batch in self._embedder.embed_batches(texts):
            yield replace(batch, signs=[b""] * len(batch.places))

    def embed_question(self, question: str) -> QuestionVectors:
        return replace(self._embedder.embed_question(question), words=(), word_vectors=None)


def apart(found: Range, other: Range) -> float:
    return max(abs(found.unrelated - other.unrelated), abs(found.related - other.related))


def test_the_scale_of_the_starter_is_as_it_is_measured(embedder: OnnxEmbedder) -> None:
    found = measured(embedder)
    assert apart(found.texts, STARTER.texts) < 0.005
    assert apart(found.words, STARTER.words) < 0.005
    assert STARTER.of_texts(0.3) == pytest.approx(0.3)


def test_similarities_of_another_are_put_on_the_scale_of_the_starter(narrow: OnnxEmbedder) -> None:
    found = measured(narrow)
    assert found.texts.unrelated > 0.5
    assert found.words.unrelated > 0.45
    for kind, put in ((found.texts, found.of_texts), (found.words, found.of_words)):
        onto = STARTER.texts if kind is found.texts else STARTER.words
        assert put(kind.unrelated) == pytest.approx(onto.unrelated)
        assert put(kind.related) == pytest.approx(onto.related)
    both = found.of_texts(np.array([found.texts.unrelated, found.texts.related], dtype=np.float32))
    assert both == pytest.approx([STARTER.texts.unrelated, STARTER.texts.related], abs=1e-5)


def test_one_without_vectors_of_words_has_a_scale_for_texts(embedder: OnnxEmbedder) -> None:
    found = measured(Served(embedder))
    assert apart(found.texts, STARTER.texts) < 0.005
    assert found.words == STARTER.words


def test_one_that_tells_nothing_apart_has_no_scale() -> None:
    for kind in (Range(0.5, 0.51), Range(0.5, 0.4)):
        assert kind.put(0.505, STARTER.texts) == 0.505


def test_a_scale_is_kept_for_as_long_as_the_questions_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Scale(Range(0.5, 0.7), Range(0.4, 0.6))
    assert read(written(known)) == known
    assert read("") is None
    kept = written(known)
    monkeypatch.setattr(scale, "digest", lambda: "of other questions")
    assert read(kept) is None


def test_it_is_measured_once_for_each_library(
    tmp_path: Path, narrow: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = []

    def counted(model: OnnxEmbedder) -> Scale:
        times.append(model.name)
        return measured(model)

    monkeypatch.setattr("app.library.cached_embedder.measured", counted)
    papers = tmp_path / "papers"
    papers.mkdir()
    (papers / "boiler.txt").write_text(BOILER)
    (papers / "lease.txt").write_text(LEASE)
    library = Library(tmp_path / "library", [narrow], "", workers=1)
    ingest(library, papers)
    # Before the first question.
    assert times == ["Narrow"]
    found = Searcher(library).search(QUESTION, 2)
    library.close()
    again = Library(tmp_path / "library", [narrow], "", workers=1)
    assert [passage.meaning for passage in Searcher(again).search(QUESTION, 2)] == [one.meaning for one in found]
    again.close()
    assert times == ["Narrow"]


def test_an_embedder_that_is_away_is_not_asked_where_nothing_waits(
    tmp_path: Path, narrow: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.library.cached_embedder.measured", None)
    library = Library(tmp_path / "library", [narrow], "", workers=1)
    library.process(ProgressSlot(), CancelToken())
    library.close()


def test_the_starter_is_not_measured(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.library.cached_embedder.measured", None)
    ingest(library, folder)
    assert space_of(library).scale == STARTER


def test_passages_are_as_similar_as_the_starter_finds_them(tmp_path: Path, folder: Path, narrow: OnnxEmbedder) -> None:
    library = Library(tmp_path / "other", [narrow], "", workers=1)
    ingest(library, folder)
    boiler, lease = Searcher(library).search(QUESTION, 2)
    space = space_of(library)
    vector = space.of_question(QUESTION).vector
    cosines = dict(space.nearest(vector, 2))
    library.close()
    assert min(cosines.values()) > 0.4
    # The starter itself finds them alike by 0.73 and 0.15, and their words met by 0.86 and 0.20.
    assert (boiler.path, lease.path) == (str(folder / "boiler.txt"), str(folder / "lease.txt"))
    assert boiler.meaning == pytest.approx(0.73, abs=0.2)
    assert lease.meaning < 0.3
    assert boiler.met == pytest.approx(max(boiler.sentences)) == pytest.approx(0.86, abs=0.2)
    assert lease.met < 0.4
