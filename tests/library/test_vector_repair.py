"""The vector index is mended, or made again, when it differs from the ledger."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from papers import space_of

from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.library.vectors import VectorIndex
from app.models.packs import starter_embedder
from app.models.runtimes.onnx import OnnxEmbedder

SUBJECTS = ("boiler", "crane", "ferry", "kiln", "loom", "mill", "pump", "turbine")


@pytest.fixture
def filled(tmp_path: Path, embedder: OnnxEmbedder) -> Path:
    """The folder of a closed library with eight documents."""
    papers = tmp_path / "papers"
    papers.mkdir()
    for subject in SUBJECTS:
        (papers / f"{subject}.txt").write_text(f"The {subject} is inspected by the master once a year.")
    library = Library(tmp_path / "library", [embedder], "", workers=2)
    library.ingest([papers], ProgressSlot(), CancelToken())
    library.close()
    return tmp_path / "library"


def index_of(folder: Path) -> VectorIndex:
    (generation,) = (folder / "vectors").iterdir()
    (name,) = _rows(generation / "chroma.sqlite3", "SELECT name FROM collections")
    return VectorIndex(generation, name)


def _rows(file: Path, sql: str) -> list[str]:
    with closing(sqlite3.connect(file)) as connection:
        return [row[0] for row in connection.execute(sql)]


def reopened(folder: Path, embedder: OnnxEmbedder) -> Library:
    library = Library(folder, [embedder], "", workers=2)
    library.process(ProgressSlot(), CancelToken())
    return library


def assert_whole(library: Library, embedder: OnnxEmbedder) -> None:
    assert library.status().vectors == library.status().chunks == len(SUBJECTS)
    for subject in SUBJECTS:
        vector = embedder.embed_queries([f"Who inspects the {subject}?"])[0]
        nearest = library.chunks([space_of(library).nearest(vector, 1)[0][0]])[0]
        assert subject in nearest.chunk.text
    library.close()


def test_missing_vectors_are_put_back(filled: Path, embedder: OnnxEmbedder) -> None:
    index = index_of(filled)
    index.delete(sorted(index.ids())[:3])
    index.close()
    assert_whole(reopened(filled, embedder), embedder)


def test_vectors_of_no_chunk_are_dropped(filled: Path, embedder: OnnxEmbedder) -> None:
    index = index_of(filled)
    index.add([999_999], np.ones((1, embedder.recipe.dimensions), dtype=np.float32))
    index.close()
    assert_whole(reopened(filled, embedder), embedder)


def test_a_lost_index_is_made_again_for_a_search_alone(filled: Path, embedder: OnnxEmbedder) -> None:
    shutil.rmtree(filled / "vectors")
    library = Library(filled, [embedder], "", workers=2)
    library.check(ProgressSlot(), CancelToken())
    assert_whole(library, embedder)


def test_wrong_vectors_are_noticed_and_the_index_made_again(filled: Path, embedder: OnnxEmbedder) -> None:
    index = index_of(filled)
    ids = sorted(index.ids())
    index.delete(ids)
    rng = np.random.default_rng(1)
    index.add(ids, rng.standard_normal((len(ids), embedder.recipe.dimensions)).astype(np.float32))
    index.close()
    assert_whole(reopened(filled, embedder), embedder)


def test_a_lost_index_is_made_again_without_the_documents(filled: Path, embedder: OnnxEmbedder) -> None:
    shutil.rmtree(filled / "vectors")
    shutil.rmtree(filled.parent / "papers")
    assert_whole(reopened(filled, embedder), embedder)


@pytest.mark.parametrize("spoilt", ["chroma.sqlite3", "header.bin", "data_level0.bin", "index_metadata.pickle"])
def test_a_spoilt_index_is_made_again(filled: Path, embedder: OnnxEmbedder, spoilt: str) -> None:
    # Chroma writes its HNSW files only after a thousand vectors: fill up with some more.
    index = index_of(filled)
    rng = np.random.default_rng(2)
    fill = rng.standard_normal((1_500, embedder.recipe.dimensions)).astype(np.float32)
    index.add(range(1_000_000, 1_001_500), fill)
    index.close()
    files = list((filled / "vectors").rglob(spoilt))
    assert files
    for file in files:
        file.write_bytes(b"spoilt" * 100)
    assert_whole(reopened(filled, embedder), embedder)


def test_rebuild_uses_the_cache_alone(filled: Path, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(filled, [embedder], "", workers=2)
    monkeypatch.setattr(embedder, "embed_batches", lambda _: pytest.fail("a text was embedded again"))
    assert library.rebuild(ProgressSlot(), CancelToken()) == len(SUBJECTS)
    monkeypatch.undo()
    assert_whole(library, embedder)


def test_link_files_that_outgrew_their_data_are_thrown_away(filled: Path, embedder: OnnxEmbedder) -> None:
    segment = next((filled / "vectors").iterdir()) / "segment"
    segment.mkdir()
    (segment / "data_level0.bin").write_bytes(b"x" * 10)
    (segment / "link_lists.bin").write_bytes(b"x" * 1_000)
    assert_whole(reopened(filled, embedder), embedder)
    assert not segment.exists()


def test_another_recipe_never_meets_the_old_vectors(filled: Path) -> None:
    pack = starter_embedder()
    other = OnnxEmbedder(replace(pack, recipe=replace(pack.recipe, document_prefix="text: ")), 2)
    library = reopened(filled, other)
    assert library.status().vectors == library.status().chunks == len(SUBJECTS)
    library.close()
