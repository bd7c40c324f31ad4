"""Posting into the past: what happened since is costed anew by corrections, and nothing is edited."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain import inventory, transfers
from domain.inventory.averages import Worth
from domain.inventory.models import SHIFTS, Movement, MovementKind, StockCost
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    Money,
    NotAllowed,
    Quantity,
    Refusal,
    Sessions,
    UnitPrice,
    Work,
    begin,
    system,
    tried,
)
from tests.conftest import NOW
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, broken, choose_scope, facts_of, worth

KIND, HOUR = MovementKind, timedelta(hours=1)


def at(work: Work, hours: float) -> None:
    """Let the work happen so many hours after noon of the tests."""
    work.now = NOW + hours * HOUR


async def post(
    work: Work, kind: MovementKind, variant: UUID, place: UUID, quantity: int, cost: str | None = None, **given: Any
) -> inventory.StockDocument:
    """Write a document, approve and post it; `back` says how many hours after noon it takes effect."""
    back = given.pop("back", None)
    unit_cost = UnitPrice(cost) if cost else None
    line = inventory.Line(variant_id=variant, quantity=Quantity(quantity), unit_cost=unit_cost, **given.pop("line", {}))
    draft = inventory.DraftedDocument(
        kind=kind,
        warehouse_id=inventory.WarehouseId(place),
        reason="late paper",
        lines=[line, *given.pop("parts", [])],
        effective_at=None if back is None else NOW + back * HOUR,
        **given,
    )
    document = await inventory.draft_stock_document(work, draft)
    await inventory.approve_stock_document(work, document.id)
    return await inventory.post_stock_document(work, document.id)


async def corrections(work: Work) -> list[str]:
    """List the corrections, as kind and place of what they correct, and amount, in their order."""
    rows = await work.rows(
        text("""
            SELECT corrected.kind, correction.cost_amount AS amount,
                correction.effective_at = corrected.effective_at AS ok
            FROM stock_ledger AS correction JOIN stock_ledger AS corrected ON corrected.id = correction.adjusts_id
            ORDER BY correction.position""")
    )
    assert all(row.ok for row in rows)
    return [f"{row.kind} {row.amount}" for row in rows]


async def replayed(work: Work, cost_scope: inventory.CostScope = inventory.CostScope.WAREHOUSE) -> None:
    """Tell the story in the order of effect, each movement with its corrections: it costs what a replay says."""
    whole = cost_scope is inventory.CostScope.COMPANY
    worths: dict[Any, Worth] = defaultdict(Worth)
    rows = await work.rows(select(*Movement.__table__.columns).order_by(Movement.effective_at, Movement.position))
    corrected: dict[Any, Money] = defaultdict(lambda: Money(0))
    for row in rows:
        corrected[row.adjusts_id] += row.cost_amount
    for row in rows:
        key = (row.variant_id, inventory.COMPANY if whole else row.warehouse_id)
        cost = row.cost_amount + corrected[row.id]
        if row.adjusts_id is not None or row.kind in SHIFTS:
            continue
        carries = row.carries_id is not None and not whole
        follows = row.reverses_id or carries or row.kind in (KIND.SUPPLIER_RETURN, KIND.REVALUATION)
        if row.quantity < Quantity(0) and not follows:
            assert -cost == worths[key].issue_amount(-row.quantity), row
        worths[key] = worths[key].after_entry(row.quantity, cost)
        assert worths[key].value >= Money(0) or (whole and row.reverses_id)
    costs = await work.rows(select(*StockCost.__table__.columns))
    assert {(row.variant_id, row.scope_id): Worth(row.quantity, row.value) for row in costs} == dict(worths)


async def test_a_receipt_of_before_the_issue_changes_what_the_issue_cost(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await post(work, KIND.RECEIPT, variant, place, 100, "10")
    at(work, 2)
    await post(work, KIND.SCRAP, variant, place, 60)
    at(work, 3)
    late = await post(work, KIND.RECEIPT, variant, place, 50, "13", back=1)
    assert await corrections(work) == ["SCRAP -60.00"]
    assert await worth(work, variant, place) == "90.0000 / 990.00"
    assert late.effective_at == NOW + HOUR
    (told,) = facts_of(work, inventory.CostChanged)
    assert await inventory.value_changed_by(work, told.change_id) == {KIND.SCRAP: Money(-60)}
    assert await broken(work) == {}
    await replayed(work)


async def test_an_issue_of_before_a_receipt_costs_the_average_of_then(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await post(work, KIND.RECEIPT, variant, place, 10, "10")
    at(work, 2)
    await post(work, KIND.RECEIPT, variant, place, 10, "20")
    at(work, 4)
    await post(work, KIND.ADJUSTMENT_OUT, variant, place, 10)
    at(work, 5)
    out = await post(work, KIND.ADJUSTMENT_OUT, variant, place, 5, back=1)
    rows = await work.rows(select(Movement.cost_amount).where(Movement.document_id == out.id))
    assert [str(row.cost_amount) for row in rows] == ["-50.00"]
    assert await corrections(work) == ["ADJUSTMENT_OUT -16.67"]
    assert await worth(work, variant, place) == "5.0000 / 83.33"
    assert await broken(work) == {}
    await replayed(work)


async def test_corrections_follow_transfers_on_their_way_and_where_they_arrived(work: Work) -> None:
    variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    await post(work, KIND.RECEIPT, variant, near, 10, "10")
    at(work, 2)
    await post(work, KIND.TRANSFER_OUT, variant, near, 2, to_warehouse_id=far)
    asked = await transfers.request_transfer(
        work,
        transfers.NewTransfer(
            from_warehouse_id=near,
            to_warehouse_id=far,
            reason="few",
            lines=[transfers.WantedGoods(variant_id=variant, quantity=Quantity(3))],
        ),
    )
    await transfers.approve_transfer(work, asked.id)
    await transfers.ship_transfer(work, asked.id)
    found = select(transfers.StockTransferLine).where(transfers.StockTransferLine.transfer_id == asked.id)
    line = (await work.session.scalars(found)).one()
    await transfers.receive_transfer(work, asked.id, [transfers.ArrivedLine(line_id=line.id, quantity=Quantity(1))])
    at(work, 3)
    await post(work, KIND.SCRAP, variant, far, 1)
    at(work, 4)
    await post(work, KIND.RECEIPT, variant, near, 10, "20", back=1)
    made = await corrections(work)
    made.remove("SCRAP -5.00")
    assert sorted(made) == sorted(
        f"{kind} {sign}{amount}.00"
        for amount in (10, 15, 5)  # carried across the yard, set out, arrived
        for kind, sign in (("TRANSFER_OUT", "-"), ("TRANSFER_IN", ""))
    )
    assert await worth(work, variant, inventory.IN_TRANSIT) == "2.0000 / 30.00"
    await transfers.receive_transfer(work, asked.id)
    assert await worth(work, variant, far) == "4.0000 / 60.00"
    assert await broken(work) == {}
    await replayed(work)


async def test_a_corrected_movement_is_voided_at_its_corrected_cost(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await post(work, KIND.RECEIPT, variant, place, 4, "10")
    at(work, 2)
    scrapped = await post(work, KIND.SCRAP, variant, place, 2)
    at(work, 3)
    await post(work, KIND.RECEIPT, variant, place, 4, "20", back=1)
    at(work, 4)
    await inventory.void_stock_document(work, scrapped.id, "found again")
    assert await worth(work, variant, place) == "8.0000 / 120.00"
    assert facts_of(work, inventory.StockAdjusted)[-1].cost_amount == Money(30)
    at(work, 5)
    await post(work, KIND.RECEIPT, variant, place, 2, "45", back=1)
    assert await worth(work, variant, place) == "10.0000 / 210.00"
    assert await broken(work) == {}
    await replayed(work)


async def test_stock_is_never_negative_at_any_moment(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    await post(work, KIND.RECEIPT, variant, place, 10, "10")
    at(work, 2)
    await post(work, KIND.SCRAP, variant, place, 8)
    at(work, 3)
    await post(work, KIND.RECEIPT, variant, place, 10, "10")
    at(work, 4)
    with pytest.raises(inventory.NegativeThen) as refused:
        await post(work, KIND.SCRAP, variant, place, 3, back=1)
    assert (refused.value.wanted, refused.value.available) == (Quantity(8), Quantity(7))
    with pytest.raises(inventory.NegativeThen):
        await post(work, KIND.SCRAP, variant, place, 1, back=-1)


async def test_only_who_may_posts_into_the_past_and_only_into_an_open_month(work: Work) -> None:
    variant, place = await a_variant(work), await a_warehouse(work)
    work.now = datetime(2026, 3, 15, 4, tzinfo=UTC)
    then = datetime(2026, 1, 31, 15, 59, tzinfo=UTC)  # The last minute of January in China.

    async def receive(moment: datetime) -> inventory.StockDocument:
        line = inventory.ReceivedLine(variant_id=variant, quantity=Quantity(1), unit_cost=UnitPrice(1))
        new = inventory.Receipt(warehouse_id=place, reason="late", lines=[line], effective_at=moment)
        return await inventory.receive_stock(work, new)

    with pytest.raises(BadInput) as future:
        await receive(work.now)
    assert future.value.path == ("input", "effectiveAt")
    await inventory.close_stock_period(work, date(2026, 1, 1), "reported")
    with pytest.raises(inventory.PeriodClosed):
        await receive(then)
    await receive(then + timedelta(minutes=1))
    for month, day, refusal in ((3, 1, BadInput), (2, 2, BadInput), (1, 1, inventory.PeriodClosed)):
        with pytest.raises(refusal):
            await inventory.close_stock_period(work, date(2026, month, day), "reported")
    with pytest.raises(inventory.PeriodNotClosed):
        await inventory.reopen_stock_period(work, date(2025, 12, 1), "forgotten")
    await inventory.reopen_stock_period(work, date(2026, 1, 1), "forgotten")
    await receive(then)
    work.now += HOUR
    await inventory.close_stock_period(work, date(2026, 1, 1), "reported again")
    assert await broken(work) == {}
    allowed = frozenset({"inventory.receive_stock"})
    work.actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="Zhang", permissions=allowed)
    with pytest.raises(NotAllowed) as refused:
        await receive(work.now - HOUR)
    assert refused.value.permission == "inventory.back_date"


async def test_what_is_posted_before_its_cost_was_set_is_refused(work: Work) -> None:
    from tests.domain.inventory.test_cost_methods import fix  # noqa: PLC0415

    variant, place = await a_variant(work), await a_warehouse(work)
    await post(work, KIND.RECEIPT, variant, place, 4, "10")
    at(work, 2)
    await fix(work, variant, "5")
    at(work, 4)
    with pytest.raises(inventory.CostSetSince):
        await post(work, KIND.RECEIPT, variant, place, 4, "10", back=1)
    await post(work, KIND.RECEIPT, variant, place, 4, "10", back=3)
    assert await worth(work, variant, place) == "8.0000 / 40.00"
    assert await corrections(work) == []
    assert await broken(work) == {}


@pytest.mark.parametrize("cost_scope", list(inventory.CostScope))
async def test_two_who_post_into_the_past_at_once_take_turns(
    sessions: Sessions, cost_scope: inventory.CostScope
) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        await choose_scope(work, cost_scope)
        variant, near, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
        await post(work, KIND.RECEIPT, variant, near, 10, "10")
        at(work, 5)
        await post(work, KIND.TRANSFER_OUT, variant, near, 4, to_warehouse_id=far)
        at(work, 6)
        await post(work, KIND.SCRAP, variant, far, 1)

    async def late(place: UUID, cost: str, back: float) -> None:
        async def once() -> None:
            async with begin(sessions, system("clerk"), at=NOW + 9 * HOUR) as work:
                await post(work, KIND.RECEIPT, variant, place, 3, cost, back=back)

        await tried(once)

    async def send() -> None:
        async def once() -> None:
            async with begin(sessions, system("clerk"), at=NOW + 9 * HOUR) as work:
                await post(work, KIND.TRANSFER_OUT, variant, near, 1, to_warehouse_id=far)

        await tried(once)

    await asyncio.gather(late(near, "20", 1), late(near, "7", 2), late(far, "33", 3), send(), late(near, "1", 1))
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
        await replayed(work, cost_scope)


WHAT = ["receipt", "receipt", "receipt", "out", "scrap", "transfer", "transfer", "return", "in", "sale", "void"]
WHAT += ["make", "make", "unmake"]


def story(chance: random.Random) -> list[tuple[str, int, int, int, bool]]:
    """Make up what happens: what, where, how much, at which price, and whether it is dated back."""
    first = [("receipt", place, 30, chance.randint(1, 30), False) for place in (0, 1)]
    return first + [
        (chance.choice(WHAT), chance.randrange(2), chance.randint(1, 5), chance.randint(1, 30), chance.random() < 0.5)
        for _ in range(18)
    ]


async def take(work: Work, variant: UUID, kit: UUID, places: list[Any], step: Any, number: int) -> None:
    """Let something happen to a variant, to kits made of it, or to both."""
    what, place, quantity, price, late = step
    if price % 4 == 0 and what not in ("make", "unmake"):
        variant = kit
    at(work, number)
    given: dict[str, Any] = {"back": price % (number // 2 + 1) + 0.5} if late else {}
    here, cost = places[place], f"{price}.{quantity}"
    if what == "sale":
        order, line = uuid4(), a_line(variant, quantity)
        await inventory.claim(work, order, [here], [line], inventory.ClaimClass.TO_SHIP)
        shipped = inventory.ShippedLine(line.order_line_id, variant, Quantity(quantity), 1)
        await inventory.ship(work, "Shipment", uuid4(), here, [shipped])
    elif what == "void":
        found = select(inventory.StockDocument.id).where(inventory.StockDocument.status == "POSTED")
        documents = await work.rows(found.where(inventory.StockDocument.voids_id.is_(None)).order_by("number"))
        if documents:
            await inventory.void_stock_document(work, documents[price % len(documents)].id, "wrong")
    elif what in ("make", "unmake"):
        kind = KIND.ASSEMBLY if what == "make" else KIND.DISASSEMBLY
        part = inventory.Line(variant_id=variant, quantity=Quantity(price % 3 + 1))
        await post(work, kind, kit, here, quantity % 2 + 1, parts=[part], **given)
    elif what == "transfer":
        await post(work, KIND.TRANSFER_OUT, variant, here, quantity, to_warehouse_id=places[1 - place], **given)
    else:
        kinds = {"receipt": KIND.RECEIPT, "scrap": KIND.SCRAP, "return": KIND.SUPPLIER_RETURN, "in": KIND.ADJUSTMENT_IN}
        stated = cost if what in ("receipt", "return") else None
        await post(work, kinds.get(what, KIND.ADJUSTMENT_OUT), variant, here, quantity, stated, **given)


@pytest.fixture
def in_turn(engine: AsyncEngine) -> Callable[[Any, Any], Coroutine[Any, Any, int]]:
    """Let steps happen one after the other, some dated back, and undo it all; says how many corrections there were."""

    async def run(steps: Any, cost_scope: inventory.CostScope) -> int:
        async with engine.connect() as connection, AsyncSession(connection, expire_on_commit=False) as session:
            work = Work(session=session, actor=system("tests"), now=NOW)
            await choose_scope(work, cost_scope)
            variant, kit, places = await a_variant(work), await a_variant(work), [await a_warehouse(work) for _ in "12"]
            for number, step in enumerate(steps, 1):
                savepoint = await session.begin_nested()
                try:
                    await take(work, variant, kit, places, step, number)
                    await session.flush()
                except Refusal:
                    await savepoint.rollback()
                else:
                    await savepoint.commit()
            assert await broken(work) == {}
            await replayed(work, cost_scope)
            made = len(await corrections(work))
            await session.rollback()
            return made

    return run


@pytest.fixture
async def loop() -> asyncio.AbstractEventLoop:
    """Find the loop that the tests' database is used on."""
    return asyncio.get_running_loop()


@pytest.mark.parametrize("cost_scope", list(inventory.CostScope))
def test_whatever_is_dated_back_a_replay_gives_the_same(
    in_turn: Callable[[Any, Any], Coroutine[Any, Any, int]],
    loop: asyncio.AbstractEventLoop,
    cost_scope: inventory.CostScope,
) -> None:
    made = []

    @settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(st.integers(0, 10**6))
    def check(seed: int) -> None:
        made.append(loop.run_until_complete(in_turn(story(random.Random(seed)), cost_scope)))

    check()
    assert sum(made) > 10
