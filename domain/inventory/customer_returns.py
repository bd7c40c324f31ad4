"""Returns from buyers (销售退货): what comes back enters at what it had cost when it left, and in its lots.

Each movement names the sale it comes back from: the ledger knows how much of that is still out, and what it cost, also
when that was corrected since. What comes back is known to have left; nobody may take back more.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import aliased

from domain.inventory import ledger
from domain.inventory.document_lines import Line, check_document, write_lines
from domain.inventory.documents import new_document
from domain.inventory.models import (
    BinId,
    DocumentStatus,
    LotId,
    Movement,
    MovementId,
    MovementKind,
    StockDocument,
    WarehouseId,
)
from domain.inventory.places import open_place
from domain.inventory.posting import DOCUMENT, tell
from domain.inventory.postings import Posting
from domain.inventory.replaying import Carried
from domain.inventory.statements import statement
from domain.kernel import Money, Quantity, Refusal, Work


class ReturnCondition(StrEnum):
    """Whether what came back can be sold again."""

    GOOD = "GOOD"
    DEFECTIVE = "DEFECTIVE"


class ReturnExceeded(Refusal):
    """Only {left} of this are still with the buyer, {wanted} are to come back."""

    variant_id: UUID
    wanted: Quantity
    left: Quantity
    chinese = "买家处只剩 {left}，不能退回 {wanted}"


class WrongReturnPlace(Refusal):
    """Warehouse {warehouse} is no place for goods that are {condition}; {needed}."""

    warehouse: str
    condition: str
    needed: str
    chinese = "仓库 {warehouse} 不能存放 {condition} 的退货：良品须入可销售仓，残次品须入不可销售仓"


@dataclass(frozen=True, kw_only=True, slots=True)
class BroughtBack:
    """How much came back of a line of what left (by its position there), and the bin it is put into."""

    position: int
    variant_id: UUID
    quantity: Quantity
    bin_id: BinId | None = None


@dataclass(slots=True)
class Sold:
    """What of one movement of a sale is still out, and what that had cost."""

    id: MovementId
    lot_id: LotId | None
    rest: Carried


# Read after the stock is locked: who dates back into these variants locks it too.
SOLD = statement("""
    SELECT sold.id, sold.document_line, sold.lot_id, -sold.quantity - coalesce(back.quantity, 0) AS quantity,
        -sold.cost_amount - coalesce(corrected.amount, 0) - coalesce(back.amount, 0) AS amount
    FROM stock_ledger AS sold
    LEFT JOIN LATERAL (
        SELECT sum(cost_amount) AS amount FROM stock_ledger AS correction WHERE correction.adjusts_id = sold.id
    ) AS corrected ON true
    LEFT JOIN LATERAL (
        SELECT sum(came.quantity) AS quantity, sum(CASE WHEN place.valued THEN came.cost_amount + coalesce((
                SELECT sum(cost_amount) FROM stock_ledger AS correction WHERE correction.adjusts_id = came.id), 0)
            ELSE round((sold.cost_amount + coalesce(corrected.amount, 0)) * came.quantity / sold.quantity, 2) END
        ) AS amount
        FROM stock_ledger AS came JOIN warehouses AS place ON place.id = came.warehouse_id
        WHERE came.carries_id = sold.id
          AND NOT EXISTS (SELECT FROM stock_ledger AS undone WHERE undone.reverses_id = came.id)
    ) AS back ON true
    WHERE sold.document_type = :document_type AND sold.document_id = :document_id AND sold.kind = 'SALE'
      AND sold.reverses_id IS NULL
    ORDER BY sold.document_line, sold.leg
""")


async def take_back(
    work: Work, left: ledger.Document, lines: Sequence[BroughtBack], paper: StockDocument, condition: ReturnCondition
) -> StockDocument:
    """Let goods of what left come back into the warehouse of the paper; the caller holds what left."""
    await _check_place(work, paper.warehouse_id, condition)
    said = [Line(variant_id=each.variant_id, quantity=each.quantity, bin_id=each.bin_id) for each in lines]
    await check_document(work, paper, said)
    books = await ledger.open_books(work, {(each.variant_id, paper.warehouse_id) for each in lines})
    out = await _still_out(work, left)
    postings = [
        posting
        for number, line in enumerate(lines, 1)
        for posting in _postings(paper, number, line, out[line.position])
    ]
    moved = [each for posting in postings for each in books.post(posting)]
    await ledger.write(work, ledger.Document(type=DOCUMENT, id=paper.id, reason=paper.reason), books, moved)
    paper.status, paper.posted_by, paper.posted_at = DocumentStatus.POSTED, work.actor.name, work.now
    work.session.add(paper)
    tell(work, paper, moved)
    await work.session.flush()
    await write_lines(work, paper.id, said)
    return paper


def return_paper(work: Work, warehouse_id: WarehouseId, reason: str) -> StockDocument:
    """Begin the document of a return in the actor's name."""
    return new_document(work, MovementKind.SALE_RETURN, warehouse_id, reason)


async def cost_of_return(work: Work, paper: StockDocument) -> dict[int, Money]:
    """Say what the goods of each line of a return cost that came back, also where stock is worth nothing."""
    sold, came = aliased(Movement, name="sold"), Movement
    back = (came.document_type == DOCUMENT, came.document_id == paper.id, came.kind == MovementKind.SALE_RETURN)
    columns = (came.document_line, came.quantity, came.cost_amount)
    of_sale = (sold.quantity.label("sold"), sold.cost_amount.label("sold_cost"))
    statement = select(*columns, *of_sale).join(sold, sold.id == came.carries_id).where(*back)
    costs: dict[int, Money] = defaultdict(lambda: Money(0))
    for row in await work.rows(statement):
        share = Carried(Quantity(-row.sold.value), Money(-row.sold_cost.value)).share(row.quantity)
        costs[row.document_line] += row.cost_amount or share
    return dict(costs)


async def _check_place(work: Work, warehouse_id: WarehouseId, condition: ReturnCondition) -> None:
    place = await open_place(work, warehouse_id, "warehouseId")
    if place.sellable is not (condition is ReturnCondition.GOOD):
        needed = "good ones go where goods are sold, defective ones where none are"
        raise WrongReturnPlace(warehouse=place.code, condition=condition.value, needed=needed).at(
            "input", "warehouseId"
        )


async def still_out(work: Work, left: ledger.Document) -> dict[int, Quantity]:
    """Say how much of each line of what left is still with the buyer, by its position there."""
    out = await _still_out(work, left)
    return {position: Quantity.total(each.rest.quantity for each in sold) for position, sold in out.items()}


async def _still_out(work: Work, left: ledger.Document) -> dict[int, list[Sold]]:
    out: dict[int, list[Sold]] = defaultdict(list)
    for row in await work.rows(SOLD, {"document_type": left.type, "document_id": left.id}):
        out[row.document_line].append(_sold(row))
    return out


def _sold(row: Any) -> Sold:
    return Sold(id=row.id, lot_id=row.lot_id, rest=Carried(Quantity(row.quantity), Money(row.amount)))


def _postings(paper: StockDocument, number: int, line: BroughtBack, out: Sequence[Sold]) -> list[Posting]:
    """Share what came back among the movements it left with, the first one first."""
    rest, postings = line.quantity, list[Posting]()
    for sold in out:
        part = min(rest, sold.rest.quantity)
        if part <= Quantity(0):
            continue
        rest -= part
        postings.append(
            Posting(
                variant_id=line.variant_id,
                warehouse_id=paper.warehouse_id,
                quantity=part,
                kind=MovementKind.SALE_RETURN,
                line=number,
                lot_id=sold.lot_id,
                bin_id=line.bin_id,
                amount=sold.rest.share(part),
                carries_id=sold.id,
            )
        )
    if rest > Quantity(0):
        refusal = ReturnExceeded(variant_id=line.variant_id, wanted=line.quantity, left=line.quantity - rest)
        raise refusal.at("input", "lines", str(number - 1), "quantity")
    return postings
