"""Readers of work in a warehouse (仓内作业查询): releases, waves, pick lists in walking order, goods to put back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, null, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from domain import catalogue, inventory
from domain.fulfilment.stages import (
    PickLine,
    PutBack,
    Release,
    ReleaseLine,
    ReleaseStage,
    WarehouseRules,
    Wave,
    WaveStatus,
)
from domain.kernel import (
    Ordering,
    Page,
    PageRequest,
    Quantity,
    Read,
    Reading,
    constant,
    grouped,
    keyed,
    one_of,
    page,
    visible,
)

PICK_ROWS_MAX = 1_000
RELEASES = constant(select(*Release.__table__.columns))
WAVES = constant(select(*Wave.__table__.columns))
PUT_BACKS = constant(select(*PutBack.__table__.columns))
CHANNEL, PLACE = Release.channel_id, Release.warehouse_id

releases_by_id = Reading(RELEASES, Release.id, channel=CHANNEL, warehouse=PLACE)
# Where orders stood and stand in their warehouses, the first time first.
releases_of_orders = Reading(
    RELEASES.order_by(Release.order_id, Release.id), Release.order_id, many=True, channel=CHANNEL, warehouse=PLACE
)
# The orders of waves, by slot.
releases_of_waves = Reading(
    RELEASES.order_by(Release.wave_id, Release.slot), Release.wave_id, many=True, channel=CHANNEL, warehouse=PLACE
)
# What of each order is to be sent, in the order of its lines.
lines_of_releases = Reading(
    select(*ReleaseLine.__table__.columns)
    .join(Release, Release.id == ReleaseLine.release_id)
    .order_by(ReleaseLine.release_id, ReleaseLine.position),
    ReleaseLine.release_id,
    many=True,
    channel=CHANNEL,
    warehouse=PLACE,
)
waves_by_id = Reading(WAVES, Wave.id, warehouse=Wave.warehouse_id)
put_backs_by_id = Reading(PUT_BACKS, PutBack.id, warehouse=PutBack.warehouse_id)
rules_of_warehouses = Reading(
    select(*WarehouseRules.__table__.columns), WarehouseRules.warehouse_id, warehouse=WarehouseRules.warehouse_id
)


def _walk(*grouping: Any) -> Any:
    """Add pick lines up by place, and by order if that is given, in walking order; what is not put away comes last."""
    line, shelf, zone = PickLine, inventory.Bin, inventory.Zone
    slots = func.array_agg(aggregate_order_by(Release.slot, Release.slot))
    return (
        select(
            line.wave_id,
            line.variant_id,
            line.bin_id,
            line.lot_id,
            shelf.code.label("bin_code"),
            inventory.Lot.code.label("lot_code"),
            catalogue.Variant.sku,
            func.sum(line.quantity, type_=line.quantity.type).label("quantity"),
            func.sum(line.picked, type_=line.quantity.type).label("picked"),
            slots.label("slots"),
            (grouping[0] if grouping else null()).label("release_id"),
        )
        .join(Release, Release.id == line.release_id)
        .join(Wave, Wave.id == line.wave_id)
        .join(catalogue.Variant, catalogue.Variant.id == line.variant_id)
        .outerjoin(shelf, shelf.id == line.bin_id)
        .outerjoin(zone, zone.id == shelf.zone_id)
        .outerjoin(inventory.Lot, inventory.Lot.id == line.lot_id)
        .where(line.quantity > Quantity(0), one_of(line.wave_id))
        .group_by(
            line.wave_id, line.variant_id, line.bin_id, line.lot_id, catalogue.Variant.sku, shelf.code,
            inventory.Lot.code, zone.walking_order, shelf.walking_order, *grouping,
        )
        .order_by(
            line.wave_id, zone.walking_order.asc().nulls_last(), shelf.walking_order.asc().nulls_last(), shelf.code,
            catalogue.Variant.sku, inventory.Lot.code, *grouping,
        )
    )  # fmt: skip


BY_WAVE = constant(_walk())
BY_ORDER = constant(_walk(PickLine.release_id))


async def pick_lists_of_waves(read: Read, wave_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Read what is to be taken from which bin, summed over each wave, in walking order."""
    statement = visible(BY_WAVE, read.actor, warehouse=PickLine.warehouse_id)
    return grouped(await read.rows(statement, keyed(wave_ids)), "wave_id", wave_ids)


async def order_picks_of_waves(read: Read, wave_ids: Sequence[UUID]) -> Mapping[UUID, list[Any]]:
    """Read what is to be taken from which bin for which order of each wave, in walking order."""
    statement = visible(BY_ORDER, read.actor, warehouse=PickLine.warehouse_id)
    return grouped(await read.rows(statement, keyed(wave_ids)), "wave_id", wave_ids)


@dataclass(frozen=True, kw_only=True)
class ReleaseFilter:
    """Which releases; what is None does not matter."""

    stages: Sequence[ReleaseStage] | None = None
    warehouses: Sequence[UUID] | None = None
    order_ids: Sequence[UUID] | None = None
    carrier_codes: Sequence[str] | None = None
    single: bool | None = None

    def conditions(self) -> list[Any]:
        """Turn the filter into conditions."""
        given = (
            (Release.stage, self.stages),
            (Release.warehouse_id, self.warehouses),
            (Release.order_id, self.order_ids),
            (Release.carrier_code, self.carrier_codes),
        )
        conditions = [column.in_(values) for column, values in given if values is not None]
        return conditions if self.single is None else [*conditions, Release.single.is_(self.single)]


@dataclass(frozen=True, kw_only=True)
class WaveFilter:
    """Which waves; what is None does not matter."""

    statuses: Sequence[WaveStatus] | None = None
    warehouses: Sequence[UUID] | None = None
    pickers: Sequence[UUID] | None = None

    def conditions(self) -> list[Any]:
        """Turn the filter into conditions."""
        given = (
            (Wave.status, self.statuses),
            (Wave.warehouse_id, self.warehouses),
            (Wave.picker_id, self.pickers),
        )
        return [column.in_(values) for column, values in given if values is not None]


def _by_time(name: str, table: Any, column: Any, *, descending: bool) -> Ordering:
    parsers = (datetime.fromisoformat, UUID)
    return Ordering(name, (column, table.id), (column.key, "id"), parsers, descending)


RELEASES_FIRST = _by_time("releases.released", Release, Release.released_at, descending=False)
WAVES_LAST = _by_time("waves.made", Wave, Wave.made_at, descending=True)
PUT_BACKS_FIRST = _by_time("put_backs.asked", PutBack, PutBack.asked_at, descending=False)


async def releases_page(read: Read, where: ReleaseFilter, request: PageRequest) -> Page:
    """Read a page of releases, the first released first."""
    statement = visible(RELEASES, read.actor, channel=CHANNEL, warehouse=PLACE).where(*where.conditions())
    return await page(read, statement, RELEASES_FIRST, request)


async def waves_page(read: Read, where: WaveFilter, request: PageRequest) -> Page:
    """Read a page of waves, the last made first."""
    statement = visible(WAVES, read.actor, warehouse=Wave.warehouse_id).where(*where.conditions())
    return await page(read, statement, WAVES_LAST, request)


async def put_backs_page(
    read: Read, warehouses: Sequence[UUID] | None, request: PageRequest, *, done: bool | None = False
) -> Page:
    """Read a page of goods to be put back, the first asked for first."""
    statement = visible(PUT_BACKS, read.actor, warehouse=PutBack.warehouse_id)
    if warehouses is not None:
        statement = statement.where(PutBack.warehouse_id.in_(warehouses))
    if done is not None:
        statement = statement.where(PutBack.done_at.is_not(None) if done else PutBack.done_at.is_(None))
    return await page(read, statement, PUT_BACKS_FIRST, request)
