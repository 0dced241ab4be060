"""The choice weighs task, licence, language, speed and quality, never takes what does not fit, and says why."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.fit import Fit, Settings, Verdict
from app.models.candidates import candidates_of
from app.models.catalogue import Condition, Entry, Task, load_catalogue
from app.models.fit import Room
from app.models.recommendation import Candidate, Recommendation, Wish, hindrance, recommend, worth

FOLDER = Path(__file__).parents[2] / "resources" / "catalogue"
CATALOGUE = load_catalogue(FOLDER, FOLDER / "no keys")
ENTRIES = CATALOGUE.entries
SETTINGS = Settings(context=4096, batch=512, kv_type="f16", threads=2)
CHAT = Wish(Task.CHAT)
MIB = 1 << 20
QUANTISATIONS = ("Q3_K_M", "Q4_K_M", "Q5_K_M", "Q8_0")


def candidate(
    name: str,
    verdict: Verdict = Verdict.FITS,
    speed: tuple[float, float] | None = (8.0, 12.0),
    quantisation: str = "Q4_K_M",
    qualified: float | None = None,
    **changes: object,
) -> Candidate:
    deficit = 512 * MIB if verdict is Verdict.NO else 0
    fitted = Fit(verdict, SETTINGS, 1 << 30, 0, deficit, (50.0, 80.0), speed, "")
    return Candidate(changed(ENTRIES[name], **changes), quantisation, fitted, qualified)


def changed(entry: Entry, **changes: object) -> Entry:
    return replace(entry, **changes)  # type: ignore[arg-type]  # the tests name fields of the entry


def chosen(recommendation: Recommendation) -> str:
    assert recommendation.chosen is not None
    return recommendation.chosen.entry.id


SMALL, MIDDLE, LARGE = "qwen3-1.7b", "qwen3-4b", "qwen3-8b"


def test_the_largest_that_fits_is_taken_and_both_neighbours_are_answered_for() -> None:
    made = recommend([candidate(SMALL), candidate(MIDDLE), candidate(LARGE, Verdict.NO)], CHAT)
    assert chosen(made) == MIDDLE
    assert made.runner_up is not None
    assert made.runner_up.entry.id == SMALL
    assert made.why == (
        "Qwen 3 4B (Q4_K_M) is the best for chat that runs here (about 8 to 12 tokens a second); "
        "the next bigger, Qwen 3 8B, needs 512 MiB of memory more than models may have now; "
        "the next smaller, Qwen 3 1.7B, would know less."
    )


def test_the_only_model_has_no_neighbours_and_no_runner_up() -> None:
    made = recommend([candidate(SMALL, speed=None)], CHAT)
    assert made.runner_up is None
    assert made.why == "Qwen 3 1.7B (Q4_K_M) is the best for chat that runs here."


def test_nothing_known_and_nothing_able_are_said_as_they_are() -> None:
    assert recommend([], CHAT) == Recommendation(None, None, "No model is known.")
    made = recommend([candidate(SMALL, Verdict.NO), candidate("all-minilm-l6-v2")], CHAT)
    assert made.chosen is None
    assert made.why == (
        "No model for chat can be taken here: Qwen 3 1.7B needs 512 MiB of memory more than models may have now."
    )


@pytest.mark.parametrize(
    ("hindered", "wish", "why"),
    [
        (candidate(LARGE, good_for=frozenset({Task.CODE})), CHAT, "is not for chat"),
        (candidate(LARGE, speed=(0.5, 1.2)), CHAT, "at most 1.2 tokens a second"),
        (
            candidate(LARGE, languages=frozenset({"zh"})),
            Wish(Task.CHAT, frozenset({"de"})),
            "not made for the language de",
        ),
        (candidate(LARGE, qualified=0.2), CHAT, "only 20% of the built-in questions"),
        (candidate("llama-3.1-8b-instruct"), Wish(Task.CHAT, accepted=frozenset()), "limit of monthly users"),
        (candidate("gemma-2-9b-it"), Wish(Task.CHAT, accepted=frozenset({Condition.ATTRIBUTION})), "acceptable use"),
    ],
)
def test_what_is_bigger_but_does_not_do_is_passed_over_with_its_reason(
    hindered: Candidate, wish: Wish, why: str
) -> None:
    made = recommend([candidate(SMALL), hindered], wish)
    assert chosen(made) == SMALL
    assert why in made.why


def test_a_licence_is_taken_once_its_conditions_are_accepted() -> None:
    models = [candidate(MIDDLE), candidate("llama-3.1-8b-instruct")]
    assert chosen(recommend(models, Wish(Task.CHAT, accepted=frozenset()))) == MIDDLE
    assert chosen(recommend(models, CHAT)) == "llama-3.1-8b-instruct"


def test_measured_quality_weighs_more_than_size() -> None:
    made = recommend([candidate(MIDDLE, qualified=0.9), candidate(LARGE, qualified=0.7)], CHAT)
    assert chosen(made) == MIDDLE
    assert "Qwen 3 8B, got 70% of the built-in questions right, this one 90%" in made.why


def test_what_nobody_measured_counts_as_the_best_that_is_smaller() -> None:
    assert chosen(recommend([candidate(SMALL, qualified=0.9), candidate(LARGE)], CHAT)) == LARGE
    assert chosen(recommend([candidate(SMALL), candidate(LARGE, qualified=0.6)], CHAT)) == LARGE


def test_what_this_machine_measured_counts_more_than_the_catalogue() -> None:
    assert hindrance(candidate(LARGE, qualified=0.9), CHAT) is None
    assert candidate(LARGE, qualified=0.2).quality == 0.2
    known = Candidate(changed(ENTRIES[LARGE], qualified=0.2), "Q4_K_M", candidate(LARGE).fit)
    assert hindrance(known, CHAT) is not None
    assert hindrance(replace(known, qualified=0.8), CHAT) is None


def test_a_model_that_names_the_language_goes_before_a_bigger_one_that_does_not_say() -> None:
    wish = Wish(Task.CHAT, frozenset({"de"}))
    made = recommend([candidate("llama-3.2-3b-instruct"), candidate(LARGE)], wish)
    assert chosen(made) == "llama-3.2-3b-instruct"
    assert "Qwen 3 8B, does not say that it knows the language" in made.why


def test_a_model_that_runs_only_with_less_must_be_twice_as_big() -> None:
    made = recommend([candidate(MIDDLE), candidate("qwen2.5-7b-instruct", Verdict.DEGRADED)], CHAT)
    assert chosen(made) == MIDDLE
    assert "would run here only with less" in made.why
    assert chosen(recommend([candidate(MIDDLE), candidate(LARGE, Verdict.DEGRADED)], CHAT)) == LARGE


def test_the_better_quantisation_of_a_model_is_taken_and_is_no_runner_up_to_itself() -> None:
    made = recommend([candidate(SMALL, quantisation=name) for name in QUANTISATIONS], CHAT)
    assert made.chosen is not None
    assert made.chosen.quantisation == "Q8_0"
    assert made.runner_up is None


def test_three_bits_are_taken_only_where_nothing_else_is() -> None:
    poor = candidate(LARGE, quantisation="Q3_K_M")
    made = recommend([candidate(SMALL), poor], CHAT)
    assert chosen(made) == SMALL
    assert "only as Q3_K_M, which loses too much" in made.why
    assert chosen(recommend([candidate(SMALL, Verdict.NO), poor], CHAT)) == LARGE


def test_embedders_are_chosen_among_embedders() -> None:
    names = ("all-minilm-l6-v2", "nomic-embed-text-v1.5", "embeddinggemma-300m", LARGE)
    made = recommend([candidate(name, speed=None) for name in names], Wish(Task.SEARCH))
    assert chosen(made) == "nomic-embed-text-v1.5"
    assert "EmbeddingGemma 300M, is not the one that Lectern is built around" in made.why
    assert "Qwen" not in made.why


def test_of_what_does_not_fit_the_quantisation_that_lacks_least_is_named() -> None:
    near, far = candidate(LARGE, Verdict.NO), candidate(LARGE, Verdict.NO, quantisation="Q8_0")
    far = replace(far, fit=replace(far.fit, deficit_bytes=4096 * MIB))
    assert "needs 512 MiB" in recommend([candidate(SMALL), far, near], CHAT).why


# ---- properties ----


def some(rng: random.Random) -> list[Candidate]:
    names = rng.sample(sorted(ENTRIES), rng.randint(1, 12))
    return [
        candidate(
            name,
            rng.choice(list(Verdict)),
            rng.choice([None, (0.2, 0.9), (1.0, 2.0), (20.0, 30.0)]),
            rng.choice(QUANTISATIONS),
            rng.choice([None, None, rng.random()]),
        )
        for name in names
    ]


def some_wish(rng: random.Random) -> Wish:
    languages = frozenset(rng.sample(["en", "de", "zh", "th"], rng.randint(0, 2)))
    accepted = frozenset(rng.sample(list(Condition), rng.randint(0, len(Condition))))
    return Wish(rng.choice(list(Task)), languages, accepted)


@pytest.mark.parametrize("seed", range(200))
def test_the_choice_can_be_taken_is_a_sentence_and_does_not_depend_on_the_order(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - test data
    candidates, wish = some(rng), some_wish(rng)
    made = recommend(candidates, wish)
    for one in (made.chosen, made.runner_up):
        assert one is None or hindrance(one, wish) is None
        assert one is None or one.fit.verdict is not Verdict.NO
    if made.chosen is None:
        assert all(hindrance(one, wish) is not None for one in candidates)
    else:
        able = [one for one in candidates if hindrance(one, wish) is None]
        assert worth(made.chosen, candidates, wish) == max(worth(one, candidates, wish) for one in able)
        sizes = {one.entry.parameters for one in candidates if one.entry.kind == made.chosen.entry.kind}
        assert ("the next bigger" in made.why) == (max(sizes) > made.chosen.entry.parameters)
        assert ("the next smaller" in made.why) == (min(sizes) < made.chosen.entry.parameters)
    assert made.why.endswith(".")
    assert made.why.count(". ") == 0 or "3.1" in made.why
    assert "None" not in made.why
    rng.shuffle(candidates)
    assert recommend(candidates, wish) == made


@pytest.mark.parametrize("seed", range(8))
def test_more_memory_never_gives_a_worse_choice(seed: int) -> None:
    rng = random.Random(seed)  # noqa: S311 - test data
    wish = some_wish(rng)
    measured = {name: rng.random() for name in rng.sample(sorted(ENTRIES), 5)}
    before = None
    for memory in (1 << shift for shift in range(27, 40)):
        candidates = [
            replace(one, qualified=measured.get(one.entry.id))
            for one in candidates_of(CATALOGUE, Room(memory, threads=2), kernels=None)
        ]
        made = recommend(candidates, wish).chosen
        assert made is not None or before is None
        if made is not None:
            now = worth(made, candidates, wish)
            assert before is None or now >= before
            before = now


@pytest.mark.parametrize(
    ("gigabytes", "least", "most"), [(2, 0.1e9, 3e9), (8, 4e9, 10e9), (16, 8e9, 15e9), (24, 8e9, 24e9)]
)
def test_what_people_know_of_memory_and_size_comes_out(gigabytes: int, least: float, most: float) -> None:
    """8 GB of memory are for up to 8 B, 16 GB for up to 14 B, 24 GB for up to 24 B at 4 bits: MODEL-NOTES."""
    free = int(gigabytes * 0.75e9)
    made = recommend(candidates_of(CATALOGUE, Room(free, threads=2), kernels=None), CHAT).chosen
    assert made is not None
    assert least <= made.entry.parameters <= most, made


def test_every_model_is_looked_at_and_what_was_measured_here_is_found_by_its_hash() -> None:
    sha256 = ENTRIES[LARGE].quantisations[0].sha256
    assert sha256 is not None
    made = candidates_of(CATALOGUE, Room(1 << 40, threads=2), kernels=None, qualified={sha256: 0.7})
    assert {one.entry.id for one in made} == ENTRIES.keys()
    assert [(one.entry.id, one.quantisation) for one in made if one.qualified is not None] == [(LARGE, "Q4_K_M")]
    assert all(one.fit.verdict is Verdict.FITS for one in made)
    none = candidates_of(CATALOGUE, Room(1 << 20, threads=2), kernels=None)
    assert all(one.fit.verdict is Verdict.NO for one in none)
