"""What is said between us and the in-house ERP (ERP 对接用语): its changes, our movements, the sales of a day."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from domain.kernel import Money, Quantity, UnitPrice


class ErpChangeKind(StrEnum):
    """What a change of the ERP does to our stock."""

    RECEIPT = "RECEIPT"
    ENTRY = "ENTRY"
    ISSUE = "ISSUE"


class SalesLineKind(StrEnum):
    """Whether goods left to buyers or were paid back."""

    SOLD = "SOLD"
    RETURNED = "RETURNED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedGoods:
    """How much of an article came in or went out by a change."""

    sku: str
    quantity: Quantity
    unit_cost: UnitPrice | None = None
    lot_code: str | None = None
    expires_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingChange:
    """One change of the ERP in our words; its number makes a second telling harmless."""

    change_id: str
    kind: ErpChangeKind
    warehouse: str
    reason: str
    occurred_at: datetime
    lines: tuple[ChangedGoods, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawChange:
    """One change as it came: its number, and its words."""

    change_id: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldMovement:
    """One row of our stock ledger as the ERP is told of it; the cost only if it may know it."""

    number: UUID
    position: int
    kind: str
    warehouse: str
    sku: str
    lot: str | None
    quantity: Quantity
    cost: Money | None
    document: str
    effective_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FedLine:
    """What was sold or paid back of an article on a day in a channel."""

    kind: SalesLineKind
    sku: str
    quantity: Quantity
    amount: Money
    discount: Money
    cost: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedToSend:
    """The sales of a day in a channel under a number of ours; a later sequence adds to the earlier ones."""

    number: str
    day: date
    channel: str
    sequence: int
    currency: str
    content_hash: str
    goods_amount: Money
    discount_amount: Money
    freight_amount: Money
    returned_amount: Money
    lines: tuple[FedLine, ...]
