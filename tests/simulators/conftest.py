"""Fresh platforms for every test, on a port of their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from simulators.server import application, description
from simulators.world import World
from tests.simulators.raw import Raw


@pytest.fixture
async def raw(tmp_path: Path) -> AsyncIterator[Raw]:
    world = World(tmp_path)
    runner = web.AppRunner(application(world), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with aiohttp.ClientSession() as client:
            yield Raw(client, description(world, base_url))
    finally:
        await runner.cleanup()
        world.close()
