"""Orders placed here (下单): call centre, site, app; price, stock, customer and address in one transaction.

A buyer is waiting for the answer, so a shortage is a refusal here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, channels, customers, pricing
from domain.customers import Buyer
from domain.kernel import BadInput, Inexact, Money, NotAllowed, Quantity, Refusal, UnitPrice, Work, action, identifier
from domain.orders import blacklist, deadlines, deposits, entering, exploding, holds, importing, sharing
from domain.orders.importing import NOTHING
from domain.orders.incoming import IncomingReceiver, IncomingRefundStatus
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import Order, OrderSource

PLACED_LINES_MAX = 200
QUANTITY_MAX = Quantity(1_000_000)
TEXT_LENGTH_MAX = 1_000
NO_MONEY, AMOUNT_MAX = Money(0), Money(10_000_000)


class UnknownSku(Refusal):
    """There is no article {sku}."""

    sku: str
    chinese = "没有商品 {sku}"


class NotForSale(Refusal):
    """{sku} is not for sale any more."""

    sku: str
    chinese = "{sku} 已停售"


class NoPrice(Refusal):
    """{sku} has no price on this channel at present."""

    sku: str
    chinese = "{sku} 在此渠道没有生效价格"


class PriceChanged(Refusal):
    """The total is {total}, not {expected}."""

    expected: Money
    total: Money
    chinese = "订单金额为 {total}，不是 {expected}"


@dataclass(frozen=True, kw_only=True)
class PlacedLine:
    """How much of which variant, named by its id or its SKU."""

    quantity: Quantity | Decimal | int
    variant_id: UUID | None = None
    sku: str | None = None

    @property
    def name(self) -> str:
        return self.sku or str(self.variant_id)


@dataclass(frozen=True, kw_only=True)
class PlacedBy:
    """Who buys: a known customer, or a name and a phone, with the channel's own id of the buyer if it has one."""

    customer_id: UUID | None = None
    name: str | None = None
    phone: str | None = None
    external_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Placement:
    """An order as a client places it; with `expected_total` it is only placed at that total."""

    channel_id: UUID
    lines: Sequence[PlacedLine]
    customer: PlacedBy
    receiver: IncomingReceiver
    external_number: str | None = None
    buyer_message: str | None = None
    seller_memo: str | None = None
    discount_amount: Money = NO_MONEY
    freight_amount: Money = NO_MONEY
    deposit_amount: Money | None = None
    balance_due_at: datetime | None = None
    expected_total: Money | None = None
    expected_currency: str | None = None
    paid: bool = False
    cash_on_delivery: bool = False


@dataclass(frozen=True)
class Sold:
    """A line with what the catalogue and the price list say of it."""

    variant: Any
    quantity: Quantity
    unit_price: UnitPrice
    discount: Money = NO_MONEY

    @property
    def amount(self) -> Money:
        return self.unit_price * self.quantity

    @property
    def priced(self) -> dict[str, Any]:
        """Say what a line costs, without and with its share of the discount."""
        paid = self.amount - self.discount
        one = importing.unit_price_of(paid, self.quantity) if self.discount else self.unit_price
        return {"unit_price": one, "list_amount": self.amount, "line_amount": paid}


@action
async def place_order(work: Work, placement: Placement) -> Order:
    """Place an order at the prices in force, and claim its stock at once."""
    wanted = check(work, placement)
    channel = await channels.channel_by_id(work, placement.channel_id)
    if placement.expected_currency not in (None, channel.currency):
        problem = f"is in {placement.expected_currency}, the channel sells in {channel.currency}"
        raise BadInput(field="expectedTotal", problem=problem).at("input", "expectedTotal", "currency")
    sold = await sold_lines(work, placement.channel_id, wanted)
    amounts = _amounts(placement, sold)
    settled = placement.paid or placement.cash_on_delivery
    deposits.check_deposit(placement.deposit_amount, amounts["total_amount"], settled=settled)
    deadlines.check_deadline(placement.balance_due_at, placement.deposit_amount, work.now)
    customer_id = await _customer(work, placement)
    keys = blacklist.keys_of(placement.receiver.phone, customer_id, placement.receiver)
    black = await blacklist.blacklisted(work, keys, work.now)
    blacklist.refuse_rejected(black)
    heading = {"currency": channel.currency, "customer_id": customer_id, "on_account": channel.on_account}
    order = _order(work, placement, amounts, heading)
    rows = [line_of(order, position, each) for position, each in enumerate(discounted(sold, order), start=1)]
    return await entering.enter(work, order, await exploded(work, order, rows, sold), black)


def _amounts(placement: Placement, sold: Sequence[Sold]) -> dict[str, Money]:
    """Total an order, or refuse a total that nobody was shown or a discount that is more than the goods cost."""
    goods = Money.total(each.amount for each in sold)
    if placement.discount_amount > goods:
        problem = f"{placement.discount_amount} cannot be taken off goods for {goods}"
        raise BadInput(field="discountAmount", problem=problem).at("input", "discountAmount")
    total = goods - placement.discount_amount + placement.freight_amount
    if placement.expected_total is not None and placement.expected_total != total:
        raise PriceChanged(expected=placement.expected_total, total=total).at("input", "expectedTotal")
    return {
        "goods_amount": goods,
        "discount_amount": placement.discount_amount,
        "freight_amount": placement.freight_amount,
        "total_amount": total,
    }


def discounted(sold: Sequence[Sold], order: Order) -> Sequence[Sold]:
    """Share the discount of an order out to its lines, to the cent."""
    if not order.discount_amount:
        return sold
    shares = sharing.by_amount(order.discount_amount, [each.amount for each in sold])
    return [replace(each, discount=share) for each, share in zip(sold, shares, strict=True)]


def check(work: Work, placement: Placement) -> list[PlacedLine]:
    """Refuse what can be refused without looking anything up."""
    if placement.paid and not work.actor.may("orders.confirm_order_payment"):
        raise NotAllowed(permission="orders.confirm_order_payment").at("input", "paid")
    if placement.discount_amount and not work.actor.may("orders.change_order_discount"):
        raise NotAllowed(permission="orders.change_order_discount").at("input", "discountAmount")
    check_amount(placement.discount_amount, "discountAmount")
    check_amount(placement.freight_amount, "freightAmount")
    if placement.paid and placement.cash_on_delivery:
        problem = "is for orders that are not paid yet: the carrier would ask for the money again"
        raise BadInput(field="cashOnDelivery", problem=problem).at("input", "cashOnDelivery")
    holds.check_receiver(placement.receiver)
    _check_texts(placement)
    return check_lines(placement.lines)


def check_amount(amount: Money, field: str) -> None:
    """Refuse an amount below nothing or beyond reason."""
    if not NO_MONEY <= amount <= AMOUNT_MAX:
        raise BadInput(field=field, problem=f"must lie between 0 and {AMOUNT_MAX}, not {amount}").at("input", field)


def check_lines(lines: Sequence[PlacedLine]) -> list[PlacedLine]:
    """Read how much of which article is wanted, or refuse what cannot be."""
    if not 1 <= len(lines) <= PLACED_LINES_MAX:
        raise BadInput(field="lines", problem=f"there must be 1 to {PLACED_LINES_MAX}").at("input", "lines")
    return [
        replace(each, quantity=quantity_of(each.quantity, index), sku=_one_name(each, index))
        for index, each in enumerate(lines)
    ]


def _check_texts(placement: Placement) -> None:
    receiver, who = placement.receiver, placement.customer
    texts = {
        "externalNumber": placement.external_number,
        "buyerMessage": placement.buyer_message,
        "sellerMemo": placement.seller_memo,
        "customer.name": who.name,
        "customer.phone": who.phone,
        "customer.externalId": who.external_id,
        "receiver.name": receiver.name,
        "receiver.phone": receiver.phone,
        "receiver.province": receiver.province,
        "receiver.city": receiver.city,
        "receiver.district": receiver.district,
        "receiver.town": receiver.town,
        "receiver.detail": receiver.detail,
        "receiver.postalCode": receiver.postal_code,
    }
    for name, text in texts.items():
        if text is not None and (len(text) > TEXT_LENGTH_MAX or "\0" in text):
            problem = f"must have at most {TEXT_LENGTH_MAX} characters, all of them text"
            raise BadInput(field=name, problem=problem).at("input", *name.split("."))


def quantity_of(given: Quantity | Decimal | int, index: int) -> Quantity:
    """Read a quantity, or refuse one that is nothing, too much, or has too many places."""
    try:
        quantity = given if isinstance(given, Quantity) else Quantity(given)
    except Inexact as problem:
        raise BadInput(field="quantity", problem=str(problem)).at("input", "lines", str(index), "quantity") from None
    if not NOTHING < quantity <= QUANTITY_MAX:
        problem_there = f"must be more than 0 and at most {QUANTITY_MAX}, not {quantity}"
        raise BadInput(field="quantity", problem=problem_there).at("input", "lines", str(index), "quantity")
    return quantity


def _one_name(line: PlacedLine, index: int) -> str | None:
    if (line.variant_id is None) == (not line.sku):
        raise BadInput(field="line", problem="name the variant by its id or by its SKU").at(
            "input", "lines", str(index)
        )
    return line.sku


async def sold_lines(work: Work, channel_id: UUID, wanted: Sequence[PlacedLine]) -> list[Sold]:
    ids = [catalogue.VariantId(each.variant_id) for each in wanted if each.variant_id]
    skus = [each.sku for each in wanted if each.sku]
    found: Mapping[Any, Any] = await catalogue.variants_for_sale(work, ids=ids, skus=skus)
    by_sku = {row.sku: row for row in found.values()}
    prices = await pricing.prices_in_force(work, channel_id, list(found), work.now)
    sold = []
    for index, each in enumerate(wanted):
        variant = found.get(each.variant_id) if each.variant_id else by_sku.get(each.sku or "")
        if variant is None:
            raise (await _not_sold(work, each)).at("input", "lines", str(index))
        if variant.id not in prices:
            raise NoPrice(sku=variant.sku).at("input", "lines", str(index))
        sold.append(Sold(variant, quantity_of(each.quantity, index), prices[variant.id]))
    return sold


async def _not_sold(work: Work, line: PlacedLine) -> Refusal:
    variant = catalogue.Variant
    known = variant.id == line.variant_id if line.variant_id else variant.sku == line.sku
    rows = await work.rows(select(variant.sku).where(known))
    return NotForSale(sku=rows[0].sku) if rows else UnknownSku(sku=line.name)


async def _customer(work: Work, placement: Placement) -> UUID:
    who = placement.customer
    if who.customer_id is None and who.external_id:
        buyer = Buyer(external_id=who.external_id, name=who.name, phone=who.phone)
        return (await customers.match_customers(work, placement.channel_id, [buyer]))[who.external_id]
    customer_id = customers.CustomerId(who.customer_id) if who.customer_id else None
    return await customers.customer_for(work, customer_id=customer_id, name=who.name, phone=who.phone)


def _order(work: Work, placement: Placement, amounts: Mapping[str, Money], heading: Mapping[str, Any]) -> Order:
    settled = placement.paid or placement.cash_on_delivery or heading["on_account"]
    values = {
        "id": identifier(),
        "channel_id": placement.channel_id,
        "external_number": placement.external_number,
        "source": OrderSource.PLACED,
        "status": OrderStatus.UNREVIEWED if settled else OrderStatus.AWAITING_PAYMENT,
        "placed_at": work.now,
        "paid_at": work.now if placement.paid else None,
        "modified_at": work.now,
        **heading,
        **importing.receiver_of(placement.receiver),
        "buyer_message": placement.buyer_message,
        "seller_memo": placement.seller_memo,
        "cash_on_delivery": placement.cash_on_delivery,
        "kind": OrderKind.NORMAL if placement.deposit_amount is None else OrderKind.DEPOSIT,
        "deposit_amount": placement.deposit_amount,
        "balance_due_at": placement.balance_due_at,
        **amounts,
        "paid_amount": amounts["total_amount"] if placement.paid else NO_MONEY,
        "version": 1,
        "created_at": work.now,
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }
    return Order(**values)


async def exploded(work: Work, order: Order, rows: list[dict[str, Any]], sold: Sequence[Sold]) -> list[dict[str, Any]]:
    """Give the lines of what was sold; of a virtual bundle, whose components must all be for sale, those of them."""
    if all(each.variant.stocked for each in sold):
        return rows
    places = [("lines", str(index)) for index in range(len(rows))]
    return await exploding.explode_sold(work, order.channel_id, rows, places)


def line_of(order: Order, position: int, sold: Sold) -> dict[str, Any]:
    return {
        "id": identifier(),
        "order_id": order.id,
        "position": position,
        "seller_code": sold.variant.sku,
        "variant_id": sold.variant.id,
        "title": sold.variant.product_name,
        "specification": sold.variant.specification or None,
        "quantity": sold.quantity,
        **sold.priced,
        "shipped_quantity": NOTHING,
        "cancelled_quantity": NOTHING,
        "refund": IncomingRefundStatus.NONE,
        **importing.NO_BUNDLE,
    }
