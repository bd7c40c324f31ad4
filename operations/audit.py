"""The audit (对账检查): SQL that returns every row in which books, stock or orders contradict themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from configuration.database import engine_for
from operations.data_directory import read_json

# The rows shown for each broken invariant; the count is always complete.
examples_max = 5
statement_seconds_max = 600


class NothingToAuditError(RuntimeError):
    """No database is known."""


@dataclass(frozen=True)
class Finding:
    """What one invariant found."""

    name: str
    offences: int
    examples: list[dict[str, object]]

    @property
    def holds(self) -> bool:
        return self.offences == 0


def database_url(data: Path) -> str:
    """Return the database to check: the one given, or the one of the company that runs on this data directory."""
    url = os.environ.get("DATABASE_URL") or read_json(data / "runtime.json").get("database_url")
    if not url:
        raise NothingToAuditError(f"No company is running on {data}. Start it, or set DATABASE_URL.")
    return str(url)


async def audit(url: str, invariants: Mapping[str, str]) -> list[Finding]:
    """Check all invariants on one and the same state of the data."""
    engine = engine_for(
        url, application_name="zhanggui audit", statement_timeout_seconds=statement_seconds_max, pooled=False
    )
    try:
        async with engine.connect() as connection:
            # One snapshot: between two statements the company goes on working.
            await connection.exec_driver_sql("set transaction isolation level repeatable read, read only")
            return [await _check(connection, name, sql) for name, sql in invariants.items()]
    finally:
        await engine.dispose()


async def _check(connection: AsyncConnection, name: str, sql: str) -> Finding:
    result = await connection.exec_driver_sql(sql)
    examples = [dict(row) for row in result.mappings().fetchmany(examples_max)]
    return Finding(name, len(examples) + len(result.fetchall()), examples)
