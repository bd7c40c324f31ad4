"""A report becomes a file for the one who asked, once, with the rights they then have, whatever happens to workers."""

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from configuration.settings import Settings
from connectors.files.port import FileGone
from domain import identity, inventory, jobs, kernel, reporting, stocktaking, transfers
from domain.jobs.doing import SILENT_MAX
from domain.kernel import Actor, ActorKind, BadInput, Quantity, Sessions, begin, now, system
from tests.domain.inventory.builders import a_variant, a_warehouse, stock
from workers.jobs import files_of, forget_files, resume_jobs, start_job, work_off
from workers.runner import Outside, open_outside

EVIL = '=HYPERLINK("http://evil.example","click")'
DAYS = reporting.Days(first=date(2026, 1, 1), last=date(2027, 12, 31))
SPREADSHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@dataclass
class Company:
    """Somebody who may see stock, and stock with a reason that would like to be a formula."""

    outside: Outside
    sessions: Sessions
    variant: UUID
    warehouse: UUID

    async def person(self, *permissions: str) -> Actor:
        async with begin(self.sessions, system("tests")) as work:
            role = identity.Role(code=uuid4().hex, name="r", permissions=["inventory.view", *permissions])
            work.session.add(role)
            await work.session.flush()
            person = identity.Staff(
                email=f"{uuid4().hex}@example.com",
                name="李四",
                role_id=role.id,
                password_hash="none",
                created_at=work.now,
            )
            work.session.add(person)
        read = kernel.Read(engine=self.outside.engine, actor=system("tests"))
        actor = await identity.actor_of(read, ActorKind.STAFF, person.id)
        assert actor is not None
        return actor

    async def asked(self, actor: Actor, report: reporting.ReportKind, **more: Any) -> jobs.Job:
        scope = reporting.StockScope(variants=[self.variant], warehouses=[self.warehouse])
        flows = [reporting.FlowBy.VARIANT, reporting.FlowBy.PARTNER]
        request = reporting.ReportRequest(report=report, scope=scope, days=DAYS, flows_by=flows, **more)
        async with begin(self.sessions, actor) as work:
            return await reporting.export_report(work, request)

    async def job(self, job: jobs.Job) -> Any:
        async with begin(self.sessions, system("tests")) as work:
            return (await work.rows(select(*jobs.Job.__table__.columns).where(jobs.Job.id == job.id)))[0]

    async def cells(self, job: jobs.Job, tmp_path: Path) -> list[list[tuple[str, str]]]:
        """Open the file as a spreadsheet program does: the type and content of each cell."""
        place = tmp_path / "fetched.xlsx"
        row = await self.job(job)
        assert (row.state, row.problem) == (jobs.JobState.DONE, None)
        with place.open("wb") as file:
            async for piece in files_of(self.outside).reading(row.file_key):
                file.write(piece)
        assert place.stat().st_size == row.file_bytes
        with zipfile.ZipFile(place) as book:
            sheet = ET.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 — We wrote it.
        assert list(sheet.iter(f"{SPREADSHEET}f")) == []
        return [
            [(cell.get("t", "n"), "".join(cell.itertext())) for cell in row] for row in sheet.iter(f"{SPREADSHEET}row")
        ]


@pytest.fixture
async def company(own_engine: AsyncEngine, sessions: Sessions, tmp_path: Path) -> AsyncIterator[Company]:
    settings = Settings(
        database_url=own_engine.url.render_as_string(hide_password=False),
        broker_url="redis://127.0.0.1:1/0",
        signing_key=SecretStr("a signing key of the tests, long enough"),
        secrets_key=SecretStr("x" * 43 + "="),
        data_directory=tmp_path / "data",
    )
    async with begin(sessions, system("tests")) as work:
        variant, warehouse = await a_variant(work, "+GLOVE"), await a_warehouse(work)
        await stock(work, variant, warehouse, 10, "2.5")
        taken = inventory.AdjustedLine(variant_id=variant, quantity=Quantity("0.5"))
        out = inventory.AdjustmentKind.OUT
        await inventory.adjust_stock(
            work, inventory.Adjustment(warehouse_id=warehouse, kind=out, reason=EVIL, lines=[taken])
        )
    outside = open_outside(settings, name="tests")
    yield Company(outside, sessions, variant, warehouse)
    await outside.close()


async def some_papers(work: kernel.Work, company: Company) -> None:
    """Count what is there, and ask for some of it elsewhere."""
    place = inventory.WarehouseId(company.warehouse)
    new = stocktaking.NewStocktake(warehouse_id=place, scope=stocktaking.StocktakeScope.ALL, reason="year end")
    stocktake = await stocktaking.start_stocktake(work, new)
    found = stocktaking.Scan(scan_id=uuid4(), variant_id=company.variant, quantity=Quantity("9.5"))
    await stocktaking.count_stock(work, stocktake.id, [found])
    await stocktaking.close_count(work, stocktake.id)
    goods = [transfers.WantedGoods(variant_id=company.variant, quantity=Quantity(1))]
    asked = transfers.NewTransfer(
        from_warehouse_id=place, to_warehouse_id=await a_warehouse(work), reason="few", lines=goods
    )
    await transfers.request_transfer(work, asked)


async def test_every_report_becomes_a_file_without_formulas(company: Company, tmp_path: Path) -> None:
    actor, kinds = await company.person("reporting.*", "finance.see_cost"), reporting.ReportKind
    async with begin(company.sessions, system("clock")) as work:
        await reporting.analyse_reserves(work)
        await some_papers(work, company)
    of_each: dict[str, tuple[list[Any], list[Any]]] = {}
    for report in kinds:
        job = await company.asked(actor, report, chinese=True)
        await start_job(company.outside, jobs.JobQueued(job_id=job.id))
        headings, *lines = await company.cells(job, tmp_path)
        assert {kind for kind, _ in headings} == {"inlineStr"}
        assert len(lines) == (2 if report in (kinds.STOCK_CARD, kinds.STOCK_MOVEMENTS, kinds.STOCK_FLOWS) else 1)
        done = await company.job(job)
        assert (done.rows_done, done.file_name.endswith(".xlsx")) == (len(lines), True)
        of_each[report] = ([text for _, text in headings], lines)
    names, lines = of_each[kinds.STOCK_CARD]
    assert ("inlineStr", EVIL) in lines[1]
    told = dict(zip(names, lines[1], strict=True))
    assert [told[name] for name in ("数量", "结存数量", "结存金额")] == [("n", "-0.5"), ("n", "9.5"), ("n", "23.75")]
    assert ("inlineStr", "+GLOVE") in of_each[kinds.RECEIPTS_AND_ISSUES][1][0]


async def test_amounts_are_only_for_those_who_may_see_cost(company: Company, tmp_path: Path) -> None:
    job = await company.asked(await company.person("reporting.*"), reporting.ReportKind.STOCK_LEVELS)
    await work_off(company.outside, job.id)
    headings, line = await company.cells(job, tmp_path)
    assert ("inlineStr", "On hand") in headings
    assert ("inlineStr", "Value") not in headings
    assert len(line) <= len(headings)


async def test_a_job_is_done_with_the_rights_its_owner_has_when_it_runs(company: Company) -> None:
    actor = await company.person("reporting.*")
    job = await company.asked(actor, reporting.ReportKind.STOCK_LEVELS)
    async with begin(company.sessions, system("tests")) as work:
        await work.execute(update(identity.Staff).values(active=False))
    await work_off(company.outside, job.id)
    row = await company.job(job)
    assert (row.state, row.file_key) == (jobs.JobState.FAILED, None)
    async with begin(company.sessions, await company.person()) as work:
        with pytest.raises(kernel.NotAllowed):
            await reporting.export_report(work, reporting.ReportRequest(report=reporting.ReportKind.STOCK_LEVELS))


async def test_a_cancelled_job_leaves_nothing(company: Company) -> None:
    actor = await company.person("reporting.*")
    waiting = await company.asked(actor, reporting.ReportKind.STOCK_LEVELS)
    running = await company.asked(actor, reporting.ReportKind.STOCK_LEVELS)
    async with begin(company.sessions, system("worker")) as work:
        taken = await jobs.take_job(work, running.id)
        assert taken is not None
    for job in (waiting, running):
        async with begin(company.sessions, actor) as work:
            assert (await jobs.cancel_job(work, job.id)).state is jobs.JobState.CANCELLED
        async with begin(company.sessions, actor) as work:
            with pytest.raises(jobs.JobEnded):
                await jobs.cancel_job(work, job.id)
    await work_off(company.outside, waiting.id)
    progress = jobs.Progress(job_id=running.id, attempt=taken.attempts, rows_done=1)
    async with begin(company.sessions, system("worker")) as work:
        assert not await jobs.note_progress(work, progress)
        assert not await jobs.finish_job(work, progress, jobs.MadeFile(key="k", name="n", size=1))
    assert not (company.outside.settings.data_directory / "files").exists()
    async with begin(company.sessions, await company.person()) as work:
        with pytest.raises(kernel.NotFound):
            await jobs.cancel_job(work, waiting.id)


async def test_a_job_whose_worker_died_is_begun_anew_and_at_last_given_up(company: Company) -> None:
    job = await company.asked(await company.person("reporting.*"), reporting.ReportKind.STOCK_LEVELS)
    moment = now()
    for attempt in (1, 2, 3):
        async with begin(company.sessions, system("worker"), at=moment) as work:
            taken = await jobs.take_job(work, job.id)
            assert taken is not None
            assert taken.attempts == attempt
            assert await jobs.take_job(work, job.id) is None
            assert await jobs.jobs_to_do(work) == []
        moment += SILENT_MAX + timedelta(seconds=1)
    async with begin(company.sessions, system("clock"), at=moment) as work:
        assert await jobs.jobs_to_do(work) == []
    assert (await company.job(job)).state is jobs.JobState.FAILED
    late = jobs.Progress(job_id=job.id, attempt=1, rows_done=1)
    async with begin(company.sessions, system("worker")) as work:
        assert not await jobs.finish_job(work, late, jobs.MadeFile(key="k", name="n", size=1))


async def test_a_lost_task_is_sent_again_and_an_old_file_is_deleted(company: Company) -> None:
    job = await company.asked(await company.person("reporting.*"), reporting.ReportKind.STOCK_LEVELS)
    await resume_jobs(company.outside)
    row = await company.job(job)
    assert row.state is jobs.JobState.DONE
    async with begin(company.sessions, system("tests")) as work:
        await work.execute(text("UPDATE jobs SET expires_at = now() - interval '1 second'"))
    await forget_files(company.outside)
    assert (await company.job(job)).state is jobs.JobState.EXPIRED
    with pytest.raises(FileGone):
        await files_of(company.outside).size(row.file_key)


async def test_who_asks_too_much_waits_and_who_asks_nonsense_is_told(company: Company) -> None:
    actor = await company.person("reporting.*")
    for _ in range(5):
        await company.asked(actor, reporting.ReportKind.STOCK_LEVELS)
    with pytest.raises(jobs.TooManyJobs):
        await company.asked(actor, reporting.ReportKind.STOCK_LEVELS)
    async with begin(company.sessions, actor) as work:
        for report in (reporting.ReportKind.RECEIPTS_AND_ISSUES, reporting.ReportKind.STOCK_CARD):
            with pytest.raises(BadInput):
                await reporting.export_report(work, reporting.ReportRequest(report=report))
