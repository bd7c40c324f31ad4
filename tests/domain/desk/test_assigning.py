"""Orders are given out by load: to whom, how evenly, exactly also when it runs twice at once; and who has how much."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import alerts, desk, identity, kernel, orders
from domain.kernel import Read, Work
from tests.domain.desk.builders import a_colleague, a_rule, owner_of, remind_at
from tests.domain.orders.builders import RECEIVER, START, a_reviewer, a_shop, a_trade, order_of, received
from tests.domain.orders.test_review_rules import a_rule as a_review_rule


async def test_each_order_goes_to_who_has_the_least_to_do(work: Work) -> None:
    shop = await a_shop(work)
    busy, idle = await a_colleague(work, "忙"), await a_colleague(work, "闲")
    await a_colleague(work, "休", on_duty=False)
    await a_colleague(work, "别店", channel_ids=[uuid4()])
    await a_rule(work, shop, assigns_by_load=True)
    for number in ("1", "2"):
        await orders.hand_over_order(work, (await received(work, shop, a_trade(number))).id, busy.id)
    await work.session.flush()
    found = [await received(work, shop, a_trade(
                 str(number), buyer_id=str(number), placed_at=START + timedelta(minutes=number)))
             for number in range(3, 7)]  # fmt: skip
    assert await desk.assign_by_load(work) == 4
    assert Counter([await owner_of(work, each.id) for each in found]) == {"闲": 3, "忙": 1}
    assert await desk.assign_by_load(work) == 0
    assert idle.on_duty
    entries = [each for each in work.entries if each["subject_id"] == str(found[0].id)]
    assert entries[-1]["changes"][0]["fields"] == {"responsible_name": {"before": None, "after": "闲"}}


async def test_nobody_gets_more_than_the_channel_lets_them_have(work: Work) -> None:
    shop = await a_shop(work)
    await a_colleague(work, "一")
    await a_rule(work, shop, assigns_by_load=True, most_open_orders=2)
    for number in range(4):
        await received(work, shop, a_trade(str(number)))
    assert await desk.assign_by_load(work) == 2


async def test_orders_of_one_buyer_go_to_one_person_as_far_as_the_limit_lets_them(work: Work) -> None:
    shop = await a_shop(work)
    busy, _ = await a_colleague(work, "忙"), await a_colleague(work, "闲")
    await a_rule(work, shop, assigns_by_load=True, most_open_orders=3)
    await orders.hand_over_order(work, (await received(work, shop, a_trade("1"))).id, busy.id)
    await work.session.flush()
    found = [await received(work, shop, a_trade(each, buyer_id=buyer)) for each, buyer in (
                 ("2", "buyer-1"), ("3", "buyer-2"), ("4", "buyer-1"), ("5", "buyer-2"), ("6", "buyer-1"))]  # fmt: skip
    assert await desk.assign_by_load(work) == 5
    assert [await owner_of(work, each.id) for each in found] == ["忙", "闲", "忙", "闲", "闲"]


async def test_who_goes_off_duty_may_pass_on_what_they_have(work: Work) -> None:
    shop, other = await a_shop(work), await a_shop(work, prefix="x")
    leaving = await a_colleague(work, "走")
    await a_colleague(work, "留", channel_ids=[shop.channel_id])
    found = [await received(work, each, a_trade(str(n))) for n, each in enumerate((shop, shop, other), start=1)]
    for each in found:
        await orders.hand_over_order(work, each.id, leaving.id)
    await identity.set_duty(work, leaving.id, on_duty=False)
    assert not any(isinstance(each, identity.StaffWentOffDuty) for each in work.facts)
    with pytest.raises(kernel.BadInput):
        await identity.set_duty(work, leaving.id, on_duty=True, hands_over=True)
    await identity.set_duty(work, leaving.id, on_duty=False, hands_over=True)
    (fact,) = [each for each in work.facts if isinstance(each, identity.StaffWentOffDuty)]
    await work.session.flush()
    await desk.pass_on(work, fact)
    assert [await owner_of(work, each.id) for each in found] == ["留", "留", None]
    await work.session.refresh(found[0])
    assert found[0].taken_at is None
    # Who is back before the house got round to it keeps what they have.
    await orders.hand_over_order(work, found[2].id, leaving.id)
    await identity.set_duty(work, leaving.id, on_duty=True)
    await work.session.flush()
    await desk.pass_on(work, fact)
    assert await owner_of(work, found[2].id) == "走"


async def test_a_channel_that_does_not_say_so_assigns_nothing(work: Work) -> None:
    shop = await a_shop(work)
    await a_colleague(work, "一")
    order = await received(work, shop, a_trade())
    assert (await desk.assign_by_load(work), await owner_of(work, order.id)) == (0, None)


async def test_two_passes_at_once_give_each_order_once_and_evenly(sessions: kernel.Sessions) -> None:
    async with kernel.begin(sessions, kernel.system("test")) as work:
        shop = await a_shop(work)
        people = [await a_colleague(work, each) for each in ("甲", "乙", "丙")]
        await a_rule(work, shop, assigns_by_load=True)
        await orders.receive_trades(
            work, shop.channel_id, [a_trade(str(each), buyer_id=str(each)) for each in range(30)]
        )

    async def once() -> int:
        async with kernel.begin(sessions, kernel.system("test")) as work:
            return await desk.assign_by_load(work)

    assert sum(await asyncio.gather(*(once() for _ in range(4)))) == 30
    async with kernel.begin(sessions, kernel.system("test")) as work:
        order = orders.Order
        rows = await work.rows(select(order.responsible_id).where(order.channel_id == shop.channel_id))
        assert Counter(row.responsible_id for row in rows) == {each.id: 10 for each in people}


async def test_queues_tell_who_has_what_within_the_scope(sessions: kernel.Sessions, read: Read) -> None:
    async with kernel.begin(sessions, kernel.system("test")) as work:
        shop, other = await a_shop(work), await a_shop(work, prefix="x")
        mine = await a_colleague(work, "甲", channel_ids=[shop.channel_id])
        await a_colleague(work, "乙", channel_ids=[other.channel_id])
        first = await received(work, shop, a_trade("1"))
        await received(work, shop, a_trade("2"))
        await received(work, other, a_trade("3"))
        await orders.hand_over_order(work, first.id, mine.id)
        await orders.hold_order(work, first.id, "look")
    seen = replace(read, actor=a_reviewer("view", channels=frozenset({shop.channel_id})))
    found = [(each.person_name, each.total, each.on_hold, each.to_review) for each in await desk.queues(seen)]
    assert set(found) == {("甲", 1, 1, 0), (None, 1, 0, 1)}
    assert "乙" in {each.person_name for each in await desk.queues(read)}


async def test_a_day_is_summed_up_once_at_its_hour(sessions: kernel.Sessions, read: Read) -> None:
    async with kernel.begin(sessions, kernel.system("test"), at=START + timedelta(minutes=1)) as work:
        shop = await a_shop(work)
        person = await a_colleague(work, "甲")
        await a_rule(work, shop, digest_hour=9)
        order = await received(work, shop, a_trade("1"))
        await received(work, shop, a_trade("2"))
        await orders.hand_over_order(work, order.id, person.id)
        await remind_at(work, 45)

    async def sum_up(minutes: int) -> int:
        async with kernel.begin(sessions, kernel.system("test"), at=START + timedelta(minutes=minutes)) as work:
            return await desk.sum_up_days(work)

    assert await sum_up(59) == 0
    assert sum(await asyncio.gather(sum_up(60), sum_up(60), sum_up(61))) == 1
    assert await sum_up(900) == 0
    assert await sum_up(60 * 24) == 0  # Eight o'clock of the next day.
    assert await sum_up(60 * 25) == 1
    digest = (await desk.desk_digests(read, [shop.channel_id], kernel.PageRequest())).rows[-1]
    assert digest.counts == [{"kind": "UNREVIEWED", "level": "WARN", "orders": 2}]
    assert [each["number"] for each in digest.oldest].count(order.number) == 1
    people = {each["person_name"]: (each["orders"], each["alerts"]) for each in digest.people}
    assert people == {"甲": (1, 1), None: (1, 1)}
    # Each day was shown to each person on duty once; of the day before nothing is left open.
    told = (await desk.deliveries_of_digests(read, [digest.id]))[digest.id]
    assert [(each.recipient, each.state) for each in told if each.staff_id == person.id] == [("甲", "SHOWN")]
    where = alerts.AlertFilter(kinds=[alerts.AlertKind.DAILY_DIGEST], addressed_to=[person.id])
    shown = (await alerts.alerts(read, where, kernel.PageRequest())).rows
    assert [(each.evidence["day"], each.resolved_at is None) for each in shown] == [
        ("2026-11-12", True),
        ("2026-11-11", False),
    ]
    async with kernel.begin(sessions, kernel.system("test")) as work:
        await a_rule(work, shop, digest_hour=None)
    still = (await alerts.alerts(read, replace(where, open_only=True), kernel.PageRequest())).rows
    assert still == [], "where no day is summed up any more, none is left to be read"


async def test_what_was_given_out_is_still_merged_and_approved_by_itself_until_it_is_taken(work: Work) -> None:
    shop = await a_shop(work)
    await a_colleague(work, "李审单")
    await a_rule(work, shop, assigns_by_load=True)
    await orders.set_combining_rule(work, shop.channel_id, orders.Combining(merges_by_itself=True))
    first, second = a_trade("1"), a_trade("2", placed_at=START + timedelta(minutes=1))
    order = await received(work, shop, first, second)
    apart = await received(
        work, shop, a_trade("3", buyer_id="buyer-2", receiver=replace(RECEIVER, detail="文三路 9 号"))
    )
    assert await desk.assign_by_load(work) == 3
    assert await orders.merge_waiting_orders(work) == 1
    person = await a_colleague(work, "王审单")
    apart.responsible_id, apart.responsible_name, apart.taken_at = person.id, person.name, work.now
    await work.session.flush()
    await a_review_rule(work)
    assert await orders.review_waiting(work) == 1
    order = await order_of(work, shop, "1")
    assert (order.status, order.responsible_name) == ("REVIEWED", "李审单")
    assert (await order_of(work, shop, "3")).status == "UNREVIEWED"
