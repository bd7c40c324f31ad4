"""A print job becomes one PDF of all its papers, by the nearest template, with its progress."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from configuration.settings import Settings
from domain import jobs, orders, papers, printing
from domain.kernel import Actor, Sessions, begin, system
from domain.orders.models import Hold, HoldReason
from domain.papers.models import PrintTemplate
from domain.printing import PrintKind
from tests.domain.orders.builders import a_shop, a_trade
from tests.workers.people import a_person
from workers.jobs import files_of, work_off
from workers.runner import Outside, open_outside

KIND = PrintKind.PACKING_SLIP


@pytest.fixture
async def outside(own_engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Outside]:
    settings = Settings(
        database_url=own_engine.url.render_as_string(hide_password=False),
        broker_url="redis://127.0.0.1:1/0",
        signing_key=SecretStr("a signing key of the tests, long enough"),
        secrets_key=SecretStr("x" * 43 + "="),
        data_directory=tmp_path / "data",
    )
    outside = open_outside(settings, name="tests")
    yield outside
    await outside.close()


async def some_orders(sessions: Sessions, count: int) -> tuple[UUID, list[UUID]]:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        await orders.receive_trades(work, shop.channel_id, [a_trade(f"P{each}") for each in range(count)])
    async with begin(sessions, system("tests")) as work:
        return shop.channel_id, [row.id for row in await work.rows(select(orders.Order.id))]


async def printed(outside: Outside, actor: Actor, ids: list[UUID]) -> tuple[jobs.Job, bytes]:
    async with begin(outside.sessions, actor) as work:
        job = await papers.print_papers(work, KIND, ids)
    await work_off(outside, job.id)
    async with begin(outside.sessions, system("tests")) as work:
        done = await work.session.get_one(jobs.Job, job.id)
    content = b""
    if done.file_key is not None:
        async for piece in files_of(outside).reading(done.file_key):
            content += piece
    return done, content


async def test_a_batch_is_one_file(outside: Outside, sessions: Sessions) -> None:
    channel_id, ids = await some_orders(sessions, 12)
    actor = await a_person(outside, "papers.*", "orders.view")
    done, content = await printed(outside, actor, ids)
    assert (done.state, done.problem, done.rows_done) == (jobs.JobState.DONE, None, 12)
    assert done.file_name is not None
    assert done.file_name.endswith(".pdf")
    assert b"/Type/Pages/Count 12" in content
    async with begin(sessions, system("tests")) as work:
        two_pages = "#let paper(data) = { set page(width: 5cm, height: 5cm); [#data.number]; pagebreak(); [2] }"
        work.session.add(
            PrintTemplate(kind=KIND, channel_id=channel_id, source=two_pages, changed_by="a", changed_at=work.now)
        )
    _, content = await printed(outside, actor, ids)
    assert b"/Type/Pages/Count 24" in content


async def test_what_was_stopped_meanwhile_is_not_printed(outside: Outside, sessions: Sessions) -> None:
    _, (first,) = await some_orders(sessions, 1)
    actor = await a_person(outside, "papers.*", "orders.view")
    async with begin(outside.sessions, actor) as work:
        job = await papers.print_papers(work, KIND, [first], chinese=True)
    async with begin(sessions, system("tests")) as work:
        held = {"evidence": "e", "opened_at": work.now, "opened_by": "platform"}
        work.session.add(Hold(order_id=first, reason=HoldReason.REFUND_REQUESTED, **held))
    await work_off(outside, job.id)
    async with begin(sessions, system("tests")) as work:
        done = await work.session.get_one(jobs.Job, job.id)
        assert done.state is jobs.JobState.FAILED
        assert "REFUND_REQUESTED" in (done.problem or "")
        assert "不能打印" in (done.problem or "")
        unprinted = select(orders.Order.id).where(~printing.printed(orders.Order.id, [KIND]))
        assert [row.id for row in await work.rows(unprinted)] == [first]
