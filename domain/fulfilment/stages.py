"""The tables of work in a warehouse (仓内作业表): what is released, picked in waves, and put back when it is not to go.

Goods move when they are picked: a pick line says where its goods lay, and what became of each of them.
"""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.inventory import BinId, LotId, WarehouseId
from domain.kernel import Quantity, Table, identifier, optional_reference, primary_key, reference

ReleaseId = NewType("ReleaseId", UUID)
ReleaseLineId = NewType("ReleaseLineId", UUID)
WaveId = NewType("WaveId", UUID)
PickId = NewType("PickId", UUID)
PickLineId = NewType("PickLineId", UUID)
PutBackId = NewType("PutBackId", UUID)

NONE = Quantity(0)


class PickMode(StrEnum):
    """How a wave is picked: order by order (摘果), or all of it at once and then sorted into slots (播种)."""

    BY_ORDER = "BY_ORDER"
    BY_WAVE = "BY_WAVE"


class WaveStatus(StrEnum):
    """How far a wave has come."""

    PLANNED = "PLANNED"
    PICKING = "PICKING"
    PICKED = "PICKED"
    CANCELLED = "CANCELLED"


class ReleaseStage(StrEnum):
    """Where an order stands in its warehouse; the last three are the end of it."""

    WAITING = "WAITING"
    IN_WAVE = "IN_WAVE"
    PICKED = "PICKED"
    PACKED = "PACKED"
    HANDED_OVER = "HANDED_OVER"
    RECALLED = "RECALLED"
    STOPPED = "STOPPED"


class WarehouseRules(Table):
    """How a warehouse works: what it releases by the clock, and how far a parcel's weight may be off."""

    __tablename__ = "warehouse_rules"
    __table_args__ = (
        CheckConstraint("release_after_minutes >= 0", name="delay"),
        CheckConstraint("weight_tolerance_percent BETWEEN 0 AND 100 AND weight_tolerance_grams >= 0", name="tolerance"),
    )

    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", primary=True)
    releases_itself: Mapped[bool] = mapped_column(default=False)
    release_after_minutes: Mapped[int] = mapped_column(default=0)
    weighs: Mapped[bool] = mapped_column(default=False)
    weight_tolerance_percent: Mapped[int] = mapped_column(default=10)
    weight_tolerance_grams: Mapped[int] = mapped_column(default=50)
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class Wave(Table):
    """Orders that are picked on one walk: of one warehouse, each in its slot, from 1."""

    __tablename__ = "waves"
    __table_args__ = (Index("ix_waves_made", "made_at", "id"),)

    id: Mapped[WaveId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'WV' || lpad(nextval('wave_numbers')::text, 9, '0')"), init=False
    )
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    carrier_code: Mapped[str | None] = mapped_column(default=None)
    mode: Mapped[PickMode]
    single: Mapped[bool] = mapped_column(default=False)
    status: Mapped[WaveStatus] = mapped_column(default=WaveStatus.PLANNED)
    picker_id: Mapped[UUID | None] = mapped_column(default=None)
    picker_name: Mapped[str | None] = mapped_column(default=None)
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    picked_at: Mapped[datetime | None] = mapped_column(default=None)


class Release(Table):
    """An order given to its warehouse (下发): who did what to it there and when, until it is handed over or ends."""

    __tablename__ = "releases"
    __table_args__ = (
        Index("uq_releases_open", "order_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_releases_order", "order_id", "id"),
        Index("ix_releases_wave", "wave_id", "slot"),
        Index("ix_releases_released", "released_at", "id"),
        Index(
            "ix_releases_waiting",
            "warehouse_id",
            "released_at",
            "id",
            postgresql_where=text("stage = 'WAITING'"),
        ),
        CheckConstraint("(ended_at IS NOT NULL) = (stage IN ('HANDED_OVER', 'RECALLED', 'STOPPED'))", name="ended"),
        CheckConstraint("(wave_id IS NULL) = (slot IS NULL)", name="slot"),
    )

    told_of: ClassVar[tuple[str, str] | None] = ("Order", "order_id")

    id: Mapped[ReleaseId] = primary_key(default_factory=identifier)
    order_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    stage: Mapped[ReleaseStage] = mapped_column(default=ReleaseStage.WAITING)
    carrier_code: Mapped[str | None] = mapped_column(default=None)
    single: Mapped[bool]
    wave_id: Mapped[WaveId | None] = optional_reference("waves.id", default=None)
    slot: Mapped[int | None] = mapped_column(default=None)
    released_by: Mapped[str]
    released_at: Mapped[datetime]
    picked_by: Mapped[str | None] = mapped_column(default=None)
    picked_at: Mapped[datetime | None] = mapped_column(default=None)
    packed_by: Mapped[str | None] = mapped_column(default=None)
    packed_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_by: Mapped[str | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    end_reason: Mapped[str | None] = mapped_column(default=None)


class ReleaseLine(Table):
    """How much of an order line the warehouse is to send."""

    __tablename__ = "release_lines"
    __table_args__ = (
        UniqueConstraint("release_id", "order_line_id"),
        CheckConstraint("quantity >= 0", name="quantity"),
    )

    id: Mapped[ReleaseLineId] = primary_key(default_factory=identifier)
    release_id: Mapped[ReleaseId] = reference("releases.id")
    order_line_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    position: Mapped[int]
    quantity: Mapped[Quantity]


class PickLine(Table):
    """How much of a released line is to be taken from one place, was taken, has left, and was put back."""

    __tablename__ = "pick_lines"
    __table_args__ = (
        CheckConstraint("picked BETWEEN 0 AND quantity", name="no_more_than_planned"),
        CheckConstraint("least(left_house, to_put_back, put_back) >= 0", name="signs"),
        CheckConstraint("left_house + to_put_back + put_back <= picked", name="no_more_than_picked"),
        Index("ix_pick_lines_wave", "wave_id", "id"),
        Index("ix_pick_lines_release", "release_id"),
        Index("ix_pick_lines_open", "warehouse_id", "variant_id", postgresql_where=text("picked < quantity")),
        Index(
            "ix_pick_lines_staged",
            "warehouse_id",
            "variant_id",
            postgresql_where=text("picked > left_house + put_back"),
        ),
    )

    id: Mapped[PickLineId] = primary_key(default_factory=identifier)
    wave_id: Mapped[WaveId] = reference("waves.id")
    release_id: Mapped[ReleaseId] = reference("releases.id")
    release_line_id: Mapped[ReleaseLineId] = reference("release_lines.id")
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    variant_id: Mapped[UUID]
    bin_id: Mapped[BinId | None] = optional_reference("bins.id", default=None)
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", default=None)
    quantity: Mapped[Quantity]
    picked: Mapped[Quantity] = mapped_column(default=NONE)
    left_house: Mapped[Quantity] = mapped_column(default=NONE)
    to_put_back: Mapped[Quantity] = mapped_column(default=NONE)
    put_back: Mapped[Quantity] = mapped_column(default=NONE)


class Pick(Table):
    """One confirmation of what was taken on a walk; it is the document of its movements between bins."""

    __tablename__ = "picks"

    id: Mapped[PickId] = primary_key(default_factory=identifier)
    wave_id: Mapped[WaveId] = reference("waves.id", index=True)
    picked_by: Mapped[str]
    picked_at: Mapped[datetime]


class PutBack(Table):
    """Goods that were picked and are not to go: to be carried back to a bin, and who did it (返架)."""

    __tablename__ = "put_backs"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="something"),
        Index("ix_put_backs_open", "asked_at", "id", postgresql_where=text("done_at IS NULL")),
        Index("ix_put_backs_asked", "asked_at", "id"),
        Index("ix_put_backs_release", "release_id"),
    )

    id: Mapped[PutBackId] = primary_key(default_factory=identifier)
    pick_line_id: Mapped[PickLineId] = reference("pick_lines.id", index=True)
    release_id: Mapped[ReleaseId] = reference("releases.id")
    order_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    variant_id: Mapped[UUID]
    lot_id: Mapped[LotId | None] = optional_reference("lots.id", default=None)
    from_bin_id: Mapped[BinId | None] = optional_reference("bins.id", default=None)
    quantity: Mapped[Quantity]
    reason: Mapped[str]
    asked_at: Mapped[datetime]
    done_by: Mapped[str | None] = mapped_column(default=None)
    done_at: Mapped[datetime | None] = mapped_column(default=None)
    bin_id: Mapped[BinId | None] = optional_reference("bins.id", default=None)
