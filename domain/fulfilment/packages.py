"""The tables of packing (打包表): packages as they are filled, weighed and listed, and manifests (交接单)."""

from datetime import datetime
from enum import StrEnum
from typing import ClassVar, NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.fulfilment.models import ShipmentId
from domain.fulfilment.stages import ReleaseId, ReleaseLineId
from domain.inventory import WarehouseId
from domain.kernel import Money, Quantity, Table, identifier, optional_reference, primary_key, reference

PackageId = NewType("PackageId", UUID)
ManifestId = NewType("ManifestId", UUID)


class PackageStatus(StrEnum):
    """How far a package has come; a cancelled one was unpacked again."""

    OPEN = "OPEN"
    SEALED = "SEALED"
    HANDED_OVER = "HANDED_OVER"
    CANCELLED = "CANCELLED"


class Manifest(Table):
    """The packages one courier takes along from one warehouse; closed when they are handed over."""

    __tablename__ = "manifests"
    __table_args__ = (Index("ix_manifests_opened", "opened_at", "id"),)

    id: Mapped[ManifestId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'MF' || lpad(nextval('manifest_numbers')::text, 9, '0')"), init=False
    )
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    carrier_code: Mapped[str]
    opened_by: Mapped[str]
    opened_at: Mapped[datetime]
    closed_by: Mapped[str | None] = mapped_column(default=None)
    closed_at: Mapped[datetime | None] = mapped_column(default=None)


class Package(Table):
    """What is packed together of one order: who checked, sealed, weighed and handed it over, and when."""

    __tablename__ = "packages"
    __table_args__ = (
        Index("uq_packages_open", "release_id", unique=True, postgresql_where=text("status = 'OPEN'")),
        Index(
            "uq_packages_waybill",
            "carrier_code",
            "waybill",
            unique=True,
            postgresql_where=text("waybill IS NOT NULL AND status <> 'CANCELLED'"),
        ),
        Index("ix_packages_release", "release_id", "id"),
        Index("ix_packages_order", "order_id", "id"),
        Index("ix_packages_manifest", "manifest_id", "id"),
        Index("ix_packages_shipment", "shipment_id", unique=True, postgresql_where=text("shipment_id IS NOT NULL")),
        Index("ix_packages_checked", "checked_at", "id"),
        CheckConstraint("(status = 'HANDED_OVER') = (shipment_id IS NOT NULL)", name="handed_over"),
        CheckConstraint("waybill IS NULL OR carrier_code IS NOT NULL", name="waybill_of_a_carrier"),
    )

    told_of: ClassVar[tuple[str, str] | None] = ("Order", "order_id")

    id: Mapped[PackageId] = primary_key(default_factory=identifier)
    number: Mapped[str] = mapped_column(
        unique=True, server_default=text("'PG' || lpad(nextval('package_numbers')::text, 9, '0')"), init=False
    )
    release_id: Mapped[ReleaseId] = reference("releases.id")
    order_id: Mapped[UUID]
    channel_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id", index=True)
    status: Mapped[PackageStatus] = mapped_column(default=PackageStatus.OPEN)
    carrier_code: Mapped[str | None] = mapped_column(default=None)
    waybill: Mapped[str | None] = mapped_column(default=None)
    expected_grams: Mapped[int | None] = mapped_column(default=None)
    grams: Mapped[int | None] = mapped_column(default=None)
    freight_amount: Mapped[Money | None] = mapped_column(default=None)
    checked_by_id: Mapped[UUID | None] = mapped_column(default=None)
    checked_by: Mapped[str]
    checked_at: Mapped[datetime]
    sealed_by: Mapped[str | None] = mapped_column(default=None)
    sealed_at: Mapped[datetime | None] = mapped_column(default=None)
    weighed_by: Mapped[str | None] = mapped_column(default=None)
    weighed_at: Mapped[datetime | None] = mapped_column(default=None)
    manifest_id: Mapped[ManifestId | None] = optional_reference("manifests.id", default=None)
    listed_by: Mapped[str | None] = mapped_column(default=None)
    listed_at: Mapped[datetime | None] = mapped_column(default=None)
    shipment_id: Mapped[ShipmentId | None] = optional_reference("shipments.id", default=None)
    cancelled_by: Mapped[str | None] = mapped_column(default=None)
    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)


class PackageLine(Table):
    """How much of a released line was scanned into a package."""

    __tablename__ = "package_lines"
    __table_args__ = (
        PrimaryKeyConstraint("package_id", "release_line_id"),
        CheckConstraint("quantity > 0", name="something"),
        Index("ix_package_lines_release_line", "release_line_id"),
    )

    package_id: Mapped[PackageId] = reference("packages.id")
    release_line_id: Mapped[ReleaseLineId] = reference("release_lines.id")
    order_line_id: Mapped[UUID]
    variant_id: Mapped[UUID]
    position: Mapped[int]
    quantity: Mapped[Quantity]
