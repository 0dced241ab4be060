"""Another embedder takes over while the library is in use."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from papers import ingest, space_of

from app.domain.errors import Cancelled, EnvironmentFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.library.cached_embedder import key_of
from app.library.library import Library
from app.models.batches import EmbeddedBatch
from app.models.packs import starter_embedder
from app.models.runtimes.onnx import OnnxEmbedder

ANEW = "Learning the meaning anew"
QUESTION = "How often is the boiler looked at?"


class Other(OnnxEmbedder):
    """The starter model with a prefix of its own and shorter vectors: none of its vectors is one of the starter's."""

    def __init__(self) -> None:
        pack = starter_embedder()
        recipe = replace(pack.recipe, document_prefix="text: ")
        super().__init__(replace(pack, id="other", name="Other", recipe=recipe), 2, dimensions=128)
        self.embedded: list[str] = []

    def embed_batches(self, texts: Sequence[str]) -> Generator[EmbeddedBatch, None, None]:
        self.embedded += texts
        return super().embed_batches(texts)


class Watched(ProgressSlot):
    """Calls back when the meaning is learnt anew."""

    def __init__(self, watch: Callable[[], object]) -> None:
        super().__init__()
        self._watch = watch

    def report(self, stage: str, done: int, total: int, unit: str, item: str = "") -> None:
        super().report(stage, done, total, unit, item)
        assert done <= total
        if stage == ANEW:
            self._watch()


@pytest.fixture
def other() -> Other:
    return Other()


@pytest.fixture
def filled(library: Library, folder: Path) -> Library:
    ingest(library, folder)
    return library


def found(library: Library) -> str:
    space = space_of(library)
    ((chunk, _), *_) = space.nearest(space.of_question(QUESTION).vector, 2)
    return library.chunks([chunk])[0].path


def assert_found_with(library: Library, embedder: OnnxEmbedder) -> None:
    status = library.status()
    assert (status.embedder, status.successor) == (embedder.name, "")
    assert status.vectors == status.chunks > 0
    assert space_of(library).of_question(QUESTION).vector.shape == (embedder.dimensions,)
    assert found(library).endswith("boiler.txt")


def test_the_one_in_use_serves_until_the_other_has_learnt_everything(
    filled: Library, embedder: OnnxEmbedder, other: Other
) -> None:
    seen: list[str] = []
    before = space_of(filled)
    filled.use(other)
    assert filled.status().successor == "Other, 128 dimensions"
    filled.process(Watched(lambda: seen.append(f"{found(filled)} {space_of(filled).key}")), CancelToken())
    assert seen
    assert all(words.endswith(f"boiler.txt {key_of(embedder)}") for words in seen)
    assert_found_with(filled, other)
    assert not embedder.loaded
    # A question that began before is answered by words.
    assert before.nearest(before.of_question(QUESTION).vector, 2) == []


def test_what_was_stopped_goes_on_after_the_library_is_opened_again(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, other: Other
) -> None:
    for number in range(150):
        (folder / f"{number}.txt").write_text(f"The room {number} is swept by the porter of floor {number // 10}.")
    library = Library(tmp_path / "library", [embedder, other], "", workers=2)
    ingest(library, folder)
    library.use(other)
    cancel = CancelToken()
    with pytest.raises(Cancelled):
        library.process(Watched(cancel.cancel), cancel)
    assert found(library).endswith("boiler.txt")
    library.close()
    first = len(other.embedded)

    library = Library(tmp_path / "library", [embedder, other], "", workers=2)
    assert library.status().successor == other.name
    library.process(ProgressSlot(), CancelToken())
    assert_found_with(library, other)
    assert first == 152
    assert 0 < len(other.embedded) - first < 152
    library.close()
    library = Library(tmp_path / "library", [embedder, other], "", workers=2)
    assert_found_with(library, other)
    library.close()


def test_what_is_added_meanwhile_is_found_meanwhile(filled: Library, folder: Path, other: Other) -> None:
    filled.use(other)
    (folder / "crane.txt").write_text("The crane in the yard lifts nine tonnes.")
    report = ingest(filled, folder)
    assert report.indexed == 1
    assert_found_with(filled, other)
    assert len(other.embedded) == 3


def test_going_back_embeds_nothing(
    filled: Library, embedder: OnnxEmbedder, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.use(other)
    filled.process(ProgressSlot(), CancelToken())
    monkeypatch.setattr(OnnxEmbedder, "embed_batches", lambda *_: pytest.fail("a text was embedded again"))
    filled.use(embedder)
    filled.process(ProgressSlot(), CancelToken())
    assert_found_with(filled, embedder)


def test_to_use_the_one_in_use_ends_the_change(filled: Library, embedder: OnnxEmbedder, other: Other) -> None:
    filled.use(other)
    filled.use(embedder)
    filled.process(ProgressSlot(), CancelToken())
    assert_found_with(filled, embedder)
    assert other.embedded == []


def test_one_that_does_not_work_leaves_everything_as_it_is(
    filled: Library, embedder: OnnxEmbedder, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_texts: Sequence[str]) -> Generator[EmbeddedBatch, None, None]:
        raise EnvironmentFault("The model Other cannot be loaded.")

    with monkeypatch.context() as patch:
        patch.setattr(other, "embed_batches", fail)
        filled.use(other)
        with pytest.raises(EnvironmentFault, match="Other"):
            filled.process(ProgressSlot(), CancelToken())
    assert found(filled).endswith("boiler.txt")
    assert filled.status().embedder == embedder.name
    filled.process(ProgressSlot(), CancelToken())
    assert_found_with(filled, other)


def test_an_old_library_stays_with_its_own(tmp_path: Path, folder: Path, embedder: OnnxEmbedder, other: Other) -> None:
    library = Library(tmp_path / "library", [embedder], "", workers=2)
    ingest(library, folder)
    library.close()
    library = Library(tmp_path / "library", [other, embedder], "", workers=2)
    library.process(ProgressSlot(), CancelToken())
    assert library.missing_embedder == ""
    assert_found_with(library, embedder)
    library.close()


def test_where_its_own_is_gone_the_best_at_hand_takes_over(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, other: Other
) -> None:
    library = Library(tmp_path / "library", [other, embedder], "", workers=2)
    ingest(library, folder)
    assert_found_with(library, other)
    library.close()
    library = Library(tmp_path / "library", [embedder], "", workers=2)
    assert library.missing_embedder == other.name
    library.process(ProgressSlot(), CancelToken())
    assert_found_with(library, embedder)
    library.close()
    library = Library(tmp_path / "library", [other, embedder], "", workers=2)
    assert library.missing_embedder == ""
    assert_found_with(library, embedder)
    library.close()


def test_a_text_that_stands_twice_is_learnt_once(filled: Library, folder: Path, other: Other) -> None:
    lease = (folder / "lease.txt").read_text()
    for name in ("a.md", "b.md"):
        (folder / name).write_text(f"# {name}\n\n{lease}")
    ingest(filled, folder)
    filled.use(other)
    filled.process(ProgressSlot(), CancelToken())
    assert len(other.embedded) == len(set(other.embedded))
    assert_found_with(filled, other)


def test_texts_leave_this_program_only_when_that_was_asked_for_in_this_library(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Other, "served", True)
    library = Library(tmp_path / "library", [other], "", workers=2)
    ingest(library, folder)
    assert (library.space, other.embedded) == (None, [])
    library.use(other)
    assert ingest(library, folder).indexed == 2
    assert_found_with(library, other)
    library.close()
    library = Library(tmp_path / "library", [embedder, other], "", workers=2)
    assert_found_with(library, other)
    library.close()
    library = Library(tmp_path / "another", [other, embedder], "", workers=2)
    assert space_of(library).key == key_of(embedder)
    library.close()


def test_one_that_was_to_take_over_is_not_asked_once_another_was_chosen_without_it(
    tmp_path: Path, folder: Path, embedder: OnnxEmbedder, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = Library(tmp_path / "library", [embedder, other], "", workers=2)
    ingest(library, folder)
    library.use(other)
    library.close()
    monkeypatch.setattr(OnnxEmbedder, "served", True)
    third = OnnxEmbedder(replace(starter_embedder(), id="third", name="Third", sha256=embedder.model_hash), 2, 64)
    library = Library(tmp_path / "library", [other, third], "", workers=2)
    assert library.space is None
    library.use(third)
    assert library.missing_embedder == ""
    library.process(ProgressSlot(), CancelToken())
    assert_found_with(library, third)
    assert other.embedded == []
    library.close()
