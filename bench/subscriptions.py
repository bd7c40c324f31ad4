"""Subscriptions (推送速度): one alert to thousands of sockets of one process, from its commit to the last of them."""

import asyncio
import os
import resource
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median
from time import monotonic
from typing import Any

import asyncpg

from bench.company import BenchCompany, bench_company
from bench.reads import RESTORE_RATE, served
from domain import identity, kernel
from operations.embedded_postgres import OWNER
from operations.programs import PYTHON

SIZES = (2_000, 5_000)
ALERTS = 15
PAUSE_SECONDS = 0.3
FILL_SECONDS_MAX = 240
HEAR_SECONDS_MAX = 30

OPEN = """
WITH opened AS (
  INSERT INTO alerts (id, subject, subject_id, kind, level, channel_id, message, message_chinese, evidence, opened_at)
  VALUES (gen_random_uuid(), 'ORDER', gen_random_uuid(), 'UNREVIEWED', 'WARN', $1, 'Look', '看', '{}', now())
  RETURNING id
)
INSERT INTO alert_changes (alert_id, change, at) SELECT id, 'OPENED', now() FROM opened
"""


async def _key(company: BenchCompany) -> str:
    async with kernel.begin(company.sessions, kernel.system("bench")) as work:
        given = identity.NewApiClient(
            code="console",
            name="Console",
            kind=identity.ClientKind.CALL_CENTRE,
            permissions=("alerts.view",),
            restore_rate=RESTORE_RATE,
        )
        return (await identity.create_api_client(work, given)).key


def _resident_kib(process_id: int) -> int:
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


@asynccontextmanager
async def _listening(port: int, key: str, sockets: int) -> AsyncIterator[tuple[asyncio.StreamReader, float]]:
    """Open the sockets from another process; gives what it tells, and how long it took."""
    command = (PYTHON, "-m", "bench.listeners", str(port), key, str(sockets))
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    told = process.stdout
    assert told is not None
    try:
        async with asyncio.timeout(FILL_SECONDS_MAX):
            word, seconds = (await told.readline()).decode().split()
        assert word == "ready"
        yield told, float(seconds)
    finally:
        process.kill()
        await process.wait()


async def _alerts(company: BenchCompany, told: asyncio.StreamReader) -> list[float]:
    """Open alerts one after the other; each time from just before its commit to the last socket, in milliseconds."""
    taken: list[float] = []
    connection = await asyncpg.connect(company.server.url(OWNER))
    try:
        for _ in range(ALERTS):
            await asyncio.sleep(PAUSE_SECONDS)
            change = connection.transaction()
            await change.start()
            await connection.execute(OPEN, company.channel_id)
            committing = monotonic()
            await change.commit()
            async with asyncio.timeout(HEAR_SECONDS_MAX):
                word, moment, lost = (await told.readline()).decode().split()
            assert (word, lost) == ("heard", "0")
            taken.append((float(moment) - committing) * 1000)
    finally:
        await connection.close()
    return taken


async def _measured(company: BenchCompany, key: str, sockets: int) -> dict[str, Any]:
    async with served(company) as server:
        before = _resident_kib(server.process_id)
        async with _listening(server.port, key, sockets) as (told, seconds):
            after = _resident_kib(server.process_id)
            taken = await _alerts(company, told)
    figures = {
        "sockets": sockets,
        "best_ms": round(min(taken), 1),
        "median_ms": round(median(taken), 1),
        "kib_per_socket": round((after - before) / sockets, 1),
        "connect_ms": round(seconds / sockets * 1000, 3),
        "load": round(os.getloadavg()[0], 2),
    }
    print(
        f"{sockets} sockets: commit to the last of them {figures['median_ms']} ms (median of {ALERTS}; best "
        f"{figures['best_ms']}), {figures['kib_per_socket']} KiB a socket, {figures['connect_ms']} ms to connect one; "
        f"load {figures['load']}",
        flush=True,
    )
    return figures


async def measure() -> dict[str, Any]:
    """Measure with few and with many sockets."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    async with bench_company() as company:
        key = await _key(company)
        return {"subscriptions": [await _measured(company, key, sockets) for sockets in SIZES]}
