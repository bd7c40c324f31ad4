"""Migrations (数据库迁移): bring a database to the shape the code expects, under the account that owns the tables."""

from __future__ import annotations

import asyncio
import importlib
import re
import threading
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.types import UserDefinedType

from configuration.database import engine_for
from configuration.schema_version import newest_migrations
from domain.kernel.tables import Table
from operations.embedded_postgres import APPLICATION, OWNER, embedded_postgres

# Any number will do, as long as it is always the same.
ADVISORY_LOCK = 7_202_601
# Alembic keeps the migration it is working on in a global of its own.
_one_at_a_time = threading.Lock()
FOLDER = Path(__file__).parent.parent / "migrations"
RIGHTS = (
    "grant usage on schema public to {role}",
    # For tables that are still to come; a migration may take a right away again, as the audit log does.
    "alter default privileges in schema public grant select, insert, update, delete on tables to {role}",
    "alter default privileges in schema public grant usage, select on sequences to {role}",
    "alter default privileges in schema public grant execute on functions to {role}",
)


def _configuration(url: str, *, compare: bool = False) -> Config:
    configuration = Config()
    configuration.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    configuration.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    configuration.attributes["url"] = url
    configuration.attributes["compare"] = compare
    return configuration


def upgrade(owner_url: str, application_role: str = APPLICATION) -> None:
    """Bring the database to the newest migration. Blocks; call it in a thread from asynchronous code."""
    asyncio.run(_grant(owner_url, application_role))
    with _one_at_a_time:
        command.upgrade(_configuration(owner_url), "heads")


async def _grant(owner_url: str, application_role: str) -> None:
    """Let the working account use what the owner will make; with one account for both there is nothing to grant."""
    engine = engine_for(owner_url, application_name="zhanggui migrations", pooled=False)
    async with engine.begin() as connection:
        others = await connection.exec_driver_sql("select rolname from pg_roles where rolname <> current_user")
        if application_role in set(others.scalars()):
            for right in RIGHTS:
                await connection.exec_driver_sql(right.format(role=f'"{application_role}"'))
    await engine.dispose()


async def at_head(url: str) -> bool:
    """Say whether the database has exactly the newest migrations."""
    engine = engine_for(url, application_name="zhanggui migrations", pooled=False)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_applied) == newest_migrations()
    finally:
        await engine.dispose()


def _applied(connection: Connection) -> set[str]:
    return set(MigrationContext.configure(connection).get_current_heads())


def know_own_types(connection: Connection) -> None:
    """Teach reflection the column types SQLAlchemy has no class for and the tables therefore define themselves."""
    own = {
        column.type.get_col_spec().lower(): type(column.type)
        for table in Table.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, UserDefinedType)
    }
    dialect: Any = connection.dialect
    dialect.ischema_names = {**dialect.ischema_names, **own}


async def differences(url: str) -> list[str]:
    """List what the tables in the code have and the database has not, or the other way round."""
    importlib.import_module("domain.wiring")

    def compare(connection: Connection) -> list[str]:
        know_own_types(connection)
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return [repr(difference) for difference in compare_metadata(context, Table.metadata)]

    engine = engine_for(url, application_name="zhanggui migrations", pooled=False)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await engine.dispose()


async def write(name: str) -> list[Path]:
    """Write the next migration from the difference between the tables in the code and all migrations so far."""
    async with embedded_postgres() as server:
        url = server.url(OWNER)
        await asyncio.to_thread(upgrade, url)
        return await asyncio.to_thread(_write, name, url)


def _write(name: str, url: str) -> list[Path]:
    numbers = [
        int(found[1]) for path in (FOLDER / "versions").glob("*.py") if (found := re.match(r"(\d+)_", path.name))
    ]
    script = command.revision(
        _configuration(url, compare=True), message=name, autogenerate=True, rev_id=f"{max(numbers, default=0) + 1:04}"
    )
    written = script if isinstance(script, list) else [script]
    return [Path(part.path) for part in written if part is not None]
