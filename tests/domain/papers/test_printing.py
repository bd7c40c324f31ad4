"""Having papers printed: each copy has its number, and what must stay is not printed."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory, jobs, orders, papers, printing
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    NotAllowed,
    NotFound,
    Read,
    SessionRead,
    Sessions,
    Work,
    begin,
    system,
    tried,
)
from domain.orders.models import Hold, HoldReason
from domain.papers.of_stock import of_documents
from domain.printing import PrintKind
from tests.domain.inventory.builders import a_variant, a_warehouse, stock
from tests.domain.orders.builders import a_shop, a_trade

KIND = PrintKind.PACKING_SLIP
GRANTED = frozenset({"papers.*", "orders.view", "inventory.view"})


async def some_orders(work: Work, count: int = 2) -> list[UUID]:
    shop = await a_shop(work)
    await orders.receive_trades(work, shop.channel_id, [a_trade(f"P{each}") for each in range(count)])
    found = select(orders.Order.id).where(orders.Order.channel_id == shop.channel_id).order_by(orders.Order.number)
    return [row.id for row in await work.rows(found)]


def printer(**scope: Any) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=uuid4(), name="张仓管", permissions=GRANTED, **scope)


async def copies_of(work: Work, order_id: UUID) -> list[tuple[PrintKind, int]]:
    found = printing.prints_of.by_keys
    return [(row.kind, row.copy) for row in await work.rows(found, {"keys": [order_id]})]


async def test_each_copy_has_its_number(work: Work) -> None:
    first, second = await some_orders(work)
    await papers.print_papers(work, KIND, [second, first])
    job = await papers.print_papers(work, KIND, [first])
    await papers.print_papers(work, PrintKind.ORDER, [first])
    assert await copies_of(work, first) == [(KIND, 1), (KIND, 2), (PrintKind.ORDER, 1)]
    assert await copies_of(work, second) == [(KIND, 1)]
    request = papers.PrintRequest.decode(job.parameters)
    assert (request.ids, request.copies, request.printed_at) == ([first], {first: 2}, work.now)


async def test_what_came_to_nothing_was_not_printed(work: Work) -> None:
    (first,) = await some_orders(work, 1)
    job = await papers.print_papers(work, KIND, [first])
    unprinted = select(orders.Order.id).where(orders.Order.id == first, ~printing.printed(orders.Order.id, [KIND]))
    assert await work.rows(unprinted) == []
    await jobs.cancel_job(work, job.id)
    assert [row.id for row in await work.rows(unprinted)] == [first]
    assert await copies_of(work, first) == []
    await papers.print_papers(work, KIND, [first])
    assert await copies_of(work, first) == [(KIND, 2)]


@pytest.mark.parametrize("reason", sorted(papers.STOPPING))
async def test_papers_of_what_must_stay_are_not_printed(work: Work, reason: HoldReason) -> None:
    first, second = await some_orders(work)
    work.session.add(Hold(order_id=second, reason=reason, evidence="e", opened_at=work.now, opened_by="platform"))
    await work.session.flush()
    with pytest.raises(papers.PaperStopped, match=reason.value) as refused:
        await papers.print_papers(work, KIND, [first, second])
    assert refused.value.path == ("input", "ids")
    await papers.print_papers(work, PrintKind.ORDER, [first, second])
    await work.execute(update(Hold).where(Hold.order_id == second).values(released_at=work.now, released_by="me"))
    job = await papers.print_papers(work, KIND, [first, second])
    await work.execute(update(Hold).where(Hold.order_id == second).values(released_at=None, released_by=None))
    with pytest.raises(papers.PaperStopped):
        await papers.check_still_printed(work, papers.PrintRequest.decode(job.parameters))


async def test_a_cancelled_order_has_no_packing_slip(work: Work) -> None:
    (first,) = await some_orders(work, 1)
    await orders.cancel_order(work, first, "the buyer changed his mind")
    with pytest.raises(papers.PaperStopped, match="CANCELLED"):
        await papers.print_papers(work, KIND, [first])


async def test_what_lives_on_in_other_orders_has_no_packing_slip_of_its_own(work: Work) -> None:
    (first,) = await some_orders(work, 1)
    await work.execute(update(orders.Order).where(orders.Order.id == first).values(status=orders.OrderStatus.SPLIT))
    with pytest.raises(papers.PaperStopped, match="SPLIT"):
        await papers.print_papers(work, KIND, [first])
    await papers.print_papers(work, PrintKind.ORDER, [first])


async def test_nonsense_is_told(work: Work) -> None:
    (first,) = await some_orders(work, 1)
    wrong: list[Sequence[UUID]] = [[], [first, first], [uuid4() for _ in range(501)]]
    for ids in wrong:
        with pytest.raises(BadInput):
            await papers.print_papers(work, KIND, ids)
    with pytest.raises(NotFound) as refused:
        await papers.print_papers(work, KIND, [first, uuid4()])
    assert refused.value.path == ("input", "ids", "1")


async def test_only_what_is_yours_is_printed(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with begin(sessions, system("tests")) as work:
        (first,) = await some_orders(work, 1)
    async with begin(sessions, printer(channels=frozenset({uuid4()}))) as work:
        with pytest.raises(NotFound):
            await papers.print_papers(work, KIND, [first])
    blind = Actor(kind=ActorKind.STAFF, id=uuid4(), name="a", permissions=frozenset({"papers.*"}))
    async with begin(sessions, blind) as work:
        with pytest.raises(NotAllowed):
            await papers.print_papers(work, KIND, [first])

    async def once() -> None:
        async with begin(sessions, printer()) as work:
            await papers.print_papers(work, KIND, [first])

    await asyncio.gather(*(tried(once) for _ in range(8)))
    read = Read(engine=own_engine, actor=printer())
    found = await printing.prints_of(read, [first])
    assert sorted(row.copy for row in found[first]) == list(range(1, 9))
    async with begin(sessions, system("tests")) as work:
        for statement in printing.INVARIANTS.values():
            assert await work.rows(text(statement)) == []


async def test_a_stock_document_says_its_costs_to_those_who_may_see_them(session: Any, work: Work) -> None:
    variant, warehouse = await a_variant(work), await a_warehouse(work)
    await stock(work, variant, warehouse, 12, "3.5", lot="L1")
    document = (await work.rows(select(inventory.StockDocument.id)))[-1].id
    for grants, cost in ((GRANTED | {"finance.see_cost"}, "3.50"), (GRANTED, "")):
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="a", permissions=frozenset(grants))
        read = SessionRead(engine=None, actor=actor, session=session)  # type: ignore[arg-type]
        paper = (await of_documents(read, [document]))[document]
        (line,) = paper["lines"]
        assert (paper["title"], line["quantity"], line["lot"], line["unit_cost"]) == ("入库单", "12", "L1", cost)
