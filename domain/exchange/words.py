"""The neutral words of the exchange with partners' warehouses (外仓用语): what is asked of them, and what they report.

Each connector translates its partner's protocol into these and back; it states facts only, and decides nothing.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel import Money, Quantity


class PaperKind(StrEnum):
    """What a paper asks of the partner: take goods in or back, send them to a buyer, or let them out otherwise."""

    ENTRY = "ENTRY"
    DELIVERY = "DELIVERY"
    STOCKOUT = "STOCKOUT"
    RETURN = "RETURN"


class PaperType(StrEnum):
    """Why goods come in or go out."""

    PURCHASE_ENTRY = "PURCHASE_ENTRY"
    TRANSFER_ENTRY = "TRANSFER_ENTRY"
    OTHER_ENTRY = "OTHER_ENTRY"
    SALE = "SALE"
    TRANSFER_OUT = "TRANSFER_OUT"
    SUPPLIER_RETURN = "SUPPLIER_RETURN"
    OTHER_OUT = "OTHER_OUT"
    BUYER_RETURN = "BUYER_RETURN"


class GoodsType(StrEnum):
    """In which condition the partner holds goods: good, defective, damaged inside or outside, or under way."""

    GOOD = "GOOD"
    DEFECTIVE = "DEFECTIVE"
    DAMAGED_INSIDE = "DAMAGED_INSIDE"
    DAMAGED_BOX = "DAMAGED_BOX"
    UNDER_WAY = "UNDER_WAY"


class WarehouseStep(StrEnum):
    """How far a partner says it is with a paper."""

    ACCEPTED = "ACCEPTED"
    PRINTED = "PRINTED"
    PICKED = "PICKED"
    CHECKED = "CHECKED"
    PACKED = "PACKED"
    WEIGHED = "WEIGHED"
    READY = "READY"
    PARTLY_SENT = "PARTLY_SENT"
    SENT = "SENT"
    SIGNED = "SIGNED"
    REFUSED_BY_BUYER = "REFUSED_BY_BUYER"
    IN_TROUBLE = "IN_TROUBLE"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperGoods:
    """One line of a paper, under the number by which it is reported back."""

    line_number: int
    item_code: str
    title: str
    quantity: Quantity
    price: Money | None = None
    lot_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who sends or gets a parcel; kept out of logs."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    province: str
    city: str
    district: str = ""
    detail: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleToSend:
    """One article as a partner shall know it (商品备案); `known` when it was told of it before."""

    variant_id: UUID
    item_code: str
    title: str
    specification: str
    barcode: str
    weight_grams: int
    known: bool

    def content_hash(self) -> str:
        """Say what the partner was told, in short."""
        words = (self.item_code, self.title, self.specification, self.barcode, str(self.weight_grams))
        return hashlib.sha256("\x1f".join(words).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperToSend:
    """One paper as the partner shall get it; told again under the same number it is the same paper.

    Of what a buyer sends back, `sender` is the buyer and `original_number` the paper it was shipped by.
    """

    paper_id: UUID
    number: str
    kind: PaperKind
    type: PaperType
    written_at: datetime
    source_number: str
    shop_name: str = ""
    platform: str = ""
    receiver: Person | None = None
    sender: Person | None = None
    original_number: str = ""
    reason: str = ""
    carrier_code: str = ""
    waybill: str = ""
    lines: tuple[PaperGoods, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGoods:
    """What a partner says it holds of an article, by condition and lot; `locked` is part of the quantity."""

    item_code: str
    goods_type: GoodsType
    quantity: Quantity
    locked: Quantity
    lot_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedGoods:
    """What came in, went out or was counted of an article; a count states the difference, which may be negative."""

    item_code: str
    quantity: Quantity
    goods_type: GoodsType = GoodsType.GOOD
    line_number: int | None = None
    lot_code: str | None = None
    produced_on: date | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedPackage:
    """One parcel that left; without items it holds everything that was confirmed."""

    carrier_code: str
    waybill: str
    items: tuple[tuple[str, Quantity], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """A partner did what a paper asked, in whole or in part; `final` when nothing more will come."""

    paper_number: str
    kind: PaperKind
    final: bool
    goods: tuple[ReportedGoods, ...]
    packages: tuple[ReportedPackage, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReport:
    """A partner says how far it is with a paper."""

    paper_number: str
    step: WarehouseStep
    happened_at: datetime
    operator: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountReport:
    """A partner found more or less than there was, by counting or by adjusting."""

    counted: bool
    reference: str
    goods: tuple[ReportedGoods, ...]


IncomingReport = Confirmation | StepReport | CountReport
