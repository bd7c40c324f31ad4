"""The papers of stock (库存单证): what stands on a stock document of any kind, a transfer, and a count sheet."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import case, null, select
from sqlalchemy.orm import aliased

from domain import catalogue, inventory, partners, stocktaking, transfers
from domain.kernel import Read, Reading
from domain.papers.words import OF_KIND, OF_STATE, measure, moment

SEE_COST = "finance.see_cost"
FROM, TO = aliased(inventory.Warehouse), aliased(inventory.Warehouse)
BIN, TO_BIN, LOT, ZONE = inventory.Bin, aliased(inventory.Bin), inventory.Lot, inventory.Zone
VARIANT, PRODUCT = catalogue.Variant, catalogue.Product
GOODS = (VARIANT.sku, VARIANT.specification, PRODUCT.name.label("product_name"))

DOCUMENT, DOCUMENT_LINE = inventory.StockDocument, inventory.StockDocumentLine
DOCUMENTS = Reading(
    select(*DOCUMENT.__table__.columns, FROM.name.label("warehouse"), TO.name.label("to_warehouse"))
    .join(FROM, FROM.id == DOCUMENT.warehouse_id)
    .outerjoin(TO, TO.id == DOCUMENT.to_warehouse_id),
    DOCUMENT.id,
    warehouse=DOCUMENT.warehouse_id,
)
DOCUMENT_LINES = Reading(
    select(
        *DOCUMENT_LINE.__table__.columns,
        *GOODS,
        LOT.code.label("lot"),
        BIN.code.label("bin"),
        TO_BIN.code.label("to_bin"),
    )
    .join(DOCUMENT, DOCUMENT.id == DOCUMENT_LINE.document_id)
    .join(VARIANT, VARIANT.id == DOCUMENT_LINE.variant_id)
    .join(PRODUCT, PRODUCT.id == VARIANT.product_id)
    .outerjoin(LOT, LOT.id == DOCUMENT_LINE.lot_id)
    .outerjoin(BIN, BIN.id == DOCUMENT_LINE.bin_id)
    .outerjoin(TO_BIN, TO_BIN.id == DOCUMENT_LINE.to_bin_id)
    .order_by(DOCUMENT_LINE.document_id, DOCUMENT_LINE.position),
    DOCUMENT_LINE.document_id,
    many=True,
    warehouse=DOCUMENT.warehouse_id,
)

TRANSFER, TRANSFER_LINE = transfers.StockTransfer, transfers.StockTransferLine
SIDES = (TRANSFER.from_warehouse_id, TRANSFER.to_warehouse_id)
TRANSFERS = Reading(
    select(*TRANSFER.__table__.columns, FROM.name.label("warehouse"), TO.name.label("to_warehouse"))
    .join(FROM, FROM.id == TRANSFER.from_warehouse_id)
    .join(TO, TO.id == TRANSFER.to_warehouse_id),
    TRANSFER.id,
    warehouse=SIDES,
)
TRANSFER_LINES = Reading(
    select(*TRANSFER_LINE.__table__.columns, *GOODS)
    .join(TRANSFER, TRANSFER.id == TRANSFER_LINE.transfer_id)
    .join(VARIANT, VARIANT.id == TRANSFER_LINE.variant_id)
    .join(PRODUCT, PRODUCT.id == VARIANT.product_id)
    .order_by(TRANSFER_LINE.transfer_id, TRANSFER_LINE.position),
    TRANSFER_LINE.transfer_id,
    many=True,
    warehouse=SIDES,
)

COUNT, COUNT_LINE = stocktaking.Stocktake, stocktaking.StocktakeLine
COUNTS = Reading(
    select(*COUNT.__table__.columns, FROM.name.label("warehouse")).join(FROM, FROM.id == COUNT.warehouse_id),
    COUNT.id,
    warehouse=COUNT.warehouse_id,
)
# Along the way somebody walks; what is to be found there is told unless the count is blind.
COUNT_LINES = Reading(
    select(
        *COUNT_LINE.__table__.columns,
        *GOODS,
        LOT.code.label("lot"),
        BIN.code.label("bin"),
        case((COUNT.blind, null()), else_=COUNT_LINE.book_quantity).label("told_quantity"),
    )
    .join(COUNT, COUNT.id == COUNT_LINE.stocktake_id)
    .join(VARIANT, VARIANT.id == COUNT_LINE.variant_id)
    .join(PRODUCT, PRODUCT.id == VARIANT.product_id)
    .outerjoin(LOT, LOT.id == COUNT_LINE.lot_id)
    .outerjoin(BIN, BIN.id == COUNT_LINE.bin_id)
    .outerjoin(ZONE, ZONE.id == BIN.zone_id)
    .order_by(COUNT_LINE.stocktake_id, ZONE.walking_order, BIN.walking_order, BIN.code, VARIANT.sku, COUNT_LINE.id),
    COUNT_LINE.stocktake_id,
    many=True,
    warehouse=COUNT.warehouse_id,
)


async def of_documents(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Say what stands on stock documents; costs are for those who may see them."""
    heads, lines = await DOCUMENTS(read, ids), await DOCUMENT_LINES(read, ids)
    costs, named = read.actor.may(SEE_COST), {head.partner_id for head in heads.values()} - {None}
    known = await partners.partners_by_id(read, sorted(named)) if named else {}
    return {
        key: {
            "number": head.number,
            "title": OF_KIND[head.kind],
            "warehouse_id": head.warehouse_id,
            "state": OF_STATE[head.status],
            "warehouse": head.warehouse,
            "to_warehouse": head.to_warehouse or "",
            "partner": known[head.partner_id].name if head.partner_id in known else "",
            "reason": head.reason,
            "drafted": _hand(head.drafted_by, head.drafted_at),
            "approved": _hand(head.approved_by, head.approved_at),
            "posted": _hand(head.posted_by, head.posted_at),
            "costs": costs,
            "lines": [_document_line(line, costs=costs) for line in lines[key]],
        }
        for key, head in heads.items()
    }


def _document_line(line: Any, *, costs: bool) -> dict[str, Any]:
    return {
        "position": str(line.position),
        **_goods(line),
        "lot": line.lot_code or line.lot or "",
        "expires_on": line.expires_on.isoformat() if line.expires_on else "",
        "bin": line.bin or "",
        "to_bin": line.to_bin or "",
        "quantity": measure(line.quantity),
        "unit_cost": measure(line.unit_cost, places=2) if costs else "",
        "amount": str(line.unit_cost * line.quantity) if costs and line.unit_cost is not None else "",
    }


async def of_transfers(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Say what stands on transfers."""
    heads, lines = await TRANSFERS(read, ids), await TRANSFER_LINES(read, ids)
    return {
        key: {
            "number": head.number,
            "warehouse_id": head.from_warehouse_id,
            "warehouse": head.warehouse,
            "to_warehouse": head.to_warehouse,
            "reason": head.reason,
            "requested": _hand(head.requested_by, head.requested_at),
            "approved": _hand(head.approved_by, head.approved_at),
            "lines": [
                {
                    "position": str(line.position),
                    **_goods(line),
                    **{name: measure(getattr(line, name)) for name in ("wanted", "approved", "shipped", "received")},
                }
                for line in lines[key]
            ],
        }
        for key, head in heads.items()
    }


async def of_stocktakes(read: Read, ids: Sequence[UUID]) -> Mapping[UUID, dict[str, Any]]:
    """Say what stands on count sheets: where to go and what to count there."""
    heads, lines = await COUNTS(read, ids), await COUNT_LINES(read, ids)
    return {
        key: {
            "number": head.number,
            "warehouse_id": head.warehouse_id,
            "warehouse": head.warehouse,
            "reason": head.reason,
            "blind": head.blind,
            "started": _hand(head.started_by, head.started_at),
            "lines": [
                {
                    "position": str(position),
                    **_goods(line),
                    "lot": line.lot or "",
                    "bin": line.bin or "",
                    "book": measure(line.told_quantity),
                    "counted": measure(line.counted_quantity),
                }
                for position, line in enumerate(lines[key], 1)
            ],
        }
        for key, head in heads.items()
    }


def _goods(line: Any) -> dict[str, str]:
    return {"sku": line.sku, "name": line.product_name, "specification": line.specification}


def _hand(name: str | None, at: Any) -> str:
    return f"{name} {moment(at)}" if name else ""
