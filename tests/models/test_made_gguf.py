"""Made models are whole: our reader takes their headers, and llama.cpp loads and runs them."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from made_gguf import Weights, make
from made_shapes import FAMILIES, header_keys

from app.models.gguf import Counted, read_header

needs_llama_cpp = pytest.mark.skipif(
    find_spec("llama_cpp") is None, reason="llama-cpp-python is not installed: there was no C++ compiler to build it"
)

SMALL = 3_000  # tokens
# As few layers as show every kind of layer of the family; llama.cpp has the first 20 of Gemma 3n built in.
FEWEST = {"gemma-3n-e4b": 22, "gemma-3-270m": 6, "gemma-3-1b": 6, "gemma-3-4b": 6}


def small(folder: Path, family: str, weights: Weights = "Q4_K_M", seed: int = 0) -> Path:
    shape = FAMILIES[family]
    layers = FEWEST.get(family, 4)
    return make(
        folder / f"{family}.gguf",
        family,
        weights=weights,
        narrow=shape.kv_heads if shape.kv_heads < shape.heads else shape.heads // 4,
        layers=layers,
        vocabulary=SMALL,
        seed=seed,
    )


def test_the_same_seed_makes_the_same_file(tmp_path: Path) -> None:
    first, second, other = (tmp_path / name for name in ("first", "second", "other"))
    for folder, seed in ((first, 1), (second, 1), (other, 2)):
        folder.mkdir()
        small(folder, "llama-3.2-1b", seed=seed)
    same, again, different = ((folder / "llama-3.2-1b.gguf").read_bytes() for folder in (first, second, other))
    assert same == again
    assert same != different


@pytest.mark.parametrize("family", FAMILIES)
def test_its_header_says_what_it_is(tmp_path: Path, family: str) -> None:
    header = read_header(small(tmp_path, family))
    shape = FAMILIES[family]
    assert header.architecture == shape.architecture
    assert header.metadata["tokenizer.ggml.tokens"] == Counted(SMALL)
    assert set(header_keys(shape)) <= set(header.shape)
    assert max(tensor.offset + tensor.size for tensor in header.tensors) <= header.size


@needs_llama_cpp
@pytest.mark.parametrize("family", [name for name, shape in FAMILIES.items() if "bert" not in shape.architecture])
def test_llama_cpp_writes_with_it(tmp_path: Path, family: str) -> None:
    import llama_cpp

    model = llama_cpp.Llama(str(small(tmp_path, family)), n_ctx=64, n_batch=32, verbose=False)
    prompt = model.tokenize(b"some words", add_bos=False)
    assert all(0 <= token < SMALL for token, _ in zip(model.generate(prompt, temp=0), range(3), strict=False))
    model.close()


@needs_llama_cpp
@pytest.mark.parametrize("weights", ["F16", "Q8_0", "Q4_0", "Q4_K_M", "Q5_K_M"])
def test_every_kind_of_weights_computes(tmp_path: Path, weights: Weights) -> None:
    import llama_cpp

    model = llama_cpp.Llama(str(small(tmp_path, "llama-3.2-1b", weights)), n_ctx=64, logits_all=True, verbose=False)
    model.eval(model.tokenize(b"some words", add_bos=False))
    logits = model.scores[: model.n_tokens]
    assert abs(logits).max() < 1e3
    assert logits.std() > 0
    model.close()


@needs_llama_cpp
@pytest.mark.parametrize("family", ["nomic-embed-text-v1.5", "all-minilm-l6-v2"])
def test_llama_cpp_embeds_with_it(tmp_path: Path, family: str) -> None:
    import llama_cpp

    path = small(tmp_path, family)
    model = llama_cpp.Llama(str(path), n_ctx=64, n_batch=64, n_ubatch=64, embedding=True, verbose=False)
    (vector,) = model.embed(["some words"])
    assert len(vector) == read_header(path).shape["embedding_length"]
    model.close()
