"""Files come by a path of ours, once, as they were announced, and only from their owner while he may."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import identity, uploads
from domain.kernel import Actor, ActorKind, begin, system
from operations.embedded_postgres import EmbeddedPostgres
from tests.api.calling import Served
from tests.api.conftest import add_accounts, serving
from tests.conftest import database_copy

CONTENT = "订单号,数量\n1,2\n".encode()


@pytest.fixture(scope="module")
async def taking(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    directory: Path = tmp_path_factory.mktemp("data")
    async with database_copy(postgres) as url, serving(url, data_directory=directory) as served:
        await add_accounts(served)
        yield served


async def announced(
    served: Served, content: bytes = CONTENT, *, account: str = "admin", kind: str = "CSV"
) -> uploads.Upload:
    owner = Actor(kind=ActorKind.STAFF, id=served.accounts[account], name=account, permissions=frozenset({"uploads.*"}))
    new = uploads.NewUpload(
        kind=uploads.UploadKind(kind), name="a.csv", size=len(content), sha256=hashlib.sha256(content).hexdigest()
    )
    async with begin(served.sessions, owner) as work:
        return await uploads.announce_upload(work, new)


async def put(served: Served, path: str, content: bytes = CONTENT) -> int:
    async with served.http.put(served.url + path, data=content) as answer:
        return int(answer.status)


async def received(served: Served, upload: uploads.Upload) -> str | None:
    async with begin(served.sessions, system("tests")) as work:
        return (await work.rows(select(uploads.Upload.file_key).where(uploads.Upload.id == upload.id)))[0].file_key


async def test_a_file_comes_once_and_whole(taking: Served) -> None:
    upload = await announced(taking)
    path = taking.door.upload_links.to_file(upload.id)
    assert path.startswith("/uploads/")
    statuses = sorted(await asyncio.gather(*(put(taking, path) for _ in range(3))))
    assert statuses == [200, 409, 409]
    key = await received(taking, upload)
    assert key is not None
    assert b"".join([piece async for piece in taking.door.files.reading(key)]) == CONTENT
    kept = [each.name for each in (taking.door.settings.data_directory / "files").iterdir()]
    assert [each for each in kept if each.startswith(str(upload.id))] == [key]


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        (CONTENT + b"x", "CSV", 413),
        (CONTENT[:-1], "CSV", 413),
        (CONTENT[:-1] + b"x", "CSV", 422),
        (CONTENT, "XLSX", 422),
    ],
)
async def test_what_was_not_announced_is_not_kept(taking: Served, sent: bytes, kind: str, status: int) -> None:
    upload = await announced(taking, kind=kind)
    assert await put(taking, taking.door.upload_links.to_file(upload.id), sent) == status
    assert await received(taking, upload) is None


async def test_a_path_is_ours_and_ends(taking: Served) -> None:
    upload = await announced(taking)
    late = taking.door.upload_links.to_file(upload.id, datetime.now(UTC) - timedelta(minutes=16))
    for path, status in (
        (late, 410),
        (taking.door.upload_links.to_file(uuid4()), 410),
        (taking.door.links.to_file(upload.id).replace("/files/", "/uploads/"), 404),
        ("/uploads/" + "A" * 500, 404),
    ):
        assert await put(taking, path) == status
    assert (await taking.http.get(taking.url + taking.door.upload_links.to_file(upload.id))).status == 405


async def test_rights_are_asked_for_again(taking: Served) -> None:
    upload = await announced(taking, account="viewer")
    assert await put(taking, taking.door.upload_links.to_file(upload.id)) == 403
    upload = await announced(taking)
    async with begin(taking.sessions, system("tests")) as work:
        (await work.session.get_one(identity.Staff, taking.accounts["admin"])).active = False
    assert await put(taking, taking.door.upload_links.to_file(upload.id)) == 403
