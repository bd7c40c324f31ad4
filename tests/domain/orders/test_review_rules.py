"""Which conditions a rule needs, what approves an order by itself, and what is said of the others."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import inventory, orders, pricing
from domain.kernel import BadInput, Money, NotFound, Rate, Read, Sessions, UnitPrice, Work, begin, system
from domain.orders import Conditions, HoldReason, PolicyRules, ReviewCondition, RuleGiven
from domain.orders.review_rules import ReviewRuleTaken, rules_in_force
from domain.orders.rule_conditions import ReviewFacts, failures
from domain.orders.rule_models import ReviewFinding, ReviewRuleVersion
from tests.conftest import NOW
from tests.domain.inventory.builders import stock
from tests.domain.orders.builders import (
    START,
    ShopHere,
    a_line,
    a_shop,
    a_trade,
    acting,
    broken,
    claims,
    order_of,
    received,
    statements,
)

C = ReviewCondition
SHOP, ONE, OTHER = uuid4(), uuid4(), uuid4()
PLAIN = ReviewFacts(
    channel_id=SHOP, currency="CNY", total_amount=Money("100"), paid=True, paid_at=START, holds={},
    warehouse_id=uuid4(), address="浙江省杭州市西湖区文三路", margin=Decimal("0.2"), categories=[frozenset({ONE})],
)  # fmt: skip
UNPAID = replace(PLAIN, paid=False, paid_at=None)


@pytest.mark.parametrize(
    ("facts", "conditions", "failed"),
    [
        (PLAIN, Conditions(), []),
        (UNPAID, Conditions(), [C.PAID]),
        (replace(UNPAID, cash_on_delivery=True), Conditions(), [C.PAID]),
        (replace(UNPAID, cash_on_delivery=True), Conditions(allows_cash_on_delivery=True), []),
        (PLAIN, Conditions(waited_minutes=61), [C.PAID_LONG_ENOUGH]),
        (PLAIN, Conditions(waited_minutes=60), []),
        (replace(PLAIN, delay_minutes=61), Conditions(), [C.PAID_LONG_ENOUGH]),
        (replace(PLAIN, holds={HoldReason.PAUSED_BY_HAND: "x"}), Conditions(), [C.NO_HOLD]),
        (replace(PLAIN, holds={HoldReason.PRESCRIPTION_PENDING: "x"}), Conditions(), [C.NO_HOLD, C.PRESCRIPTION]),
        (replace(PLAIN, unmatched=["A"]), Conditions(), [C.GOODS_MATCHED]),
        (replace(PLAIN, unclaimed=["A"]), Conditions(), [C.STOCK_CLAIMED]),
        (replace(PLAIN, anything_open=False), Conditions(), [C.STOCK_CLAIMED]),
        (replace(PLAIN, sent_back=True), Conditions(), [C.NOT_SENT_BACK]),
        (replace(PLAIN, taken_by="李审"), Conditions(), [C.NOT_TAKEN]),
        (replace(PLAIN, missing="no phone"), Conditions(), [C.ADDRESS]),
        (replace(PLAIN, blacklisted=["x"]), Conditions(), [C.NOT_BLACKLISTED]),
        (replace(PLAIN, warehouse_id=None), Conditions(), [C.WAREHOUSE_CHOSEN]),
        (PLAIN, Conditions(courier_chosen=True), [C.COURIER_CHOSEN]),
        (replace(PLAIN, carrier_code="SF"), Conditions(courier_chosen=True), []),
        (replace(PLAIN, buyer_message="快"), Conditions(), []),
        (replace(PLAIN, buyer_message="快"), Conditions(no_message=True), [C.NO_MESSAGE]),
        (replace(PLAIN, buyer_message="谢谢!"), Conditions(no_message=True, harmless_words=("谢谢",)), []),
        (replace(PLAIN, seller_memo="改地址"), Conditions(no_memo=True), [C.NO_MEMO]),
        (replace(PLAIN, seller_flag=1), Conditions(flags=(2,)), [C.FLAG]),
        (replace(PLAIN, seller_flag=2), Conditions(flags=(2,)), []),
        (replace(PLAIN, seller_flag=0), Conditions(flags=()), []),
        (PLAIN, Conditions(amount_min=Money("100"), amount_max=Money("100")), []),
        (PLAIN, Conditions(amount_min=Money("100.01")), [C.AMOUNT]),
        (PLAIN, Conditions(amount_max=Money("99.99")), [C.AMOUNT]),
        (PLAIN, Conditions(amount_max=Money("500"), currency="USD"), [C.AMOUNT]),
        (replace(PLAIN, below_floor=["A"]), Conditions(above_floor=True), [C.ABOVE_FLOOR]),
        (PLAIN, Conditions(margin_min=Rate("0.2")), []),
        (PLAIN, Conditions(margin_min=Rate("0.21")), [C.MARGIN]),
        (replace(PLAIN, margin=None), Conditions(margin_min=Rate(0)), [C.MARGIN]),
        (PLAIN, Conditions(remote_areas=("西藏", "新疆")), []),
        (PLAIN, Conditions(remote_areas=("西湖区",)), [C.NOT_REMOTE]),
        (replace(PLAIN, siblings=["S"]), Conditions(no_siblings=True), [C.NO_SIBLINGS]),
        (replace(PLAIN, to_merge=["S"]), Conditions(), [C.NOT_TO_MERGE]),
        (replace(PLAIN, to_merge=["S"]), Conditions(before_merging=True), []),
        (PLAIN, Conditions(channel_ids=(SHOP,)), []),
        (PLAIN, Conditions(channel_ids=(ONE,)), [C.CHANNEL]),
        (PLAIN, Conditions(category_ids=(ONE, OTHER)), []),
        (PLAIN, Conditions(category_ids=(OTHER,)), [C.CATEGORY]),
    ],
)  # fmt: skip
def test_each_condition_fails_by_its_own_cause(
    facts: ReviewFacts, conditions: Conditions, failed: Sequence[ReviewCondition]
) -> None:
    found = failures(conditions, facts, NOW)
    assert [each.condition for each in found] == failed
    assert all(each.evidence for each in found)


def test_conditions_are_read_back_as_they_were_given() -> None:
    given = Conditions(
        waited_minutes=5, flags=(1, 2), amount_max=Money("9.90"), margin_min=Rate("0.1"), harmless_words=("谢谢",),
        channel_ids=(SHOP,), category_ids=(ONE,), no_memo=True,
    )  # fmt: skip
    assert Conditions.read(given.stored()) == given
    assert Conditions.read(Conditions().stored() | {"of_tomorrow": 1}) == Conditions()


async def a_rule(work: Work, name: str = "小单", priority: int = 0, **conditions: Any) -> orders.ReviewRule:
    rule = await orders.define_review_rule(
        work, RuleGiven(name=name, priority=priority, conditions=Conditions(**conditions))
    )
    return await orders.enable_review_rule(work, rule.id)


async def finding(work: Work, order: orders.Order) -> tuple[str | None, list[str]] | None:
    rows = await work.rows(
        select(ReviewFinding.rule_name, ReviewFinding.failed).where(ReviewFinding.order_id == order.id)
    )
    return (rows[0].rule_name, sorted(rows[0].failed)) if rows else None


def later(work: Work, **span: int) -> Work:
    moved = acting(work, work.actor)
    moved.now = work.now + timedelta(**span)
    return moved


async def test_the_first_rule_that_fits_approves_and_says_so(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work, "大单", 1, amount_min=Money("1000"))
    await a_rule(work, "小单", 5, amount_max=Money("50"))
    await a_rule(work, "留言", 9, no_message=True, amount_max=Money("5"))
    small = await received(work, shop, a_trade("1"))
    middle = await received(work, shop, a_trade("2", a_line("A", 6), buyer_message="快"))
    assert await orders.review_waiting(work) == 1
    small, middle = await order_of(work, shop, "1"), await order_of(work, shop, "2")
    assert (small.status, small.reviewed_by, await claims(work, small)) == ("REVIEWED", "rule 小单", ["TO_SHIP 1"])
    assert (middle.status, await finding(work, middle)) == ("UNREVIEWED", ("小单", ["AMOUNT"]))
    assert [each["action"] for each in work.entries if each["subject_id"] == str(small.id)] == ["orders.review_order"]
    assert await finding(work, small) is None
    assert await broken(work) == {}


async def test_what_failed_is_kept_fresh_and_goes_with_review(work: Work) -> None:
    shop = await a_shop(work, stocks=(0,))
    await a_rule(work)
    order = await received(work, shop, a_trade("1"))
    assert await orders.review_waiting(work) == 0
    assert await finding(work, order) == ("小单", ["NO_HOLD", "STOCK_CLAIMED", "WAREHOUSE_CHOSEN"])
    await stock(work, shop.variants["A"], shop.warehouses[0], 5)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=(shop.variants["A"],)))
    await orders.hold_order(work, order.id, "look")
    assert await orders.review_waiting(later(work, seconds=31)) == 0
    assert await finding(work, order) == ("小单", ["NO_HOLD"])
    await orders.release_order_hold(work, order.id, HoldReason.PAUSED_BY_HAND)
    assert await orders.review_waiting(later(work, seconds=62)) == 1
    assert await broken(work) == {}


async def test_a_check_whose_cause_is_gone_goes_by_the_clock(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work)
    floor = await pricing.set_floor_price(work, UnitPrice("99"), variant_id=shop.variants["A"])
    order = await received(work, shop, a_trade("1"))
    assert await orders.review_waiting(work) == 0
    await pricing.end_floor_price(work, floor.id)
    assert await orders.review_waiting(later(work, seconds=31)) == 1
    assert (await order_of(work, shop, "1")).id == order.id


async def test_what_was_sent_back_or_taken_is_left_to_people(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work)
    back, taken = await received(work, shop, a_trade("1")), await received(work, shop, a_trade("2"))
    await orders.review_order(work, back.id)
    await orders.send_back_order(work, back.id, "wrong colour")
    person = acting(work, replace(system("李审"), id=uuid4()))
    await orders.take_order(person, taken.id)
    assert await orders.review_waiting(later(work, seconds=1)) == 0
    assert await finding(work, back) == ("小单", ["NOT_SENT_BACK"])
    assert await finding(work, taken) == ("小单", ["NOT_TAKEN"])


async def test_review_is_delayed_after_payment(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work)
    await orders.set_order_policy(work, PolicyRules(review_delay_minutes=90), shop.channel_id)
    await received(work, shop, a_trade("1"))  # Paid an hour before now.
    assert await orders.review_waiting(work) == 0
    assert await orders.review_waiting(later(work, minutes=31)) == 1


async def test_an_approved_large_order_still_goes_to_finance(work: Work) -> None:
    shop = await a_shop(work)
    await a_rule(work)
    await orders.set_order_policy(work, PolicyRules(finance_above_amount=Money("5")), shop.channel_id)
    await received(work, shop, a_trade("1"))
    assert await orders.review_waiting(work) == 1
    assert (await order_of(work, shop, "1")).status == "AWAITING_FINANCE"


async def test_what_waited_only_for_stock_is_approved_when_it_comes(work: Work) -> None:
    shop = await a_shop(work, stocks=(0,))
    await orders.set_order_policy(work, PolicyRules(reviews_restocked=True), shop.channel_id)
    await received(work, shop, a_trade("1"))
    paused = await received(work, shop, a_trade("2"))
    await orders.hold_order(work, paused.id, "look")
    await stock(work, shop.variants["A"], shop.warehouses[0], 5)
    await orders.retry_shortages(work, inventory.StockChanged(variant_ids=(shop.variants["A"],)))
    await orders.release_order_hold(work, paused.id, HoldReason.PAUSED_BY_HAND)
    plain = await received(work, shop, a_trade("3"))
    assert await orders.review_waiting(later(work, seconds=1)) == 1
    found = [(await order_of(work, shop, each)).reviewed_by for each in "123"]
    assert found == ["restocked", None, None]
    assert await finding(work, plain) == (None, [])


async def test_every_version_of_a_rule_stays(work: Work) -> None:
    rule = await a_rule(work, amount_max=Money("5"))
    given = RuleGiven(name="小单2", priority=3, conditions=Conditions(amount_max=Money("6")))
    await orders.change_review_rule(work, rule.id, given)
    assert [each.name for each in await rules_in_force(work)] == ["小单2"]
    await orders.disable_review_rule(work, rule.id)
    assert await rules_in_force(work) == []
    await orders.remove_review_rule(work, rule.id)
    rows = await work.rows(select(ReviewRuleVersion).order_by(ReviewRuleVersion.version))
    told = [(row[0].version, row[0].name, row[0].enabled, row[0].conditions["amount_max"]) for row in rows]
    assert told == [
        (1, "小单", False, "5.00"), (2, "小单", True, "5.00"), (3, "小单2", True, "6.00"), (4, "小单2", False, "6.00"),
        (5, "小单2", False, "6.00"),
    ]  # fmt: skip
    with pytest.raises(NotFound):
        await orders.enable_review_rule(work, rule.id)
    await a_rule(work, "小单2")
    with pytest.raises(ReviewRuleTaken, match="小单2"):
        await a_rule(work, "小单2")


@pytest.mark.parametrize(
    ("name", "priority", "conditions", "field"),
    [
        (" ", 0, {}, "name"),
        ("x", 1_001, {}, "priority"),
        ("x", 0, {"waited_minutes": -1}, "waitedMinutes"),
        ("x", 0, {"amount_min": Money("2"), "amount_max": Money("1")}, "amountMax"),
        ("x", 0, {"margin_min": Rate("1.1")}, "marginMin"),
        ("x", 0, {"remote_areas": ("",)}, "remoteAreas"),
        ("x", 0, {"channel_ids": ()}, "channelIds"),
        ("x", 0, {"category_ids": (UUID(int=5),)}, "categoryIds"),
    ],
)
async def test_a_rule_that_makes_no_sense_names_the_field(
    work: Work, name: str, priority: int, conditions: dict[str, Any], field: str
) -> None:
    with pytest.raises((BadInput, NotFound)) as refusal:
        await a_rule(work, name, priority, **conditions)
    assert refusal.value.path == ("input", field)


async def test_a_pass_costs_the_same_however_many_wait(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work, stocks=(10_000,))
        await a_rule(work, amount_max=Money("15"), margin_min=Rate(-1), no_siblings=True)
    sent_for = []
    for size in (10, 60):
        async with begin(sessions, system("tests")) as work:
            trades = [
                a_trade(f"{size}-{each}", a_line("A", each % 2 + 1), buyer_id=f"{size}-{each}") for each in range(size)
            ]
            await orders.receive_trades(work, shop.channel_id, trades)
        with statements(own_engine) as sent:
            async with begin(sessions, system("tests")) as work:
                assert await orders.review_waiting(work) == size // 2
        sent_for.append(len(sent))
    assert sent_for[0] == sent_for[1] <= 25


async def test_the_clock_and_a_person_never_approve_the_same_order_twice(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work, stocks=(1_000,))
        await a_rule(work)
        await orders.receive_trades(work, shop.channel_id, [a_trade(str(number)) for number in range(30)])
        ids = [(await order_of(work, shop, str(number))).id for number in range(30)]

    async def clock() -> int:
        async with begin(sessions, system("schedule")) as work:
            return await orders.review_waiting(work)

    async def person() -> int:
        async with begin(sessions, system("李审")) as work:
            items = await orders.review_orders(work, [(each, None) for each in ids])
            return sum(1 for each in items if each.refusal is None)

    assert sum(await asyncio.gather(clock(), person(), clock())) == len(ids)
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}


async def rehearsed(shop: ShopHere, sessions: Sessions, engine: AsyncEngine, **given: Any) -> orders.Rehearsal:
    del shop, sessions
    return await orders.rehearse(Read(engine=engine, actor=system("tests")), Conditions(**given), 3, NOW)


async def test_a_rehearsal_judges_each_order_by_its_holds_of_then(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        shop = await a_shop(work)
        plain = await received(work, shop, a_trade("1"))
        held = await received(work, shop, a_trade("2", a_line("A", 2), receiver=None))
        await orders.receive_trades(work, shop.channel_id, [a_trade("3", a_line("A", 900))])
        await orders.receive_trades(work, shop.channel_id, [a_trade("4", status=orders.IncomingStatus.SHIPPED)])
    async with begin(sessions, system("tests"), at=NOW + timedelta(hours=1)) as work:
        await orders.release_order_hold(work, held.id, HoldReason.ADDRESS_INCOMPLETE)
        await orders.hold_order(work, plain.id, "long after")
    found = await rehearsed(shop, sessions, own_engine)
    assert (found.considered, found.cut, found.approved) == (3, False, [plain.id])
    assert found.failed == {C.NO_HOLD: 2, C.ADDRESS: 1, C.STOCK_CLAIMED: 1, C.WAREHOUSE_CHOSEN: 1}
    assert (await rehearsed(shop, sessions, own_engine, amount_min=Money("15"))).approved == []
    with pytest.raises(BadInput, match="between 1 and 90"):
        await orders.rehearse(found.read, Conditions(), 91, NOW)
