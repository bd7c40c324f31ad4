"""Places (仓库): where stock lies, whether it is promised to buyers, and how much of what should lie there."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.events import touch
from domain.inventory.models import StockItem, Warehouse, WarehouseId, WarehouseKind
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Work, action, identifier, visible

CODE_LENGTH_MAX = 40
NAME_LENGTH_MAX = 200
PLACE: tuple[Any, ...] = (Warehouse.id, Warehouse.code, Warehouse.active)


class WarehouseCodeTaken(Refusal):
    """Another warehouse has the code {warehouse_code}."""

    warehouse_code: str
    chinese = "仓库编码 {warehouse_code} 已被使用"


class WarehouseClosed(Refusal):
    """Warehouse {warehouse} is closed."""

    warehouse: str
    chinese = "仓库 {warehouse} 已停用"


@dataclass(frozen=True, kw_only=True)
class NewWarehouse:
    """What a warehouse is; the province is a GB/T 2260 code."""

    code: str
    name: str
    kind: WarehouseKind
    sellable: bool = True
    province: str | None = None


@action
async def open_warehouse(work: Work, warehouse: NewWarehouse) -> Warehouse:
    """Open a warehouse; only a sellable one is promised to buyers."""
    code = _text(warehouse.code, "code", CODE_LENGTH_MAX)
    name = _text(warehouse.name, "name", NAME_LENGTH_MAX)
    if await work.rows(select(Warehouse.id).where(Warehouse.code == code)):
        raise WarehouseCodeTaken(warehouse_code=code).at("input", "code")
    opened = Warehouse(
        code=code,
        name=name,
        kind=warehouse.kind,
        sellable=warehouse.sellable,
        province=warehouse.province,
        created_at=work.now,
    )
    work.session.add(opened)
    await work.session.flush()
    return opened


def _text(given: str, field: str, length_max: int) -> str:
    text = given.strip()
    if not 1 <= len(text) <= length_max:
        raise BadInput(field=field, problem=f"must have 1 to {length_max} characters").at("input", field)
    return text


async def open_place(work: Work, warehouse_id: UUID, field: str = "warehouseId") -> Any:
    """Find a warehouse of the actor's scope that is open, or refuse."""
    found = select(*PLACE).where(Warehouse.id == warehouse_id)
    rows = await work.rows(visible(found, work.actor, warehouse=Warehouse.id))
    if not rows:
        raise NotFound(what="warehouse", which=str(warehouse_id)).at("input", field)
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
    if not await work.rows(select(catalogue.Variant.id).where(catalogue.Variant.id == limits.variant_id)):
        raise NotFound(what="variant", which=str(limits.variant_id)).at("input", "variantId")
    for field, given in (("safety", limits.safety), ("maximum", limits.maximum)):
        if given is not None and given < NOTHING:
            raise BadInput(field=field, problem="must not be negative").at("input", field)
    if limits.safety is not None and limits.maximum is not None and limits.maximum < limits.safety:
        raise BadInput(field="maximum", problem="must not be below the safety stock").at("input", "maximum")
    item = await _item(work, limits.variant_id, limits.warehouse_id)
    item.safety, item.maximum = limits.safety, limits.maximum
    touch(work, {limits.variant_id})
    return item


async def _item(work: Work, variant_id: UUID, warehouse_id: WarehouseId) -> StockItem:
    """Load the stock item for a change, making it if nothing was ever there."""
    zeros = dict.fromkeys(("on_hand", "unpaid", "to_review", "to_ship", "preorder"), NOTHING)
    await work.execute(
        insert(StockItem)
        .values(id=identifier(), variant_id=variant_id, warehouse_id=warehouse_id, **zeros)
        .on_conflict_do_nothing()
    )
    key = (variant_id, warehouse_id)
    return await work.session.get_one(StockItem, key, with_for_update=True, populate_existing=True)
