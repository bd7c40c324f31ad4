"""How migrations run (数据库迁移): as the owner of the tables, one at a time, and never waiting long for a lock."""

from __future__ import annotations

import asyncio
import importlib
import os
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from alembic.autogenerate.render import _repr_type
from sqlalchemy import Connection, text
from sqlalchemy.types import TypeDecorator, UserDefinedType

from configuration.database import engine_for
from domain.kernel.tables import Table
from operations.migrations import ADVISORY_LOCK, know_own_types

# A migration that waits for a lock makes everyone else wait behind it: it had better give up and be tried again.
lock_seconds_max = 5


def render_item(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Write a measure's column as the plain type it is: a migration must not change when the domain does."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return _repr_type(item.impl_instance, autogenerate)
    if kind == "type" and isinstance(item, UserDefinedType):
        autogenerate.imports.add(f"from {type(item).__module__} import {type(item).__name__}")
        return f"{type(item).__name__}()"
    return False


def migrate(connection: Connection) -> None:
    """Run what was asked under the advisory lock, so that two starting copies never migrate together."""
    connection.execute(text("set lock_timeout = 0"))
    connection.execute(text("select pg_advisory_lock(:key)"), {"key": ADVISORY_LOCK})
    connection.execute(text(f"set lock_timeout = '{lock_seconds_max}s'"))
    connection.commit()
    know_own_types(connection)
    try:
        context.configure(
            connection=connection,
            target_metadata=Table.metadata,
            compare_type=True,
            render_item=render_item,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    finally:
        if connection.in_transaction():
            connection.rollback()
        connection.execute(text("select pg_advisory_unlock(:key)"), {"key": ADVISORY_LOCK})
        connection.commit()


async def connect_and_migrate() -> None:
    url = context.config.attributes.get("url") or os.environ["MIGRATION_DATABASE_URL"]
    engine = engine_for(url, application_name="zhanggui migrations", statement_timeout_seconds=0, pooled=False)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


if context.config.attributes.get("compare"):
    # The wiring imports every capability, and with it every table; applying what is written needs none of them.
    importlib.import_module("domain.wiring")
asyncio.run(connect_and_migrate())
