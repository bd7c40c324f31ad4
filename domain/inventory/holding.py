"""Holding goods (锁定): what is to leave a warehouse otherwise than to a buyer is free for no buyer meanwhile."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import catalogue
from domain.inventory.averages import NOTHING
from domain.inventory.buckets import gather, hold
from domain.inventory.claims import StockShort
from domain.inventory.events import touch
from domain.inventory.models import WarehouseId
from domain.inventory.statements import LOOSE_OF_ITEM, statement
from domain.kernel import Quantity, Refusal, Work

LOOSE = statement(f"""
    SELECT item.variant_id, {LOOSE_OF_ITEM} AS loose, item.blocked FROM stock_items AS item
    WHERE item.variant_id = ANY (:variant_ids) AND item.warehouse_id = :warehouse_id
""")  # noqa: S608 — The formula is ours.
HOLD = statement("""
    UPDATE stock_items AS item SET held = item.held + given.quantity
    FROM unnest(:variant_ids, :quantities) AS given (variant_id, quantity)
    WHERE item.variant_id = given.variant_id AND item.warehouse_id = :warehouse_id
""")


async def hold_goods(work: Work, warehouse_id: WarehouseId, wanted: Mapping[UUID, Quantity]) -> None:
    """Hold so much of these variants in a warehouse, all of it, or refuse for the first that has too little free."""
    loose = {row.variant_id: max(Quantity(row.loose), NOTHING) for row in await _there(work, warehouse_id, wanted)}
    for variant_id in sorted(wanted):
        if wanted[variant_id] > (available := loose.get(variant_id, NOTHING)):
            raise await _short(work, variant_id, wanted[variant_id], available)
    await _change(work, warehouse_id, wanted)


async def hold_sellable(work: Work, warehouse_id: WarehouseId, wanted: Mapping[UUID, Quantity]) -> dict[UUID, Quantity]:
    """Hold of these variants what a buyer could have of so much, and say how much that is.

    What may not be sold needs no holding; there must be enough of both together, or it is refused.
    """
    there = {row.variant_id: row for row in await _there(work, warehouse_id, wanted)}
    held = dict[UUID, Quantity]()
    for variant_id in sorted(wanted):
        row = there.get(variant_id)
        loose = max(Quantity(row.loose), NOTHING) if row is not None else NOTHING
        available = loose + (Quantity(row.blocked) if row is not None else NOTHING)
        if wanted[variant_id] > available:
            raise await _short(work, variant_id, wanted[variant_id], available)
        held[variant_id] = min(wanted[variant_id], loose)
    await _change(work, warehouse_id, held)
    return held


async def _there(work: Work, warehouse_id: WarehouseId, wanted: Iterable[UUID]) -> list[Any]:
    """Lock these variants in a warehouse, with what was dealt out to buckets, and say what is there."""
    variants = sorted(wanted)
    await hold(work, variants, [warehouse_id])
    await gather(work, [(each, warehouse_id) for each in variants])
    return await work.rows(LOOSE, {"variant_ids": variants, "warehouse_id": warehouse_id})


async def _short(work: Work, variant_id: UUID, wanted: Quantity, available: Quantity) -> Refusal:
    sku = await work.session.scalar(select(catalogue.Variant.sku).where(catalogue.Variant.id == variant_id))
    short = StockShort(sku=sku or str(variant_id), variant_id=variant_id, wanted=wanted, available=available)
    return short.at("input", "lines")


async def give_back_goods(work: Work, warehouse_id: WarehouseId, held: Mapping[UUID, Quantity]) -> None:
    """Free what was held and does not leave."""
    await hold(work, held, [warehouse_id])
    await _change(work, warehouse_id, {variant_id: -quantity for variant_id, quantity in held.items()})


async def _change(work: Work, warehouse_id: WarehouseId, by: Mapping[UUID, Quantity]) -> None:
    given = {"variant_ids": list(by), "quantities": [each.value for each in by.values()]}
    await work.execute(HOLD, given | {"warehouse_id": warehouse_id})
    touch(work, set(by))
