"""The platform's memory (落库): every change is committed before it is answered; a killed process loses nothing."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson


class Storage:
    """JSON records by kind and key in one SQLite file; reading happens once, at start."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("pragma journal_mode = wal")
        # The operating system keeps what a killed process wrote; only a power cut could lose the tail.
        self._connection.execute("pragma synchronous = normal")
        self._connection.execute(
            "create table if not exists records (kind text, key text, body blob not null, primary key (kind, key))"
            " without rowid"
        )
        self._depth = 0

    def put(self, kind: str, key: str, value: Any) -> None:
        self._connection.execute("insert or replace into records values (?, ?, ?)", (kind, key, orjson.dumps(value)))

    def remove(self, kind: str, key: str) -> None:
        self._connection.execute("delete from records where kind = ? and key = ?", (kind, key))

    def clear(self, kind: str) -> None:
        self._connection.execute("delete from records where kind = ?", (kind,))

    def all(self, kind: str) -> Iterator[tuple[str, Any]]:
        rows = self._connection.execute("select key, body from records where kind = ? order by key", (kind,))
        for key, body in rows:
            yield key, orjson.loads(body)

    @contextmanager
    def change(self) -> Iterator[None]:
        """All writes inside are one transaction; the inner ones of nested changes join the outer."""
        if self._depth:
            yield
            return
        self._connection.execute("begin immediate")
        self._depth += 1
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        else:
            self._connection.execute("commit")
        finally:
            self._depth -= 1

    def close(self) -> None:
        self._connection.close()
