"""An encoder in a GGUF file: how it is used, as far as the file and the families that we know tell."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from app.domain.errors import ModelFault
from app.domain.recipes import Recipe
from app.models.adapters import ADAPTER
from app.models.gguf import Header, read_texts
from app.models.manifest import read_recipe

VOCABULARY_PATH = Path(__file__).resolve().parents[2] / "resources" / "embedders" / "all-MiniLM-L6-v2" / "vocab.txt"
"""The word pieces of bert-base-uncased, which is the one vocabulary that is taken."""

_NOMIC = "nomic-bert"
_FAMILIES = frozenset({"bert", _NOMIC})
_TOKENS = "tokenizer.ggml.tokens"
_SPACE = "\u2581"
_POOLING = {1: "mean", 2: "cls"}  # `llama_pooling_type` of llama.h
# Positions that nomic-embed-text-v1.5 was trained at, of the 8,192 that it can be stretched to; those of BERT.
_LONGEST = {_NOMIC: 2048, "bert": 512}
# By a part of the model's name: what its authors put before documents and questions. Their model cards say so:
# nomic-ai/nomic-embed-text-v1.5, BAAI/bge-small-en-v1.5, intfloat/e5-small-v2, mixedbread-ai/mxbai-embed-large-v1,
# Snowflake/snowflake-arctic-embed-s.
_SEARCHING = "Represent this sentence for searching relevant passages: "
_PROMPTS = (
    ("nomic", "search_document: ", "search_query: "),
    ("e5-", "passage: ", "query: "),
    ("bge-", "", _SEARCHING),
    ("mxbai-", "", _SEARCHING),
    ("arctic-embed", "", _SEARCHING),
)

# Those with the vocabulary of bert-base-uncased, by a part of their name, and their relatives that have another.
_KNOWN = ("nomic-embed-text", "all-minilm", "bge-", "mxbai-embed", "arctic-embed", "e5-", "gte-")
_OTHERS = ("-v2-moe", "embed-text-v2", "multilingual", "m3", "zh", "arctic-embed2", "embed-l-v2", "gte-qwen", "mistral")


def is_encoder(facts: Mapping[str, str]) -> bool:
    """Say of what `app.models.inspection.inspect_gguf` tells whether the model gives vectors and writes nothing."""
    return "bert" in facts["architecture"] and facts["type"] != ADAPTER


def encoder_facts(path: Path, header: Header) -> dict[str, str]:
    """Return what a recipe is made of: ``pooling``, ``dimensions``, ``context``, and ``vocabulary`` if it is ours.

    Raises:
        ModelFault: the file is not sound.
    """
    keys = header.shape
    return {
        "pooling": _POOLING.get(_number(keys.get("pooling_type")), ""),
        "dimensions": str(_number(keys.get("embedding_length"))),
        "context": str(_number(keys.get("context_length"))),
        "vocabulary": "known" if _is_ours(read_texts(path, _TOKENS)) else "",
    }


def recipe_of(name: str, facts: Mapping[str, str]) -> Recipe:
    """Say how an encoder is used.

    Args:
        name: of the model, from its header and its file.
        facts: of `app.models.inspection.inspect_gguf`.

    Raises:
        ModelFault: it is of a family, or used in a way, that Lectern does not know (reason ``architecture`` or
            ``vocabulary``).
    """
    family = facts["architecture"]
    if family not in _FAMILIES or not facts["pooling"]:
        raise ModelFault(
            "architecture",
            f"{name} is of a kind that Lectern cannot use for search by meaning.",
            "Use nomic-embed-text, or a model of the BERT family whose file says how its vectors are pooled.",
            f"family {family}, pooling {facts['pooling'] or 'not said'}",
        )
    if not facts["vocabulary"]:
        raise ModelFault(
            "vocabulary",
            f"{name} cuts texts into other pieces than Lectern knows.",
            "Use a model with the vocabulary of bert-base-uncased, such as nomic-embed-text.",
        )
    prompts = next(((document, query) for part, document, query in _PROMPTS if part in name.lower()), ("", ""))
    return read_recipe(
        {
            "document_prefix": prompts[0],
            "query_prefix": prompts[1],
            "pooling": facts["pooling"],
            # The authors of nomic-embed-text take it before they cut the vectors.
            "layer_norm": family == _NOMIC,
            "normalise": True,
            "dimensions": int(facts["dimensions"]),
            "truncation": min(int(facts["context"]), _LONGEST[family]),
        }
    )


def is_known(name: str) -> bool:
    """Say of a model on a server whether it is an encoder that Lectern knows how to use."""
    lowered = name.lower()
    return any(part in lowered for part in _KNOWN) and not any(part in lowered for part in _OTHERS)


def recipe_by_name(name: str, dimensions: int) -> Recipe:
    """Say how an encoder is used of which nothing but its name and the size of its vectors is known.

    Raises:
        ModelFault: it is not one that `is_known`.
    """
    family = _NOMIC if "nomic" in name.lower() else "bert"
    known = "known" if is_known(name) else ""
    facts = {"architecture": family, "pooling": "mean", "dimensions": str(dimensions), "vocabulary": known}
    return recipe_of(name, {**facts, "context": str(_LONGEST[family])})


def _number(value: object) -> int:
    return value if type(value) is int else 0


def _is_ours(tokens: Sequence[str]) -> bool:
    ours = VOCABULARY_PATH.read_text("utf-8").splitlines()
    pieces = [_piece(token) for token in tokens]
    # The table of nomic-embed-text is filled up to a round number.
    return pieces[: len(ours)] == ours and all(_in_brackets(piece) for piece in pieces[len(ours) :])


def _piece(token: str) -> str:
    """Undo what llama.cpp's convert_hf_to_gguf.py does to the pieces of BERT."""
    if token.startswith(_SPACE):
        return token.removeprefix(_SPACE)
    return token if _in_brackets(token) else f"##{token}"


def _in_brackets(token: str) -> bool:
    return token.startswith("[") and token.endswith("]")
