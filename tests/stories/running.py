"""Starting a small company for stories: the platforms in a process of their own, the API served, the first accounts."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from api.passwords import AccessTokens, Passwords, credentials
from tests.connectors.simulated import Simulated, ended
from tests.stories.client import Client
from tests.stories.company import PASSWORD, Company, first_admin, opened, served, settings_for
from workers.runner import open_outside

START_SECONDS_MAX = 30
ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def simulators(directory: Path) -> AsyncIterator[Simulated]:
    """Run the simulated platforms."""
    ports = directory / "simulators.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "--directory", str(directory), cwd=ROOT
    )
    try:
        async with asyncio.timeout(START_SECONDS_MAX):
            while not ports.exists():
                assert process.returncode is None, "the simulators did not start"
                await asyncio.sleep(0.05)
        async with Simulated(orjson.loads(ports.read_bytes())) as simulated:
            yield simulated
    finally:
        await ended(process)


@asynccontextmanager
async def running(database_url: str, simulated: Simulated, **more: Any) -> AsyncIterator[Company]:
    """Run a company on a database."""
    settings = settings_for(database_url, simulated, **more)
    outside = open_outside(settings, name="stories")
    tokens = AccessTokens(settings.signing_key.get_secret_value())
    email = await first_admin(outside, credentials(settings, Passwords(settings.password_memory_kib), tokens))
    try:
        with served(settings) as (url, door):
            async with aiohttp.ClientSession() as http:
                nobody = Client(http, url)
                company = Company(outside, door, simulated, nobody, nobody)
                company.admin = nobody.with_token((await company.sign_in(email, PASSWORD))["accessToken"])
                yield await opened(company)
    finally:
        await outside.close()
