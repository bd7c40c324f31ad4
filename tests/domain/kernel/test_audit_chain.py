"""The audit log is sealed into a chain: whoever changes an entry, or takes one out, is found."""

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import async_sessionmaker

from configuration.database import engine_for
from domain import identity, kernel
from domain.kernel import audit
from operations.embedded_postgres import SUPERUSER, EmbeddedPostgres
from tests.conftest import database_copy

UNBROKEN = kernel.INVARIANTS["I22 the audit chain is unbroken"]
FORGERIES = {
    "another actor": "UPDATE audit_entries SET actor_name = 'somebody else' WHERE action = 'identity.create_role'",
    "another input": "UPDATE audit_entries SET input = '{}' WHERE action = 'identity.create_role'",
    "no entry": "DELETE FROM audit_entries WHERE action = 'identity.create_role'",
    "no seal": "DELETE FROM audit_seals WHERE position = 2",
    "another order": "UPDATE audit_seals SET position = position + 10 WHERE position > 1",
}


async def test_a_change_of_what_is_sealed_is_found(postgres: EmbeddedPostgres) -> None:
    async with database_copy(postgres) as url:
        engine = engine_for(url, application_name="tests", pooled=False)
        sessions = async_sessionmaker(engine, expire_on_commit=False)
        for number in range(4):
            async with kernel.begin(sessions, kernel.system("tests")) as work:
                await identity.create_role(work, f"role-{number}", "Role", ("alerts.view",))
        async with sessions() as session:
            assert await audit.seal(session) == 4
            await session.commit()
        await engine.dispose()
        # Nobody the program works as could do it; who owns the server can, and is found all the same.
        name = url.rpartition("/")[2]
        forger = await asyncpg.connect(postgres.url(SUPERUSER, name))
        try:
            await forger.execute("SET session_replication_role = replica")  # No trigger is asked.
            assert await forger.fetch(UNBROKEN) == []
            for forgery, statement in FORGERIES.items():
                change = forger.transaction()
                await change.start()
                await forger.execute(statement)
                assert await forger.fetch(UNBROKEN) != [], forgery
                await change.rollback()
            assert await forger.fetch(UNBROKEN) == []
        finally:
            await forger.close()


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor_name = 'x'", "DELETE FROM audit_seals"])
async def test_the_program_itself_may_not_change_it(postgres: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(postgres.url())
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    finally:
        await connection.close()
