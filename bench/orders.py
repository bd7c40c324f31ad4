"""placeOrder (下单速度): eight clients over HTTP, beside pgbench of the minimal transaction.

Each request is a whole GraphQL mutation with its own idempotency key: price, stock, customer, address, audit and outbox
in one transaction. pgbench does the bare statements: one conditional UPDATE of stock and three inserts.
"""

import asyncio
import os
import random
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import quantiles
from typing import Any

import aiohttp

from bench.company import BenchCompany, bench_company
from bench.limit import pgbench
from operations.ports import listening_socket
from operations.programs import api
from schema.scalars import global_id

CLIENTS = 8
SECONDS = 10
WARM_SECONDS = 2
READY_SECONDS_MAX = 60

PLACE = """
mutation Place($input: PlaceOrderInput!, $key: String!) {
  placeOrder(input: $input, idempotencyKey: $key) {
    order { id number totalAmount { amount currency } }
    refusals { code message }
  }
}
"""
TABLES = """
CREATE TABLE bench_placed (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text, amount numeric(18, 2));
CREATE TABLE bench_placed_lines (order_number text, variant_id uuid, quantity numeric(20, 4));
CREATE TABLE bench_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb);
CREATE TABLE bench_variants AS SELECT row_number() OVER (ORDER BY sku) AS number, id FROM variants;
CREATE UNIQUE INDEX ON bench_variants (number);
"""
MINIMAL = """
\\set number random(1, 200)
BEGIN;
UPDATE stock_items SET to_review = to_review + 1
  WHERE variant_id = (SELECT id FROM bench_variants WHERE number = :number) AND on_hand - to_review - to_ship >= 1;
INSERT INTO bench_placed (number, amount) VALUES ('x', 10.00);
INSERT INTO bench_placed_lines SELECT 'x', id, 1 FROM bench_variants WHERE number = :number;
INSERT INTO bench_outbox (payload) VALUES ('{}');
COMMIT;
"""


@asynccontextmanager
async def served(company: BenchCompany, processes: int) -> AsyncIterator[str]:
    """Run API processes that share a port on the company's database."""
    listener = listening_socket("127.0.0.1", 0)
    programs = [api(number, company.environment, listener) for number in range(1, processes + 1)]
    running = [program.spawn(asyncio.subprocess.DEVNULL) for program in programs]
    try:
        deadline = time.monotonic() + READY_SECONDS_MAX
        for program, process in zip(programs, running, strict=True):
            while program.is_ready is not None and not await asyncio.to_thread(program.is_ready, process.pid):
                if time.monotonic() > deadline or process.poll() is not None:
                    raise RuntimeError("the API does not start")
                await asyncio.sleep(0.1)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/graphql"
    finally:
        for process in running:
            process.terminate()
            await asyncio.to_thread(process.wait)
        listener.close()


def _input(company: BenchCompany) -> dict[str, Any]:
    return {
        "channelId": global_id("Channel", company.channel_id),
        "lines": [{"sku": random.choice(company.skus), "quantity": "1"}],
        "customer": {"name": "王小明", "phone": "13812345678", "externalId": f"m{random.randrange(1000)}"},
        "receiver": {
            "name": "王小明", "phone": "13812345678", "province": "浙江省", "city": "杭州市", "district": "西湖区",
            "detail": "文三路1号",
        },
    }  # fmt: skip


async def _client(
    session: aiohttp.ClientSession, url: str, company: BenchCompany, until: float, taken: list[float]
) -> None:
    headers = {"X-Api-Key": company.client_key}
    while time.perf_counter() < until:
        started = time.perf_counter()
        body = {"query": PLACE, "variables": {"input": _input(company), "key": str(uuid.uuid4())}}
        async with session.post(url, json=body, headers=headers) as answer:
            told = await answer.json()
        if told.get("errors") or told["data"]["placeOrder"]["refusals"]:
            raise RuntimeError(f"placeOrder answered {told}")
        taken.append(time.perf_counter() - started)


async def _place(company: BenchCompany, url: str, seconds: float) -> list[float]:
    taken: list[float] = []
    until = time.perf_counter() + seconds
    async with aiohttp.ClientSession() as session:
        await asyncio.gather(*(_client(session, url, company, until, taken) for _ in range(CLIENTS)))
    return taken


async def _served_rate(company: BenchCompany, processes: int) -> dict[str, float]:
    async with served(company, processes) as url:
        await _place(company, url, WARM_SECONDS)
        taken = await _place(company, url, SECONDS)
    rate, cuts = len(taken) / SECONDS, quantiles(taken, n=100)
    print(
        f"  {processes} API process{'es' if processes > 1 else '  '}   {rate:8,.0f} orders/s"
        f"   p50 {cuts[49] * 1000:.1f} ms   p99 {cuts[98] * 1000:.1f} ms"
    )
    return {"orders_per_second": rate, "p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000}


async def measure() -> dict[str, Any]:
    """Place orders for some seconds, by one API process and by one for each core, and print the figures."""
    async with bench_company() as company:
        limit = await pgbench(company, TABLES, MINIMAL, CLIENTS)
        print(f"placeOrder: {CLIENTS} clients over HTTP")
        figures = {str(each): await _served_rate(company, each) for each in sorted({1, os.cpu_count() or 1})}
    print(f"  pgbench           {limit:8,.0f} minimal transactions/s, {CLIENTS} clients")
    best = max(each["orders_per_second"] for each in figures.values())
    print(f"  ratio             {best / limit:8.3f}")
    return {"orders": {"by_api_processes": figures, "pgbench": limit, "ratio": best / limit}}
