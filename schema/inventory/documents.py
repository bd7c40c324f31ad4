"""Stock documents (出入库单) as clients see them: what is written down, how far it has come, and what it moved."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import catalogue, inventory, partners, printing
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.catalogue.types import Variant
from schema.inventory.types import (
    COMPANY_CURRENCY,
    SEE_COST,
    VIEW,
    Bin,
    Lot,
    MovementKind,
    StockMovement,
    Warehouse,
)
from schema.measures import Money, money
from schema.partners.types import Partner
from schema.scalars import QuantityValue

if TYPE_CHECKING:
    from schema.papers.types import Print

DocumentStatus = inventory.DocumentStatus


@strawberry.type(description="What a stock document says of one variant, as it was written down.")
class StockDocumentLine:
    """Where goods went in truth, and at what cost, stands in the movements."""

    position: int = strawberry.field(description="Its number on the document, from 1.")
    quantity: QuantityValue = strawberry.field(description="How much.")
    lot_code: str | None = strawberry.field(description="The lot (批号) it enters, if it names one.")
    produced_on: date | None = strawberry.field(description="When that lot was made.")
    expires_on: date | None = strawberry.field(description="The last day before that lot has expired.")
    variant_id: strawberry.ID = id_of("Variant", "variant_id", "The id of the variant.")
    variant: Variant | None = edge(
        Variant | None, catalogue.variants_by_id, "variant_id", "What moves.", needs="catalogue.view"
    )
    receipt_id: strawberry.ID | None = id_of(
        "StockDocument", "receipt_id", "The receipt that goods came with which go back to a supplier.", optional=True
    )
    receipt_position: int | None = strawberry.field(description="Their line on that receipt.")
    lot: Lot | None = edge(Lot | None, inventory.lots_by_id, "lot_id", "The lot it is taken from, if it names one.")
    bin: Bin | None = edge(Bin | None, inventory.bins_by_id, "bin_id", "The bin it is taken from, or put into.")
    to_bin: Bin | None = edge(Bin | None, inventory.bins_by_id, "to_bin_id", "The bin a transfer or bin move ends in.")

    @field_of(Money | None, f"What one costs, if it is stated. Requires `{SEE_COST}`.", needs=SEE_COST)
    def unit_cost(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805, ARG002 — `info` carries the permission.
        return money(root.unit_cost, COMPANY_CURRENCY)


@entity(
    reader=inventory.stock_documents_by_id,
    needs=VIEW,
    description="A document by which staff move stock (出入库单): written, approved, posted; voided by its opposite.",
)
class StockDocument(Node):
    """Nothing moves before it is posted; its movements are what it did."""

    number: str = strawberry.field(description="Its number.")
    kind: MovementKind = strawberry.field(description="What it does.")
    status: DocumentStatus = strawberry.field(description="How far it has come.")
    reason: str = strawberry.field(description="Why.")
    drafted_by: str = strawberry.field(description="Who wrote it.")
    drafted_at: datetime = strawberry.field(description="When it was written, in UTC.")
    approved_by: str | None = strawberry.field(description="Who approved it; null if it was posted at once.")
    approved_at: datetime | None = strawberry.field(description="When it was approved, in UTC.")
    posted_by: str | None = strawberry.field(description="Who posted it.")
    posted_at: datetime | None = strawberry.field(description="When it was posted, in UTC.")
    effective_at: datetime | None = strawberry.field(
        description="The past moment at which it takes effect, in UTC; null: when it is posted."
    )
    override_reason: str | None = strawberry.field(
        description="Why it may take out more than is there (负库存); null: it may not."
    )
    voided_by: str | None = strawberry.field(description="Who voided it.")
    voided_at: datetime | None = strawberry.field(description="When it was voided, in UTC.")
    origin: str | None = strawberry.field(
        description="The number of the paper it is a step of, such as a transfer; null if it stands for itself."
    )
    version: int = strawberry.field(description="Give it back as expectedVersion when changing it.")
    voids_id: strawberry.ID | None = id_of(
        "StockDocument", "voids_id", "The document it undoes, if it undoes one.", optional=True
    )
    partner: Partner | None = edge(
        Partner | None,
        partners.partners_by_id,
        "partner_id",
        "Whom the goods came from or went to (往来单位), if that is said and you may know it.",
        needs="partners.view",
    )
    warehouse: Warehouse = edge(Warehouse, inventory.warehouses_by_id, "warehouse_id", "Where; of a transfer, from.")
    to_warehouse: Warehouse | None = edge(
        Warehouse | None, inventory.warehouses_by_id, "to_warehouse_id", "Where a transfer goes, if you may see it."
    )
    lines: list[StockDocumentLine] = edge(
        list[StockDocumentLine], inventory.lines_of_documents, "id", "What it says, at most 500 lines."
    )
    movements: list[StockMovement] = edge(
        list[StockMovement], inventory.movements_of_documents, "id", "What it moved, in the order of its lines."
    )
    prints: list[Annotated["Print", strawberry.lazy("schema.papers.types")]] = edge(
        list[Annotated["Print", strawberry.lazy("schema.papers.types")]],
        printing.prints_of,
        "id",
        "Which copies of it were printed, the first one first.",
    )
