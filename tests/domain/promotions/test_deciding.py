"""Which gifts an order gets: conditions, multiples, groups, limits and stock, decided from facts alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.kernel import Money, Quantity
from domain.promotions import (
    GiftChoice,
    GiftConditions,
    GiftFacts,
    GiftGoods,
    GiftLine,
    GiftMeasure,
    GiftMoment,
    GiftPick,
    GiftRange,
    GiftStep,
    KnownGiftRule,
    MultipleBy,
    Room,
    decide_gifts,
    multiple_of,
    read_conditions,
)

PAID = datetime(2026, 11, 11, 1, tzinfo=UTC)
SHOP, BUYER, HERE, BRAND = (UUID(int=each) for each in (1, 2, 3, 4))
A, B, PEN, CUP = (UUID(int=each) for each in (10, 11, 20, 21))
M = GiftMeasure


def line(variant: UUID, quantity: int, amount: str, brand: UUID | None = None, category: str = "") -> GiftLine:
    return GiftLine(
        variant_id=variant,
        brand_id=brand,
        categories=category.split("/"),
        quantity=Quantity(quantity),
        list_amount=Money(amount) + Money(5),
        amount=Money(amount),
    )


ORDER = GiftFacts(
    order_id=UUID(int=99),
    channel_id=SHOP,
    customer_id=BUYER,
    buyer_rank="VIP",
    warehouse_id=HERE,
    placed_at=PAID - timedelta(hours=1),
    paid_at=PAID,
    now=PAID + timedelta(hours=1),
    total=Money(260),
    freight=Money(10),
    grams=1200,
    address="浙江省杭州市西湖区",
    message="请送小样",
    memo="AAA2支 谢谢",
    lines=[line(A, 3, "150", BRAND, "care/face"), line(B, 2, "100", category="food")],
)


def conditions(**changes: Any) -> GiftConditions:
    return GiftConditions(**{"gifts": [GiftChoice(PEN, Quantity(1))], **changes})


@pytest.mark.parametrize(
    ("changes", "multiple"),
    [
        ({}, 1),
        ({"channel_ids": [SHOP]}, 1),
        ({"channel_ids": [HERE]}, 0),
        ({"starts_at": PAID, "ends_at": PAID + timedelta(seconds=1)}, 1),
        ({"ends_at": PAID}, 0),
        ({"starts_at": PAID, "moment": GiftMoment.PLACED}, 0),
        ({"starts_at": PAID + timedelta(minutes=1), "moment": GiftMoment.NOW}, 1),
        ({"ranges": [GiftRange(M.QUANTITY, Decimal(5), Decimal(5))]}, 1),
        ({"ranges": [GiftRange(M.QUANTITY, Decimal(6))]}, 0),
        ({"ranges": [GiftRange(M.KINDS, None, Decimal(1))]}, 0),
        ({"ranges": [GiftRange(M.GOODS_AMOUNT, Decimal(260))]}, 1),
        ({"ranges": [GiftRange(M.PAYABLE, Decimal("250.01"))]}, 0),
        ({"ranges": [GiftRange(M.TOTAL, Decimal(260)), GiftRange(M.FREIGHT, Decimal(10), Decimal(10))]}, 1),
        ({"ranges": [GiftRange(M.WEIGHT, Decimal(1201))]}, 0),
        ({"memo_word": "AAA"}, 2),
        ({"memo_word": "BBB"}, 0),
        ({"memo_word": "谢谢"}, 1),
        ({"address_words": ["上海", "西湖"]}, 1),
        ({"address_words": ["上海"]}, 0),
        ({"message_words": ["小样"]}, 1),
        ({"message_words": ["样品"]}, 0),
        ({"buyer_ranks": ["GOLD", "VIP"]}, 1),
        ({"buyer_ranks": ["GOLD"]}, 0),
        # Goods of its own: two of A and at least one of the food; all goods, whatever the rule counts.
        ({"variant_ids": [A], "ranges": [GiftRange(M.QUANTITY, Decimal(2), None, GiftGoods(categories=["food"]))]}, 1),
        ({"variant_ids": [A], "ranges": [GiftRange(M.QUANTITY, Decimal(3), None, GiftGoods(categories=["food"]))]}, 0),
        ({"variant_ids": [B], "ranges": [GiftRange(M.KINDS, Decimal(2), None, GiftGoods())]}, 1),
        ({"variant_ids": [B], "steps": [GiftStep(M.PAYABLE, Decimal(50), GiftGoods(brand_ids=[BRAND]))]}, 3),
        ({"excluded_variant_ids": [A], "steps": [GiftStep(M.QUANTITY, Decimal(1), GiftGoods(variant_ids=[A, B]))]}, 2),
        # Only the goods of the brand, the category or the list count; the excluded never do.
        ({"brand_ids": [BRAND], "ranges": [GiftRange(M.PAYABLE, Decimal(151))]}, 0),
        ({"categories": ["care"], "ranges": [GiftRange(M.QUANTITY, Decimal(3), Decimal(3))]}, 1),
        ({"variant_ids": [B], "steps": [GiftStep(M.QUANTITY, Decimal(1))]}, 2),
        ({"excluded_variant_ids": [A], "ranges": [GiftRange(M.QUANTITY, None, Decimal(2))]}, 1),
        ({"excluded_variant_ids": [A, B]}, 0),
        # A gift for each full step, the least or the most of several, at most so many.
        ({"steps": [GiftStep(M.PAYABLE, Decimal(100))]}, 2),
        ({"steps": [GiftStep(M.PAYABLE, Decimal(251))]}, 0),
        ({"steps": [GiftStep(M.PAYABLE, Decimal(100)), GiftStep(M.QUANTITY, Decimal(1))]}, 2),
        (
            {
                "steps": [GiftStep(M.PAYABLE, Decimal(100)), GiftStep(M.QUANTITY, Decimal(1))],
                "multiple_by": MultipleBy.MOST,
            },
            5,
        ),
        ({"steps": [GiftStep(M.QUANTITY, Decimal(1))], "multiple_max": 3}, 3),
    ],
)
def test_when_a_rule_applies_and_how_often(changes: dict[str, Any], multiple: int) -> None:
    rule = conditions(**changes)
    found, problem = multiple_of(rule, ORDER)
    assert (found, bool(problem)) == (multiple, multiple == 0)
    assert multiple_of(read_conditions(rule.stored()), ORDER) == (found, problem)


def test_an_order_without_payment_is_in_no_window_of_payment() -> None:
    assert multiple_of(conditions(starts_at=PAID), replace(ORDER, paid_at=None)) == (0, "not paid yet")


def rule(number: int, group: str = "g", **changes: Any) -> KnownGiftRule:
    limits = {key: changes.pop(key) for key in ("total_max", "per_customer_max", "priority") if key in changes}
    known = {"id": UUID(int=number), "name": f"rule {number}", "group": group, "priority": 0} | limits
    return KnownGiftRule(**known, conditions=conditions(**changes))


def room(**stock: int) -> Room:
    return Room({({"pen": PEN, "cup": CUP}[name], HERE): Quantity(each) for name, each in stock.items()})


def given(rules: list[KnownGiftRule], here: Room) -> list[tuple[str, UUID, str]]:
    awards = decide_gifts(rules, ORDER, here).awards
    return [(each.rule.name, each.gift.variant_id, str(each.quantity)) for each in awards]


def test_of_each_group_the_highest_priority_that_applies() -> None:
    rules = [rule(1, priority=5), rule(2, priority=9, channel_ids=[HERE]), rule(3, priority=7), rule(4, "other")]
    decision = decide_gifts(rules, ORDER, room(pen=9))
    assert [each.rule.name for each in decision.awards] == ["rule 3", "rule 4"]
    assert [(each.rule, each.outcome, each.won) for each in decision.tried] == [
        ("g: rule 2", "not for this shop", False),
        ("g: rule 3", "gives 1", True),
        ("other: rule 4", "gives 1", True),
    ]
    assert decision.outcome == "rule 3 × 1, rule 4 × 1"


def test_the_first_gift_in_stock_and_else_the_next_rule() -> None:
    two = [GiftChoice(PEN, Quantity(2)), GiftChoice(CUP, Quantity(1))]
    assert given([rule(1, gifts=two)], room(pen=2, cup=9)) == [("rule 1", PEN, "2.0000")]
    assert given([rule(1, gifts=two)], room(pen=1, cup=9)) == [("rule 1", CUP, "1.0000")]
    assert given([rule(1, priority=1, gifts=two[:1]), rule(2)], room(pen=1)) == [("rule 2", PEN, "1.0000")]
    assert given([rule(1)], room()) == []


def test_gifts_are_tried_by_stock_or_by_lot_and_the_lot_is_drawn_once_for_an_order() -> None:
    two = [GiftChoice(PEN, Quantity(1)), GiftChoice(CUP, Quantity(1))]
    assert given([rule(1, gifts=two, pick=GiftPick.MOST_STOCK)], room(pen=2, cup=9)) == [("rule 1", CUP, "1.0000")]
    by_lot = rule(1, gifts=two, pick=GiftPick.RANDOM)
    drawn = [
        decide_gifts([by_lot], replace(ORDER, order_id=UUID(int=each)), room(pen=9, cup=9)) for each in range(1, 41)
    ]
    again = [
        decide_gifts([by_lot], replace(ORDER, order_id=UUID(int=each)), room(pen=9, cup=9)) for each in range(1, 41)
    ]
    assert drawn == again
    pens = [each for each in drawn if each.awards[0].gift.variant_id == PEN]
    assert 10 < len(pens) < 30
    assert pens[0].tried[0].outcome == "gives 1, gift 1 of 2 (drawn by the number of the order)"
    # Whatever was drawn, what is not in stock is not given.
    for each in range(1, 41):
        (only,) = decide_gifts([by_lot], replace(ORDER, order_id=UUID(int=each)), room(cup=9)).awards
        assert only.gift.variant_id == CUP


def test_what_older_rules_do_not_say_does_not_matter() -> None:
    stored = conditions(ranges=[GiftRange(M.QUANTITY, Decimal(1))], steps=[GiftStep(M.QUANTITY, Decimal(2))]).stored()
    older = {key: value for key, value in stored.items() if key not in ("pick", "buyer_ranks")}
    older |= {"ranges": [each[:3] for each in stored["ranges"]], "steps": [each[:2] for each in stored["steps"]]}
    assert read_conditions(older) == read_conditions(stored)


def test_two_rules_do_not_give_the_same_piece() -> None:
    assert len(given([rule(1, "a"), rule(2, "b")], room(pen=1))) == 1


def test_limits_in_total_and_per_customer() -> None:
    here = room(pen=9)
    here.sends, here.of_customers = {UUID(int=1): 2}, {(UUID(int=2), BUYER): 1}
    rules = [rule(1, total_max=2, priority=3), rule(2, per_customer_max=1, priority=2), rule(3)]
    decision = decide_gifts(rules, ORDER, here)
    assert [each.outcome for each in decision.tried] == [
        "given 2 times, that is all there are",
        "this buyer got it 1 times already",
        "gives 1",
    ]
    nobody = decide_gifts([rule(2, per_customer_max=1)], replace(ORDER, customer_id=None), room(pen=9))
    assert nobody.tried[0].outcome == "limited per customer, and this buyer is not known"


def test_what_one_order_gets_is_not_there_for_the_next() -> None:
    here, only = room(pen=5), [rule(1, total_max=1)]
    assert len(decide_gifts(only, ORDER, here).awards) == 1
    assert decide_gifts(only, ORDER, here).awards == ()
    assert (here.sends[UUID(int=1)], here.free[PEN, HERE]) == (1, Quantity(4))
