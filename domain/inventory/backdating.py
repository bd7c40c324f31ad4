"""Posting into the past (补录): a document takes effect at an earlier moment, and what happened since is costed anew.

Nothing is edited: each later movement that should have cost otherwise gets a correction, a movement without quantity
that is dated as the one it corrects. All stock items of the variants are locked: corrections follow transfers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.inventory import ledger
from domain.inventory.averages import FREE_OF_COST, NOTHING, Worth
from domain.inventory.books import Books, Key, Moved
from domain.inventory.cost_methods import nothing_of
from domain.inventory.losses import check_counted
from domain.inventory.models import SHIFTS, LotId, MovementKind
from domain.inventory.periods import check_open
from domain.inventory.replaying import Happened, Replay
from domain.inventory.statements import statement
from domain.kernel import BadInput, Money, NotAllowed, Quantity, Refusal, Work, right

BACK_DATE = right("inventory.back_date")

KEPT = statement("SELECT variant_id, warehouse_id FROM stock_items WHERE variant_id = ANY (:variant_ids)")
HISTORY = statement("""
    SELECT row.id, row.variant_id, row.warehouse_id, row.lot_id, row.quantity, row.kind, row.effective_at,
        row.carries_id, row.reverses_id, row.cost_amount + coalesce(corrected.amount, 0) AS amount
    FROM stock_ledger AS row
    LEFT JOIN (
        SELECT adjusts_id, sum(cost_amount) AS amount FROM stock_ledger
        WHERE variant_id = ANY (:variant_ids) AND adjusts_id IS NOT NULL GROUP BY adjusts_id
    ) AS corrected ON corrected.adjusts_id = row.id
    WHERE row.variant_id = ANY (:variant_ids) AND row.effective_at >= :moment AND row.adjusts_id IS NULL
    ORDER BY row.effective_at, row.position
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


async def open_all_books(work: Work, keys: Iterable[Key]) -> Books:
    """Lock the stock of these variants wherever there is any, and here."""
    wanted = set(keys)
    given = {"variant_ids": sorted({variant_id for variant_id, _ in wanted})}
    while True:
        wanted |= {(row.variant_id, row.warehouse_id) for row in await work.rows(KEPT, given)}
        books = await ledger.open_books(work, wanted)
        # Goods may have gone to another place before we held what they left.
        if {(row.variant_id, row.warehouse_id) for row in await work.rows(KEPT, given)} <= wanted:
            return books


async def date_back(
    work: Work, moment: datetime, books: Books, moved: Sequence[Moved]
) -> tuple[list[Moved], list[Moved]]:
    """Let movements take effect at a past moment; returns them at their cost, and the corrections of later ones."""
    variants = sorted({each.posting.variant_id for each in moved})
    await check_counted(work, moment, sorted({(each.posting.variant_id, each.posting.warehouse_id) for each in moved}))
    given = {"variant_ids": variants, "moment": moment}
    for row in await work.rows(SET_SINCE, given):
        raise CostSetSince(sku=row.sku, set_at=row.made_at.isoformat(timespec="seconds")).at("input", "effectiveAt")
    happened: dict[UUID, list[Happened]] = defaultdict(list)
    for row in await work.rows(HISTORY, given):
        happened[row.variant_id].append(_happened(row))
    dated, corrections = [], list[Moved]()
    for variant_id in variants:
        old = happened[variant_id]
        new = [replace(each, effective_at=moment) for each in moved if each.posting.variant_id == variant_id]
        replay = _replayed(variant_id, books, old, new)
        costed = [_costed(each, replay.costs) for each in new]
        dated += [each for each in costed if each.quantity or each.amount]
        corrections += _corrections(variant_id, old, replay.costs, len(corrections))
        if replay.costed:
            books.worths |= {(variant_id, scope): worth for scope, worth in replay.worths.items()}
    order = {each.id: index for index, each in enumerate(moved)}
    return sorted(dated, key=lambda each: order[each.id]), corrections


def _replayed(variant_id: UUID, books: Books, old: Sequence[Happened], new: Sequence[Moved]) -> Replay:
    moment = new[0].effective_at
    added = [_as_happened(each) for each in new]
    places = [place for variant, place in books.items if variant == variant_id]
    worths = {books.scope((variant_id, place))[1]: books.worth((variant_id, place)) for place in places}
    replay = Replay(
        variant_id=variant_id,
        worths=worths,
        there=_there_before(variant_id, books, [*old, *added]),
        valued={place: books.items[variant_id, place].valued for place in places},
        costed=all(worth.fixed is None for worth in worths.values()),
        company_wide=books.company_wide,
    )
    replay.worths = _worths_before(replay, [*old, *added])
    earlier = [each for each in old if moment is not None and each.effective_at <= moment]
    watched = frozenset((each.warehouse_id, each.lot_id) for each in added)
    replay.run([*earlier, *added, *old[len(earlier) :]], watched)
    return replay


def _worths_before(replay: Replay, events: Iterable[Happened]) -> dict[UUID, Worth]:
    """Take what happened off what is there now, and so find what was there."""
    quantities, values = defaultdict[UUID, Quantity](lambda: NOTHING), defaultdict[UUID, Money](lambda: FREE_OF_COST)
    for each in events:
        if each.kind not in SHIFTS:
            scope = replay.scope(each.warehouse_id)
            quantities[scope] += each.quantity
            values[scope] += each.amount
    return {scope: worth.after_issue(quantities[scope], values[scope]) for scope, worth in replay.worths.items()}


def _there_before(
    variant_id: UUID, books: Books, events: Iterable[Happened]
) -> dict[tuple[UUID, LotId | None], Quantity]:
    there = defaultdict[tuple[UUID, LotId | None], Quantity](lambda: NOTHING)
    for (variant, place), lots in books.lots.items():
        for lot in lots.values() if variant == variant_id else ():
            there[place, lot.lot_id] += lot.on_hand
    for each in events:
        there[each.warehouse_id, each.lot_id] -= each.quantity
    return dict(there)


def _happened(row: Any) -> Happened:
    return Happened(
        id=row.id,
        warehouse_id=row.warehouse_id,
        lot_id=row.lot_id,
        quantity=Quantity(row.quantity),
        amount=Money(row.amount),
        kind=MovementKind(row.kind),
        effective_at=row.effective_at,
        carries_id=row.carries_id,
        reverses_id=row.reverses_id,
    )


def _as_happened(moved: Moved) -> Happened:
    posting = moved.posting
    if moved.effective_at is None:
        raise ValueError("a movement that is dated back says when")
    return Happened(
        id=moved.id,
        warehouse_id=posting.warehouse_id,
        lot_id=moved.lot_id,
        quantity=moved.quantity,
        amount=moved.amount,
        kind=posting.kind,
        effective_at=moved.effective_at,
        carries_id=posting.carries_id,
        stated=posting.amount is not None,
    )


def _costed(moved: Moved, costs: Mapping[Any, Money]) -> Moved:
    return replace(moved, amount=costs.get(moved.id, moved.amount))


def _corrections(variant_id: UUID, old: Iterable[Happened], costs: Mapping[Any, Money], before: int) -> list[Moved]:
    """Say by how much each movement should have cost otherwise, dated as it is."""
    corrections: list[Moved] = []
    for each in old:
        amount = costs.get(each.id, each.amount) - each.amount
        if amount:
            posting = nothing_of(variant_id, each.warehouse_id, before + len(corrections) + 1)
            corrections.append(
                Moved(
                    posting=posting,
                    lot_id=None,
                    bin_id=None,
                    quantity=NOTHING,
                    amount=amount,
                    leg=1,
                    adjusts_id=each.id,
                    effective_at=each.effective_at,
                )
            )
    return corrections
