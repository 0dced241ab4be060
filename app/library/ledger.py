"""The ledger: one SQLite file that holds everything that is true about a library."""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from app.domain.errors import EnvironmentFault
from app.library.schema import MIGRATIONS

Values = Sequence[object]
# The columns of a row have the types that the schema says.
Row = tuple[Any, ...]


class Ledger:
    """Opens, migrates and guards the file. Any thread may use it; each gets a connection of its own.

    Attributes:
        revision: grows with every finished transaction.
    """

    def __init__(self, file: Path) -> None:
        """Open ``file``, or make it, and bring its tables up to date.

        Raises:
            EnvironmentFault: it cannot be opened, is damaged, or was made by a newer Lectern.
        """
        self.file = file
        self.revision = 0
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._opening = threading.Lock()
        with self._faults():
            self._migrate()

    def rows(self, sql: str, values: Values = ()) -> list[Row]:
        """Run a query and return its rows."""
        with self._faults():
            return self._connection().execute(sql, values).fetchall()

    def count(self, sql: str, values: Values = ()) -> int:
        """Run a query that gives one number, and return it."""
        return int(self.rows(sql, values)[0][0])

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write: everything done inside is kept together, or not at all."""
        connection = self._connection()
        with self._faults():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                # A full disk has rolled back already.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
        self.revision += 1

    def setting(self, name: str) -> str:
        """Return a setting of the library, or an empty text."""
        found = self.rows("SELECT value FROM settings WHERE name = ?", (name,))
        return str(found[0][0]) if found else ""

    def set_setting(self, name: str, value: str) -> None:
        """Keep a setting of the library."""
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    def compact(self) -> None:
        """Rewrite the file so that nothing deleted can be read from it, its write-ahead log included."""
        with self._faults():
            connection = self._connection()
            connection.execute("INSERT INTO words (words) VALUES ('optimize')")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close every thread's connection."""
        with self._opening:
            for connection in self._opened:
                with suppress(sqlite3.Error):
                    connection.close()
            self._opened.clear()

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            # Threads end before the ledger does, so `close` runs in another thread than the one that opened.
            connection = sqlite3.connect(self.file, timeout=60, isolation_level=None, check_same_thread=False)
            connection.executescript(
                "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;"
                "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32000;"
                "PRAGMA wal_autocheckpoint = 8000;"
            )
            self._local.connection = connection
            with self._opening:
                self._opened.append(connection)
        return connection

    def _migrate(self) -> None:
        connection = self._connection()
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise EnvironmentFault(
                f"The library {self.file.parent} was made by a newer Lectern.",
                "Open it with that version, or choose another library folder.",
                f"ledger version {version}, this program knows {len(MIGRATIONS)}",
            )
        for number in range(version, len(MIGRATIONS)):
            connection.executescript(f"BEGIN; {MIGRATIONS[number]}; PRAGMA user_version = {number + 1}; COMMIT;")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise EnvironmentFault(
                f"The library file {self.file} cannot be used: {error}.",
                "Check that the disk is not full and that you may write to this folder, then try again.",
            ) from error
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.IntegrityError | sqlite3.ProgrammingError):
                raise
            raise EnvironmentFault(
                f"The library file {self.file} is damaged.",
                "Put back a copy of it from your backup, or move it away and add your documents again.",
                str(error),
            ) from error
