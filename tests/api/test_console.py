"""The console: served by us with all its files, only where it is switched on, and nothing to a stranger."""

import re

import pytest

from operations.embedded_postgres import EmbeddedPostgres
from tests.api.conftest import serving
from tests.conftest import database_copy


@pytest.mark.parametrize("setting", ["console", "demo"])
async def test_the_console_works_without_the_internet(postgres: EmbeddedPostgres, setting: str) -> None:
    async with database_copy(postgres) as url, serving(url, **{setting: True}) as served:
        page = await served.send("GET", "/console")
        assert page.status == 200
        files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert len(files) == 7
        for each in files:
            assert each.startswith("/console/")
            assert (await served.send("GET", each)).status == 200
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]
        assert (await served.send("GET", "/console/../app.py")).status == 404
        assert (await served.ask("{ __schema { types { name } } }")).codes == ["UNAUTHENTICATED"]
