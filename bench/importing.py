"""Import (接单速度): payload received to committed, orders of three lines, beside the bare inserts of pgbench.

The payloads are those of the SITE protocol: JSON text is parsed, translated, matched, claimed and stored in chunks of
100, each in one transaction, by one process.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bench.company import BenchCompany, bench_company
from bench.limit import pgbench
from connectors.marketplaces.site_orders import translate_order
from connectors.payloads import parse_json
from domain import kernel, orders

ORDERS = 5_000
CHUNK = 100
WARM_ORDERS = 500

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


async def _import(company: BenchCompany, payloads: list[bytes]) -> float:
    started = time.perf_counter()
    for start in range(0, len(payloads), CHUNK):
        trades = [translate_order(parse_json(each)) for each in payloads[start : start + CHUNK]]
        async with kernel.begin(company.sessions, kernel.system("bench")) as work:
            report = await orders.receive_trades(work, company.channel_id, trades)
            assert report.created == len(trades), report
    return len(payloads) / (time.perf_counter() - started)


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
    print(f"  imported          {imported:8,.0f} orders/s   ({held} holds)")
    print(f"  pgbench, 8 clients {limit:7,.0f} minimal transactions/s")
    print(f"  ratio              {imported / limit:7.2f}")
    return {"import": {"orders_per_second": imported, "pgbench": limit, "ratio": imported / limit}}
