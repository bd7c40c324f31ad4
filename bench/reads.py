"""Reads (读): four lists by four ways side by side, on one database, over the same 16 connections.

pgbench runs the statement that makes the whole answer; passthrough hands its text on; standard and compiled are our
schema over HTTP with its permissions and its cost, by the standard executor and compiled.
"""

import asyncio
import dataclasses
import os
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
import orjson
from graphql import parse

from bench.company import BenchCompany, bench_company, written_out
from bench.limit import pgbench
from bench.load import CONNECTIONS, WARM_SECONDS, Load, load, request
from bench.orders import READY_SECONDS_MAX
from bench.passthrough import STATEMENTS
from bench.seeding import SMALL, Sizes, seed
from configuration.reading import DirectReading
from domain import identity, kernel
from operations.embedded_postgres import OWNER
from operations.ports import listening_socket
from operations.processes import Program
from operations.programs import PYTHON, api
from schema.base import Context
from schema.compiled import Asked, Compiled
from schema.root import schema

PGBENCH_SECONDS = 2
ROUNDS = 5
RESTORE_RATE = 10_000_000
QUERIES = {
    "products": "{ products(first: 50) { nodes { id slug name variants { id sku specification weightGrams } } } }",
    "product": """{ product(slug: "product-17") { id slug name description
        variants { id sku specification weightGrams } } }""",
    "orders": """{ orders(first: 50) { nodes { id number status placedAt totalAmount { amount currency }
        customer { id name } lines { id title quantity lineAmount { amount currency } } } } }""",
    "stock": "{ stockLevels(first: 50) { nodes { id sku onHand available warehouse { code } } } }",
}


@dataclasses.dataclass(frozen=True)
class Served:
    """A server of one way: its port and its process."""

    port: int
    process_id: int

    def cpu_seconds(self) -> float | None:
        """Say how much the process has worked, where the system tells."""
        try:
            fields = Path(f"/proc/{self.process_id}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            return None
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def served(company: BenchCompany, **settings: str) -> AsyncIterator[Served]:
    """Serve our schema, or with PASSTHROUGH the bare application."""
    listener = listening_socket("127.0.0.1", 0)
    environment = {**company.environment, **settings}
    program = _passthrough(environment, listener) if "PASSTHROUGH" in settings else api(1, environment, listener)
    process = program.spawn(asyncio.subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + READY_SECONDS_MAX
        while program.is_ready is not None and not await asyncio.to_thread(program.is_ready, process.pid):
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError("the server does not start")
            await asyncio.sleep(0.1)
        yield Served(listener.getsockname()[1], process.pid)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
        listener.close()


def _passthrough(environment: dict[str, str], listener: Any) -> Program:
    command = (PYTHON, "-m", "bench.passthrough", str(listener.fileno()))
    return dataclasses.replace(api(1, environment, listener), command=command)


async def client_key(company: BenchCompany, code: str = "reads") -> str:
    async with kernel.begin(company.sessions, kernel.system("bench")) as work:
        given = identity.NewApiClient(
            code=code,
            name="Reads",
            kind=identity.ClientKind.OFFICIAL_SITE,
            permissions=("*",),
            restore_rate=RESTORE_RATE,
        )
        return (await identity.create_api_client(work, given)).key


@dataclasses.dataclass
class Counting:
    """A way to rows that counts the statements."""

    direct: DirectReading
    count: int = 0

    async def fetch(self, statement: Any, parameters: Any = None, ahead: Any = None) -> list[Any] | None:
        self.count += 1
        return await self.direct.fetch(statement, parameters, ahead)


async def _statements(company: BenchCompany) -> dict[str, int]:
    """Count what each query asks of the database, in this process."""
    direct = DirectReading(
        company.server.url(), company.engine, application_name="bench", size=4, statement_timeout_seconds=15
    )
    compiled, actor, counts = Compiled(schema._schema), kernel.system("bench"), {}  # noqa: SLF001 — its core.
    for name, query in QUERIES.items():
        counting, document = Counting(direct), parse(query)
        operation: Any = document.definitions[0]
        context = Context(kernel.Read(company.engine, actor, counting), company.sessions, actor)
        assert await compiled.execute(Asked(query, document, operation, {}), context, eager=True) is not None
        counts[name] = counting.count
    await direct.close()
    return counts


def _figures(name: str, per_second: dict[str, float], compiled: Load, cpu: float | None, statements: int) -> Any:
    return {
        "query": name,
        "requests_per_second": {way: round(number, 1) for way, number in per_second.items()},
        "ratio_to_passthrough": round(per_second["compiled"] / per_second["passthrough"], 3),
        "ratio_to_standard": round(per_second["compiled"] / per_second["standard"], 2),
        "p50_ms": round(compiled.p50_ms, 2),
        "p99_ms": round(compiled.p99_ms, 2),
        "cpu_ms": None if cpu is None else round(cpu, 3),
        "statements": statements,
        "bytes": compiled.bytes,
    }


async def _measured(company: BenchCompany) -> list[dict[str, Any]]:
    headers = {"X-Api-Key": await client_key(company)}
    statements = await _statements(company)
    results: list[dict[str, Any]] = []
    async with (
        served(company, PASSTHROUGH="1") as passing,
        served(company, COMPILED_READS="false") as standard,
        served(company, COMPILED_READS="true") as compiled,
    ):
        for name, query in QUERIES.items():
            ours = request("/graphql", orjson.dumps({"query": query}), headers)
            theirs = request(f"/{name}", orjson.dumps({"query": query}), {})
            limit = await pgbench(company, "", STATEMENTS[name] + ";\n", CONNECTIONS, PGBENCH_SECONDS)
            ways = {"passthrough": (passing, theirs), "standard": (standard, ours), "compiled": (compiled, ours)}
            before = compiled.cpu_seconds()
            loads = await _in_turns(ways)
            after = compiled.cpu_seconds()
            per_second = {"pgbench": limit} | {
                way: median(each.requests_per_second for each in found) for way, found in loads.items()
            }
            served_by_us = sum(each.requests for each in loads["compiled"])
            cpu = (after - before) / served_by_us * 1000 if before is not None and after is not None else None
            middle = sorted(loads["compiled"], key=lambda each: each.requests_per_second)[ROUNDS // 2]
            results.append(_figures(name, per_second, middle, cpu, statements[name]))
            _print(results[-1])
    return results


async def _in_turns(ways: dict[str, tuple[Served, bytes]]) -> dict[str, list[Load]]:
    """Measure the ways one after the other, several times over: what else the machine does then meets all of them."""
    for server, sent in ways.values():
        await load(server.port, sent, WARM_SECONDS)
    loads: dict[str, list[Load]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, (server, sent) in ways.items():
            loads[way].append(await load(server.port, sent))
    return loads


def _print(figures: dict[str, Any]) -> None:
    per_second = "  ".join(f"{way} {number:8.1f}" for way, number in figures["requests_per_second"].items())
    print(f"{figures['query']:<9} requests/s: {per_second}")
    print(
        f"{'':<9} compiled is {figures['ratio_to_passthrough']:.2f} of passthrough and "
        f"{figures['ratio_to_standard']:.1f} times standard; p50 {figures['p50_ms']} ms, p99 {figures['p99_ms']} ms, "
        f"CPU {figures['cpu_ms']} ms, {figures['statements']:g} statements, {figures['bytes']} bytes",
        flush=True,
    )


@asynccontextmanager
async def filled(sizes: Sizes) -> AsyncIterator[BenchCompany]:
    """Fill a database of this size."""
    async with bench_company() as company:
        connection = await asyncpg.connect(company.server.url(OWNER))
        try:
            await seed(connection, sizes)
        finally:
            await connection.close()
        await written_out(company)
        yield company


async def on(company: BenchCompany, sizes: Sizes) -> list[dict[str, Any]]:
    """Measure all ways on a filled database."""
    print(f"{sizes.products} products, {sizes.orders} orders of {sizes.lines_each} lines; {CONNECTIONS} connections")
    return await _measured(company)


async def side_by_side(companies: dict[str, BenchCompany]) -> dict[str, dict[str, float]]:
    """Measure the compiled way on several databases in turns: requests/s by query and database."""
    found: dict[str, dict[str, float]] = {}
    async with AsyncExitStack() as servers:
        keys = {name: await client_key(company, "beside") for name, company in companies.items()}
        serving = {name: await servers.enter_async_context(served(each)) for name, each in companies.items()}
        for query, text in QUERIES.items():
            sent = orjson.dumps({"query": text})
            ways = {
                name: (server, request("/graphql", sent, {"X-Api-Key": keys[name]})) for name, server in serving.items()
            }
            loads = await _in_turns(ways)
            found[query] = {way: median(each.requests_per_second for each in got) for way, got in loads.items()}
    return found


async def measure() -> dict[str, Any]:
    """Fill the small database and measure on it."""
    async with filled(SMALL) as company:
        return {"reads": await on(company, SMALL)}
