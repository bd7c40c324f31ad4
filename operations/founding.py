"""Founding (开业): the chart of accounts and a first administrator, so that a company without demo data can begin.

Running it again changes nothing: the chart is brought up to date, and an administrator is only made where nobody has
an account yet. The password is on disk before it counts in the database.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.passwords import AccessTokens, Passwords, credentials
from configuration.database import engine_for
from domain import finance, identity, kernel, wiring
from operations.data_directory import write_private

if TYPE_CHECKING:
    from pathlib import Path

    from configuration.settings import Settings

FILE_NAME = "first-account.json"
EMAIL = "admin@zhanggui.example"
ROLE = "admin"
PASSWORD_BYTES = 16


async def found(settings: Settings) -> Path | None:
    """Lay the chart and, where nobody has an account, make the first one; returns where its password stands."""
    engine = engine_for(settings.database_url, application_name="zhanggui founding", pooled=False)
    lent = credentials(
        settings,
        Passwords(settings.password_memory_kib),
        AccessTokens(settings.signing_key.get_secret_value()),
    )
    sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    try:
        # All actions are known once the whole company is wired, and with them the permissions.
        async with kernel.begin(
            sessions, kernel.system(f"founding of {len(wiring.CAPABILITIES)} capabilities")
        ) as work:
            await finance.lay_chart(work)
            return await _first_administrator(work, settings.data_directory / FILE_NAME, lent)
    finally:
        await engine.dispose()


async def _first_administrator(work: kernel.Work, place: Path, lent: identity.Credentials) -> Path | None:
    if await work.session.scalar(select(func.count()).select_from(identity.Staff)):
        return None
    role_id = await work.session.scalar(select(identity.Role.id).where(identity.Role.code == ROLE))
    if role_id is None:
        role_id = (await identity.create_role(work, ROLE, "Administrator 管理员", ("*",))).id
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    staff = identity.NewStaff(email=EMAIL, name="Administrator 管理员", role_id=role_id, password=password)
    await identity.add_staff(work, staff, lent)
    write_private(place, {"email": EMAIL, "password": password, "role": ROLE})
    return place
