"""The form of models, against what their makers and llama.cpp say of them."""

import pytest

from app.domain.errors import ModelFault
from app.models.gguf import read_header
from app.models.packs import starter_generator
from app.models.shape import Layer, Shape, read_shape, shape_of

KIB = 1_024
STATE = {"ssm__conv_kernel": 4, "ssm__inner_size": 4_096, "ssm__state_size": 128, "ssm__group_count": 16}


def dense(blocks: int, heads: int, kv_heads: int, head: int, width: int, **more: object) -> dict[str, object]:
    return {
        "block_count": blocks,
        "embedding_length": width,
        "feed_forward_length": 4 * width,
        "attention.head_count": heads,
        "attention.head_count_kv": kv_heads,
        "attention.key_length": head,
        "attention.value_length": head,
        "vocab_size": 32_000,
        **{key.replace("__", "."): value for key, value in more.items()},
    }


def kept_of_a_token(shape: Shape) -> int:
    """Bytes of 16-bit keys and values of one token, windows not counted."""
    return sum(2 * (layer.keys + layer.values) for layer in shape.layers)


@pytest.mark.parametrize(
    ("architecture", "keys", "kib"),
    [
        ("llama", dense(16, 32, 8, 64, 2048), 32),  # Llama 3.2 1B
        ("llama", dense(28, 24, 8, 128, 3072), 112),  # Llama 3.2 3B
        ("qwen2", dense(28, 28, 4, 128, 3584), 56),  # Qwen 2.5 7B
        ("qwen3", dense(28, 16, 8, 128, 1024), 112),  # Qwen 3 0.6B: heads wider than the width tells
        ("llama", dense(32, 32, 8, 128, 4096), 128),  # Mistral 7B
        (
            "qwen35",
            dense(
                32, 16, 4, 256, 2560, ssm__conv_kernel=4, ssm__inner_size=4096, ssm__state_size=128, ssm__group_count=16
            ),
            32,
        ),
        ("llama", dense(30, 9, 3, 64, 576), 22.5),  # SmolLM2 135M
    ],
)
def test_bytes_kept_of_a_token_as_their_makers_say(architecture: str, keys: dict[str, object], kib: float) -> None:
    assert kept_of_a_token(read_shape(architecture, keys, 0, 0)) == kib * KIB


def test_a_head_without_a_width_is_an_even_share() -> None:
    keys = dense(2, 8, 4, 0, 512)
    del keys["attention.key_length"], keys["attention.value_length"]
    assert read_shape("llama", keys, 0, 0).layers[0] == Layer(keys=256, values=256, window=0, state=0)


def test_each_layer_may_have_its_own_number_of_heads() -> None:
    shape = read_shape("llama", dense(3, 8, 0, 64, 512) | {"attention.head_count_kv": [8, 0, 2]}, 0, 0)
    assert [layer.keys for layer in shape.layers] == [512, 0, 128]


@pytest.mark.parametrize(
    ("architecture", "blocks", "whole"),
    [("gemma3", 18, [5, 11, 17]), ("gemma2", 6, [1, 3, 5]), ("gemma3n", 10, [4, 9]), ("phi3", 3, [0, 1, 2])],
)
def test_which_layers_look_back_only_so_far(architecture: str, blocks: int, whole: list[int]) -> None:
    keys = dense(blocks, 4, 1, 256, 640, attention__sliding_window=512)
    layers = read_shape(architecture, keys, 0, 0).layers
    assert [place for place, layer in enumerate(layers) if layer.window == 0] == whole


def test_the_pattern_in_the_header_goes_before_that_of_the_family() -> None:
    keys = dense(4, 4, 1, 256, 640, attention__sliding_window=512)
    listed = read_shape("gemma3", keys | {"attention.sliding_window_pattern": [True, False, False, True]}, 0, 0)
    assert [layer.window for layer in listed.layers] == [512, 0, 0, 512]


def test_layers_that_share_keep_nothing() -> None:
    layers = read_shape("gemma3n", dense(35, 8, 2, 256, 2048, attention__shared_kv_layers=15), 0, 0).layers
    assert [layer.keys > 0 for layer in layers] == [True] * 20 + [False] * 15


def test_latent_attention_keeps_no_values() -> None:
    keys = dense(2, 128, 1, 576, 7168, attention__key_length_mla=192)
    assert read_shape("deepseek2", keys, 0, 0).layers[0] == Layer(keys=576, values=0, window=0, state=0)


def test_an_embedder_keeps_nothing_and_does_not_write() -> None:
    shape = read_shape("nomic-bert", dense(12, 12, 12, 64, 768, attention__causal=False), 30_522, 0)
    assert not shape.writes
    assert kept_of_a_token(shape) == 0


def test_the_starter_model() -> None:
    shape = shape_of(read_header(starter_generator().model))
    assert (len(shape.layers), shape.width, shape.vocabulary, shape.merges) == (30, 576, 49_152, 48_900)


@pytest.mark.parametrize("key", ["block_count", "embedding_length", "attention.head_count"])
@pytest.mark.parametrize("value", [None, "12", -1, 1 << 40, 1.5, True])
def test_a_key_that_is_missing_or_nonsense_is_named(key: str, value: object) -> None:
    keys = dense(2, 8, 4, 64, 512)
    if value is None:
        del keys[key]
    else:
        keys[key] = value
    with pytest.raises(ModelFault, match=key) as caught:
        read_shape("llama", keys, 0, 0)
    assert caught.value.reason == "shape"


def test_fewer_numbers_than_layers_are_no_list() -> None:
    with pytest.raises(ModelFault, match="head_count_kv"):
        read_shape("llama", dense(3, 8, 4, 64, 512) | {"attention.head_count_kv": [8, 8]}, 0, 0)
