"""Assembly of bundles (组装、拆卸): a stock document is written from the composition; staff approve and post it as any.

What is in the document is what moves: a part may be replaced in the draft, and a later composition changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import catalogue, inventory
from domain.bundles.models import Bundle, BundleComponent, BundleKind
from domain.inventory import MovementKind
from domain.kernel import BadInput, Quantity, Refusal, Work, action

NOTHING = Quantity(0)


class NotAssembled(Refusal):
    """{sku} is no bundle that is made beforehand; compose it as ASSEMBLED first."""

    sku: str
    chinese = "{sku} 不是组装套件，请先将其设为组装套件"


@dataclass(frozen=True, kw_only=True)
class Assembly:
    """How many of a bundle to make or take apart where, and why; what is made may be of a lot and go into a bin."""

    warehouse_id: inventory.WarehouseId
    variant_id: UUID
    quantity: Quantity
    reason: str
    lot_code: str | None = None
    produced_on: date | None = None
    expires_on: date | None = None
    bin_id: inventory.BinId | None = None


@action
async def draft_assembly(work: Work, assembly: Assembly) -> inventory.StockDocument:
    """Write a document that makes bundles of their components; approve and post it to make them."""
    return await _draft(work, assembly, MovementKind.ASSEMBLY)


@action
async def draft_disassembly(work: Work, assembly: Assembly) -> inventory.StockDocument:
    """Write a document that takes bundles apart into their components; approve and post it to do so."""
    return await _draft(work, assembly, MovementKind.DISASSEMBLY)


async def _draft(work: Work, assembly: Assembly, kind: MovementKind) -> inventory.StockDocument:
    if assembly.quantity <= NOTHING or assembly.quantity.value % 1:
        raise BadInput(field="quantity", problem="must be whole pieces, at least 1").at("input", "quantity")
    parts = await _parts(work, assembly.variant_id)
    whole = inventory.Line(
        variant_id=assembly.variant_id,
        quantity=assembly.quantity,
        lot_code=assembly.lot_code,
        produced_on=assembly.produced_on,
        expires_on=assembly.expires_on,
        bin_id=assembly.bin_id,
    )
    lines = [whole, *(_part(assembly, each) for each in parts)]
    draft = inventory.DraftedDocument(
        kind=kind, warehouse_id=assembly.warehouse_id, reason=assembly.reason, lines=lines
    )
    return await inventory.draft_stock_document(work, draft)


async def _parts(work: Work, variant_id: UUID) -> Sequence[Any]:
    statement = (
        select(BundleComponent.component_id, BundleComponent.quantity)
        .join(Bundle, Bundle.variant_id == BundleComponent.bundle_id)
        .where(Bundle.variant_id == variant_id, Bundle.kind == BundleKind.ASSEMBLED)
        .order_by(BundleComponent.position)
    )
    parts = await work.rows(statement)
    if not parts:
        rows = await work.rows(select(catalogue.Variant.sku).where(catalogue.Variant.id == variant_id))
        raise NotAssembled(sku=rows[0].sku if rows else str(variant_id)).at("input", "variantId")
    return parts


def _part(assembly: Assembly, part: Any) -> inventory.Line:
    quantity = Quantity(part.quantity.value * assembly.quantity.value)
    return inventory.Line(variant_id=part.component_id, quantity=quantity)
