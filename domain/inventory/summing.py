"""Adding the ledger up (汇总流水): each movement once into its day and its month, by the clock, behind the writers.

What only moves within a warehouse (from bin to bin, from lot to lot) neither comes in nor goes out, and is left out.
"""

from sqlalchemy import text

from domain.kernel import Work

POSITIONS_MAX = 200_000

NEWEST = text("SELECT max(position) FROM stock_ledger")
STATE = text("""
    SELECT summed_to, candidate, coalesce(candidate_before <= pg_snapshot_xmin(pg_current_snapshot()), false) AS settled
    FROM stock_summing FOR UPDATE
""")
# A day on which nothing came in has no sum of what came in: that is 0.
ADD = """
    INSERT INTO {table} AS kept (variant_id, warehouse_id, {span}, kind, in_quantity, out_quantity, in_amount,
        out_amount, movements)
    SELECT variant_id, warehouse_id, {begins}, kind,
        coalesce(sum(quantity) FILTER (WHERE came), 0), coalesce(-sum(quantity) FILTER (WHERE NOT came), 0),
        coalesce(sum(cost_amount) FILTER (WHERE came), 0), coalesce(-sum(cost_amount) FILTER (WHERE NOT came), 0),
        count(*)
    FROM (
        SELECT variant_id, warehouse_id, kind, quantity, cost_amount,
            effective_at AT TIME ZONE interval '8 hours' AS at,
            quantity > 0 OR quantity = 0 AND cost_amount > 0 AS came
        FROM stock_ledger WHERE position > :after AND position <= :upto AND counterpart_id <> warehouse_id
    ) AS moved
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (variant_id, warehouse_id, {span}, kind) DO UPDATE SET
        in_quantity = kept.in_quantity + excluded.in_quantity,
        out_quantity = kept.out_quantity + excluded.out_quantity,
        in_amount = kept.in_amount + excluded.in_amount,
        out_amount = kept.out_amount + excluded.out_amount,
        movements = kept.movements + excluded.movements
"""
ADDINGS = (
    text(ADD.format(table="stock_days", span="day", begins="at::date")),
    text(ADD.format(table="stock_months", span="month", begins="date_trunc('month', at)::date")),
)
ADVANCE = text("UPDATE stock_summing SET summed_to = :upto")
PROPOSE = text("""
    UPDATE stock_summing SET candidate = :candidate, candidate_before = pg_current_xact_id()
""")


async def sum_ledger(work: Work) -> bool:
    """Add up what is certain to be complete, a bounded part of it at once; says whether more is waiting now.

    The newest position is read before this transaction takes a number of its own: who drew an earlier position began
    before, so its number is smaller, and when all smaller numbers have ended nothing can appear below the candidate.
    """
    newest = (await work.rows(NEWEST))[0][0] or 0
    state = (await work.rows(STATE))[0]
    if state.candidate is None or state.candidate <= state.summed_to:
        if newest > state.summed_to:
            await work.execute(PROPOSE, {"candidate": newest})
        return False
    if not state.settled:
        return False
    upto = min(state.candidate, state.summed_to + POSITIONS_MAX)
    for statement in ADDINGS:
        await work.execute(statement, {"after": state.summed_to, "upto": upto})
    await work.execute(ADVANCE, {"upto": upto})
    if upto == state.candidate and newest > upto:
        await work.execute(PROPOSE, {"candidate": newest})
    return bool(upto < state.candidate)
