"""All doors of all platforms in one process (服务进程): routes, the ports file, and the clockwork behind them."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from simulators import jd, top
from simulators.control.books import BookControls
from simulators.control.conditions import PlatformControls
from simulators.control.door import guard
from simulators.control.trades import TradeControls
from simulators.control.warehouse import WarehouseControls
from simulators.erp.books import Books
from simulators.erp.gateway import ErpGateway
from simulators.notices.gateway import Notices
from simulators.qimen.depot import Depot
from simulators.qimen.gateway import QimenGateway
from simulators.qimen.reports import Reports
from simulators.site import catalogue, orders
from simulators.site.catalogue import Shelf
from simulators.site.gateway import SiteGateway
from simulators.site.webhooks import Webhooks
from simulators.sms.gateway import Inbox, SmsGateway
from simulators.world import World

BODY_BYTES_MAX = 64 * 1024 * 1024
TICK_SECONDS = 0.1


def application(world: World) -> web.Application:
    """Build the server over a world; closing the application leaves the world open."""
    app = web.Application(client_max_size=BODY_BYTES_MAX, middlewares=[guard(world.control_token)])
    sites = [shop for shop in world.shops.values() if shop.platform in {"official_site", "pharmacy818"}]
    shelves = {shop.code: Shelf(shop) for shop in sites}
    webhooks = {shop.code: Webhooks(shop) for shop in sites}
    inbox = Inbox(world)
    app.router.add_post("/top/router/rest", top.gateway(world).handle)
    app.router.add_post("/jd/routerjson", jd.gateway(world).handle)
    for shop in sites:
        gateway = SiteGateway(world, shop, orders.OPERATIONS | catalogue.operations(shelves[shop.code]))
        app.router.add_post(f"{shop.identity.path}/api/erp/v1/{{operation}}", gateway.handle)
    app.router.add_route("*", "/sms/", SmsGateway(world, inbox).handle)
    depot, reports = Depot(world.storage), Reports(world)
    app.router.add_post(world.wms.path, QimenGateway(world, depot).handle)
    books = Books(world.storage)
    app.router.add_post(f"{world.erp.path}/api/exchange/v1/{{operation}}", ErpGateway(world, books).handle)
    notices = Notices(world)
    app.router.add_post(f"{world.notices.path}/{{who}}", notices.handle)
    app.router.add_get("/control/notices", notices.told)
    app.router.add_routes(BookControls(books).routes())
    app.router.add_routes(WarehouseControls(world, depot, reports).routes())
    app.router.add_routes(TradeControls(world).routes())
    app.router.add_routes(PlatformControls(world, shelves, webhooks, inbox).routes())

    async def clockwork(_: web.Application) -> AsyncIterator[None]:
        async with aiohttp.ClientSession() as client:
            ticking = [asyncio.create_task(_appear(world))]
            ticking += [asyncio.create_task(_notify(hooks, client)) for hooks in webhooks.values()]
            ticking.append(asyncio.create_task(_notify(reports, client)))
            yield
            for task in ticking:
                task.cancel()
            await asyncio.gather(*ticking, return_exceptions=True)

    app.cleanup_ctx.append(clockwork)
    return app


async def serve(directory: Path, port: int, ports_file: Path | None, stop: asyncio.Event) -> None:
    """Serve until `stop` is set; the ports file is written once everything answers."""
    world = World(directory)
    runner = web.AppRunner(application(world), access_log=None, shutdown_timeout=2.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        write_ports(ports_file or directory / "simulators.json", description(world, base_url))
        await stop.wait()
    finally:
        await runner.cleanup()
        world.close()


def description(world: World, base_url: str) -> dict[str, Any]:
    """List what a client must know: addresses, keys, secrets, sessions."""
    shops = [
        {name: value for name, value in asdict(identity).items() if name != "session_alive"}
        | {"url": base_url + identity.path}
        for identity in world.identities
    ]
    sms = asdict(world.sms) | {"url": f"{base_url}{world.sms.path}"}
    wms = asdict(world.wms) | {"url": f"{base_url}{world.wms.path}"}
    erp = asdict(world.erp) | {"url": f"{base_url}{world.erp.path}"}
    notices = asdict(world.notices) | {"url": f"{base_url}{world.notices.path}"}
    told = {"base_url": base_url, "shops": shops, "sms": sms, "wms": wms, "erp": erp, "notices": notices}
    return told | {"control_token": world.control_token}


def write_ports(path: Path, body: dict[str, Any]) -> None:
    """Write secrets for their owner only, and never half a file."""
    temporary = path.with_suffix(".writing")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(body, file, ensure_ascii=False, indent=1)
    temporary.replace(path)


async def _appear(world: World) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        world.release()


async def _notify(hooks: Webhooks | Reports, client: aiohttp.ClientSession) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        with contextlib.suppress(aiohttp.ClientError):
            await hooks.deliver(client)
