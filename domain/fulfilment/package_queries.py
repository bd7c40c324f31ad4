"""Readers of packages and manifests (打包查询): many keys in, many rows out, within channels and warehouses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain.fulfilment.packages import Manifest, Package, PackageLine, PackageStatus
from domain.fulfilment.waybills import Waybill
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page, visible

PACKAGES = constant(select(*Package.__table__.columns))
MANIFESTS = constant(select(*Manifest.__table__.columns))
CHANNEL, PLACE = Package.channel_id, Package.warehouse_id
PARSERS = (datetime.fromisoformat, UUID)

packages_by_id = Reading(PACKAGES, Package.id, channel=CHANNEL, warehouse=PLACE)
# The packages of releases, the first one first.
packages_of_releases = Reading(
    PACKAGES.order_by(Package.release_id, Package.id), Package.release_id, many=True, channel=CHANNEL, warehouse=PLACE
)
packages_of_shipments = Reading(PACKAGES, Package.shipment_id, channel=CHANNEL, warehouse=PLACE)
# What a courier takes along, in the order of packing.
packages_of_manifests = Reading(
    PACKAGES.order_by(Package.manifest_id, Package.id), Package.manifest_id, many=True, channel=CHANNEL, warehouse=PLACE
)
# What is in each package, in the order of the lines.
lines_of_packages = Reading(
    select(*PackageLine.__table__.columns)
    .join(Package, Package.id == PackageLine.package_id)
    .order_by(PackageLine.package_id, PackageLine.position),
    PackageLine.package_id,
    many=True,
    channel=CHANNEL,
    warehouse=PLACE,
)
# The numbers asked for a package, the first one first.
waybills_of_packages = Reading(
    select(*Waybill.__table__.columns).order_by(Waybill.package_id, Waybill.id),
    Waybill.package_id,
    many=True,
    channel=Waybill.channel_id,
    warehouse=Waybill.warehouse_id,
)
manifests_by_id = Reading(MANIFESTS, Manifest.id, warehouse=Manifest.warehouse_id)

PACKAGES_LAST = Ordering(
    "packages.checked", (Package.checked_at, Package.id), ("checked_at", "id"), PARSERS, descending=True
)
MANIFESTS_LAST = Ordering(
    "manifests.opened", (Manifest.opened_at, Manifest.id), ("opened_at", "id"), PARSERS, descending=True
)


@dataclass(frozen=True, kw_only=True)
class PackageFilter:
    """Which packages; what is None does not matter."""

    statuses: Sequence[PackageStatus] | None = None
    warehouses: Sequence[UUID] | None = None
    order_ids: Sequence[UUID] | None = None
    carrier_codes: Sequence[str] | None = None
    waybills: Sequence[str] | None = None

    def conditions(self) -> list[Any]:
        """Turn the filter into conditions."""
        given = (
            (Package.status, self.statuses),
            (Package.warehouse_id, self.warehouses),
            (Package.order_id, self.order_ids),
            (Package.carrier_code, self.carrier_codes),
            (Package.waybill, self.waybills),
        )
        return [column.in_(values) for column, values in given if values is not None]


async def packages_page(read: Read, where: PackageFilter, request: PageRequest) -> Page:
    """Read a page of packages, the last begun first."""
    statement = visible(PACKAGES, read.actor, channel=CHANNEL, warehouse=PLACE).where(*where.conditions())
    return await page(read, statement, PACKAGES_LAST, request)


async def manifests_page(
    read: Read, warehouses: Sequence[UUID] | None, request: PageRequest, *, closed: bool | None = None
) -> Page:
    """Read a page of manifests, the last opened first."""
    statement = visible(MANIFESTS, read.actor, warehouse=Manifest.warehouse_id)
    if warehouses is not None:
        statement = statement.where(Manifest.warehouse_id.in_(warehouses))
    if closed is not None:
        statement = statement.where(Manifest.closed_at.is_not(None) if closed else Manifest.closed_at.is_(None))
    return await page(read, statement, MANIFESTS_LAST, request)
