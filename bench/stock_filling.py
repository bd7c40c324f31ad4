"""Ten million rows of the stock ledger (库存流水测试数据), written set-based: two years of receipts and sales.

The first row of a variant in a warehouse brings 100 in at 5.00; then every tenth row is a receipt of 9 at 5.00, and the
others are sales of 1. Ten rows fall on one day. So balances, value and every past moment are known beforehand.
"""

from dataclasses import dataclass
from time import perf_counter

import asyncpg

from bench.company import BenchCompany, written_out
from bench.seeding import Sizes, seed_goods
from domain import inventory, kernel
from operations.embedded_postgres import SUPERUSER

STEPS = 10
SECONDS_MAX = 900

# Who fills is the superuser without triggers: what is written is right by construction and checked at the end.
ONE_DAY = """
INSERT INTO stock_ledger (id, variant_id, warehouse_id, counterpart_id, quantity, cost_amount, kind, document_type,
    document_id, document_line, leg, actor_name, effective_at, posted_at)
SELECT uuidv7(), item.variant_id, item.warehouse_id,
    CASE WHEN n % 10 = 1 THEN '00000000-0000-7000-8000-000000000002'::uuid
         ELSE '00000000-0000-7000-8000-000000000003'::uuid END,
    moved.quantity, moved.quantity * 5, CASE WHEN n % 10 = 1 THEN 'RECEIPT' ELSE 'SALE' END,
    'bench', md5('document' || n)::uuid, item.line, 1, 'bench', moved.at, moved.at
FROM generate_series($1::int, $2::int) AS n
CROSS JOIN LATERAL (SELECT
    CASE WHEN n = 1 THEN 100 WHEN n % 10 = 1 THEN 9 ELSE -1 END AS quantity,
    date_trunc('day', now()) - make_interval(days => ((1 - n::float / $3::int) * 730)::int + 1)
        + make_interval(mins => n % 10 * 60) AS at) AS moved
CROSS JOIN (SELECT variant_id, warehouse_id, row_number() OVER (ORDER BY variant_id, warehouse_id)::int AS line
    FROM stock_items) AS item
"""
KEYS = """
INSERT INTO stock_items (id, variant_id, warehouse_id, on_hand, unpaid, to_review, to_ship, preorder)
SELECT uuidv7(), md5('variant' || n || '/' || k)::uuid, md5('warehouse' || w)::uuid, 0, 0, 0, 0, 0
FROM generate_series(1, $1::int) n, generate_series(1, $2::int) k, generate_series(1, 2) w
"""
BALANCES = """
WITH moved AS (SELECT variant_id, warehouse_id, sum(quantity) AS quantity FROM stock_ledger GROUP BY 1, 2),
balances AS (
    INSERT INTO stock_balances (id, variant_id, warehouse_id, on_hand, moved_at)
    SELECT uuidv7(), variant_id, warehouse_id, quantity, now() FROM moved
), costs AS (
    INSERT INTO stock_costs (variant_id, scope_id, quantity, value)
    SELECT variant_id, warehouse_id, quantity, quantity * 5 FROM moved
)
UPDATE stock_items AS item SET on_hand = moved.quantity FROM moved
WHERE item.variant_id = moved.variant_id AND item.warehouse_id = moved.warehouse_id
"""
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE tablename = 'stock_ledger' AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""


@dataclass(frozen=True)
class Ledger:
    """How large the ledger is: variants in two warehouses, and rows for each of them there."""

    products: int = 2_500
    variants_each: int = 2
    rows_each: int = 1_000

    @property
    def keys(self) -> int:
        return self.products * self.variants_each * 2

    @property
    def rows(self) -> int:
        return self.keys * self.rows_each


def there_after(rows_each: int) -> int:
    """Say how much is there of a variant in a warehouse after so many rows."""
    receipts = (rows_each - 1) // 10
    return 100 + receipts * 9 - (rows_each - 1 - receipts)


async def fill(company: BenchCompany, ledger: Ledger) -> None:
    """Write the ledger day by day without its indexes, then the indexes, the balances and the sums."""
    connection = await asyncpg.connect(company.server.url(SUPERUSER))
    started = perf_counter()
    try:
        await seed_goods(connection, Sizes(products=ledger.products, variants_each=ledger.variants_each))
        await connection.execute("SET session_replication_role = replica")
        await connection.execute("TRUNCATE stock_ledger, stock_items, stock_balances, stock_costs CASCADE")
        await connection.execute(KEYS, ledger.products, ledger.variants_each)
        indexes = await connection.fetch(INDEXES)
        for each in indexes:
            await connection.execute(f"DROP INDEX {each['indexname']}")
        for first in range(1, ledger.rows_each + 1, STEPS):
            await connection.execute(ONE_DAY, first, first + STEPS - 1, ledger.rows_each, timeout=SECONDS_MAX)
        for each in indexes:
            await connection.execute(each["indexdef"], timeout=SECONDS_MAX)
        await connection.execute("ANALYZE stock_ledger", timeout=SECONDS_MAX)
        await connection.execute(BALANCES, timeout=SECONDS_MAX)
        print(f"{ledger.rows:,} ledger rows written in {perf_counter() - started:.0f} s", flush=True)
        await _sum(company)
        await connection.execute("VACUUM (ANALYZE, FREEZE)", timeout=SECONDS_MAX)
    finally:
        await connection.close()
    await written_out(company)


async def _sum(company: BenchCompany) -> None:
    """Add up the whole ledger as the workers do."""
    started = perf_counter()
    for _ in range(2):  # The first look only remembers how far the ledger goes.
        waiting = True
        while waiting:
            async with kernel.begin(company.sessions, kernel.system("bench")) as work:
                waiting = await inventory.sum_ledger(work)
    print(f"added up by day and month in {perf_counter() - started:.0f} s", flush=True)
