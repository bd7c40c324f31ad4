"""The simulated platforms in a process of their own, as strange to the connectors as the real ones."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from connectors.http import Http, HttpLimits
from tests.connectors.simulated import Simulated, ended

start_seconds_max = 30
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
async def simulated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulated]:
    directory = tmp_path_factory.mktemp("simulated")
    ports = directory / "simulators.json"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulators", "--directory", str(directory), cwd=ROOT
    )
    try:
        async with asyncio.timeout(start_seconds_max):
            while not ports.exists():
                assert process.returncode is None, "the simulators did not start"
                await asyncio.sleep(0.05)
        async with Simulated(orjson.loads(ports.read_bytes())) as simulated:
            yield simulated
    finally:
        await ended(process)


@pytest.fixture
async def platform(simulated: Simulated) -> AsyncIterator[Simulated]:
    """Hand out the simulated platforms without the troubles of the test before."""
    await simulated.calm()
    yield simulated
    await simulated.calm()


@pytest.fixture
async def http() -> AsyncIterator[Http]:
    async with Http(HttpLimits(total_seconds=5, calls_per_second=2000)) as http:
        yield http
