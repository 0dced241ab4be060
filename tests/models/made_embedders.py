"""Embedders as GGUF files and folders: of real weights, and of nomic's architecture with seeded random weights."""

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter, PoolingType, TokenType
from gguf.quants import quantize
from numpy.typing import NDArray

from app.domain.recipes import Recipe
from app.models.packs import EmbedderPack, starter_embedder

Weights = Mapping[str, NDArray[np.float32]]

_BERT = {
    "attention.self.query": "attn_q",
    "attention.self.key": "attn_k",
    "attention.self.value": "attn_v",
    "attention.output.dense": "attn_output",
    "attention.output.LayerNorm": "attn_output_norm",
    "intermediate.dense": "ffn_up",
    "output.dense": "ffn_down",
    "output.LayerNorm": "layer_output_norm",
}
_NOMIC = {
    "self_attn.o_proj": "attn_output",
    "post_attention_layernorm": "attn_output_norm",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
    "post_mlp_layernorm": "layer_output_norm",
}
_EMBEDDINGS = {
    "embeddings.word_embeddings.weight": "token_embd.weight",
    "embeddings.position_embeddings.weight": "position_embd.weight",
    "embeddings.token_type_embeddings.weight": "token_types.weight",
    "embeddings.LayerNorm.weight": "token_embd_norm.weight",
    "embeddings.LayerNorm.bias": "token_embd_norm.bias",
}


def gguf_of(
    path: Path,
    config: Mapping[str, Any],
    weights: Weights,
    kind: GGMLQuantizationType,
    pooling: PoolingType | None = PoolingType.MEAN,
    pieces: Sequence[str] | None = None,
) -> Path:
    """Write an encoder with llama.cpp's names.

    Args:
        path: of the new file.
        config: as transformers writes it.
        weights: by transformers' names.
        kind: of the matrices.
        pooling: that the file names; None = none.
        pieces: of the vocabulary; None = those of bert-base-uncased.
    """
    nomic = config["model_type"] == "nomic_bert"
    writer = GGUFWriter(path, "nomic-bert" if nomic else "bert")
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_name(path.stem)
    if pooling is not None:
        writer.add_pooling_type(pooling)
    if nomic:
        writer.add_rope_freq_base(1000.0)
    _add_vocabulary(writer, config["vocab_size"], pieces)
    named = _nomic(weights, config["num_hidden_layers"]) if nomic else _bert(weights)
    for name, values in named:
        plain = values.ndim == 1 or "norm" in name or name.startswith(("position", "token_types"))
        chosen = GGMLQuantizationType.F32 if plain else kind
        writer.add_tensor(name, quantize(values, chosen), raw_dtype=chosen)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _bert(weights: Weights) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for name, values in weights.items():
        if name in _EMBEDDINGS:
            yield _EMBEDDINGS[name], values
        elif name.startswith("encoder.layer."):
            _, _, number, rest = name.split(".", 3)
            stem, end = rest.rsplit(".", 1)
            yield f"blk.{number}.{_BERT[stem]}.{end}", values


def _nomic(weights: Weights, layers: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    for name, values in weights.items():
        if name in _EMBEDDINGS:
            yield _EMBEDDINGS[name], values
        elif name.startswith("layers."):
            _, block, rest = name.split(".", 2)
            stem, end = rest.rsplit(".", 1)
            if stem in _NOMIC:
                yield f"blk.{block}.{_NOMIC[stem]}.{end}", values
    for number in range(layers):
        parts = [weights[f"layers.{number}.self_attn.{part}_proj.weight"] for part in "qkv"]
        yield f"blk.{number}.attn_qkv.weight", np.concatenate(parts)


def _add_vocabulary(writer: GGUFWriter, size: int, known: Sequence[str] | None) -> None:
    pieces = list(known or starter_embedder().vocabulary.read_text("utf-8").splitlines())
    pieces += [f"[PAD{number}]" for number in range(len(pieces), size)]
    special = [piece.startswith("[") and piece.endswith("]") and len(piece) > 2 for piece in pieces]
    named = zip(pieces, special, strict=True)
    writer.add_tokenizer_model("bert")
    writer.add_token_list(
        [piece if mark else piece[2:] if piece.startswith("##") else f"▁{piece}" for piece, mark in named]
    )
    writer.add_token_types([TokenType.CONTROL if mark else TokenType.NORMAL for mark in special])
    writer.add_token_type_count(2)
    for key, piece in (("padding", "[PAD]"), ("unknown", "[UNK]"), ("cls", "[CLS]"), ("seperator", "[SEP]")):
        writer.add_uint32(f"tokenizer.ggml.{key}_token_id", pieces.index(piece))


def nomic_folder(folder: Path, width: int = 128, layers: int = 3, seed: int = 0) -> Path:
    """Save a model of nomic's architecture with seeded random weights as transformers does.

    The real one has width 768 and 12 layers.
    """
    import torch
    from transformers import NomicBertConfig, NomicBertModel

    torch.manual_seed(seed)
    config = NomicBertConfig(
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=width // 64,
        intermediate_size=4 * width,
        # Large enough for every layer to count.
        initializer_range=0.6 / width**0.5,
    )
    NomicBertModel(config).save_pretrained(folder)
    return folder


def sentence_transformers_folder(folder: Path, width: int = 128, layers: int = 3) -> Path:
    """Save a model of nomic's architecture, with all that sentence-transformers puts beside it."""
    nomic_folder(folder, width, layers)
    vocabulary = starter_embedder().vocabulary
    (folder / "vocab.txt").write_bytes(vocabulary.read_bytes())
    tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 8192}
    pooling = {"word_embedding_dimension": width, "pooling_mode_mean_tokens": True}
    kinds = {"": "Transformer", "1_Pooling": "Pooling"}
    modules = [
        {"idx": number, "name": str(number), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for number, (path, kind) in enumerate(kinds.items())
    ]
    (folder / "1_Pooling").mkdir()
    for name, fields in (
        ("tokenizer_config.json", tokenizer),
        ("modules.json", modules),
        ("1_Pooling/config.json", pooling),
        ("sentence_bert_config.json", {"max_seq_length": 8192, "do_lower_case": False}),
    ):
        (folder / name).write_text(json.dumps(fields), "utf-8")
    return folder


def nomic_gguf(path: Path, folder: Path, kind: GGMLQuantizationType) -> Path:
    """Convert what `nomic_folder` saved."""
    from transformers import NomicBertModel

    state = NomicBertModel.from_pretrained(folder).state_dict()
    config = json.loads((folder / "config.json").read_text("utf-8"))
    return gguf_of(path, config, {name: values.numpy() for name, values in state.items()}, kind)


def minilm_gguf(path: Path, folder: Path, kind: GGMLQuantizationType) -> Path:
    """Convert the original weights of all-MiniLM-L6-v2."""
    from safetensors.numpy import load_file

    config = json.loads((folder / "config.json").read_text("utf-8"))
    return gguf_of(path, config, load_file(folder / "model.safetensors"), kind)


def pack_of(model: Path, recipe: Recipe | None = None, canary: Path | None = None) -> EmbedderPack:
    """Make a pack of a model file; recipe and canary are those of all-MiniLM-L6-v2 unless given."""
    starter = starter_embedder()
    return EmbedderPack(
        id="made",
        name=f"made of {model.name}",
        model=model,
        sha256=sha256(model.read_bytes()).hexdigest(),
        vocabulary=starter.vocabulary,
        recipe=recipe or starter.recipe,
        canary=canary or starter.canary,
        stand_in=False,
    )
