"""What can be done to stocktakes (盘点变更)."""

from typing import Any
from uuid import UUID

import strawberry

from domain import kernel, stocktaking
from schema.mutating import Call, mutation
from schema.stocktaking import inputs
from schema.stocktaking.types import Stocktake


@strawberry.type
class StocktakingMutation:
    """Mutations."""

    @mutation(Stocktake)
    async def start_stocktake(self, call: Call, input: inputs.StartStocktakeInput) -> Any:  # noqa: A002
        new = stocktaking.NewStocktake(
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            scope=input.scope,
            reason=input.reason,
            variant_ids=[call.key("Variant", each) for each in input.variant_ids],
            category_id=call.key("Category", input.category_id) if input.category_id else None,
            bin_ids=[call.key("Bin", each) for each in input.bin_ids],
            moved_since=input.moved_since,
            value_classes=input.value_classes,
            blind=input.blind,
            tolerance_percent=input.tolerance_percent,
        )
        return await call.perform(stocktaking.start_stocktake, new)

    @mutation(Stocktake)
    async def count_stock(self, call: Call, input: inputs.CountStockInput) -> Any:  # noqa: A002
        scans = [_scan(call, index, each) for index, each in enumerate(input.scans)]
        return await call.perform(stocktaking.count_stock, call.key("Stocktake", input.id), scans)

    @mutation(Stocktake)
    async def close_count(self, call: Call, input: inputs.CloseCountInput) -> Any:  # noqa: A002
        return await call.perform(stocktaking.close_count, call.key("Stocktake", input.id), input.uncounted)

    @mutation(Stocktake)
    async def approve_stocktake(self, call: Call, input: inputs.ApproveStocktakeInput) -> Any:  # noqa: A002
        return await call.perform(stocktaking.approve_stocktake, call.key("Stocktake", input.id))

    @mutation(Stocktake)
    async def post_stocktake(self, call: Call, input: inputs.PostStocktakeInput) -> Any:  # noqa: A002
        return await call.perform(stocktaking.post_stocktake, call.key("Stocktake", input.id))

    @mutation(Stocktake)
    async def cancel_stocktake(self, call: Call, input: inputs.CancelStocktakeInput) -> Any:  # noqa: A002
        return await call.perform(stocktaking.cancel_stocktake, call.key("Stocktake", input.id))


def _scan(call: Call, index: int, given: inputs.CountScanInput) -> stocktaking.Scan:
    try:
        scan_id = UUID(given.scan_id)
    except ValueError:
        problem = kernel.BadInput(field="scanId", problem="is not a UUID")
        raise problem.at("input", "scans", str(index), "scanId") from None
    return stocktaking.Scan(
        scan_id=scan_id,
        variant_id=call.key("Variant", given.variant_id),
        quantity=given.quantity,
        lot_id=call.key("Lot", given.lot_id) if given.lot_id else None,
        bin_id=call.key("Bin", given.bin_id) if given.bin_id else None,
        scanned_at=given.scanned_at,
    )
