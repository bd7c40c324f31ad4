"""Whatever happens to stock in whatever order, the invariants hold and the ledger tells the same story."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain import inventory
from domain.inventory.averages import Worth
from domain.inventory.models import CostRule, Movement, StockBalance, StockCost
from domain.kernel import Money, Quantity, Refusal, Sessions, Work, begin, system
from tests.conftest import NOW
from tests.domain.inventory.builders import broken, choose_scope
from tests.domain.inventory.company import VARIANTS, WAREHOUSES, Company, Step, a_company
from tests.domain.inventory.sequence_steps import STEPS, carried_out

A_STEP = st.builds(
    Step,
    what=st.sampled_from(["receive", "claim", "promote", "ship", *STEPS]),
    variant=st.integers(0, VARIANTS - 1),
    warehouse=st.integers(0, WAREHOUSES - 1),
    quantity=st.integers(1, 12),
    turn=st.integers(0, 11),
)


async def take(work: Work, company: Company, step: Step) -> bool:
    """Do one step and say whether it was done; a refusal takes back what it did, as the caller of an action does."""
    savepoint = await work.session.begin_nested()
    try:
        await STEPS[step.what](work, company, step)
        await work.session.flush()
    except Refusal:
        await savepoint.rollback()
        return False
    await savepoint.commit()
    return True


def _costs_the_average(row: Any, before: Worth, *, whole: bool) -> bool:
    """Whether it left at the average of the moment it was posted.

    What is under way keeps the cost it left at, what goes back to a supplier that of its receipt; what was posted late
    cost the average of then, and what was not there the one before.
    """
    under_way = row.warehouse_id == inventory.IN_TRANSIT and not whole
    missing = before.quantity < -row.quantity
    stated = under_way or row.kind == "SUPPLIER_RETURN" or missing
    late = row.effective_at < row.posted_at
    return bool(row.quantity < Quantity(0) and row.reverses_id is None and not stated and not late)


async def replayed(work: Work, cost_scope: inventory.CostScope = inventory.CostScope.WAREHOUSE) -> None:
    """Tell the whole story again from the ledger alone, and find the same balances and values to the cent."""
    whole = cost_scope is inventory.CostScope.COMPANY
    worths: dict[Any, Worth] = defaultdict(Worth)
    lots: dict[Any, Quantity] = defaultdict(lambda: Quantity(0))
    fixed = {row.variant_id for row in await work.rows(select(CostRule.variant_id))}
    for row in await work.rows(select(*Movement.__table__.columns).order_by(Movement.position)):
        key = (row.variant_id, row.warehouse_id)
        scope = (row.variant_id, inventory.COMPANY) if whole else key
        before = worths[scope]
        if row.kind in inventory.SHIFTS:
            assert row.cost_amount == Money(0)
        else:
            if row.variant_id not in fixed and _costs_the_average(row, before, whole=whole):
                assert -row.cost_amount == before.issue_amount(-row.quantity)
            worths[scope] = before.after_entry(row.quantity, row.cost_amount)
        if row.quantity:
            lots[(*key, row.lot_id, row.bin_id)] += row.quantity
    costs = await work.rows(select(*StockCost.__table__.columns))
    assert {
        (row.variant_id, row.scope_id): Worth(row.quantity, row.value) for row in costs if row.quantity or not whole
    } == {key: worth for key, worth in worths.items() if worth.quantity or not whole}
    balances = await work.rows(select(*StockBalance.__table__.columns))
    assert {(row.variant_id, row.warehouse_id, row.lot_id, row.bin_id): row.on_hand for row in balances} == dict(lots)


ROUNDS_MAX = 50
"""Enough rounds for each kind of step to succeed, whatever chance says."""


SCOPES = pytest.mark.parametrize("cost_scope", list(inventory.CostScope))
InTurn = Callable[[list[Step], inventory.CostScope], Coroutine[Any, Any, None]]


@pytest.fixture
def in_turn(engine: AsyncEngine) -> InTurn:
    """Let steps happen one after the other in a new company, and undo it all."""

    async def run(steps: list[Step], cost_scope: inventory.CostScope) -> None:
        async with engine.connect() as connection, AsyncSession(connection, expire_on_commit=False) as session:
            work = Work(session=session, actor=system("tests"), now=NOW)
            await choose_scope(work, cost_scope)
            company = await a_company(work)
            for step in steps:
                await take(work, company, step)
            assert await broken(work) == {}
            await replayed(work, cost_scope)
            await session.rollback()

    return run


@pytest.fixture
async def loop() -> asyncio.AbstractEventLoop:
    """Find the loop that the tests' database is used on."""
    return asyncio.get_running_loop()


@SCOPES
def test_any_sequence_keeps_the_books(
    in_turn: InTurn, loop: asyncio.AbstractEventLoop, cost_scope: inventory.CostScope
) -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(A_STEP, min_size=5, max_size=30))
    def check(steps: list[Step]) -> None:
        loop.run_until_complete(in_turn(steps, cost_scope))

    check()


@SCOPES
async def test_a_long_story_does_everything_there_is(engine: AsyncEngine, cost_scope: inventory.CostScope) -> None:
    """Chance goes round all steps until each was done and each kind of movement happened, or gives up."""
    chance, done = random.Random(19), set[str]()
    async with engine.connect() as connection, AsyncSession(connection, expire_on_commit=False) as session:
        work = Work(session=session, actor=system("tests"), now=NOW)
        await choose_scope(work, cost_scope)
        company = await a_company(work)
        for _ in range(ROUNDS_MAX):
            for what in ("receive", *STEPS):
                numbers = (chance.randrange(VARIANTS), chance.randrange(WAREHOUSES), chance.randint(1, 12))
                if await take(work, company, Step(what, *numbers, chance.randrange(12))):
                    done.add(what)
            moved = {row.kind.value for row in await work.rows(select(Movement.kind).distinct())}
            if done == set(STEPS) and len(moved) == len(inventory.MovementKind):
                break
        assert await broken(work) == {}
        await replayed(work, cost_scope)
        await session.rollback()
    assert done == set(STEPS)
    assert moved == {kind.value for kind in inventory.MovementKind}


@SCOPES
async def test_everything_at_once_keeps_the_books(sessions: Sessions, cost_scope: inventory.CostScope) -> None:
    async with begin(sessions, system("tests")) as work:
        await choose_scope(work, cost_scope)
        company = await a_company(work)

    async def clerk(seed: int) -> None:
        chance = random.Random(seed)
        mine = company.shared()
        for _ in range(25):
            what = chance.choice(["receive", "claim", "promote", "ship", *STEPS])
            numbers = (chance.randrange(VARIANTS), chance.randrange(WAREHOUSES), chance.randint(1, 12))
            step = Step(what, *numbers, chance.randrange(12))
            await carried_out(sessions, mine, step)
        # Chance may freeze what it brings in, or take nothing out; but whoever is the last to finish is sure to do it.
        last = company.shared()
        sure = (("receive", 12, 0), ("change", 1, 1), ("transfer", 1, 0), ("claim", 6, 0), ("ship", 6, 0))
        for what, quantity, turn in sure:
            await carried_out(sessions, last, Step(what, 0, 0, quantity, turn))

    await asyncio.gather(*(clerk(seed) for seed in range(8)))
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
        await replayed(work, cost_scope)
        moved = {row.kind.value for row in await work.rows(select(Movement.kind))}
        assert moved >= {"RECEIPT", "SALE", "TRANSFER_OUT", "TRANSFER_IN", "ADJUSTMENT_OUT"}
