"""Handover (交接): packages are scanned onto a manifest and leave together; stock leaves, channels are told."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import inventory, orders, shipping
from domain.fulfilment.models import Shipment
from domain.fulfilment.odd_weights import forget_weights
from domain.fulfilment.outdated import refuse_outdated
from domain.fulfilment.packages import Manifest, ManifestId, Package, PackageId, PackageLine, PackageStatus
from domain.fulfilment.packing import package_for_change
from domain.fulfilment.releasing import end
from domain.fulfilment.shipping import Label, PickedPart, WaybillUsed, checked_waybill, send
from domain.fulfilment.stages import NONE, PickLine, Release, ReleaseStage, WarehouseRules
from domain.fulfilment.wanting import give_back
from domain.fulfilment.withdrawing import kept, pick_lines_of
from domain.inventory import WarehouseId
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, WrongState, action, sees_warehouse
from domain.orders import OrderStatus

LISTED_MAX = 200
TO_HAND_OVER = (OrderStatus.PACKED, OrderStatus.PARTLY_SHIPPED)


class NoSuchPackage(Refusal):
    """No sealed package has waybill {waybill}."""

    waybill: str
    chinese = "没有运单号为 {waybill} 的已封包裹"


class NotToBeHandedOver(Refusal):
    """Package {number} cannot go: {problem}."""

    number: str
    problem: str
    chinese = "包裹 {number} 不能交接：{problem}"


@action
async def label_package(work: Work, package_id: PackageId, carrier_code: str, waybill: str) -> Package:
    """Write down which carrier's number is on a package, as somebody read it or typed it."""
    carrier, number = await checked_waybill(work, carrier_code, waybill)
    failed = orders.HoldReason.WAYBILL_FAILED
    statuses = (PackageStatus.OPEN, PackageStatus.SEALED)
    order, _, package = await package_for_change(work, package_id, statuses, despite=failed)
    if package.manifest_id is not None:
        raise NotToBeHandedOver(number=package.number, problem="it is on a manifest").at("input", "packageId")
    await refuse_used(work, package, Label(carrier.code, number))
    await give_back(work, package)
    package.carrier_code, package.waybill = carrier.code, number
    await orders.no_longer_for(work, order, failed)
    await work.session.flush()
    return package


@action
async def open_manifest(work: Work, warehouse_id: WarehouseId, carrier_code: str) -> Manifest:
    """Begin a manifest of what a courier takes along from a warehouse."""
    await inventory.open_place(work, warehouse_id)
    carrier = await shipping.carrier_of_code(work, carrier_code)
    manifest = Manifest(
        warehouse_id=warehouse_id, carrier_code=carrier.code, opened_by=work.actor.name, opened_at=work.now
    )
    work.session.add(manifest)
    await work.session.flush()
    return manifest


@action
async def list_packages(work: Work, manifest_id: ManifestId, waybills: Sequence[str]) -> Manifest:
    """Scan sealed packages onto a manifest, by waybill; one that must not go is refused, and with it all of them."""
    if not 1 <= len(waybills) <= LISTED_MAX:
        raise BadInput(field="waybills", problem=f"must be 1 to {LISTED_MAX}").at("input", "waybills")
    head = await _seen(work, manifest_id)
    wanted = [shipping.tidy(each)[: shipping.WAYBILL_LENGTH_MAX] for each in waybills]
    found = select(Package.id, Package.order_id, Package.waybill).where(
        Package.warehouse_id == head.warehouse_id,
        Package.carrier_code == head.carrier_code,
        Package.waybill.in_(wanted),
        Package.status == PackageStatus.SEALED,
    )
    rows = {row.waybill: row for row in await work.rows(found)}
    for index, waybill in enumerate(wanted):
        if waybill not in rows:
            raise NoSuchPackage(waybill=waybill).at("input", "waybills", str(index))
    found_orders = await orders.orders_to_handle(work, [row.order_id for row in rows.values()], TO_HAND_OVER)
    await refuse_outdated(work, [each.order for each in found_orders])
    manifest = await _held(work, manifest_id)
    packages = await _packages(work, Package.id.in_([row.id for row in rows.values()]))
    for package in packages:
        await _check(work, package, manifest)
        package.manifest_id, package.listed_by, package.listed_at = manifest.id, work.actor.name, work.now
    if len(await _packages(work, Package.manifest_id == manifest.id)) > LISTED_MAX:
        raise BadInput(field="waybills", problem=f"a manifest takes {LISTED_MAX} packages").at("input", "waybills")
    return manifest


@action
async def unlist_package(work: Work, package_id: PackageId) -> Package:
    """Take a package off its manifest again."""
    _, _, package = await package_for_change(work, package_id, (PackageStatus.SEALED,), on_hold=True)
    package.manifest_id = package.listed_by = package.listed_at = None
    return package


@action
async def hand_over_manifest(work: Work, manifest_id: ManifestId) -> Manifest:
    """Hand all packages of a manifest to the courier: their stock leaves, the orders are shipped, channels are told."""
    await _seen(work, manifest_id)
    rows = await work.rows(select(Package.order_id).where(Package.manifest_id == manifest_id))
    if not rows:
        raise BadInput(field="manifestId", problem="has no packages").at("input", "manifestId")
    found = await orders.orders_to_handle(work, [row.order_id for row in rows], TO_HAND_OVER)
    manifest = await _held(work, manifest_id)
    by_order: dict[UUID, orders.Order] = {each.order.id: each.order for each in found}
    packages = await _packages(work, Package.manifest_id == manifest.id)
    if late := [each.order_id for each in packages if each.order_id not in by_order]:
        more = await orders.orders_to_handle(work, late, TO_HAND_OVER)
        by_order |= {each.order.id: each.order for each in more}
    await refuse_outdated(work, list(by_order.values()))
    for package in packages:
        await _hand_over(work, by_order[package.order_id], package)
    await forget_weights(work, packages)
    manifest.closed_by, manifest.closed_at = work.actor.name, work.now
    await work.session.flush()
    return manifest


async def _hand_over(work: Work, order: orders.Order, package: Package) -> None:
    """Let one package leave: what was picked for it goes, by lot, and is gone for good."""
    if package.carrier_code is None or package.waybill is None:
        raise NotToBeHandedOver(number=package.number, problem="it has no waybill").at("input", "manifestId")
    lines = await work.rows(select(*PackageLine.__table__.columns).where(PackageLine.package_id == package.id))
    release = await work.session.get_one(Release, package.release_id, populate_existing=True)
    trolley = await inventory.staging_bin(work, package.warehouse_id)
    picked = {
        line.order_line_id: _leave(await pick_lines_of(work, release, line.release_line_id), line.quantity, trolley)
        for line in lines
    }
    (found,) = await orders.with_open_lines(work, [order])
    wanted = {line.order_line_id: line.quantity for line in lines}
    label = Label(package.carrier_code, package.waybill)
    shipment: Shipment = await send(work, found, package.warehouse_id, label, wanted, picked)
    package.status, package.shipment_id = PackageStatus.HANDED_OVER, shipment.id
    await work.session.flush()
    waiting = (PackageStatus.OPEN, PackageStatus.SEALED)
    if not await _packages(work, Package.release_id == release.id, Package.status.in_(waiting)):
        end(work, release, ReleaseStage.HANDED_OVER)


def _leave(parts: Sequence[PickLine], quantity: Quantity, trolley: inventory.BinId) -> list[PickedPart]:
    """Take what leaves from what was picked, and note that it left."""
    taken, rest = [], quantity
    for part in parts:
        share = min(kept(part), rest)
        if share > NONE:
            part.left_house += share
            taken.append(PickedPart(trolley, part.lot_id, share))
            rest -= share
    if rest > NONE:
        raise ValueError(f"{rest} more is packed than was picked")
    return taken


async def refuse_used(work: Work, package: Package, label: Label) -> None:
    """Refuse a number that is on another package, or on a parcel that left."""
    same = (Package.carrier_code == label.carrier_code, Package.waybill == label.waybill)
    others = select(Package.number).where(*same, Package.status != PackageStatus.CANCELLED, Package.id != package.id)
    gone = select(Shipment.number).where(Shipment.carrier_code == label.carrier_code, Shipment.waybill == label.waybill)
    for statement in (others, gone):
        if rows := await work.rows(statement):
            raise WaybillUsed(waybill=label.waybill, number=rows[0].number).at("input", "waybill")


async def _check(work: Work, package: Package, manifest: Manifest) -> None:
    problem = ""
    if package.status is not PackageStatus.SEALED:
        problem = f"it is {package.status}"
    elif package.manifest_id not in (None, manifest.id):
        other = await work.session.get_one(Manifest, package.manifest_id)
        problem = f"it is on manifest {other.number} of {other.opened_by}"
    elif (await work.session.get_one(Release, package.release_id)).stage is not ReleaseStage.PACKED:
        problem = "not all of its order is packed"
    elif package.grams is None and await _weighs(work, package.warehouse_id):
        problem = "it was not weighed"
    if problem:
        raise NotToBeHandedOver(number=package.number, problem=problem).at("input", "waybills")


async def _weighs(work: Work, warehouse_id: UUID) -> bool:
    rules = WarehouseRules
    return bool(await work.rows(select(rules.weighs).where(rules.warehouse_id == warehouse_id, rules.weighs)))


async def _seen(work: Work, manifest_id: ManifestId) -> Any:
    rows = await work.rows(select(*Manifest.__table__.columns).where(Manifest.id == manifest_id))
    if not rows or not sees_warehouse(work.actor, rows[0].warehouse_id):
        raise NotFound(what="manifest", which=str(manifest_id)).at("input", "manifestId")
    return rows[0]


async def _held(work: Work, manifest_id: ManifestId) -> Manifest:
    manifest = await work.session.get_one(Manifest, manifest_id, with_for_update=True, populate_existing=True)
    if manifest.closed_at is not None:
        raise WrongState(what="manifest", which=manifest.number, state="closed", needed="one that is open")
    return manifest


async def _packages(work: Work, *conditions: Any) -> list[Package]:
    statement = select(Package).where(*conditions).order_by(Package.id).with_for_update()
    return list(await work.session.scalars(statement.execution_options(populate_existing=True)))
