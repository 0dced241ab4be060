"""Feed damaged copies of real files to the parser pool: each must end as a document or a fault, and nothing may stay.

python tests/campaigns/hostile_files.py [--count 2000] [--seconds 600] [--seed 1] [--pdfs ../shared/eval/cuad/pdfs]

Every copy is a real file of one format with bits flipped, bytes cut out, doubled or replaced, an end cut off, numbers
changed, or a piece of another file put in. DOCX files are damaged inside too: a part is unpacked, damaged and packed
again. What is counted as wrong: an exception out of the pool, a file without a result or with two, a document that
breaks what holds of documents, a child that is still there at the end.
"""

import argparse
import io
import random
import re
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from docx import Document
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from app.documents.limits import Limits
from app.documents.pool import ParseResult, ParserPool
from app.domain.documents import ParsedDocument
from app.jobs.cancel import CancelToken

# Small, so that a file that makes a parser run away costs seconds and is seen to be stopped.
LIMITS = Limits(wall_seconds=10, cpu_seconds=10, memory_bytes=768 * 1024 * 1024, files_per_child=100)
_NUMBERS = (b"0", b"-1", b"65536", b"2147483647", b"4294967295", b"99999999999999999999")
_TOKENS = (
    b"<<", b">>", b"[", b"]", b"(", b"endobj", b"stream", b"/Kids [1 0 R]", b"/Parent 2 0 R", b"/Length 9",
    b"/Prev 9", b"/Filter [/FlateDecode /FlateDecode]", b"<div>", b"</p>", b"<table><tr><td>", b"<!--", b"&#x1;",
    b"\xff\xfe", b"> ", b"```\n", b"|-|-|\n", b"* ", b"[[[[", b"\xef\xbf\xbe", b"\xed\xa0\x80", b"\0",
    b"<w:p><w:r><w:t>", b"</w:tc>", b"<w:tbl><w:tr><w:tc>", b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
)  # fmt: skip


@dataclass
class Findings:
    """What a run saw: how files ended, and everything that is wrong."""

    ended: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


def main() -> int:
    """Run the campaign from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pdfs", type=Path, default=None, help="a folder of PDFs to damage besides the made ones")
    options = parser.parse_args()
    findings = run(options.count, options.seconds, options.seed, options.pdfs)
    for name, times in findings.ended.most_common():
        sys.stdout.write(f"{times:6d} {name}\n")
    for line in findings.wrong:
        sys.stdout.write(f"WRONG  {line}\n")
    sys.stdout.write(f"{findings.ended.total()} files, {len(findings.wrong)} wrong\n")
    return 1 if findings.wrong else 0


def run(count: int, seconds: float, seed: int, pdfs: Path | None = None, workers: int = 2) -> Findings:
    """Damage and parse ``count`` files, or as many as fit into ``seconds``."""
    findings = Findings()
    before = {process.pid for process in psutil.Process().children()}
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as folder:
        made: list[Path] = []

        def files() -> Iterator[Path]:
            for number, (ending, data) in enumerate(damaged(seed, pdfs)):
                if number == count or time.monotonic() > end:
                    return
                path = Path(folder) / f"{number}{ending}"
                path.write_bytes(data)
                made.append(path)
                yield path

        seen: Counter[Path] = Counter()
        with ParserPool(workers, LIMITS) as pool:
            for results in pool.parse(files(), lambda _sha256: False, CancelToken()):
                for result in results:
                    seen[result.path] += 1
                    _judge(result, findings)
                    result.path.unlink()
        findings.wrong += [f"{path.name}: {seen[path]} results" for path in made if seen[path] != 1]
    left = [process for process in psutil.Process().children() if process.pid not in before]
    findings.wrong += [f"a child is left: {process}" for process in left]
    return findings


def _judge(result: ParseResult, findings: Findings) -> None:
    if result.fault:
        findings.ended[result.fault.reason] += 1
        if not str(result.fault):
            findings.wrong.append(f"{result.path.name}: a fault without words")
    elif result.document:
        findings.ended["document"] += 1
        if problem := unsound(result.document):
            findings.wrong.append(f"{result.path.name}: {problem}")
    else:
        findings.wrong.append(f"{result.path.name}: neither document nor fault")


def unsound(document: ParsedDocument) -> str:
    """Say what is wrong with a document; empty when nothing is."""
    left = {page.number: list(page.text) for page in document.pages}
    for chunk in document.chunks:
        if not chunk.sentences or chunk.sentences[-1][1] != len(chunk.text):
            return "sentences do not cover a chunk"
        for span in chunk.spans:
            if any(character == "" for character in left[span.page][span.start : span.end]):
                return "two chunks overlap"
            left[span.page][span.start : span.end] = [""] * (span.end - span.start)
    if any("".join(characters).strip() for characters in left.values()):
        return "text is in no chunk"
    try:
        "".join([document.title, *(page.text for page in document.pages), *document.metadata.values()]).encode()
    except UnicodeEncodeError:
        return "its text cannot be stored"
    return ""


def damaged(seed: int, pdfs: Path | None = None) -> Iterator[tuple[str, bytes]]:
    """Yield file endings and contents without end."""
    rng = random.Random(seed)  # noqa: S311 - damage, not secrets
    seeds = list(_seeds(pdfs))
    while True:
        ending, data = rng.choice(seeds)
        if ending == ".docx" and rng.random() < 0.7:
            data = _damage_part(rng, data)
        else:
            data = _damage(rng, data, rng.choice(seeds)[1])
        # Now and then a parser gets what is meant for another.
        yield (rng.choice(seeds)[0] if rng.random() < 0.05 else ending), data


def _damage(rng: random.Random, data: bytes, other: bytes) -> bytes:
    changes: tuple[Callable[[random.Random, bytearray, bytes], None], ...]
    changes = (_flip, _flip, _cut, _double, _overwrite, _truncate, _renumber, _renumber, _splice, _insert, _insert)
    damaged_data = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        rng.choice(changes)(rng, damaged_data, other)
    return bytes(damaged_data)


def _damage_part(rng: random.Random, data: bytes) -> bytes:
    """Damage a part of a zip archive and pack it properly."""
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    chosen = rng.choice(["word/document.xml", rng.choice(list(parts))])
    parts[chosen] = _damage(rng, parts[chosen], rng.choice(list(parts.values())) or b"x")
    return _zip(parts)


def _zip(parts: dict[str, bytes]) -> bytes:
    """Pack parts with no time in them, so that a seed always gives the same files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _place(rng: random.Random, data: bytearray) -> int:
    return rng.randrange(len(data)) if data else 0


def _flip(rng: random.Random, data: bytearray, _other: bytes) -> None:
    for _ in range(rng.choice((1, 10, 100))):
        if data:
            data[_place(rng, data)] ^= 1 << rng.randrange(8)


def _cut(rng: random.Random, data: bytearray, _other: bytes) -> None:
    start = _place(rng, data)
    del data[start : start + rng.choice((1, 20, 500, 20_000))]


def _double(rng: random.Random, data: bytearray, _other: bytes) -> None:
    start = _place(rng, data)
    data[start:start] = data[start : start + rng.choice((1, 20, 500, 5_000))] * rng.choice((1, 2, 50))


def _overwrite(rng: random.Random, data: bytearray, _other: bytes) -> None:
    start = _place(rng, data)
    data[start : start + 40] = rng.randbytes(rng.choice((1, 8, 40)))


def _truncate(rng: random.Random, data: bytearray, _other: bytes) -> None:
    del data[_place(rng, data) :]


def _renumber(rng: random.Random, data: bytearray, _other: bytes) -> None:
    """Change a number that stands in the data as text."""
    start = _place(rng, data)
    if number := re.search(rb"\d+", data[start : start + 4_000]):
        data[start + number.start() : start + number.end()] = rng.choice(_NUMBERS)


def _splice(rng: random.Random, data: bytearray, other: bytes) -> None:
    start, place = _place(rng, data), rng.randrange(len(other))
    data[start : start + rng.choice((0, 200))] = other[place : place + rng.choice((20, 500, 20_000))]


def _insert(rng: random.Random, data: bytearray, _other: bytes) -> None:
    start = _place(rng, data)
    data[start:start] = rng.choice(_TOKENS) * rng.choice((1, 1, 3, 300))


def _seeds(pdfs: Path | None) -> Iterator[tuple[str, bytes]]:
    """Yield a few whole files of each format, PDFs several times: they are the most intricate."""
    text = "\n\n".join(
        f"{number}. TERM. The term no. {number} lasts for “some” years, and ends." for number in range(90)
    )
    yield ".txt", text.encode()
    yield ".txt", text.encode("utf-16")
    yield (
        ".md",
        f"---\ntitle: Seed\n---\n# Head\n\n{text}\n\n| a | b |\n|---|---|\n| 1 | *2* |\n\n```\ncode\n```\n".encode(),
    )
    rows = "".join(f"<tr><td>{number}<td><p>Words {number}</p></tr>" for number in range(40))
    yield ".html", f"<title>Seed</title><h1>Head</h1><p>{text}</p><table>{rows}</table><ul><li>a<li>b</ul>".encode()
    yield ".docx", _docx(text)
    yield ".pdf", _pdf(text.splitlines(), compressed=False)
    yield ".pdf", _pdf(text.splitlines(), compressed=True)
    for path in sorted(pdfs.glob("*.pdf"), key=lambda file: file.stat().st_size)[:8] if pdfs else ():
        yield ".pdf", path.read_bytes()


def _docx(text: str) -> bytes:
    document = Document()
    for line in text.splitlines():
        document.add_paragraph(line)
    document.add_heading("Head", 1)
    table = document.add_table(5, 3)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"Cell {number}"
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as archive:
        return _zip({name: archive.read(name) for name in archive.namelist()})


def _pdf(lines: list[str], *, compressed: bool) -> bytes:
    writer = PdfWriter()
    font = DictionaryObject({
        NameObject("/Type"): NameObject("/Font"),
        NameObject("/Subtype"): NameObject("/Type1"),
        NameObject("/BaseFont"): NameObject("/Helvetica"),
        NameObject("/Encoding"): NameObject("/WinAnsiEncoding"),
    })  # fmt: skip
    for first in range(0, len(lines), 45):
        page = writer.add_blank_page(612, 792)
        shown = "".join(f"({line}) Tj 0 -14 Td " for line in lines[first : first + 45])
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 12 Tf 72 740 Td {shown} ET".encode("cp1252"))
        page[NameObject("/Contents")] = writer._add_object(content.flate_encode() if compressed else content)
        page[NameObject("/Resources")] = DictionaryObject({
            NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})
        })  # fmt: skip
        writer.add_outline_item(title=f"Page {first}", page_number=first // 45)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main())
