"""A small company on a durable database of its own (测速环境): made for one bench and removed after it."""

import asyncio
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from configuration.database import engine_for
from domain import channels, identity, inventory, kernel, pricing, wiring
from domain.catalogue import Product, Variant
from domain.inventory import ReceivedLine
from operations.embedded_postgres import OWNER, SUPERUSER, EmbeddedPostgres, new_passwords
from operations.migrations import upgrade

VARIANTS = 200
LINES_PER_RECEIPT = 100
STOCK_EACH = 1_000_000
CHECKPOINT_SECONDS_MAX = 600


@dataclass(frozen=True)
class BenchCompany:
    """Where it lives and what it sells."""

    server: EmbeddedPostgres
    engine: AsyncEngine
    sessions: kernel.Sessions
    channel_id: UUID
    warehouse_id: UUID
    skus: list[str]
    client_key: str
    environment: dict[str, str]


@asynccontextmanager
async def bench_company() -> AsyncIterator[BenchCompany]:
    """Start PostgreSQL with the settings of an installation (durable), migrate, seed; remove all of it at the end."""
    place = _place()
    server = EmbeddedPostgres(place / "postgres", new_passwords())
    await asyncio.to_thread(server.prepare)
    server.start()
    try:
        await server.set_up()
        await asyncio.to_thread(upgrade, server.url(OWNER))
        engine = engine_for(server.url(), application_name="bench", pool_size=16, pool_overflow=16)
        sessions = async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
        yield await _seed(server, engine, sessions, place)
        await engine.dispose()
    finally:
        server.stop()
        shutil.rmtree(place, ignore_errors=True)


async def analysed(company: BenchCompany) -> None:
    """Let the server know what its tables hold, as its own cleaner does within a minute."""
    connection = await asyncpg.connect(company.server.url(SUPERUSER))
    try:
        await connection.execute("VACUUM ANALYZE", timeout=CHECKPOINT_SECONDS_MAX)
    finally:
        await connection.close()


async def written_out(company: BenchCompany) -> None:
    """Let the server write what filling left to be written."""
    connection = await asyncpg.connect(company.server.url(SUPERUSER))
    try:
        await connection.execute("CHECKPOINT", timeout=CHECKPOINT_SECONDS_MAX)
    finally:
        await connection.close()


def _place() -> Path:
    """Make the folder; the database's own account must be able to enter it."""
    place = Path(tempfile.mkdtemp(prefix="zhanggui-bench-"))
    place.chmod(0o755)
    return place


async def _seed(server: EmbeddedPostgres, engine: AsyncEngine, sessions: kernel.Sessions, place: Path) -> BenchCompany:
    actor, _ = kernel.system("bench"), wiring.REACTIONS  # All actions are known, and with them the permissions.
    skus = [f"BENCH-{number:04}" for number in range(VARIANTS)]
    async with kernel.begin(sessions, actor) as work:
        warehouse = await inventory.open_warehouse(
            work, inventory.NewWarehouse(code="CDC", name="CDC", kind=inventory.WarehouseKind.CDC)
        )
        channel = await channels.open_channel(
            work,
            channels.NewChannel(
                code="direct", name="Direct", platform=channels.Platform.DIRECT, warehouse_ids=(warehouse.id,)
            ),
        )
        variants = await _variants(work, skus)
        await _prices(work, variants)
    for start in range(0, len(variants), LINES_PER_RECEIPT):
        async with kernel.begin(sessions, actor) as work:
            await _receive(work, warehouse.id, variants[start : start + LINES_PER_RECEIPT])
    async with kernel.begin(sessions, actor) as work:
        client = await identity.create_api_client(
            work,
            identity.NewApiClient(
                code="bench", name="Bench", kind=identity.ClientKind.OFFICIAL_SITE, permissions=("orders.*",)
            ),
        )
    return BenchCompany(
        server, engine, sessions, channel.id, warehouse.id, skus, client.key, _environment(server, place)
    )


def _environment(server: EmbeddedPostgres, place: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": server.url(),
        "MIGRATION_DATABASE_URL": server.url(OWNER),
        "BROKER_URL": "redis://127.0.0.1:1/0",
        "SIGNING_KEY": secrets.token_hex(32),
        "SECRETS_KEY": Fernet.generate_key().decode(),
        "DATA_DIRECTORY": str(place),
    }


async def _variants(work: kernel.Work, skus: list[str]) -> list[UUID]:
    product = Product(slug="bench", name="Bench", created_at=work.now, updated_at=work.now)
    work.session.add(product)
    await work.session.flush()
    rows = [
        Variant(product_id=product.id, position=number, sku=sku, created_at=work.now) for number, sku in enumerate(skus)
    ]
    work.session.add_all(rows)
    await work.session.flush()
    return [row.id for row in rows]


async def _prices(work: kernel.Work, variants: list[UUID]) -> None:
    prices = await pricing.create_price_list(
        work, pricing.NewPriceList(code="bench", name="Bench", currency="CNY", starts_at=work.now)
    )
    given = [pricing.NewPrice(variant_id=each, unit_price=kernel.UnitPrice("10")) for each in variants]  # type: ignore[arg-type]
    await pricing.set_prices(work, prices.id, given)


async def _receive(work: kernel.Work, warehouse_id: inventory.WarehouseId, variants: list[UUID]) -> None:
    lines = tuple(
        ReceivedLine(variant_id=each, quantity=kernel.Quantity(STOCK_EACH), unit_cost=kernel.UnitPrice("6"))
        for each in variants
    )
    await inventory.receive_stock(work, inventory.Receipt(warehouse_id=warehouse_id, reason="opening", lines=lines))
