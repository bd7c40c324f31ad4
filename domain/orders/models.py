"""Orders (订单): heads, lines, the reasons why they wait, and every trade from outside as it was received.

Amounts are in the order's currency: total = goods − discount + freight, and the lines' amounts add up to
goods − discount to the cent.
"""

import functools
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, Uuid, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Money, Quantity, Table, UnitPrice, identifier, optional_reference, primary_key, reference
from domain.orders.incoming import IncomingRefundStatus
from domain.orders.kinds import OrderKind
from domain.orders.lifecycle import OrderStatus
from domain.orders.splitting_plans import ShipNow

OrderId = NewType("OrderId", UUID)
OrderLineId = NewType("OrderLineId", UUID)
HoldId = NewType("HoldId", UUID)
TradeId = NewType("TradeId", UUID)
CombiningRuleId = NewType("CombiningRuleId", UUID)


def searched(of: str = "") -> str:
    """Write what staff search orders in, a name between spaces; with the brackets that the database writes."""
    place = [f"coalesce({of}{each}, '')" for each in ("province", "city", "district", "town", "address_detail")]
    remarks = ["' '", f"coalesce({of}buyer_message, '')", "' '", f"coalesce({of}seller_memo, '')", "' '"]
    names = ["' '", f"coalesce({of}external_number, '')", "' '", f"coalesce({of}receiver_name, '')", "' '"]
    return functools.reduce(lambda before, part: f"({before} || {part})", [*names, *place, *remarks], f"{of}number")


class OrderSource(StrEnum):
    """How an order came to us."""

    IMPORTED = "IMPORTED"
    PLACED = "PLACED"


class Order(Table):
    """A buyer's order on one channel."""

    __tablename__ = "orders"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_number"),
        CheckConstraint("total_amount = goods_amount - discount_amount + freight_amount", name="total"),
        Index("ix_orders_placed", "placed_at", "id"),
        Index("ix_orders_channel_placed", "channel_id", "placed_at", "id"),
        Index("ix_orders_status_placed", "status", "placed_at", "id"),
        Index("ix_orders_responsible_placed", "responsible_id", "placed_at", "id"),
        Index("ix_orders_customer_placed", "customer_id", "placed_at", "id"),
        Index("ix_orders_warehouse_placed", "warehouse_id", "placed_at", "id"),
        Index("ix_orders_updated", "updated_at", "id"),
        Index("ix_orders_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index("ix_orders_split_from", "split_from_id", postgresql_where=text("split_from_id IS NOT NULL")),
        Index("ix_orders_kind_placed", "kind", "placed_at", "id", postgresql_where=text("kind <> 'NORMAL'")),
        Index(
            "ix_orders_balance_due",
            "balance_due_at",
            "id",
            postgresql_where=text("status = 'AWAITING_PAYMENT' AND balance_due_at IS NOT NULL"),
        ),
        Index("ix_orders_original", "original_id", postgresql_where=text("original_id IS NOT NULL")),
        CheckConstraint("(kind IN ('RESEND', 'EXCHANGE')) = (original_id IS NOT NULL)", name="original"),
        CheckConstraint("kind = 'DEPOSIT' OR deposit_amount IS NULL", name="deposit"),
        CheckConstraint("kind <> 'RESEND' OR (goods_amount = 0 AND freight_amount = 0)", name="resent_for_nothing"),
        Index("ix_orders_phone", "receiver_phone", postgresql_where=text("receiver_phone IS NOT NULL")),
        Index("ix_orders_phone_end", text("right(receiver_phone, 4)")),
        Index("ix_orders_shipped", "shipped_at", "id", postgresql_where=text("shipped_at IS NOT NULL")),
        Index(
            "ix_orders_searched",
            literal_column(searched()).label("searched"),
            postgresql_using="gin",
            postgresql_ops={"searched": "gin_trgm_ops"},
        ),
        Index(
            "ix_orders_numbers",
            "number",
            "external_number",
            postgresql_using="gin",
            postgresql_ops={"number": "gin_trgm_ops", "external_number": "gin_trgm_ops"},
        ),
        Index(
            "ix_orders_waiting",
            "paid_at",
            postgresql_where=text(
                "status IN ('UNREVIEWED', 'AWAITING_FINANCE', 'REVIEWED', 'RELEASED', 'PICKED', 'PACKED')"
            ),
        ),
    )

    told_of: ClassVar[tuple[str, str] | None] = ("Order", "id")

    id: Mapped[OrderId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True,
        server_default=text(
            "'SO' || to_char(now() AT TIME ZONE 'Asia/Shanghai', 'YYMMDD')"
            " || lpad(nextval('order_numbers')::text, 8, '0')"
        ),
        init=False,
    )
    channel_id: Mapped[UUID]
    external_number: Mapped[str | None] = mapped_column(default=None)
    source: Mapped[OrderSource]
    status: Mapped[OrderStatus]
    kind: Mapped[OrderKind] = mapped_column(default=OrderKind.NORMAL, server_default=OrderKind.NORMAL)
    kind_reason: Mapped[str | None] = mapped_column(default=None)
    original_id: Mapped[OrderId | None] = optional_reference("orders.id", default=None)
    placed_at: Mapped[datetime]
    paid_at: Mapped[datetime | None] = mapped_column(default=None)
    promised_ship_at: Mapped[datetime | None] = mapped_column(default=None)
    modified_at: Mapped[datetime]
    customer_id: Mapped[UUID | None] = mapped_column(default=None)
    receiver_name: Mapped[str | None] = mapped_column(default=None)
    receiver_phone: Mapped[str | None] = mapped_column(default=None)
    province: Mapped[str | None] = mapped_column(default=None)
    city: Mapped[str | None] = mapped_column(default=None)
    district: Mapped[str | None] = mapped_column(default=None)
    town: Mapped[str | None] = mapped_column(default=None)
    address_detail: Mapped[str | None] = mapped_column(default=None)
    postal_code: Mapped[str | None] = mapped_column(default=None)
    address_token: Mapped[str | None] = mapped_column(default=None)
    buyer_message: Mapped[str | None] = mapped_column(default=None)
    seller_memo: Mapped[str | None] = mapped_column(default=None)
    seller_flag: Mapped[int | None] = mapped_column(default=None)
    cash_on_delivery: Mapped[bool] = mapped_column(default=False)
    on_account: Mapped[bool] = mapped_column(server_default="false", default=False)
    currency: Mapped[str]
    goods_amount: Mapped[Money]
    discount_amount: Mapped[Money]
    freight_amount: Mapped[Money]
    total_amount: Mapped[Money]
    paid_amount: Mapped[Money]
    deposit_amount: Mapped[Money | None] = mapped_column(default=None)
    deposit_paid_at: Mapped[datetime | None] = mapped_column(default=None)
    balance_due_at: Mapped[datetime | None] = mapped_column(default=None)
    forfeited_at: Mapped[datetime | None] = mapped_column(default=None)
    warehouse_id: Mapped[UUID | None] = mapped_column(default=None)
    external_warehouse: Mapped[str | None] = mapped_column(default=None)
    carrier_code: Mapped[str | None] = mapped_column(default=None)
    carrier_set_by: Mapped[str | None] = mapped_column(default=None)
    responsible_id: Mapped[UUID | None] = mapped_column(default=None)
    responsible_name: Mapped[str | None] = mapped_column(default=None)
    taken_at: Mapped[datetime | None] = mapped_column(default=None)
    reviewed_by: Mapped[str | None] = mapped_column(default=None)
    reviewed_at: Mapped[datetime | None] = mapped_column(default=None)
    finance_reviewed_by: Mapped[str | None] = mapped_column(default=None)
    finance_reviewed_at: Mapped[datetime | None] = mapped_column(default=None)
    shipped_at: Mapped[datetime | None] = mapped_column(default=None)
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)
    cancel_reason: Mapped[str | None] = mapped_column(default=None)
    # What the platform says of the fields that a person changed here: while it says so still, it undoes no change.
    kept: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"), default_factory=dict)
    sent_back_at: Mapped[datetime | None] = mapped_column(default=None)
    merged_into_id: Mapped[OrderId | None] = optional_reference("orders.id", default=None)
    split_from_id: Mapped[OrderId | None] = optional_reference("orders.id", default=None)
    version: Mapped[int] = mapped_column(default=1)
    # The version at which it last changed what stands on its papers: what was printed before is out of date.
    content_version: Mapped[int] = mapped_column(server_default="1", default=1)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class OrderLine(Table):
    """One article of an order; `line_amount` is what the buyer pays for it. No variant means it is not matched yet.

    A line that came by merging or splitting knows the order whose trade names it, and the line it is a part of. The
    components of a virtual bundle are lines of their own: each knows the bundle, how many of it were ordered, and the
    line which the bundle was; together they have that line's number and amounts.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        # Trades of different orders may number their lines alike.
        Index(
            "uq_order_lines_external_number",
            "order_id",
            text("coalesce(origin_order_id, order_id)"),
            "external_number",
            "bundle_part",
            unique=True,
        ),
        Index("ix_order_lines_bundle", "bundle_id", "order_id", postgresql_where=text("bundle_id IS NOT NULL")),
        Index("ix_order_lines_bundle_line", "bundle_line_id", postgresql_where=text("bundle_line_id IS NOT NULL")),
        CheckConstraint(
            "num_nulls(bundle_line_id, bundle_id, bundle_quantity, bundle_title)"
            " = CASE bundle_part WHEN 0 THEN 4 ELSE 0 END",
            name="bundle",
        ),
        Index("ix_order_lines_origin", "origin_order_id", postgresql_where=text("origin_order_id IS NOT NULL")),
        CheckConstraint(
            "shipped_quantity >= 0 AND cancelled_quantity >= 0"
            " AND shipped_quantity + cancelled_quantity <= greatest(quantity, 0)",
            name="quantities",
        ),
        Index("ix_order_lines_original", "original_line_id", postgresql_where=text("original_line_id IS NOT NULL")),
        Index("ix_order_lines_variant", "variant_id", "order_id"),
        Index("ix_order_lines_gift", "order_id", postgresql_where=text("gift_rule_id IS NOT NULL")),
        Index("ix_order_lines_unmatched", "seller_code", postgresql_where=text("variant_id IS NULL")),
        Index("ix_order_lines_unmatched_barcode", "barcode", postgresql_where=text("variant_id IS NULL")),
    )

    told_of: ClassVar[tuple[str, str] | None] = ("Order", "order_id")

    id: Mapped[OrderLineId] = primary_key(default_factory=identifier)
    order_id: Mapped[OrderId] = reference("orders.id")
    position: Mapped[int]
    external_number: Mapped[str | None] = mapped_column(default=None)
    external_item: Mapped[str | None] = mapped_column(default=None)
    external_sku: Mapped[str | None] = mapped_column(default=None)
    seller_code: Mapped[str | None] = mapped_column(default=None)
    barcode: Mapped[str | None] = mapped_column(default=None)
    variant_id: Mapped[UUID | None] = mapped_column(default=None)
    title: Mapped[str]
    specification: Mapped[str | None] = mapped_column(default=None)
    quantity: Mapped[Quantity]
    unit_price: Mapped[UnitPrice]
    list_amount: Mapped[Money]
    line_amount: Mapped[Money]
    shipped_quantity: Mapped[Quantity]
    cancelled_quantity: Mapped[Quantity]
    returned_quantity: Mapped[Quantity] = mapped_column(server_default="0", default=Quantity(0))
    refund: Mapped[IncomingRefundStatus] = mapped_column(default=IncomingRefundStatus.NONE)
    gift_rule_id: Mapped[UUID | None] = mapped_column(default=None)
    origin_order_id: Mapped[OrderId | None] = mapped_column(Uuid, default=None)
    split_from_line_id: Mapped[OrderLineId | None] = mapped_column(Uuid, default=None)
    bundle_line_id: Mapped[OrderLineId | None] = mapped_column(Uuid, default=None)
    bundle_id: Mapped[UUID | None] = mapped_column(default=None)
    bundle_quantity: Mapped[Quantity | None] = mapped_column(default=None)
    bundle_title: Mapped[str | None] = mapped_column(default=None)
    bundle_part: Mapped[int] = mapped_column(server_default="0", default=0)
    ships_on: Mapped[date | None] = mapped_column(default=None)
    # The shipped line of another order that a resent line is sent again for.
    original_line_id: Mapped[OrderLineId | None] = mapped_column(Uuid, default=None)


class HoldReason(StrEnum):
    """Why an order waits; beside the state, and a set."""

    UNMATCHED_GOODS = "UNMATCHED_GOODS"
    SHORTAGE = "SHORTAGE"
    ADDRESS_INCOMPLETE = "ADDRESS_INCOMPLETE"
    ADDRESS_UNREACHABLE = "ADDRESS_UNREACHABLE"
    BLACKLISTED = "BLACKLISTED"
    BUNDLE_INCOMPLETE = "BUNDLE_INCOMPLETE"
    PRICE_BELOW_FLOOR = "PRICE_BELOW_FLOOR"
    AMOUNT_UNUSUAL = "AMOUNT_UNUSUAL"
    SAME_BUYER = "SAME_BUYER"
    BUYER_MESSAGE = "BUYER_MESSAGE"
    SELLER_MEMO = "SELLER_MEMO"
    UNMERGED_SIBLINGS = "UNMERGED_SIBLINGS"
    AMOUNT_MISMATCH = "AMOUNT_MISMATCH"
    ODD_QUANTITY = "ODD_QUANTITY"
    REFUND_REQUESTED = "REFUND_REQUESTED"
    CHANGED_ON_PLATFORM = "CHANGED_ON_PLATFORM"
    CANCELLED_ON_PLATFORM = "CANCELLED_ON_PLATFORM"
    PAID_AFTER_CANCELLATION = "PAID_AFTER_CANCELLATION"
    PRESCRIPTION_PENDING = "PRESCRIPTION_PENDING"
    DEPOSIT_UNPAID = "DEPOSIT_UNPAID"
    SHORT_PICKED = "SHORT_PICKED"
    FUNDS_SHORT = "FUNDS_SHORT"
    PART_PAID = "PART_PAID"
    WAYBILL_FAILED = "WAYBILL_FAILED"
    AWAITING_RETURN = "AWAITING_RETURN"
    PAUSED_BY_HAND = "PAUSED_BY_HAND"


class Hold(Table):
    """One reason why an order waits, with its evidence; open until a person (`released_by`) or its cause lets it go."""

    __tablename__ = "order_holds"
    __table_args__ = (
        Index("uq_order_holds_open", "order_id", "reason", unique=True, postgresql_where=text("released_at IS NULL")),
        Index("ix_order_holds_reason", "reason", postgresql_where=text("released_at IS NULL")),
    )

    told_of: ClassVar[tuple[str, str] | None] = ("Order", "order_id")

    id: Mapped[HoldId] = primary_key(default_factory=identifier)
    order_id: Mapped[OrderId] = reference("orders.id", index=True)
    reason: Mapped[HoldReason]
    evidence: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    released_at: Mapped[datetime | None] = mapped_column(default=None)
    released_by: Mapped[str | None] = mapped_column(default=None)


class DecisionKind(StrEnum):
    """What was decided about an order."""

    WAREHOUSE = "WAREHOUSE"
    CARRIER = "CARRIER"
    GIFTS = "GIFTS"


class OrderDecision(Table):
    """What was decided about an order, and which rules were tried with what outcome; the last few of a kind."""

    __tablename__ = "order_decisions"
    __table_args__ = (Index("ix_order_decisions_order", "order_id", "decided_at", "id"),)

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    order_id: Mapped[OrderId] = reference("orders.id")
    kind: Mapped[DecisionKind]
    outcome: Mapped[str]
    tried: Mapped[dict[str, Any]] = mapped_column(JSONB)
    decided_at: Mapped[datetime]
    decided_by: Mapped[str]


class MergeMode(StrEnum):
    """Which orders of one buyer may become one parcel."""

    OFF = "OFF"
    SAME_SHOP = "SAME_SHOP"
    SAME_GROUP = "SAME_GROUP"


class CombiningRule(Table):
    """How orders of a channel are merged and split; a channel without a row merges within the shop, when asked."""

    __tablename__ = "combining_rules"

    id: Mapped[CombiningRuleId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID] = mapped_column(Uuid, unique=True)
    merge_mode: Mapped[MergeMode] = mapped_column(default=MergeMode.SAME_SHOP)
    shop_group: Mapped[str | None] = mapped_column(default=None)
    merges_by_itself: Mapped[bool] = mapped_column(default=False)
    merges_despite_refunds: Mapped[bool] = mapped_column(default=False)
    splits_by_itself: Mapped[list[str]] = mapped_column(default_factory=list)
    large_from_grams: Mapped[int | None] = mapped_column(default=None)
    preorder_words: Mapped[list[str]] = mapped_column(default_factory=list)
    ship_now: Mapped[ShipNow] = mapped_column(default=ShipNow.IN_STOCK_AND_NO_WORD)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str]


class TradeState(StrEnum):
    """What became of a trade from outside."""

    PENDING = "PENDING"
    IMPORTED = "IMPORTED"
    UNREADABLE = "UNREADABLE"


class Trade(Table):
    """A trade exactly as its platform last sent it, what it became, and what is wrong with it if unreadable."""

    __tablename__ = "trades"
    __table_args__ = (
        UniqueConstraint("channel_id", "external_number"),
        Index("ix_trades_unreadable", "received_at", "id", postgresql_where=text("state = 'UNREADABLE'")),
    )

    id: Mapped[TradeId] = primary_key(default_factory=identifier)
    channel_id: Mapped[UUID]
    external_number: Mapped[str]
    modified_at: Mapped[datetime]
    received_at: Mapped[datetime]
    state: Mapped[TradeState]
    problem: Mapped[str | None] = mapped_column(default=None)
    # A trade is stored before its order, in the same transaction: so that it is locked first, and in one statement.
    order_id: Mapped[OrderId | None] = mapped_column(
        ForeignKey("orders.id", deferrable=True, initially="DEFERRED"), index=True, default=None
    )
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)


class TradeVersion(Table):
    """An earlier version of a trade, kept when a newer one arrived."""

    __tablename__ = "trade_versions"

    id: Mapped[UUID] = primary_key(default_factory=identifier)
    trade_id: Mapped[TradeId] = reference("trades.id", index=True)
    modified_at: Mapped[datetime]
    received_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
