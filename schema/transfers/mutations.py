"""What can be done to transfers (调拨变更)."""

from typing import Any

import strawberry

from domain import transfers
from schema.mutating import Call, mutation
from schema.transfers import inputs
from schema.transfers.types import StockTransfer


@strawberry.type
class TransfersMutation:
    """Mutations."""

    @mutation(StockTransfer)
    async def request_transfer(self, call: Call, input: inputs.RequestTransferInput) -> Any:  # noqa: A002
        new = transfers.NewTransfer(
            from_warehouse_id=call.key("Warehouse", input.from_warehouse_id),
            to_warehouse_id=call.key("Warehouse", input.to_warehouse_id),
            reason=input.reason,
            lines=[
                transfers.WantedGoods(variant_id=call.key("Variant", line.variant_id), quantity=line.quantity)
                for line in input.lines
            ],
        )
        return await call.perform(transfers.request_transfer, new)

    @mutation(StockTransfer)
    async def approve_transfer(self, call: Call, input: inputs.ApproveTransferInput) -> Any:  # noqa: A002
        lines = [
            transfers.ApprovedLine(line_id=call.key("StockTransferLine", line.line_id), quantity=line.quantity)
            for line in input.lines or ()
        ]
        transfer = call.key("StockTransfer", input.id)
        return await call.perform(
            transfers.approve_transfer, transfer, lines or None, expected_version=input.expected_version
        )

    @mutation(StockTransfer)
    async def ship_transfer(self, call: Call, input: inputs.ShipTransferInput) -> Any:  # noqa: A002
        lines = None if input.lines is None else [transfers.SentLine(**_part(call, line)) for line in input.lines]
        return await call.perform(transfers.ship_transfer, call.key("StockTransfer", input.id), lines)

    @mutation(StockTransfer)
    async def receive_transfer(self, call: Call, input: inputs.ReceiveTransferInput) -> Any:  # noqa: A002
        lines = None if input.lines is None else [transfers.ArrivedLine(**_part(call, line)) for line in input.lines]
        into = call.key("Warehouse", input.into_warehouse_id) if input.into_warehouse_id else None
        return await call.perform(transfers.receive_transfer, call.key("StockTransfer", input.id), lines, into)

    @mutation(StockTransfer)
    async def close_transfer(self, call: Call, input: inputs.CloseTransferInput) -> Any:  # noqa: A002
        return await call.perform(transfers.close_transfer, call.key("StockTransfer", input.id), input.reason)

    @mutation(StockTransfer)
    async def cancel_transfer(self, call: Call, input: inputs.CancelTransferInput) -> Any:  # noqa: A002
        return await call.perform(transfers.cancel_transfer, call.key("StockTransfer", input.id), input.reason)


def _part(call: Call, line: inputs.SentLineInput | inputs.ArrivedLineInput) -> dict[str, Any]:
    return {
        "line_id": call.key("StockTransferLine", line.line_id),
        "quantity": line.quantity,
        "lot_id": call.key("Lot", line.lot_id) if line.lot_id else None,
        "bin_id": call.key("Bin", line.bin_id) if line.bin_id else None,
    }
