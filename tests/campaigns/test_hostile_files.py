"""A small sample of the campaign `hostile_files`, and proof that it sees what is wrong."""

from dataclasses import replace
from pathlib import PurePath

from hostile_files import damaged, run, unsound

from app.documents.limits import Limits
from app.documents.parsing import parse


def test_every_damaged_file_ends_as_a_document_or_a_fault() -> None:
    findings = run(count=150, seconds=60, seed=20)
    assert findings.wrong == []
    assert findings.ended.total() > 50
    # Damage that nothing notices, or that nothing survives, would prove nothing.
    assert findings.ended["document"] > 10
    assert len(findings.ended) >= 3


def test_the_damage_is_the_same_for_a_seed() -> None:
    first, second = damaged(3), damaged(3)
    assert [next(first) for _ in range(20)] == [next(second) for _ in range(20)]


def test_unsound_documents_are_seen() -> None:
    document = parse(b"One sentence. Another one.\n\n" * 80, PurePath("a.txt"), Limits())
    assert unsound(document) == ""
    chunk = document.chunks[0]
    assert unsound(replace(document, chunks=document.chunks[1:]))
    assert unsound(replace(document, chunks=(chunk, *document.chunks)))
    assert unsound(replace(document, chunks=(replace(chunk, sentences=chunk.sentences[:-1]), *document.chunks[1:])))
    assert unsound(replace(document, title="\ud800"))
