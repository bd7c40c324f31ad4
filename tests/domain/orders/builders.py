"""Short words for orders in tests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory, orders
from domain.channels import Channel, Platform
from domain.channels.models import ChannelWarehouse
from domain.inventory.models import Claim
from domain.kernel import Actor, ActorKind, Money, Quantity, UnitPrice, Work
from domain.orders import IncomingLine, IncomingOrder, IncomingReceiver, IncomingRefundStatus, IncomingStatus
from domain.orders.models import Hold
from domain.pricing.models import Price, PriceList
from tests.domain.inventory.builders import a_variant, a_warehouse, stock

START = datetime(2026, 11, 11, 0, 0, tzinfo=UTC)
PERMISSIONS = ("review_order", "send_back_order", "take_order", "hold_order", "release_order_hold", "cancel_order")

RECEIVER = IncomingReceiver(
    name="王小明",
    phone="13800000000",
    province="浙江省",
    city="杭州市",
    district="西湖区",
    town=None,
    detail="文三路 1 号",
)


@dataclass
class ShopHere:
    """A channel with its warehouses and articles: each has 100 in the first warehouse, at 10.00."""

    channel_id: UUID
    warehouses: list[UUID]
    variants: dict[str, UUID] = field(default_factory=dict)


async def a_shop(
    work: Work, skus: Sequence[str] = ("A", "B", "C"), stocks: Sequence[int] = (100,), prefix: str = ""
) -> ShopHere:
    """Open a channel; each article has `stocks` in its warehouses, in their order."""
    channel = Channel(code=f"shop-{uuid4().hex[:8]}", name="店", platform=Platform.TAOBAO, created_at=work.now)
    work.session.add(channel)
    await work.session.flush()
    shop = ShopHere(channel.id, [await a_warehouse(work) for _ in stocks])
    for priority, warehouse_id in enumerate(shop.warehouses):
        work.session.add(ChannelWarehouse(channel_id=channel.id, warehouse_id=warehouse_id, priority=priority))
    prices = PriceList(
        code=f"list-{uuid4().hex[:8]}", name="价", channel_id=channel.id, starts_at=START, created_at=START
    )
    work.session.add(prices)
    await work.session.flush()
    for sku in skus:
        variant_id = await a_variant(work, prefix + sku)
        shop.variants[sku] = variant_id
        price = Price(price_list_id=prices.id, variant_id=variant_id, unit_price=UnitPrice("10"), starts_at=START)
        work.session.add(price)
        for warehouse_id, quantity in zip(shop.warehouses, stocks, strict=True):
            if quantity:
                await stock(work, variant_id, warehouse_id, quantity)
    await work.session.flush()
    return shop


def a_line(sku: str | None = "A", quantity: int | str = 1, price: str = "10.00", **changes: Any) -> IncomingLine:
    many = Quantity(quantity)
    amount = UnitPrice(price) * many
    line = IncomingLine(
        external_number=f"line-{sku}",
        external_item=None,
        external_sku=None,
        seller_code=sku,
        barcode=None,
        title=f"title of {sku}",
        specification=None,
        quantity=many,
        list_amount=amount,
        line_amount=amount,
    )
    return replace(line, **changes)


def a_trade(number: str = "1001", *lines: IncomingLine, minute: int = 0, **changes: Any) -> IncomingOrder:
    """Make a paid trade as of a minute after the start; its total is what its lines cost."""
    lines = lines or (a_line(),)
    total = Money.total(each.line_amount for each in lines)
    trade = IncomingOrder(
        external_number=number,
        status=IncomingStatus.PAID,
        placed_at=START,
        paid_at=START,
        modified_at=START + timedelta(minutes=minute),
        promised_ship_at=None,
        buyer_id="buyer-1",
        buyer_name="买家",
        receiver=RECEIVER,
        lines=tuple(lines),
        currency="CNY",
        freight_amount=Money(0),
        discount_amount=Money(0),
        total_amount=total,
        paid_amount=total,
        buyer_message=None,
        seller_memo=None,
        seller_flag=None,
        raw={"tid": number, "minute": minute},
    )
    return replace(trade, **changes)


def refunded(sku: str = "A", quantity: int = 1, status: str = "SUCCEEDED") -> IncomingLine:
    return a_line(sku, quantity, refund=IncomingRefundStatus(status))


async def received(work: Work, shop: ShopHere, *trades: IncomingOrder) -> orders.Order:
    """Import trades and give the order of the last one."""
    await orders.receive_trades(work, shop.channel_id, trades)
    return await order_of(work, shop, trades[-1].external_number)


async def order_of(work: Work, shop: ShopHere, number: str = "1001") -> orders.Order:
    statement = select(orders.Order).where(
        orders.Order.channel_id == shop.channel_id, orders.Order.external_number == number
    )
    return (await work.session.scalars(statement.execution_options(populate_existing=True))).one()


async def lines(work: Work, order: orders.Order) -> list[orders.OrderLine]:
    statement = select(orders.OrderLine).where(orders.OrderLine.order_id == order.id)
    ordered = statement.order_by(orders.OrderLine.position).execution_options(populate_existing=True)
    return list(await work.session.scalars(ordered))


async def holds(work: Work, order: orders.Order) -> dict[str, str]:
    """Say why an order waits."""
    rows = await work.rows(
        select(Hold.reason, Hold.evidence).where(Hold.order_id == order.id, Hold.released_at.is_(None))
    )
    return {row.reason.value: row.evidence for row in rows}


async def claims(work: Work, order: orders.Order) -> list[str]:
    """Say what is claimed for an order, as class and quantity, by line."""
    statement = (
        select(Claim.claim_class, Claim.quantity)
        .join(orders.OrderLine, orders.OrderLine.id == Claim.order_line_id)
        .where(Claim.order_id == order.id)
        .order_by(orders.OrderLine.position)
    )
    return [f"{row.claim_class} {row.quantity.value.normalize():f}" for row in await work.rows(statement)]


def a_reviewer(*permissions: str, name: str = "李审", channels: frozenset[UUID] | None = None) -> Actor:
    granted = frozenset(f"orders.{each}" for each in permissions or PERMISSIONS) | (
        frozenset(orders.RELEASED_BY.values()) if not permissions else frozenset()
    )
    return Actor(kind=ActorKind.STAFF, id=uuid4(), name=name, permissions=granted, channels=channels)


def acting(work: Work, actor: Actor) -> Work:
    """Act as someone else in the same transaction."""
    return Work(session=work.session, actor=actor, now=work.now, entries=work.entries)


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collect the statements sent, one per round trip, without transaction control."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
        sent.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def broken(work: Work) -> dict[str, list[Any]]:
    """List the invariants of stock and orders that do not hold, with the rows that break them."""
    await work.session.flush()
    found = {name: await work.rows(text(sql)) for name, sql in (inventory.INVARIANTS | orders.INVARIANTS).items()}
    return {name: rows for name, rows in found.items() if rows}
