import os
from collections.abc import Generator, Sequence
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from papers import BOILER, LEASE, ingest, space_of, words

from app.documents.pool import ParseResult, ParserPool
from app.domain.documents import DocumentState
from app.domain.errors import Cancelled, EnvironmentFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.contents import Contents
from app.library.embeddings import EmbeddingCache
from app.library.ledger import Ledger
from app.library.library import Library
from app.models.batches import EmbeddedBatch
from app.models.runtimes.onnx import OnnxEmbedder


def made_pdf(line: str, created: str = "D:20240229120000Z") -> bytes:
    content = f"BT /F1 12 Tf 72 700 Td ({line}) Tj ET".encode()
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</CreationDate(%s)>>" % created.encode(),
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj%s endobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 7\n0000000000 65535 f \n"
    return data + head + table + b"trailer<</Size 7/Root 1 0 R/Info 6 0 R>>\nstartxref\n%d\n%%%%EOF" % len(data)


@pytest.mark.parametrize(
    ("created", "day"),
    [("D:20190503101010Z", date(2019, 5, 3)), ("yesterday", date(2021, 1, 2)), ("D:20199903", date(2021, 1, 2))],
    ids=["its own", "of its file", "of its file, for its own is none"],
)
def test_a_document_has_a_day(library: Library, tmp_path: Path, created: str, day: date) -> None:
    file = tmp_path / "fees.pdf"
    file.write_bytes(made_pdf("The fee is 12 crowns.", created))
    changed = datetime(2021, 1, 2, 12).timestamp()  # in local time, as people know it
    os.utime(file, (changed, changed))
    ingest(library, file)
    (entry,) = library.entries()
    assert library.day_of(entry.sha256) == day
    assert library.day_of("0" * 64) is None


def meaning(library: Library, embedder: OnnxEmbedder, question: str) -> list[str]:
    found = space_of(library).nearest(embedder.embed_queries([question])[0], 10)
    return [chunk.path for chunk in library.chunks([key for key, _ in found])]


def test_a_folder_becomes_searchable_by_words_and_meaning(
    library: Library, embedder: OnnxEmbedder, folder: Path
) -> None:
    report = ingest(library, folder)
    assert (report.files, report.documents, report.indexed, report.unchanged) == (2, 2, 2, 0)
    assert report.skipped == ()
    assert report.pages == 2
    assert report.chunks == library.status().vectors == library.status().chunks
    assert report.tokens > 0
    assert words(library, "inspector") == [str(folder / "boiler.txt")]
    assert meaning(library, embedder, "When is the heating checked?")[0] == str(folder / "boiler.txt")
    assert {entry.state for entry in library.entries()} == {DocumentState.INDEXED}


def test_an_unchanged_file_is_not_opened_again(library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest(library, folder)
    monkeypatch.setattr(ParserPool, "parse", lambda *_: pytest.fail("a parser was asked"))
    report = ingest(library, folder)
    assert (report.files, report.unchanged, report.indexed, report.tokens) == (2, 2, 0, 0)


def test_same_bytes_at_two_paths_are_one_document(library: Library, folder: Path) -> None:
    (folder / "copy").mkdir()
    (folder / "copy" / "other name.txt").write_text(BOILER)
    assert ingest(library, folder).documents == 2
    assert library.status().paths == 3
    assert {
        entry.sha256 for entry in library.entries() if "boiler" in entry.path or "copy" in entry.path
    }.__len__() == 1


def test_same_name_with_other_bytes_is_another_document(library: Library, folder: Path) -> None:
    (folder / "copy").mkdir()
    (folder / "copy" / "boiler.txt").write_text(LEASE + " The landlord agrees.")
    assert ingest(library, folder).documents == 3


def test_a_changed_file_replaces_its_old_version(library: Library, embedder: OnnxEmbedder, folder: Path) -> None:
    ingest(library, folder)
    before = library.status()
    (folder / "boiler.txt").write_text("The turbine was sold to a museum.")
    report = ingest(library, folder)
    assert (report.unchanged, report.indexed) == (1, 1)
    assert words(library, "inspector") == []
    assert words(library, "museum") == [str(folder / "boiler.txt")]
    assert library.status().documents == before.documents
    assert library.status().vectors == library.status().chunks
    assert meaning(library, embedder, "Where did the turbine go?")[0] == str(folder / "boiler.txt")


def test_a_changed_file_is_not_shown_as_the_document_it_was(library: Library, folder: Path) -> None:
    ingest(library, folder)
    document = next(entry.sha256 for entry in library.entries() if entry.path.endswith("boiler.txt"))
    assert library.file(document) == folder / "boiler.txt"
    (folder / "boiler.txt").write_text(BOILER.replace("ninety", "ninety-nine"))
    assert library.file(document) is None
    (folder / "boiler.txt").unlink()
    assert library.file(document) is None


def test_a_misnamed_file_is_read_once_it_has_its_right_name(library: Library, folder: Path) -> None:
    (folder / "wrong.txt").write_bytes(made_pdf("The capstan needs grease."))
    assert [skipped.reason for skipped in ingest(library, folder).skipped] == ["binary"]
    (folder / "wrong.txt").rename(folder / "right.pdf")
    assert ingest(library, folder).skipped == ()
    assert words(library, "capstan") == [str(folder / "right.pdf")]


def test_words_come_before_meaning(library: Library, folder: Path) -> None:
    """Stopped at the first round of embedding, everything can be found by words."""

    class StopAtEmbedding(ProgressSlot):
        def report(self, stage: str, done: int, total: int, unit: str, item: str = "") -> None:
            super().report(stage, done, total, unit, item)
            if done == total and unit == "files":
                cancel.cancel()

    cancel = CancelToken()
    with pytest.raises(Cancelled):
        library.ingest([folder], StopAtEmbedding(), cancel)
    assert words(library, "inspector") == [str(folder / "boiler.txt")]
    assert {entry.state for entry in library.entries()} == {DocumentState.PARSED}
    assert library.status().vectors == 0
    assert library.process(ProgressSlot(), CancelToken()).indexed == 2
    assert library.status().vectors == library.status().chunks


def test_what_was_embedded_before_a_stop_is_not_embedded_again(
    library: Library, tmp_path: Path, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = tmp_path / "papers"
    papers.mkdir()
    for number in range(300):
        (papers / f"{number}.txt").write_text(f"Boiler {number} was inspected on day {number * 7}.")

    class StopAmid(ProgressSlot):
        def report(self, stage: str, done: int, total: int, unit: str, item: str = "") -> None:
            super().report(stage, done, total, unit, item)
            if unit == "passages" and done >= 150:
                cancel.cancel()

    cancel = CancelToken()
    with pytest.raises(Cancelled):
        library.ingest([papers], StopAmid(), cancel)
    written = library.status().vectors
    assert 64 <= written < 300
    states = [entry.state for entry in library.entries()]
    assert states.count(DocumentState.INDEXED) == written

    sent: list[str] = []

    def counted(texts: Sequence[str]) -> Generator[EmbeddedBatch, None, None]:
        sent.extend(texts)
        return OnnxEmbedder.embed_batches(embedder, texts)

    monkeypatch.setattr(embedder, "embed_batches", counted)
    library.process(ProgressSlot(), CancelToken())
    assert len(sent) <= 150
    assert library.status().vectors == library.status().chunks == 300


def test_a_document_that_goes_while_its_round_is_embedded_leaves_the_others_their_vectors(
    library: Library, folder: Path, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = EmbeddingCache.known

    def meanwhile(cache: EmbeddingCache, texts: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        if texts:
            Contents(library._ledger).forget([folder / "boiler.txt"])
        return known(cache, texts)

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddingCache, "known", meanwhile)
        ingest(library, folder)
    assert library.status().chunks == 1
    ingest(library, folder)
    for word, text in (("lodger", LEASE), ("inspector", BOILER)):
        (key,) = [key for key, _ in library.find_words(word, 2)]
        assert float(space_of(library).of_chunks([key])[key] @ embedder.embed_documents([text])[0]) > 0.99


def test_the_text_of_a_chunk_is_what_its_spans_cut_out_of_the_pages(library: Library, folder: Path) -> None:
    ingest(library, folder)
    for chunk in library.chunks([key for key, _ in library.find_words("rent OR boiler", 10)]):
        page = library.page(chunk.document, chunk.chunk.spans[0].page)
        span = chunk.chunk.spans[0]
        assert page.text[span.start : span.end] in chunk.chunk.text
        for start, end in chunk.chunk.sentences:
            (place,) = chunk.chunk.locate(start, end)
            assert page.text[place.start : place.end] == chunk.chunk.text[start:end]


def test_bad_files_are_named_with_their_reason_and_the_rest_goes_on(library: Library, folder: Path) -> None:
    (folder / "empty.txt").touch()
    (folder / "photo.xyz").write_bytes(b"\x00\x01")
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere.txt").symlink_to(folder / "nothing.txt")
    (folder / "itself.txt").symlink_to(folder / "itself.txt")
    os.mkfifo(folder / "pipe.txt")
    report = ingest(library, folder)
    reasons = {Path(skipped.path).name: skipped.reason for skipped in report.skipped}
    assert reasons == {
        "empty.txt": "empty",
        "photo.xyz": "unsupported",
        "loop": "symlink_loop",
        "nowhere.txt": "vanished",
        "itself.txt": "symlink_loop",
        "pipe.txt": "not_a_file",
    }
    assert all(skipped.detail for skipped in report.skipped)
    assert report.indexed == 2
    again = ingest(library, folder)
    assert {Path(skipped.path).name: skipped.reason for skipped in again.skipped} == reasons


def test_a_second_program_is_told_that_the_library_is_open(library: Library) -> None:
    with pytest.raises(EnvironmentFault, match="open in another"):
        Library(library.folder, [], "", workers=1)


def test_without_an_embedder_documents_are_found_by_words(tmp_path: Path, folder: Path) -> None:
    library = Library(tmp_path / "plain", [], "", workers=1)
    report = ingest(library, folder)
    assert (report.documents, report.indexed) == (2, 0)
    assert words(library, "inspector")
    assert library.space is None
    library.close()


def test_collections(library: Library, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "single.txt").write_text("One more paper about the harbour.")
    ingest(library, folder, tmp_path / "single.txt")
    assert library.collections() == ["Documents", "papers"]


def test_words_of_one_document_only(library: Library, folder: Path) -> None:
    ingest(library, folder)
    (lease,) = (entry.sha256 for entry in library.entries() if entry.path.endswith("lease.txt"))
    everywhere = library.find_words("the", 10)
    here = library.find_words("the", 10, library.of_document(lease))
    assert {chunk.document for chunk in library.chunks([key for key, _ in here])} == {lease}
    assert len(here) < len(everywhere)
    assert library.find_words("the", 10, library.of_document("of no document")) == []


def test_bytes_that_stop_being_known_while_they_are_looked_at_are_read_again(library: Library, folder: Path) -> None:
    ingest(library, folder)
    (boiler,) = (entry.sha256 for entry in library.entries() if entry.path.endswith("boiler.txt"))
    copy = folder / "copy.txt"
    copy.write_text(BOILER)
    library.add([copy], CancelToken())
    with closing(Ledger(library.folder / "ledger.sqlite")) as ledger:
        contents = Contents(ledger)
        contents.forget([folder / "boiler.txt"])
        contents.keep([ParseResult(copy, None, boiler, document=None, fault=None)])
    assert library.status().queued == 1
    library.process(ProgressSlot(), CancelToken())
    assert words(library, "inspector") == [str(copy)]


@pytest.mark.parametrize("broken", ["govern-\nment", "govern- \nment", "govern\u00ad\nment", "govern\u00adment"])
def test_a_word_that_a_line_end_breaks_is_found_whole(library: Library, tmp_path: Path, broken: str) -> None:
    (tmp_path / "paper.txt").write_text(f"It is the {broken} that pays for the harbour.")
    ingest(library, tmp_path / "paper.txt")
    assert words(library, "government") == [str(tmp_path / "paper.txt")]
