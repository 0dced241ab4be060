import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from app.domain.errors import EnvironmentFault
from app.library.ledger import Ledger
from app.library.schema import MIGRATIONS


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.sqlite")
    yield opened
    opened.close()


def test_it_is_as_safe_as_the_design_says(ledger: Ledger) -> None:
    assert ledger.rows("PRAGMA journal_mode") == [("wal",)]
    assert ledger.count("PRAGMA synchronous") == 2
    assert ledger.count("PRAGMA foreign_keys") == 1
    assert ledger.count("PRAGMA user_version") == len(MIGRATIONS)


def test_a_transaction_is_kept_whole_or_not_at_all(ledger: Ledger) -> None:
    with pytest.raises(sqlite3.IntegrityError), ledger.transaction() as connection:
        connection.executemany("INSERT INTO settings VALUES (?, ?)", [("name", "value"), ("other", None)])
    assert ledger.setting("name") == ""
    ledger.set_setting("name", "value")
    assert ledger.setting("name") == "value"


def test_the_revision_grows_with_every_transaction(ledger: Ledger) -> None:
    before = ledger.revision
    ledger.set_setting("name", "value")
    assert ledger.revision > before


def test_a_newer_library_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    before = file.read_bytes()
    with pytest.raises(EnvironmentFault, match="newer Lectern"):
        Ledger(file)
    assert file.read_bytes() == before


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite"
    file.write_bytes(b"this is no database" * 100)
    with pytest.raises(EnvironmentFault, match=r"ledger\.sqlite is damaged"):
        Ledger(file)


def test_a_full_disk_is_a_fault_of_the_environment(ledger: Ledger) -> None:
    pages = ledger.count("PRAGMA page_count")
    ledger.rows(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(EnvironmentFault, match="disk is full"):
        ledger.set_setting("big", "x" * 1_000_000)
    assert ledger.setting("big") == ""
