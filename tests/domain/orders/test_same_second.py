"""Platforms count in seconds: two changes within one second are two versions with the same moment."""

from dataclasses import replace

from sqlalchemy import func, select

from domain import orders
from domain.kernel import Work
from domain.orders.models import TradeVersion
from tests.domain.orders.builders import a_shop, a_trade


async def test_a_second_change_in_the_same_second_is_taken(work: Work) -> None:
    shop = await a_shop(work)
    first = replace(a_trade(), raw={"memo": "first"})
    second = replace(first, seller_memo="second", raw={"memo": "second"})
    report = await orders.receive_trades(work, shop.channel_id, [first])
    assert (report.created, report.updated) == (1, 0)
    report = await orders.receive_trades(work, shop.channel_id, [second])
    assert (report.created, report.updated) == (0, 1)
    assert list(await work.session.scalars(select(orders.Order.seller_memo))) == ["second"]
    again = await orders.receive_trades(work, shop.channel_id, [second])
    assert (again.updated, again.unchanged) == (0, 1)
    assert await work.session.scalar(select(func.count()).select_from(TradeVersion)) == 1


async def test_an_unreadable_look_does_not_replace_a_readable_one_of_the_same_second(work: Work) -> None:
    shop = await a_shop(work)
    trade = a_trade()
    await orders.receive_trades(work, shop.channel_id, [trade])
    odd = orders.UnreadableTrade(
        external_number=trade.external_number, modified_at=trade.modified_at, problem="garbage", raw={"garbage": True}
    )
    report = await orders.receive_trades(work, shop.channel_id, [odd])
    assert (report.unreadable, report.unchanged) == (0, 1)
