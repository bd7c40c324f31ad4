"""Transfers (调拨) as clients see them: what was asked, what left, what is under way, and what arrived."""

from datetime import datetime
from typing import Any

import strawberry

from domain import catalogue, inventory, transfers
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.inventory.documents import StockDocument
from schema.inventory.types import COMPANY_CURRENCY, SEE_COST, Lot, Warehouse
from schema.measures import Money, money
from schema.scalars import QuantityValue

TransferStatus = transfers.TransferStatus

VIEW = "transfers.view"
SEE_STOCK = "inventory.view"


@strawberry.type(description="What of a transfer line left together and is still under way (在途).")
class TransitLot:
    """Goods of one lot from one shipment."""

    quantity: QuantityValue = strawberry.field(description="How much left.")
    rest: QuantityValue = strawberry.field(description="How much of it is still under way.")
    lot: Lot | None = edge(Lot | None, inventory.lots_by_id, "lot_id", "Which lot, if any.", needs=SEE_STOCK)

    @field_of(Money | None, f"What is still under way is worth. Requires `{SEE_COST}`.", needs=SEE_COST)
    def rest_value(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805, ARG002 — `info` carries the permission.
        return money(root.rest_amount, COMPANY_CURRENCY)


@strawberry.type(description="One variant of a transfer, and how far it has come.")
class StockTransferLine:
    """Quantities only grow: wanted, approved, shipped, received."""

    id: strawberry.ID = id_of("StockTransferLine", "id", "Names it in approvals, shipments and receipts.")
    position: int = strawberry.field(description="Its number on the transfer, from 1.")
    sku: str = strawberry.field(description="The variant's SKU.")
    wanted: QuantityValue = strawberry.field(description="How much was asked for.")
    approved: QuantityValue = strawberry.field(description="How much may leave; once closed, how much has left.")
    shipped: QuantityValue = strawberry.field(description="How much has left.")
    received: QuantityValue = strawberry.field(description="How much has arrived, also damaged or sent back.")
    lost: QuantityValue = strawberry.field(description="How much was written off on the way.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What is transferred.", needs="catalogue.view"
    )
    in_transit: list[TransitLot] = edge(
        list[TransitLot], transfers.transit_of_lines, "id", "What is still under way, by lot and shipment."
    )


@entity(
    reader=transfers.stock_transfers_by_id,
    needs=VIEW,
    description="Goods one warehouse asks of another (调拨单), and the steps they go through.",
)
class StockTransfer(Node):
    """Seen by whoever sees one of its two warehouses."""

    number: str = strawberry.field(description="Its number.")
    status: TransferStatus = strawberry.field(description="How far it has come.")
    reason: str = strawberry.field(description="Why.")
    requested_by: str = strawberry.field(description="Who asked for it.")
    requested_at: datetime = strawberry.field(description="When it was asked for, in UTC.")
    approved_by: str | None = strawberry.field(description="Who approved it.")
    approved_at: datetime | None = strawberry.field(description="When it was approved, in UTC.")
    shipped_at: datetime | None = strawberry.field(description="When its first part left, in UTC.")
    closed_by: str | None = strawberry.field(description="Who took the last part in, closed or cancelled it.")
    closed_at: datetime | None = strawberry.field(description="When that was, in UTC.")
    closing_reason: str | None = strawberry.field(description="Why it was closed with a difference, or cancelled.")
    version: int = strawberry.field(description="Give it back as expectedVersion when approving it.")
    from_warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "from_warehouse_id", "Who is asked.", needs=SEE_STOCK
    )
    to_warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "to_warehouse_id", "Who asks.", needs=SEE_STOCK
    )
    lines: list[StockTransferLine] = edge(
        list[StockTransferLine], transfers.lines_of_transfers, "id", "Its lines, at most 500."
    )
    documents: list[StockDocument] = edge(
        list[StockDocument], transfers.documents_of_transfers, "id", "What moved goods in its steps.", needs=SEE_STOCK
    )
