"""The audit: every contradiction is counted, some are shown, and it looks at one moment."""

from pathlib import Path

import pytest

from operations.audit import NothingToAuditError, audit, database_url
from operations.data_directory import write_private

INVARIANTS = {
    "stock is never negative": "select n as quantity from generate_series(1, 3) n where n < 0",
    "debits equal credits": "select n as entry, n * 2 as difference from generate_series(1, 12) n",
}


async def test_contradictions_are_counted_and_some_are_shown(url: str) -> None:
    stock, books = await audit(url, INVARIANTS)
    assert (stock.name, stock.holds, stock.offences) == ("stock is never negative", True, 0)
    assert (books.holds, books.offences) == (False, 12)
    assert books.examples == [{"entry": n, "difference": 2 * n} for n in range(1, 6)]


async def test_all_invariants_see_the_same_moment_and_change_nothing(url: str) -> None:
    moment = "select pg_current_snapshot()::text as moment, current_setting('transaction_read_only') as read_only"
    first, second = await audit(url, {"a": moment, "b": moment})
    assert first.examples == second.examples
    assert first.examples[0]["read_only"] == "on"


def test_the_running_company_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(NothingToAuditError, match="No company is running"):
        database_url(tmp_path)
    write_private(tmp_path / "runtime.json", {"database_url": "postgresql://here"})
    assert database_url(tmp_path) == "postgresql://here"
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere")
    assert database_url(tmp_path) == "postgresql://elsewhere"
