"""Import (接单速度): payload received to committed, orders of three lines, beside the bare inserts of pgbench.

The payloads are those of the SITE protocol: JSON text is parsed, translated, matched, claimed and stored in chunks of
100, each in one transaction, by one process. Then the same once more by a company that has rules for all of it:
carriers by area, gifts, limits and a blacklist; and automatic review judges what waits, in passes of some hundred.
"""

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bench.company import BenchCompany, analysed, bench_company
from bench.limit import pgbench
from bench.processor import Spent
from bench.rules import of_one_buyer, rules_of
from connectors.marketplaces.site_orders import translate_order
from connectors.payloads import parse_json
from domain import kernel, orders

ORDERS = 5_000
CHUNK = 100
WARM_ORDERS = 500
RULED = 3_000

MINIMAL = """
\\set number random(1, 2000000000)
BEGIN;
UPDATE stock_items SET to_review = to_review + 1 WHERE ctid IN (
  SELECT ctid FROM stock_items ORDER BY variant_id LIMIT 3 OFFSET :client_id * 3) AND on_hand - to_review >= 1;
INSERT INTO bench_orders (number, payload) VALUES (:number, '{}');
INSERT INTO bench_lines SELECT :number, line, 1, 10.00 FROM generate_series(1, 3) AS line;
COMMIT;
"""
TABLES = """
CREATE TABLE bench_orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number bigint, payload jsonb);
CREATE TABLE bench_lines (order_number bigint, position int, quantity numeric(20, 4), amount numeric(18, 2));
"""


def payload(company: BenchCompany, number: int) -> bytes:
    """Write one order as the site tells it."""
    now = datetime.now(UTC).replace(microsecond=0)
    lines = []
    for position in range(3):
        sku = company.skus[(number * 3 + position) % len(company.skus)]
        lines.append(
            {
                "line_no": f"{number}-{position}", "goods_no": "bench", "sku_no": sku, "barcode": "", "title": sku,
                "props": "", "quantity": 1, "price": "10.00", "goods_amount": "10.00", "discount": "0.00",
                "amount": "10.00", "status": "PAID", "refund_no": None, "refund_status": "NONE",
            }
        )  # fmt: skip
    order = {
        "order_no": f"B{number:09}", "status": "PAID", "version": 1, "created_at": now.isoformat(),
        "paid_at": now.isoformat(), "modified_at": now.isoformat(), "shipped_at": None,
        "promised_ship_at": (now + timedelta(days=2)).isoformat(), "member_id": f"m{number % 1000}",
        "member_name": "王小明", "receiver": {
            "name": "王小明", "phone": "13812345678", "province": "浙江省", "city": "杭州市", "district": "西湖区",
            "town": "", "detail": "文三路1号", "postal_code": "",
        },
        "lines": lines, "currency": "CNY", "goods_amount": "30.00", "discount": "0.00", "freight": "0.00",
        "payable": "30.00", "paid": "30.00", "buyer_message": "", "seller_memo": "", "seller_flag": 0,
        "cash_on_delivery": False, "prescription_pending": False,
    }  # fmt: skip
    return json.dumps(order, ensure_ascii=False).encode()


UNJUDGED = """
SELECT EXISTS (SELECT FROM orders WHERE status = 'UNREVIEWED'
    AND NOT EXISTS (SELECT FROM review_findings WHERE order_id = orders.id))
"""


@dataclass(frozen=True)
class Rate:
    """How many orders a second, and what each costs the processors, whatever else the machine does."""

    per_second: float
    cpu_ms: float

    def __str__(self) -> str:
        return f"{self.per_second:8,.0f} orders/s   CPU {self.cpu_ms:.2f} ms an order with the database's"


class Clock:
    """Measures some work of this process and of the database."""

    def __init__(self, company: BenchCompany) -> None:
        self._database = company.server.process_id
        self._started, self._before = time.perf_counter(), Spent.until_now(os.getpid(), self._database)

    def rate(self, orders_done: int) -> Rate:
        seconds, spent = time.perf_counter() - self._started, Spent.until_now(os.getpid(), self._database)
        spent = spent.since(self._before)
        return Rate(orders_done / seconds, (spent.api + spent.database) / orders_done * 1000)


async def _import(company: BenchCompany, payloads: list[bytes]) -> Rate:
    clock = Clock(company)
    for start in range(0, len(payloads), CHUNK):
        trades = [translate_order(parse_json(each)) for each in payloads[start : start + CHUNK]]
        async with kernel.begin(company.sessions, kernel.system("bench")) as work:
            report = await orders.receive_trades(work, company.channel_id, trades)
            assert report.created == len(trades), report
    return clock.rate(len(payloads))


async def _review(company: BenchCompany) -> tuple[int, Rate]:
    """Let automatic review judge all that waits, once; says how many it approved."""
    waiting, approved, clock = WARM_ORDERS + ORDERS + RULED, 0, Clock(company)
    while await _unjudged(company):
        async with kernel.begin(company.sessions, kernel.system("bench")) as work:
            approved += await orders.review_waiting(work)
    return approved, clock.rate(waiting)


async def _unjudged(company: BenchCompany) -> bool:
    async with company.engine.connect() as connection:
        return bool(await connection.scalar(text(UNJUDGED)))


async def _with_rules(company: BenchCompany) -> dict[str, Any]:
    await rules_of(company)
    await analysed(company)
    numbers = range(WARM_ORDERS + ORDERS, WARM_ORDERS + ORDERS + RULED)
    imported = await _import(company, [of_one_buyer(payload(company, each), each) for each in numbers])
    async with company.engine.connect() as connection:
        gifts = await connection.scalar(text("SELECT count(*) FROM order_lines WHERE gift_rule_id IS NOT NULL"))
        held = await connection.scalar(text("SELECT count(*) FROM order_holds"))
    approved, judged = await _review(company)
    print(f"  with rules        {imported}   ({gifts} gifts, {held} holds)")
    print(f"  automatic review  {judged}   ({approved:,} of {WARM_ORDERS + ORDERS + RULED:,} approved)")
    return {"imported": vars(imported), "gifts": gifts, "holds": held, "judged": vars(judged), "approved": approved}


async def measure() -> dict[str, Any]:
    """Import the orders and print the figures."""
    async with bench_company() as company:
        await _import(company, [payload(company, number) for number in range(WARM_ORDERS)])
        given = [payload(company, WARM_ORDERS + number) for number in range(ORDERS)]
        limit = await pgbench(company, TABLES, MINIMAL)
        imported = await _import(company, given)
        async with company.engine.connect() as connection:
            held = await connection.scalar(text("SELECT count(*) FROM order_holds"))
        print(f"import: {ORDERS} orders of 3 lines, chunks of {CHUNK}, one process")
        print(f"  imported          {imported}   ({held} holds)")
        ruled = await _with_rules(company)
    print(f"  pgbench, 8 clients {limit:7,.0f} minimal transactions/s")
    ratio = imported.per_second / limit
    print(f"  ratio              {ratio:7.2f}")
    return {
        "import": {
            "orders_per_second": imported.per_second,
            "cpu_ms": imported.cpu_ms,
            "pgbench": limit,
            "ratio": ratio,
            "with_rules": ruled,
        }
    }
