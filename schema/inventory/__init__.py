"""Stock as clients see it. Enums are registered before any field names them."""

import strawberry

from domain import inventory

strawberry.enum(inventory.WarehouseKind, description="What a warehouse is for (CDC central, RDC regional).")
strawberry.enum(inventory.MovementKind, description="Why stock moved.")
strawberry.enum(inventory.AdjustmentKind, description="IN puts stock in (其他入库), OUT takes it out (其他出库).")
strawberry.enum(inventory.LotStatus, description="Whether what is of a lot may be sold.")
strawberry.enum(inventory.ReturnCondition, description="Whether what came back can be sold again.")
strawberry.enum(inventory.CostScope, description="Over what the cost of goods is averaged.")
strawberry.enum(inventory.CostChangeKind, description="Why stock is worth more or less although nothing moved.")
strawberry.enum(inventory.DocumentStatus, description="How far a stock document has come.")
strawberry.enum(inventory.ValueClass, description="How much of all sales a variant makes up, at cost (ABC).")
