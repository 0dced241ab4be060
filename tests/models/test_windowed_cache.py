"""Layers that look back only so far keep only so much: going back before it must not change what is computed."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from made_gguf import make

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(
    find_spec("llama_cpp") is None,
    reason="llama-cpp-python is not installed: there was no C++ compiler to build it with",
)

# In a process of its own, as the engine always is. Prints how far the scores of the next token are from those of a new
# start, where llama-cpp-python reuses what was read, and where the engine does; and how many tokens that read.
SCRIPT = """
import json, random, sys
import numpy as np
from app.domain.fit import Settings
from app.models.runtimes.llama_cpp_engine import Engine, Prompt
engine = Engine(sys.argv[1], Settings(2048, 128, "f16", 2), None)
llama, native = engine._llama, engine._native
draw = random.Random(3)
def words(count): return [draw.randrange(300, 20000) for _ in range(count)]
def scores(): return np.ctypeslib.as_array(native.llama_get_logits_ith(llama.ctx, -1), (llama.n_vocab(),)).copy()
def direct(prompt):
    next(iter(llama.generate(prompt, temp=0.0)))
    return scores()
def ours(prompt):
    writing = engine.write(Prompt(prompt, ""), 1, 0, 0.0, "", lambda: False)
    while True:
        try:
            next(writing)
        except StopIteration as end:
            return scores(), end.value.read
first = words(1600)
back, on = first[:600] + words(40), first + words(40)
llama.reset()
fresh = direct(back)
llama.reset(); direct(first)
naive = float(abs(direct(back) - fresh).max())
llama.reset(); direct(first)
kept, read_back = ours(back)
llama.reset(); direct(first)
_, read_on = ours(on)
difference = float(abs(kept - fresh).max())
print(json.dumps({"naive": naive, "ours": difference, "read_back": read_back, "read_on": read_on}))
"""


def test_a_prompt_that_goes_back_is_computed_as_if_it_were_the_first(tmp_path: Path) -> None:
    path = make(tmp_path / "gemma.gguf", "gemma-3-270m", weights="Q8_0", narrow=4)
    command = [sys.executable, "-c", SCRIPT, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    # The trap is there: what lies before the window is gone, and nobody says so.
    assert found["naive"] > 1e-4
    assert found["ours"] == 0.0
    assert found["read_back"] == 640
    assert found["read_on"] == 40
