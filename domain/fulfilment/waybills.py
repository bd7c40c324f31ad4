"""The tables of electronic waybills (电子面单表): whose account gives numbers, and every number that was asked for."""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.fulfilment.packages import PackageId
from domain.inventory import WarehouseId
from domain.kernel import Table, identifier, primary_key, reference

WaybillId = NewType("WaybillId", UUID)


class WaybillStatus(StrEnum):
    """What became of a number that was asked for."""

    WANTED = "WANTED"
    ISSUED = "ISSUED"
    FAILED = "FAILED"
    CONFIRMED = "CONFIRMED"
    TO_GIVE_BACK = "TO_GIVE_BACK"
    GIVEN_BACK = "GIVEN_BACK"


class WaybillAccount(Table):
    """Through which shop a warehouse gets the numbers of a carrier, and who stands on them as the sender."""

    __tablename__ = "waybill_accounts"
    __table_args__ = (PrimaryKeyConstraint("warehouse_id", "carrier_code"),)

    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    carrier_code: Mapped[str]
    channel_id: Mapped[UUID]
    active: Mapped[bool] = mapped_column(default=True)
    template_url: Mapped[str]
    sender_name: Mapped[str]
    sender_phone: Mapped[str]
    province: Mapped[str]
    city: Mapped[str | None] = mapped_column(default=None)
    district: Mapped[str | None] = mapped_column(default=None)
    detail: Mapped[str]
    set_by: Mapped[str]
    set_at: Mapped[datetime]


class Waybill(Table):
    """A number asked of a carrier for a package. Its id is the carrier's object id: asking again gives the same one."""

    __tablename__ = "waybills"
    __table_args__ = (
        Index(
            "uq_waybills_package",
            "package_id",
            unique=True,
            postgresql_where=text("status IN ('WANTED', 'ISSUED', 'CONFIRMED')"),
        ),
        Index("ix_waybills_package", "package_id", "id"),
        CheckConstraint("number IS NOT NULL OR status NOT IN ('ISSUED', 'CONFIRMED')", name="number"),
    )

    id: Mapped[WaybillId] = primary_key(default_factory=identifier)
    package_id: Mapped[PackageId] = reference("packages.id")
    order_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    carrier_code: Mapped[str]
    account_channel_id: Mapped[UUID]
    status: Mapped[WaybillStatus] = mapped_column(default=WaybillStatus.WANTED)
    number: Mapped[str | None] = mapped_column(default=None)
    print_data: Mapped[str | None] = mapped_column(default=None)
    problem: Mapped[str | None] = mapped_column(default=None)
    wanted_by: Mapped[str]
    wanted_at: Mapped[datetime]
    asked_at: Mapped[datetime | None] = mapped_column(default=None)
    issued_at: Mapped[datetime | None] = mapped_column(default=None)
    ended_at: Mapped[datetime | None] = mapped_column(default=None)
