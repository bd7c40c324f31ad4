"""A small demo company: some of what sells best, what runs short, and the medicines."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from configuration.settings import Settings
from demo.goods import DemoGoods, demo_range
from demo.stock import short_codes

COUNTED = (
    "products",
    "variants",
    "prices",
    "listings",
    "stock_documents",
    "stock_ledger",
    "staff",
    "api_clients",
    "roles",
)


def few_goods() -> list[DemoGoods]:
    """Choose a few dozen goods, some of each kind."""
    short = set(short_codes()[:3])
    goods = demo_range()
    medicines = [each for each in goods if each.category == "prescription"]
    running_short = [each for each in goods if any(variant.sku in short for variant in each.variants)]
    return [*goods[:30], *running_short, *medicines]


def settings_on(database_url: str, directory: Path, **more: Any) -> Settings:
    given: dict[str, Any] = {
        "database_url": database_url,
        "broker_url": "redis://127.0.0.1:1/0",
        "signing_key": SecretStr("a signing key of the tests, long enough"),
        "secrets_key": SecretStr(Fernet.generate_key().decode()),
        "password_memory_kib": 64,
        "data_directory": directory,
    }
    return Settings(**(given | more))


async def counts(engine: AsyncEngine) -> dict[str, int]:
    async with engine.connect() as connection:
        return {name: await connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0 for name in COUNTED}  # noqa: S608 — our own names.


@pytest.fixture
def demo_settings(own_engine: AsyncEngine, tmp_path: Path) -> Settings:
    return settings_on(own_engine.url.render_as_string(hide_password=False), tmp_path)


async def until(seconds: float, condition: Any) -> None:
    """Wait until a condition holds, or fail."""
    ends = time.monotonic() + seconds
    while not await condition():
        assert time.monotonic() < ends, "it never came true"
        await asyncio.sleep(0.05)
