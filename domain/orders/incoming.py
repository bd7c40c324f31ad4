"""The neutral shape of an order from outside (外部订单): what every connector translates into, and nothing more.

Amounts are in the currency of the trade, instants are UTC. A connector states facts only; it never decides what to do.
A trade that cannot be translated is kept raw as an `UnreadableTrade` and shown to a person.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from domain.kernel.measures import Money, Quantity


class IncomingStatus(StrEnum):
    """Where the trade stands on its platform, in our words."""

    AWAITING_PAYMENT = "AWAITING_PAYMENT"
    DEPOSIT_PAID = "DEPOSIT_PAID"
    PAID = "PAID"
    PARTLY_SHIPPED = "PARTLY_SHIPPED"
    SHIPPED = "SHIPPED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    DEPOSIT_FORFEITED = "DEPOSIT_FORFEITED"
    CLOSED_REFUNDED = "CLOSED_REFUNDED"


class IncomingRefundStatus(StrEnum):
    """Where a refund of one line stands on its platform."""

    NONE = "NONE"
    REQUESTED = "REQUESTED"
    SUCCEEDED = "SUCCEEDED"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingLine:
    """One sub-order: `line_amount` is what the buyer pays for it after every discount apportioned to it.

    What the platform sold before it is there is `presale`, with the day it is to leave on if the platform says so.
    """

    external_number: str
    external_item: str | None
    external_sku: str | None
    seller_code: str | None
    barcode: str | None
    title: str
    specification: str | None
    quantity: Quantity
    list_amount: Money
    line_amount: Money
    refund: IncomingRefundStatus = IncomingRefundStatus.NONE
    presale: bool = False
    ships_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingReceiver:
    """Who gets the parcel; personal data may be masked by the platform, `address_token` (oaid) stands for it."""

    name: str
    phone: str | None
    province: str | None
    city: str | None
    district: str | None
    town: str | None
    detail: str
    postal_code: str | None = None
    address_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingOrder:
    """One trade as the platform tells it, at `modified_at`; `raw` is the payload as received.

    `external_warehouse` is the code of the warehouse the platform wants it sent from.
    An empty `buyer_id` is a buyer the platform does not name: the order has a receiver and no customer.
    """

    external_number: str
    status: IncomingStatus
    placed_at: datetime
    paid_at: datetime | None
    modified_at: datetime
    promised_ship_at: datetime | None
    buyer_id: str
    buyer_name: str | None
    receiver: IncomingReceiver | None
    lines: tuple[IncomingLine, ...]
    currency: str
    freight_amount: Money
    discount_amount: Money
    total_amount: Money
    paid_amount: Money
    buyer_message: str | None
    seller_memo: str | None
    seller_flag: int | None
    cash_on_delivery: bool = False
    prescription_pending: bool = False
    external_warehouse: str | None = None
    raw: dict[str, Any] = field(default_factory=dict)

    def in_audit(self) -> str:
        """Stand in the audit log by number only: the payload is kept beside the trade, with the buyer's data."""
        return ascii(self.external_number)[1:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadableTrade:
    """A payload no rule of the connector understands: kept raw, shown to a person, never dropped."""

    external_number: str
    modified_at: datetime
    problem: str
    raw: dict[str, Any]

    def in_audit(self) -> str:
        """Stand in the audit log by number only."""
        return ascii(self.external_number)[1:-1]
