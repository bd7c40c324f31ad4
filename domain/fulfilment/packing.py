"""Packing (打包验货): every barcode is scanned; what was not ordered, or is too much, does not go into the package."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue, orders
from domain.fulfilment.outdated import refuse_outdated
from domain.fulfilment.packages import Package, PackageId, PackageLine, PackageStatus
from domain.fulfilment.releasing import open_release
from domain.fulfilment.shipping import InOtherHands
from domain.fulfilment.stages import NONE, Release, ReleaseLine, ReleaseStage, Wave, WaveId
from domain.fulfilment.unpacking import unpack
from domain.fulfilment.wanting import want_if_possible
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, WrongState, action, sees_warehouse, short_text
from domain.orders import OrderStatus

SCANS_MAX = 500
CODE_LENGTH_MAX = 100
REASON_LENGTH_MAX = 500
ONE = Quantity(1)
TO_PACK = (OrderStatus.PICKED, OrderStatus.PARTLY_SHIPPED)


class NotInOrder(Refusal):
    """{barcode} is no article of order {number}; put it aside."""

    barcode: str
    number: str
    chinese = "{barcode} 不属于订单 {number}，请取出"


class TooManyScanned(Refusal):
    """{wanted} of {barcode} were scanned, but of line {line} only {rest} are still to be packed."""

    barcode: str
    line: int
    wanted: Quantity
    rest: Quantity
    chinese = "{barcode} 扫描 {wanted} 件，第 {line} 行待装只有 {rest} 件"


class NothingPacked(Refusal):
    """There is nothing in package {number} yet."""

    number: str
    chinese = "包裹 {number} 中还没有商品"


class NoOrderWants(Refusal):
    """No order of wave {wave} waits for {barcode}; put it aside."""

    wave: str
    barcode: str
    chinese = "波次 {wave} 中没有等待 {barcode} 的订单，请放一边"


@dataclass(frozen=True, kw_only=True)
class Scan:
    """One beep: a barcode, or the SKU of an article that has none, and how many of it."""

    barcode: str
    quantity: Quantity = ONE


@action
async def scan_goods(work: Work, order_id: UUID, scans: Sequence[Scan]) -> Package:
    """Scan goods into the open package of a picked order; the first scan opens it."""
    if not 1 <= len(scans) <= SCANS_MAX:
        raise BadInput(field="scans", problem=f"must be 1 to {SCANS_MAX}").at("input", "scans")
    (found,) = await orders.orders_to_handle(work, [order_id], TO_PACK)
    await refuse_outdated(work, [found.order])
    release = await release_to_pack(work, found.order)
    package = await _open_package(work, found.order, release)
    await _fill(work, found.order, package, scans)
    return package


@action
async def seal_package(work: Work, package_id: PackageId) -> Package:
    """Close a package; when all of the order is packed, it is ready to be handed over."""
    order, release, package = await package_for_change(work, package_id, (PackageStatus.OPEN,))
    _refuse_other_hands(work, order, package)
    await refuse_outdated(work, [order])
    await seal(work, order, release, package)
    return package


@action
async def pack_single(work: Work, wave_id: WaveId, barcode: str) -> Package:
    """Pack the next order of a wave of single pieces that waits for this barcode, and get its package."""
    wave = await work.session.get(Wave, wave_id)
    if wave is None or not sees_warehouse(work.actor, wave.warehouse_id):
        raise NotFound(what="wave", which=str(wave_id)).at("input", "waveId")
    (variant_id, *_) = (await variants_of(work, [barcode])).get(barcode.strip(), (None,))
    order, row = orders.Order, ReleaseLine
    waiting = (
        select(order.id)
        .join(Release, Release.order_id == order.id)
        .join(row, row.release_id == Release.id)
        .where(Release.wave_id == wave.id, Release.stage == ReleaseStage.PICKED, Release.single)
        .where(row.variant_id == variant_id, row.quantity == ONE, order.status == OrderStatus.PICKED)
        .where(order.id.not_in(select(HOLD.order_id).where(HOLD.released_at.is_(None))))
        .where(Release.id.not_in(select(Package.release_id).where(Package.status != PackageStatus.CANCELLED)))
        .order_by(Release.slot)
        .limit(1)
        .with_for_update(of=order, skip_locked=True)
    )
    rows = await work.rows(waiting) if variant_id is not None else []
    if not rows:
        raise NoOrderWants(wave=wave.number, barcode=barcode[:CODE_LENGTH_MAX]).at("input", "barcode")
    (found,) = await orders.orders_to_handle(work, [rows[0].id], TO_PACK)
    await refuse_outdated(work, [found.order])
    release = await release_to_pack(work, found.order)
    package = await _open_package(work, found.order, release)
    await _fill(work, found.order, package, [Scan(barcode=barcode)])
    await seal(work, found.order, release, package)
    return package


HOLD = orders.models.Hold


@action
async def cancel_packing(work: Work, order_id: UUID, reason: str) -> Release:
    """Take the packages of an order apart that were not handed over; its goods lie on the trolley again."""
    short_text(reason, "reason", REASON_LENGTH_MAX)
    states = (OrderStatus.PICKED, OrderStatus.PACKED, OrderStatus.PARTLY_SHIPPED)
    (found,) = await orders.orders_to_handle(work, [order_id], states, on_hold=True)
    release = await open_release(work, found.order.id)
    if release is None or not sees_warehouse(work.actor, release.warehouse_id) or not await unpack(work, release):
        raise NotFound(what="package", which=found.order.number).at("input", "orderId")
    take_back(release, found.order, work)
    return release


def take_back(release: Release, order: orders.Order, work: Work) -> None:
    """Let an unpacked order wait to be packed again."""
    if release.stage is ReleaseStage.PACKED:
        release.stage = ReleaseStage.PICKED
    if order.status is OrderStatus.PACKED:
        orders.move_on(work, [order], OrderStatus.PICKED)


async def release_to_pack(work: Work, order: orders.Order) -> Release:
    """Find where a picked order stands in its warehouse, or refuse."""
    release = await open_release(work, order.id)
    if release is None or not sees_warehouse(work.actor, release.warehouse_id):
        raise NotFound(what="order", which=str(order.id)).at("input", "orderId")
    if release.stage is not ReleaseStage.PICKED:
        raise WrongState(what="order", which=order.number, state=release.stage.value, needed=ReleaseStage.PICKED.value)
    return release


async def package_for_change(
    work: Work,
    package_id: PackageId,
    statuses: Sequence[PackageStatus],
    *,
    on_hold: bool = False,
    despite: orders.HoldReason | None = None,
) -> tuple[orders.Order, Release, Package]:
    """Hold a package with its order: first the order, which nothing holds back, then where it stands."""
    rows = await work.rows(select(Package.order_id, Package.warehouse_id).where(Package.id == package_id))
    if not rows or not sees_warehouse(work.actor, rows[0].warehouse_id):
        raise NotFound(what="package", which=str(package_id)).at("input", "packageId")
    states = (*TO_PACK, OrderStatus.PACKED)
    (found,) = await orders.orders_to_handle(work, [rows[0].order_id], states, on_hold=on_hold, despite=despite)
    package = await work.session.get_one(Package, package_id, with_for_update=True, populate_existing=True)
    if package.status not in statuses:
        needed = " or ".join(statuses)
        raise WrongState(what="package", which=package.number, state=package.status.value, needed=needed)
    release = await work.session.get_one(Release, package.release_id, populate_existing=True)
    return found.order, release, package


async def seal(work: Work, order: orders.Order, release: Release, package: Package) -> None:
    """Close a package; its weight is that of its goods, if all of them are known."""
    package.expected_grams = await _expected_grams(work, package)
    package.status, package.sealed_by, package.sealed_at = PackageStatus.SEALED, work.actor.name, work.now
    package.carrier_code = package.carrier_code or release.carrier_code
    await want_if_possible(work, package)
    await work.session.flush()
    if not any(rest > NONE for _, rest in await _unpacked(work, release.id)):
        release.stage, release.packed_by, release.packed_at = ReleaseStage.PACKED, work.actor.name, work.now
        if order.status is OrderStatus.PICKED:
            orders.move_on(work, [order], OrderStatus.PACKED)
    await work.session.flush()


async def variants_of(work: Work, codes: Sequence[str]) -> Mapping[str, tuple[UUID, ...]]:
    """Find which variants codes name: barcodes, or SKUs."""
    wanted = sorted({code.strip() for code in codes if len(code) <= CODE_LENGTH_MAX})
    barcode, variant = catalogue.Barcode, catalogue.Variant
    rows = await work.rows(
        select(variant.id, variant.sku, barcode.code)
        .outerjoin(barcode, (barcode.variant_id == variant.id) & barcode.code.in_(wanted))
        .where(or_(variant.sku.in_(wanted), barcode.code.is_not(None)))
    )
    named: dict[str, tuple[UUID, ...]] = {}
    for row in rows:
        for code in {row.sku, row.code} & set(wanted):
            named[code] = (*named.get(code, ()), row.id)
    return named


async def _open_package(work: Work, order: orders.Order, release: Release) -> Package:
    statement = select(Package).where(Package.release_id == release.id, Package.status == PackageStatus.OPEN)
    package: Package | None = await work.session.scalar(statement.with_for_update())
    if package is not None:
        _refuse_other_hands(work, order, package)
        return package
    package = Package(
        release_id=release.id,
        order_id=release.order_id,
        channel_id=release.channel_id,
        warehouse_id=release.warehouse_id,
        carrier_code=release.carrier_code,
        checked_by_id=work.actor.id,
        checked_by=work.actor.name,
        checked_at=work.now,
    )
    work.session.add(package)
    await work.session.flush()
    return package


def _refuse_other_hands(work: Work, order: orders.Order, package: Package) -> None:
    if (package.checked_by_id, package.checked_by) != (work.actor.id, work.actor.name):
        raise InOtherHands(number=order.number, by=package.checked_by, stage=package.status.value)


async def _fill(work: Work, order: orders.Order, package: Package, scans: Sequence[Scan]) -> None:
    """Put what was scanned into a package, as far as it was ordered and is not packed yet."""
    named = await variants_of(work, [each.barcode for each in scans])
    lines = await _unpacked(work, package.release_id)
    rest = {line.id: quantity for line, quantity in lines}
    filled: dict[Any, Quantity] = {}
    for index, scan in enumerate(scans):
        variants = named.get(scan.barcode.strip(), ())
        fitting = [line for line, _ in lines if line.variant_id in variants]
        _check_scan(order, scan, index, fitting, rest)
        left = scan.quantity
        for line in fitting:
            part = min(rest[line.id], left)
            rest[line.id] -= part
            left -= part
            if part > NONE:
                filled[line.id] = filled.get(line.id, NONE) + part
    statement = insert(PackageLine).values(
        [
            {
                "package_id": package.id,
                "release_line_id": line.id,
                "order_line_id": line.order_line_id,
                "variant_id": line.variant_id,
                "position": line.position,
                "quantity": filled[line.id],
            }
            for line, _ in lines
            if line.id in filled
        ]
    )
    more = PackageLine.quantity + statement.excluded.quantity
    await work.execute(
        statement.on_conflict_do_update(index_elements=["package_id", "release_line_id"], set_={"quantity": more})
    )


def _check_scan(
    order: orders.Order, scan: Scan, index: int, fitting: Sequence[Any], rest: Mapping[Any, Quantity]
) -> None:
    place = ("input", "scans", str(index))
    code = scan.barcode.strip()[:CODE_LENGTH_MAX]
    if scan.quantity <= NONE:
        raise BadInput(field="quantity", problem="must be more than 0").at(*place, "quantity")
    if not fitting:
        raise NotInOrder(barcode=code, number=order.number).at(*place, "barcode")
    there = Quantity.total(rest[line.id] for line in fitting)
    if scan.quantity > there:
        raise TooManyScanned(barcode=code, line=fitting[0].position, wanted=scan.quantity, rest=there).at(
            *place, "quantity"
        )


async def _unpacked(work: Work, release_id: Any) -> list[tuple[Any, Quantity]]:
    """Find the lines of a release, and how much of each is in no package yet."""
    line, part = ReleaseLine, PackageLine
    packed = (
        select(part.release_line_id, func.sum(part.quantity, type_=PACKED).label("quantity"))
        .join(Package, Package.id == part.package_id)
        .where(Package.release_id == release_id, Package.status != PackageStatus.CANCELLED)
        .group_by(part.release_line_id)
        .subquery()
    )
    rows = await work.rows(
        select(*line.__table__.columns, packed.c.quantity.label("packed"))
        .outerjoin(packed, packed.c.release_line_id == line.id)
        .where(line.release_id == release_id)
        .order_by(line.position)
    )
    return [(row, row.quantity - (row.packed or NONE)) for row in rows]


PACKED = PackageLine.__table__.c.quantity.type


async def _expected_grams(work: Work, package: Package) -> int | None:
    variant, part = catalogue.Variant, PackageLine
    rows = await work.rows(
        select(variant.weight_grams, part.quantity)
        .join(variant, variant.id == part.variant_id)
        .where(part.package_id == package.id)
    )
    if not rows:
        raise NothingPacked(number=package.number)
    if any(not row.weight_grams for row in rows):
        return None
    return sum(int((row.quantity.value * row.weight_grams).to_integral_value()) for row in rows)
