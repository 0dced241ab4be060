"""A small sample of the campaigns `hostile_headers` and `hostile_packs`, and proof that it sees what is wrong."""

import os
from dataclasses import replace
from pathlib import Path

import pytest
from hostile_headers import damaged_headers, headers, unsound
from hostile_packs import imports

from app.domain.errors import ModelFault
from app.models import gguf
from app.models.gguf import Header, Tensor
from app.models.store import Store


def test_every_damaged_header_is_read_or_refused() -> None:
    findings = headers(count=1_500, seconds=60, seed=20)
    assert findings.wrong == []
    # Damage that nothing notices, or that nothing survives, would prove nothing.
    assert findings.ended["taken"] > 100
    assert findings.ended["damaged"] > 100
    assert len(findings.ended) >= 5


@pytest.mark.skipif(os.name != "posix", reason="it makes pipes, and names that Windows does not allow")
def test_every_hostile_model_is_taken_whole_or_refused() -> None:
    findings = imports(count=100, seconds=60, seed=20)
    assert findings.wrong == []
    assert findings.ended["taken"] > 5
    assert len(findings.ended) >= 6


def test_the_damage_is_the_same_for_a_seed() -> None:
    first, second = damaged_headers(3), damaged_headers(3)
    assert [next(first) for _ in range(20)] == [next(second) for _ in range(20)]


def test_tensors_that_lie_wrong_are_seen() -> None:
    tensor = Tensor("a", "F32", (2,), 100, 8)
    assert unsound(Header({}, (tensor, replace(tensor, offset=108)), 116)) == ""
    assert unsound(Header({}, (tensor, replace(tensor, offset=107)), 116))
    assert unsound(Header({}, (tensor, replace(tensor, offset=109)), 116))


def test_a_reader_that_fails_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf, "_LONGEST_TEXT", None)
    assert any("TypeError" in line for line in headers(count=20, seconds=60, seed=20).wrong)


@pytest.mark.skipif(os.name != "posix", reason="it makes pipes, and names that Windows does not allow")
def test_a_store_that_leaves_something_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaves(store: Store, *_arguments: object) -> None:
        Path(store._folder, "left").touch()
        raise ModelFault("hash", "Something is wrong.")

    monkeypatch.setattr(Store, "_copied", leaves)
    assert any("and left" in line for line in imports(count=30, seconds=60, seed=20).wrong)
