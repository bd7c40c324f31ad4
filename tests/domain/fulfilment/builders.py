"""A reviewed order with its stock promised, as shipping finds it."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain import catalogue, channels, fulfilment, inventory, orders
from domain.kernel import Money, Quantity, UnitPrice, Work, identifier
from domain.orders.models import OrderSource

NOW = datetime(2026, 11, 11, 1, 0, tzinfo=UTC)
NOTHING = Quantity(0)


async def a_shop(work: Work) -> UUID:
    channel = channels.Channel(
        code=identifier().hex, name="shop", platform=channels.Platform.TAOBAO, created_at=work.now
    )
    work.session.add(channel)
    await work.session.flush()
    return channel.id


async def a_warehouse(work: Work) -> inventory.WarehouseId:
    place = inventory.Warehouse(code=identifier().hex, name="仓", kind=inventory.WarehouseKind.CDC, created_at=work.now)
    work.session.add(place)
    await work.session.flush()
    return place.id


async def goods(work: Work, warehouse_id: inventory.WarehouseId, quantity: str, unit_cost: str = "3") -> UUID:
    """Receive a new variant into the warehouse."""
    sku = identifier().hex
    product = catalogue.Product(slug=sku, name=sku, created_at=work.now, updated_at=work.now)
    work.session.add(product)
    await work.session.flush()
    variant = catalogue.Variant(product_id=product.id, sku=sku, created_at=work.now)
    work.session.add(variant)
    await work.session.flush()
    line = inventory.ReceivedLine(variant_id=variant.id, quantity=Quantity(quantity), unit_cost=UnitPrice(unit_cost))
    await inventory.receive_stock(work, inventory.Receipt(warehouse_id=warehouse_id, reason="opening", lines=[line]))
    return variant.id


def a_line(order_id: Any, position: int, variant_id: UUID, quantity: str, amount: str) -> orders.OrderLine:
    return orders.OrderLine(
        order_id=order_id,
        position=position,
        external_number=f"oid-{position}",
        variant_id=variant_id,
        title=f"goods {position}",
        quantity=Quantity(quantity),
        unit_price=UnitPrice(0),
        list_amount=Money(amount),
        line_amount=Money(amount),
        shipped_quantity=NOTHING,
        cancelled_quantity=NOTHING,
    )


def a_head(channel_id: UUID, warehouse_id: UUID, goods_amount: Money, freight: Money) -> orders.Order:
    return orders.Order(
        channel_id=channel_id,
        external_number=identifier().hex,
        source=OrderSource.IMPORTED,
        status=orders.OrderStatus.REVIEWED,
        placed_at=NOW,
        modified_at=NOW,
        receiver_name="王小明",
        receiver_phone="13800138000",
        currency="CNY",
        goods_amount=goods_amount,
        discount_amount=Money(0),
        freight_amount=freight,
        total_amount=goods_amount + freight,
        paid_amount=goods_amount + freight,
        warehouse_id=warehouse_id,
        created_at=NOW,
        updated_at=NOW,
        updated_by="tests",
    )


async def a_reviewed_order(
    work: Work, lines: Sequence[tuple[str, str]] = (("3", "10.00"),), freight: str = "6.00", unit_cost: str = "3"
) -> tuple[orders.Order, list[orders.OrderLine]]:
    """Make an order with (quantity, amount) of new goods, all in stock and promised to it."""
    channel_id, warehouse_id = await a_shop(work), await a_warehouse(work)
    total = Money.total(Money(amount) for _, amount in lines)
    order = a_head(channel_id, warehouse_id, total, Money(freight))
    work.session.add(order)
    await work.session.flush()
    rows = [
        a_line(order.id, position, await goods(work, warehouse_id, quantity, unit_cost), quantity, amount)
        for position, (quantity, amount) in enumerate(lines, start=1)
    ]
    work.session.add_all(rows)
    await work.session.flush()
    wanted = [
        inventory.WantedLine(row.id, row.variant_id, row.quantity, UnitPrice(1)) for row in rows if row.variant_id
    ]
    await inventory.claim(work, order.id, [warehouse_id], wanted, inventory.ClaimClass.TO_SHIP)
    return order, rows


def facts(work: Work) -> list[fulfilment.OrderShipped]:
    return [fact for fact in work.facts if isinstance(fact, fulfilment.OrderShipped)]


def waybill() -> str:
    return identifier().hex.upper()


async def broken(work: Work) -> dict[str, list[Any]]:
    """Run the invariants of parcels and of stock."""
    rules = fulfilment.INVARIANTS | inventory.INVARIANTS
    found = {name: await work.rows(text(rule)) for name, rule in rules.items()}
    return {name: rows for name, rows in found.items() if rows}
