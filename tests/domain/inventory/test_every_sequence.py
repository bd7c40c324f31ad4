"""Whatever happens to stock in whatever order, the invariants hold and the ledger tells the same story."""

import asyncio
import contextlib
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain import inventory, transfers
from domain.inventory.averages import Worth
from domain.inventory.models import Claim, Lot, Movement, StockBalance, StockCost
from domain.kernel import Money, Quantity, Refusal, Sessions, Work, begin, system, tried
from tests.conftest import NOW
from tests.domain.inventory.builders import (
    a_line,
    a_variant,
    a_warehouse,
    a_zone,
    adjust,
    bin_named,
    broken,
    choose_scope,
    stock,
)

TO_REVIEW, TO_SHIP = inventory.ClaimClass.TO_REVIEW, inventory.ClaimClass.TO_SHIP
VARIANTS, WAREHOUSES = 2, 2


@dataclass
class Company:
    """Two variants in two warehouses, and the orders that hold some of them."""

    variants: list[UUID]
    warehouses: list[inventory.WarehouseId]
    orders: dict[UUID, list[inventory.WantedLine]] = field(default_factory=dict)
    served: dict[UUID, UUID] = field(default_factory=dict)
    bins: list[inventory.BinId] = field(default_factory=list)
    day: date = date(2030, 1, 1)

    def expiry(self, lot: str | None) -> date | None:
        """Say when a lot expires: the first never does, of the second all are sold with luck, the third is near."""
        return {"L1": self.day + timedelta(days=40), "L2": self.day + timedelta(days=9)}.get(lot or "")

    def order(self, turn: int) -> UUID | None:
        return list(self.orders)[turn % len(self.orders)] if self.orders else None


async def a_company(work: Work) -> Company:
    variants = [await a_variant(work) for _ in range(VARIANTS)]
    warehouses = [await a_warehouse(work) for _ in range(WAREHOUSES)]
    company = Company(variants, warehouses, day=inventory.today(work.now))
    for warehouse in company.warehouses:
        await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1, capacity=Quantity(30)))
        company.bins.append(await bin_named(work, warehouse, "A1"))
    return company


@dataclass(frozen=True)
class Step:
    """One thing that happens; the numbers say to what, and how much."""

    what: str
    variant: int
    warehouse: int
    quantity: int
    turn: int


async def carried_out(sessions: Sessions, company: Company, step: Step) -> None:
    """Carry a step out or be refused; the victim of a deadlock begins again, as everybody does at the door.

    A claim that lost its race for one warehouse holds what it locked there while it tries the next.
    """

    async def once() -> None:
        async with begin(sessions, system("clerk")) as work:
            await STEPS[step.what](work, company, step)

    with contextlib.suppress(Refusal):
        await tried(once)


async def receive(work: Work, company: Company, step: Step) -> None:
    variant, warehouse = company.variants[step.variant], company.warehouses[step.warehouse]
    lot = f"L{step.turn % 3}" if step.turn % 2 else None
    bin_id = company.bins[step.warehouse] if step.turn % 4 else None
    cost = f"{step.turn}.{step.quantity:02}"
    await stock(work, variant, warehouse, step.quantity, cost, lot=lot, expires=company.expiry(lot), bin_id=bin_id)


async def change(work: Work, company: Company, step: Step) -> None:
    quantity = step.quantity if step.turn % 3 == 0 else -step.quantity
    await adjust(work, company.variants[step.variant], company.warehouses[step.warehouse], quantity)


async def transfer(work: Work, company: Company, step: Step) -> None:
    line = inventory.TransferredLine(
        variant_id=company.variants[step.variant],
        quantity=Quantity(step.quantity),
        to_bin_id=company.bins[1 - step.warehouse] if step.turn % 2 else None,
    )
    from_warehouse, to_warehouse = company.warehouses[step.warehouse], company.warehouses[1 - step.warehouse]
    await inventory.transfer_stock(
        work,
        inventory.Transfer(
            from_warehouse_id=from_warehouse, to_warehouse_id=to_warehouse, reason="refill", lines=[line]
        ),
    )


def basket(company: Company, step: Step) -> list[inventory.WantedLine]:
    return [a_line(variant, step.quantity) for variant in company.variants[: step.turn % 2 + 1]]


async def claim(work: Work, company: Company, step: Step) -> None:
    order, lines = uuid4(), basket(company, step)
    claim_class = TO_SHIP if step.turn % 3 == 0 else TO_REVIEW
    company.served[order] = await inventory.claim(work, order, company.warehouses, lines, claim_class)
    company.orders[order] = lines


async def claim_many(work: Work, company: Company, step: Step) -> None:
    asked = [inventory.ClaimRequest(uuid4(), company.warehouses, basket(company, step)) for _ in range(3)]
    outcomes = await inventory.claim_in_bulk(work, asked, TO_REVIEW)
    for each in asked:
        if (warehouse := outcomes[each.order_id].warehouse_id) is not None:
            company.orders[each.order_id], company.served[each.order_id] = list(each.lines), warehouse


async def promote(work: Work, company: Company, step: Step) -> None:
    if order := company.order(step.turn):
        await inventory.promote(work, [order], TO_SHIP)


async def release(work: Work, company: Company, step: Step) -> None:
    if order := company.order(step.turn):
        line = company.orders[order][0].order_line_id
        if step.turn % 2:
            await inventory.release(work, [order], [line], [Quantity(step.quantity)])
        else:
            await inventory.release(work, [order])


async def split(work: Work, company: Company, step: Step) -> None:
    if order := company.order(step.turn):
        line, part = company.orders[order][0], a_line(company.variants[0])
        held = await work.session.get(Claim, line.order_line_id, populate_existing=True)
        if held and held.quantity > Quantity(1):
            moved = inventory.MovedClaim(line.order_line_id, uuid4(), part.order_line_id, Quantity("0.5"))
            await inventory.move_claims(work, [moved])


async def ship(work: Work, company: Company, step: Step) -> None:
    if order := company.order(step.turn):
        lines = [
            inventory.ShippedLine(line.order_line_id, line.variant_id, Quantity(min(step.quantity, 2)), position)
            for position, line in enumerate(company.orders[order], 1)
        ]
        await inventory.ship(work, "Shipment", uuid4(), company.served[order], lines)


async def paper(work: Work, company: Company, step: Step) -> None:
    kind = PAPERS[step.turn % len(PAPERS)]
    here = company.bins[step.warehouse]
    lot = f"L{step.turn % 3}" if kind is inventory.MovementKind.LOT_CHANGE else None
    line = inventory.Line(
        variant_id=company.variants[step.variant],
        quantity=Quantity(step.quantity),
        bin_id=here if step.turn % 2 else None,
        to_bin_id=here if kind is inventory.MovementKind.BIN_MOVE and step.turn % 2 == 0 else None,
        lot_code=lot,
        expires_on=company.expiry(lot),
    )
    place = company.warehouses[step.warehouse]
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=place, reason="paper", lines=[line])
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)


async def make(work: Work, company: Company, step: Step) -> None:
    """Put one variant together of the other, or take it apart into that."""
    kind = (inventory.MovementKind.ASSEMBLY, inventory.MovementKind.DISASSEMBLY)[step.turn % 2]
    whole, part = company.variants[step.variant], company.variants[1 - step.variant]
    lines = [
        inventory.Line(variant_id=whole, quantity=Quantity(step.quantity)),
        inventory.Line(variant_id=part, quantity=Quantity(step.turn + 1)),
    ]
    place = company.warehouses[step.warehouse]
    draft = inventory.DraftedDocument(kind=kind, warehouse_id=place, reason="a set", lines=lines)
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    await inventory.post_stock_document(work, document.id)


async def void(work: Work, company: Company, step: Step) -> None:
    document = inventory.StockDocument
    posted = (document.status == inventory.DocumentStatus.POSTED, document.voids_id.is_(None))
    here = document.warehouse_id == company.warehouses[step.warehouse]
    latest = select(document.id).where(*posted, here).order_by(document.id.desc()).limit(1)
    for row in await work.rows(latest):
        await inventory.void_stock_document(work, row.id, "a mistake")


PAPERS = [inventory.MovementKind.BIN_MOVE, inventory.MovementKind.LOT_CHANGE, inventory.MovementKind.SCRAP]


async def judge(work: Work, company: Company, step: Step) -> None:
    """Freeze, recall or release a lot."""
    found = await work.rows(select(Lot.id).where(Lot.variant_id == company.variants[step.variant]).order_by(Lot.code))
    if found:
        verdicts = (inventory.freeze_lot, inventory.release_lot, inventory.recall_lot, inventory.release_lot)
        verdict = verdicts[step.quantity % 4]
        await verdict(work, found[step.turn % len(found)].id, "laboratory")


async def ban(work: Work, company: Company, step: Step) -> None:  # noqa: ARG001 — As every step.
    """Say how long before their expiry lots are no longer sold: not at all, or some of them from now on."""
    days = step.quantity * 4 if step.turn % 3 else None
    await inventory.set_watch_policy(work, inventory.WatchRules(sale_ban_days=days))


async def wait(work: Work, company: Company, step: Step) -> None:  # noqa: ARG001 — As every step.
    """Let days go by; the clock may be late with what they end."""
    work.now += timedelta(days=step.turn % 4)
    if step.quantity % 2:
        await inventory.end_sales(work)


async def divide(work: Work, company: Company, step: Step) -> None:
    """Split a variant into buckets, or put it together again."""
    variant, warehouse = company.variants[step.variant], company.warehouses[step.warehouse]
    await inventory.split_stock(work, variant, warehouse, step.quantity % 4)


async def carry(work: Work, company: Company, step: Step) -> None:
    """Take one step with a transfer: ask and approve, send a part, take a part in, or end it."""
    source, target = company.warehouses[step.warehouse], company.warehouses[1 - step.warehouse]
    status = transfers.StockTransfer.status
    wanted = (status.in_(("APPROVED", "IN_TRANSIT")), transfers.StockTransfer.to_warehouse_id == target)
    found = await work.rows(select(transfers.StockTransfer.id, status).where(*wanted).order_by(status.desc()).limit(1))
    if not found:
        goods = [transfers.WantedGoods(variant_id=each, quantity=Quantity(step.quantity)) for each in company.variants]
        new = transfers.NewTransfer(from_warehouse_id=source, to_warehouse_id=target, reason="few", lines=goods[:1])
        asked = await transfers.request_transfer(work, new)
        await transfers.approve_transfer(work, asked.id)
        return
    transfer = found[0].id
    line = select(transfers.StockTransferLine.id).where(transfers.StockTransferLine.transfer_id == transfer)
    part = {"line_id": await work.session.scalar(line), "quantity": Quantity(step.turn % 4 + 1)}
    if found[0].status == "APPROVED" or step.turn % 3 == 0:
        await transfers.ship_transfer(work, transfer, [transfers.SentLine(**part)] if step.turn % 2 else None)
    elif step.turn % 5 == 0:
        await transfers.close_transfer(work, transfer, "lost on the way")
    else:
        await transfers.receive_transfer(work, transfer, [transfers.ArrivedLine(**part)] if step.turn % 2 else None)


STEPS: dict[str, Callable[[Work, Company, Step], Awaitable[None]]] = {
    each.__name__: each
    for each in (
        receive,
        change,
        transfer,
        claim,
        claim_many,
        promote,
        release,
        split,
        ship,
        paper,
        void,
        judge,
        ban,
        wait,
        divide,
        carry,
        make,
    )
}
A_STEP = st.builds(
    Step,
    what=st.sampled_from(["receive", "claim", "promote", "ship", *STEPS]),
    variant=st.integers(0, VARIANTS - 1),
    warehouse=st.integers(0, WAREHOUSES - 1),
    quantity=st.integers(1, 12),
    turn=st.integers(0, 11),
)


async def take(work: Work, company: Company, step: Step) -> None:
    """Do one step; a refusal takes back what the step did, as the caller of an action does."""
    savepoint = await work.session.begin_nested()
    try:
        await STEPS[step.what](work, company, step)
        await work.session.flush()
    except Refusal:
        await savepoint.rollback()
    else:
        await savepoint.commit()


async def replayed(work: Work, cost_scope: inventory.CostScope = inventory.CostScope.WAREHOUSE) -> None:
    """Tell the whole story again from the ledger alone, and find the same balances and values to the cent."""
    whole = cost_scope is inventory.CostScope.COMPANY
    worths: dict[Any, Worth] = defaultdict(Worth)
    lots: dict[Any, Quantity] = defaultdict(lambda: Quantity(0))
    for row in await work.rows(select(*Movement.__table__.columns).order_by(Movement.position)):
        key = (row.variant_id, row.warehouse_id)
        scope = (row.variant_id, inventory.COMPANY) if whole else key
        before = worths[scope]
        if row.kind in inventory.SHIFTS:
            assert row.cost_amount == Money(0)
        else:
            # What is under way keeps the cost it left at.
            stated = row.warehouse_id == inventory.IN_TRANSIT and not whole
            if row.quantity < Quantity(0) and row.reverses_id is None and not stated:
                assert -row.cost_amount == before.issue_amount(-row.quantity)
            worths[scope] = before.after_entry(row.quantity, row.cost_amount)
        lots[(*key, row.lot_id, row.bin_id)] += row.quantity
    costs = await work.rows(select(*StockCost.__table__.columns))
    assert {
        (row.variant_id, row.scope_id): Worth(row.quantity, row.value) for row in costs if row.quantity or not whole
    } == {key: worth for key, worth in worths.items() if worth.quantity or not whole}
    balances = await work.rows(select(*StockBalance.__table__.columns))
    assert {(row.variant_id, row.warehouse_id, row.lot_id, row.bin_id): row.on_hand for row in balances} == dict(lots)


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
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(A_STEP, min_size=5, max_size=30))
    def check(steps: list[Step]) -> None:
        loop.run_until_complete(in_turn(steps, cost_scope))

    check()


@SCOPES
async def test_everything_at_once_keeps_the_books(sessions: Sessions, cost_scope: inventory.CostScope) -> None:
    async with begin(sessions, system("tests")) as work:
        await choose_scope(work, cost_scope)
        company = await a_company(work)

    async def clerk(seed: int) -> None:
        chance = random.Random(seed)
        mine = Company(company.variants, company.warehouses, bins=company.bins, day=company.day)
        for _ in range(25):
            what = chance.choice(["receive", "claim", "promote", "ship", *STEPS])
            numbers = (chance.randrange(VARIANTS), chance.randrange(WAREHOUSES), chance.randint(1, 12))
            step = Step(what, *numbers, chance.randrange(12))
            await carried_out(sessions, mine, step)
        # Chance may freeze what it brings in; but whoever is the last to finish is sure to sell.
        last = Company(company.variants, company.warehouses, bins=company.bins, day=company.day)
        for what in ("receive", "claim", "ship"):
            await carried_out(sessions, last, Step(what, 0, 0, 12, 0))

    await asyncio.gather(*(clerk(seed) for seed in range(8)))
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
        await replayed(work, cost_scope)
        moved = {row.kind.value for row in await work.rows(select(Movement.kind))}
        assert moved >= {"RECEIPT", "SALE", "TRANSFER_OUT", "TRANSFER_IN", "ADJUSTMENT_OUT"}
