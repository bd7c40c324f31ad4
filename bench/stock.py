"""Stock at ten million ledger rows (库存测速): now, at a past date, a movement card, a long document, one hot variant.

Reports are asked over HTTP as a client asks. Reservations of one hot variant are measured beside pgbench of the bare
statements (one conditional update, the claims and the outbox, in a transaction as ours are): singly, and 50 lines in a
transaction, from 16 connections both times.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import median
from time import perf_counter
from typing import Any
from uuid import UUID

import aiohttp
from sqlalchemy import text

from bench.company import BenchCompany, bench_company
from bench.limit import pgbench
from bench.reads import Served, client_key, served
from bench.stock_filling import Ledger, fill, there_after
from domain import inventory, kernel
from domain.inventory import ClaimClass, ClaimRequest, WantedLine
from domain.kernel import Quantity, UnitPrice
from schema.scalars import global_id

ROUNDS = 7
CONNECTIONS = 16
SECONDS = 4
TOGETHER = 50
BUCKETS = 32
DOCUMENT_LINES = 500
PLENTY = 1_000_000_000
WORTH = """query($asOf: DateTime) { stockWorth(by: WAREHOUSE, asOf: $asOf) {
  nodes { quantity value { amount currency } warehouse { code } } } }"""
LEVELS = """query($asOf: DateTime) { stockLevels(first: 100, asOf: $asOf) { nodes { sku onHand value { amount } } } }"""
CARD = """query($variant: ID!, $warehouse: ID!, $first: Int, $last: Int) {
  stockCard(variantId: $variant, warehouseId: $warehouse, first: $first, last: $last) {
    nodes { effectiveAt kind quantity quantityAfter valueAfter { amount } } } }"""

OUTBOX = """
CREATE TABLE IF NOT EXISTS bench_outbox (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb);
"""
BARE = """
BEGIN;
WITH taken AS (
    UPDATE stock_items SET to_review = to_review + {lines}
    WHERE variant_id = '{variant}' AND warehouse_id = '{warehouse}'
        AND on_hand - unpaid - to_review - to_ship >= {lines}
    RETURNING variant_id
)
INSERT INTO claims (order_line_id, order_id, variant_id, warehouse_id, claim_class, quantity, claimed_at)
SELECT gen_random_uuid(), gen_random_uuid(), variant_id, '{warehouse}', 'TO_REVIEW', 1, now()
FROM taken, generate_series(1, {lines});
INSERT INTO bench_outbox (payload) VALUES ('{{}}');
COMMIT;
"""

KEYS = text("""
    SELECT variant_id, warehouse_id FROM stock_items
    WHERE warehouse_id = md5('warehouse1')::uuid ORDER BY variant_id LIMIT :rows
""")
PLENTY_OF_ONE = text("""
    UPDATE stock_items SET on_hand = :plenty
    WHERE (variant_id, warehouse_id) IN (
        SELECT variant_id, warehouse_id FROM stock_items
        WHERE warehouse_id = md5('warehouse1')::uuid AND to_review = 0 ORDER BY variant_id DESC LIMIT 2
    ) RETURNING variant_id, warehouse_id
""")
PROMISED = text("""
    SELECT to_review AS promised, (SELECT sum(quantity) FROM claims WHERE variant_id = :variant)
        + (SELECT coalesce(sum(room), 0) FROM stock_buckets WHERE variant_id = :variant) AS claimed
    FROM stock_items WHERE variant_id = :variant AND warehouse_id = md5('warehouse1')::uuid
""")


async def measure() -> dict[str, Any]:
    """Fill the ledger and measure on it."""
    ledger = Ledger()
    async with bench_company() as company:
        await fill(company, ledger)
        async with served(company) as server:
            reports = await _reports(company, server, ledger)
        documents = await _documents(company)
        hot = [await _hot(company, lines, buckets) for lines in (1, TOGETHER) for buckets in (0, BUCKETS)]
    return {"stock": {"ledger_rows": ledger.rows, "seconds": reports | documents, "reservations": hot}}


async def _reports(company: BenchCompany, server: Served, ledger: Ledger) -> dict[str, float]:
    past = (datetime.now(UTC) - timedelta(days=400, hours=7)).isoformat()
    async with company.sessions() as session:
        one = (await session.execute(KEYS, {"rows": 1})).one()
    card = {"variant": global_id("Variant", one.variant_id), "warehouse": global_id("Warehouse", one.warehouse_id)}
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "worth now": (WORTH, {}),
        "worth 400 days ago": (WORTH, {"asOf": past}),
        "100 levels now": (LEVELS, {}),
        "100 levels 400 days ago": (LEVELS, {"asOf": past}),
        "card, first page": (CARD, {**card, "first": 50}),
        "card, last page": (CARD, {**card, "last": 50}),
    }
    figures, headers = {}, {"X-Api-Key": await client_key(company, "stock")}
    async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}", headers=headers) as session:
        for name, (query, variables) in asked.items():
            data, figures[name] = await _asked(session, query, variables)
            if name == "worth now":
                _check(data, ledger)
            print(f"{name:<26} {figures[name] * 1000:9.1f} ms", flush=True)
    return figures


async def _asked(session: aiohttp.ClientSession, query: str, variables: dict[str, Any]) -> tuple[Any, float]:
    """Ask some times; the middle one counts."""
    taken, told = [], None
    for _ in range(ROUNDS):
        started = perf_counter()
        async with session.post("/graphql", json={"query": query, "variables": variables}) as answer:
            told = await answer.json()
        taken.append(perf_counter() - started)
        if told.get("errors"):
            raise RuntimeError(f"{query} answered {told}")
    return told["data"] if told else None, median(taken)


def _check(data: Any, ledger: Ledger) -> None:
    """Raise unless what is there is what was put in: a fast wrong answer is no answer."""
    there = sum(Decimal(each["quantity"]) for each in data["stockWorth"]["nodes"])
    if there != ledger.keys * there_after(ledger.rows_each):
        raise RuntimeError(f"{there} are there, {ledger.keys * there_after(ledger.rows_each)} were put in")


async def _documents(company: BenchCompany) -> dict[str, float]:
    """Post receipts and issues of many lines, each in its transaction."""
    async with company.sessions() as session:
        rows = (await session.execute(KEYS, {"rows": DOCUMENT_LINES})).all()
    warehouse, actor = inventory.WarehouseId(rows[0].warehouse_id), kernel.system("bench")

    async def receive(work: kernel.Work) -> None:
        lines = [
            inventory.ReceivedLine(variant_id=row.variant_id, quantity=Quantity(2), unit_cost=UnitPrice(6))
            for row in rows
        ]
        await inventory.receive_stock(work, inventory.Receipt(warehouse_id=warehouse, reason="bench", lines=lines))

    async def issue(work: kernel.Work) -> None:
        lines = [inventory.AdjustedLine(variant_id=row.variant_id, quantity=Quantity(1)) for row in rows]
        out = inventory.AdjustmentKind.OUT
        given = inventory.Adjustment(warehouse_id=warehouse, kind=out, reason="bench", lines=lines)
        await inventory.adjust_stock(work, given)

    figures = {}
    for name, post in (("receipt", receive), ("issue", issue)):
        taken = []
        for _ in range(ROUNDS):
            started = perf_counter()
            async with kernel.begin(company.sessions, actor) as work:
                await post(work)
            taken.append(perf_counter() - started)
        figures[f"{name} of {DOCUMENT_LINES} lines"] = median(taken)
        print(f"{name} of {DOCUMENT_LINES} lines{'':<8} {median(taken) * 1000:9.1f} ms", flush=True)
    return figures


async def _hot(company: BenchCompany, lines: int, buckets: int) -> dict[str, float]:
    """Promise one hot variant to many orders at once, `lines` of them in each transaction, whole or split."""
    async with company.sessions.begin() as session:
        made = (await session.execute(PLENTY_OF_ONE, {"plenty": PLENTY})).all()
    (ours, warehouse), (bare, _) = [(each.variant_id, each.warehouse_id) for each in made]
    limit = lines * await pgbench(
        company, OUTBOX, BARE.format(lines=lines, variant=bare, warehouse=warehouse), CONNECTIONS, SECONDS
    )
    async with kernel.begin(company.sessions, kernel.system("bench")) as work:
        await inventory.split_stock(work, ours, warehouse, buckets)
    rate = await _claimed(company, ours, warehouse, lines)
    await _check_claims(company, ours)
    print(
        f"one hot variant in {buckets or 1:>2} rows, {lines:>2} lines a transaction: {rate:9,.0f} reservations/s, "
        f"pgbench {limit:9,.0f}, ratio {rate / limit:.2f}",
        flush=True,
    )
    return {"lines": lines, "buckets": buckets, "per_second": rate, "pgbench": limit, "ratio": rate / limit}


async def _claimed(company: BenchCompany, variant: UUID, warehouse: UUID, lines: int) -> float:
    actor, done = kernel.system("bench"), 0
    until = perf_counter() + SECONDS

    def wanted() -> WantedLine:
        return WantedLine(kernel.identifier(), variant, Quantity(1), UnitPrice(1))

    async def singly(work: kernel.Work) -> None:
        await inventory.claim(work, kernel.identifier(), [warehouse], [wanted()], ClaimClass.TO_REVIEW)

    async def together(work: kernel.Work) -> None:
        requests = [ClaimRequest(kernel.identifier(), [warehouse], [wanted()]) for _ in range(lines)]
        await inventory.claim_in_bulk(work, requests, ClaimClass.TO_REVIEW)

    async def client(promise: Callable[[kernel.Work], Awaitable[None]]) -> None:
        nonlocal done
        while perf_counter() < until:
            async with kernel.begin(company.sessions, actor) as work:
                await promise(work)
            done += lines

    await asyncio.gather(*(client(singly if lines == 1 else together) for _ in range(CONNECTIONS)))
    return done / SECONDS


async def _check_claims(company: BenchCompany, variant: UUID) -> None:
    """Raise unless what is promised is the sum of the claims."""
    async with company.sessions() as session:
        found = (await session.execute(PROMISED, {"variant": variant})).one()
    if found.promised != found.claimed or not found.promised:
        raise RuntimeError(f"{found.promised} are promised, the claims say {found.claimed}")
