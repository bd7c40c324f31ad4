"""What a draft would be now (实时报价): the prices in force and what is available, at the moment of reading.

Whatever the number of drafts, it takes constant statements but for one of prices for each channel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import bundles, catalogue, inventory, orders, pricing, shipping
from domain.drafts.models import OrderDraft, OrderDraftLine
from domain.inventory import WantedLine
from domain.kernel import Money, Quantity, Read, UnitPrice, identifier, keyed, now, one_of, visible

VARIANT, PRODUCT = catalogue.Variant, catalogue.models.Product
ITEM, NOTHING = inventory.StockItem, Quantity(0)
HEADS = select(*OrderDraft.__table__.columns).where(one_of(OrderDraft.id))
LINES = (
    select(
        OrderDraftLine.draft_id,
        OrderDraftLine.position,
        OrderDraftLine.variant_id,
        OrderDraftLine.quantity,
        OrderDraft.channel_id,
        OrderDraft.currency,
        (VARIANT.active & (PRODUCT.status == catalogue.ProductStatus.ACTIVE)).label("for_sale"),
    )
    .join(OrderDraft, OrderDraft.id == OrderDraftLine.draft_id)
    .join(VARIANT, VARIANT.id == OrderDraftLine.variant_id)
    .join(PRODUCT, PRODUCT.id == VARIANT.product_id)
    .where(one_of(OrderDraftLine.draft_id))
    .order_by(OrderDraftLine.draft_id, OrderDraftLine.position)
)
FREE = (
    select(ITEM.variant_id, ITEM.warehouse_id, inventory.SELLABLE.label("free"))
    .join(inventory.Warehouse, inventory.Warehouse.id == ITEM.warehouse_id)
    .where(one_of(ITEM.variant_id), inventory.Warehouse.active, inventory.Warehouse.sellable)
)
Free = Mapping[tuple[UUID, UUID], Quantity]


@dataclass(frozen=True)
class Known:
    """What a quote looks at: the prices in force, what bundles are sold as, and what is free where."""

    prices: Mapping[tuple[UUID, UUID], UnitPrice]
    bundled: Mapping[UUID, Sequence[bundles.Part]]
    free: Free
    days: Mapping[tuple[UUID, UUID], date] = field(default_factory=dict)

    def price(self, row: Any) -> UnitPrice | None:
        return self.prices.get((row.channel_id, row.variant_id))

    def parts_of(self, variant_id: UUID) -> dict[UUID, Quantity]:
        return {each.variant_id: each.quantity for each in self.bundled.get(variant_id, ())}

    def available(self, variant_id: UUID, warehouse_id: UUID) -> Quantity:
        """Say how many are there, or of a virtual bundle can be put together there."""
        if parts := self.parts_of(variant_id):
            return bundles.pieces(parts, {each: self.free.get((each, warehouse_id), NOTHING) for each in parts})
        return self.free.get((variant_id, warehouse_id), NOTHING)


@dataclass(frozen=True, kw_only=True)
class QuotedLine:
    """A line of a draft as it would be now; without a price in force it has none."""

    position: int
    variant_id: UUID
    quantity: Quantity
    currency: str
    for_sale: bool
    unit_price: UnitPrice | None
    amount: Money | None
    available: Quantity
    ships_on: date | None


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a draft would cost now, which warehouse would likely send it, and what keeps it from being placed."""

    currency: str
    goods_amount: Money
    discount_amount: Money
    freight_amount: Money
    total_amount: Money
    warehouse_id: UUID | None
    lines: Sequence[QuotedLine]
    missing: Sequence[str]


async def quotes_of(read: Read, draft_ids: Sequence[UUID]) -> Mapping[UUID, Quote]:
    """Quote drafts of the actor's channels."""
    heads = {
        row.id: row
        for row in await read.rows(visible(HEADS, read.actor, channel=OrderDraft.channel_id), keyed(draft_ids))
    }
    rows: dict[UUID, list[Any]] = {each: [] for each in heads}
    for row in await read.rows(LINES, keyed(heads)):
        rows[row.draft_id].append(row)
    everything = [each for of_draft in rows.values() for each in of_draft]
    known = await _known(read, everything)
    goods = {key: [part for each in of_draft for part in _goods(each, known)] for key, of_draft in rows.items()}
    parcels = {key: _as_head(head) for key, head in heads.items()}
    grounds = await orders.read_grounds(read, list(parcels.values()), [each for of in goods.values() for each in of])
    return {
        key: _quote(head, rows[key], grounds.candidates(_as_head(head), goods[key]).warehouses, goods[key], known)
        for key, head in heads.items()
    }


async def lines_of(read: Read, draft_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[QuotedLine]]:
    """Read the lines of drafts as they would be now, in their order."""
    quotes = await quotes_of(read, draft_ids)
    return {key: quotes[key].lines if key in quotes else [] for key in draft_ids}


async def _prices(read: Read, rows: Sequence[Any]) -> dict[tuple[UUID, UUID], UnitPrice]:
    """Find the prices in force, one statement for each channel."""
    moment, found = now(), dict[tuple[UUID, UUID], UnitPrice]()
    by_channel: dict[UUID, set[UUID]] = {}
    for row in rows:
        by_channel.setdefault(row.channel_id, set()).add(row.variant_id)
    for channel_id, variants in by_channel.items():
        for key, row in (await pricing.prices_of_variants(read, channel_id, sorted(variants), moment)).items():
            found[channel_id, key] = row.unit_price
    return found


async def _known(read: Read, rows: Sequence[Any]) -> Known:
    if not rows:
        return Known({}, {}, {})
    prices = await _prices(read, rows)
    bundled = await bundles.sold_as(read, [each.variant_id for each in rows])
    parts = {part.variant_id for of_bundle in bundled.values() for part in of_bundle}
    found = await read.rows(FREE, keyed(sorted({each.variant_id for each in rows} | parts)))
    free = {(row.variant_id, row.warehouse_id): max(row.free, NOTHING) for row in found}
    days = await orders.preorder_days(read, sorted({each.variant_id for each in rows}), now())
    return Known(prices, bundled, free, days)


def _goods(row: Any, known: Known) -> list[dict[str, Any]]:
    """Give a line, or the components of its bundle, as decisions read the lines of orders."""
    price = known.price(row)
    parts = known.parts_of(row.variant_id)
    return [
        {
            "id": identifier(),
            "variant_id": variant_id,
            "quantity": Quantity(row.quantity.value * many.value),
            "cancelled_quantity": NOTHING,
            "unit_price": price if variant_id == row.variant_id else None,
        }
        for variant_id, many in (parts or {row.variant_id: Quantity(1)}).items()
    ]


def _as_head(draft: Any) -> dict[str, Any]:
    return {**draft._mapping, "paid_amount": Money(0)}  # noqa: SLF001 — the public name of a row's mapping.


def _quote(
    head: Any, rows: Sequence[Any], warehouses: Sequence[UUID], articles: Sequence[dict[str, Any]], known: Known
) -> Quote:
    warehouse_id = _likely(warehouses, articles, known.free)
    quoted = [_line(row, warehouse_id, known) for row in rows]
    goods = Money.total(each.amount for each in quoted if each.amount is not None)
    return Quote(
        currency=head.currency,
        goods_amount=goods,
        discount_amount=head.discount_amount,
        freight_amount=head.freight_amount,
        total_amount=goods - head.discount_amount + head.freight_amount,
        warehouse_id=warehouse_id,
        lines=quoted,
        missing=missing(head, quoted, goods),
    )


def _likely(warehouses: Sequence[UUID], lines: Sequence[dict[str, Any]], free: Free) -> UUID | None:
    """Choose the warehouse that would send it if it were placed now."""
    wanted = [
        WantedLine(each["id"], each["variant_id"], each["quantity"], each["unit_price"] or UnitPrice(0))
        for each in lines
    ]
    return inventory.choose_warehouse(free, warehouses, wanted).warehouse_id


def _line(row: Any, warehouse_id: UUID | None, known: Known) -> QuotedLine:
    unit_price = known.price(row)
    return QuotedLine(
        position=row.position,
        variant_id=row.variant_id,
        quantity=row.quantity,
        currency=row.currency,
        for_sale=row.for_sale and all(each.on_sale for each in known.bundled.get(row.variant_id, ())),
        unit_price=unit_price,
        amount=None if unit_price is None else unit_price * row.quantity,
        available=known.available(row.variant_id, warehouse_id) if warehouse_id else NOTHING,
        ships_on=known.days.get((row.channel_id, row.variant_id)),
    )


def missing(head: Any, lines: Sequence[QuotedLine], goods: Money) -> list[str]:
    """List what keeps a draft from being placed, as the input fields it stands in."""
    wanted: dict[UUID, Quantity] = {}
    wrong = (shipping.no_place(head.province, head.city, head.district) or ("",))[0]
    for each in lines:
        wanted[each.variant_id] = wanted.get(each.variant_id, NOTHING) + each.quantity
    needed = {
        "customer": head.customer_id is not None or (head.buyer_name and head.buyer_phone),
        "receiver.name": head.receiver_name,
        "receiver.phone": orders.is_phone(head.receiver_phone),
        "receiver.province": head.province and wrong != "province",
        "receiver.city": head.city and wrong != "city",
        "receiver.detail": head.address_detail,
        "lines": lines,
        "discountAmount": head.discount_amount <= goods,
    }
    gone = [f"lines.{index}" for index, each in enumerate(lines) if not each.for_sale or each.unit_price is None]
    short = [
        f"lines.{index}.quantity"
        for index, each in enumerate(lines)
        if each.available < wanted[each.variant_id] and each.ships_on is None
    ]
    return [name for name, there in needed.items() if not there] + gone + short
