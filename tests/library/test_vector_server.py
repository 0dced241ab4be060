"""A library whose vector index is kept by a real Chroma server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chromadb
import numpy as np
import pytest
from chromadb.api import ClientAPI
from chromadb.config import Settings
from papers import BOILER, LEASE, ingest, space_of, words

from app.domain.errors import EnvironmentFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.library import Library
from app.library.vectors import ServedIndex
from app.models.runtimes.onnx import OnnxEmbedder
from app.security.policy import Server, ServerKind
from tests.conftest import ChromaServer


@contextmanager
def opened(folder: Path, embedder: OnnxEmbedder, server: Server | None) -> Iterator[Library]:
    library = Library(folder / "library", [embedder], "", 2, server)
    try:
        yield library
    finally:
        library.close()


def nearest(library: Library, embedder: OnnxEmbedder, question: str) -> list[str]:
    found = space_of(library).nearest(embedder.embed_queries([question])[0], 1)
    return [chunk.chunk.text for chunk in library.chunks([key for key, _ in found])]


def check(library: Library) -> None:
    library.check(ProgressSlot(), CancelToken())


def administrator(server: Server) -> ClientAPI:
    settings = Settings(chroma_http_max_keepalive_connections=0)
    return chromadb.HttpClient(server.host, server.port, settings=settings)


def collections(server: Server) -> int:
    return int(administrator(server).count_collections())


def test_an_index_on_a_server_answers_like_any_other(chroma_server: ChromaServer) -> None:
    index = ServedIndex(chroma_server.server, "lectern-test")
    known = np.random.default_rng(1).standard_normal((300, 16)).astype(np.float32)
    index.add(range(1, 301), known)
    index.delete([7, 8])
    assert index.count() == 298
    assert index.ids() == set(range(1, 301)) - {7, 8}
    ((key, similarity),) = index.nearest(known[41], 1)
    assert key == 42
    assert similarity == pytest.approx(1.0, abs=1e-4)
    index.destroy()
    assert collections(chroma_server.server) == 0


def test_it_is_found_there_and_no_vectors_lie_in_the_library(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, chroma_server: ChromaServer
) -> None:
    with opened(tmp_path, embedder, chroma_server.server) as library:
        ingest(library, folder)
        assert library.status().vectors == 2
        assert nearest(library, embedder, "Who pays for the room?") == [LEASE]
    assert not (tmp_path / "library" / "vectors").exists()
    with opened(tmp_path, embedder, chroma_server.server) as library:
        check(library)
        assert nearest(library, embedder, "How often is the heating looked at?") == [BOILER]
    assert collections(chroma_server.server) == 1


def test_what_is_erased_leaves_the_server(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, chroma_server: ChromaServer
) -> None:
    with opened(tmp_path, embedder, chroma_server.server) as library:
        ingest(library, folder)
        library.erase(folder / "lease.txt")
        assert library.status().vectors == 1
        assert nearest(library, embedder, "Who pays for the room?") == [BOILER]
    assert collections(chroma_server.server) == 1


def test_what_a_rebuild_that_was_cut_short_left_goes_with_the_next(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, chroma_server: ChromaServer
) -> None:
    with opened(tmp_path, embedder, chroma_server.server) as library:
        ingest(library, folder)
        client = administrator(chroma_server.server)
        (name,) = (collection.name for collection in client.list_collections())
        client.create_collection(name.replace("-1-", "-7-", 1))
        client.create_collection("lectern-of-somebody-else")
        library.rebuild(ProgressSlot(), CancelToken())
        assert library.status().vectors == 2
    assert collections(chroma_server.server) == 2


def test_libraries_share_a_server(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, chroma_server: ChromaServer
) -> None:
    server = chroma_server.server
    with opened(tmp_path / "one", embedder, server) as one, opened(tmp_path / "two", embedder, server) as two:
        ingest(one, folder)
        ingest(two, folder / "boiler.txt")
        assert (one.status().vectors, two.status().vectors) == (2, 1)
        one.rebuild(ProgressSlot(), CancelToken())
        assert (one.status().vectors, two.status().vectors) == (2, 1)


def test_a_library_moves_to_a_server_and_back(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, chroma_server: ChromaServer
) -> None:
    for server in (None, chroma_server.server, None):
        with opened(tmp_path, embedder, server) as library:
            if server is None:
                ingest(library, folder)
            check(library)
            assert library.status().vectors == 2
            assert nearest(library, embedder, "Who pays for the room?") == [LEASE]
            assert any((tmp_path / "library").glob("vectors/*")) == (server is None)


def test_a_collection_that_was_removed_is_made_again(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, chroma_server: ChromaServer
) -> None:
    with opened(tmp_path, embedder, chroma_server.server) as library:
        ingest(library, folder)
    client = administrator(chroma_server.server)
    for collection in client.list_collections():
        client.delete_collection(collection.name)
    with opened(tmp_path, embedder, chroma_server.server) as library:
        check(library)
        assert library.status().vectors == 2


def test_without_the_server_documents_are_found_by_words_and_nothing_is_lost(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, chroma_server: ChromaServer
) -> None:
    with opened(tmp_path, embedder, chroma_server.server) as library:
        ingest(library, folder / "boiler.txt")
        chroma_server.stop()
        with pytest.raises(EnvironmentFault, match=chroma_server.server.url) as caught:
            ingest(library, folder / "lease.txt")
        assert caught.value.remedy
        assert nearest(library, embedder, "Who pays for the room?") == []
        assert words(library, "lodger") == [str(folder / "lease.txt")]
        chroma_server.start()
        ingest(library, folder)
        assert library.status().vectors == 2
        assert nearest(library, embedder, "Who pays for the room?") == [LEASE]


def test_a_server_that_is_not_there_at_the_start_is_named(tmp_path: Path, folder: Path, embedder: OnnxEmbedder) -> None:
    with opened(tmp_path, embedder, Server(ServerKind.CHROMA, "http://127.0.0.1:9")) as library:
        with pytest.raises(EnvironmentFault, match="//127"):
            ingest(library, folder)
        assert words(library, "lodger") == [str(folder / "lease.txt")]
