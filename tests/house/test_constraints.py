"""Checks, keys and indexes (约束): the migrated database has each as the tables say it, Alembic compares only some."""

from sqlalchemy import Connection, text

from configuration.database import engine_for
from domain import wiring
from domain.kernel import Table
from operations.embedded_postgres import OWNER, EmbeddedPostgres

SCRATCH = "as_the_tables_say"
RULES = text("""
    SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(pg_constraint.oid)
    FROM pg_constraint JOIN pg_namespace n ON n.oid = connamespace WHERE nspname = :schema AND contype <> 't'
    UNION ALL
    SELECT tablename::text, indexname::text, indexdef FROM pg_indexes WHERE schemaname = :schema
""")


def _rules(connection: Connection, schema: str) -> set[tuple[str, ...]]:
    """Each constraint and index of a schema in PostgreSQL's own words, without the schema's name."""
    rows = connection.execute(RULES, {"schema": schema})
    return {tuple(word.replace(f"{schema}.", "") for word in row) for row in rows if "alembic_version" not in row[0]}


def _as_the_tables_say(connection: Connection) -> set[tuple[str, ...]]:
    """Make the tables beside the migrated ones, in a transaction that is given up, and read their rules."""
    connection.execute(text(f"CREATE SCHEMA {SCRATCH}"))
    connection.execute(text(f"SET LOCAL search_path = {SCRATCH}, public"))
    Table.metadata.create_all(connection, checkfirst=False)
    return _rules(connection, SCRATCH)


async def test_the_migrated_database_has_every_constraint_and_index_of_the_tables(postgres: EmbeddedPostgres) -> None:
    assert wiring.INVARIANTS
    engine = engine_for(postgres.url(OWNER), application_name="zhanggui constraints", pooled=False)
    async with engine.connect() as connection:
        migrated = await connection.run_sync(_rules, "public")
        declared = await connection.run_sync(_as_the_tables_say)
        await connection.rollback()
    await engine.dispose()
    assert len(declared) > 400
    assert declared ^ migrated == set()
