"""Designated warehouses (指定仓): from where some goods are sent whatever the shop of the order says."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, delete, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain import catalogue
from domain.inventory.models import DesignatedWarehouse, Warehouse, WarehouseId
from domain.inventory.places import open_place
from domain.kernel import BadInput, NotFound, Read, Work, action, visible

DESIGNATED_MAX = 20


@action
async def designate_warehouses(work: Work, variant_id: UUID, warehouse_ids: Sequence[WarehouseId]) -> catalogue.Variant:
    """Say from which warehouses a variant is sent whatever the shop says; none leaves it to the shop again."""
    variant = await work.session.get(catalogue.Variant, variant_id)
    if variant is None:
        raise NotFound(what="variant", which=str(variant_id)).at("input", "variantId")
    wanted = list(dict.fromkeys(warehouse_ids))
    if len(wanted) > DESIGNATED_MAX:
        raise BadInput(field="warehouseIds", problem=f"at most {DESIGNATED_MAX}").at("input", "warehouseIds")
    for each in sorted(wanted):
        await open_place(work, each, "warehouseIds")
    await work.execute(delete(DesignatedWarehouse).where(DesignatedWarehouse.variant_id == variant_id))
    if wanted:
        rows = [{"variant_id": variant_id, "warehouse_id": each} for each in wanted]
        await work.execute(insert(DesignatedWarehouse), rows)
    return variant


async def designated_among(read: Work | Read, variant_ids: Sequence[UUID]) -> dict[UUID | None, frozenset[UUID]]:
    """Say from which open warehouses variants are sent; those sent from any are left out."""
    place = DesignatedWarehouse
    statement = (
        select(place.variant_id, func.array_agg(place.warehouse_id).label("places"))
        .join(Warehouse, Warehouse.id == place.warehouse_id)
        .where(place.variant_id == any_(literal(list(variant_ids), ARRAY(Uuid))), Warehouse.active, Warehouse.sellable)
        .group_by(place.variant_id)
    )
    return {row.variant_id: frozenset(row.places) for row in await read.rows(statement)}


async def designated_of(read: Read, variant_id: UUID) -> list[Any]:
    """List the warehouses designated for a variant, by code."""
    statement = (
        select(*Warehouse.__table__.columns)
        .join(DesignatedWarehouse, DesignatedWarehouse.warehouse_id == Warehouse.id)
        .where(DesignatedWarehouse.variant_id == variant_id)
    )
    return await read.rows(visible(statement, read.actor, warehouse=Warehouse.id).order_by(Warehouse.code))
