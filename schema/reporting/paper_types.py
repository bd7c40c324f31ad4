"""Stocktakes and transfers of a period (盘点报表、调拨报表) as clients see them, line by line."""

from datetime import datetime

import strawberry

from domain import catalogue, inventory, partners
from schema.base import edge, id_of
from schema.catalogue.types import Variant
from schema.inventory.types import Warehouse
from schema.measures import Money
from schema.partners.types import Partner
from schema.reporting.types import GOODS, PARTNERS, cost
from schema.scalars import QuantityValue
from schema.stocktaking.types import StocktakeScope, StocktakeStatus
from schema.transfers.types import TransferStatus

SEE_STOCK = "inventory.view"


@strawberry.type(description="What a complete stocktake found of a variant in a bin, of a lot (盘点报表).")
class StocktakeReportLine:
    """Only of complete counts: while somebody counts, the book stays hidden."""

    number: str = strawberry.field(description="The number of the stocktake.")
    status: StocktakeStatus = strawberry.field(description="How far it has come.")
    scope: StocktakeScope = strawberry.field(description="What was counted.")
    began_at: datetime = strawberry.field(description="When it began, in UTC.")
    sku: str = strawberry.field(description="The variant's SKU.")
    product_name: str = strawberry.field(description="The product's name.")
    bin_code: str | None = strawberry.field(description="The code of the bin; null if not put away.")
    lot_code: str | None = strawberry.field(description="The code of the lot, if any.")
    book_quantity: QuantityValue = strawberry.field(description="What should have been there (账面).")
    first_quantity: QuantityValue | None = strawberry.field(description="What the first of two counts found (初盘).")
    counted_quantity: QuantityValue = strawberry.field(description="What was counted (实盘).")
    difference: QuantityValue = strawberry.field(description="What was counted less the book (盈亏).")
    counted_at: datetime = strawberry.field(description="When its first piece was counted, in UTC.")
    counted_by: str | None = strawberry.field(description="Who counted, one or several.")
    started_by: str = strawberry.field(description="Who began the stocktake.")
    approved_by: str | None = strawberry.field(description="Who approved its differences.")
    posted_by: str | None = strawberry.field(description="Who posted its differences.")
    posted_at: datetime | None = strawberry.field(description="When they were posted, in UTC.")
    difference_value: Money | None = cost(
        lambda row: row.difference_value, "What the difference was worth as it was posted; null before, or if none."
    )
    stocktake_id: strawberry.ID = id_of("Stocktake", "paper_id", "The id of the stocktake.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "warehouse_id", "Where.", needs=SEE_STOCK
    )
    variant: Variant | None = edge(Variant | None, catalogue.variants_by_id, "variant_id", "Of what.", needs=GOODS)


@strawberry.type(description="What a transfer carried of a variant (调拨报表).")
class TransferReportLine:
    """What left is what arrived, what was lost, and what is under way."""

    number: str = strawberry.field(description="The number of the transfer.")
    status: TransferStatus = strawberry.field(description="How far it has come.")
    reason: str = strawberry.field(description="Why.")
    began_at: datetime = strawberry.field(description="When it was asked for, in UTC.")
    sku: str = strawberry.field(description="The variant's SKU.")
    product_name: str = strawberry.field(description="The product's name.")
    wanted: QuantityValue = strawberry.field(description="How much was asked for.")
    approved: QuantityValue = strawberry.field(description="How much was approved.")
    shipped: QuantityValue = strawberry.field(description="How much left.")
    received: QuantityValue = strawberry.field(description="How much arrived.")
    lost: QuantityValue = strawberry.field(description="How much was lost on the way.")
    under_way: QuantityValue = strawberry.field(description="How much is under way (在途).")
    requested_by: str = strawberry.field(description="Who asked for it.")
    approved_by: str | None = strawberry.field(description="Who approved it.")
    closed_by: str | None = strawberry.field(description="Who ended it.")
    shipped_at: datetime | None = strawberry.field(description="When it first left, in UTC.")
    closed_at: datetime | None = strawberry.field(description="When it ended, in UTC.")
    shipped_value: Money | None = cost(lambda row: row.shipped_value, "What left, at its cost; null before.")
    transfer_id: strawberry.ID = id_of("StockTransfer", "paper_id", "The id of the transfer.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    from_warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "from_warehouse_id", "Where it left.", needs=SEE_STOCK
    )
    to_warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "to_warehouse_id", "Where it goes.", needs=SEE_STOCK
    )
    partner: Partner | None = edge(
        Partner | None,
        partners.partners_by_id,
        "partner_id",
        "Who runs the warehouse it goes to, else the one it left, if a partner does.",
        needs=PARTNERS,
    )
    variant: Variant | None = edge(Variant | None, catalogue.variants_by_id, "variant_id", "Of what.", needs=GOODS)
