"""What can be done to stock documents in steps (单据流程)."""

from typing import Any

import strawberry

from domain import inventory
from schema.inventory import inputs
from schema.inventory.documents import StockDocument
from schema.mutating import Call, mutation


@strawberry.type
class StockDocumentMutation:
    """Mutations."""

    @mutation(StockDocument)
    async def draft_stock_document(self, call: Call, input: inputs.DraftStockDocumentInput) -> Any:  # noqa: A002
        return await call.perform(inventory.draft_stock_document, drafted(call, input))

    @mutation(StockDocument)
    async def change_stock_document(self, call: Call, input: inputs.ChangeStockDocumentInput) -> Any:  # noqa: A002
        document_id, draft = call.key("StockDocument", input.id), drafted(call, input.document)
        return await call.perform(
            inventory.change_stock_document, document_id, draft, expected_version=input.expected_version
        )

    @mutation(StockDocument)
    async def approve_stock_document(self, call: Call, input: inputs.ApproveStockDocumentInput) -> Any:  # noqa: A002
        return await call.perform(inventory.approve_stock_document, call.key("StockDocument", input.id))

    @mutation(StockDocument)
    async def discard_stock_document(self, call: Call, input: inputs.DiscardStockDocumentInput) -> Any:  # noqa: A002
        return await call.perform(inventory.discard_stock_document, call.key("StockDocument", input.id))

    @mutation(StockDocument)
    async def post_stock_document(self, call: Call, input: inputs.PostStockDocumentInput) -> Any:  # noqa: A002
        return await call.perform(inventory.post_stock_document, call.key("StockDocument", input.id))

    @mutation(StockDocument)
    async def void_stock_document(self, call: Call, input: inputs.VoidStockDocumentInput) -> Any:  # noqa: A002
        document_id = call.key("StockDocument", input.id)
        return await call.perform(inventory.void_stock_document, document_id, input.reason)


def drafted(call: Call, given: inputs.DraftStockDocumentInput) -> inventory.DraftedDocument:
    """Read what a document shall say."""
    return inventory.DraftedDocument(
        kind=given.kind,
        warehouse_id=call.key("Warehouse", given.warehouse_id),
        to_warehouse_id=call.key("Warehouse", given.to_warehouse_id) if given.to_warehouse_id else None,
        reason=given.reason,
        lines=[_line(call, index, each) for index, each in enumerate(given.lines)],
        effective_at=given.effective_at,
        override_reason=given.override_reason,
        partner_id=call.key("Partner", given.partner_id) if given.partner_id else None,
    )


def _line(call: Call, index: int, given: inputs.StockDocumentLineInput) -> inventory.Line:
    cost, where = given.unit_cost, ("lines", str(index), "unitCost")
    return inventory.Line(
        variant_id=call.key("Variant", given.variant_id),
        quantity=given.quantity,
        unit_cost=inputs.cost_of(cost, *where) if cost is not None else None,
        lot_id=call.key("Lot", given.lot_id) if given.lot_id else None,
        lot_code=given.lot_code,
        produced_on=given.produced_on,
        expires_on=given.expires_on,
        bin_id=call.key("Bin", given.bin_id) if given.bin_id else None,
        to_bin_id=call.key("Bin", given.to_bin_id) if given.to_bin_id else None,
        receipt_id=call.key("StockDocument", given.receipt_id) if given.receipt_id else None,
        receipt_position=given.receipt_position,
    )
