"""Papers of orders that changed since: marked until they are printed again, and stopped where the company says so."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import fulfilment, jobs, orders, papers, printing
from domain.jobs import JobState
from domain.kernel import PageRequest, SessionRead, Work
from domain.orders import IncomingStatus, OrderFilter, OrderWorklist, PolicyRules
from domain.printing import PrintKind
from tests.domain.orders.builders import RECEIVER, ShopHere, a_line, a_shop, a_trade, received

SLIP, LIST = PrintKind.PACKING_SLIP, PrintKind.INVOICE_LIST
MOVED = replace(RECEIVER, detail="文三路 2 号")
CARRIER, WAYBILL = "SF", "SF1000000000999"


async def printed(work: Work, kind: PrintKind, order: orders.Order) -> jobs.Job:
    job = await papers.print_papers(work, kind, [order.id])
    await work.session.flush()
    return job


async def again(work: Work, engine: AsyncEngine, order: orders.Order) -> tuple[list[str], list[bool], bool]:
    """Say which papers of an order are out of date, of each copy whether it is, and whether it is to be printed."""
    await work.session.flush()
    read = SessionRead(engine=engine, actor=work.actor, session=work.session)
    kinds = (await fulfilment.outdated_papers_of(read, [order.id]))[order.id]
    copies = await work.rows(select(printing.Print.id).where(printing.Print.subject_id == order.id).order_by(
        printing.Print.kind, printing.Print.copy))  # fmt: skip
    told = await fulfilment.outdated_prints(read, [row.id for row in copies])
    listed = await orders.orders_page(read, PageRequest(), OrderFilter(worklist=OrderWorklist.TO_PRINT_AGAIN))
    return [each.value for each in kinds], [told[row.id] for row in copies], order.id in {row.id for row in listed.rows}


async def test_what_is_changed_after_printing_is_marked_until_it_is_printed_again(
    work: Work, engine: AsyncEngine
) -> None:
    shop = await a_shop(work)
    order = await orders.review_order(work, (await received(work, shop, a_trade())).id)
    job = await printed(work, SLIP, order)
    # Copies that were printed before versions were kept know none.
    await printing.note_prints(work, LIST, job.id, [printing.Printed(id=order.id, number=order.number)])
    await orders.take_order(work, order.id)
    assert await again(work, engine, order) == ([], [False, False], False)
    await orders.change_order_remark(work, order.id, "放门口")
    assert await again(work, engine, order) == (["INVOICE_LIST", "PACKING_SLIP"], [True, True], True)
    failed = await printed(work, SLIP, order)
    failed.state = JobState.FAILED
    assert (await again(work, engine, order))[0] == ["INVOICE_LIST", "PACKING_SLIP"]
    await printed(work, SLIP, order)
    assert await again(work, engine, order) == (["INVOICE_LIST"], [True, True, False, False], True)
    await printed(work, LIST, order)
    assert await again(work, engine, order) == ([], [True, False, True, False, False], False)


async def moved_there(work: Work, shop: ShopHere, order: orders.Order) -> None:
    await received(work, shop, a_trade(minute=1, receiver=MOVED))
    await orders.release_order_hold(work, order.id, orders.HoldReason.CHANGED_ON_PLATFORM)


async def moved_here(work: Work, _shop: ShopHere, order: orders.Order) -> None:
    await orders.change_order_receiver(work, order.id, MOVED, "搬家")


async def noted(work: Work, _shop: ShopHere, order: orders.Order) -> None:
    await orders.change_order_memo(work, order.id, "加一张贺卡", None)


@pytest.mark.parametrize("change", [moved_there, moved_here, noted])
async def test_where_the_company_says_so_nothing_leaves_with_an_old_paper(
    work: Work, engine: AsyncEngine, change: Callable[..., Any]
) -> None:
    shop = await a_shop(work)
    order = await orders.review_order(work, (await received(work, shop, a_trade())).id)
    await orders.set_order_policy(work, PolicyRules(stops_outdated_papers=True), shop.channel_id)
    await printed(work, SLIP, order)
    await printed(work, PrintKind.ORDER, order)
    await change(work, shop, order)
    assert await again(work, engine, order) == (["ORDER", "PACKING_SLIP"], [True, True], True)
    with pytest.raises(fulfilment.PapersOutdated, match="PACKING_SLIP") as refusal:
        await fulfilment.ship_order(work, order.id, CARRIER, WAYBILL)
    assert "ORDER," not in refusal.value.message()
    await printed(work, SLIP, order)
    await fulfilment.ship_order(work, order.id, CARRIER, WAYBILL)
    assert order.status == "SHIPPED"


async def test_what_a_platform_says_again_or_of_nothing_on_paper_makes_no_paper_old(
    work: Work, engine: AsyncEngine
) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade())
    await printed(work, PrintKind.ORDER, order)
    order = await received(work, shop, a_trade(minute=1, status=IncomingStatus.PAID, seller_flag=3))
    assert await again(work, engine, order) == ([], [False], False)
    order = await received(work, shop, a_trade("1001", a_line(price="9.00"), minute=2))
    assert await again(work, engine, order) == (["ORDER"], [True], True)
