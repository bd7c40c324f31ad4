"""One small company for all stories: its API served, its shops the simulated platforms in a process of their own."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import orjson
import pytest

from api.passwords import AccessTokens, Passwords, credentials
from operations.embedded_postgres import EmbeddedPostgres
from tests.conftest import database_copy
from tests.connectors.simulated import Simulated
from tests.stories.client import Client
from tests.stories.company import PASSWORD, Company, cleaned, first_admin, opened, served, settings_for
from workers.runner import open_outside

START_SECONDS_MAX = 30
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
async def simulated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulated]:
    directory = tmp_path_factory.mktemp("simulated")
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
        process.terminate()
        await process.wait()


@pytest.fixture(scope="session")
async def company(postgres: EmbeddedPostgres, simulated: Simulated) -> AsyncIterator[Company]:
    async with database_copy(postgres) as database_url, aiohttp.ClientSession() as http:
        settings = settings_for(database_url, simulated)
        outside = open_outside(settings, name="stories")
        tokens = AccessTokens(settings.signing_key.get_secret_value())
        email = await first_admin(outside, credentials(settings, Passwords(settings.password_memory_kib), tokens))
        with served(settings) as (url, door):
            nobody = Client(http, url)
            company = Company(outside, door, simulated, nobody, nobody)
            signed_in = await company.sign_in(email, PASSWORD)
            company.admin = nobody.with_token(signed_in["accessToken"])
            async with cleaned(simulated):
                yield await opened(company)
        await outside.close()
