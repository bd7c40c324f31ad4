"""Files leave by a link of ours that has not ended, and only while its owner may have them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from api.links import FileLinks
from domain import identity, jobs
from domain.kernel import ActorKind, begin, system
from operations.embedded_postgres import EmbeddedPostgres
from tests.api.calling import Served
from tests.api.conftest import add_accounts, serving
from tests.conftest import database_copy

CONTENT = b"PK" + bytes(range(256)) * 2000
ADMIN = "admin@example.com"


@pytest.fixture(scope="module")
async def keeping(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    directory: Path = tmp_path_factory.mktemp("data")
    async with database_copy(postgres) as url, serving(url, data_directory=directory) as served:
        await add_accounts(served)
        yield served


async def a_file(served: Served, *, account: str = "admin", needs: str = "inventory.view", kept: int = 1) -> UUID:
    """Let a job of somebody be done and its file be kept for some days."""
    key = f"{uuid4()}.xlsx"
    async with served.door.files.writing(key) as place:
        place.write_bytes(CONTENT)
    async with begin(served.sessions, system("tests")) as work:
        job = jobs.Job(
            kind="test",
            title="进销存",
            parameters={},
            needs=needs,
            owner_kind=ActorKind.STAFF,
            owner_id=served.accounts[account],
            owner_name=account,
            state=jobs.JobState.DONE,
            created_at=work.now,
            file_key=key,
            file_name="进销存 2026.xlsx",
            file_bytes=len(CONTENT),
            expires_at=work.now + timedelta(days=kept),
        )
        work.session.add(job)
    return job.id


async def fetched(served: Served, path: str) -> tuple[int, bytes]:
    async with served.http.get(served.url + path) as answer:
        return answer.status, await answer.read()


async def test_a_file_is_fetched_whole_by_its_link(keeping: Served) -> None:
    path = keeping.door.links.to_file(await a_file(keeping))
    async with keeping.http.get(keeping.url + path) as answer:
        assert (answer.status, await answer.read()) == (200, CONTENT)
        assert answer.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E8%BF%9B")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "spreadsheetml" in answer.headers["Content-Type"]


async def test_a_link_is_ours_or_it_is_nothing(keeping: Served) -> None:
    job_id = await a_file(keeping)
    ours = keeping.door.links.to_file(job_id)
    others = FileLinks("another key, just as long as ours is").to_file(job_id)
    forged = ours[:-2] + ("AA" if not ours.endswith("AA") else "BB")
    for path in (others, forged, "/files/x", "/files/" + "A" * 500, "/files/%00", f"/files/{job_id}"):
        assert (await fetched(keeping, path))[0] == 404
    ended = keeping.door.links.to_file(job_id, datetime.now(UTC) - timedelta(minutes=16))
    assert (await fetched(keeping, ended))[0] == 410


async def test_rights_are_asked_for_again(keeping: Served) -> None:
    path = keeping.door.links.to_file(await a_file(keeping, account="viewer"))
    status, body = await fetched(keeping, path)
    assert (status, b"FORBIDDEN" in body) == (403, True)
    path = keeping.door.links.to_file(await a_file(keeping, account="reviewer", needs="alerts.view"))
    assert (await fetched(keeping, path))[0] == 200
    async with begin(keeping.sessions, system("tests")) as work:
        (await work.session.get_one(identity.Staff, keeping.accounts["reviewer"])).active = False
    assert (await fetched(keeping, path))[0] == 403


async def test_a_file_that_is_not_kept_is_gone(keeping: Served) -> None:
    old = keeping.door.links.to_file(await a_file(keeping, kept=-1))
    assert (await fetched(keeping, old))[0] == 410
    assert (await fetched(keeping, keeping.door.links.to_file(uuid4())))[0] == 410
