"""Bring in what must be refused, and see why it was, and that nothing of it is left."""

from pathlib import Path

import pytest

from app.domain.errors import ModelFault
from app.jobs.cancel import CancelToken
from app.jobs.progress import ProgressSlot
from app.models.importing import source_of
from app.models.store import Store


def refused(what: Path, tmp_path: Path) -> str:
    """Bring it in, check that nothing is left of it, and return the reason."""
    store = tmp_path / "store"
    outside = {path for path in tmp_path.rglob("*") if store not in (path, *path.parents)}
    with pytest.raises(ModelFault) as caught:
        Store(store).bring_in(source_of(str(what), CancelToken()), ProgressSlot(), CancelToken())
    assert caught.value.summary
    assert [path.name for path in store.glob("*")] in ([], [".lock"])
    assert {path for path in tmp_path.rglob("*") if store not in (path, *path.parents)} == outside
    return caught.value.reason


def refused_pack(data: bytes, tmp_path: Path) -> str:
    path = tmp_path / "bad.lpack"
    path.write_bytes(data)
    return refused(path, tmp_path)
