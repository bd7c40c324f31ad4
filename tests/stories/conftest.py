"""One company for all stories that can share it: each story brings goods, buyers and colleagues of its own."""

from collections.abc import AsyncIterator, Iterator

import pytest

from operations.embedded_postgres import EmbeddedPostgres
from tests.both_ways import both_ways
from tests.conftest import database_copy
from tests.connectors.simulated import Simulated
from tests.stories.company import Company
from tests.stories.running import running, simulators


@pytest.fixture(scope="session")
async def simulated(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulated]:
    """Run one set of platforms for the stories that share the company."""
    async with simulators(tmp_path_factory.mktemp("simulated")) as simulated:
        yield simulated


@pytest.fixture(scope="session")
async def company(
    postgres: EmbeddedPostgres, simulated: Simulated, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """Run one company."""
    async with (
        database_copy(postgres) as url,
        running(url, simulated, data_directory=tmp_path_factory.mktemp("data")) as company,
    ):
        yield company


@pytest.fixture(autouse=True)
def _both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Compare both executors on every query of the test."""
    if request.node.get_closest_marker("one_way") is not None:
        yield
        return
    differences: list[str] = []
    monkeypatch.setattr("api.execution.execute_compiled", both_ways(differences))
    yield
    assert differences == []
