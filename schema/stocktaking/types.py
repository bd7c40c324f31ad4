"""Stocktakes (盘点) as clients see them: how far they have come, what was counted, and what the book said."""

from datetime import datetime

import strawberry

from domain import inventory, stocktaking
from schema.base import Node, edge, entity, id_of
from schema.inventory.documents import StockDocument
from schema.inventory.types import Bin, Lot, Warehouse
from schema.scalars import QuantityValue

StocktakeScope = stocktaking.StocktakeScope
StocktakeStatus = stocktaking.StocktakeStatus
Uncounted = stocktaking.Uncounted

VIEW = "stocktaking.view"
SEE_STOCK = "inventory.view"


@entity(
    reader=stocktaking.stocktakes_by_id, needs=VIEW, description="One count of a warehouse or a part of it (盘点单)."
)
class Stocktake(Node):
    """Lines further off than the tolerance are counted twice."""

    number: str = strawberry.field(description="Its number.")
    scope: StocktakeScope = strawberry.field(description="What is counted.")
    status: StocktakeStatus = strawberry.field(description="How far it has come.")
    reason: str = strawberry.field(description="Why.")
    blind: bool = strawberry.field(description="Whether counters do not see what should be there (盲盘).")
    tolerance_percent: int = strawberry.field(description="Lines further off than this are counted again.")
    started_by: str = strawberry.field(description="Who began it.")
    started_at: datetime = strawberry.field(description="When it began, in UTC.")
    approved_by: str | None = strawberry.field(description="Who approved its differences.")
    approved_at: datetime | None = strawberry.field(description="When they were approved, in UTC.")
    posted_by: str | None = strawberry.field(description="Who posted its differences.")
    posted_at: datetime | None = strawberry.field(description="When they were posted, in UTC.")
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "What is counted.", needs=SEE_STOCK
    )


@entity(
    reader=stocktaking.stocktake_lines_by_id,
    needs=VIEW,
    description="A variant in a bin (or not put away), of a lot (or of none), as it was counted.",
)
class StocktakeLine(Node):
    """The book is that of the moment of the count, so what moved later changes nothing."""

    sku: str = strawberry.field(description="The variant's SKU.")
    counted_quantity: QuantityValue | None = strawberry.field(description="What was counted; null if nobody did yet.")
    counted_at: datetime | None = strawberry.field(description="When its first piece was counted, in UTC.")
    expected_quantity: QuantityValue | None = strawberry.field(
        description="What should be there now; null in a blind count."
    )
    book_quantity: QuantityValue | None = strawberry.field(
        description="What should have been there when it was counted; known once the count is closed."
    )
    difference: QuantityValue | None = strawberry.field(description="What was counted less the book.")
    recount: bool = strawberry.field(description="Whether it is, or was, counted again.")
    first_quantity: QuantityValue | None = strawberry.field(
        description="What the first count found, if there were two."
    )
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    lot: Lot | None = edge(Lot | None, inventory.lots_by_id, "lot_id", "Which lot, if any.", needs=SEE_STOCK)
    bin: Bin | None = edge(
        Bin | None, inventory.bins_by_id, "bin_id", "Which bin; null if not put away.", needs=SEE_STOCK
    )
    document: StockDocument | None = edge(
        StockDocument | None,
        inventory.stock_documents_by_id,
        "document_id",
        "The document that posted the difference.",
        needs=SEE_STOCK,
    )
