"""Zones and bins (库区与库位): the shelves of a warehouse, in the order in which people walk along them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select

from domain.inventory.averages import NOTHING
from domain.inventory.models import Bin, BinId, StockBalance, WarehouseId, Zone, ZoneId
from domain.inventory.places import CODE_LENGTH_MAX, NAME_LENGTH_MAX, open_place
from domain.inventory.statements import TEXTS, UUIDS
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, action, sees_warehouse, short_text

BINS_MAX = 500
WALKING_ORDER_MAX = 1_000_000_000


class BinCodeTaken(Refusal):
    """The warehouse has a zone or bin {taken_code} already."""

    taken_code: str
    chinese = "该仓库已有编码为 {taken_code} 的库区或库位"


class BinNotEmpty(Refusal):
    """There is still stock in bin {bin_code}."""

    bin_code: str
    chinese = "库位 {bin_code} 尚有库存"


@dataclass(frozen=True, kw_only=True)
class NewZone:
    """A part of a warehouse; a lower walking order is walked through earlier."""

    warehouse_id: WarehouseId
    code: str
    name: str
    walking_order: int


@action
async def open_zone(work: Work, zone: NewZone) -> Zone:
    """Open a zone in a warehouse."""
    await open_place(work, zone.warehouse_id)
    code = short_text(zone.code, "code", CODE_LENGTH_MAX)
    same = select(Zone.id).where(Zone.warehouse_id == zone.warehouse_id, Zone.code == code)
    if await work.rows(same):
        raise BinCodeTaken(taken_code=code).at("input", "code")
    opened = Zone(
        warehouse_id=zone.warehouse_id,
        code=code,
        name=short_text(zone.name, "name", NAME_LENGTH_MAX),
        walking_order=_order(zone.walking_order, "input", "walkingOrder"),
        created_at=work.now,
    )
    work.session.add(opened)
    await work.session.flush()
    return opened


@dataclass(frozen=True, kw_only=True)
class NewBin:
    """A shelf place: how much it holds at most (None: no limit), and whether of one variant only."""

    code: str
    walking_order: int
    capacity: Quantity | None = None
    one_sku: bool = False


def _code(wanted: NewBin, index: int) -> str:
    try:
        return short_text(wanted.code, "code", CODE_LENGTH_MAX)
    except BadInput as refused:
        raise refused.within("bins", str(index)) from None


TAKEN = select(Bin.code).where(Bin.code == any_(bindparam("codes", type_=TEXTS)))


@action
async def open_bins(work: Work, zone_id: ZoneId, bins: Sequence[NewBin]) -> Zone:
    """Open bins in a zone, all of them or none."""
    zone = await work.session.get(Zone, zone_id)
    if zone is None or not sees_warehouse(work.actor, zone.warehouse_id):
        raise NotFound(what="zone", which=str(zone_id)).at("input", "zoneId")
    await open_place(work, zone.warehouse_id, "zoneId")
    if not 1 <= len(bins) <= BINS_MAX:
        raise BadInput(field="bins", problem=f"must be 1 to {BINS_MAX}").at("input", "bins")
    codes = [_code(each, index) for index, each in enumerate(bins)]
    taken = await work.rows(TAKEN.where(Bin.warehouse_id == zone.warehouse_id), {"codes": codes})
    known = {row.code for row in taken}
    for index, code in enumerate(codes):
        if code in known:
            raise BinCodeTaken(taken_code=code).at("input", "bins", str(index), "code")
        known.add(code)
    work.session.add_all(
        Bin(
            zone_id=zone.id,
            warehouse_id=zone.warehouse_id,
            code=code,
            walking_order=_order(each.walking_order, "input", "bins", str(index), "walkingOrder"),
            capacity=_capacity(each.capacity, "input", "bins", str(index), "capacity"),
            one_sku=each.one_sku,
        )
        for index, (code, each) in enumerate(zip(codes, bins, strict=True))
    )
    await work.session.flush()
    return zone


@dataclass(frozen=True, kw_only=True)
class ChangedBin:
    """What a bin shall be from now on. A new rule holds for what comes in; what is there may stay."""

    id: BinId
    walking_order: int
    capacity: Quantity | None
    one_sku: bool
    active: bool


@action
async def change_bin(work: Work, changed: ChangedBin) -> Bin:
    """Change a bin's place on the way and its rules, or close it once it is empty."""
    found = await work.session.get(Bin, changed.id, with_for_update=True, populate_existing=True)
    if found is None or found.staging or not sees_warehouse(work.actor, found.warehouse_id):
        raise NotFound(what="bin", which=str(changed.id)).at("input", "id")
    holding = select(StockBalance.id).where(StockBalance.bin_id == found.id, StockBalance.on_hand > NOTHING).limit(1)
    if not changed.active and await work.rows(holding):
        raise BinNotEmpty(bin_code=found.code).at("input", "active")
    found.walking_order = _order(changed.walking_order, "input", "walkingOrder")
    found.capacity = _capacity(changed.capacity, "input", "capacity")
    found.one_sku, found.active = changed.one_sku, changed.active
    return found


OPEN_BINS = (
    select(Bin.id)
    .where(Bin.id == any_(bindparam("bin_ids", type_=UUIDS)), Bin.active, ~Bin.staging)
    .with_for_update(read=True, key_share=True)
)


async def check_bins_named(
    work: Work, warehouse_id: UUID, bin_ids: Sequence[BinId | None], field: str = "binId"
) -> None:
    """Refuse a line whose bin is not an open one of this warehouse; keeps those named open until the end."""
    named = sorted({each for each in bin_ids if each is not None})
    if not named:
        return
    here = {row.id for row in await work.rows(OPEN_BINS.where(Bin.warehouse_id == warehouse_id), {"bin_ids": named})}
    for index, each in enumerate(bin_ids):
        if each is not None and each not in here:
            raise NotFound(what="bin", which=str(each)).at("input", "lines", str(index), field)


def _order(given: int, *path: str) -> int:
    if not 0 <= given <= WALKING_ORDER_MAX:
        raise BadInput(field="walkingOrder", problem=f"must lie between 0 and {WALKING_ORDER_MAX}").at(*path)
    return given


def _capacity(given: Quantity | None, *path: str) -> Any:
    if given is not None and given <= NOTHING:
        raise BadInput(field="capacity", problem="must be more than 0").at(*path)
    return given
