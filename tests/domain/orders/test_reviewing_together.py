"""Finance looks again above an amount; many are reviewed at once; of two people one wins and the other is told who."""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import orders
from domain.kernel import Actor, Money, Refusal, Sessions, VersionConflict, Work, WrongState, begin, system
from domain.orders import HoldReason, PolicyRules
from domain.orders.review import NotOnHold
from tests.domain.orders.builders import (
    ShopHere,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    acting,
    broken,
    claims,
    order_of,
    received,
    statements,
)


async def a_large_order(work: Work) -> tuple[ShopHere, orders.Order]:
    shop = await a_shop(work)
    await orders.set_order_policy(work, PolicyRules(finance_above_amount=Money("99.99")), shop.channel_id)
    return shop, await received(work, shop, a_trade("1", a_line("A", 10)))


async def test_above_the_limit_finance_looks_again(work: Work) -> None:
    shop, order = await a_large_order(work)
    order = await orders.review_order(acting(work, a_reviewer()), order.id)
    assert (order.status, order.reviewed_by, await claims(work, order)) == (
        "AWAITING_FINANCE",
        "李审",
        ["TO_REVIEW 10"],
    )
    with pytest.raises(WrongState, match="AWAITING_FINANCE"):
        await orders.review_order(work, order.id)
    finance = acting(work, a_reviewer("approve_order_finance", name="陈会计"))
    order = await orders.approve_order_finance(finance, order.id)
    assert (order.status, order.reviewed_by, order.finance_reviewed_by) == ("REVIEWED", "李审", "陈会计")
    assert await claims(work, order) == ["TO_SHIP 10"]
    assert finance.facts == [orders.OrderReviewed(order_id=order.id, reviewed_by="陈会计")]
    small = await received(work, shop, a_trade("2", a_line("A", 9)))
    assert (await orders.review_order(work, small.id)).status == "REVIEWED"
    assert await broken(work) == {}


async def test_finance_returns_an_order_with_its_reason(work: Work) -> None:
    _, order = await a_large_order(work)
    with pytest.raises(WrongState, match="UNREVIEWED; this needs AWAITING_FINANCE"):
        await orders.approve_order_finance(work, order.id)
    await orders.review_order(work, order.id)
    order = await orders.return_order_finance(work, order.id, "折扣太大")
    assert (order.status, order.reviewed_by, order.sent_back_at) == ("UNREVIEWED", None, work.now)
    assert await claims(work, order) == ["TO_REVIEW 10"]
    assert await broken(work) == {}


async def test_a_hold_stops_finance_too(work: Work) -> None:
    _, order = await a_large_order(work)
    await orders.review_order(work, order.id)
    await orders.hold_order(work, order.id, "wait")
    with pytest.raises(orders.OrderOnHold):
        await orders.approve_order_finance(work, order.id)


async def test_a_change_on_the_platform_after_review_blocks_until_someone_looked(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1"))
    await orders.review_order(work, order.id)
    order = await received(work, shop, a_trade("1", minute=5, buyer_message="换个颜色"))
    with pytest.raises(orders.OrderOnHold, match="CHANGED_ON_PLATFORM"):
        await orders.lines_to_ship(work, order.id)
    assert list((await orders.blocked_among(work, [order.id]))[order.id]) == [HoldReason.CHANGED_ON_PLATFORM]
    await orders.release_order_hold(work, order.id, HoldReason.CHANGED_ON_PLATFORM)
    await orders.refuse_blocked(work, order)
    assert (await orders.lines_to_ship(work, order.id)).order.id == order.id


async def test_who_was_faster_is_named_without_a_version_too(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1"))
    await orders.hold_order(work, order.id, "x")
    await orders.release_order_hold(acting(work, a_reviewer(name="李审")), order.id, HoldReason.PAUSED_BY_HAND)
    with pytest.raises(NotOnHold, match="李审 released it at 2026-11-11"):
        await orders.release_order_hold(work, order.id, HoldReason.PAUSED_BY_HAND)
    await orders.review_order(acting(work, a_reviewer(name="李审")), order.id)
    with pytest.raises(WrongState, match="李审 changed it at 2026-11-11T01:00:00") as refusal:
        await orders.review_order(work, order.id)
    assert (refusal.value.changed_by, refusal.value.state) == ("李审", "REVIEWED")
    assert "李审" in refusal.value.message_in_chinese()


async def test_many_have_each_their_outcome_and_their_entry(work: Work) -> None:
    shop = await a_shop(work)
    last = await received(work, shop, *(a_trade(str(number)) for number in range(4)))
    held, stale, plain = [await order_of(work, shop, str(number)) for number in range(3)]
    await orders.hold_order(work, held.id, "x")
    work.entries.clear()
    reviewer = acting(work, a_reviewer())
    wanted = [(held.id, None), (stale.id, 7), (plain.id, 1), (last.id, None), (last.id, None)]
    items = await orders.review_orders(reviewer, wanted)
    found = [type(each.refusal).__name__ if each.refusal else "" for each in items]
    assert found == ["OrderOnHold", "VersionConflict", "", "", "WrongState"]
    assert [entry["action"] for entry in work.entries] == ["orders.review_order"] * 2
    assert [entry["subject_id"] for entry in work.entries] == [str(plain.id), str(last.id)]
    told = work.entries[0]["changes"][0]["fields"]
    assert told["status"] == {"before": "UNREVIEWED", "after": "REVIEWED"}
    assert told["reviewed_by"] == {"before": None, "after": "李审"}
    assert (await order_of(work, shop, "2")).reviewed_by == "李审"
    assert await broken(work) == {}


async def test_a_bulk_costs_the_same_however_many_there_are(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work, stocks=(10_000,))
        await orders.receive_trades(work, shop.channel_id, [a_trade(str(number)) for number in range(120)])
    sent_for = []
    for numbers in (range(20), range(20, 120)):
        async with begin(sessions, system("tests")) as work:
            wanted = [((await order_of(work, shop, str(number))).id, None) for number in numbers]
            with statements(own_engine) as sent:
                items = await orders.review_orders(work, wanted)
        sent_for.append(len(sent))
        assert [each.refusal for each in items] == [None] * len(wanted)
    assert sent_for[0] == sent_for[1] <= 8


async def attempt(sessions: Sessions, actor: Actor, order: orders.Order, version: int | None) -> Refusal | None:
    try:
        async with begin(sessions, actor) as work:
            await orders.review_order(work, order.id, version)
    except Refusal as refusal:
        return refusal
    return None


@pytest.mark.parametrize("version", [1, None])
async def test_of_many_reviewers_at_once_one_wins_and_the_others_learn_who(
    sessions: Sessions, version: int | None
) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        order = await received(work, shop, a_trade("1"))
    people = [a_reviewer(name=f"审单{number}") for number in range(4)]
    outcomes = await asyncio.gather(*(attempt(sessions, each, order, version) for each in people))
    (winner,) = [person.name for person, refusal in zip(people, outcomes, strict=True) if refusal is None]
    kind = VersionConflict if version else WrongState
    lost = [each for each in outcomes if each is not None]
    assert len(lost) == 3
    for each in lost:
        assert isinstance(each, kind)
        assert each.changed_by == winner
        assert each.changed_at


async def test_two_bulks_over_the_same_orders_share_them_without_a_deadlock(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work, stocks=(1_000,))
        await orders.receive_trades(work, shop.channel_id, [a_trade(str(number)) for number in range(40)])
        ids = [(await order_of(work, shop, str(number))).id for number in range(40)]

    async def bulk(name: str, wanted: list[orders.OrderId]) -> list[bool]:
        async with begin(sessions, a_reviewer(name=name)) as work:
            items = await orders.review_orders(work, [(each, None) for each in wanted])
            return [item.refusal is None for item in items]

    one, other = await asyncio.gather(bulk("李审", ids), bulk("周审", ids[::-1]))
    assert [mine or theirs for mine, theirs in zip(one, other[::-1], strict=True)] == [True] * 40
    assert sum(one) + sum(other) == 40
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
