"""Pick lists (打印拣货单): 500 waves printed as one job, from the rows of the database to the PDF on the disk.

The job is asked for over HTTP, like by anybody, and worked off in this process as a worker does it.
"""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import aiohttp
from sqlalchemy import select, text

from bench.company import BenchCompany
from bench.reads import Served
from configuration.settings import Settings
from connectors.files.disk import FOLDER
from connectors.http import Http, HttpLimits
from domain import fulfilment, jobs, kernel
from schema.scalars import global_id, key_of
from workers.jobs import work_off
from workers.runner import Outside

LISTS = 500
ORDERS_EACH = 4
AT_ONCE = 4
SECONDS_MAX = 15

PRINT = """mutation Print($ids: [ID!]!) {
  printPapers(input: {kind: PICK_LIST, ids: $ids}) { job { id } refusals { code message } }
}"""
LINES = "SELECT count(*) FROM pick_lines"
NAMED = "UPDATE products SET name = '连花清瘟胶囊 抗病毒清热解毒 24粒装'"
SPECIFIED = "UPDATE variants SET specification = '0.35g×24粒' || position || '盒'"
NAMES = ("DATABASE_URL", "BROKER_URL", "SIGNING_KEY", "SECRETS_KEY", "DATA_DIRECTORY")


async def _name_goods(company: BenchCompany) -> None:
    """Give the goods names as they are on paper: Chinese type is what takes longest to set."""
    async with company.engine.begin() as connection:
        await connection.execute(text(NAMED))
        await connection.execute(text(SPECIFIED))


async def _release(company: BenchCompany) -> None:
    """Release what was reviewed, as the clock does."""
    rules = fulfilment.NewWarehouseRules(
        warehouse_id=company.warehouse_id,  # type: ignore[arg-type]
        releases_itself=True,
        release_after_minutes=0,
        weighs=False,
        weight_tolerance_percent=0,
        weight_tolerance_grams=0,
    )
    async with kernel.begin(company.sessions, kernel.system("bench")) as work:
        await fulfilment.set_warehouse_rules(work, rules)
    released = -1
    while released:
        async with kernel.begin(company.sessions, kernel.system("bench")) as work:
            released = len(await fulfilment.release_due(work))


async def _waves(company: BenchCompany) -> list[UUID]:
    """Make the waves, half of them to be picked order by order."""
    modes, made = list(fulfilment.PickMode), list[UUID]()
    for number in range(LISTS):
        wanted = fulfilment.NewWave(
            warehouse_id=company.warehouse_id,  # type: ignore[arg-type]
            mode=modes[number % len(modes)],
            size=ORDERS_EACH,
        )
        async with kernel.begin(company.sessions, kernel.system("bench")) as work:
            made.append((await fulfilment.make_wave(work, wanted)).id)
    return made


async def _ask(server: Served, key: str, waves: Sequence[UUID]) -> Any:
    url, headers = f"http://127.0.0.1:{server.port}/graphql", {"X-Api-Key": key}
    asked = {"query": PRINT, "variables": {"ids": [global_id("Wave", each) for each in waves]}}
    async with aiohttp.ClientSession() as session, session.post(url, json=asked, headers=headers) as answer:
        told = await answer.json()
    if told.get("errors") or told["data"]["printPapers"]["refusals"]:
        raise RuntimeError(f"printPapers answered {told}")
    return key_of("Job", told["data"]["printPapers"]["job"]["id"])


async def _work_off(company: BenchCompany, job_id: Any) -> Any:
    given = Settings.model_validate({name.lower(): company.environment[name] for name in NAMES})
    outside = Outside(given, company.engine, company.sessions, Http(HttpLimits()))
    try:
        await work_off(outside, job_id)
    finally:
        await outside.http.close()
    async with company.engine.connect() as connection:
        job = (await connection.execute(select(*jobs.Job.__table__.columns).where(jobs.Job.id == job_id))).one()
    assert job.state is jobs.JobState.DONE, job.problem
    place = given.data_directory / FOLDER / job.file_key
    assert (await asyncio.to_thread(place.read_bytes)).startswith(b"%PDF-")
    return job


async def measure(company: BenchCompany, server: Served, key: str) -> dict[str, Any]:
    """Release, make the waves, print them in one batch and print the figures."""
    await _name_goods(company)
    await _release(company)
    begun = time.perf_counter()
    waves = await _waves(company)
    planned = time.perf_counter() - begun
    async with company.engine.connect() as connection:
        lines = await connection.scalar(text(LINES))
    started = time.perf_counter()
    job = await _work_off(company, await _ask(server, key, waves))
    taken = time.perf_counter() - started
    print(f"  waves made         {LISTS / planned:7,.0f} waves/s of {ORDERS_EACH} orders, one after the other")
    print(
        f"  pick lists         {LISTS / taken:7,.0f} lists/s   {LISTS} of {lines / LISTS:.0f} lines in one PDF of "
        f"{job.file_bytes / 1e6:.1f} MB: {taken:.1f} s, of at most {SECONDS_MAX}"
    )
    return {
        "seconds": taken,
        "lists": LISTS,
        "lines": lines,
        "bytes": job.file_bytes,
        "waves_per_second": LISTS / planned,
    }
