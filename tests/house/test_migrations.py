"""Migrations and tables agree, and the ledgers refuse change whoever asks."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import wiring
from domain.kernel import Table
from operations.embedded_postgres import OWNER, EmbeddedPostgres
from operations.migrations import differences

APPEND_ONLY = sorted(mapper.class_.__tablename__ for mapper in Table.registry.mappers if mapper.class_.append_only)


async def test_the_migrated_database_is_what_the_tables_say(postgres: EmbeddedPostgres) -> None:
    assert wiring.INVARIANTS
    assert await differences(postgres.url(OWNER)) == []


def test_there_are_ledgers() -> None:
    assert {"stock_ledger", "journal_lines", "audit_entries"} <= set(APPEND_ONLY)


@pytest.mark.parametrize("table", APPEND_ONLY)
async def test_a_ledger_refuses_change_by_the_application_and_by_its_owner(
    postgres: EmbeddedPostgres, table: str
) -> None:
    for role, refusal in ((None, asyncpg.InsufficientPrivilegeError), (OWNER, asyncpg.RestrictViolationError)):
        connection = await asyncpg.connect(postgres.url(role) if role else postgres.url())
        try:
            with pytest.raises(refusal):
                await connection.execute(f"TRUNCATE {table} CASCADE")
        finally:
            await connection.close()


async def test_the_application_works_under_a_role_that_owns_nothing(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        owned = await connection.scalar(text("SELECT count(*) FROM pg_tables WHERE tableowner = current_user"))
        superuser = await connection.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"))
        granted = await connection.execute(
            text(
                "SELECT table_name FROM information_schema.role_table_grants"
                " WHERE grantee = current_user AND privilege_type IN ('UPDATE', 'DELETE', 'TRUNCATE')"
                " AND table_name = ANY(:tables)"
            ),
            {"tables": APPEND_ONLY},
        )
        assert (owned, superuser, granted.all()) == (0, False, [])
