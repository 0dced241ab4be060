"""Which reranker ranks what is found: by size, memory and time; and another that takes over."""

from collections.abc import Callable
from pathlib import Path

import pytest
from packed import manifest, onnx, pack, reranker

from app.bootstrap import open_shelf
from app.domain.fit import Fit, Settings, Verdict
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.chosen_reranker import LONGEST, ChosenReranker, RerankerChoice, choose_reranker
from app.models.importing import source_of
from app.models.packs import RerankerPack
from app.models.records import Records
from app.models.reranker import Reranker
from app.models.runtimes.onnx import OnnxReranker
from app.models.standing import Standing

MIB = 1 << 20


def standing(name: str, size: int, verdict: Verdict = Verdict.FITS) -> Standing:
    model = Path("nowhere") / name
    found = RerankerPack(name, name.title(), model.with_suffix(".onnx"), name, model, 512, model)
    return Standing(found, "", 0, Fit(verdict, Settings(0, 0, "f16", 2), size * MIB, 0, 0, None, None, ""))


SMALL, LARGE = standing("small", 300), standing("large", 900)


def chosen(memory: int = 2_000, **seconds: float) -> RerankerChoice:
    return choose_reranker([SMALL, LARGE], memory * MIB, seconds.get)


def test_the_largest_that_is_quick_enough_ranks() -> None:
    first = chosen()
    assert (first.chosen, first.memory) == (LARGE.pack, 900 * MIB)
    assert first.why == "Large ranks what is found. How long it takes shows with the first questions."
    assert chosen(large=LONGEST).chosen == LARGE.pack
    slow = chosen(large=2.62, small=0.4)
    assert slow.chosen == SMALL.pack
    assert slow.why == (
        "Large is off. It takes 2.6 s for a question here, and more than 1 s is too long. "
        "Small ranks what is found. It takes 0.4 s for a question here."
    )


def test_what_does_not_fit_beside_the_other_models_is_off() -> None:
    assert chosen(memory=500).chosen == SMALL.pack
    none = chosen(memory=100)
    assert none.chosen is None
    assert "Large is off: it needs 800 MiB of memory more than the other models leave." in none.why
    assert "Small is off: it needs 200 MiB" in none.why


def test_one_that_cannot_be_read_is_said_to_be_so() -> None:
    found = choose_reranker([standing("gone", 0, Verdict.NO)], MIB, lambda _model: None)
    assert found == RerankerChoice(None, "Gone cannot be read.")


def test_without_any_there_is_nothing_to_say() -> None:
    assert choose_reranker([], MIB, lambda _model: None) == RerankerChoice(None, "")


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(tmp_path / "machine.json", "engine")


@pytest.fixture
def tell() -> dict[str, Callable[[float], None]]:
    """By the id of a model, what it tells when a question is done."""
    return {}


@pytest.fixture
def in_use(records: Records, tell: dict[str, Callable[[float], None]]) -> ChosenReranker:
    def made(found: RerankerPack, took: Callable[[float], None]) -> Reranker:
        tell[found.id] = took
        return OnnxReranker(found, 2, took)

    def choose(_taken: int) -> RerankerChoice:
        return choose_reranker([SMALL, LARGE], 2_000 * MIB, records.ranking_seconds)

    return ChosenReranker(choose, made, records.keep_ranking)


def id_of(found: ChosenReranker) -> str | None:
    reranker = found.get()
    return reranker.id if reranker else None


def test_one_that_turns_out_slow_gives_way_to_the_next(
    in_use: ChosenReranker, tell: dict[str, Callable[[float], None]]
) -> None:
    first = in_use.get()
    for _ in range(2):
        tell["large"](5.0)
    assert in_use.get() is first  # two questions tell nothing yet
    tell["large"](5.0)
    assert id_of(in_use) == "small"
    for _ in range(3):
        tell["small"](1.2)
    assert id_of(in_use) is None
    assert "Small is off. It takes 1.2 s" in in_use.choice.why


def test_one_slow_question_is_no_reason(in_use: ChosenReranker, tell: dict[str, Callable[[float], None]]) -> None:
    for seconds in (5.0, 0.5, 0.5, 0.5):
        tell["large"](seconds)
    assert id_of(in_use) == "large"
    assert "It takes 0.5 s" in in_use.choice.why


def test_what_it_took_is_kept_over_a_restart(records: Records, tmp_path: Path) -> None:
    assert all(records.keep_ranking("a", 0.1 * place) for place in range(1, 9))
    assert not records.keep_ranking("a", 9.0)  # the first questions count
    again = Records(tmp_path / "machine.json", "engine")
    assert again.ranking_seconds("a") == records.ranking_seconds("a") == pytest.approx(0.45)
    assert again.ranking_seconds("b") is None


def test_the_shelf_chooses_among_what_was_brought_in(tmp_path: Path) -> None:
    shelf = open_shelf(tmp_path / "models", tmp_path / "no policy")
    assert shelf.choose_reranker() == RerankerChoice(None, "")
    members, path = reranker(onnx()), tmp_path / "ranks.lpack"
    path.write_bytes(pack(manifest(members, id="ranks", name="Ranks", kind="reranker", truncation=512), members))
    installed = shelf.bring_in(source_of(str(path), CancelToken()), ProgressSlot(), CancelToken())
    assert shelf.choose_reranker().chosen == installed.pack
    shelf.store.set_limit(100 * MIB)
    assert shelf.choose_reranker().chosen is None
    assert shelf.choose_reranker(taken=1 << 40).chosen == installed.pack
