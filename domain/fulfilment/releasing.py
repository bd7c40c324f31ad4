"""Release (下发): a reviewed order is given to its warehouse, by a person or by the clock, and can be called back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Interval, cast, exists, literal, select
from sqlalchemy.dialects.postgresql import insert

from domain import inventory, orders, shipping
from domain.fulfilment.shipping import NoWarehouse
from domain.fulfilment.stages import Release, ReleaseLine, ReleaseStage, WarehouseRules
from domain.inventory import WarehouseId
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, action, routine, sees_warehouse
from domain.orders import OrderStatus

RELEASED_AT_ONCE = 100
MINUTES_MAX = 7 * 24 * 60
PERCENT_MAX = 100
GRAMS_MAX = 100_000
ONE = Quantity(1)


class RunByPartner(Refusal):
    """Warehouse {warehouse} is run by a partner, who is told what to send by himself."""

    warehouse: str
    chinese = "仓库 {warehouse} 由外部仓运营，发货指令会直接下发给对方"


class StillInWarehouse(Refusal):
    """Order {number} is still being taken out of warehouse work it was sent back from; try again in a moment."""

    number: str
    chinese = "订单 {number} 正在从上一次仓库作业中撤回，请稍后重试"


@action
async def release_order(
    work: Work, order_id: UUID, carrier_code: str | None = None, expected_version: int | None = None
) -> Release:
    """Give a reviewed order to its warehouse, to be picked and packed there; the carrier if it is known."""
    await orders.order_for_change(work, order_id, expected_version)
    (release,) = await release_all(work, [order_id], await known_carrier(work, carrier_code))
    return release


@routine
async def release_due(work: Work) -> list[UUID]:
    """Release what was reviewed long enough ago, in the warehouses that release by themselves."""
    due = await work.rows(_due(work).limit(RELEASED_AT_ONCE))
    await release_all(work, [row.id for row in due], None)
    return [row.id for row in due]


@dataclass(frozen=True, kw_only=True)
class NewWarehouseRules:
    """How a warehouse shall work from now on."""

    warehouse_id: WarehouseId
    releases_itself: bool
    release_after_minutes: int
    weighs: bool
    weight_tolerance_percent: int
    weight_tolerance_grams: int


@action
async def set_warehouse_rules(work: Work, rules: NewWarehouseRules) -> inventory.Warehouse:
    """Say whether a warehouse releases orders by the clock, weighs its parcels, and how far a weight may be off."""
    await inventory.open_place(work, rules.warehouse_id)
    for field, given, most in (
        ("releaseAfterMinutes", rules.release_after_minutes, MINUTES_MAX),
        ("weightTolerancePercent", rules.weight_tolerance_percent, PERCENT_MAX),
        ("weightToleranceGrams", rules.weight_tolerance_grams, GRAMS_MAX),
    ):
        if not 0 <= given <= most:
            raise BadInput(field=field, problem=f"must lie between 0 and {most}").at("input", field)
    values = {name: getattr(rules, name) for name in NewWarehouseRules.__dataclass_fields__}
    values |= {"set_by": work.actor.name, "set_at": work.now}
    changed = {name: value for name, value in values.items() if name != "warehouse_id"}
    statement = insert(WarehouseRules).values(values)
    await work.execute(statement.on_conflict_do_update(index_elements=["warehouse_id"], set_=changed))
    return await work.session.get_one(inventory.Warehouse, rules.warehouse_id)


async def release_all(work: Work, order_ids: Sequence[UUID], carrier_code: str | None) -> list[Release]:
    """Release many orders, all or none, in a fixed number of statements."""
    found = await orders.orders_to_handle(work, order_ids, (OrderStatus.REVIEWED,)) if order_ids else []
    await _refuse_open(work, found)
    releases = [_release(work, each, carrier_code) for each in found]
    for place in {each.warehouse_id for each in releases}:
        opened = await inventory.open_place(work, place, "orderId")
        if opened.run_by_partner:
            raise RunByPartner(warehouse=opened.code).at("input", "orderId")
    work.session.add_all(releases)
    await work.session.flush()
    work.session.add_all(
        ReleaseLine(
            release_id=release.id,
            order_line_id=line.id,
            variant_id=line.variant_id,
            position=position,
            quantity=each.open_quantities()[line.id],
        )
        for each, release in zip(found, releases, strict=True)
        for position, line in enumerate(each.lines, 1)
        if line.variant_id is not None
    )
    orders.move_on(work, [each.order for each in found], OrderStatus.RELEASED)
    await work.session.flush()
    return releases


async def _refuse_open(work: Work, found: Sequence[orders.ToShip]) -> None:
    """Refuse to release what was reviewed anew before its warehouse has heard that it was sent back."""
    numbers = {each.order.id: each.order.number for each in found}
    still = select(Release.order_id).where(Release.order_id.in_(list(numbers)), Release.ended_at.is_(None)).limit(1)
    for row in await work.rows(still) if numbers else []:
        raise StillInWarehouse(number=numbers[row.order_id]).at("input", "orderId")


async def known_carrier(work: Work, carrier_code: str | None) -> str | None:
    """Refuse a carrier nobody knows; none is not chosen yet."""
    return None if carrier_code is None else (await shipping.carrier_of_code(work, carrier_code)).code


def _release(work: Work, found: orders.ToShip, carrier_code: str | None) -> Release:
    order = found.order
    if order.warehouse_id is None:
        raise NoWarehouse(number=order.number).at("input", "orderId")
    if not sees_warehouse(work.actor, order.warehouse_id):
        raise NotFound(what="order", which=str(order.id)).at("input", "orderId")
    wanted = found.open_quantities()
    if not wanted:
        raise orders.NothingToShip(number=order.number).at("input", "orderId")
    return Release(
        order_id=order.id,
        channel_id=order.channel_id,
        warehouse_id=WarehouseId(order.warehouse_id),
        carrier_code=carrier_code or order.carrier_code,
        single=list(wanted.values()) == [ONE],
        released_by=work.actor.name,
        released_at=work.now,
    )


def _due(work: Work) -> Any:
    """Find reviewed orders that nothing holds back and nobody changes at this moment."""
    order, rules, hold = orders.Order, WarehouseRules, orders.models.Hold
    waits = exists().where(hold.order_id == order.id, hold.released_at.is_(None))
    line = orders.OrderLine
    rest = line.quantity - line.shipped_quantity - line.cancelled_quantity
    something = exists().where(line.order_id == order.id, line.variant_id.is_not(None), rest > Quantity(0))
    gone = ~exists().where(Release.order_id == order.id, Release.ended_at.is_(None))
    delay = rules.release_after_minutes * cast(literal("1 minute"), Interval)
    warehouse = inventory.Warehouse
    return (
        select(order.id)
        .join(rules, rules.warehouse_id == order.warehouse_id)
        .join(warehouse, warehouse.id == order.warehouse_id)
        .where(rules.releases_itself, warehouse.active, ~warehouse.run_by_partner, order.status == OrderStatus.REVIEWED)
        .where(order.reviewed_at <= literal(work.now) - delay, ~waits, something, gone)
        .order_by(order.placed_at, order.id)
        .with_for_update(of=order, skip_locked=True)
    )


async def open_release(work: Work, order_id: UUID) -> Release | None:
    """Find where an order stands in its warehouse; the caller holds the order."""
    statement = select(Release).where(Release.order_id == order_id, Release.ended_at.is_(None)).with_for_update()
    found: Release | None = await work.session.scalar(statement.execution_options(populate_existing=True))
    return found


def end(work: Work, release: Release, stage: ReleaseStage, reason: str | None = None) -> None:
    """End a release: handed over, called back, or stopped."""
    release.stage, release.end_reason = stage, reason
    release.ended_by, release.ended_at = work.actor.name, work.now
