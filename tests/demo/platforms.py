"""The simulated platforms in this process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from simulators.server import application
from simulators.world import World


@asynccontextmanager
async def serving(world: World) -> AsyncIterator[str]:
    """Serve the platforms on a free port; gives their address."""
    runner = web.AppRunner(application(world), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
