"""Any sequence of merging, splitting, editing, cancelling and shipping keeps money, quantities and claims exact."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from domain import channels, fulfilment, inventory, orders
from domain.channels.models import ChannelWarehouse
from domain.kernel import Quantity, Refusal, Work, now, system
from domain.orders import LIFECYCLE, Combining, MergedOrder, OrderStatus, SplitBy, SplitLine, splitting_unasked
from domain.orders.shipping import open_of
from tests.domain.fulfilment.builders import broken as broken_parcels
from tests.domain.inventory.builders import stock
from tests.domain.orders.builders import RECEIVER, ShopHere, a_line, a_shop, broken, claims, lines
from tests.domain.orders.test_merging import trade
from tests.domain.orders.test_selling_bundles import compose

ELSEWHERE = (OrderStatus.MERGED, OrderStatus.SPLIT)
WAYBILLS = count(1_000_000_000_000)


async def alive(work: Work) -> list[orders.Order]:
    statement = select(orders.Order).where(orders.Order.status.not_in(ELSEWHERE)).order_by(orders.Order.number)
    return list(await work.session.scalars(statement.execution_options(populate_existing=True)))


async def elsewhere(work: Work) -> list[orders.Order]:
    """List what lives on in other orders: a clerk may have its number, too."""
    statement = select(orders.Order).where(orders.Order.status.in_(ELSEWHERE)).order_by(orders.Order.number)
    return list(await work.session.scalars(statement.execution_options(populate_existing=True)))


async def merge(work: Work, _one: orders.Order, choice: int) -> None:
    found = [each for each in await alive(work) if each.status is OrderStatus.UNREVIEWED]
    chosen = found[: 2 + choice % 3]
    await orders.merge_orders(work, [MergedOrder(order_id=each.id) for each in chosen])


async def unmerge(work: Work, one: orders.Order, _choice: int) -> None:
    await orders.unmerge_order(work, one.id)


async def split(work: Work, one: orders.Order, choice: int) -> None:
    found = [each for each in await lines(work, one) if each.quantity > Quantity(0)]
    line = found[choice % len(found)]
    part = Quantity(1 + choice % int(line.quantity.value))
    await orders.split_order(work, one.id, [[SplitLine(order_line_id=line.id, quantity=part)]])


async def split_by_stock(work: Work, one: orders.Order, _choice: int) -> None:
    await orders.split_order_by(work, one.id, SplitBy.STOCK)


async def designate(work: Work, _one: orders.Order, choice: int) -> None:
    """Let each article leave from one warehouse only, or again from any."""
    line = orders.OrderLine
    articles = await work.rows(select(line.variant_id).distinct().order_by(line.variant_id))
    places = await work.rows(select(ChannelWarehouse.warehouse_id).order_by(ChannelWarehouse.priority))
    for index, row in enumerate(articles):
        chosen = [places[(index + choice) % len(places)].warehouse_id] if choice < 4 else []
        await inventory.designate_warehouses(work, row.variant_id, chosen)


async def split_unasked(work: Work, _one: orders.Order, _choice: int) -> None:
    """Let the clock split what waits, as its shop says."""
    waiting = [each.id for each in await alive(work) if each.status is OrderStatus.UNREVIEWED]
    if not await splitting_unasked.split_unasked(work, waiting):
        raise orders.NothingToSplit(number="any")


async def undo_split(work: Work, one: orders.Order, _choice: int) -> None:
    if one.split_from_id is not None:
        await orders.undo_order_split(work, one.split_from_id)


async def edit_and_back(work: Work, one: orders.Order, choice: int) -> None:
    """Change a quantity and the freight and put both back: what is edited is claimed anew, the sums are the same."""
    found = [each for each in await lines(work, one) if each.quantity > Quantity(0)]
    line, before, freight = found[choice % len(found)], found[choice % len(found)].quantity, one.freight_amount
    price = line.unit_price
    await orders.change_order_line_quantity(work, line.id, before + Quantity(1), "more")
    await orders.change_order_line_quantity(work, line.id, before, "as before")
    await orders.change_order_line_price(work, line.id, price, "as before")
    await orders.change_order_freight(work, one.id, freight, "as before")


async def review(work: Work, one: orders.Order, _choice: int) -> None:
    await orders.review_order(work, one.id)


async def cancel(work: Work, one: orders.Order, _choice: int) -> None:
    await orders.cancel_order(work, one.id, "changed the mind")


async def arrive(work: Work, one: orders.Order, choice: int) -> None:
    """Let some of what an order wants come in, and those who wait for it be served in turn."""
    variants = sorted({each.variant_id for each in await lines(work, one) if each.variant_id is not None})
    places = await channels.warehouses_of(work, channels.ChannelId(one.channel_id))
    await stock(work, variants[0], places[0], 1 + choice)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=variants))


async def ship(work: Work, one: orders.Order, choice: int) -> None:
    found = [each for each in await lines(work, one) if open_of(each) > Quantity(0)]
    part = None if choice % 2 or not found else [fulfilment.ShipLine(order_line_id=found[0].id, quantity=Quantity(1))]
    await fulfilment.ship_order(work, one.id, "SF", f"SF{next(WAYBILLS)}", part)


STEPS: dict[str, Callable[[Work, orders.Order, int], Awaitable[None]]] = {
    each.__name__: each
    for each in (
        merge,
        unmerge,
        split,
        split_by_stock,
        designate,
        split_unasked,
        undo_split,
        edit_and_back,
        review,
        cancel,
        arrive,
        ship,
    )
}


async def totals(work: Work) -> tuple[Any, ...]:
    """Add up money and quantities of all orders that live, wherever their lines are."""
    order, line = orders.Order, orders.OrderLine
    money = (order.goods_amount, order.discount_amount, order.freight_amount, order.total_amount, order.paid_amount)
    heads = await work.rows(select(*(func.sum(each) for each in money)).where(order.status.not_in(ELSEWHERE)))
    joined = select(line.variant_id, func.sum(line.quantity)).join(order, order.id == line.order_id)
    goods = joined.where(order.status.not_in(ELSEWHERE)).group_by(line.variant_id).order_by(line.variant_id)
    return tuple(heads[0]), [tuple(each) for each in await work.rows(goods)]


TOO_MUCH = text("""
    SELECT coalesce(line.split_from_line_id, line.id) FROM shipment_lines AS part
    JOIN order_lines AS line ON line.id = part.order_line_id
    LEFT JOIN order_lines AS whole ON whole.id = line.split_from_line_id
    GROUP BY 1 HAVING sum(part.quantity) > max(coalesce(whole.quantity, line.quantity))
""")


# One in which every kind of step succeeds, and nobody cancels what lives on elsewhere; chance tries more.
STORY = [
    ("merge", 0, 0),
    ("cancel", -1, 0),
    ("edit_and_back", 0, 1),
    ("split", 0, 1),
    ("undo_split", 2, 0),
    ("review", 0, 0),
    ("unmerge", 0, 0),
    ("split_by_stock", 2, 0),
    ("review", 0, 0),
    ("ship", 0, 0),
    ("ship", 0, 1),
    ("arrive", 2, 5),
    ("cancel", 1, 0),
]
UNASKED = [("designate", 0, 0), ("split_unasked", 0, 0), ("review", 1, 0)]


async def preorder(work: Work, shop: ShopHere) -> None:
    """Sell what is not there yet: some of it is promised to an order, of so much as is expected."""
    day = work.now.date() + timedelta(days=3)
    await orders.offer_preorder(work, shop.channel_id, shop.variants["A"], day)
    await inventory.set_preorder_limit(work, shop.variants["A"], inventory.WarehouseId(shop.warehouses[0]), Quantity(9))
    who = orders.PlacedBy(name="王小明", phone="13800000000")
    wanted = [orders.PlacedLine(sku="A", quantity=8), orders.PlacedLine(sku="B", quantity=1)]
    placement = orders.Placement(channel_id=shop.channel_id, lines=wanted, customer=who, receiver=RECEIVER, paid=True)
    order = await orders.place_order(work, placement)
    assert await claims(work, order) == ["PREORDER 8"]


async def play(work: Work, steps: list[tuple[str, int, int]], done: set[str]) -> None:
    shop = await a_shop(work, ("A", "B"), (9, 4))
    unasked = [SplitBy.DESIGNATION, SplitBy.PREORDER]
    rule = Combining(splits_by_itself=unasked, preorder_words=("预售",))
    await orders.set_combining_rule(work, shop.channel_id, rule)
    await compose(work, shop, "BOX", A=2, B=1)
    trades = [
        trade("1", a_line("A", 3, "3.33")),
        trade("2", a_line("A", 2), a_line("B", 3, "0.07"), a_line("BOX", 1, "2.02")),
        trade("3", a_line("B", 20, "1.00")),
    ]
    await orders.receive_trades(work, shop.channel_id, trades)
    await preorder(work, shop)
    await work.session.flush()
    before = await totals(work)
    for name, which, choice in steps:
        found = [*await alive(work), *await elsewhere(work)]
        try:
            async with work.session.begin_nested():
                await STEPS[name](work, found[which % len(found)], choice)
            done.add(name)
        except Refusal:
            work.session.expire_all()
        await work.session.flush()
        assert await broken(work) == {}, name
        assert await totals(work) == before, name
        assert await work.rows(TOO_MUCH) == [], name
    assert await broken_parcels(work) == {}


@pytest.fixture
async def loop() -> asyncio.AbstractEventLoop:
    """Find the loop that the tests' database is used on."""
    return asyncio.get_running_loop()


def test_whatever_is_done_the_sums_stay(engine: AsyncEngine, loop: asyncio.AbstractEventLoop) -> None:
    done: set[str] = set()

    async def run(steps: list[tuple[str, int, int]]) -> None:
        async with engine.connect() as connection, AsyncSession(connection, expire_on_commit=False) as session:
            await play(Work(session=session, actor=system("tests"), now=now()), steps, done)
            await session.rollback()

    step = st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 5), st.integers(0, 5))

    @settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    @given(st.lists(step, min_size=4, max_size=10))
    def check(steps: list[tuple[str, int, int]]) -> None:
        loop.run_until_complete(run(steps))

    check()
    loop.run_until_complete(run(STORY))
    loop.run_until_complete(run(UNASKED))
    assert done == STEPS.keys()


def test_no_state_is_a_dead_end() -> None:
    final = {OrderStatus.COMPLETED, OrderStatus.CLOSED}
    reached = set(final)
    while more := {each for each, after in LIFECYCLE.moves.items() if after & reached} - reached:
        reached |= more
    assert reached == set(OrderStatus)
