"""What the families of the catalogue look like: the keys of their headers and the shapes of their tensors.

The numbers are those of the real models as far as they decide how memory is laid out: layers, head size, window,
vocabulary, experts. A family is made narrower by dividing what only makes it larger: width, heads, feed-forward.
Tensor names and shapes are those that ``src/models/*.cpp`` of llama.cpp asks for.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from made_tokenizers import Kind

Value = int | float | bool | str | list[int] | list[bool] | list[float]
Named = tuple[str, tuple[int, ...]]
"""A tensor's name and its members along each dimension, the innermost first."""

_ROW = 256  # members of a block of the K types: rows are multiples of it


@dataclass(frozen=True, slots=True)
class Shape:
    """A family at one size.

    Attributes:
        architecture: as llama.cpp names it.
        tied: the token embedding serves as output too.
        split: how a byte-pair tokenizer splits text.
        experts: 0 = none.
        lead: layers at the beginning that have no experts.
        keys: of the header, without the name of the architecture; on top of those that every family has.
    """

    architecture: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    head_size: int
    feed_forward: int
    vocabulary: int
    context: int
    tokenizer: Kind = "bpe"
    split: str = "llama-bpe"
    tied: bool = False
    experts: int = 0
    experts_used: int = 0
    lead: int = 0
    keys: Mapping[str, Value] = field(default_factory=dict)

    def narrowed(self, divisor: int) -> "Shape":
        """Return the family with a part of the width and of what goes with it."""
        heads, kv_heads = max(1, self.heads // divisor), max(1, self.kv_heads // divisor)
        # Some architectures take it for granted that the heads make up the width.
        exact = self.width == self.heads * self.head_size
        return replace(
            self,
            width=heads * self.head_size if exact else _rows(self.width // divisor),
            heads=heads,
            kv_heads=kv_heads,
            feed_forward=_rows(self.feed_forward // divisor),
        )


def header_keys(shape: Shape) -> dict[str, Value]:
    """Return the keys of the architecture, without its name."""
    epsilon = "attention.layer_norm_epsilon" if _is_encoder(shape) else "attention.layer_norm_rms_epsilon"
    keys: dict[str, Value] = {
        "block_count": shape.layers,
        "context_length": shape.context,
        "embedding_length": shape.width,
        "feed_forward_length": shape.feed_forward,
        "attention.head_count": shape.heads,
        epsilon: 1e-5,
    }
    if not _is_encoder(shape):
        keys |= {
            "attention.head_count_kv": shape.kv_heads,
            "attention.key_length": shape.head_size,
            "attention.value_length": shape.head_size,
            "rope.dimension_count": shape.head_size,
            "vocab_size": shape.vocabulary,
        }
    if shape.experts:
        keys |= {"expert_count": shape.experts, "expert_used_count": shape.experts_used}
    if shape.architecture == "qwen35":
        # As many groups of the recurrence as attention has heads, and twice as many heads of its values.
        values, state = 2 * shape.heads, _number(shape, "ssm.state_size")
        keys |= {"ssm.group_count": shape.heads, "ssm.time_step_rank": values, "ssm.inner_size": values * state}
    return keys | dict(shape.keys)


def tensors(shape: Shape) -> Iterator[Named]:
    """Yield every tensor of a model."""
    yield "token_embd.weight", (shape.width, shape.vocabulary)
    if _is_encoder(shape):
        yield from _encoder(shape)
        return
    yield "output_norm.weight", (shape.width,)
    if not shape.tied:
        yield "output.weight", (shape.width, shape.vocabulary)
    if shape.architecture == "gemma3n":
        yield from _gemma3n_globals(shape)
    if shape.architecture == "llama" and shape.vocabulary == 128_256:
        yield "rope_freqs.weight", (shape.head_size // 2,)
    if shape.keys.get("rope.scaling.type") == "longrope" or shape.architecture == "phi3":
        half = _number(shape, "rope.dimension_count", shape.head_size) // 2
        yield "rope_factors_long.weight", (half,)
        yield "rope_factors_short.weight", (half,)
    for number in range(shape.layers):
        for name, members in _layer(shape, number):
            yield f"blk.{number}.{name}", members


def _layer(shape: Shape, number: int) -> Iterator[Named]:
    yield "attn_norm.weight", (shape.width,)
    match shape.architecture:
        case "deepseek2":
            yield from _latent_attention(shape)
        case "qwen35" if (number + 1) % _number(shape, "full_attention_interval"):
            yield from _recurrence(shape)
        case _:
            yield from _attention(shape)
    # Qwen 3.5 calls the norm before its feed-forward so, which is the place of `ffn_norm` elsewhere.
    yield ("post_attention_norm.weight" if shape.architecture == "qwen35" else "ffn_norm.weight"), (shape.width,)
    if shape.architecture.startswith("gemma"):
        yield "post_attention_norm.weight", (shape.width,)
        yield "post_ffw_norm.weight", (shape.width,)
    if shape.experts and number >= shape.lead:
        yield from _experts(shape)
    elif shape.architecture == "phi3":
        yield "ffn_up.weight", (shape.width, 2 * shape.feed_forward)
        yield "ffn_down.weight", (shape.feed_forward, shape.width)
    else:
        yield from _gated("", shape.width, shape.feed_forward)
    if shape.architecture == "gemma3n":
        yield from _gemma3n_layer(shape)


def _attention(shape: Shape) -> Iterator[Named]:
    query, keys = shape.heads * shape.head_size, shape.kv_heads * shape.head_size
    if shape.architecture == "phi3":
        yield "attn_qkv.weight", (shape.width, query + 2 * keys)
    else:
        # Qwen 3.5 makes a gate beside each query.
        yield "attn_q.weight", (shape.width, query * (2 if shape.architecture == "qwen35" else 1))
        yield "attn_k.weight", (shape.width, keys)
        yield "attn_v.weight", (shape.width, keys)
    yield "attn_output.weight", (query, shape.width)
    if shape.architecture == "qwen2":
        yield "attn_q.bias", (query,)
        yield "attn_k.bias", (keys,)
        yield "attn_v.bias", (keys,)
    if shape.architecture in ("qwen3", "qwen35", "gemma3", "gemma3n"):
        yield "attn_q_norm.weight", (shape.head_size,)
        yield "attn_k_norm.weight", (shape.head_size,)


def _latent_attention(shape: Shape) -> Iterator[Named]:
    rank, query_rank = _number(shape, "attention.kv_lora_rank"), _number(shape, "attention.q_lora_rank")
    rope, whole = _number(shape, "rope.dimension_count"), _number(shape, "attention.key_length_mla")
    value = _number(shape, "attention.value_length_mla")
    yield "attn_q_a_norm.weight", (query_rank,)
    yield "attn_kv_a_norm.weight", (rank,)
    yield "attn_q_a.weight", (shape.width, query_rank)
    yield "attn_q_b.weight", (query_rank, shape.heads * whole)
    yield "attn_kv_a_mqa.weight", (shape.width, rank + rope)
    yield "attn_k_b.weight", (whole - rope, rank, shape.heads)
    yield "attn_v_b.weight", (rank, value, shape.heads)
    yield "attn_output.weight", (shape.heads * value, shape.width)


def _recurrence(shape: Shape) -> Iterator[Named]:
    state, groups, values = _number(shape, "ssm.state_size"), shape.heads, 2 * shape.heads
    mixed = 2 * groups * state + values * state
    yield "attn_qkv.weight", (shape.width, mixed)
    yield "attn_gate.weight", (shape.width, values * state)
    yield "ssm_conv1d.weight", (_number(shape, "ssm.conv_kernel"), mixed)
    yield "ssm_dt.bias", (values,)
    yield "ssm_a", (values,)
    yield "ssm_beta.weight", (shape.width, values)
    yield "ssm_alpha.weight", (shape.width, values)
    yield "ssm_norm.weight", (state,)
    yield "ssm_out.weight", (values * state, shape.width)


def _experts(shape: Shape) -> Iterator[Named]:
    inner = _number(shape, "expert_feed_forward_length", shape.feed_forward)
    yield "ffn_gate_inp.weight", (shape.width, shape.experts)
    for name, members in _gated("_exps", shape.width, inner):
        yield name, (*members, shape.experts)
    if shared := _number(shape, "expert_shared_count", 0):
        yield "exp_probs_b.bias", (shape.experts,)
        yield from _gated("_shexp", shape.width, inner * shared)


def _gated(suffix: str, width: int, inner: int) -> Iterator[Named]:
    yield f"ffn_gate{suffix}.weight", (width, inner)
    yield f"ffn_down{suffix}.weight", (inner, width)
    yield f"ffn_up{suffix}.weight", (width, inner)


def _gemma3n_globals(shape: Shape) -> Iterator[Named]:
    parts = shape.layers * _GEMMA3N_PART
    yield "altup_proj.weight", (shape.width, shape.width, _ALTUP - 1)
    yield "altup_unembd_proj.weight", (shape.width, shape.width, _ALTUP - 1)
    yield "per_layer_token_embd.weight", (parts, shape.vocabulary)
    yield "per_layer_model_proj.weight", (shape.width, parts)
    yield "per_layer_proj_norm.weight", (_GEMMA3N_PART,)


def _gemma3n_layer(shape: Shape) -> Iterator[Named]:
    yield "inp_gate.weight", (shape.width, _GEMMA3N_PART)
    yield "proj.weight", (_GEMMA3N_PART, shape.width)
    yield "post_norm.weight", (shape.width,)
    yield "altup_correct_coef.weight", (_ALTUP, _ALTUP)
    yield "altup_correct_scale.weight", (shape.width,)
    yield "altup_predict_coef.weight", (_ALTUP, _ALTUP * _ALTUP)
    yield "altup_router.weight", (shape.width, _ALTUP)
    yield "altup_router_norm.weight", (shape.width,)
    yield "laurel_l.weight", (shape.width, _LAUREL)
    yield "laurel_r.weight", (_LAUREL, shape.width)
    yield "laurel_post_norm.weight", (shape.width,)


def _encoder(shape: Shape) -> Iterator[Named]:
    nomic = shape.architecture == "nomic-bert"
    yield "token_types.weight", (shape.width, 2)
    if not nomic:
        yield "position_embd.weight", (shape.width, shape.context)
    yield from _norm("token_embd_norm", shape.width)
    for number in range(shape.layers):
        block = f"blk.{number}."
        if nomic:
            yield f"{block}attn_qkv.weight", (shape.width, 3 * shape.width)
            yield f"{block}ffn_gate.weight", (shape.width, shape.feed_forward)
        else:
            for part in ("attn_q", "attn_k", "attn_v"):
                yield f"{block}{part}.weight", (shape.width, shape.width)
                yield f"{block}{part}.bias", (shape.width,)
            yield f"{block}attn_output.bias", (shape.width,)
            yield f"{block}ffn_up.bias", (shape.feed_forward,)
            yield f"{block}ffn_down.bias", (shape.width,)
        yield f"{block}attn_output.weight", (shape.width, shape.width)
        yield f"{block}ffn_up.weight", (shape.width, shape.feed_forward)
        yield f"{block}ffn_down.weight", (shape.feed_forward, shape.width)
        yield from _norm(f"{block}attn_output_norm", shape.width)
        yield from _norm(f"{block}layer_output_norm", shape.width)


def _norm(name: str, width: int) -> Iterator[Named]:
    yield f"{name}.weight", (width,)
    yield f"{name}.bias", (width,)


def _is_encoder(shape: Shape) -> bool:
    return shape.architecture in ("bert", "nomic-bert")


def _number(shape: Shape, key: str, default: int | None = None) -> int:
    value = shape.keys.get(key, default)
    if not isinstance(value, int):
        raise KeyError(key)
    return value


def _rows(members: int) -> int:
    return max(_ROW, members // _ROW * _ROW)


# Not in the header of Gemma 3n: llama.cpp has these numbers built in.
_ALTUP, _LAUREL, _GEMMA3N_PART = 4, 64, 256

_MEAN = 1  # pooling_type of llama.cpp
_SIGMOID = 2  # expert_gating_func

FAMILIES: Mapping[str, Shape] = {
    "smollm2-135m": Shape(
        "llama", 30, 576, 9, 3, 64, 1536, 49_152, 8_192, split="smollm", tied=True
    ),
    "llama-3.2-1b": Shape("llama", 16, 2048, 32, 8, 64, 8192, 128_256, 131_072, tied=True),
    "llama-3.2-3b": Shape("llama", 28, 3072, 24, 8, 128, 8192, 128_256, 131_072, tied=True),
    "llama-3.1-8b": Shape("llama", 32, 4096, 32, 8, 128, 14_336, 128_256, 131_072),
    "mistral-7b": Shape("llama", 32, 4096, 32, 8, 128, 14_336, 32_768, 32_768, tokenizer="sentencepiece"),
    "mistral-small-3.1": Shape("llama", 40, 5120, 32, 8, 128, 32_768, 131_072, 131_072, split="tekken"),
    "mixtral-8x7b": Shape(
        "llama", 32, 4096, 32, 8, 128, 14_336, 32_000, 32_768, "sentencepiece", experts=8, experts_used=2
    ),
    "gemma-2-9b": Shape(
        "gemma2", 42, 3584, 16, 8, 256, 14_336, 256_000, 8_192, "sentencepiece", tied=True,
        keys={
            "attention.sliding_window": 4096,
            "attn_logit_softcapping": 50.0,
            "final_logit_softcapping": 30.0,
        },
    ),
    "gemma-3-270m": Shape(
        "gemma3", 18, 640, 4, 1, 256, 2048, 262_144, 32_768, "sentencepiece", tied=True,
        keys={"attention.sliding_window": 512, "rope.freq_base": 1e6},
    ),
    "gemma-3-1b": Shape(
        "gemma3", 26, 1152, 4, 1, 256, 6912, 262_144, 32_768, "sentencepiece", tied=True,
        keys={"attention.sliding_window": 512, "rope.freq_base": 1e6},
    ),
    "gemma-3-4b": Shape(
        "gemma3", 34, 2560, 8, 4, 256, 10_240, 262_144, 131_072, "sentencepiece", tied=True,
        keys={"attention.sliding_window": 1024, "rope.freq_base": 1e6},
    ),
    # With an eighth of the vocabulary: the embeddings of each layer alone have 2.3 thousand million members.
    "gemma-3n-e4b": Shape(
        "gemma3n", 35, 2048, 8, 2, 256, 16_384, 32_768, 32_768, "sentencepiece", tied=True,
        keys={
            "attention.sliding_window": 512,
            "attention.sliding_window_pattern": [number % 5 != 4 for number in range(35)],
            "attention.shared_kv_layers": 15,
            "embedding_length_per_layer_input": 256,
            "altup.num_inputs": 4,
            "altup.active_idx": 0,
            "rope.freq_base": 1e6,
        },
    ),
    "phi-3-mini": Shape(
        "phi3", 32, 3072, 32, 32, 96, 8192, 32_064, 131_072, "sentencepiece",
        keys={"rope.scaling.original_context_length": 4096, "attention.sliding_window": 262_144},
    ),
    "phi-4-mini": Shape(
        "phi3", 32, 3072, 24, 8, 128, 8192, 200_064, 131_072, split="gpt-4o", tied=True,
        keys={"rope.scaling.original_context_length": 4096, "rope.dimension_count": 96},
    ),
    "qwen2.5-7b": Shape("qwen2", 28, 3584, 28, 4, 128, 18_944, 152_064, 32_768, split="qwen2"),
    "qwen3-0.6b": Shape("qwen3", 28, 1024, 16, 8, 128, 3072, 151_936, 40_960, split="qwen2", tied=True),
    "qwen3-8b": Shape("qwen3", 36, 4096, 32, 8, 128, 12_288, 151_936, 40_960, split="qwen2"),
    "qwen3.5-4b": Shape(
        "qwen35", 32, 2560, 16, 4, 256, 9216, 248_320, 262_144, split="qwen35", tied=True,
        keys={
            "full_attention_interval": 4,
            "ssm.conv_kernel": 4,
            "ssm.state_size": 128,
            "rope.dimension_count": 64,
            "rope.dimension_sections": [11, 11, 10, 0],
        },
    ),
    "deepseek-v3": Shape(
        "deepseek2", 61, 7168, 128, 1, 576, 18_432, 129_280, 163_840, split="deepseek-v3",
        experts=16, experts_used=8, lead=3,
        keys={
            "leading_dense_block_count": 3,
            "attention.q_lora_rank": 1536,
            "attention.kv_lora_rank": 512,
            "attention.key_length_mla": 192,
            "attention.value_length_mla": 128,
            "attention.value_length": 512,
            "rope.dimension_count": 64,
            "expert_feed_forward_length": 256,
            "expert_shared_count": 1,
            "expert_weights_scale": 2.5,
            "expert_weights_norm": True,
            "expert_gating_func": _SIGMOID,
            "expert_group_count": 8,
            "expert_group_used_count": 4,
        },
    ),
    "nomic-embed-text-v1.5": Shape(
        "nomic-bert", 12, 768, 12, 12, 64, 3072, 30_522, 2_048, "wordpiece",
        keys={"attention.causal": False, "pooling_type": _MEAN, "rope.freq_base": 1000.0},
    ),
    "all-minilm-l6-v2": Shape(
        "bert", 6, 384, 12, 12, 32, 1536, 30_522, 512, "wordpiece",
        keys={"attention.causal": False, "pooling_type": _MEAN},
    ),
}  # fmt: skip
"""By the name of the real model whose layout it is."""
