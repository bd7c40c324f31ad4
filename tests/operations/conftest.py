"""A database of the test's own, by its address."""

from collections.abc import AsyncIterator

import pytest

from operations.embedded_postgres import EmbeddedPostgres
from tests.conftest import database_copy


@pytest.fixture
async def url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    async with database_copy(postgres) as copy:
        yield copy
