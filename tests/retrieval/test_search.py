from pathlib import Path

import pytest

from app.domain.answers import Passage
from app.domain.errors import EnvironmentFault
from app.domain.scope import Scope
from app.library.library import Library
from app.models.runtimes.onnx import OnnxEmbedder
from app.retrieval.fusion import LIKE_THE_BEST
from app.retrieval.meaning import rarity
from app.retrieval.search import Ranking, Searcher, one_per_page


def _names(passages: list[Passage] | tuple[Passage, ...]) -> list[str]:
    return [Path(passage.path).name for passage in passages]


def test_words_find_before_there_are_vectors(by_words: Library) -> None:
    for searcher in (Searcher(by_words, Ranking.WORDS), Searcher(by_words)):
        passages = searcher.search("How much did the society spend on the roof?", 3)
        assert _names(passages)[0] == "accounts.txt"
        assert passages[0].words == 1.0
        assert passages[0].meaning == 0.0


def test_meaning_finds_what_shares_no_word(by_both: Library) -> None:
    question = "boat of an elderly sailor"
    assert Searcher(by_both, Ranking.WORDS).search(question, 3) == []
    found = Searcher(by_both).search(question, 3)[0]
    assert _names([found]) == ["harbour.txt"]
    assert found.words == 0.0
    assert found.meaning > 0.3


def test_scores_fall_and_are_explained(by_both: Library) -> None:
    passages = Searcher(by_both).search("How much did the society spend on the roof of the barn?", 10)
    assert [p.score for p in passages] == sorted((p.score for p in passages), reverse=True)
    assert all(0 <= p.words <= 1 and -1 <= p.meaning <= 1 for p in passages)
    assert len(Searcher(by_both).search("barn", 2)) == 2


def _gained(library: Library, question: str) -> dict[str, float]:
    """Return what the best passage of each file gains by being like the leading one, the leading one first."""
    alone, all_of_it = (
        Searcher(library, ranking).find(question, 40) for ranking in (Ranking.WORD_BY_WORD, Ranking.ALL)
    )
    before = {passage.chunk_id: passage.score for passage in alone.passages}
    gained: dict[str, float] = {}
    for passage in all_of_it.passages:
        gained.setdefault(Path(passage.path).name, passage.score - before[passage.chunk_id])
    return gained


def test_what_is_like_the_passage_that_bears_on_a_statement_most_gains_by_it(by_both: Library) -> None:
    gained = _gained(by_both, "A roof keeps the hay of the barn dry")
    assert next(iter(gained)) == "barn.txt"
    assert gained["barn.txt"] == max(gained.values()) == pytest.approx(LIKE_THE_BEST, abs=0.05)
    assert gained["accounts.txt"] > gained["harbour.txt"] + 0.02


@pytest.mark.parametrize(
    "question",
    [
        "What keeps the hay of the barn dry?",
        "In the Lease Agreement between Brackwater Mills Ltd and Olsen Joinery: notice of termination",
        "the notice of termination in licence.md",
    ],
)
def test_a_question_and_what_is_looked_for_in_one_document_gain_nothing_by_that(
    by_both: Library, question: str
) -> None:
    assert set(_gained(by_both, question).values()) == {0.0}


@pytest.mark.parametrize(
    ("question", "law"),
    [
        ("In the Lease Agreement between Brackwater Mills Ltd and Olsen Joinery: Which law governs?", "Norway"),
        ("Which law governs the Licence Agreement between Tarn Software and Olsen Joinery?", "Scotland"),
        ("What is the law of the licence agreement between Tarn Software and Olsen Joinery?", "Scotland"),
        ("Under the Brackwater Mills lease, which law governs?", "Norway"),
    ],
)
@pytest.mark.parametrize("ranking", [Ranking.ALL, Ranking.WORDS])
def test_the_document_that_is_named_comes_first(by_both: Library, question: str, law: str, ranking: Ranking) -> None:
    searcher = Searcher(by_both, ranking)
    assert law in searcher.search(question, 1)[0].chunk.text


def test_in_a_named_document_the_name_is_not_looked_for(by_both: Library) -> None:
    found = Searcher(by_both).find(
        "In the Lease Agreement between Brackwater Mills Ltd and Olsen Joinery: How many days of notice?", 3
    )
    assert found.question == "How many days of notice?"
    assert "ninety days" in found.passages[0].chunk.text


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Which law governs the agreement in licence.md?", "Which law governs the agreement?"),
        ("According to the file “licence.md”, which law governs the agreement?", "which law governs the agreement?"),
        ("What does LICENCE.MD say of the law?", "What does it say of the law?"),
    ],
)
def test_where_a_file_is_named_only_that_is_searched(by_both: Library, question: str, left: str) -> None:
    found = Searcher(by_both).find(question, 20)
    assert (found.question, found.named) == (left, True)
    assert set(_names(found.passages)) == {"licence.md"}


def test_a_file_that_is_not_in_scope_names_nothing(by_both: Library) -> None:
    question = "Which law governs the agreement in licence.md?"
    found = Searcher(by_both).find(question, 20, scope=Scope(types=("txt",)))
    assert (found.question, found.named) == (question, False)


def test_a_document_that_is_not_here_names_nothing(by_both: Library) -> None:
    question = "In the Charter Party between Vandermeer Shipping and Kowalczyk Grain: Which law governs?"
    found = Searcher(by_both).find(question, 3)
    assert found.question == question
    assert not found.named


def test_a_page_is_listed_once(by_both: Library) -> None:
    searcher = Searcher(by_both)
    found = searcher.find("notice to terminate an agreement", 50).passages
    listed = one_per_page(found)
    pages = [(passage.document, passage.page) for passage in listed]
    assert len(pages) == len(set(pages)) == len({(passage.document, passage.page) for passage in found})
    assert listed[0] == found[0]
    assert searcher.search("notice to terminate an agreement", 50) == listed


@pytest.mark.parametrize("question", ["", "?", "the", "\0", "東京"])
def test_a_question_without_telling_words_does_no_harm(by_both: Library, by_words: Library, question: str) -> None:
    Searcher(by_both).search(question, 5)
    Searcher(by_both, Ranking.WORDS).search(question, 5)
    Searcher(by_words).search(question, 5)


def test_words_find_while_the_embedder_fails(
    by_both: Library, embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = EnvironmentFault("The server does not answer.")

    def fail(_question: str) -> None:
        raise fault

    question = "How much did the society spend on mending the roof?"
    monkeypatch.setattr(embedder, "embed_question", fail)
    found = Searcher(by_both).find(question, 5)
    assert found.fault is fault
    assert _names(found.passages)[0] == "accounts.txt"
    monkeypatch.undo()
    assert Searcher(by_both).find(question, 5).fault is None


def test_passages_know_how_their_sentences_meet_the_question(by_both: Library, by_words: Library) -> None:
    found = Searcher(by_both).find("How many days of written notice must a party give?", 5)
    for passage in found.passages:
        assert len(passage.sentences) == len(passage.chunk.sentences)
        assert max(passage.sentences) <= passage.met + 1e-6  # the whole has the words of each of them
    best = found.passages[0]
    start, end = best.chunk.sentences[best.sentences.index(max(best.sentences))]
    assert "notice" in best.chunk.text[start:end]
    assert all(not passage.sentences for passage in Searcher(by_words).find("notice", 5).passages)


def test_what_is_not_compared_comes_after_what_is(by_both: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.retrieval.search.COMPARED", 2)
    found = Searcher(by_both).find("notice to terminate an agreement", 20).passages
    assert [bool(passage.sentences) for passage in found] == [True] * 2 + [False] * (len(found) - 2)
    assert len(found) > 4


def test_words_that_others_have_too_tell_less(by_both: Library) -> None:
    common, rare, unknown = (by_both.frequency(word) for word in ("agreement", "lighthouse", "submarine"))
    assert common > rare == 1
    assert unknown == 0
    assert rarity(common, by_both.passages()) < rarity(rare, by_both.passages()) < rarity(0, by_both.passages())


def test_less_can_be_ranked_by_to_see_what_each_part_is_worth(by_both: Library) -> None:
    question = "How many days of written notice must a party give?"
    found = {ranking: Searcher(by_both).ranked_by(ranking).find(question, 5).passages for ranking in Ranking}
    assert all(not passage.meaning for passage in found[Ranking.WORDS])
    assert all(not passage.words for passage in found[Ranking.MEANING])
    assert any(passage.words and passage.meaning for passage in found[Ranking.FUSED])
    by_words = (Ranking.WORD_BY_WORD, Ranking.ALL)
    assert all(bool(passage.sentences) is (ranking in by_words) for ranking in Ranking for passage in found[ranking])


@pytest.mark.parametrize(
    ("question", "whole", "best"), [("Who ends the lease?", 1.2, 1.2), ("end of lease", 0.3, 0.15)]
)
def test_passages_are_ranked_by_their_best_sentence_where_something_is_asked(
    by_both: Library, question: str, whole: float, best: float
) -> None:
    for found in Searcher(by_both, Ranking.WORD_BY_WORD).find(question, 3).passages:
        assert found.sentences
        expected = 0.4 * found.words + 0.8 * found.meaning + whole * found.met + best * max(found.sentences)
        assert found.score == pytest.approx(expected, abs=1e-4)
