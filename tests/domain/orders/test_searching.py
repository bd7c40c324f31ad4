"""Any word of an order finds it, and only it; a worklist holds what is to be done next."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, customers, jobs, orders, printing
from domain.kernel import BadInput, Read, SessionRead, Work
from domain.kernel.paging import PageRequest
from domain.orders.models import Order, OrderLine
from domain.orders.queries import OrderFilter
from domain.orders.searching import TEXT, found_by
from domain.orders.worklists import on_worklist
from tests.domain.orders.builders import ShopHere, a_line, a_shop, a_trade


async def found(read: Read, **where: Any) -> set[str]:
    page = await orders.orders_page(read, PageRequest(first=100), OrderFilter(**where))
    return {row.external_number for row in page.rows}


@pytest.fixture
def reading(engine: AsyncEngine, work: Work) -> Read:
    return SessionRead(engine=engine, actor=work.actor, session=work.session)


@pytest.fixture
async def shop(work: Work) -> ShopHere:
    """Open a shop with two orders that differ in everything people search by."""
    shop = await a_shop(work)
    await orders.receive_trades(work, shop.channel_id, [a_trade("7001"), a_trade("7002", a_line("unknown-code"))])
    changes: dict[str, dict[str, Any]] = {
        "7001": {
            "receiver_name": "王芳",
            "receiver_phone": "13912345678",
            "district": "浦东新区",
            "address_detail": "世纪大道 100% 号",
            "seller_memo": "加急，要发票",
        },
        "7002": {"receiver_name": "李王芳华", "receiver_phone": "13700001111", "buyer_message": "红色连衣裙 please"},
    }
    for number, values in changes.items():
        await work.execute(update(Order).where(Order.external_number == number).values(**values))
    return shop


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("7001", {"7001"}),
        ("浦东新区", {"7001"}),
        ("世纪大道 加急", {"7001"}),
        ("世纪大道 连衣裙", set()),
        ("100%", {"7001"}),
        ("1_0%", set()),
        ("13912345678", {"7001"}),
        ("5678", {"7001"}),
        ("王芳", {"7001", "7002"}),
        ("发票", {"7001"}),
        ("PLEASE", {"7002"}),
        ("unknown-code", {"7002"}),
        ("nothing-like-it", set()),
    ],
)
@pytest.mark.usefixtures("shop")
async def test_words_find_orders(reading: Read, typed: str, numbers: set[str]) -> None:
    assert await found(reading, search=typed) == numbers


@pytest.mark.usefixtures("shop")
async def test_goods_and_buyers_find_orders(work: Work, reading: Read) -> None:
    lines = select(OrderLine.variant_id).join(Order).where(Order.external_number == "7001")
    await work.execute(update(catalogue.Variant).where(catalogue.Variant.id.in_(lines)).values(sku="TEA-01"))
    assert await found(reading, search="TEA-01") == {"7001"}
    await work.execute(update(customers.models.Customer).values(name="淘气包马小跳"))
    assert await found(reading, search="淘气包") == {"7001", "7002"}


@pytest.mark.usefixtures("shop")
async def test_a_short_word_in_an_old_order_is_found_as_a_whole_word_only(work: Work, reading: Read) -> None:
    long_ago = text("UPDATE orders SET placed_at = placed_at - interval '2 years', status = 'COMPLETED'")
    await work.execute(text("DELETE FROM claims"))
    await work.execute(long_ago)
    assert await found(reading, search="王芳") == {"7001"}
    assert await found(reading, search="发票") == set()
    assert await found(reading, search="要发票") == {"7001"}


@pytest.mark.parametrize("typed", ["", " ", "王", "a b", "aa bb cc dd ee ff", "x" * 51])
def test_what_finds_nothing_in_particular_is_refused(typed: str) -> None:
    with pytest.raises(BadInput) as refused:
        found_by(typed)
    assert refused.value.path == ("where", "search")


async def test_the_index_serves_the_search(work: Work) -> None:
    await work.execute(text("SET LOCAL enable_seqscan = off"))
    statement = select(Order.id).where(TEXT.icontains("浦东新区"))
    written = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    plan = await work.rows(text(f"EXPLAIN {written}"))
    assert "ix_orders_searched" in "\n".join(row[0] for row in plan)


@pytest.mark.usefixtures("shop")
async def test_an_order_moves_from_worklist_to_worklist(work: Work, reading: Read) -> None:
    async def counts() -> dict[str, int]:
        told = await orders.worklist_counts(reading)
        return {each.worklist.value: each.count for each in told if each.count}

    listed = orders.OrderWorklist
    assert await counts() == {"TO_REVIEW": 1, "ON_HOLD": 1, "TO_ALLOCATE": 1}
    assert await found(reading, worklist=listed.TO_REVIEW) == {"7001"}
    assert [(each.reason, each.waiting, each.stopped) for each in await orders.hold_counts(reading)] == [
        (orders.HoldReason.UNMATCHED_GOODS, 1, 0)
    ]
    (row,) = await work.rows(text("SELECT id FROM orders WHERE external_number = '7001'"))
    await orders.review_order(work, row.id)
    await work.session.flush()
    assert await found(reading, worklist=listed.TO_RELEASE) == {"7001"}
    await orders.hold_order(work, row.id, "the buyer called")
    await work.session.flush()
    assert await found(reading, worklist=listed.EXCEPTIONS) == {"7001"}
    assert await found(reading, worklist=listed.TO_RELEASE) == set()


@pytest.mark.usefixtures("shop")
async def test_an_order_is_to_be_printed_until_its_slip_is(work: Work, reading: Read) -> None:
    listed = orders.OrderWorklist
    (row,) = await work.rows(text("SELECT id, number FROM orders WHERE external_number = '7001'"))
    await work.execute(update(Order).where(Order.id == row.id).values(status="RELEASED"))
    assert await found(reading, worklist=listed.TO_PRINT) == await found(reading, worklist=listed.TO_PICK) == {"7001"}
    wanted = jobs.NewJob(kind="PRINT", title="slips", parameters={}, needs="orders.view")
    job = await jobs.ask_for(work, wanted)
    await work.session.flush()
    slip = printing.Printed(id=row.id, number=row.number)
    await printing.note_prints(work, printing.PrintKind.PACKING_SLIP, job.id, [slip])
    assert await found(reading, worklist=listed.TO_PRINT) == set()
    assert await found(reading, worklist=listed.TO_PICK) == {"7001"}
    job.state = jobs.JobState.FAILED
    await work.session.flush()
    assert await found(reading, worklist=listed.TO_PRINT) == {"7001"}


@pytest.mark.parametrize("worklist", orders.OrderWorklist)
def test_the_planner_sees_which_states_a_worklist_has(worklist: orders.OrderWorklist) -> None:
    """States that are parameters hide how many rows there are: the counts took five times longer with them."""
    condition = on_worklist(worklist, datetime.now(UTC))
    bound = select(orders.Order.id).where(condition).compile(dialect=postgresql.dialect()).params
    assert not {each for each in bound.values() if isinstance(each, orders.OrderStatus)}
    assert not {each for each in bound if each.startswith("status")}
