"""Posting into the past (补录): a document takes effect at an earlier moment, and what happened since is costed anew.

Nothing is edited: each later movement that should have cost otherwise gets a correction, a movement without quantity
that is dated as the one it corrects. All stock items of the variants, and of what was made of them since, are locked:
corrections follow transfers and assemblies.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from domain.inventory import ledger
from domain.inventory.books import Books
from domain.inventory.costing_anew import cost_anew
from domain.inventory.losses import check_counted
from domain.inventory.periods import check_open
from domain.inventory.postings import Key, Moved
from domain.inventory.statements import statement
from domain.kernel import BadInput, NotAllowed, Refusal, Work, right

BACK_DATE = right("inventory.back_date")

KEPT = statement("SELECT variant_id, warehouse_id FROM stock_items WHERE variant_id = ANY (:variant_ids)")
# These variants, and what was made of them since, and of that.
MADE_OF = statement("""
    WITH RECURSIVE made AS (
        SELECT variant_id FROM unnest(:variant_ids) AS given (variant_id)
        UNION
        SELECT came.variant_id FROM made
        JOIN stock_ledger AS gone ON gone.variant_id = made.variant_id AND gone.effective_at >= :moment
            AND gone.kind IN ('ASSEMBLY', 'DISASSEMBLY') AND gone.quantity < 0 AND gone.reverses_id IS NULL
        JOIN stock_ledger AS came ON came.document_type = gone.document_type AND came.document_id = gone.document_id
            AND came.kind IN ('ASSEMBLY', 'DISASSEMBLY') AND came.quantity > 0
    )
    SELECT variant_id FROM made
""")
SET_SINCE = statement("""
    SELECT variants.sku, cost_changes.made_at FROM cost_rules
    JOIN cost_changes ON cost_changes.id = cost_rules.change_id
    JOIN variants ON variants.id = cost_rules.variant_id
    WHERE cost_rules.variant_id = ANY (:variant_ids) AND cost_changes.made_at >= :moment ORDER BY sku LIMIT 1
""")


class CostSetSince(Refusal):
    """How {sku} is costed was set at {set_at}; date it later than that."""

    sku: str
    set_at: str
    chinese = "{sku} 的成本核算方式于 {set_at} 设定，请改用其后的日期"


async def check_moment(work: Work, moment: datetime) -> None:
    """Refuse a moment that is not past, or in a closed month; and whoever may not post into the past."""
    if not work.actor.may(BACK_DATE):
        raise NotAllowed(permission=BACK_DATE)
    if moment.tzinfo is None or moment >= work.now:
        raise BadInput(field="effectiveAt", problem="must be a past moment").at("input", "effectiveAt")
    await check_open(work, moment)


async def open_all_books(work: Work, keys: Iterable[Key], moment: datetime) -> Books:
    """Lock the stock of these variants, and of what was made of them since, wherever there is any, and here."""
    wanted = set(keys)
    while True:
        wanted |= await _concerned(work, wanted, moment)
        books = await ledger.open_books(work, wanted)
        # Goods may have gone to another place, or become others, before we held what they left.
        if await _concerned(work, wanted, moment) <= wanted:
            return books


async def open_made_books(work: Work, keys: Iterable[Key], moment: datetime) -> tuple[Books, bool]:
    """Lock the stock of these variants here, and wherever there is any if something was made of them since."""
    wanted = set(keys)
    variants = {variant_id for variant_id, _ in wanted}
    books = await ledger.open_books(work, wanted)
    if await _made_of(work, variants, moment) == variants:
        return books, False
    return await open_all_books(work, wanted, moment), True


async def _made_of(work: Work, variants: Iterable[UUID], moment: datetime) -> set[UUID]:
    given = {"variant_ids": sorted(variants), "moment": moment}
    return {row.variant_id for row in await work.rows(MADE_OF, given)}


async def _concerned(work: Work, keys: Iterable[Key], moment: datetime) -> set[Key]:
    variants = sorted(await _made_of(work, {variant_id for variant_id, _ in keys}, moment))
    return {(row.variant_id, row.warehouse_id) for row in await work.rows(KEPT, {"variant_ids": variants})}


async def date_back(
    work: Work, moment: datetime, books: Books, moved: Sequence[Moved]
) -> tuple[list[Moved], list[Moved]]:
    """Let movements take effect at a past moment; returns them at their cost, and the corrections of later ones."""
    await check_counted(work, moment, sorted({(each.posting.variant_id, each.posting.warehouse_id) for each in moved}))
    given = {"variant_ids": sorted({variant_id for variant_id, _ in books.items}), "moment": moment}
    for row in await work.rows(SET_SINCE, given):
        raise CostSetSince(sku=row.sku, set_at=row.made_at.isoformat(timespec="seconds")).at("input", "effectiveAt")
    return await cost_anew(work, moment, books, [replace(each, effective_at=moment) for each in moved])
