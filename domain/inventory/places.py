"""Places (仓库): where stock lies, which areas it serves, whether it is promised, and how much should lie there.

Suppliers, buyers, loss and transit are places of the house: the ledger names them, no document of staff is about them.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.events import touch
from domain.inventory.models import OF_THE_HOUSE, StockItem, Warehouse, WarehouseId, WarehouseKind
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, action, identifier, short_text, visible

CODE_LENGTH_MAX = 40
NAME_LENGTH_MAX = 200
AREAS_MAX = 400
AREA = re.compile(r"[1-9]\d{5}")
PLACE: tuple[Any, ...] = (
    Warehouse.id,
    Warehouse.code,
    Warehouse.kind,
    Warehouse.active,
    Warehouse.sellable,
    Warehouse.run_by_partner,
    Warehouse.supplied_by_id,
)


class WarehouseCodeTaken(Refusal):
    """Another warehouse has the code {warehouse_code}."""

    warehouse_code: str
    chinese = "仓库编码 {warehouse_code} 已被使用"


class WarehouseClosed(Refusal):
    """Warehouse {warehouse} is closed."""

    warehouse: str
    chinese = "仓库 {warehouse} 已停用"


class WarehouseNotEmpty(Refusal):
    """There is still stock in warehouse {warehouse}."""

    warehouse: str
    chinese = "仓库 {warehouse} 尚有库存"


class PlaceOfTheHouse(Refusal):
    """{warehouse} is kept by the house: goods come from it and go to it by other documents."""

    warehouse: str
    chinese = "{warehouse} 为系统仓，不能直接操作"


@dataclass(frozen=True, kw_only=True)
class NewWarehouse:
    """What a warehouse is; the province and the areas it serves are GB/T 2260 codes, no areas means all of them."""

    code: str
    name: str
    kind: WarehouseKind
    sellable: bool = True
    valued: bool = True
    province: str | None = None
    areas: Sequence[str] = ()


@action
async def open_warehouse(work: Work, warehouse: NewWarehouse) -> Warehouse:
    """Open a warehouse; only a sellable one is promised to buyers, and what lies in one not valued is worth nothing."""
    if warehouse.kind in OF_THE_HOUSE:
        raise BadInput(field="kind", problem="is a kind the house keeps itself").at("input", "kind")
    code = short_text(warehouse.code, "code", CODE_LENGTH_MAX)
    name = short_text(warehouse.name, "name", NAME_LENGTH_MAX)
    if await work.rows(select(Warehouse.id).where(Warehouse.code == code)):
        raise WarehouseCodeTaken(warehouse_code=code).at("input", "code")
    opened = Warehouse(
        code=code,
        name=name,
        kind=warehouse.kind,
        sellable=warehouse.sellable,
        valued=warehouse.valued,
        province=warehouse.province,
        areas=_areas(warehouse.areas),
        created_at=work.now,
    )
    work.session.add(opened)
    await work.session.flush()
    return opened


def _areas(given: Sequence[str]) -> list[str]:
    if len(given) > AREAS_MAX or not all(AREA.fullmatch(each) for each in given):
        raise BadInput(field="areas", problem=f"must be at most {AREAS_MAX} codes of 6 digits").at("input", "areas")
    return sorted(set(given))


@dataclass(frozen=True, kw_only=True)
class ChangedWarehouse:
    """What a warehouse shall be from now on; its code, kind and whether it is valued stay."""

    id: WarehouseId
    name: str
    sellable: bool
    province: str | None
    areas: Sequence[str]
    active: bool


ITEMS_THERE = select(StockItem.variant_id).where(StockItem.on_hand != NOTHING)


@action
async def change_warehouse(work: Work, changed: ChangedWarehouse) -> Warehouse:
    """Change a warehouse, or close it once it is empty; what it has is promised to buyers only while it is sellable."""
    found = await work.rows(
        visible(select(Warehouse.id), work.actor, warehouse=Warehouse.id).where(Warehouse.id == changed.id)
    )
    if not found:
        raise NotFound(what="warehouse", which=str(changed.id)).at("input", "id")
    # Whoever posts into it holds its row: so nothing can come in between the look and the closing.
    place = await work.session.get_one(Warehouse, changed.id, with_for_update=True, populate_existing=True)
    if place.kind in OF_THE_HOUSE:
        raise PlaceOfTheHouse(warehouse=place.code).at("input", "id")
    there = {row.variant_id for row in await work.rows(ITEMS_THERE.where(StockItem.warehouse_id == changed.id))}
    if there and not changed.active:
        raise WarehouseNotEmpty(warehouse=place.code).at("input", "active")
    if place.sellable != changed.sellable:
        touch(work, there)
    place.name = short_text(changed.name, "name", NAME_LENGTH_MAX)
    place.sellable, place.active = changed.sellable, changed.active
    place.province, place.areas = changed.province, _areas(changed.areas)
    return place


@action
async def supply_warehouse(work: Work, warehouse_id: WarehouseId, supplied_by_id: WarehouseId | None) -> Warehouse:
    """Say which warehouse another is replenished from (补货来源); None, and nothing is proposed for it any more."""
    await open_place(work, warehouse_id)
    place = await work.session.get_one(Warehouse, warehouse_id, with_for_update=True, populate_existing=True)
    above, seen = supplied_by_id, {warehouse_id}
    if above is not None:
        await open_place(work, above, "suppliedById")
    while above is not None:
        if above in seen:
            problem = "must not be supplied by it, directly or through others"
            raise BadInput(field="suppliedById", problem=problem).at("input", "suppliedById")
        seen.add(above)
        above = await work.session.scalar(select(Warehouse.supplied_by_id).where(Warehouse.id == above))
    place.supplied_by_id = supplied_by_id
    return place


async def open_place(work: Work, warehouse_id: UUID, field: str = "warehouseId", *, anybody: bool = False) -> Any:
    """Find a warehouse that is open, and keep it open until the transaction ends, or refuse.

    It must be in the actor's scope, unless it concerns anybody.
    """
    found = select(*PLACE).where(Warehouse.id == warehouse_id).with_for_update(read=True, key_share=True)
    rows = await work.rows(found if anybody else visible(found, work.actor, warehouse=Warehouse.id))
    if not rows:
        raise NotFound(what="warehouse", which=str(warehouse_id)).at("input", field)
    if rows[0].kind in OF_THE_HOUSE:
        raise PlaceOfTheHouse(warehouse=rows[0].code).at("input", field)
    if not rows[0].active:
        raise WarehouseClosed(warehouse=rows[0].code).at("input", field)
    return rows[0]


@dataclass(frozen=True, kw_only=True)
class StockLimits:
    """How much of a variant should lie in a warehouse: at least `safety`, at most `maximum`; None sets no limit."""

    variant_id: UUID
    warehouse_id: WarehouseId
    safety: Quantity | None = None
    maximum: Quantity | None = None


@action
async def set_stock_limits(work: Work, limits: StockLimits) -> StockItem:
    """Set how much of a variant a warehouse should have at least and at most; outside of it alerts are raised."""
    await open_place(work, limits.warehouse_id)
    await variant_must_exist(work, limits.variant_id)
    for field, given in (("safety", limits.safety), ("maximum", limits.maximum)):
        if given is not None and given < NOTHING:
            raise BadInput(field=field, problem="must not be negative").at("input", field)
    if limits.safety is not None and limits.maximum is not None and limits.maximum < limits.safety:
        raise BadInput(field="maximum", problem="must not be below the safety stock").at("input", "maximum")
    item = await item_to_change(work, limits.variant_id, limits.warehouse_id)
    item.safety, item.maximum = limits.safety, limits.maximum
    touch(work, {limits.variant_id})
    return item


async def variant_must_exist(work: Work, variant_id: UUID) -> None:
    """Refuse a variant that the catalogue does not know."""
    if not await work.rows(select(catalogue.Variant.id).where(catalogue.Variant.id == variant_id)):
        raise NotFound(what="variant", which=str(variant_id)).at("input", "variantId")


async def item_to_change(work: Work, variant_id: UUID, warehouse_id: WarehouseId) -> StockItem:
    """Load the stock item for a change, making it if nothing was ever there."""
    zeros = dict.fromkeys(("on_hand", "unpaid", "to_review", "to_ship", "preorder"), NOTHING)
    await work.execute(
        insert(StockItem)
        .values(id=identifier(), variant_id=variant_id, warehouse_id=warehouse_id, **zeros)
        .on_conflict_do_nothing()
    )
    key = (variant_id, warehouse_id)
    return await work.session.get_one(StockItem, key, with_for_update=True, populate_existing=True)


async def note_run_by_partner(work: Work, warehouse_id: UUID) -> None:
    """Note that a partner runs a warehouse: whoever works there works for him, and hears from him what to do."""
    await work.execute(update(Warehouse).where(Warehouse.id == warehouse_id).values(run_by_partner=True))
