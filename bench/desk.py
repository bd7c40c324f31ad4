"""The desk (订单工作台): its queue page with 10,000 orders to review, and 1,000 of them reviewed in one mutation.

Seconds are those of the processors: of the API process and of the whole database server, as the system tells them.
"""

import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import aiohttp
import orjson
from graphql import parse
from sqlalchemy import event, text

from bench import pick_lists
from bench.company import BenchCompany, analysed, bench_company, written_out
from bench.importing import CHUNK, payload
from bench.limit import pgbench
from bench.load import load, request
from bench.processor import Spent
from bench.reads import Counting, Served, client_key, served
from configuration.reading import DirectReading
from connectors.marketplaces.site_orders import translate_order
from connectors.payloads import parse_json
from domain import kernel, orders
from domain.orders import OrderStatus
from schema.base import Context
from schema.compiled import Asked, Compiled
from schema.root import schema
from schema.scalars import global_id

WAITING = 10_000
HELD_EVERY = 10
TOGETHER = 1_000
STALE_EVERY = 50
CONNECTIONS = 4
PAGE_SECONDS = 3.0
CPU_MS_MAX = 50

QUEUE = """query Queue($first: Int = 50, $after: String) {
  orderWorklists { worklist count countIsExact }
  orderHoldCounts { reason waiting stopped }
  orders(where: {worklist: TO_REVIEW}, first: $first, after: $after) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      id number externalNumber status version placedAt paidAt promisedShipAt buyerMessage sellerMemo sellerFlag
      responsibleName carrierCode totalAmount { amount currency }
      receiver { name province city district }
      channel { name } warehouse { code } customer { id name }
      holds { reason evidence } reviewFinding { ruleName failed { condition evidence } }
      lines { id title quantity lineAmount { amount } }
    }
  }
}"""
REVIEW = """mutation Review($inputs: [OrderInput!]!, $key: String!) {
  reviewOrders(inputs: $inputs, idempotencyKey: $key) { order { id status version } refusals { code message } }
}"""
TABLES = """
CREATE TABLE bench_heads AS SELECT row_number() OVER () AS number, id, status, version, updated_at FROM orders;
CREATE UNIQUE INDEX ON bench_heads (number);
CREATE TABLE bench_claims AS SELECT number, variant_id, claim_class FROM claims JOIN bench_heads ON id = order_id;
CREATE INDEX ON bench_claims (number);
CREATE TABLE bench_stock AS SELECT variant_id, to_review, to_ship FROM stock_items;
CREATE UNIQUE INDEX ON bench_stock (variant_id);
CREATE TABLE bench_audit (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number bigint, changes jsonb);
"""
MINIMAL = """
\\set number random(1, 10000)
BEGIN;
UPDATE bench_heads SET status = 'REVIEWED', version = version + 1, updated_at = now() WHERE number = :number;
UPDATE bench_claims SET claim_class = 'TO_SHIP' WHERE number = :number;
UPDATE bench_stock SET to_review = to_review - 1, to_ship = to_ship + 1 WHERE ctid IN (
  SELECT ctid FROM bench_stock ORDER BY variant_id LIMIT 3 OFFSET :client_id * 3);
INSERT INTO bench_audit (number, changes) VALUES (:number, '{"status": "REVIEWED"}');
COMMIT;
"""


async def _fill(company: BenchCompany) -> None:
    """Let 10,000 orders wait for review, and for every ten of them one more that is on hold."""
    total = WAITING + WAITING // HELD_EVERY
    for start in range(0, total, CHUNK):
        numbers = range(start, min(start + CHUNK, total))
        trades = [translate_order(parse_json(_told(company, number))) for number in numbers]
        async with kernel.begin(company.sessions, kernel.system("bench")) as work:
            await orders.receive_trades(work, company.channel_id, trades)
    await analysed(company)
    await written_out(company)


def _told(company: BenchCompany, number: int) -> bytes:
    told = payload(company, number)
    return told if number < WAITING else told.replace(b'"sku_no": "BENCH-', b'"sku_no": "WHAT-')


async def _asked(server: Served, client: str, query: str, **variables: Any) -> Any:
    url, headers = f"http://127.0.0.1:{server.port}/graphql", {"X-Api-Key": client}
    body = {"query": query, "variables": variables}
    async with aiohttp.ClientSession() as session, session.post(url, json=body, headers=headers) as answer:
        told = await answer.json()
    if told.get("errors"):
        raise RuntimeError(f"the desk answered {told['errors'][:1]}")
    return told["data"]


async def _statements(company: BenchCompany) -> dict[int, int]:
    """Count what the page asks of the database, by how many orders it shows."""
    direct = DirectReading(
        company.server.url(), company.engine, application_name="bench", size=4, statement_timeout_seconds=15
    )
    compiled, actor, counts = Compiled(schema._schema), kernel.system("bench"), {}  # noqa: SLF001 — its core.
    document = parse(QUEUE)
    operation: Any = document.definitions[0]
    for first in (10, 100):
        counting = Counting(direct)
        context = Context(kernel.Read(company.engine, actor, counting), company.sessions, actor)
        asked = Asked(QUEUE, document, operation, {"first": first})
        assert await compiled.execute(asked, context, eager=True) is not None
        counts[first] = counting.count
    await direct.close()
    return counts


async def _page(company: BenchCompany, server: Served, key: str, after: str | None) -> dict[str, float]:
    """Ask for one page over and over, and say what each answer cost."""
    sent = request("/graphql", orjson.dumps({"query": QUEUE, "variables": {"after": after}}), {"X-Api-Key": key})
    await load(server.port, sent, 1.0, CONNECTIONS)
    database = company.server.process_id
    before = Spent.until_now(server.process_id, database)
    found = await load(server.port, sent, PAGE_SECONDS, CONNECTIONS)
    spent = Spent.until_now(server.process_id, database).since(before).of_each(found.requests)
    return {"pages_per_second": found.requests_per_second, "p50_ms": found.p50_ms, "p99_ms": found.p99_ms, **spent}


async def _pages(company: BenchCompany, server: Served, key: str) -> dict[str, Any]:
    first = await _asked(server, key, QUEUE)
    waiting = {each["worklist"]: each["count"] for each in first["orderWorklists"]}
    assert waiting["TO_REVIEW"] == first["orders"]["totalCount"] == WAITING, waiting
    deep = await _deep(server, key)
    statements = await _statements(company)
    assert len(set(statements.values())) == 1, statements
    found: dict[str, Any] = {"statements": statements[100]}
    for name, after in (("first", None), ("deep", deep)):
        found[name] = await _page(company, server, key, after)
        _print_page(name, found[name])
    print(f"  statements        {statements[100]:8}, for 10 orders as for 100")
    return found


def _print_page(name: str, page: Mapping[str, float]) -> None:
    print(
        f"  {name:<6} page of 50  {page['pages_per_second']:8,.1f} pages/s   p50 {page['p50_ms']:.1f} ms   CPU: "
        f"API {page['api_cpu_ms']:.1f} ms + database {page['database_cpu_ms']:.1f} ms, of at most {CPU_MS_MAX} ms"
    )


async def _deep(server: Served, key: str) -> str:
    """Walk to the middle of the queue and say where that is."""
    after, walk = None, "query($after: String) { orders(where: {worklist: TO_REVIEW}, first: 100, after: $after) {"
    for _ in range(WAITING // 200):
        found = await _asked(server, key, walk + " pageInfo { endCursor } } }", after=after)
        after = found["orders"]["pageInfo"]["endCursor"]
    return str(after)


async def _waiting(company: BenchCompany, many: int) -> list[tuple[uuid.UUID, int]]:
    statement = text("SELECT id, version FROM orders WHERE status = 'UNREVIEWED' AND warehouse_id IS NOT NULL LIMIT :n")
    async with company.engine.connect() as connection:
        return [(row.id, row.version) for row in await connection.execute(statement, {"n": many})]


async def _review(company: BenchCompany, server: Served, key: str) -> dict[str, Any]:
    """Review 1,000 in one mutation, some of which somebody else changed meanwhile."""
    chosen = await _waiting(company, TOGETHER)
    inputs = [
        {"id": global_id("Order", order_id), "expectedVersion": version + (place % STALE_EVERY == 0)}
        for place, (order_id, version) in enumerate(chosen)
    ]
    before, started = Spent.until_now(server.process_id, company.server.process_id), time.perf_counter()
    told = await _asked(server, key, REVIEW, inputs=inputs, key=str(uuid.uuid4()))
    taken = time.perf_counter() - started
    spent = Spent.until_now(server.process_id, company.server.process_id).since(before)
    refused = [each["refusals"][0]["code"] for each in told["reviewOrders"] if each["refusals"]]
    done = [each["order"] for each in told["reviewOrders"] if not each["refusals"]]
    assert refused == ["VERSION_CONFLICT"] * (TOGETHER // STALE_EVERY), refused[:3]
    assert {each["status"] for each in done} == {OrderStatus.REVIEWED.value}
    return {"seconds": taken, "done": len(done), "refused": len(refused), **spent.of_each(1)}


async def _review_counted(company: BenchCompany, done: int) -> int:
    """Review what 500 pick lists still need within this process, and say how many statements that takes."""
    chosen = await _waiting(company, pick_lists.LISTS * pick_lists.ORDERS_EACH - done)
    with _sent(company) as sent:
        async with kernel.begin(company.sessions, kernel.system("bench")) as work:
            items = await orders.review_orders(work, chosen)
    assert not any(each.refusal for each in items)
    return len(sent)


@contextmanager
def _sent(company: BenchCompany) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(company.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(company.engine.sync_engine, "before_cursor_execute", note)


async def measure() -> dict[str, Any]:
    """Fill the desk, look at it, review from it and print pick lists of it."""
    async with bench_company() as company:
        await _fill(company)
        key = await client_key(company, "desk")
        print(f"desk: {WAITING:,} orders to review, {WAITING // HELD_EVERY:,} on hold; one API process")
        limit = await pgbench(company, TABLES, MINIMAL)
        async with served(company) as server:
            pages = await _pages(company, server, key)
            review = await _review(company, server, key)
            review["statements"] = await _review_counted(company, review["done"])
            _print_review(review, limit)
            printed = await pick_lists.measure(company, server, key)
    review |= {"pgbench": limit, "ratio": TOGETHER / review["seconds"] / limit}
    return {"desk": {"pages": pages, "review": review, "pick_lists": printed}}


def _print_review(review: Mapping[str, Any], limit: float) -> None:
    rate = TOGETHER / review["seconds"]
    print(
        f"  reviewed together {rate:8,.0f} orders/s   1,000 in one mutation: {review['seconds']:.2f} s, "
        f"{review['done']} done, {review['refused']} refused; {review['statements']} statements in one transaction; "
        f"CPU: API {review['api_cpu_ms']:,.0f} ms, database {review['database_cpu_ms']:,.0f} ms"
    )
    print(f"  pgbench, 8 clients {limit:7,.0f} minimal reviews/s")
    print(f"  ratio              {rate / limit:7.2f}")
