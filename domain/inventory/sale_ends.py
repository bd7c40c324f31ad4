"""The last day of a lot's sale (效期禁售): so many days before it expires; what is of it stays, and is not sold.

A lot knows its last day of sale, and whether that is over: then what is of it counts as blocked, like what is frozen.
Between midnight and the clock it is still counted as free for a minute, but nothing of it is shipped: that goes by the
day. Whoever says another number of days judges all lots at once.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain.inventory.buckets import gather_all
from domain.inventory.events import touch
from domain.inventory.lot_status import COUNT_BLOCKED, EVERYBODY_WAITS
from domain.inventory.lots import today
from domain.inventory.statements import statement
from domain.inventory.watch_rules import rules_of
from domain.kernel import Work

LOTS_MAX = 20_000

# Nobody makes a lot meanwhile that the new rule would miss.
NO_NEW_LOTS = text("LOCK TABLE lots IN SHARE ROW EXCLUSIVE MODE")
OTHERWISE = f"""
    SELECT lots.id, lots.expires_on - coalesce(rules.sale_ban_days, 0)::int AS sold_until
    FROM lots {rules_of("lots.variant_id")}
    WHERE lots.expires_on IS NOT NULL
      AND lots.sold_until IS DISTINCT FROM lots.expires_on - coalesce(rules.sale_ban_days, 0)::int
    ORDER BY lots.id LIMIT {LOTS_MAX}
"""  # noqa: S608 — The formula is ours.
ANY_OTHERWISE = text(f"SELECT EXISTS ({OTHERWISE})")
# It counts from the moment all others have ended, not from when this one began.
JUDGE = statement(f"""
    WITH judged AS ({OTHERWISE})
    UPDATE lots SET sold_until = judged.sold_until, sale_ended = judged.sold_until < :today,
        sold_until_since = least(clock_timestamp(), :now + interval '1 minute')
    FROM judged WHERE lots.id = judged.id RETURNING lots.variant_id
""")  # noqa: S608 — as above.

ANY_OVER = statement("SELECT EXISTS (SELECT FROM lots WHERE NOT sale_ended AND sold_until < :today)")
END = statement(f"""
    UPDATE lots SET sale_ended = true WHERE id IN (
        SELECT id FROM lots WHERE NOT sale_ended AND sold_until < :today ORDER BY sold_until LIMIT {LOTS_MAX}
    )
    RETURNING variant_id
""")  # noqa: S608 — The number is ours.


async def judge_sale_ends(work: Work) -> None:
    """Give every lot the last day of sale that now counts for it."""
    await work.execute(NO_NEW_LOTS)
    if await _is_any(work, ANY_OTHERWISE):
        await work.execute(EVERYBODY_WAITS)
        await _count(work, await work.rows(JUDGE, {"today": today(work.now), "now": work.now}))


async def follow_sale_ends(work: Work) -> None:
    """Judge lots whose goods have moved to another category: the clock looks for them without stopping anybody."""
    if await _is_any(work, ANY_OTHERWISE):
        await judge_sale_ends(work)


async def end_sales(work: Work) -> None:
    """Stop selling lots whose last day of sale is over: the clock does this."""
    given = {"today": today(work.now)}
    if await _is_any(work, ANY_OVER, given):
        await work.execute(EVERYBODY_WAITS)
        await _count(work, await work.rows(END, given))


async def _is_any(work: Work, question: Any, given: Any = None) -> bool:
    return bool((await work.rows(question, given))[0][0])


async def _count(work: Work, rows: Sequence[Any]) -> None:
    """Count anew what may not be sold, and let everybody hear of it."""
    variant_ids: list[UUID] = sorted({row.variant_id for row in rows})
    await gather_all(work, variant_ids)
    await work.execute(COUNT_BLOCKED, {"variant_ids": variant_ids})
    touch(work, set(variant_ids))
