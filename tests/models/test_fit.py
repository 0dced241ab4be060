"""Which settings fit, and what is said where none does."""

from dataclasses import replace

import pytest

from app.domain.fit import Verdict
from app.models.fit import Room, embedder_fit, fit, main_memory
from app.models.gguf import read_header
from app.models.kernels import AttentionRate, HeadRate, Kernels, WeightsRate
from app.models.memory import embedder_memory, memory_of
from app.models.packs import starter_generator
from app.models.shape import Shape, read_shape, shape_of
from app.models.speed import reading_seconds, writing_seconds
from app.models.weights import Matrices, Weights, quantisation_of, weights_of

GIB = 1 << 30
MIB = 1 << 20

KERNELS = Kernels(
    quiet=True,
    threads=2,
    by_threads={"1": 20e9, "2": 35e9},
    plain={"Q4_K": WeightsRate(34e9, 500e9), "Q4_0": WeightsRate(24e9, 190e9), "Q6_K": WeightsRate(44e9, 380e9)},
    repacked={"Q4_K": WeightsRate(45e9, 290e9), "Q4_0": WeightsRate(40e9, 276e9)},
    row=8e-9,
    attention={
        "f16": AttentionRate({"64": HeadRate(13e9, 13e9)}, {"64": 75e9}),
        "q8_0": AttentionRate({"64": HeadRate(9e9, 9e9)}, {"64": 18e9}),
        "q4_0": AttentionRate({"64": HeadRate(4e9, 4e9)}, {"64": 9e9}),
    },
    norm=2e-6,
    narrow_norm=0.4e-6,
)


def shape_of_8b() -> Shape:
    keys = {
        "block_count": 32,
        "embedding_length": 4_096,
        "feed_forward_length": 14_336,
        "attention.head_count": 32,
        "attention.head_count_kv": 8,
        "attention.key_length": 128,
        "attention.value_length": 128,
        "context_length": 131_072,
        "vocab_size": 128_256,
    }
    return read_shape("llama", keys, 0, 280_000)


def weights(kind: str = "Q4_K") -> Weights:
    return Weights(
        size=4_900 * MIB,
        each_token={kind: Matrices(4_000 * MIB, 7e9, 1.5e6)},
        output={"Q6_K": Matrices(410 * MIB, 5e8, 128_256)},
        outside=700 * MIB,
    )


def test_an_output_that_is_the_matrix_of_the_tokens_lies_twice_in_another_order() -> None:
    tied = replace(weights(), tied=True)
    assert tied.as_loaded({"Q6_K"}).size == tied.size + 410 * MIB
    assert tied.as_loaded({"Q4_K"}) == tied
    assert weights().as_loaded({"Q6_K"}) == weights()
    repacked = replace(
        KERNELS, repacked={kind: WeightsRate(9e12, 9e15) for kind in KERNELS.plain} | {"Q6_K": WeightsRate(9e12, 9e15)}
    )
    room = Room(16 * GIB, 2)
    alone, twice = (fit(shape_of_8b(), found, room, repacked) for found in (weights(), tied))
    assert alone.settings is not None
    assert alone.settings.repack
    assert twice.memory_bytes - alone.memory_bytes == 410 * MIB


def test_with_room_it_is_loaded_as_wanted() -> None:
    found = fit(shape_of_8b(), weights(), Room(16 * GIB, 2), KERNELS)
    assert found.verdict is Verdict.FITS
    assert (found.settings.context, found.settings.batch, found.settings.kv_type) == (4_096, 512, "f16")
    assert found.deficit_bytes == 0


def test_less_room_takes_away_in_the_stated_order() -> None:
    seen = []
    for memory in range(8_000 * MIB, 5_000 * MIB, -8 * MIB):
        found = fit(shape_of_8b(), weights(), Room(memory, 2), KERNELS)
        if found.verdict is not Verdict.NO:
            assert found.memory_bytes * 1.05 <= memory
            settings = (found.settings.batch, found.settings.context, found.settings.kv_type)
            if settings not in seen:
                seen.append(settings)
    assert seen == [
        (512, 4_096, "f16"),
        (256, 4_096, "f16"),
        (128, 4_096, "f16"),
        (128, 3_072, "f16"),
        (128, 2_048, "f16"),
        (128, 2_048, "q8_0"),
    ]


def test_without_room_it_says_what_is_missing() -> None:
    found = fit(shape_of_8b(), weights(), Room(4 * GIB, 2), KERNELS)
    assert found.verdict is Verdict.NO
    enough = fit(shape_of_8b(), weights(), Room(4 * GIB + found.deficit_bytes, 2), KERNELS)
    assert enough.verdict is Verdict.DEGRADED
    assert f"{found.deficit_bytes / MIB:,.0f} MiB" in found.why


def test_no_room_at_all_is_no_crash() -> None:
    assert fit(shape_of_8b(), weights(), Room(0, 1), None).verdict is Verdict.NO


def test_a_short_training_context_is_not_exceeded() -> None:
    short = replace(shape_of_8b(), trained_context=1_024)
    assert fit(short, weights(), Room(16 * GIB, 2), None).settings.context == 1_024


def test_the_order_of_the_weights_is_the_one_that_answers_sooner() -> None:
    # Q4_K reads prompts faster in the plain order, Q4_0 is faster in the other one at everything.
    assert not fit(shape_of_8b(), weights("Q4_K"), Room(16 * GIB, 2), KERNELS).settings.repack
    assert fit(shape_of_8b(), weights("Q4_0"), Room(16 * GIB, 2), KERNELS).settings.repack


def test_without_a_calibration_no_speed_is_told() -> None:
    found = fit(shape_of_8b(), weights(), Room(16 * GIB, 2), None)
    assert found.prompt_tokens_per_s is None
    assert found.tokens_per_s is None


def test_speeds_are_the_sums_of_the_parts() -> None:
    # 7e9 products and additions of 2 operations at 500e9 a second are 28 ms a token, the rest comes on top.
    found = fit(shape_of_8b(), weights(), Room(16 * GIB, 2), KERNELS)
    assert found.prompt_tokens_per_s is not None
    low, high = found.prompt_tokens_per_s
    assert low < 1 / 0.028 < 2 * high
    settings = found.settings
    short, long = (writing_seconds(shape_of_8b(), weights(), KERNELS, settings, read) for read in (0, 4_000))
    # 4,410 MiB at 34 and 44 thousand million bytes a second are 133 ms, the long rows save 16, and the rest takes 7.
    assert short == pytest.approx(0.1235, rel=0.001)
    assert long - short == pytest.approx(4 * 32 * 128 * 4_000 * 32 / 13e9)
    # The same numbers in rows of a quarter of the length: 10.6 million rows more, of 8 ns each.
    short_rows = replace(weights(), each_token={"Q4_K": Matrices(4_000 * MIB, 7e9, 1.21e7)})
    longer = writing_seconds(shape_of_8b(), short_rows, KERNELS, settings, 0) - short
    assert longer == pytest.approx(1.06e7 * 8e-9)
    # Of 512 tokens that are read together, each meets 128 of those that come after it; of 128, only 32.
    large, small = (
        reading_seconds(shape_of_8b(), weights(), KERNELS, replace(settings, batch=batch), 1_000)
        for batch in (512, 128)
    )
    assert large - small == pytest.approx(1_000 * 4 * 32 * 128 * (128 - 32) * 32 / 75e9)
    assert (
        reading_seconds(shape_of_8b(), weights(), KERNELS, settings, 2_000)
        > 2 * reading_seconds(shape_of_8b(), weights(), KERNELS, settings, 1_000) - 0.05
    )


def test_a_gpu_takes_the_layers_that_fit_into_it() -> None:
    none, some, whole = (fit(shape_of_8b(), weights(), Room(16 * GIB, 2, gpu=gpu * GIB), None) for gpu in (0, 4, 12))
    assert none.settings.gpu_layers == 0
    assert 0 < some.settings.gpu_layers < 32
    assert some.gpu_bytes * 1.05 <= 4 * GIB
    assert whole.settings.gpu_layers == 33
    assert "on the GPU" in whole.why
    assert "on the GPU" not in none.why
    for found in (none, some, whole):
        assert main_memory(shape_of_8b(), weights(), found.settings, KERNELS, unified=False) == found.memory_bytes
    assert whole.memory_bytes < some.memory_bytes < none.memory_bytes


def test_memory_that_the_gpu_shares_is_not_counted_twice() -> None:
    alone = fit(shape_of_8b(), weights(), Room(16 * GIB, 2), None)
    shared = fit(shape_of_8b(), weights(), Room(16 * GIB, 2, gpu=12 * GIB, unified=True), None)
    assert shared.memory_bytes == alone.memory_bytes


def test_windows_bound_what_is_kept() -> None:
    keys = {
        "block_count": 6,
        "embedding_length": 640,
        "feed_forward_length": 2_048,
        "attention.head_count": 4,
        "attention.head_count_kv": 1,
        "attention.key_length": 256,
        "attention.value_length": 256,
        "attention.sliding_window": 512,
        "vocab_size": 1_000,
    }
    shape = read_shape("gemma3", keys, 0, 0)
    settings = fit(shape, weights(), Room(16 * GIB, 2), None).settings
    # Five layers keep the window and a batch, 1,024 tokens; one keeps all 4,096.
    assert memory_of(shape, weights(), settings).cache == (5 * 1_024 + 4_096) * 512 * 2


def test_the_weights_of_the_starter_model_add_up() -> None:
    header = read_header(starter_generator().model)
    found = weights_of(header, shape_of(header))
    assert found.size == sum(tensor.size for tensor in header.tensors)
    # Its embeddings serve twice: every token meets the whole file.
    assert sum(part.size for part in [*found.each_token.values(), *found.output.values()]) == pytest.approx(
        found.size, rel=0.001
    )
    assert sum(part.numbers for part in found.each_token.values()) == pytest.approx(106e6, rel=0.01)
    assert quantisation_of(header) == "Q4_1"


def test_an_embedder_fits_or_says_what_is_missing() -> None:
    assert embedder_fit(embedder_memory(23 * MIB), Room(GIB, 2)).verdict is Verdict.FITS
    tight = embedder_fit(embedder_memory(23 * MIB), Room(100 * MIB, 2))
    assert tight.verdict is Verdict.NO
    assert tight.deficit_bytes == tight.memory_bytes - 100 * MIB
