"""Costing several variants anew at once (联动重算): what was made of one of them is worth what went into it by now.

The movements of all of them since a moment happen again in the order of their effect, with new ones put between; so
what goes into an assembly has its cost before that is worth it. What is made at a fixed cost stays worth that, and the
difference is a variance.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.inventory.averages import FREE_OF_COST, NOTHING, Worth
from domain.inventory.books import Books
from domain.inventory.cost_methods import nothing_of
from domain.inventory.document_lines import MAKES
from domain.inventory.making import Workshop
from domain.inventory.models import SHIFTS, LotId, MovementKind
from domain.inventory.postings import Moved
from domain.inventory.replaying import Happened, Replay
from domain.inventory.statements import statement
from domain.kernel import Money, Quantity, Work, identifier

HISTORY = statement("""
    SELECT row.id, row.variant_id, row.warehouse_id, row.lot_id, row.quantity, row.kind, row.effective_at,
        row.carries_id, row.reverses_id, row.document_id, row.document_line,
        row.cost_amount + coalesce(corrected.amount, 0) AS amount
    FROM stock_ledger AS row
    LEFT JOIN (
        SELECT adjusts_id, sum(cost_amount) AS amount FROM stock_ledger
        WHERE variant_id = ANY (:variant_ids) AND adjusts_id IS NOT NULL GROUP BY adjusts_id
    ) AS corrected ON corrected.adjusts_id = row.id
    WHERE row.variant_id = ANY (:variant_ids) AND row.effective_at >= :moment AND row.adjusts_id IS NULL
    ORDER BY row.effective_at, row.position
""")
# All that went into the same documents, and came of them, also of variants nothing else is known of.
MADE = statement("""
    SELECT row.id, row.document_id, row.quantity, row.cost_amount + coalesce((
        SELECT sum(cost_amount) FROM stock_ledger AS correction WHERE correction.adjusts_id = row.id), 0) AS amount
    FROM stock_ledger AS row
    WHERE row.document_type = 'StockDocument' AND row.document_id = ANY (:ids)
      AND row.kind IN ('ASSEMBLY', 'DISASSEMBLY') AND row.adjusts_id IS NULL AND row.reverses_id IS NULL
    ORDER BY row.position
""")

Replays = Mapping[UUID, Replay]


async def cost_anew(
    work: Work, moment: datetime, books: Books, new: Sequence[Moved]
) -> tuple[list[Moved], list[Moved]]:
    """Let movements take effect at a moment; returns them at their cost, and the corrections of what came later.

    The books hold all variants that this concerns; they say afterwards what is worth what now.
    """
    rows = await history_since(work, moment, {key[0] for key in books.items})
    workshop = await what_was_made(work, rows, new)
    old = [(row.variant_id, _happened(row)) for row in rows]
    earlier = sum(1 for _, each in old if each.effective_at <= moment)
    between = [(each.posting.variant_id, _as_happened(each)) for each in new]
    replays = _replayed(books, [*old[:earlier], *between, *old[earlier:]], between, workshop)
    for variant_id, replay in replays.items():
        if replay.costed:
            books.worths |= {(variant_id, scope): worth for scope, worth in replay.worths.items()}
    costed = [
        replace(each, amount=_cost_of(happened, replays[variant_id]))
        for each, (variant_id, happened) in zip(new, between, strict=True)
    ]
    corrections = list[Moved]()
    for variant_id, event in old:
        amount = _cost_of(event, replays[variant_id]) - event.amount
        _correct(corrections, variant_id, event, amount)
        _settle(corrections, variant_id, event, amount, replays[variant_id])
    for variant_id, event in between:
        _settle(
            corrections, variant_id, event, _cost_of(event, replays[variant_id]) - event.amount, replays[variant_id]
        )
    return [each for each in costed if each.quantity or each.amount], corrections


async def history_since(work: Work, moment: datetime, variant_ids: Iterable[UUID]) -> Sequence[Any]:
    """Read what happened to variants since a moment, corrections included, in the order of effect."""
    return await work.rows(HISTORY, {"variant_ids": sorted(variant_ids), "moment": moment})


async def what_was_made(work: Work, rows: Sequence[Any], new: Sequence[Moved] = ()) -> Workshop:
    """Find the documents that made something of what is costed anew."""
    made = sorted({row.document_id for row in rows if row.kind in MAKES and row.quantity < 0 and not row.reverses_id})
    workshop, this = Workshop(), identifier()
    for row in await work.rows(MADE, {"ids": made}) if made else ():
        workshop.learn(row.document_id, row.id, Quantity(row.quantity), Money(row.amount))
    for each in new:
        if each.posting.kind in MAKES:
            workshop.learn(this, each.id, each.quantity, each.amount)
    return workshop


def _replayed(
    books: Books, events: Sequence[tuple[UUID, Happened]], new: Sequence[tuple[UUID, Happened]], workshop: Workshop
) -> dict[UUID, Replay]:
    """Let everything happen again, each variant in a replay of its own, in one order."""
    by_variant = defaultdict[UUID, list[Happened]](list)
    for variant_id, event in events:
        by_variant[variant_id].append(event)
    replays = {variant_id: _before(variant_id, books, mine, workshop) for variant_id, mine in by_variant.items()}
    watched = {
        variant_id: frozenset((each.warehouse_id, each.lot_id) for other, each in new if other == variant_id)
        for variant_id in replays
    }
    for variant_id, event in events:
        replays[variant_id].step(event, watched[variant_id])
    return replays


def _before(variant_id: UUID, books: Books, events: Sequence[Happened], workshop: Workshop) -> Replay:
    """Begin with what was there before all of it."""
    places = [place for variant, place in books.items if variant == variant_id]
    worths = {books.scope((variant_id, place))[1]: books.worth((variant_id, place)) for place in places}
    replay = Replay(
        variant_id=variant_id,
        worths=worths,
        there=_there_before(variant_id, books, events),
        valued={place: books.items[variant_id, place].valued for place in places},
        costed=all(worth.fixed is None for worth in worths.values()),
        company_wide=books.company_wide,
        workshop=workshop,
    )
    replay.worths = _worths_before(replay, events)
    replay.begin(events)
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


def _cost_of(event: Happened, replay: Replay) -> Money:
    """Say what a movement costs by now; at a fixed cost only what was made of others can cost otherwise."""
    if replay.costed:
        return replay.costs.get(event.id, event.amount)
    made = replay.workshop.worth_of(event.reverses_id or event.id)
    if made is None or not replay.valued[event.warehouse_id]:
        return event.amount
    return -made if event.reverses_id else made


def _correct(corrections: list[Moved], variant_id: UUID, event: Happened, amount: Money) -> None:
    """Say by how much a movement should have cost otherwise, dated as it is."""
    if amount:
        corrections.append(
            Moved(
                posting=nothing_of(variant_id, event.warehouse_id, len(corrections) + 1),
                lot_id=None,
                bin_id=None,
                quantity=NOTHING,
                amount=amount,
                leg=1,
                adjusts_id=event.id,
                effective_at=event.effective_at,
            )
        )


def _settle(corrections: list[Moved], variant_id: UUID, event: Happened, amount: Money, replay: Replay) -> None:
    """Take off again, as a variance, what stock at a fixed cost is not worth."""
    if amount and not replay.costed:
        _correct(corrections, variant_id, event, -amount)
        corrections[-1] = replace(corrections[-1], adjusts_id=None)


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
