"""What a platform remembers (平台档案): trades, refunds, items; money in whole cents (分), instants in UNIX seconds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Stage(StrEnum):
    """Where a trade or one of its lines stands, in words no platform owns."""

    UNPAID = "UNPAID"
    DEPOSIT_PAID = "DEPOSIT_PAID"
    PAID = "PAID"
    PARTLY_SHIPPED = "PARTLY_SHIPPED"
    SHIPPED = "SHIPPED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    CLOSED_REFUNDED = "CLOSED_REFUNDED"


class RefundStage(StrEnum):
    """The refund machine; the words are Taobao's, the other platforms translate them."""

    WAIT_SELLER_AGREE = "WAIT_SELLER_AGREE"
    WAIT_BUYER_RETURN_GOODS = "WAIT_BUYER_RETURN_GOODS"
    WAIT_SELLER_CONFIRM_GOODS = "WAIT_SELLER_CONFIRM_GOODS"
    SELLER_REFUSE_BUYER = "SELLER_REFUSE_BUYER"
    SUCCESS = "SUCCESS"
    CLOSED = "CLOSED"


ENDED = {Stage.COMPLETED, Stage.CANCELLED, Stage.CLOSED_REFUNDED}
BEFORE_SHIPPING = {Stage.PAID, Stage.PARTLY_SHIPPED}


@dataclass(slots=True)
class Receiver:
    """Who gets the parcel, in the clear; platforms mask it when they tell it."""

    name: str = ""
    phone: str = ""
    province: str = ""
    city: str = ""
    district: str = ""
    town: str = ""
    detail: str = ""
    postal_code: str = ""


@dataclass(slots=True)
class Line:
    """One sub-order; `shared_cents` is its part of the discount given on the whole trade."""

    number: str
    item: str
    sku: str
    seller_code: str
    barcode: str
    title: str
    specification: str
    quantity: int
    price_cents: int
    discount_cents: int = 0
    shared_cents: int = 0
    stage: Stage = Stage.PAID
    refund: str = ""
    refund_stage: str = ""
    carrier: str = ""
    waybill: str = ""
    shipped_at: int = 0
    presale: bool = False
    ships_on: str = ""

    @property
    def goods_cents(self) -> int:
        return self.price_cents * self.quantity

    @property
    def paid_cents(self) -> int:
        return self.goods_cents - self.discount_cents - self.shared_cents


@dataclass(slots=True)
class Parcel:
    """One shipment the seller told; `confirmed` is false while an online shipment has no waybill yet."""

    carrier: str
    waybill: str
    lines: list[str]
    told_at: int
    online: bool = False
    confirmed: bool = True


@dataclass(slots=True)
class PlannedRefund:
    """A refund the buyer will get: `at` is when it happened, `appears_at` when the schedule must have come to it."""

    line: str
    quantity: int | None = None
    amount_cents: int | None = None
    reason: str = ""
    number: str = ""
    at: int = 0
    appears_at: int = 0


@dataclass(slots=True)
class Trade:
    """One order as the platform holds it; `distortions` replace rendered fields to imitate damaged answers."""

    shop: str
    number: str
    created_at: int
    modified_at: int
    stage: Stage
    lines: list[Line]
    receiver: Receiver
    buyer_id: str = ""
    buyer_name: str = ""
    paid_at: int = 0
    shipped_at: int = 0
    ended_at: int = 0
    promised_ship_at: int = 0
    buyer_message: str = ""
    seller_memo: str = ""
    seller_flag: int = 0
    freight_cents: int = 0
    discount_cents: int = 0
    deposit_cents: int = 0
    is_deposit: bool = False
    is_forfeited: bool = False
    cash_on_delivery: bool = False
    prescription_pending: bool = False
    locked: bool = False
    version: int = 1
    appears_at: int = 0
    stamp: str = "now"
    parcels: list[Parcel] = field(default_factory=list)
    distortions: dict[str, Any] = field(default_factory=dict)
    planned: list[PlannedRefund] = field(default_factory=list)
    seller_state: str = ""
    seller_state_version: int = 0
    seller_states: list[str] = field(default_factory=list)

    @property
    def goods_cents(self) -> int:
        return sum(line.goods_cents for line in self.lines)

    @property
    def payable_cents(self) -> int:
        return sum(line.paid_cents for line in self.lines) + self.freight_cents

    @property
    def paid_cents(self) -> int:
        if self.stage is Stage.DEPOSIT_PAID or self.is_forfeited:
            return self.deposit_cents
        return self.payable_cents if self.paid_at else 0

    def line(self, number: str) -> Line | None:
        return next((line for line in self.lines if line.number == number), None)


@dataclass(slots=True)
class Refund:
    """One refund of one line, of a part of its quantity or of all."""

    shop: str
    number: str
    trade: str
    line: str
    stage: RefundStage
    quantity: int
    amount_cents: int
    reason: str
    returns_goods: bool
    after_sale: bool
    created_at: int
    modified_at: int
    carrier: str = ""
    waybill: str = ""
    version: int = 1
    reviewed: bool = False
    refusal: str = ""


@dataclass(slots=True)
class Item:
    """One thing a shop shows: an item with one SKU of its own; `lock` is why its stock may not be written."""

    shop: str
    item: str
    sku: str
    seller_code: str
    barcode: str
    title: str
    price_cents: int
    quantity: int = 0
    lock: str = ""
    deleted: bool = False
    modified_at: int = 0
    pushes: int = 0
    properties: str = ""


def share(amount_cents: int, weights: list[int]) -> list[int]:
    """Divide an amount by weights; the last part takes the remainder, so that nothing is lost."""
    total = sum(weights)
    if not weights:
        return []
    parts = [amount_cents * weight // total if total else 0 for weight in weights]
    parts[-1] += amount_cents - sum(parts)
    return parts


def yuan(cents: int) -> str:
    """Whole cents as the platforms write money: a string in yuan with two decimals."""
    sign, cents = ("-", -cents) if cents < 0 else ("", cents)
    return f"{sign}{cents // 100}.{cents % 100:02d}"


def open_lines(lines: Iterable[Line]) -> list[Line]:
    return [line for line in lines if line.stage is Stage.PAID]
