"""Weighing (称重): the weight tells whether the right goods are in the package, and what its freight costs us."""

from sqlalchemy import select

from domain import alerts, orders, shipping
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.fulfilment.odd_weights import forget_weights
from domain.fulfilment.packages import Package, PackageId, PackageStatus
from domain.fulfilment.packing import package_for_change
from domain.fulfilment.stages import WarehouseRules
from domain.kernel import BadInput, Money, Work, action

GRAMS_MAX = 1_000_000
TOLERANCE_PERCENT, TOLERANCE_GRAMS = 10, 50
PERCENT = 100


@action
async def weigh_package(work: Work, package_id: PackageId, grams: int) -> Package:
    """Note what a sealed package weighs; one that weighs otherwise than its goods should raises an alert."""
    if not 1 <= grams <= GRAMS_MAX:
        raise BadInput(field="grams", problem=f"must lie between 1 and {GRAMS_MAX}").at("input", "grams")
    order, _, package = await package_for_change(work, package_id, (PackageStatus.SEALED,))
    package.grams, package.weighed_by, package.weighed_at = grams, work.actor.name, work.now
    package.freight_amount = await freight_for(work, order, package)
    if await weight_is_off(work, package):
        await _tell(work, order, package)
    else:
        await forget_weights(work, [package])
    return package


async def weight_is_off(work: Work, package: Package) -> bool:
    """Whether a package weighs more or less than its warehouse tolerates; unknown weights are never off."""
    if package.grams is None or package.expected_grams is None:
        return False
    rules = WarehouseRules
    columns = (rules.weight_tolerance_percent, rules.weight_tolerance_grams)
    rows = await work.rows(select(*columns).where(rules.warehouse_id == package.warehouse_id))
    percent, least = tuple(rows[0]) if rows else (TOLERANCE_PERCENT, TOLERANCE_GRAMS)
    return off(package.grams, package.expected_grams, percent, least)


def off(grams: int, expected: int, percent: int, least: int) -> bool:
    """Say whether a weight is further off than so many percent, or than so many grams if that is more."""
    return abs(grams - expected) * PERCENT > max(expected * percent, least * PERCENT)


async def freight_for(work: Work, order: orders.Order, package: Package) -> Money | None:
    """Say what a carrier takes for a weighed package by its tariff; None while there is no carrier, or no tariff."""
    if package.carrier_code is None or package.grams is None:
        return None
    path = shipping.path_of(order.province, order.city, order.district)
    book = await shipping.rulebook(work, [order.channel_id], [path])
    tariff = book.tariff_of(package.carrier_code, order.channel_id, package.warehouse_id, path)
    return None if tariff is None else shipping.freight_of(tariff, package.grams)


async def _tell(work: Work, order: orders.Order, package: Package) -> None:
    alert = NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=order.id,
        place_id=package.id,
        kind=AlertKind.WEIGHT_OFF,
        level=AlertLevel.WARN,
        channel_id=order.channel_id,
        warehouse_id=package.warehouse_id,
        message=f"Package {package.number} weighs {package.grams} g, its goods {package.expected_grams} g.",
        message_chinese=f"包裹 {package.number} 实重 {package.grams} 克，预计 {package.expected_grams} 克",
        evidence={"package": package.number, "grams": package.grams, "expectedGrams": package.expected_grams},
    )
    await alerts.open_alerts(work, [alert])
