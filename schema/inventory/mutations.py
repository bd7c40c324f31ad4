"""What can be done to stock (库存变更)."""

from typing import Any

import strawberry

from domain import inventory
from schema.catalogue.types import Variant
from schema.inventory import inputs
from schema.inventory.cost_mutations import CostMutation
from schema.inventory.document_mutations import StockDocumentMutation
from schema.inventory.documents import StockDocument
from schema.inventory.lot_mutations import LotMutation
from schema.inventory.periods import PeriodMutation
from schema.inventory.splitting import SplittingMutation
from schema.inventory.types import Bin, StockLevel, Warehouse, Zone
from schema.inventory.watching import WatchMutation
from schema.mutating import Call, mutation


@strawberry.type
class InventoryMutation(
    StockDocumentMutation, LotMutation, CostMutation, PeriodMutation, SplittingMutation, WatchMutation
):
    """Mutations."""

    @mutation(Warehouse)
    async def open_warehouse(self, call: Call, input: inputs.OpenWarehouseInput) -> Any:  # noqa: A002
        warehouse = inventory.NewWarehouse(
            code=input.code,
            name=input.name,
            kind=input.kind,
            sellable=input.sellable,
            valued=input.valued,
            province=input.province,
            areas=input.areas,
        )
        return await call.perform(inventory.open_warehouse, warehouse)

    @mutation(Warehouse)
    async def change_warehouse(self, call: Call, input: inputs.ChangeWarehouseInput) -> Any:  # noqa: A002
        changed = inventory.ChangedWarehouse(
            id=call.key("Warehouse", input.id),
            name=input.name,
            sellable=input.sellable,
            province=input.province,
            areas=input.areas,
            active=input.active,
        )
        return await call.perform(inventory.change_warehouse, changed)

    @mutation(Zone)
    async def open_zone(self, call: Call, input: inputs.OpenZoneInput) -> Any:  # noqa: A002
        zone = inventory.NewZone(
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            code=input.code,
            name=input.name,
            walking_order=input.walking_order,
        )
        return await call.perform(inventory.open_zone, zone)

    @mutation(Zone)
    async def open_bins(self, call: Call, input: inputs.OpenBinsInput) -> Any:  # noqa: A002
        bins = [
            inventory.NewBin(
                code=each.code, walking_order=each.walking_order, capacity=each.capacity, one_sku=each.one_sku
            )
            for each in input.bins
        ]
        return await call.perform(inventory.open_bins, call.key("Zone", input.zone_id), bins)

    @mutation(Bin)
    async def change_bin(self, call: Call, input: inputs.ChangeBinInput) -> Any:  # noqa: A002
        changed = inventory.ChangedBin(
            id=call.key("Bin", input.id),
            walking_order=input.walking_order,
            capacity=input.capacity,
            one_sku=input.one_sku,
            active=input.active,
        )
        return await call.perform(inventory.change_bin, changed)

    @mutation(StockLevel)
    async def set_stock_limits(self, call: Call, input: inputs.SetStockLimitsInput) -> Any:  # noqa: A002
        limits = inventory.StockLimits(
            variant_id=call.key("Variant", input.variant_id),
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            safety=input.safety,
            maximum=input.maximum,
        )
        return await call.perform(inventory.set_stock_limits, limits)

    @mutation(Warehouse)
    async def supply_warehouse(self, call: Call, input: inputs.SupplyWarehouseInput) -> Any:  # noqa: A002
        above = call.key("Warehouse", input.supplied_by_id) if input.supplied_by_id else None
        return await call.perform(inventory.supply_warehouse, call.key("Warehouse", input.warehouse_id), above)

    @mutation(Variant)
    async def designate_warehouses(self, call: Call, input: inputs.DesignateWarehousesInput) -> Any:  # noqa: A002
        places = [call.key("Warehouse", each) for each in input.warehouse_ids]
        return await call.perform(inventory.designate_warehouses, call.key("Variant", input.variant_id), places)

    @mutation(StockLevel)
    async def split_stock(self, call: Call, input: inputs.SplitStockInput) -> Any:  # noqa: A002
        variant, warehouse = call.key("Variant", input.variant_id), call.key("Warehouse", input.warehouse_id)
        return await call.perform(inventory.split_stock, variant, warehouse, input.buckets)

    @mutation(StockLevel)
    async def set_preorder_limit(self, call: Call, input: inputs.SetPreorderLimitInput) -> Any:  # noqa: A002
        variant, warehouse = call.key("Variant", input.variant_id), call.key("Warehouse", input.warehouse_id)
        return await call.perform(inventory.set_preorder_limit, variant, warehouse, input.limit, input.expected_on)

    @mutation(StockDocument)
    async def receive_stock(self, call: Call, input: inputs.ReceiveStockInput) -> Any:  # noqa: A002
        receipt = inventory.Receipt(
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            reason=input.reason,
            lines=[
                inventory.ReceivedLine(
                    variant_id=call.key("Variant", line.variant_id),
                    quantity=line.quantity,
                    unit_cost=inputs.cost_of(line.unit_cost, "lines", str(index), "unitCost"),
                    lot_code=line.lot_code,
                    produced_on=line.produced_on,
                    expires_on=line.expires_on,
                    bin_id=call.key("Bin", line.bin_id) if line.bin_id else None,
                )
                for index, line in enumerate(input.lines)
            ],
            effective_at=input.effective_at,
            partner_id=call.key("Partner", input.partner_id) if input.partner_id else None,
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
                    unit_cost=inputs.cost_of(line.unit_cost, "lines", str(index), "unitCost")
                    if line.unit_cost is not None
                    else None,
                    lot_id=call.key("Lot", line.lot_id) if line.lot_id else None,
                    bin_id=call.key("Bin", line.bin_id) if line.bin_id else None,
                )
                for index, line in enumerate(input.lines)
            ],
            effective_at=input.effective_at,
            override_reason=input.override_reason,
            partner_id=call.key("Partner", input.partner_id) if input.partner_id else None,
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
                    bin_id=call.key("Bin", line.bin_id) if line.bin_id else None,
                    to_bin_id=call.key("Bin", line.to_bin_id) if line.to_bin_id else None,
                )
                for line in input.lines
            ],
            effective_at=input.effective_at,
        )
        return await call.perform(inventory.transfer_stock, transfer)
