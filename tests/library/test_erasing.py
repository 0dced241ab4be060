"""What is erased leaves no trace in any file of the library."""

from pathlib import Path

import pytest
from papers import LEASE, ingest, space_of, words

from app.domain.errors import EnvironmentFault, UsageFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.ledger import Ledger
from app.library.library import Library
from app.models.runtimes.onnx import OnnxEmbedder


def test_erased_for_good(library: Library, folder: Path) -> None:
    ingest(library, folder)
    assert library.erase(folder / "lease.txt") == 1
    kept = b"".join(file.read_bytes() for file in library.folder.rglob("*") if file.is_file())
    assert b"lodger" not in kept
    assert b"lease" not in kept
    assert b"inspector" in kept
    assert words(library, "lodger") == []
    assert library.status().vectors == library.status().chunks == 1
    with pytest.raises(UsageFault):
        library.erase(folder / "lease.txt")


def test_nothing_of_the_last_document_stays_either(library: Library, folder: Path) -> None:
    ingest(library, folder)
    vectors = [vector.tobytes() for vector in space_of(library).of_chunks([1, 2]).values()]
    signs = list(space_of(library).signs_of_chunks([1, 2]).values())
    assert len(vectors) == len(signs) == 2
    assert library.erase(folder) == 2
    kept = b"".join(file.read_bytes() for file in library.folder.rglob("*") if file.is_file())
    for trace in (b"lodger", b"inspector", b"papers", *vectors, *signs):
        assert trace not in kept


def test_an_erasure_that_was_cut_short_is_finished_later(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_ledger: Ledger) -> None:
        raise EnvironmentFault("The disk is full.")

    ingest(library, folder)
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "compact", full)
        with pytest.raises(EnvironmentFault, match="full"):
            library.erase(folder / "lease.txt")
    assert words(library, "lodger") == []
    assert library.erase(folder / "lease.txt") == 0
    kept = b"".join(file.read_bytes() for file in library.folder.rglob("*") if file.is_file())
    assert b"lodger" not in kept
    with pytest.raises(UsageFault):
        library.erase(folder / "lease.txt")


def test_what_an_interrupted_erasure_left_goes_when_the_index_is_checked(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(library, folder)
    with monkeypatch.context() as patched:
        patched.setattr(Library, "_finish_erasing", lambda _: None)
        library.erase(folder / "lease.txt")
    stale = library.folder / "vectors" / "stale"
    stale.mkdir()
    library.check(ProgressSlot(), CancelToken())
    assert not stale.exists()
    kept = b"".join(file.read_bytes() for file in library.folder.rglob("*") if file.is_file())
    assert b"lodger" not in kept


def test_vectors_go_too_where_the_model_is_missing_now(tmp_path: Path, folder: Path, embedder: OnnxEmbedder) -> None:
    place = tmp_path / "library"
    library = Library(place, [embedder], "", workers=1)
    ingest(library, folder)
    vectors = [vector.tobytes() for vector in space_of(library).of_chunks([1, 2]).values()]
    library.close()
    library = Library(place, [], "", workers=1)
    library.erase(folder)
    library.close()
    kept = b"".join(file.read_bytes() for file in place.rglob("*") if file.is_file())
    assert not [vector for vector in vectors if vector in kept]
    library = Library(place, [embedder], "", workers=1)
    assert ingest(library, folder).indexed == 2
    library.close()


def test_a_document_held_twice_stays_until_its_last_path_goes(library: Library, folder: Path) -> None:
    (folder / "copy.txt").write_text(LEASE)
    ingest(library, folder)
    assert library.erase(folder / "lease.txt") == 0
    assert words(library, "lodger") == [str(folder / "copy.txt")]
    assert library.erase(folder) == 2
    assert library.status().documents == library.status().vectors == 0
