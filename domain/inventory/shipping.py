"""Goods leave (出库): what was promised to ship goes out of its lots, first expired first, at the moving average."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.inventory import ledger
from domain.inventory.averages import FREE_OF_COST, NOTHING
from domain.inventory.models import BinId, LotId, MovementKind
from domain.inventory.postings import Posting
from domain.inventory.statements import statement
from domain.kernel import Money, Quantity, Refusal, Work


class ClaimMissing(Refusal):
    """Only {claimed} of this line are promised to ship from this warehouse, {wanted} are to leave it."""

    order_line_id: UUID
    wanted: Quantity
    claimed: Quantity
    chinese = "该行在此仓库的待发货占用为 {claimed}，需要发货 {wanted}"


@dataclass(frozen=True, slots=True)
class ShippedLine:
    """How much of an order line leaves; `position` is the line's number on the shipment.

    A line that names its bin leaves from there, exactly of its lot (or of what has none): that is how picked goods go.
    """

    order_line_id: UUID
    variant_id: UUID
    quantity: Quantity
    position: int
    bin_id: BinId | None = None
    lot_id: LotId | None = None


HELD = statement("""
    SELECT order_line_id, quantity FROM claims
    WHERE order_line_id = ANY (:line_ids) AND warehouse_id = :warehouse_id AND claim_class = 'TO_SHIP'
    ORDER BY order_line_id FOR UPDATE
""")

USE_UP = statement("""
    WITH used AS (
        SELECT id, sum(quantity) AS quantity FROM unnest(:line_ids, :quantities) AS used (id, quantity) GROUP BY id
    ), gone AS (
        DELETE FROM claims USING used WHERE claims.order_line_id = used.id AND claims.quantity = used.quantity
    )
    UPDATE claims SET quantity = claims.quantity - used.quantity FROM used
    WHERE claims.order_line_id = used.id AND claims.quantity <> used.quantity
""")


async def ship(
    work: Work, document_type: str, document_id: UUID, warehouse_id: UUID, lines: Sequence[ShippedLine]
) -> Mapping[UUID, Money]:
    """Let claimed goods leave a warehouse; returns the cost of each order line. The caller holds the order."""
    await _use_up(work, warehouse_id, lines)
    postings = [
        Posting(
            variant_id=line.variant_id,
            warehouse_id=warehouse_id,
            quantity=-line.quantity,
            kind=MovementKind.SALE,
            line=line.position,
            claimed=True,
            bin_id=line.bin_id,
            lot_id=line.lot_id,
            exact=line.bin_id is not None,
        )
        for line in lines
    ]
    moved = await ledger.post(work, ledger.Document(type=document_type, id=document_id), postings)
    costs = dict.fromkeys((line.order_line_id for line in lines), FREE_OF_COST)
    lines_by_position = {line.position: line.order_line_id for line in lines}
    for each in moved:
        costs[lines_by_position[each.posting.line]] -= each.amount
    return costs


async def _use_up(work: Work, warehouse_id: UUID, lines: Sequence[ShippedLine]) -> None:
    given = {"line_ids": [line.order_line_id for line in lines], "warehouse_id": warehouse_id}
    held = {row.order_line_id: Quantity(row.quantity) for row in await work.rows(HELD, given)}
    left = dict(held)
    for line in lines:
        rest = left.get(line.order_line_id, NOTHING)
        if line.quantity > rest:
            raise ClaimMissing(order_line_id=line.order_line_id, wanted=line.quantity, claimed=rest)
        left[line.order_line_id] = rest - line.quantity
    quantities = [line.quantity.value for line in lines]
    await work.execute(USE_UP, {"line_ids": given["line_ids"], "quantities": quantities})
