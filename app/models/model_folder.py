"""The folder of a model as transformers and sentence-transformers write it: how it is used is read from it."""

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

from app.domain.errors import ModelFault
from app.domain.recipes import Recipe
from app.models.copying import write_synced
from app.models.manifest import Manifest, PackedFile, read_recipe
from app.models.packs import CONFIG, TOKENIZER, VOCABULARY
from app.models.soundness import LARGEST_TOKENIZER, SENTENCE_PIECES

_LARGEST = 1 << 20  # bytes
# Of https://huggingface.co/nomic-ai/nomic-embed-text-v1.5, whose folder names neither the prefixes nor the layer norm.
_NOMIC = "nomic_bert"
_NOMIC_PROMPTS = {"document": "search_document: ", "query": "search_query: "}
_NOMIC_CONTEXT = 2048  # positions it was trained at
_BERT, _XLM_R = "bert", "xlm-roberta"
_FAMILIES = frozenset({_BERT, _NOMIC})
# The normaliser of bert-base-uncased; and how many more numbers a model may have than word pieces (nomic: 6).
_UNCASED, _SPARE_PIECES = ("BertNormalizer", True), 256
# Its positions are counted from two on.
_BEFORE_XLM_R = 2
_SCORES = "ForSequenceClassification"
_MODULES = ("Transformer", "Pooling", "Normalize")


def is_reranker(folder: Path) -> bool:
    """Whether the model gives scores, by its ``config.json``; else it gives vectors.

    Raises:
        ModelFault: the folder is not whole (reason ``missing``).
        OSError: a file cannot be read.
    """
    named = _read(folder / CONFIG).get("architectures")
    return isinstance(named, list) and any(str(name).endswith(_SCORES) for name in named)


def truncation_of(folder: Path) -> int:
    """Read how many tokens of a question with its passage a reranker reads.

    Args:
        folder: with ``config.json`` and, where the model has it, ``tokenizer_config.json``.

    Raises:
        ModelFault: it is of a family that this version does not run, or no reranker (reason ``architecture``), or the
            folder is not whole (``missing``).
        OSError: a file cannot be read.
    """
    config, tokenizer = _read(folder / CONFIG), _read(folder / "tokenizer_config.json", needed=False)
    family = config.get("model_type")
    if family not in (_BERT, _XLM_R):
        raise _no_reranker(folder, f"of the family {family!r}, whose tokenizer this version does not have")
    labels = config.get("id2label")
    if not isinstance(labels, dict) or len(labels) != 1:
        raise _no_reranker(folder, "made to sort texts, and gives no score")
    if family == _BERT and tokenizer.get("do_lower_case") is False:
        raise _no_reranker(folder, "one that tells capitals from small letters")
    context = config.get("max_position_embeddings")
    # Where its makers set no limit, the tokenizer has an absurd number.
    longest = tokenizer.get("model_max_length", context)
    try:
        return int(min(context - (_BEFORE_XLM_R if family == _XLM_R else 0), longest))
    except (TypeError, ValueError, OverflowError) as error:
        raise _not_whole(folder / CONFIG, f"it reads {context!r} or {longest!r} tokens") from error


def recipe_of(folder: Path) -> Recipe:
    """Read how an embedder is used.

    Args:
        folder: with ``config.json``, ``modules.json``, ``1_Pooling/config.json`` and, where the model has them,
            ``sentence_bert_config.json`` and ``config_sentence_transformers.json``.

    Raises:
        ModelFault: it is of a family, or used in a way, that Lectern does not know (reason ``architecture``), or the
            folder is not whole (``missing``, ``manifest``).
        OSError: a file cannot be read.
    """
    try:
        return read_recipe(_fields(folder))
    except (TypeError, AttributeError) as error:
        raise _not_whole(folder / CONFIG, repr(error)) from error


def with_vocabulary(manifest: Manifest, folder: Path) -> Manifest:
    """Write the list of word pieces where a model brings them in its ``tokenizer.json`` alone; XLM-R has none.

    Args:
        manifest: of the model.
        folder: in which its files lie.

    Returns:
        The manifest, with that list where it was made.

    Raises:
        ModelFault: its tokens are no word pieces (reason ``architecture``), or the file is not whole (``missing``).
        OSError: the list cannot be written.
    """
    if any(file.name == VOCABULARY for file in manifest.files):
        return manifest
    path = folder / TOKENIZER
    try:
        tokenizer, config = _read(path, largest=LARGEST_TOKENIZER), _read(folder / CONFIG)
    except ModelFault as fault:
        raise _wrong_tokenizer(manifest, fault.detail) from fault
    model, normaliser = (tokenizer.get(part) for part in ("model", "normalizer"))
    if manifest.kind == "reranker" and isinstance(model, Mapping) and model.get("type") == SENTENCE_PIECES:
        return manifest
    if not isinstance(model, Mapping) or model.get("type") != "WordPiece":
        raise _unknown(manifest.name, "it does not cut texts into word pieces")
    if not isinstance(normaliser, Mapping) or (normaliser.get("type"), normaliser.get("lowercase")) != _UNCASED:
        raise _unknown(manifest.name, "it tells capitals from small letters")
    numbers = model.get("vocab")
    if not isinstance(numbers, Mapping) or sorted(map(str, numbers.values())) != sorted(map(str, range(len(numbers)))):
        raise _wrong_tokenizer(manifest, "its word pieces are not numbered in a row")
    known = config.get("vocab_size", 0)
    if type(known) is not int or len(numbers) + _SPARE_PIECES < known:
        raise _wrong_tokenizer(manifest, f"it has {len(numbers)} word pieces, and the model {known!r}")
    pieces = sorted(numbers, key=lambda piece: int(numbers[piece]))
    if any("\n" in piece or "\r" in piece for piece in pieces):
        raise _wrong_tokenizer(manifest, "a word piece holds the end of a line")
    data = "".join(f"{piece}\n" for piece in pieces).encode("utf-8", "replace")
    write_synced(folder / VOCABULARY, data)
    return replace(manifest, files=(*manifest.files, PackedFile(VOCABULARY, len(data), sha256(data).hexdigest())))


def _fields(folder: Path) -> dict[str, object]:
    config = _read(folder / CONFIG)
    family = config.get("model_type")
    if family not in _FAMILIES:
        raise _unknown(folder.name, f"the family is {family!r}")
    modules = _read(folder / "modules.json", needed=False) or []
    if any(str(module.get("type")).rpartition(".")[2] not in _MODULES for module in modules):
        raise _unknown(folder.name, f"modules {modules}")
    if _read(folder / "tokenizer_config.json", needed=False).get("do_lower_case") is False:
        raise _unknown(folder.name, "it tells capitals from small letters")
    nomic = family == _NOMIC
    prompts = _read(folder / "config_sentence_transformers.json", needed=False).get("prompts") or {}
    prompts = {key: text for key, text in prompts.items() if text} or (_NOMIC_PROMPTS if nomic else {})
    context = config.get("max_position_embeddings") or config.get("n_positions")
    longest = _read(folder / "sentence_bert_config.json", needed=False).get("max_seq_length") or context
    return {
        "document_prefix": prompts.get("document", prompts.get("passage", "")),
        "query_prefix": prompts.get("query", ""),
        "pooling": _pooling(folder),
        "layer_norm": nomic,
        "normalise": True,
        "dimensions": config.get("hidden_size") or config.get("n_embd"),
        "truncation": min(context, longest, _NOMIC_CONTEXT) if nomic else min(context, longest),
    }


def _pooling(folder: Path) -> Literal["mean", "cls"]:
    fields = _read(folder / "1_Pooling" / CONFIG)
    modes = {key.removeprefix("pooling_mode_") for key, on in fields.items() if on is True and "mode" in key}
    modes |= {str(fields["pooling_mode"])} if "pooling_mode" in fields else set()
    if modes in ({"mean_tokens"}, {"mean"}):
        return "mean"
    if modes in ({"cls_token"}, {"cls"}):
        return "cls"
    raise _unknown(folder.name, f"pooling {sorted(modes)}")


def _read(path: Path, needed: bool = True, largest: int = _LARGEST) -> Any:  # noqa: ANN401 - as the file has it
    if not path.is_file():
        if needed:
            raise _not_whole(path, "it is not there")
        return {}
    with path.open("rb") as file:
        data = file.read(largest + 1)
    try:
        if len(data) > largest:
            raise ValueError("too large")
        fields: Any = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _not_whole(path, str(error)) from error
    expected = list if path.name == "modules.json" else Mapping
    if not isinstance(fields, expected):
        raise _not_whole(path, "of another form")
    return fields


def _wrong_tokenizer(manifest: Manifest, detail: str) -> ModelFault:
    return ModelFault(
        "missing",
        f"The {TOKENIZER} of {manifest.name} is not sound, so it is not known how it cuts texts into tokens.",
        "Get a whole copy of the model's folder, or the model as a pack.",
        detail,
    )


def _unknown(name: str, detail: str) -> ModelFault:
    return ModelFault(
        "architecture",
        f"The model in {name} is of a kind that Lectern cannot use for search by meaning.",
        "Use nomic-embed-text, or a model of the BERT family as sentence-transformers saves it.",
        detail,
    )


def _no_reranker(folder: Path, what: str) -> ModelFault:
    return ModelFault(
        "architecture",
        f"The reranker in {folder.name} does not run here: it is {what}.",
        "Use a cross-encoder of BERT or XLM-R that gives one score, such as ms-marco-MiniLM or bge-reranker.",
    )


def _not_whole(path: Path, detail: str) -> ModelFault:
    return ModelFault(
        "missing",
        f"The folder {path.parent.name} has no sound {path.name}, so it is not known how the model is used.",
        "Get a whole copy of the model's folder, or the model as a pack.",
        detail,
    )
