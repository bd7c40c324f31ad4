"""Reading orders: within scope, in constant statements, by what an index serves."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import fulfilment, orders
from domain.kernel import PageRequest, Read, Sessions, begin, system
from domain.orders import HoldReason, OrderFilter, OrderStatus, UnreadableTrade
from tests.domain.orders.builders import (
    START,
    ShopHere,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    acting,
    order_of,
    statements,
)


@pytest.fixture
async def shop(sessions: Sessions) -> ShopHere:
    """Commit a shop with three orders: reviewed, held and cancelled."""
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        trades = [
            a_trade("1001"),
            a_trade("1002", a_line("?"), placed_at=START + timedelta(hours=1)),
            a_trade("1003", status=orders.IncomingStatus.CANCELLED, placed_at=START + timedelta(hours=2)),
        ]
        await orders.receive_trades(work, shop.channel_id, trades)
        order = await order_of(work, shop, "1001")
        await orders.take_order(acting(work, a_reviewer(name="李审")), order.id)
        await orders.review_order(work, order.id)
        bad = UnreadableTrade(external_number="1004", modified_at=START, problem="?", raw={"secret": 1})
        await orders.receive_trades(work, shop.channel_id, [bad])
    return shop


async def found(read: Read, **where: Any) -> list[str]:
    page = await orders.orders_page(read, PageRequest(), OrderFilter(**where))
    return [row.external_number for row in page.rows]


async def test_the_latest_come_first(read: Read, shop: ShopHere) -> None:
    assert await found(read) == ["1003", "1002", "1001"]
    page = await orders.orders_page(read, PageRequest(first=2))
    rest = await orders.orders_page(read, PageRequest(after=page.cursors[-1]))
    assert ([row.external_number for row in rest.rows], await page.count()) == (["1001"], 3)
    oldest = await orders.orders_page(read, PageRequest(), ordering=orders.orders_by_updated(descending=False))
    assert len(oldest.rows) == 3
    assert shop.channel_id == page.rows[0].channel_id


async def test_filters(read: Read, shop: ShopHere) -> None:
    assert await found(read, statuses=[OrderStatus.REVIEWED]) == ["1001"]
    assert await found(read, held_for=[HoldReason.UNMATCHED_GOODS]) == ["1002"]
    assert await found(read, on_hold=False) == ["1003", "1001"]
    assert await found(read, on_hold=True) == ["1002"]
    assert await found(read, warehouse_ids=shop.warehouses) == ["1001"]
    assert await found(read, channel_ids=[uuid4()]) == []
    assert await found(read, external_numbers=["1002", "1003"]) == ["1003", "1002"]
    assert await found(read, number_contains="003") == ["1003"]
    assert await found(read, number_contains="%") == []
    assert await found(read, receiver_phone="13800000000") == ["1003", "1002", "1001"]
    assert await found(read, placed_from=START + timedelta(hours=1), placed_to=START + timedelta(hours=2)) == ["1002"]


async def test_another_channel_is_not_there(read: Read, shop: ShopHere, sessions: Sessions) -> None:
    stranger = replace(read, actor=a_reviewer(channels=frozenset({uuid4()})))
    async with begin(sessions, system("tests")) as work:
        order = await order_of(work, shop)
    assert await orders.orders_by_id(stranger, [order.id]) == {}
    assert await orders.lines_of(stranger, [order.id]) == {order.id: []}
    assert await fulfilment.timeline_of(stranger, [order.id]) == {order.id: []}
    assert await found(stranger) == []
    assert (await orders.unreadable_trades_page(stranger, PageRequest())).rows == []


async def test_what_belongs_to_an_order(read: Read, shop: ShopHere) -> None:
    page = await orders.orders_page(read, PageRequest(), OrderFilter(channel_ids=[shop.channel_id]))
    ids = [row.id for row in page.rows]
    assert [len(each) for each in (await orders.lines_of(read, ids)).values()] == [1, 1, 1]
    assert [[hold.reason for hold in each] for each in (await orders.holds_of(read, ids)).values()] == [
        [],
        [HoldReason.UNMATCHED_GOODS],
        [],
    ]
    timeline = (await fulfilment.timeline_of(read, ids))[ids[2]]
    assert [(entry.action, entry.actor_name) for entry in timeline] == [
        ("orders.review_order", "tests"),
        ("orders.take_order", "李审"),
    ]
    assert timeline[0].changes[0]["fields"]["status"] == {"before": "UNREVIEWED", "after": "REVIEWED"}
    assert (await orders.orders_by_number(read, [page.rows[0].number])).keys() == {page.rows[0].number}


async def test_unreadable_trades(read: Read, shop: ShopHere) -> None:
    page = await orders.unreadable_trades_page(read, PageRequest())
    assert [(row.external_number, row.problem, row.channel_id) for row in page.rows] == [("1004", "?", shop.channel_id)]
    trade_id = page.rows[0].id
    assert await orders.trade_payloads(read, [trade_id]) == {trade_id: {"secret": 1}}
    assert (await orders.trades_by_id(read, [trade_id])).keys() == {trade_id}


async def test_a_page_is_one_statement(read: Read, own_engine: AsyncEngine, shop: ShopHere) -> None:
    where = OrderFilter(statuses=[OrderStatus.UNREVIEWED], channel_ids=[shop.channel_id], held_for=list(HoldReason))
    with statements(own_engine) as sent:
        await orders.orders_page(read, PageRequest(first=100), where)
    assert len(sent) == 1


@pytest.mark.parametrize(
    "where",
    [
        {"statuses": [OrderStatus.UNREVIEWED]},
        {"channel_ids": [uuid4()]},
        {"warehouse_ids": [uuid4()]},
        {"responsible_ids": [uuid4()]},
        {"customer_ids": [uuid4()]},
        {"numbers": ["SO1"]},
        {"receiver_phone": "13800000000"},
        {"number_contains": "0042"},
        {},
    ],
)
async def test_every_list_is_served_by_an_index(own_engine: AsyncEngine, where: dict[str, Any]) -> None:
    latest = (orders.Order.placed_at.desc(), orders.Order.id.desc())
    statement = select(orders.Order.id).where(*OrderFilter(**where).conditions()).order_by(*latest).limit(20)
    stated = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    async with own_engine.connect() as connection:
        await connection.execute(text("SET enable_seqscan = off"))
        plan = await connection.exec_driver_sql(f"EXPLAIN {stated}")
        shown = "\n".join(row[0] for row in plan)
    assert "Index" in shown
    assert "Seq Scan" not in shown
