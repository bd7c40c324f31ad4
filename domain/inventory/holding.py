"""Holding goods (锁定): what is to leave for another warehouse is free for no buyer from the moment it is approved."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.buckets import gather, hold
from domain.inventory.claims import StockShort
from domain.inventory.events import touch
from domain.inventory.models import WarehouseId
from domain.inventory.statements import LOOSE_OF_ITEM, statement
from domain.kernel import Quantity, Work

LOOSE = statement(f"""
    SELECT item.variant_id, {LOOSE_OF_ITEM} AS loose FROM stock_items AS item
    WHERE item.variant_id = ANY (:variant_ids) AND item.warehouse_id = :warehouse_id
""")  # noqa: S608 — The formula is ours.
HOLD = statement("""
    UPDATE stock_items AS item SET held = item.held + given.quantity
    FROM unnest(:variant_ids, :quantities) AS given (variant_id, quantity)
    WHERE item.variant_id = given.variant_id AND item.warehouse_id = :warehouse_id
""")


async def hold_goods(work: Work, warehouse_id: WarehouseId, wanted: Mapping[UUID, Quantity]) -> None:
    """Hold so much of these variants in a warehouse, all of it, or refuse for the first that has too little free."""
    variants = sorted(wanted)
    await hold(work, variants, [warehouse_id])
    await gather(work, [(each, warehouse_id) for each in variants])
    rows = await work.rows(LOOSE, {"variant_ids": variants, "warehouse_id": warehouse_id})
    loose = {row.variant_id: Quantity(row.loose) for row in rows}
    for variant_id in variants:
        if wanted[variant_id] > (available := max(loose.get(variant_id, NOTHING), NOTHING)):
            sku = await work.session.scalar(select(catalogue.Variant.sku).where(catalogue.Variant.id == variant_id))
            short = StockShort(
                sku=sku or str(variant_id), variant_id=variant_id, wanted=wanted[variant_id], available=available
            )
            raise short.at("input", "lines")
    await _change(work, warehouse_id, wanted)


async def give_back_goods(work: Work, warehouse_id: WarehouseId, held: Mapping[UUID, Quantity]) -> None:
    """Free what was held and does not leave."""
    await hold(work, held, [warehouse_id])
    await _change(work, warehouse_id, {variant_id: -quantity for variant_id, quantity in held.items()})


async def _change(work: Work, warehouse_id: WarehouseId, by: Mapping[UUID, Quantity]) -> None:
    given = {"variant_ids": list(by), "quantities": [each.value for each in by.values()]}
    await work.execute(HOLD, given | {"warehouse_id": warehouse_id})
    touch(work, set(by))
