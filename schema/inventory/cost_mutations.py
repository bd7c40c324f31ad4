"""What can be done to costs (成本变更)."""

from typing import Any

import strawberry

from domain import inventory
from schema.filters import limited
from schema.inventory.costs import CostChange, CostMethod, CostScope, CostScoping
from schema.inventory.inputs import cost_of
from schema.mutating import Call, mutation
from schema.scalars import DecimalValue


@strawberry.input(description="How variants shall be costed from now on.")
class SetCostMethodInput:
    """In all warehouses; what is there is brought to a fixed cost at once."""

    variant_ids: list[strawberry.ID] = strawberry.field(description="The variants, 1 to 100.")
    method: CostMethod = strawberry.field(description="By what their issues are costed.")
    fixed_cost: DecimalValue | None = strawberry.field(
        default=None, description="What one costs, to 6 places; given for FIXED, and only for it."
    )
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="What one of a line of a receipt costs in truth.")
class NewPriceInput:
    """The line is named by its number."""

    position: int = strawberry.field(description="The number of the line on the receipt, from 1.")
    unit_cost: DecimalValue = strawberry.field(description="What one costs by the invoice, to 6 places.")


@strawberry.input(description="A posted receipt whose invoice says other prices.")
class RepriceReceiptInput:
    """What is still there is worth that from now on, the rest of the difference is a variance."""

    id: strawberry.ID = strawberry.field(description="The receipt, a stock document.")
    lines: list[NewPriceInput] = strawberry.field(description="The lines with another price, 1 to 500.")
    reason: str = strawberry.field(description="Why, such as the number of the invoice.")


@strawberry.input(description="What one of a variant is worth from now on.")
class LowerValueInput:
    """Less than it is worth now."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    unit_value: DecimalValue = strawberry.field(description="What one is worth, to 6 places.")


@strawberry.input(description="Stock of a warehouse that is worth less than it had cost.")
class WriteDownStockInput:
    """Such as what came back defective."""

    warehouse_id: strawberry.ID = strawberry.field(description="Where.")
    lines: list[LowerValueInput] = strawberry.field(description="What, 1 to 500 variants.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="Over what the costs of goods shall be averaged.")
class SetCostScopeInput:
    """Only before anything was posted to stock."""

    cost_scope: CostScope = strawberry.field(description="Each warehouse by itself, or the whole company.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.type
class CostMutation:
    """Mutations."""

    @mutation(CostChange)
    async def set_cost_method(self, call: Call, input: SetCostMethodInput) -> Any:  # noqa: A002
        new = inventory.NewCostMethod(
            variant_ids=[call.key("Variant", each) for each in limited(input.variant_ids, "variantIds")],
            method=input.method,
            fixed_cost=cost_of(input.fixed_cost, "fixedCost") if input.fixed_cost is not None else None,
            reason=input.reason,
        )
        return await call.perform(inventory.set_cost_method, new)

    @mutation(CostScoping)
    async def set_cost_scope(self, call: Call, input: SetCostScopeInput) -> Any:  # noqa: A002
        return await call.perform(inventory.set_cost_scope, input.cost_scope, input.reason)

    @mutation(CostChange)
    async def reprice_receipt(self, call: Call, input: RepriceReceiptInput) -> Any:  # noqa: A002
        prices = [
            inventory.NewPrice(
                position=each.position, unit_cost=cost_of(each.unit_cost, "lines", str(index), "unitCost")
            )
            for index, each in enumerate(input.lines)
        ]
        return await call.perform(inventory.reprice_receipt, call.key("StockDocument", input.id), prices, input.reason)

    @mutation(CostChange)
    async def write_down_stock(self, call: Call, input: WriteDownStockInput) -> Any:  # noqa: A002
        lines = [
            inventory.LowerValue(
                variant_id=call.key("Variant", each.variant_id),
                unit_value=cost_of(each.unit_value, "lines", str(index), "unitValue"),
            )
            for index, each in enumerate(input.lines)
        ]
        place = call.key("Warehouse", input.warehouse_id)
        return await call.perform(inventory.write_down_stock, place, lines, input.reason)
