"""Hot stock (热点库存): the house splits what many buy in the same minute, and joins it again when the rush is over.

How hot something is, is counted from what is written anyway: the moments at which transactions promised something of
it. An order that is imported with a hundred others waits once for all of them, so moments count and not lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, bindparam, select, text

from domain.inventory.buckets import BUCKETS_MAX, split_stock
from domain.inventory.cost_methods import WholeCompanyOnly
from domain.inventory.models import THE_ONLY, HotStock, StockSplitting, WarehouseId
from domain.inventory.statements import FREE_OF_ITEM, LOOSE_OF_ITEM
from domain.kernel import BadInput, Read, Reading, Work, action, constant

CLAIMS_PER_MINUTE_MAX = 1_000_000
QUIET_MINUTES_MAX = 7 * 24 * 60
WORTH_SPLITTING, SPENT = 10, 2
"""For each bucket so many must be free to be dealt out, and with fewer than that none is filled again."""
AT_ONCE_MAX = 50

SPLITTINGS = constant(select(*StockSplitting.__table__.columns))
stock_splittings_by_id = Reading(SPLITTINGS, StockSplitting.id)

# What the house has split and is still hot stays split; the rest of what is hot is split if there is enough of it.
TO_SPLIT = text(f"""
    WITH hot AS MATERIALIZED (
        SELECT variant_id, warehouse_id FROM claims WHERE claimed_at > :now - interval '1 minute'
        GROUP BY variant_id, warehouse_id HAVING count(DISTINCT claimed_at) >= :claims_per_minute
    ), still AS (
        UPDATE hot_stock AS known SET hot_at = :now FROM hot
        WHERE known.variant_id = hot.variant_id AND known.warehouse_id = hot.warehouse_id
    )
    SELECT hot.variant_id, hot.warehouse_id FROM hot
    JOIN stock_items AS item ON item.variant_id = hot.variant_id AND item.warehouse_id = hot.warehouse_id
    WHERE item.buckets = 0 AND {LOOSE_OF_ITEM} >= {WORTH_SPLITTING} * :buckets
    ORDER BY hot.variant_id, hot.warehouse_id LIMIT {AT_ONCE_MAX}
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))  # noqa: S608 — The formula is ours.
TO_JOIN = text(f"""
    SELECT known.variant_id, known.warehouse_id FROM hot_stock AS known
    JOIN stock_items AS item ON item.variant_id = known.variant_id AND item.warehouse_id = known.warehouse_id
    WHERE NOT :active OR known.hot_at < :now - make_interval(mins => :quiet_minutes)
       OR {FREE_OF_ITEM} < {SPENT} * item.buckets
    ORDER BY known.variant_id, known.warehouse_id LIMIT {AT_ONCE_MAX}
""").bindparams(bindparam("now", type_=DateTime(timezone=True)))  # noqa: S608 — as above.


@dataclass(frozen=True, kw_only=True)
class SplittingRules:
    """From how many claims of a minute on a variant is split, over how many rows, and how long after them it stays."""

    active: bool
    claims_per_minute: int
    buckets: int
    quiet_minutes: int


@dataclass(frozen=True)
class Turn:
    """What is split over so many rows, or put together again (0)."""

    variant_id: UUID
    warehouse_id: WarehouseId
    buckets: int


@action
async def set_stock_splitting(work: Work, rules: SplittingRules) -> StockSplitting:
    """Set from when on the house splits hot variants by itself, and when it joins them again; or that it does not.

    What it has split is joined within a minute when it is switched off; what people split stays as it is.
    """
    if work.actor.warehouses is not None:
        raise WholeCompanyOnly
    _check("claimsPerMinute", rules.claims_per_minute, 1, CLAIMS_PER_MINUTE_MAX)
    _check("buckets", rules.buckets, 2, BUCKETS_MAX)
    _check("quietMinutes", rules.quiet_minutes, 1, QUIET_MINUTES_MAX)
    chosen = await work.session.get_one(StockSplitting, THE_ONLY, populate_existing=True, with_for_update=True)
    for name, value in vars(rules).items():
        setattr(chosen, name, value)
    chosen.set_by, chosen.set_at = work.actor.name, work.now
    return chosen


def _check(field: str, given: int, least: int, most: int) -> None:
    if not least <= given <= most:
        raise BadInput(field=field, problem=f"must lie between {least} and {most}").at("input", field)


async def stock_splitting(read: Read) -> Any:
    """Read by which figures the house splits and joins."""
    return await read.one(SPLITTINGS)


async def hot_stock_turns(work: Work) -> Sequence[Turn]:
    """Say what is to be split or joined now, and note what is still hot."""
    (rules,) = await work.rows(SPLITTINGS)
    turns = list[Turn]()
    if rules.active:
        given = {"now": work.now, "claims_per_minute": rules.claims_per_minute, "buckets": rules.buckets}
        turns += [_turn(row, rules.buckets) for row in await work.rows(TO_SPLIT, given)]
    given = {"now": work.now, "active": rules.active, "quiet_minutes": rules.quiet_minutes}
    return turns + [_turn(row, 0) for row in await work.rows(TO_JOIN, given)]


def _turn(row: Any, buckets: int) -> Turn:
    return Turn(row.variant_id, WarehouseId(row.warehouse_id), buckets)


async def take_turn(work: Work, turn: Turn) -> None:
    """Split a hot variant or join it again as anybody may, and remember that the house did it."""
    await split_stock(work, turn.variant_id, turn.warehouse_id, turn.buckets)
    if turn.buckets:
        seen = {"variant_id": turn.variant_id, "warehouse_id": turn.warehouse_id}
        work.session.add(HotStock(**seen, split_at=work.now, hot_at=work.now))
