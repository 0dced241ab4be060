"""Look into damaged GGUF and ONNX files by the thousand: each must be taken, or refused with a reason.

python tests/campaigns/hostile_headers.py [--count 20000] [--seconds 600] [--seed 1]

Bits are flipped, numbers made absurd, pieces cut out, doubled or moved. A file is looked into as in the child process,
and one in a hundred by the child itself, which must say the same. What is counted as wrong: any exception but a fault
with a reason, a GGUF file that is taken and whose tensors lie wrong, more than `SECONDS` for one.
"""

import argparse
import random
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "models")]

import numpy as np  # noqa: E402
from gguf import GGUFWriter  # noqa: E402
from packed import onnx  # noqa: E402

from app.domain.errors import ModelFault  # noqa: E402
from app.jobs.cancel import CancelToken  # noqa: E402
from app.models.gguf import Header, read_header  # noqa: E402
from app.models.inspection import inspect_gguf, inspect_onnx  # noqa: E402
from app.models.inspection_child import look_into  # noqa: E402

SECONDS = 5.0  # they take milliseconds, and the machine may be busy
_BY_THE_CHILD = 100
_NUMBERS = (0, 1, 2, 7, 31, 33, 255, 4_097, 65_536, 1 << 20, 1 << 24, 1 << 31, (1 << 32) - 1, 1 << 40, 1 << 62)


@dataclass
class Findings:
    """What a run saw: how all ended, and everything that is wrong."""

    ended: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def took(self, what: str, began: float) -> None:
        seconds = time.monotonic() - began
        self.slowest = max(self.slowest, seconds)
        if seconds > SECONDS:
            self.wrong.append(f"{what}: {seconds:.1f} s")


def main() -> int:
    return run_command(__doc__, headers, 20_000)


def run_command(what: str | None, run: Callable[[int, float, int], Findings], count: int) -> int:
    """Run a campaign from the command line."""
    parser = argparse.ArgumentParser(description=(what or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=count)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    findings = run(options.count, options.seconds, options.seed)
    for name, times in findings.ended.most_common():
        print(f"{times:6d} {name}")
    for line in findings.wrong:
        print(f"WRONG  {line}")
    print(f"{findings.ended.total()} in all, {len(findings.wrong)} wrong; the slowest took {findings.slowest:.2f} s")
    return 1 if findings.wrong else 0


def headers(count: int, seconds: float, seed: int) -> Findings:
    """Read ``count`` damaged headers, or as many as fit into ``seconds``."""
    findings, end = Findings(), time.monotonic() + seconds
    with TemporaryDirectory() as folder:
        for number, (name, data) in enumerate(damaged_headers(seed)):
            if number == count or time.monotonic() > end:
                break
            path = Path(folder) / name
            path.write_bytes(data)
            began, what = time.monotonic(), f"header {number} of seed {seed}"
            here = _read_here(path)
            findings.took(what, began)
            findings.ended[here.partition(":")[0]] += 1
            if here.startswith("wrong"):
                findings.wrong.append(f"{what}: {here}")
            elif number % _BY_THE_CHILD == 0 and (there := _read_in_child(path)) != here:
                findings.wrong.append(f"{what}: {here}, and the child says {there}")
    return findings


def _read_here(path: Path) -> str:
    """Look into a file as the child does, and say how that ended."""
    try:
        facts = look_into(path, True)
        problem = unsound(read_header(path)) if path.suffix == ".gguf" else ""
    except ModelFault as fault:
        return fault.reason if fault.summary else "wrong: a fault without words"
    except Exception as error:  # noqa: BLE001 - whatever comes is a finding
        return f"wrong: {error!r}"
    return f"wrong: {problem}" if problem else f"taken: {facts}"


def _read_in_child(path: Path) -> str:
    try:
        if path.suffix == ".gguf":
            return f"taken: {inspect_gguf(path, True, CancelToken())}"
        inspect_onnx(path, CancelToken())
    except ModelFault as fault:
        return fault.reason
    return "taken: {}"


def unsound(header: Header) -> str:
    """Say what is wrong with a header that was taken; empty when nothing is."""
    end = 0
    for tensor in sorted(header.tensors, key=lambda tensor: tensor.offset):
        if tensor.offset < end or tensor.size <= 0:
            return f"{tensor.name} lies on another, or is nothing"
        end = tensor.offset + tensor.size
    return f"the last tensor ends at {end} of {header.size}" if end > header.size else ""


def damaged_headers(seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield names and contents of files without end."""
    rng = random.Random(seed)  # noqa: S311 - damage, not secrets
    with TemporaryDirectory() as folder:
        models = [rich(Path(folder) / "m.gguf", architecture) for architecture in ("llama", "gemma3", "qwen35", "bert")]
    seeds = [*(("m.gguf", model) for model in models), ("m.onnx", onnx())]
    while True:
        name, data = rng.choice(seeds)
        yield name, damage(rng, data, rng.choice(seeds)[1])


def rich(path: Path, architecture: str) -> bytes:
    """Write a small file that has every kind of key."""
    writer = GGUFWriter(path, architecture)
    writer.add_name("Rich")
    writer.add_license("apache-2.0")
    writer.add_file_type(15)
    writer.add_block_count(4)
    writer.add_context_length(2_048)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length([64, 64, 32, 64])
    writer.add_head_count(4)
    writer.add_head_count_kv([4, 0, 2, 2])
    writer.add_sliding_window(512)
    writer.add_bool(f"{architecture}.attention.causal", True)
    for name, value in (("inner_size", 64), ("state_size", 16), ("group_count", 2), ("conv_kernel", 4)):
        writer.add_uint32(f"{architecture}.ssm.{name}", value)
    writer.add_token_list([f"token {number}" for number in range(50)])
    writer.add_token_scores([0.5] * 50)
    writer.add_float32("a", 1.5)
    writer.add_int8("b", -1)
    writer.add_uint64("c", 1 << 40)
    for name in ("token_embd.weight", "blk.0.attn_q.weight", "output.weight"):
        writer.add_tensor(name, np.ones((4, 32), dtype=np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()


def damage(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Change bytes at one place or several."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if not changed:
            break
        place = rng.randrange(len(changed))
        length = rng.choice((1, 4, 8, 60, 700))
        match rng.randrange(7):
            case 0 | 1:
                changed[place] ^= 1 << rng.randrange(8)
            case 2 | 3:
                number = struct.pack("<Q", rng.choice(_NUMBERS))[: rng.choice((4, 8))]
                changed[place : place + len(number)] = number
            case 4:
                del changed[place : place + length]
            case 5:
                changed[place:place] = changed[place : place + length] * rng.choice((1, 2, 50))
            case _:
                start = rng.randrange(len(other))
                changed[place : place + rng.choice((0, length))] = other[start : start + length]
    return bytes(changed[: rng.randrange(len(changed))] if changed and rng.random() < 0.05 else changed)


if __name__ == "__main__":
    sys.exit(main())
