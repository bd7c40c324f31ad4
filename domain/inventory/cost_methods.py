"""Setting how goods are costed (成本核算方式): at the moving average, or at a fixed cost that stock is brought to.

A fixed cost is that of the company: in all warehouses, but not for goods on the way, which keep the cost they left at
unless the company is one cost scope.
From a fixed cost back to the average nothing is worth more or less: the average begins where the fixed cost ended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import aliased

from domain import catalogue
from domain.catalogue import CostMethod
from domain.inventory import ledger
from domain.inventory.averages import NOTHING
from domain.inventory.books import Books
from domain.inventory.events import CostChanged
from domain.inventory.models import (
    IN_TRANSIT,
    CostChange,
    CostChangeId,
    CostChangeKind,
    CostRule,
    Movement,
    MovementKind,
    StockDocumentId,
    WarehouseId,
)
from domain.inventory.postings import Moved, Posting
from domain.inventory.statements import COMPANY_FIRST, COMPANY_HELD, statement
from domain.kernel import BadInput, Event, Money, NotFound, Refusal, UnitPrice, Work, action, short_text

CHANGE = CostChange.__name__
VARIANTS_MAX = 100
REASON_LENGTH_MAX = 500


class WholeCompanyOnly(Refusal):
    """This concerns the stock of all warehouses, and you may see only some of them."""

    chinese = "此操作涉及所有仓库的库存，而您只能查看部分仓库"


@dataclass(frozen=True, kw_only=True)
class NewCostMethod:
    """How these variants are costed from now on; a fixed cost is stated, and only then."""

    variant_ids: Sequence[UUID]
    method: CostMethod
    fixed_cost: UnitPrice | None = None
    reason: str


@action
async def set_cost_method(work: Work, new: NewCostMethod) -> CostChange:
    """Set how variants are costed; at a fixed cost, what is there is worth that from now on, and the books follow."""
    change = begin_change(work, CostChangeKind.METHOD_SET, new.reason)
    if work.actor.warehouses is not None:
        raise WholeCompanyOnly
    _check_cost(new)
    await _hold_variants(work, new.variant_ids)
    # Locked before the rule changes, and read after: who posted meanwhile did so at the rule of before.
    await ledger.open_books(work, await _kept(work, new.variant_ids))
    await work.session.flush()
    await _set_rules(work, new, change.id)
    books = await ledger.open_books(work, await _kept(work, new.variant_ids))
    # Where the company is one cost scope, the first place with stock tells for all of them.
    keys = sorted(books.items, key=lambda key: (key[0], not books.items[key].on_hand, key[1] == IN_TRANSIT, key[1]))
    moved = [each for line, key in enumerate(keys, 1) for each in books.settle(nothing_of(*key, line))]
    await write_change(work, change, books, moved)
    return change


def begin_change(
    work: Work, kind: CostChangeKind, reason: str, document_id: StockDocumentId | None = None
) -> CostChange:
    """Begin a paper that changes what stock is worth, in the actor's name."""
    stated = short_text(reason, "reason", REASON_LENGTH_MAX)
    change = CostChange(kind=kind, reason=stated, made_by=work.actor.name, made_at=work.now, document_id=document_id)
    work.session.add(change)
    return change


async def write_change(
    work: Work, change: CostChange, books: Books, moved: Sequence[Moved], fact: Event | None = None
) -> None:
    """Write what a paper changed into the ledger, and tell the books."""
    if moved:
        await ledger.write(work, ledger.Document(type=CHANGE, id=change.id, reason=change.reason), books, moved)
    if moved or fact is not None:
        work.record(fact or CostChanged(change_id=change.id))
    await work.session.flush()


def nothing_of(variant_id: UUID, warehouse_id: UUID, line: int) -> Posting:
    """Name a variant in a warehouse, of which nothing moves."""
    return Posting(
        variant_id=variant_id, warehouse_id=warehouse_id, quantity=NOTHING, kind=MovementKind.REVALUATION, line=line
    )


async def value_changed_by(work: Work, change_id: CostChangeId) -> dict[MovementKind | None, Money]:
    """Say how much more, or less, stock is worth by a paper: by what it corrects the cost of, or of nothing."""
    corrected = aliased(Movement)
    amounts = (
        select(corrected.kind, func.sum(Movement.cost_amount).label("amount"))
        .select_from(Movement)
        .outerjoin(corrected, corrected.id == Movement.adjusts_id)
        .where(Movement.document_type == CHANGE, Movement.document_id == change_id)
        .group_by(corrected.kind)
    )
    return {row.kind: row.amount for row in await work.rows(amounts)}


def _check_cost(new: NewCostMethod) -> None:
    if not 1 <= len(new.variant_ids) <= VARIANTS_MAX:
        raise BadInput(field="variantIds", problem=f"must be 1 to {VARIANTS_MAX}").at("input", "variantIds")
    problem = None
    if (new.method is CostMethod.FIXED) != (new.fixed_cost is not None):
        problem = "is given for the method FIXED, and only for it"
    elif new.fixed_cost is not None and new.fixed_cost < UnitPrice(0):
        problem = "must not be negative"
    if problem is not None:
        raise BadInput(field="fixedCost", problem=problem).at("input", "fixedCost")


# Nobody makes another stock item of them meanwhile; see ledger.MAKE.
HOLD = statement(f"""
    {COMPANY_FIRST}
    SELECT id FROM variants WHERE id = ANY (:variant_ids) AND {COMPANY_HELD} ORDER BY id FOR UPDATE OF variants
""")  # noqa: S608 — The formula is ours.
KEPT = statement("SELECT variant_id, warehouse_id FROM stock_items WHERE variant_id = ANY (:variant_ids)")


async def _hold_variants(work: Work, variant_ids: Sequence[UUID]) -> None:
    found = {row.id for row in await work.rows(HOLD, {"variant_ids": list(variant_ids)})}
    for index, variant_id in enumerate(variant_ids):
        if variant_id not in found:
            raise NotFound(what="variant", which=str(variant_id)).at("input", "variantIds", str(index))


async def _kept(work: Work, variant_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    rows = await work.rows(KEPT, {"variant_ids": list(variant_ids)})
    return [(row.variant_id, WarehouseId(row.warehouse_id)) for row in rows]


async def _set_rules(work: Work, new: NewCostMethod, change_id: CostChangeId) -> None:
    rows = [
        {"variant_id": each, "method": new.method, "fixed_cost": new.fixed_cost, "change_id": change_id}
        for each in sorted(set(new.variant_ids))
    ]
    put = insert(CostRule).values(rows)
    given = {name: put.excluded[name] for name in ("method", "fixed_cost", "change_id")}
    await work.execute(put.on_conflict_do_update(index_elements=[CostRule.variant_id], set_=given))
    await catalogue.note_cost_method(work, new.variant_ids, new.method)
