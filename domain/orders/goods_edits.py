"""Changed goods (改商品、改价): lines added, removed, made more or fewer, at another price; discount and freight."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, inventory, pricing
from domain.kernel import BadInput, Money, NotFound, Quantity, Refusal, UnitPrice, Work, action, identifier
from domain.orders import editing, exploding, loading, sharing
from domain.orders.editing import Editable
from domain.orders.importing import LINES_MAX, NO_BUNDLE, NOTHING, unit_price_of
from domain.orders.incoming import IncomingRefundStatus
from domain.orders.models import Order, OrderLine
from domain.orders.placing import QUANTITY_MAX, NoPrice, NotForSale
from domain.orders.review import reason_of

AMOUNT_MAX = Money(10_000_000)


class NothingToDiscount(Refusal):
    """Order {number} has goods worth {goods}; {discount} cannot be taken off."""

    number: str
    goods: Money
    discount: Money
    chinese = "订单 {number} 商品金额为 {goods}，不能优惠 {discount}"


@dataclass(frozen=True, kw_only=True)
class AddedLine:
    """An article to be added, and how much of it; without a price it costs what is in force on the channel."""

    variant_id: UUID
    quantity: Quantity
    unit_price: UnitPrice | None = None
    currency: str | None = None


@action
async def change_order_line_price(
    work: Work,
    order_line_id: UUID,
    unit_price: UnitPrice,
    reason: str,
    *,
    currency: str | None = None,
    expected_version: int | None = None,
) -> Order:
    """Change what the buyer pays for one of a line, with the reason; a reviewed order goes back to review."""
    reason_of(reason)
    _check_amount(unit_price.value, "unitPrice")
    order, lines, line = await editing.line_to_edit(work, order_line_id, expected_version)
    editing.check_currency(order, currency, "unitPrice")
    editing.refuse_moved(line, "price")
    await editing.begin_goods(work, order, lines)
    line.unit_price, line.line_amount = unit_price, unit_price * max(line.quantity, NOTHING)
    line.list_amount = max(line.list_amount, line.line_amount)
    return await editing.finish_goods(work, order, lines, claims=False)


@action
async def change_order_discount(
    work: Work,
    order_id: UUID,
    discount_amount: Money,
    reason: str,
    *,
    currency: str | None = None,
    expected_version: int | None = None,
) -> Order:
    """Take this much off the goods of an order in all, shared out to its lines, with the reason."""
    reason_of(reason)
    _check_amount(discount_amount.value, "discountAmount")
    order = await editing.order_to_edit(work, order_id, Editable.GOODS, expected_version)
    editing.check_currency(order, currency, "discountAmount")
    lines = await loading.lines_for_change(work, order)
    for line in lines:
        editing.refuse_moved(line, "price")
    goods = Money.total(each.list_amount for each in lines)
    if discount_amount > goods:
        refusal = NothingToDiscount(number=order.number, goods=goods, discount=discount_amount)
        raise refusal.at("input", "discountAmount")
    await editing.begin_goods(work, order, lines)
    shares = sharing.by_amount(discount_amount, [each.list_amount for each in lines])
    for line, share in zip(lines, shares, strict=True):
        line.line_amount = line.list_amount - share
        line.unit_price = unit_price_of(line.line_amount, line.quantity)
    return await editing.finish_goods(work, order, lines, claims=False)


@action
async def change_order_freight(
    work: Work,
    order_id: UUID,
    freight_amount: Money,
    reason: str,
    *,
    currency: str | None = None,
    expected_version: int | None = None,
) -> Order:
    """Change what the buyer pays for freight, with the reason; a reviewed order goes back to review."""
    reason_of(reason)
    _check_amount(freight_amount.value, "freightAmount")
    order = await editing.order_to_edit(work, order_id, Editable.GOODS, expected_version)
    editing.check_currency(order, currency, "freightAmount")
    lines = await loading.lines_for_change(work, order)
    await editing.begin_goods(work, order, lines)
    order.freight_amount = freight_amount
    return await editing.finish_goods(work, order, lines, claims=False)


@action
async def change_order_line_quantity(
    work: Work, order_line_id: UUID, quantity: Quantity, reason: str, expected_version: int | None = None
) -> Order:
    """Make a line more or fewer at the same price; its stock is claimed anew, or the order waits for it."""
    reason_of(reason)
    if not NOTHING < quantity <= QUANTITY_MAX:
        problem = f"must be more than 0 and at most {QUANTITY_MAX}, not {quantity}; remove the line to have none of it"
        raise BadInput(field="quantity", problem=problem).at("input", "quantity")
    return await _resize(work, order_line_id, quantity, expected_version)


@action
async def remove_order_line(work: Work, order_line_id: UUID, reason: str, expected_version: int | None = None) -> Order:
    """Take an article or a gift out of an order; the line stays with nothing of it, and its stock is free again."""
    reason_of(reason)
    return await _resize(work, order_line_id, NOTHING, expected_version)


@action
async def add_order_line(
    work: Work, order_id: UUID, line: AddedLine, reason: str, expected_version: int | None = None
) -> Order:
    """Add an article to an order, at the price in force unless you say another; its stock is claimed with it."""
    reason_of(reason)
    return await _add(work, order_id, line, expected_version)


@action
async def add_order_gift(
    work: Work, order_id: UUID, variant_id: UUID, quantity: Quantity, reason: str, expected_version: int | None = None
) -> Order:
    """Add a gift (赠品) to an order: it costs the buyer nothing, and its stock is claimed like any other."""
    reason_of(reason)
    gift = AddedLine(variant_id=variant_id, quantity=quantity, unit_price=UnitPrice(0))
    return await _add(work, order_id, gift, expected_version)


async def _resize(work: Work, order_line_id: UUID, quantity: Quantity, expected_version: int | None) -> Order:
    order, lines, line = await editing.line_to_edit(work, order_line_id, expected_version)
    editing.refuse_moved(line, "quantity")
    if line.quantity == quantity:
        return order
    await editing.begin_goods(work, order, lines)
    if line.quantity > NOTHING:
        line.list_amount = editing.scaled(line.list_amount, quantity, line.quantity)
        line.line_amount = editing.scaled(line.line_amount, quantity, line.quantity)
    else:  # It was removed, or never was anything: the price that stands is what one costs.
        line.list_amount = line.line_amount = line.unit_price * quantity
    line.quantity = quantity
    await inventory.release(work, [order.id], [line.id])
    return await editing.finish_goods(work, order, lines, claims=True)


async def _add(work: Work, order_id: UUID, added: AddedLine, expected_version: int | None) -> Order:
    _check_added(added)
    order = await editing.order_to_edit(work, order_id, Editable.GOODS, expected_version)
    lines = await loading.lines_for_change(work, order)
    if len(lines) >= LINES_MAX:
        raise BadInput(field="line", problem=f"an order has at most {LINES_MAX} lines").at("input", "line")
    editing.check_currency(order, added.currency, "unitPrice")
    variant, price = await _priced(work, order, added)
    await editing.begin_goods(work, order, lines)
    amount = price * added.quantity
    row = {
        "id": identifier(),
        "order_id": order.id,
        "seller_code": variant.sku,
        "variant_id": variant.id,
        "title": variant.product_name,
        "specification": variant.specification or None,
        "quantity": added.quantity,
        "unit_price": price,
        "list_amount": amount,
        "line_amount": amount,
        "shipped_quantity": NOTHING,
        "cancelled_quantity": NOTHING,
        "refund": IncomingRefundStatus.NONE,
        **NO_BUNDLE,
    }
    last = max((each.position for each in lines), default=0)
    rows = [row] if variant.stocked else await exploding.explode_sold(work, order.channel_id, [row], [("variantId",)])
    made = [OrderLine(**{**each, "position": place}) for place, each in enumerate(rows, last + 1)]
    work.session.add_all(made)
    return await editing.finish_goods(work, order, [*lines, *made], claims=True)


def _check_added(added: AddedLine) -> None:
    if not NOTHING < added.quantity <= QUANTITY_MAX:
        problem = f"must be more than 0 and at most {QUANTITY_MAX}, not {added.quantity}"
        raise BadInput(field="quantity", problem=problem).at("input", "quantity")
    if added.unit_price is not None:
        _check_amount(added.unit_price.value, "unitPrice")


async def _priced(work: Work, order: Order, added: AddedLine) -> tuple[Any, UnitPrice]:
    """Find the article as it is for sale, and what it costs on the channel unless a price was said."""
    variant_id = catalogue.VariantId(added.variant_id)
    found = await catalogue.variants_for_sale(work, ids=[variant_id], skus=[])
    if variant_id not in found:
        sku = await work.session.scalar(select(catalogue.Variant.sku).where(catalogue.Variant.id == variant_id))
        raise (NotForSale(sku=sku) if sku else NotFound(what="variant", which=str(variant_id))).at("input", "variantId")
    if added.unit_price is not None:
        return found[variant_id], added.unit_price
    prices = await pricing.prices_in_force(work, order.channel_id, [variant_id], work.now)
    if variant_id not in prices:
        raise NoPrice(sku=found[variant_id].sku).at("input", "variantId")
    return found[variant_id], prices[variant_id]


def _check_amount(amount: Decimal, field: str) -> None:
    if not 0 <= amount <= AMOUNT_MAX.value:
        raise BadInput(field=field, problem=f"must lie between 0 and {AMOUNT_MAX}, not {amount}").at("input", field)
