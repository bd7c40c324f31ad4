"""A database of the test's own, and a folder the database's account can reach."""

import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from operations.embedded_postgres import EmbeddedPostgres
from tests.conftest import database_copy


@pytest.fixture
async def url(postgres: EmbeddedPostgres) -> AsyncIterator[str]:
    async with database_copy(postgres) as copy:
        yield copy


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder others may pass: pytest's own are closed, and root's database would have to live elsewhere."""
    place = Path(tempfile.mkdtemp(prefix="zhanggui-test-"))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)
