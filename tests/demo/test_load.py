"""The demo company is loaded once, however often and wherever the loading is cut off."""

import asyncio
import json
import os
import stat
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from api.passwords import Passwords
from configuration.settings import Settings
from demo import accounts
from demo.boxes import boxes_of
from demo.load import load
from demo.sending import Progress
from domain import finance, identity, inventory
from domain.kernel import Event, Sessions, begin, system
from domain.wiring import INVARIANTS
from operations.audit import audit
from simulators.server import description, write_ports
from simulators.world import World
from tests.demo.conftest import counts, few_goods, settings_on, until
from tests.demo.platforms import serving

ROOT = Path(__file__).parents[2]
STEPS = 5


class CutOffError(Exception):
    """Power is gone."""


async def test_loading_twice_changes_nothing(demo_settings: Settings, own_engine: AsyncEngine) -> None:
    goods = few_goods()
    first = await load(demo_settings, film=False, goods=goods)
    before = await counts(own_engine)
    kept = (demo_settings.data_directory / accounts.FILE_NAME).read_text()
    assert await load(demo_settings, film=False, goods=goods) == first
    assert await counts(own_engine) == before
    assert (demo_settings.data_directory / accounts.FILE_NAME).read_text() == kept
    assert before["products"] == len(goods) + len(boxes_of(goods))
    assert before["staff"] == before["roles"] == 5


@pytest.mark.parametrize("step", range(1, STEPS + 1))
async def test_cut_off_at_any_step_it_goes_on(demo_settings: Settings, own_engine: AsyncEngine, step: int) -> None:
    begun: list[str] = []

    def cut_off(name: str) -> Progress:
        begun.append(name)

        def progress(_done: int, _total: int) -> None:
            if len(begun) == step:
                raise CutOffError

        return progress

    goods = few_goods()
    with pytest.raises(CutOffError):
        await load(demo_settings, film=False, goods=goods, report=cut_off)
    await load(demo_settings, film=False, goods=goods)
    once = await counts(own_engine)
    await load(demo_settings, film=False, goods=goods)
    assert await counts(own_engine) == once
    assert once["listings"] > once["variants"]
    await sign_everybody_in(demo_settings, own_engine)


async def sign_everybody_in(demo_settings: Settings, engine: AsyncEngine) -> None:
    """Every password and key on disk is the one the database knows."""
    entries = accounts.read_accounts(demo_settings.data_directory / accounts.FILE_NAME)
    passwords = Passwords(64)
    async with engine.connect() as connection:
        hashes = {row.email: row.password_hash for row in await connection.execute(text("SELECT * FROM staff"))}
        keys = {row.key_hash for row in await connection.execute(text("SELECT * FROM api_clients"))}
    people = [each for each in entries if "email" in each]
    assert all([await passwords.verify(hashes[each["email"]], each["password"]) for each in people])
    known = {identity.secret_hash(each["key"]) for each in entries if "key" in each}
    assert (len(people), known) == (5, keys)


async def test_only_the_owner_reads_the_accounts(demo_settings: Settings) -> None:
    await load(demo_settings, film=False, goods=few_goods())
    place = demo_settings.data_directory / accounts.FILE_NAME
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    roles = [entry["role"] for entry in json.loads(place.read_text()) if "email" in entry]
    assert roles == ["admin", "reviewer", "warehouse", "finance", "customer-service"]


async def test_what_was_loaded_keeps_the_books(demo_settings: Settings, sessions: Sessions) -> None:
    await load(demo_settings, film=False, goods=few_goods())
    async with begin(sessions, system("tests")) as work:
        name = inventory.StockReceived.name()
        stored = await work.rows(text("SELECT payload FROM events WHERE name = :name"), {"name": name})
        for row in stored:
            fact = Event.decode(name, row.payload)
            assert isinstance(fact, inventory.StockReceived)
            await finance.book_stock_receipt(work, fact)
    assert [each.name for each in await audit(demo_settings.database_url, INVARIANTS) if not each.holds] == []


async def test_prescription_goods_have_approvals_and_lots(demo_settings: Settings, own_engine: AsyncEngine) -> None:
    await load(demo_settings, film=False, goods=few_goods())
    statement = """
        SELECT DISTINCT products.slug, channels.code FROM products
        JOIN variants ON variants.product_id = products.id AND variants.prescription
        JOIN lots ON lots.variant_id = variants.id AND lots.expires_on IS NOT NULL
        JOIN listings ON listings.variant_id = variants.id JOIN channels ON channels.id = listings.channel_id
        WHERE products.attributes ? '批准文号'
    """
    async with own_engine.connect() as connection:
        found = (await connection.execute(text(statement))).all()
        ended = (await connection.execute(text("SELECT code FROM lots WHERE sale_ended"))).all()
    assert len(found) == 8
    assert {row.code for row in found} == {"pharmacy818-main"}
    assert {row.code[-2:] for row in ended} == {"-A"}  # In its last month.


async def test_killed_while_loading_everything_it_goes_on(own_engine: AsyncEngine, tmp_path: Path) -> None:
    settings = settings_on(own_engine.url.render_as_string(hide_password=False), tmp_path)
    directory = tmp_path / "simulators"
    directory.mkdir()
    world = World(directory)
    async with serving(world) as base_url:
        write_ports(directory / "simulators.json", description(world, base_url))
        first = await start_loading(settings)

        async def goods_are_there() -> bool:
            return (await counts(own_engine))["variants"] > 0

        await until(40, goods_are_there)
        first.kill()
        await first.wait()
        second = await start_loading(settings)
        assert await second.wait() == 0
    world.close()
    found = await counts(own_engine)
    assert (found["products"], found["variants"]) == (2_410, 2_822)
    assert world.clock.schedule_speed == 720
    await sign_everybody_in(settings, own_engine)


async def start_loading(settings: Settings) -> asyncio.subprocess.Process:
    environment = os.environ | {
        "DATABASE_URL": settings.database_url,
        "BROKER_URL": settings.broker_url,
        "SIGNING_KEY": settings.signing_key.get_secret_value(),
        "SECRETS_KEY": settings.secrets_key.get_secret_value(),
        "PASSWORD_MEMORY_KIB": "64",
        "DATA_DIRECTORY": str(settings.data_directory),
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo.load", cwd=ROOT, env=environment, stdout=asyncio.subprocess.DEVNULL
    )
