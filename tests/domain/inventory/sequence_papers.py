"""Papers of a random story (样本单据): posted by staff, into the past too, given back, counted and voided."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import inventory, stocktaking
from domain.catalogue import CostMethod
from domain.inventory.models import StockDocumentLine
from domain.kernel import Quantity, UnitPrice, Work, identifier
from domain.stocktaking.starting import COUNTED, COUNTING, RECOUNTING
from tests.domain.inventory.company import Company, Step

KIND = inventory.MovementKind
PAPERS = [KIND.BIN_MOVE, KIND.LOT_CHANGE, KIND.SCRAP, KIND.ADJUSTMENT_OUT]


async def posted(
    work: Work, kind: inventory.MovementKind, place: Any, lines: list[inventory.Line], **other: Any
) -> None:
    """Write, approve and post a paper."""
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=place, reason="paper", lines=lines, **other)
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)


async def paper(work: Work, company: Company, step: Step) -> None:
    kind = PAPERS[step.turn % len(PAPERS)]
    here = company.bins[step.warehouse]
    lot = f"L{step.turn % 3}" if kind is KIND.LOT_CHANGE else None
    line = inventory.Line(
        variant_id=company.variants[step.variant],
        quantity=Quantity(step.quantity),
        bin_id=here if step.turn % 2 else None,
        to_bin_id=here if kind is KIND.BIN_MOVE and step.turn % 2 == 0 else None,
        lot_code=lot,
        expires_on=company.expiry(lot),
    )
    await posted(work, kind, company.warehouses[step.warehouse], [line])


async def make(work: Work, company: Company, step: Step) -> None:
    """Put one variant together of the other, or take it apart into that; sometimes it was done hours ago."""
    kind = (KIND.ASSEMBLY, KIND.DISASSEMBLY)[step.turn % 2]
    whole, part = company.variants[step.variant], company.variants[1 - step.variant]
    lines = [
        inventory.Line(variant_id=whole, quantity=Quantity(step.quantity)),
        inventory.Line(variant_id=part, quantity=Quantity(step.turn + 1)),
    ]
    then = work.now - timedelta(hours=step.quantity) if step.turn % 3 == 0 else None
    await posted(work, kind, company.warehouses[step.warehouse], lines, effective_at=then)


async def late(work: Work, company: Company, step: Step) -> None:
    """Post a paper that takes effect hours or days ago, perhaps in a month that is closed."""
    back = timedelta(days=step.turn - 8) if step.turn > 9 else timedelta(hours=step.turn + 1)
    kind = (KIND.RECEIPT, KIND.SCRAP, KIND.ADJUSTMENT_IN, KIND.TRANSFER_OUT)[step.quantity % 4]
    line = inventory.Line(
        variant_id=company.variants[step.variant],
        quantity=Quantity(step.quantity),
        unit_cost=UnitPrice(f"{step.turn + 1}.5") if kind in (KIND.RECEIPT, KIND.ADJUSTMENT_IN) else None,
    )
    other = company.warehouses[1 - step.warehouse] if kind is KIND.TRANSFER_OUT else None
    place = company.warehouses[step.warehouse]
    await posted(work, kind, place, [line], effective_at=work.now - back, to_warehouse_id=other)


async def overdraw(work: Work, company: Company, step: Step) -> None:
    """Take out more than is there, with a reason."""
    kind = (KIND.SCRAP, KIND.ADJUSTMENT_OUT, KIND.TRANSFER_OUT)[step.turn % 3]
    line = inventory.Line(variant_id=company.variants[step.variant], quantity=Quantity(step.quantity))
    other = company.warehouses[1 - step.warehouse] if kind is KIND.TRANSFER_OUT else None
    place = company.warehouses[step.warehouse]
    await posted(work, kind, place, [line], override_reason="no paper yet", to_warehouse_id=other)


async def _receipts(work: Work, company: Company, step: Step) -> list[Any]:
    """Find the receipts of a variant that stand, the last first."""
    document, line = inventory.StockDocument, StockDocumentLine
    found = (
        select(document.id, line.position)
        .join(line, line.document_id == document.id)
        .where(document.kind == KIND.RECEIPT, document.status == "POSTED", document.voids_id.is_(None))
        .where(line.variant_id == company.variants[step.variant])
        .order_by(document.id.desc())
    )
    return await work.rows(found.limit(3))


async def send_back(work: Work, company: Company, step: Step) -> None:
    """Send goods of a receipt back to the supplier, from wherever some are."""
    if found := await _receipts(work, company, step):
        receipt = found[step.turn % len(found)]
        line = inventory.Line(
            variant_id=company.variants[step.variant],
            quantity=Quantity(step.quantity),
            receipt_id=receipt.id,
            receipt_position=receipt.position,
        )
        await posted(work, KIND.SUPPLIER_RETURN, company.warehouses[step.warehouse], [line])


async def take_back(work: Work, company: Company, step: Step) -> None:
    """Take back what a buyer sends: some good, some defective."""
    if company.parcels:
        parcel, left = company.parcels[step.turn % len(company.parcels)]
        lines = left[: step.turn % 2 + 1]
        good = step.quantity % 3 > 0
        place = company.warehouses[step.warehouse] if good or company.apart is None else company.apart
        condition = inventory.ReturnCondition.GOOD if good else inventory.ReturnCondition.DEFECTIVE
        document = inventory.return_paper(work, place, "too small")
        await inventory.take_back(work, inventory.Document(type="Shipment", id=parcel), lines, document, condition)


async def price(work: Work, company: Company, step: Step) -> None:
    """Let an invoice say another price, or stock be worth less."""
    if step.turn % 2 and (found := await _receipts(work, company, step)):
        prices = [inventory.NewPrice(position=found[0].position, unit_cost=UnitPrice(f"{step.quantity}.25"))]
        await inventory.reprice_receipt(work, found[0].id, prices, "invoice")
    elif step.turn % 2 == 0:
        place = company.warehouses[step.warehouse] if step.turn % 4 or company.apart is None else company.apart
        lower = inventory.LowerValue(variant_id=company.variants[step.variant], unit_value=UnitPrice("0.5"))
        await inventory.write_down_stock(work, place, [lower], "scratched")


async def fix(work: Work, company: Company, step: Step) -> None:
    """Cost a variant at a fixed cost, or at the average again."""
    method = CostMethod.FIXED if step.turn % 3 else CostMethod.MOVING_AVERAGE
    cost = UnitPrice(f"{step.quantity}.3") if method is CostMethod.FIXED else None
    variants: list[UUID] = [company.variants[step.variant]]
    new = inventory.NewCostMethod(variant_ids=variants, method=method, fixed_cost=cost, reason="policy")
    await inventory.set_cost_method(work, new)


async def close(work: Work, company: Company, step: Step) -> None:
    """Close the month before this one, or open it again."""
    month = (company.day.replace(day=1) - timedelta(days=1)).replace(day=1)
    if step.turn % 3:
        await inventory.close_stock_period(work, month, "reported")
    else:
        await inventory.reopen_stock_period(work, month, "a late paper")


async def count(work: Work, company: Company, step: Step) -> None:
    """Take one step with a count of a warehouse, while everything else goes on."""
    place, status = company.warehouses[step.warehouse], stocktaking.Stocktake.status
    going_on = (stocktaking.Stocktake.warehouse_id == place, status.notin_(("POSTED", "CANCELLED")))
    found = await work.rows(select(stocktaking.Stocktake.id, status).where(*going_on).limit(1))
    if not found:
        scope = stocktaking.StocktakeScope.ALL
        new = stocktaking.NewStocktake(warehouse_id=place, scope=scope, reason="year end", tolerance_percent=100)
        await stocktaking.start_stocktake(work, new)
    elif found[0].status in (COUNTING, RECOUNTING) and step.turn % 2:
        quantity, variant = Quantity(step.quantity), company.variants[step.variant]
        scan = stocktaking.Scan(scan_id=identifier(), variant_id=variant, quantity=quantity)
        await stocktaking.count_stock(work, found[0].id, [scan])
    elif found[0].status in (COUNTING, RECOUNTING):
        await stocktaking.close_count(work, found[0].id)
    elif found[0].status == COUNTED:
        await stocktaking.approve_stocktake(work, found[0].id)
    else:
        await stocktaking.post_stocktake(work, found[0].id)


async def void(work: Work, company: Company, step: Step) -> None:
    document = inventory.StockDocument
    posted = (document.status == inventory.DocumentStatus.POSTED, document.voids_id.is_(None))
    here = document.warehouse_id == company.warehouses[step.warehouse]
    latest = select(document.id).where(*posted, here).order_by(document.id.desc()).limit(1)
    for row in await work.rows(latest):
        await inventory.void_stock_document(work, row.id, "a mistake")
