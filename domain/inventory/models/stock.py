"""What is there, promised and worth (库存、占用与成本): balances as they stand, each the sum of its ledger rows.

Quantities are in the variant's own unit, cost in the company's currency. Negative stock is impossible by constraint,
but for what somebody took by a right, with a reason: the item says how much that is, and nothing of it is promised.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory.models.places import BinId, WarehouseId
from domain.kernel import Money, Quantity, Table, identifier, optional_reference, primary_key, reference

LotId = NewType("LotId", UUID)
StockItemId = NewType("StockItemId", UUID)
BalanceId = NewType("BalanceId", UUID)


class LotStatus(StrEnum):
    """Whether what is of a lot may be sold: frozen until it is released, recalled from where it went."""

    GOOD = "GOOD"
    FROZEN = "FROZEN"
    RECALLED = "RECALLED"


class Lot(Table):
    """A batch (批号) of a variant with its expiry date, and whether it may be sold: by its status, and by the day.

    It is sold until a day that lies some days before its expiry; when that is over, its sale has ended. One that was
    made of a lot that was frozen or recalled was stopped with that one, and is released with it.
    """

    __tablename__ = "lots"
    __table_args__ = (
        UniqueConstraint("variant_id", "code"),
        CheckConstraint("sold_until <= expires_on", name="sold_before_it_expires"),
        Index("ix_lots_expires", "expires_on", "id"),
        Index("ix_lots_sold_until", "sold_until", postgresql_where=text("NOT sale_ended")),
        Index("ix_lots_stopped_with", "stopped_with_id", postgresql_where=text("stopped_with_id IS NOT NULL")),
        CheckConstraint("stopped_with_id IS NULL OR status <> 'GOOD'", name="good_is_not_stopped"),
    )

    id: Mapped[LotId] = primary_key(default_factory=identifier)
    variant_id: Mapped[UUID]
    code: Mapped[str]
    produced_on: Mapped[date | None] = mapped_column(default=None)
    expires_on: Mapped[date | None] = mapped_column(default=None)
    status: Mapped[LotStatus] = mapped_column(default=LotStatus.GOOD, server_default=LotStatus.GOOD)
    status_reason: Mapped[str | None] = mapped_column(default=None)
    status_since: Mapped[datetime | None] = mapped_column(default=None)
    sold_until: Mapped[date | None] = mapped_column(default=None)
    sold_until_since: Mapped[datetime | None] = mapped_column(default=None)
    sale_ended: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    stopped_with_id: Mapped[LotId | None] = optional_reference("lots.id", default=None)


class StockItem(Table):
    """A variant in a warehouse: what is there, what of it is claimed, by class, held for transfers, or not to be sold.

    Available is what is left. It is negative when a lot was frozen that was promised already. Of a hot variant, split
    into buckets, the room in them counts as claimed here: whoever holds this row may not promise it again.

    `preorder` is promised before it is there, up to `preorder_limit` of what is expected on a day.
    """

    __tablename__ = "stock_items"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "warehouse_id"),
        CheckConstraint("on_hand + overdrawn >= 0 AND overdrawn >= 0", name="not_negative"),
        CheckConstraint("unpaid >= 0 AND to_review >= 0 AND to_ship >= 0 AND preorder >= 0", name="claims"),
        CheckConstraint("preorder <= preorder_limit", name="preorders"),
        CheckConstraint("blocked >= 0 AND blocked <= on_hand + overdrawn", name="blocked"),
        CheckConstraint("unpaid + to_review + to_ship + held <= greatest(on_hand, 0)", name="not_oversold"),
        CheckConstraint("buckets >= 0", name="buckets"),
        CheckConstraint("held >= 0 AND in_transit >= 0", name="transfers"),
        Index("ix_stock_items_warehouse", "warehouse_id", "variant_id"),
    )

    id: Mapped[StockItemId] = mapped_column(Uuid, unique=True, default_factory=identifier)
    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    on_hand: Mapped[Quantity]
    unpaid: Mapped[Quantity]
    to_review: Mapped[Quantity]
    to_ship: Mapped[Quantity]
    preorder: Mapped[Quantity]
    blocked: Mapped[Quantity] = mapped_column(default=Quantity(0), server_default="0")
    held: Mapped[Quantity] = mapped_column(default=Quantity(0), server_default="0")
    in_transit: Mapped[Quantity] = mapped_column(default=Quantity(0), server_default="0")
    overdrawn: Mapped[Quantity] = mapped_column(default=Quantity(0), server_default="0")
    safety: Mapped[Quantity | None] = mapped_column(default=None)
    maximum: Mapped[Quantity | None] = mapped_column(default=None)
    buckets: Mapped[int] = mapped_column(default=0, server_default="0")
    preorder_limit: Mapped[Quantity | None] = mapped_column(default=None)
    expected_on: Mapped[date | None] = mapped_column(default=None)


class StockBalance(Table):
    """What of a variant is in a warehouse, by lot and bin: the sum of its ledger rows. No bin is not yet put away.

    `moved_at` is when something was last put there or taken away.
    """

    __tablename__ = "stock_balances"
    __table_args__ = (
        CheckConstraint("on_hand >= 0 OR lot_id IS NULL AND bin_id IS NULL", name="not_negative"),
        Index(
            "uq_stock_balances_key",
            "variant_id",
            "warehouse_id",
            "lot_id",
            "bin_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_stock_balances_warehouse", "warehouse_id", "id"),
    )

    id: Mapped[BalanceId] = primary_key(default_factory=identifier)
    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", index=True, default=None)
    bin_id: Mapped[BinId | None] = optional_reference("bins.id", index=True, default=None)
    on_hand: Mapped[Quantity]
    moved_at: Mapped[datetime]


class StockCost(Table):
    """What the stock of a variant in one cost scope is worth; the average is value by quantity.

    A scope is a warehouse, or the company (`COMPANY`); then only places that are not valued are still scopes.
    """

    __tablename__ = "stock_costs"
    __table_args__ = (
        PrimaryKeyConstraint("variant_id", "scope_id"),
        CheckConstraint(
            "(quantity <> 0 OR value = 0) AND (quantity >= 0 OR value <= 0)", name="nothing_is_worth_nothing"
        ),
    )

    variant_id: Mapped[UUID]
    scope_id: Mapped[UUID]
    quantity: Mapped[Quantity]
    value: Mapped[Money]


class StockCount(Table):
    """Until when what was there of a variant in a warehouse is settled by a posted count (盘点), and by which."""

    __tablename__ = "stock_counts"
    __table_args__ = (PrimaryKeyConstraint("variant_id", "warehouse_id"),)

    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    counted_at: Mapped[datetime]
    stocktake: Mapped[str]
