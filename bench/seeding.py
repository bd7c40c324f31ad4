"""A company of any size for measuring and comparing (测试数据), written by the database in a few statements."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg


@dataclass(frozen=True)
class Sizes:
    """How large the company is."""

    products: int = 2_000
    variants_each: int = 3
    orders: int = 5_000
    lines_each: int = 3
    customers: int = 1_000


SMALL = Sizes()
LARGE = Sizes(products=200_000, orders=666_667, customers=100_000)
TINY = Sizes(products=30, orders=40, customers=12)

# What the numbers mean: $1 products, $2 variants each, $3 orders, $4 lines each, $5 customers.
PLACES = """
INSERT INTO warehouses (id, code, name, kind, sellable, valued, province, areas, active, created_at)
SELECT md5('warehouse' || n)::uuid, 'W' || n, 'Warehouse ' || n, 'CDC', true, true,
    CASE WHEN n > 1 THEN '310000' END, '{}', true, now() - make_interval(days => n)
FROM generate_series(1, 2) n;
INSERT INTO channels (id, code, name, platform, status, currency, warn_minutes, severe_minutes, pick_lead_minutes,
    process_minutes, shown_percent, shown_plus, shown_minimum, warehouse_criteria, version, created_at)
SELECT md5('channel' || n)::uuid, 'channel-' || n, 'Channel ' || n, 'OFFICIAL_SITE', 'OPEN', 'CNY', 30, 120, 60, 240,
    100, 0, 0, '{}', 1, now()
FROM generate_series(1, 3) n;
INSERT INTO brands (id, name) SELECT md5('brand' || n)::uuid, 'Brand ' || n FROM generate_series(1, 20) n;
INSERT INTO categories (id, code, name, parent_id, path)
SELECT md5('category' || n)::uuid, 'c' || n, 'Category ' || n,
    CASE WHEN n > 5 THEN md5('category' || n % 5 + 1)::uuid END,
    CASE WHEN n > 5 THEN 'c' || n % 5 + 1 || '/' ELSE '' END || 'c' || n
FROM generate_series(1, 20) n;
INSERT INTO price_lists (id, code, name, channel_id, currency, priority, starts_at, created_at)
SELECT md5('list' || n)::uuid, 'list-' || n, 'List ' || n, CASE WHEN n > 1 THEN md5('channel' || n)::uuid END, 'CNY', n,
    now() - interval '1 year', now()
FROM generate_series(1, 2) n;
"""
GOODS = (
    """INSERT INTO products (id, slug, name, description, brand_id, category_id, status, attributes, version,
        created_at, updated_at)
    SELECT md5('product' || n)::uuid, 'product-' || n, 'Product ' || n, 'What buyers read about "product" ' || n,
        CASE WHEN n % 7 > 0 THEN md5('brand' || n % 20 + 1)::uuid END,
        CASE WHEN n % 9 > 0 THEN md5('category' || n % 20 + 1)::uuid END,
        CASE WHEN n % 50 = 0 THEN 'RETIRED' ELSE 'ACTIVE' END, jsonb_build_object('origin', 'CN', 'weight', n),
        1, now() - make_interval(secs => n * 60), now() - make_interval(secs => n)
    FROM generate_series(1, $1::int) n""",
    """INSERT INTO variants (id, product_id, position, sku, specification, weight_grams, volume_millilitres,
        prescription, cost_method, active, version, created_at)
    SELECT md5('variant' || n || '/' || k)::uuid, md5('product' || n)::uuid, k, 'SKU-' || n || '-' || k, k || '00 g',
        k * 100, k * 90, n % 11 = 0, 'MOVING_AVERAGE', true, 1, now() - make_interval(secs => n)
    FROM generate_series(1, $1::int) n, generate_series(1, $2::int) k""",
    """INSERT INTO barcodes (code, variant_id)
    SELECT 690000000000 + n * 10 + k, md5('variant' || n || '/' || k)::uuid
    FROM generate_series(1, $1::int) n, generate_series(1, least($2::int, 9)) k""",
    """INSERT INTO prices (id, price_list_id, variant_id, unit_price, starts_at)
    SELECT md5('price' || n || '/' || k)::uuid, md5('list1')::uuid, md5('variant' || n || '/' || k)::uuid, 10 + k,
        now() - interval '30 days'
    FROM generate_series(1, $1::int) n, generate_series(1, $2::int) k""",
)
STOCK = (
    """INSERT INTO stock_items (id, variant_id, warehouse_id, on_hand, unpaid, to_review, to_ship, preorder, safety)
    SELECT md5('item' || n || '/' || k || '/' || w)::uuid, md5('variant' || n || '/' || k)::uuid,
        md5('warehouse' || w)::uuid, 100 + n % 50, 1, 2, 3, 0, CASE WHEN n % 3 = 0 THEN 120 END
    FROM generate_series(1, $1::int) n, generate_series(1, $2::int) k, generate_series(1, 2) w""",
    """INSERT INTO stock_costs (variant_id, scope_id, quantity, value)
    SELECT variant_id, warehouse_id, on_hand, on_hand * 5 FROM stock_items ON CONFLICT DO NOTHING""",
)
SALES = (
    """INSERT INTO customers (id, name, phone, email, version, created_at)
    SELECT md5('customer' || n)::uuid, 'Buyer ' || n, '138' || lpad(n::text, 8, '0'),
        CASE WHEN n % 2 = 0 THEN 'buyer' || n || '@example.com' END, 1, now() - make_interval(hours => n)
    FROM generate_series(1, $5::int) n""",
    """INSERT INTO orders (id, number, channel_id, external_number, source, status, placed_at, paid_at, modified_at,
        customer_id, receiver_name, receiver_phone, province, city, district, address_detail, buyer_message,
        cash_on_delivery, currency, goods_amount, discount_amount, freight_amount, total_amount, paid_amount,
        warehouse_id, version, created_at, updated_at, updated_by)
    SELECT md5('order' || n)::uuid, 'SO' || lpad(n::text, 10, '0'), md5('channel' || n % 3 + 1)::uuid, 'T' || n,
        'IMPORTED', CASE WHEN n % 4 = 0 THEN 'UNREVIEWED' ELSE 'REVIEWED' END, now() - make_interval(secs => n * 30),
        CASE WHEN n % 5 > 0 THEN now() - make_interval(secs => n * 30 - 10) END, now(),
        CASE WHEN n % 13 > 0 THEN md5('customer' || n % $5::int + 1)::uuid END, 'Buyer', '13800000000', '上海', '上海',
        '浦东新区', '1 Example Road', CASE WHEN n % 6 = 0 THEN 'Quick, please "today"' END, false, 'CNY',
        $4::int * 12, 2, 0, $4::int * 12 - 2, $4::int * 12 - 2, md5('warehouse' || n % 2 + 1)::uuid, 1,
        now(), now() - make_interval(secs => n), 'seed'
    FROM generate_series(1, $3::int) n""",
    """INSERT INTO order_lines (id, order_id, position, external_number, seller_code, variant_id, title, specification,
        quantity, unit_price, list_amount, line_amount, shipped_quantity, cancelled_quantity, refund)
    SELECT md5('line' || n || '/' || k)::uuid, md5('order' || n)::uuid, k, 'L' || n || '-' || k, 'SKU-' || n,
        md5('variant' || n % $1::int + 1 || '/' || k % $2::int + 1)::uuid, 'Article ' || k, NULL, 1, 12, 12, 12, 0, 0,
        'NONE'
    FROM generate_series(1, $3::int) n, generate_series(1, $4::int) k""",
    """INSERT INTO order_holds (id, order_id, reason, evidence, opened_at, opened_by)
    SELECT md5('hold' || n)::uuid, md5('order' || n)::uuid, 'SHORTAGE', 'one is missing', now(), 'seed'
    FROM generate_series(1, $3::int, 10) n""",
)


async def seed(connection: "asyncpg.Connection[asyncpg.Record]", sizes: Sizes) -> None:
    """Fill an empty, migrated database; ids are made of what they name, so that a measurement can name them too."""
    await seed_goods(connection, sizes)
    await _written(connection, (*STOCK, *SALES), sizes)
    await connection.execute("VACUUM (ANALYZE, FREEZE)", timeout=600)


async def seed_goods(connection: "asyncpg.Connection[asyncpg.Record]", sizes: Sizes) -> None:
    """Fill in places, products and prices only."""
    await connection.execute(PLACES)
    await _written(connection, GOODS, sizes)


async def _written(connection: "asyncpg.Connection[asyncpg.Record]", statements: Sequence[str], sizes: Sizes) -> None:
    numbers = (sizes.products, sizes.variants_each, sizes.orders, sizes.lines_each, sizes.customers)
    for statement in statements:
        for place, number in enumerate(numbers, 1):
            statement = statement.replace(f"${place}", str(number))  # noqa: PLW2901 — The numbers are ours.
        await connection.execute(statement, timeout=600)
