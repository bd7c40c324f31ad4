"""Load the demo company (演示公司装载): python -m demo.load. Killed in the middle, it goes on where it stopped.

Everything goes through the actions and routines of the business, each step in transactions of its own. What is there
stays as it is, so loading twice changes nothing.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import aiohttp
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.passwords import AccessTokens, Passwords, credentials
from configuration.database import engine_for
from configuration.settings import Settings, settings
from demo import accounts, boxes, film, selling, shops, stock
from demo.goods import DemoGoods, demo_range
from demo.sending import Control, Progress, happened, send_trades
from domain import channels, finance
from domain.catalogue import VariantId
from domain.channels import ChannelId
from domain.kernel import Sessions, Work, begin, now, system
from workers import inbound

Report = Callable[[str], Progress]
STATEMENT_SECONDS_MAX = 60
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 — compared, not bound.


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the loaded company consists of, by its codes."""

    warehouses: dict[str, UUID]
    channels: dict[str, UUID]
    variants: dict[str, VariantId] = field(default_factory=dict)


def silently(_step: str) -> Progress:
    return lambda _done, _total: None


async def load(
    settings: Settings,
    *,
    film: bool,
    platforms: dict[str, Any] | None = None,
    goods: Sequence[DemoGoods] | None = None,
    report: Report = silently,
) -> Loaded:
    """Load the company; with a film, the month begins to run on the platforms (the simulators' ports file)."""
    chosen = demo_range() if goods is None else goods
    async with _sessions(settings) as sessions:
        loaded = await _load_places(sessions, settings, platforms, report("仓库与店铺 places and shops"))
        await _load_accounts(sessions, settings, loaded, report("账号 accounts"))
        await _load_goods(sessions, loaded, chosen, report("商品 goods"))
        await _load_stock(sessions, loaded, chosen, report("期初库存 opening stock"))
        await _load_prices(sessions, loaded, chosen, report("价目与铺货 prices and listings"))
    if platforms is not None:
        await _set_stage(settings, platforms, chosen, report("平台 platforms"))
        if film:
            # There is nothing before the film, and looking for it would take calls that its first minute needs.
            async with _sessions(settings) as sessions:
                await read_since(sessions, loaded, now())
            await _start(platforms, chosen, report("一个月的订单 a month of orders"))
    return loaded


@contextlib.asynccontextmanager
async def _sessions(settings: Settings) -> AsyncIterator[Sessions]:
    engine = engine_for(
        settings.database_url, application_name="zhanggui-demo", statement_timeout_seconds=STATEMENT_SECONDS_MAX
    )
    try:
        yield async_sessionmaker(engine, class_=AsyncSession, expire_on_commit=False)
    finally:
        await engine.dispose()


def _begin(sessions: Sessions) -> contextlib.AbstractAsyncContextManager[Work]:
    return begin(sessions, system("demo"))


async def _load_places(
    sessions: Sessions, settings: Settings, platforms: dict[str, Any] | None, progress: Progress
) -> Loaded:
    async with _begin(sessions) as work:
        await finance.lay_chart(work)
        warehouses = await shops.open_warehouses(work)
        opened = await shops.open_channels(work, settings, platforms, warehouses)
    progress(1, 1)
    return Loaded(warehouses, opened)


async def _load_accounts(sessions: Sessions, settings: Settings, loaded: Loaded, progress: Progress) -> None:
    lent = credentials(
        settings, Passwords(settings.password_memory_kib), AccessTokens(settings.signing_key.get_secret_value())
    )
    async with _begin(sessions) as work:
        known = await accounts.open_accounts(work, settings.data_directory, lent, loaded.channels)
    progress(len(known), len(known))


async def _load_goods(sessions: Sessions, loaded: Loaded, goods: Sequence[DemoGoods], progress: Progress) -> None:
    async with _begin(sessions) as work:
        brands, shelves = await selling.add_shelves(work, goods)
    done = 0
    for batch in selling.batches(goods):
        async with _begin(sessions) as work:
            loaded.variants.update(await selling.add_goods(work, batch, brands, shelves))
        done += len(batch)
        progress(done, len(goods))


async def _load_stock(sessions: Sessions, loaded: Loaded, goods: Sequence[DemoGoods], progress: Progress) -> None:
    given, done = stock.openings(goods), 0
    for code in loaded.warehouses:
        mine = [each for each in given if each.warehouse == code]
        async with _begin(sessions) as work:
            await stock.receive_openings(work, {code: loaded.warehouses[code]}, loaded.variants, mine)
        done += len(mine)
        progress(done, len(given))
    async with _begin(sessions) as work:
        limits = stock.limits(goods)
        await stock.set_limits(work, loaded.warehouses[shops.CENTRAL], loaded.variants, limits)
        await stock.watch_medicines(work)
        await stock.send_some(work, loaded.warehouses, stock.common(goods), loaded.variants)


async def _load_prices(sessions: Sessions, loaded: Loaded, goods: Sequence[DemoGoods], progress: Progress) -> None:
    async with _begin(sessions) as work:
        await selling.set_prices(work, "base", None, goods, loaded.variants, 100)
        await boxes.add_boxes(work, goods, loaded.variants)
    for done, channel in enumerate(shops.CHANNELS, start=1):
        channel_id, shown = ChannelId(loaded.channels[channel.code]), selling.goods_of(channel, goods)
        percent = channel.price_percent
        async with _begin(sessions) as work:
            if shown:
                await selling.set_prices(work, channel.code, channel_id, shown, loaded.variants, percent)
                await selling.list_goods(work, channel, channel_id, shown, loaded.variants)
        progress(done, len(shops.CHANNELS))
    async with _begin(sessions) as work:
        site, central = loaded.channels[shops.SITE], loaded.warehouses[shops.CENTRAL]
        await stock.sell_ahead(work, site, central, loaded.variants)


async def _set_stage(
    settings: Settings, platforms: dict[str, Any], goods: Sequence[DemoGoods], progress: Progress
) -> None:
    async with aiohttp.ClientSession() as client:
        control = Control(client, platforms)
        await film.stock_shelves(control, goods, progress)
        host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
        await film.register_receivers(control, f"http://{host}:{settings.port}")


async def read_since(sessions: Sessions, loaded: Loaded, since: datetime) -> None:
    """Let the shops that were never read be read from a moment on, instead of from the day before."""
    async with _begin(sessions) as work:
        for code in sorted(loaded.channels):
            channel_id = ChannelId(loaded.channels[code])
            for stream in (inbound.ORDERS, inbound.REFUNDS):
                if await channels.progress_of(work, channel_id, stream) is None:
                    await channels.advance(work, channel_id, stream, since)


async def _start(platforms: dict[str, Any], goods: Sequence[DemoGoods], progress: Progress) -> None:
    async with aiohttp.ClientSession() as client:
        await film.start_film(Control(client, platforms), goods, progress)


async def _send_past(platforms: dict[str, Any], progress: Progress) -> None:
    """Let the month have happened before the company opens its shops: all of it comes in at once."""
    async with aiohttp.ClientSession() as client:
        await send_trades(Control(client, platforms), happened(now()), progress=progress)


async def _load_as_configured(given: Settings) -> None:
    platforms = await film.platforms_at(given.data_directory / "simulators" / "simulators.json")
    columns = (TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns) as bar:

        def report(step: str) -> Progress:
            task = bar.add_task(step, total=None)
            return lambda done, total: bar.update(task, completed=done, total=total)

        if not given.demo_film:
            await _send_past(platforms, report("一个月的订单 a month of orders"))
        await load(given, film=given.demo_film, platforms=platforms, report=report)


def main() -> None:
    """Load the demo company as the environment says."""
    asyncio.run(_load_as_configured(settings()))


if __name__ == "__main__":
    main()
