"""Places (仓库与库位): warehouses of every kind, their zones and bins, and the five places outside the shelves.

Every movement goes from one place to another. Suppliers, buyers and loss are places too: stock there is not counted,
but the ledger names them as the other side.
"""

from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

from sqlalchemy import CheckConstraint, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Quantity, Table, identifier, optional_reference, primary_key, reference

WarehouseId = NewType("WarehouseId", UUID)
ZoneId = NewType("ZoneId", UUID)
BinId = NewType("BinId", UUID)


class WarehouseKind(StrEnum):
    """What a warehouse is for (CDC central, RDC regional); the last five are opened by the house, one of each."""

    CDC = "CDC"
    RDC = "RDC"
    STORE = "STORE"
    DEFECTIVE = "DEFECTIVE"
    RETURNS = "RETURNS"
    IN_TRANSIT = "IN_TRANSIT"
    SUPPLIER = "SUPPLIER"
    CUSTOMER = "CUSTOMER"
    LOSS = "LOSS"
    WORKSHOP = "WORKSHOP"


OF_THE_HOUSE = frozenset(
    {
        WarehouseKind.IN_TRANSIT,
        WarehouseKind.SUPPLIER,
        WarehouseKind.CUSTOMER,
        WarehouseKind.LOSS,
        WarehouseKind.WORKSHOP,
    }
)
"""Kinds of which there is exactly one place, made by the migration: nobody receives into it or counts it."""

IN_TRANSIT = WarehouseId(UUID("00000000-0000-7000-8000-000000000001"))
SUPPLIERS = WarehouseId(UUID("00000000-0000-7000-8000-000000000002"))
CUSTOMERS = WarehouseId(UUID("00000000-0000-7000-8000-000000000003"))
LOSSES = WarehouseId(UUID("00000000-0000-7000-8000-000000000004"))
WORKSHOP = WarehouseId(UUID("00000000-0000-7000-8000-000000000005"))


class Warehouse(Table):
    """A place with stock; only a sellable one is promised to buyers. Region codes are GB/T 2260.

    What lies in a place that is not valued (samples, goods of others) is counted and worth nothing. The warehouse that
    supplies it is the one it is replenished from.
    """

    __tablename__ = "warehouses"

    id: Mapped[WarehouseId] = primary_key(default_factory=identifier)
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[WarehouseKind]
    sellable: Mapped[bool] = mapped_column(default=True)
    valued: Mapped[bool] = mapped_column(default=True)
    province: Mapped[str | None] = mapped_column(default=None)
    areas: Mapped[list[str]] = mapped_column(default_factory=list)
    active: Mapped[bool] = mapped_column(default=True)
    run_by_partner: Mapped[bool] = mapped_column(default=False, server_default="false")
    supplied_by_id: Mapped[WarehouseId | None] = optional_reference("warehouses.id", index=True, default=None)
    created_at: Mapped[datetime]


class DesignatedWarehouse(Table):
    """A warehouse that goods are sent from whatever the shop says (指定仓); of several, the best serves the order."""

    __tablename__ = "designated_warehouses"
    __table_args__ = (PrimaryKeyConstraint("variant_id", "warehouse_id"),)

    variant_id: Mapped[UUID]
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")


class Zone(Table):
    """A part of a warehouse (库区), walked through in its order."""

    __tablename__ = "zones"
    __table_args__ = (UniqueConstraint("warehouse_id", "code"),)

    id: Mapped[ZoneId] = primary_key(default_factory=identifier)
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    code: Mapped[str]
    name: Mapped[str]
    walking_order: Mapped[int]
    created_at: Mapped[datetime]


class Bin(Table):
    """A shelf place (库位) in a zone: walked to in its order, holding so much at most, or one variant only.

    Of each warehouse one is the house's own, for staging: what was picked lies there until it leaves or is put back.
    """

    __tablename__ = "bins"
    __table_args__ = (
        UniqueConstraint("warehouse_id", "code"),
        CheckConstraint("capacity > 0", name="holds_something"),
    )

    id: Mapped[BinId] = primary_key(default_factory=identifier)
    zone_id: Mapped[ZoneId] = reference("zones.id", index=True)
    warehouse_id: Mapped[WarehouseId] = reference("warehouses.id")
    code: Mapped[str]
    walking_order: Mapped[int]
    capacity: Mapped[Quantity | None] = mapped_column(default=None)
    one_sku: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    staging: Mapped[bool] = mapped_column(default=False, server_default="false")
