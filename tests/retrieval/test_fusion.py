import pytest

from app.retrieval.fusion import LIKE_THE_BEST, fuse, gains, likenesses
from app.retrieval.meaning import Interaction


def _order(words: dict[int, float], meaning: dict[int, float]) -> list[int]:
    fused = fuse(words, meaning)
    return sorted(fused, key=lambda key: -fused[key].score)


def test_words_alone_and_meaning_alone_keep_their_order() -> None:
    assert _order({1: 3.0, 2: 9.0, 3: 6.0}, {}) == [2, 3, 1]
    assert _order({}, {1: 0.1, 2: 0.5, 3: -0.2}) == [2, 1, 3]
    assert fuse({}, {}) == {}


def test_an_arm_that_sees_no_difference_makes_none() -> None:
    assert _order({1: 3.0, 2: 9.0, 3: 6.0}, {1: 0.3, 2: 0.3, 3: 0.3}) == [2, 3, 1]
    assert _order({1: 5.0, 2: 5.0, 3: 5.0}, {1: 0.1, 2: 0.5, 3: 0.2}) == [2, 3, 1]


def test_a_chunk_that_waits_for_its_vector_is_not_put_last_for_it() -> None:
    fused = fuse({1: 9.0, 2: 8.0, 3: 8.0}, {1: 0.5, 3: 0.1})
    assert fused[1].score > fused[2].score > fused[3].score
    assert fused[2].meaning == 0.0


def test_both_arms_are_heard() -> None:
    assert _order({1: 9.0, 2: 8.9}, {1: 0.1, 2: 0.9}) == [2, 1]
    assert _order({1: 9.0, 2: 1.0}, {1: 0.50, 2: 0.51}) == [1, 2]


def test_scores_are_shares_and_similarities() -> None:
    fused = fuse({1: 4.0, 2: 2.0}, {1: 0.5, 2: 0.25})
    assert (fused[2].words, fused[2].meaning) == (0.5, 0.25)
    assert fused[1].score == pytest.approx(0.4 * 1.0 + 0.8 * 0.5)


def test_whole_and_best_sentence_count_in_what_is_gained() -> None:
    found = gains({1: Interaction(0.5, (0.1, 0.4), (0.1, 0.45)), 2: Interaction(0.3, (), ())}, [1, 2, 3], asks=True)
    assert found[1] == pytest.approx(1.2 * 0.5 + 1.2 * 0.4)
    assert found[2] == pytest.approx(1.2 * 0.3)
    assert found[3] == pytest.approx((found[1] + found[2]) / 2)  # that was not compared


def test_where_nothing_is_asked_no_single_sentence_need_answer() -> None:
    one_sentence, all_of_it = Interaction(0.4, (0.7, 0.1), ()), Interaction(0.6, (0.4, 0.4), ())

    def leading(*, asks: bool) -> int:
        found = gains({1: one_sentence, 2: all_of_it}, [1, 2], asks=asks)
        return max(found, key=found.__getitem__)

    assert (leading(asks=True), leading(asks=False)) == (1, 2)


def test_nothing_is_gained_where_nothing_can_be_compared() -> None:
    assert gains({}, [1, 2], asks=True) == {1: 0.0, 2: 0.0}


def test_what_is_like_the_leading_chunk_gains_by_it_and_what_has_no_vector_what_is_usual() -> None:
    found = likenesses({1: 1.0, 2: 0.4}, [1, 2, 3])
    assert found == {1: LIKE_THE_BEST, 2: pytest.approx(0.4 * LIKE_THE_BEST), 3: pytest.approx(0.7 * LIKE_THE_BEST)}
    assert likenesses({}, [1, 2]) == {1: 0.0, 2: 0.0}
