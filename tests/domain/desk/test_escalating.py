"""What the desk reminds of beyond review, by the hour; and whom it asks, who goes up while nobody acts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import desk, jobs, orders
from domain.alerts import AlertChangeKind
from domain.alerts.models import AlertChange
from domain.desk import Hours
from domain.fulfilment import Release, ReleaseStage
from domain.kernel import BadInput, Money, NotFound, PageRequest, Quantity, SessionRead, VersionConflict, Work
from domain.orders import HoldReason, IncomingStatus
from domain.printing import Printed, PrintKind, note_prints
from tests.domain.desk.builders import a_colleague, a_rule, remind_at, said
from tests.domain.orders.builders import (
    RECEIVER,
    START,
    ShopHere,
    a_shop,
    a_trade,
    broken,
    holds,
    lines,
    received,
    refunded,
)

REVIEWED_AT = 60
"""The fixed clock of the tests stands an hour after the start."""


async def reviewed(work: Work, shop: ShopHere, **changes: object) -> orders.Order:
    order = await received(work, shop, a_trade(**changes))  # type: ignore[arg-type]
    order = await orders.review_order(work, order.id)
    await work.session.flush()
    return order


async def test_what_is_not_printed_is_said_until_it_is(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, shop, unprinted_minutes=30)
    order = await reviewed(work, shop)
    await remind_at(work, REVIEWED_AT + 29)
    assert await said(work, order) == []
    await remind_at(work, REVIEWED_AT + 30)
    assert await said(work, order) == ["UNPRINTED WARN"]
    job = await jobs.ask_for(work, jobs.NewJob(kind="papers.print", title="t", parameters={}, needs="papers.view"))
    await work.session.flush()
    await note_prints(work, PrintKind.PACKING_SLIP, job.id, [Printed(id=order.id, number=order.number)])
    await remind_at(work, REVIEWED_AT + 31)
    assert await said(work, order) == []


async def test_a_balance_that_is_due_soon_is_said_until_it_is_paid(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, shop, balance_minutes=120)
    placement = orders.Placement(
        channel_id=shop.channel_id,
        lines=[orders.PlacedLine(sku="A", quantity=1)],
        customer=orders.PlacedBy(name="王小明", phone="13800000000"),
        receiver=RECEIVER,
        deposit_amount=Money("2"),
        balance_due_at=START + timedelta(minutes=400),
    )
    order = await orders.place_order(work, placement)
    await work.session.flush()
    await remind_at(work, 279)
    assert await said(work, order) == []
    await remind_at(work, 280)
    assert await said(work, order) == ["BALANCE_DUE WARN"]
    await orders.confirm_order_payment(work, order.id)
    await remind_at(work, 281)
    assert "BALANCE_DUE WARN" not in await said(work, order)


async def test_what_was_picked_and_is_not_sent_is_said(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, shop, unshipped_minutes=20)
    order = await reviewed(work, shop)
    order.status = orders.OrderStatus.PICKED
    release = Release(
        order_id=order.id, channel_id=shop.channel_id, warehouse_id=shop.warehouses[0], single=True,
        stage=ReleaseStage.PICKED, released_by="x", released_at=work.now, picked_at=work.now,
    )  # fmt: skip
    work.session.add(release)
    await work.session.flush()
    await remind_at(work, REVIEWED_AT + 19)
    assert await said(work, order) == []
    await remind_at(work, REVIEWED_AT + 20)
    assert await said(work, order) == ["NOT_SHIPPED WARN"]
    order.status = orders.OrderStatus.PACKED
    await work.session.flush()
    (line,) = await lines(work, order)
    await orders.note_shipment(work, order.id, {line.id: Quantity(1)}, work.now)
    await work.session.flush()
    assert await said(work, order) == []


async def test_a_promise_is_said_before_it_is_broken(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, shop, promise_minutes=60)
    order = await reviewed(work, shop, promised_ship_at=START + timedelta(minutes=200))
    await remind_at(work, 139)
    assert await said(work, order) == []
    await remind_at(work, 140)
    assert await said(work, order) == ["PROMISE_AT_RISK SEVERE"]


async def test_the_first_promise_of_merged_orders_counts(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, shop, promise_minutes=60)
    survivor = await received(work, shop, a_trade("1", promised_ship_at=START + timedelta(minutes=500)))
    sooner = a_trade("2", promised_ship_at=START + timedelta(minutes=200), placed_at=START + timedelta(minutes=1))
    other = await received(work, shop, sooner)
    await orders.merge_orders(work, [orders.MergedOrder(order_id=each.id) for each in (survivor, other)])
    await orders.review_order(work, survivor.id)
    await work.session.flush()
    await remind_at(work, 139)
    assert await said(work, survivor) == []
    await remind_at(work, 140)
    assert await said(work, survivor) == ["PROMISE_AT_RISK SEVERE"]


async def test_a_refund_nobody_looks_at_is_said_until_somebody_does(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, shop, refund_minutes=15)
    order = await received(work, shop, a_trade("1", refunded(status="REQUESTED")))
    await remind_at(work, REVIEWED_AT + 15)
    assert "REFUND_WAITING WARN" in await said(work, order)
    await orders.release_order_hold(work, order.id, HoldReason.REFUND_REQUESTED)
    await remind_at(work, REVIEWED_AT + 16)
    assert "REFUND_WAITING WARN" not in await said(work, order)


async def test_a_refund_that_is_asked_for_after_shipping_goes_up_until_it_is_decided(
    work: Work, engine: AsyncEngine
) -> None:
    reading = SessionRead(engine=engine, actor=work.actor, session=work.session)
    shop = await a_shop(work)
    boss = await a_colleague(work, "店长")
    person = await a_colleague(work, "李客服", boss)
    await a_rule(work, shop, refund_minutes=15, escalate_minutes=30)
    order = await reviewed(work, shop)
    await orders.note_shipment(work, order.id, {(await lines(work, order))[0].id: Quantity(1)}, work.now)
    await work.session.flush()
    await orders.hand_over_order(work, order.id, person.id)
    work.now = START + timedelta(minutes=100)
    asked = a_trade("1001", refunded(status="REQUESTED"), minute=1, status=IncomingStatus.SHIPPED)
    order = await received(work, shop, asked)
    assert (order.status, await holds(work, order)) == (
        "SHIPPED",
        {"REFUND_REQUESTED": "refund requested for title of A"},
    )
    on_list = orders.OrderFilter(worklist=orders.OrderWorklist.EXCEPTIONS, channel_ids=[shop.channel_id])
    assert [row.id for row in (await orders.orders_page(reading, PageRequest(), on_list)).rows] == [order.id]
    assert [(each.reason, each.stopped, each.left) for each in await orders.hold_counts(reading)] == [
        (HoldReason.REFUND_REQUESTED, 0, 1)
    ]
    await remind_at(work, 115)
    assert await said(work, order) == ["REFUND_WAITING WARN 李客服"]
    await remind_at(work, 145)
    assert await said(work, order) == ["REFUND_WAITING WARN 店长"]
    assert not [each for each in await broken(work) if each.startswith("O9")]
    # Who looked at it has looked at it, until the platform says something else.
    await orders.release_order_hold(work, order.id, HoldReason.REFUND_REQUESTED)
    order = await received(work, shop, replace(asked, modified_at=START + timedelta(minutes=2)))
    await remind_at(work, 146)
    assert (await holds(work, order), await said(work, order)) == ({}, [])
    decided = a_trade("1001", refunded(status="SUCCEEDED"), minute=3, status=IncomingStatus.COMPLETED)
    order = await received(work, shop, decided)
    assert (order.status, await holds(work, order)) == ("COMPLETED", {})


async def test_a_channel_without_a_rule_is_reminded_by_its_own_limits_only(work: Work) -> None:
    shop = await a_shop(work)
    order = await reviewed(work, shop)
    await remind_at(work, REVIEWED_AT + 239)
    assert await said(work, order) == []
    await remind_at(work, REVIEWED_AT + 240)
    assert await said(work, order) == ["UNPROCESSED WARN"]


async def test_limits_are_stricter_in_some_hours_and_silent_in_others(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, shop, hours=[Hours(from_hour=8, until_hour=9, percent=50), Hours(from_hour=9, until_hour=12)])
    order = await received(work, shop, a_trade())
    await remind_at(work, 14)
    assert await said(work, order) == []
    await remind_at(work, 15)  # Half of the 30 minutes of the channel.
    assert await said(work, order) == ["UNREVIEWED WARN"]
    await remind_at(work, 200)  # Half past eleven: nobody is reminded.
    assert await said(work, order) == ["UNREVIEWED WARN"]
    await remind_at(work, 240)
    assert await said(work, order) == ["UNREVIEWED SEVERE", "UNREVIEWED WARN"]


async def test_who_is_asked_goes_up_while_nobody_acts(work: Work) -> None:
    shop = await a_shop(work)
    top = await a_colleague(work, "总监")
    gone = await a_colleague(work, "走了", top, on_duty=False, active=False)
    low = await a_colleague(work, "李审", gone)
    await a_rule(work, shop, escalate_minutes=20)
    order = await received(work, shop, a_trade())
    await orders.hand_over_order(work, order.id, low.id)
    await work.session.flush()
    for minutes, asked in ((30, "李审"), (49, "李审"), (50, "总监"), (75, "总监")):
        await remind_at(work, minutes)
        assert await said(work, order) == [f"UNREVIEWED WARN {asked}"], minutes


async def test_what_is_nobodys_goes_to_who_answers_for_the_channel(work: Work) -> None:
    shop = await a_shop(work)
    boss = await a_colleague(work, "店长")
    await a_rule(work, shop, escalate_minutes=20, escalates_to_id=boss.id)
    order = await received(work, shop, a_trade())
    await remind_at(work, 30)
    assert await said(work, order) == ["UNREVIEWED WARN"]
    await remind_at(work, 50)
    assert await said(work, order) == ["UNREVIEWED WARN 店长"]
    await work.close()
    heard = [row.change for row in await work.rows(select(AlertChange.change).order_by(AlertChange.cursor))]
    assert heard[-2:] == [AlertChangeKind.OPENED, AlertChangeKind.ADDRESSED]


async def test_a_new_owner_is_asked_instead_of_the_old_one(work: Work) -> None:
    shop = await a_shop(work)
    one, other = await a_colleague(work, "李审"), await a_colleague(work, "赵六")
    order = await received(work, shop, a_trade())
    await orders.hand_over_order(work, order.id, one.id)
    await work.session.flush()
    await remind_at(work, 30)
    await orders.hand_over_order(work, order.id, other.id)
    await work.session.flush()
    await remind_at(work, 31)
    assert await said(work, order) == ["UNREVIEWED WARN 赵六"]


async def test_a_rule_says_what_is_wrong_with_it(work: Work) -> None:
    shop = await a_shop(work)
    for field, wrong in (("unprintedMinutes", {"unprinted_minutes": 0}), ("digestHour", {"digest_hour": 24})):
        with pytest.raises(BadInput) as refusal:
            await a_rule(work, shop, **wrong)
        assert refusal.value.path == ("input", field)
    with pytest.raises(NotFound):
        await a_rule(work, shop, escalates_to_id=shop.channel_id)
    row = await a_rule(work, shop, digest_hour=9)
    assert (await a_rule(work, shop, digest_hour=None)).id == row.id
    with pytest.raises(VersionConflict):
        await desk.set_desk_rule(work, shop.channel_id, desk.Desk(), expected_version=1)
