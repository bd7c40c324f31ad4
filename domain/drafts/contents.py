"""What a draft holds (草稿内容): read and checked as far as it is there; what is missing may still come."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid

from domain import catalogue, customers, orders
from domain.kernel import BadInput, Money, NotFound, Quantity, Work

LINES_MAX = 200
TEXT_LENGTH_MAX = 1_000
AMOUNT_MAX = Money(10_000_000)

VARIANT = catalogue.Variant
KNOWN = select(VARIANT.id, VARIANT.sku).where(
    (VARIANT.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    | (VARIANT.sku == any_(bindparam("skus", type_=ARRAY(Text))))
)
CUSTOMER = customers.models.Customer


@dataclass(frozen=True, kw_only=True)
class DraftReceiver:
    """Who gets the parcel, as far as it was said."""

    name: str | None = None
    phone: str | None = None
    province: str | None = None
    city: str | None = None
    district: str | None = None
    town: str | None = None
    detail: str | None = None
    postal_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class DraftContent:
    """Everything a draft holds; saving replaces all of it."""

    lines: Sequence[orders.PlacedLine] = ()
    customer: orders.PlacedBy = field(default_factory=orders.PlacedBy)
    receiver: DraftReceiver = field(default_factory=DraftReceiver)
    buyer_message: str | None = None
    seller_memo: str | None = None
    cash_on_delivery: bool = False
    discount_amount: Money = field(default_factory=lambda: Money(0))
    freight_amount: Money = field(default_factory=lambda: Money(0))
    currency: str | None = None


@dataclass(frozen=True)
class DraftedLine:
    """A line of a draft, its article found."""

    variant_id: UUID
    quantity: Quantity


def texts_of(content: DraftContent) -> dict[str, str | None]:
    """Read the texts of a draft, the empty ones as none, or refuse what no column can hold."""
    receiver, who = content.receiver, content.customer
    given = {
        "buyer_name": ("customer.name", who.name),
        "buyer_phone": ("customer.phone", who.phone),
        "receiver_name": ("receiver.name", receiver.name),
        "receiver_phone": ("receiver.phone", receiver.phone),
        "province": ("receiver.province", receiver.province),
        "city": ("receiver.city", receiver.city),
        "district": ("receiver.district", receiver.district),
        "town": ("receiver.town", receiver.town),
        "address_detail": ("receiver.detail", receiver.detail),
        "postal_code": ("receiver.postalCode", receiver.postal_code),
        "buyer_message": ("buyerMessage", content.buyer_message),
        "seller_memo": ("sellerMemo", content.seller_memo),
    }
    return {column: _text(name, text) for column, (name, text) in given.items()}


def _text(name: str, text: str | None) -> str | None:
    if text is not None and (len(text) > TEXT_LENGTH_MAX or "\0" in text):
        problem = f"must have at most {TEXT_LENGTH_MAX} characters, all of them text"
        raise BadInput(field=name, problem=problem).at("input", "content", *name.split("."))
    return (text or "").strip() or None


def check_amounts(content: DraftContent, currency: str) -> None:
    """Refuse a discount or freight that cannot be one, or in another currency than the channel sells in."""
    amounts = {"discountAmount": content.discount_amount, "freightAmount": content.freight_amount}
    for name, amount in amounts.items():
        if not Money(0) <= amount <= AMOUNT_MAX:
            problem = f"must lie between 0 and {AMOUNT_MAX}, not {amount}"
            raise BadInput(field=name, problem=problem).at("input", "content", name)
    if content.currency not in (None, currency):
        problem = f"is in {content.currency}, the channel sells in {currency}"
        raise BadInput(field="currency", problem=problem).at("input", "content")


async def lines_of_content(work: Work, content: DraftContent) -> list[DraftedLine]:
    """Find the articles of the lines, whether they are still for sale or not."""
    wanted = content.lines
    if len(wanted) > LINES_MAX:
        raise BadInput(field="lines", problem=f"there may be at most {LINES_MAX}").at("input", "content", "lines")
    ids, skus = [each.variant_id for each in wanted if each.variant_id], [each.sku for each in wanted if each.sku]
    found = await work.rows(KNOWN, {"ids": ids, "skus": skus}) if wanted else []
    by_id, by_sku = {row.id: row.id for row in found}, {row.sku: row.id for row in found}
    return [_line(each, index, by_id, by_sku) for index, each in enumerate(wanted)]


def _line(line: orders.PlacedLine, index: int, by_id: dict[Any, UUID], by_sku: dict[str, UUID]) -> DraftedLine:
    place = ("input", "content", "lines", str(index))
    if (line.variant_id is None) == (not line.sku):
        raise BadInput(field="line", problem="name the variant by its id or by its SKU").at(*place)
    variant_id = by_id.get(line.variant_id) if line.variant_id else by_sku.get(line.sku or "")
    if variant_id is None:
        raise orders.UnknownSku(sku=line.name).at(*place)
    try:
        return DraftedLine(variant_id, orders.quantity_of(line.quantity, index))
    except BadInput as refusal:
        raise refusal.at(*place, "quantity") from None


async def customer_of(work: Work, who: orders.PlacedBy) -> UUID | None:
    """Find the customer a draft is for: by id, or the only one with this phone (and name); else it is made later."""
    if who.customer_id is not None:
        if not await work.rows(select(CUSTOMER.id).where(CUSTOMER.id == who.customer_id)):
            raise NotFound(what="customer", which=str(who.customer_id)).at("input", "content", "customer")
        return who.customer_id
    if not (who.phone or "").strip():
        return None
    same = select(CUSTOMER.id).where(CUSTOMER.phone == who.phone)
    if (who.name or "").strip():
        same = same.where(CUSTOMER.name == who.name)
    found = await work.rows(same.limit(2))
    return found[0].id if len(found) == 1 else None
