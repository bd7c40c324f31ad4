"""What can be done to stock (库存变更)."""

from typing import Any

import strawberry

from domain import inventory
from schema.inventory import inputs
from schema.inventory.types import StockDocument, StockLevel, Warehouse
from schema.mutating import Call, mutation


@strawberry.type
class InventoryMutation:
    """Mutations."""

    @mutation(Warehouse)
    async def open_warehouse(self, call: Call, input: inputs.OpenWarehouseInput) -> Any:  # noqa: A002
        warehouse = inventory.NewWarehouse(
            code=input.code,
            name=input.name,
            kind=input.kind,
            sellable=input.sellable,
            province=input.province,
        )
        return await call.perform(inventory.open_warehouse, warehouse)

    @mutation(StockLevel)
    async def set_stock_limits(self, call: Call, input: inputs.SetStockLimitsInput) -> Any:  # noqa: A002
        limits = inventory.StockLimits(
            variant_id=call.key("Variant", input.variant_id),
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            safety=input.safety,
            maximum=input.maximum,
        )
        return await call.perform(inventory.set_stock_limits, limits)

    @mutation(StockDocument)
    async def receive_stock(self, call: Call, input: inputs.ReceiveStockInput) -> Any:  # noqa: A002
        receipt = inventory.Receipt(
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            reason=input.reason,
            lines=[
                inventory.ReceivedLine(
                    variant_id=call.key("Variant", line.variant_id),
                    quantity=line.quantity,
                    unit_cost=inputs.cost_of(line.unit_cost),
                    lot_code=line.lot_code,
                    produced_on=line.produced_on,
                    expires_on=line.expires_on,
                )
                for line in input.lines
            ],
        )
        return await call.perform(inventory.receive_stock, receipt)

    @mutation(StockDocument)
    async def adjust_stock(self, call: Call, input: inputs.AdjustStockInput) -> Any:  # noqa: A002
        adjustment = inventory.Adjustment(
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            kind=input.kind,
            reason=input.reason,
            lines=[
                inventory.AdjustedLine(
                    variant_id=call.key("Variant", line.variant_id),
                    quantity=line.quantity,
                    unit_cost=inputs.cost_of(line.unit_cost) if line.unit_cost is not None else None,
                    lot_id=call.key("Lot", line.lot_id) if line.lot_id else None,
                )
                for line in input.lines
            ],
        )
        return await call.perform(inventory.adjust_stock, adjustment)

    @mutation(StockDocument)
    async def transfer_stock(self, call: Call, input: inputs.TransferStockInput) -> Any:  # noqa: A002
        transfer = inventory.Transfer(
            from_warehouse_id=call.key("Warehouse", input.from_warehouse_id),
            to_warehouse_id=call.key("Warehouse", input.to_warehouse_id),
            reason=input.reason,
            lines=[
                inventory.TransferredLine(
                    variant_id=call.key("Variant", line.variant_id),
                    quantity=line.quantity,
                    lot_id=call.key("Lot", line.lot_id) if line.lot_id else None,
                )
                for line in input.lines
            ],
        )
        return await call.perform(inventory.transfer_stock, transfer)
