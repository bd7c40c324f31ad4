"""The limit of a Python server (直通): one statement makes the JSON text, and a bare application hands it on."""

import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def opaque(type_name: str, key: str) -> str:
    """Write the id that the API gives."""
    return f"rtrim(encode(convert_to('{type_name}:' || {key}, 'UTF8'), 'base64'), '=')"


VARIANTS = f"""(SELECT json_agg(json_build_object('id', {opaque("Variant", "v.id")}, 'sku', v.sku,
    'specification', v.specification, 'weightGrams', v.weight_grams) ORDER BY v.position)
    FROM variants v WHERE v.product_id = p.id)"""  # noqa: S608 — Constants of ours.
# Each makes exactly the answer of the schema: the same ids, decimals as texts, the same names (a test compares).
STATEMENTS = {
    "products": f"""SELECT json_build_object('products', json_build_object('nodes', json_agg(json_build_object(
        'id', {opaque("Product", "p.id")}, 'slug', p.slug, 'name', p.name, 'variants', {VARIANTS}))))::text
        FROM (SELECT * FROM products ORDER BY created_at DESC, id DESC LIMIT 50) p""",  # noqa: S608
    "product": f"""SELECT json_build_object('product', json_build_object('id', {opaque("Product", "p.id")},
        'slug', p.slug, 'name', p.name, 'description', p.description, 'variants', {VARIANTS}))::text
        FROM products p WHERE slug = 'product-17'""",  # noqa: S608
    "orders": f"""SELECT json_build_object('orders', json_build_object('nodes', json_agg(json_build_object(
        'id', {opaque("Order", "o.id")}, 'number', o.number, 'status', o.status, 'placedAt', o.placed_at,
        'totalAmount', json_build_object('amount', o.total_amount::text, 'currency', o.currency),
        'customer', (SELECT json_build_object('id', {opaque("Customer", "c.id")}, 'name', c.name)
            FROM customers c WHERE c.id = o.customer_id),
        'lines', (SELECT json_agg(json_build_object('id', {opaque("OrderLine", "l.id")}, 'title', l.title,
            'quantity', l.quantity::text,
            'lineAmount', json_build_object('amount', l.line_amount::text, 'currency', o.currency)) ORDER BY l.position)
            FROM order_lines l WHERE l.order_id = o.id)))))::text
        FROM (SELECT * FROM orders ORDER BY placed_at DESC, id DESC LIMIT 50) o""",  # noqa: S608
    "stock": f"""SELECT json_build_object('stockLevels', json_build_object('nodes', json_agg(json_build_object(
        'id', {opaque("StockLevel", "s.id")}, 'sku', v.sku, 'onHand', s.on_hand::text,
        'available', (s.on_hand - s.unpaid - s.to_review - s.to_ship - s.blocked - s.held + coalesce((
            SELECT sum(room) FROM stock_buckets AS b
            WHERE b.variant_id = s.variant_id AND b.warehouse_id = s.warehouse_id), 0))::text,
        'warehouse', (SELECT json_build_object('code', w.code) FROM warehouses w WHERE w.id = s.warehouse_id)))))::text
        FROM (SELECT * FROM stock_items ORDER BY variant_id, warehouse_id LIMIT 50) s
        JOIN variants v ON v.id = s.variant_id""",  # noqa: S608
}


@asynccontextmanager
async def pooled(app: Starlette) -> AsyncIterator[None]:
    """Keep the connections that the schema's server would have."""

    async def nothing(_connection: Any) -> None:
        """Nothing is to be reset between statements."""

    async with asyncpg.create_pool(os.environ["DATABASE_URL"], min_size=10, max_size=10, reset=nothing) as pool:
        app.state.pool = pool
        yield


async def answer(request: Request) -> Response:
    """Read the body as a server of GraphQL must, and pass the text through."""
    await request.body()
    text: str = await request.app.state.pool.fetchval(STATEMENTS[request.path_params["name"]])
    return Response('{"data":' + text + "}", media_type="application/json")


async def live(_request: Request) -> Response:
    """Say that it serves, as our own server does."""
    return Response()


app = Starlette(
    routes=[Route("/health/live", live), Route("/{name}", answer, methods=["POST"])],
    lifespan=pooled,
)


def main(descriptor: int) -> None:
    """Serve on an open socket, as our own server does."""
    configuration = uvicorn.Config(app, loop="uvloop", http="httptools", log_config=None, access_log=False)
    uvicorn.Server(configuration).run(sockets=[socket.socket(fileno=descriptor)])


if __name__ == "__main__":
    main(int(sys.argv[1]))
