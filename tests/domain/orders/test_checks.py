"""Why an order waits by the company's own settings, and who may let it go."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain import identity, orders, pricing
from domain.kernel import (
    BadInput,
    Money,
    NotAllowed,
    Quantity,
    Sessions,
    UnitPrice,
    VersionConflict,
    Work,
    begin,
    system,
)
from domain.orders import Decider, HoldReason, OrderStatus, PolicyRules, checking
from domain.orders.blacklist import phone_key, receiver_key
from domain.orders.checks import Facts, PricedLine, only_words, reasons_against, rest_due
from domain.orders.policies import PolicyShared, policies_for
from domain.orders.review import HoldNotYours
from tests.domain.orders.builders import (
    RECEIVER,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    acting,
    broken,
    holds,
    lines,
    order_of,
    received,
)

PLAIN = Facts(currency="CNY", total_amount=Money("100"))
R = HoldReason


def test_every_reason_stands_in_the_table_with_who_may_release_it() -> None:
    assert set(orders.HOLD_RULES) == set(HoldReason)
    by_itself = {reason for reason, rule in orders.HOLD_RULES.items() if not rule.by_hand}
    assert by_itself == {R.SHORTAGE, R.UNMATCHED_GOODS} == set(HoldReason) - set(orders.RELEASED_BY)
    assert all(identity.permissions.is_known(right) for right in orders.RELEASED_BY.values())
    assert orders.HOLD_RULES[R.BLACKLISTED].decided_by is Decider.CHECK


@pytest.mark.parametrize(
    ("facts", "policy", "found"),
    [
        (PLAIN, PolicyRules(), {}),
        (replace(PLAIN, blacklisted=["x"]), PolicyRules(), {R.BLACKLISTED: "blacklisted: x"}),
        (PLAIN, PolicyRules(amount_max=Money("100")), {}),
        (PLAIN, PolicyRules(amount_max=Money("99.99")), {R.AMOUNT_UNUSUAL: "100.00 is more than 99.99"}),
        (PLAIN, PolicyRules(amount_min=Money("100.01")), {R.AMOUNT_UNUSUAL: "100.00 is less than 100.01"}),
        (PLAIN, PolicyRules(amount_max=Money("1"), currency="USD"), {}),
        (replace(PLAIN, same_day=2), PolicyRules(same_buyer_orders=3), {}),
        (
            replace(PLAIN, same_day=3),
            PolicyRules(same_buyer_orders=3),
            {R.SAME_BUYER: "3 orders of one buyer in one shop and district on one day"},
        ),
        (replace(PLAIN, buyer_message="快"), PolicyRules(), {}),
        (replace(PLAIN, buyer_message="快"), PolicyRules(holds_messages=True), {R.BUYER_MESSAGE: "the buyer says: 快"}),
        (replace(PLAIN, buyer_message="谢谢！"), PolicyRules(holds_messages=True, harmless_words=("谢谢",)), {}),
        (replace(PLAIN, seller_memo="送礼"), PolicyRules(holds_memos=True), {R.SELLER_MEMO: "the memo says: 送礼"}),
        (replace(PLAIN, seller_flag=1), PolicyRules(held_flags=(1, 5)), {R.SELLER_MEMO: "the flag is 1"}),
        (replace(PLAIN, siblings=["SO1"]), PolicyRules(), {}),
        (replace(PLAIN, siblings=["S1"]), PolicyRules(holds_siblings=True), {R.UNMERGED_SIBLINGS: "could go with S1"}),
        (
            replace(PLAIN, lines=[PricedLine(title="A", unit_price=UnitPrice("9"), floor=UnitPrice("9.5"))]),
            PolicyRules(),
            {R.PRICE_BELOW_FLOOR: "below the floor: A at 9.000000, floor 9.500000"},
        ),
        (replace(PLAIN, lines=[PricedLine(title="A", unit_price=UnitPrice("9"))]), PolicyRules(), {}),
    ],
)  # fmt: skip
def test_each_check_has_its_evidence(facts: Facts, policy: PolicyRules, found: dict[HoldReason, str]) -> None:
    assert reasons_against(facts, policy) == found


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "10.00 of 12.00 is paid"),
        ({"paid_amount": Money("12")}, ""),
        ({"paid_amount": Money("13")}, ""),
        ({"cash_on_delivery": True}, ""),
        ({"on_account": True}, ""),
        ({"status": OrderStatus.AWAITING_PAYMENT}, ""),
        ({"status": OrderStatus.AWAITING_FINANCE}, "10.00 of 12.00 is paid"),
    ],
)
def test_what_is_paid_in_part_waits_unless_it_is_paid_otherwise(change: dict[str, Any], told: str) -> None:
    paid = {"paid_amount": Money("10"), "total_amount": Money("12")}
    head = paid | {"status": OrderStatus.UNREVIEWED, "cash_on_delivery": False, "on_account": False}
    assert rest_due(head | change) == told


@pytest.mark.parametrize(
    ("text", "words", "harmless"),
    [
        (None, (), True),
        (" ！。", (), True),
        ("尽快发货，谢谢", ("谢谢", "尽快发货"), True),
        ("尽快发货，要发票", ("尽快发货",), False),
        ("ＯＫ", ("ok",), True),
        ("好的👍", ("好的",), False),
    ],
)
def test_only_harmless_words(text: str | None, words: Sequence[str], harmless: bool) -> None:
    assert only_words(text, words) is harmless


@pytest.mark.parametrize("written", ["13800000000", "+86 138-0000-0000", "0086 13800000000", "１３８００００００００"])
def test_a_phone_is_known_however_it_is_written(written: str) -> None:
    assert phone_key(written) == "13800000000"


def test_a_name_with_an_address_is_known_however_it_is_spaced() -> None:
    same = replace(RECEIVER, name=" 王小明", detail="文三路1号", phone=None)
    assert receiver_key(same) == receiver_key(RECEIVER) != receiver_key(replace(RECEIVER, name="王大明"))
    assert receiver_key(replace(RECEIVER, detail=" ")) == ""


async def test_the_blacklist_holds_and_lets_go(work: Work) -> None:
    shop = await a_shop(work)
    entry = await orders.add_to_blacklist(work, orders.NewBlacklistEntry(reason="五次拒收", phone="138 0000 0000"))
    assert entry.shown == "138****0000"
    order = await received(work, shop, a_trade("1"))
    assert await holds(work, order) == {"BLACKLISTED": "blacklisted: phone: hold, 五次拒收"}
    with pytest.raises(orders.AlreadyBlacklisted, match="tests since"):
        await orders.add_to_blacklist(work, orders.NewBlacklistEntry(reason="x", phone="13800000000"))
    await orders.remove_from_blacklist(work, entry.id)
    await orders.check_orders(work, [order.id])
    assert await holds(work, order) == {}
    assert await broken(work) == {}


async def test_what_is_rejected_is_not_placed_and_waits_until_it_is_off_the_list(work: Work) -> None:
    shop = await a_shop(work)
    verdict = orders.BlacklistVerdict.REJECT
    entry = await orders.add_to_blacklist(
        work, orders.NewBlacklistEntry(reason="欺诈", receiver=RECEIVER, verdict=verdict)
    )
    order = await received(work, shop, a_trade("1", receiver=replace(RECEIVER, phone="13911111111")))
    with pytest.raises(orders.Blacklisted, match="欺诈"):
        await orders.release_order_hold(work, order.id, R.BLACKLISTED)
    given = orders.Placement(
        channel_id=shop.channel_id,
        lines=[orders.PlacedLine(sku="A", quantity=Quantity(1))],
        customer=orders.PlacedBy(name="王小明", phone="13800000001"),
        receiver=RECEIVER,
    )
    with pytest.raises(orders.Blacklisted):
        await orders.place_order(work, given)
    await orders.remove_from_blacklist(work, entry.id)
    assert (await orders.place_order(work, given)).number


async def test_an_entry_ends_by_itself_and_can_be_added_again(work: Work) -> None:
    shop = await a_shop(work)
    soon = orders.NewBlacklistEntry(reason="x", phone="13800000000", expires_at=work.now + timedelta(days=1))
    await orders.add_to_blacklist(work, soon)
    later = acting(work, work.actor)
    later.now = work.now + timedelta(days=2)
    assert await holds(later, await received(later, shop, a_trade("1"))) == {}
    again = replace(soon, expires_at=None)
    assert (await orders.add_to_blacklist(later, again)).removed_at is None


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"phone": "138****0000"}, "phone"),
        ({"phone": "12"}, "phone"),
        ({}, "phone"),
        ({"phone": "13800000000", "receiver": RECEIVER}, "phone"),
        ({"receiver": replace(RECEIVER, detail="")}, "receiver"),
        ({"phone": "13800000000", "reason": " "}, "reason"),
    ],
)
async def test_who_is_blacklisted_must_be_known_again(work: Work, given: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        await orders.add_to_blacklist(work, orders.NewBlacklistEntry(**{"reason": "x", **given}))
    assert refusal.value.path == ("input", field)


async def test_a_price_below_its_floor_waits_and_goes_when_the_floor_goes(work: Work) -> None:
    shop = await a_shop(work)
    floor = await pricing.set_floor_price(work, UnitPrice("9.50"), variant_id=shop.variants["A"])
    cheap = await received(work, shop, a_trade("1", a_line("A", price="9.49"), a_line("B", price="0.01")))
    fair = await received(work, shop, a_trade("2", a_line("A", price="9.50")))
    assert (list(await holds(work, cheap)), await holds(work, fair)) == (["PRICE_BELOW_FLOOR"], {})
    await pricing.end_floor_price(work, floor.id)
    await orders.check_orders(work, [cheap.id])
    assert await holds(work, cheap) == {}


async def test_the_third_order_of_a_buyer_on_one_day_waits_with_the_others(work: Work) -> None:
    shop = await a_shop(work)
    await orders.set_order_policy(work, PolicyRules(same_buyer_orders=3), shop.channel_id)
    first = await received(work, shop, a_trade("1"), a_trade("2"))
    assert await holds(work, first) == {}
    third = await received(work, shop, a_trade("3"))
    other = await received(work, shop, a_trade("4", receiver=replace(RECEIVER, district="余杭区")))
    await orders.check_orders(work, [first.id])
    assert (list(await holds(work, third)), list(await holds(work, first)), await holds(work, other)) == (
        ["SAME_BUYER"],
        ["SAME_BUYER"],
        {},
    )
    await orders.cancel_order(work, third.id, "double")
    await orders.check_orders(work, [first.id])
    assert await holds(work, first) == {}


async def test_whom_nobody_knows_is_the_same_buyer_by_the_phone(work: Work) -> None:
    shop = await a_shop(work)
    await orders.set_order_policy(work, PolicyRules(same_buyer_orders=2), shop.channel_id)
    first = await received(work, shop, a_trade("1", buyer_id=""))
    other = await received(work, shop, a_trade("2", buyer_id="", receiver=replace(RECEIVER, phone="13900000000")))
    second = await received(work, shop, a_trade("3", buyer_id=""))
    assert (first.customer_id, await holds(work, other)) == (None, {})
    assert list(await holds(work, second)) == ["SAME_BUYER"]


async def test_an_order_looks_for_those_of_its_buyer_by_an_index_of_its_own(work: Work) -> None:
    """Joined with all of its shop and day instead, what a chunk costs would grow with the day."""
    await work.execute(text("SET LOCAL enable_seqscan = off"))
    explained = text(f"EXPLAIN {checking.SAME_DAY.text}").bindparams(bindparam("order_ids", type_=ARRAY(Uuid)))
    plan = "\n".join(row[0] for row in await work.rows(explained, {"order_ids": [uuid4()]}))
    assert "ix_orders_customer_placed" in plan, plan
    assert "ix_orders_phone" in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_what_a_person_released_stays_released_until_the_evidence_changes(work: Work) -> None:
    shop = await a_shop(work)
    await orders.set_order_policy(work, PolicyRules(holds_messages=True), shop.channel_id)
    order = await received(work, shop, a_trade("1", buyer_message="发票"))
    await orders.release_order_hold(work, order.id, R.BUYER_MESSAGE)
    await received(work, shop, a_trade("1", buyer_message="发票", minute=1))
    assert await holds(work, order) == {}
    await received(work, shop, a_trade("1", buyer_message="不要发票", minute=2))
    assert await holds(work, order) == {"BUYER_MESSAGE": "the buyer says: 不要发票"}


async def test_an_edit_is_checked_before_it_is_committed(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        await pricing.set_floor_price(work, UnitPrice("9.50"), variant_id=shop.variants["A"])
        order = await received(work, shop, a_trade("1"))
        line = (await lines(work, order))[0]
    async with begin(sessions, system("tests")) as work:
        await orders.change_order_line_price(work, line.id, UnitPrice("9"), "for a friend")
    async with begin(sessions, system("tests")) as work:
        assert list(await holds(work, order)) == ["PRICE_BELOW_FLOOR"]
        await orders.change_order_line_price(work, line.id, UnitPrice("10"), "not such a friend")
    async with begin(sessions, system("tests")) as work:
        assert await holds(work, order) == {}


async def test_siblings_wait_for_each_other(work: Work) -> None:
    shop = await a_shop(work)
    await orders.set_order_policy(work, PolicyRules(holds_siblings=True), shop.channel_id)
    second = await received(work, shop, a_trade("1"), a_trade("2"))
    first = await order_of(work, shop, "1")
    assert await holds(work, second) == {"UNMERGED_SIBLINGS": f"could go with {first.number}"}
    await orders.cancel_order(work, first.id, "x")
    await orders.check_orders(work, [second.id])
    assert await holds(work, second) == {}


async def test_each_reason_asks_for_its_own_permission(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1"))
    await orders.hold_order(work, order.id, "look")
    lesser = acting(work, a_reviewer("release_order_hold", "release_hold_buyer_message"))
    with pytest.raises(HoldNotYours, match=r"orders.release_hold_paused_by_hand"):
        await orders.release_order_hold(lesser, order.id, R.PAUSED_BY_HAND)
    with pytest.raises(NotAllowed):
        await orders.release_order_hold(
            acting(work, a_reviewer("release_hold_paused_by_hand")), order.id, R.PAUSED_BY_HAND
        )
    able = acting(work, a_reviewer("release_order_hold", "release_hold_paused_by_hand"))
    await orders.release_order_hold(able, order.id, R.PAUSED_BY_HAND)
    assert await holds(work, order) == {}


async def test_another_part_of_the_house_opens_and_ends_its_reason(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1"))
    await orders.settle_hold(work, R.ADDRESS_UNREACHABLE, {order.id: "no courier reaches 西湖区"})
    assert await holds(work, order) == {"ADDRESS_UNREACHABLE": "no courier reaches 西湖区"}
    await orders.settle_hold(work, R.ADDRESS_UNREACHABLE, {order.id: ""})
    assert await holds(work, order) == {}
    assert await orders.blocked_among(work, [order.id]) == {}


async def test_a_policy_is_the_channels_own_or_the_companys(work: Work) -> None:
    shop, other = await a_shop(work), await a_shop(work, prefix="o-")
    await orders.set_order_policy(work, PolicyRules(amount_max=Money("5")))
    own = await orders.set_order_policy(work, PolicyRules(amount_max=Money("50")), shop.channel_id)
    found = await policies_for(work, [shop.channel_id, other.channel_id])
    assert [found[each].amount_max for each in (shop.channel_id, other.channel_id)] == [Money("50"), Money("5")]
    with pytest.raises(VersionConflict, match="tests"):
        await orders.set_order_policy(work, PolicyRules(), shop.channel_id, own.version - 1)
    bound = acting(work, a_reviewer("set_order_policy", channels=frozenset({shop.channel_id})))
    with pytest.raises(PolicyShared):
        await orders.set_order_policy(bound, PolicyRules())


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (PolicyRules(amount_max=Money("-1")), "amountMax"),
        (PolicyRules(amount_min=Money("2"), amount_max=Money("1")), "amountMax"),
        (PolicyRules(same_buyer_orders=1), "sameBuyerOrders"),
        (PolicyRules(review_delay_minutes=-1), "reviewDelayMinutes"),
        (PolicyRules(harmless_words=(" ",)), "harmlessWords"),
        (PolicyRules(held_flags=tuple(range(21))), "heldFlags"),
        (PolicyRules(held_flags=(6,)), "heldFlags"),
    ],
)
async def test_a_policy_that_makes_no_sense_names_the_field(work: Work, rules: PolicyRules, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        await orders.set_order_policy(work, rules)
    assert refusal.value.path == ("input", field)
