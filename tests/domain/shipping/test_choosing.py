"""Courier choice: one table of cases per step, decided from facts alone."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.kernel import Money
from domain.shipping import (
    CarrierTerms,
    FreightTier,
    KnownCarrier,
    KnownRule,
    ParcelFacts,
    Place,
    Preference,
    Rulebook,
    Tariff,
    carrier_for,
)

SHOP, HERE, ELSEWHERE = UUID(int=1), UUID(int=2), UUID(int=3)
HANGZHOU = ("330000", "330100", "330106")


def carrier(code: str, **changes: object) -> KnownCarrier:
    return KnownCarrier(code=code, **changes)  # type: ignore[arg-type] — It is what the test says.


def book(
    *rules: KnownRule, carriers: tuple[KnownCarrier, ...] = (), preferences: tuple[Preference, ...] = ()
) -> Rulebook:
    known = carriers or tuple(carrier(each) for each in ("SF", "ZTO", "YTO", "EMS"))
    return Rulebook({each.code: each for each in known}, rules, preferences)


PARCEL = ParcelFacts(
    channel_id=SHOP,
    warehouse_id=HERE,
    path=HANGZHOU,
    address="浙江省杭州市西湖区文三路1号",
    cash_on_delivery=False,
    paid=Money(100),
    grams=1500,
    memo="",
)


def rule(code: str, place: Place | None = None, **terms: object) -> KnownRule:
    made = CarrierTerms(**terms)  # type: ignore[arg-type] — It is what the test says.
    return KnownRule(carrier_code=code, place=place or Place(), terms=made)


def chosen(found: Rulebook, **changes: object) -> str | None:
    return carrier_for(found, replace(PARCEL, **changes)).carrier_code  # type: ignore[arg-type] — As above.


def test_without_rules_the_first_in_order_takes_it() -> None:
    choice = carrier_for(book(), PARCEL)
    assert (choice.carrier_code, choice.outcome) == ("SF", "SF: the first in order")


def test_one_that_is_not_automatic_is_passed_over() -> None:
    assert chosen(book(carriers=(carrier("OTHER", automatic=False), carrier("ZTO")))) == "ZTO"


@pytest.mark.parametrize(
    ("places", "winner"),
    [
        ([Place(), Place(area="330000")], 1),
        ([Place(area="330106"), Place(area="330100")], 0),
        ([Place(area="330106"), Place(channel_id=SHOP)], 1),
        ([Place(area="330106"), Place(warehouse_id=HERE)], 1),
        ([Place(warehouse_id=ELSEWHERE), Place()], 1),
        ([Place(channel_id=ELSEWHERE, area="330106"), Place(area="330000")], 1),
        ([Place(channel_id=SHOP), Place(channel_id=SHOP, area="330000")], 1),
        ([Place(area="440000"), Place()], 1),
    ],
)
def test_the_rule_of_the_shop_or_warehouse_then_of_the_smallest_area(places: list[Place], winner: int) -> None:
    codes = ("ZTO", "YTO")
    assert chosen(book(*(rule(code, place) for code, place in zip(codes, places, strict=True)))) == codes[winner]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ({}, "ZTO"),
        ({"ZTO": "文三路"}, "YTO"),
        ({"ZTO": "文三路", "YTO": "西湖"}, "EMS"),
        ({"ZTO": "文三路", "YTO": "西湖", "EMS": "1号"}, "SF"),
        (dict.fromkeys(("SF", "ZTO", "YTO", "EMS"), "浙江"), None),
    ],
)
def test_who_does_not_go_there_falls_back(words: dict[str, str], expected: str | None) -> None:
    known = tuple(carrier(each, unreached_words=[words.get(each, "")]) for each in ("SF", "ZTO", "YTO", "EMS"))
    assert chosen(book(rule("ZTO", fallbacks=["YTO", "EMS"]), carriers=known)) == expected


def test_a_rule_may_have_words_of_its_own() -> None:
    assert chosen(book(rule("ZTO", fallbacks=["YTO"], unreached_words=["文三路"]))) == "YTO"


def test_a_carrier_goes_only_to_its_areas() -> None:
    known = (carrier("SF", areas=frozenset({"440000"})), carrier("ZTO", areas=frozenset({"330100"})))
    assert chosen(book(carriers=known)) == "ZTO"
    assert chosen(book(carriers=known), path=()) == "SF"
    assert "does not go to 西湖区" in carrier_for(book(carriers=known), PARCEL).tried[0].outcome


@pytest.mark.parametrize(("paid", "expected"), [("49.99", "ZTO"), ("50", "YTO"), ("199.99", "YTO"), ("200", "SF")])
def test_what_was_paid_well_for(paid: str, expected: str) -> None:
    amounts = [(Money(50), "YTO"), (Money(200), "SF")]
    assert chosen(book(rule("ZTO", from_amounts=amounts)), paid=Money(paid)) == expected


@pytest.mark.parametrize(("grams", "expected"), [(500, "YTO"), (501, "EMS"), (2000, "EMS"), (2001, "ZTO")])
def test_what_is_light(grams: int, expected: str) -> None:
    assert chosen(book(rule("ZTO", up_to_grams=[(2000, "EMS"), (500, "YTO")])), grams=grams) == expected


def test_the_amount_goes_before_the_weight_and_a_word_excludes_the_weight() -> None:
    both = rule("ZTO", from_amounts=[(Money(50), "SF")], up_to_grams=[(9000, "YTO")], not_by_weight=["文三路"])
    assert chosen(book(both)) == "SF"
    assert chosen(book(both), paid=Money(1)) == "ZTO"


def test_the_shop_insists_and_the_memo_goes_before_it() -> None:
    fixed = Preference(place=Place(channel_id=SHOP), fixed_code="EMS")
    known = tuple(carrier(each, memo_words=[f"发{each}"]) for each in ("SF", "ZTO", "EMS"))
    found = book(rule("ZTO"), carriers=known, preferences=(fixed,))
    assert (chosen(found), chosen(found, memo="请发ZTO谢谢")) == ("EMS", "ZTO")
    assert chosen(found, channel_id=uuid4()) == "ZTO"


def test_cash_on_delivery() -> None:
    known = (carrier("SF"), carrier("EMS", cash_on_delivery=True), carrier("JD", cash_on_delivery=True))
    shop = Preference(place=Place(channel_id=SHOP), fixed_code="SF", cash_on_delivery_code="EMS")
    warehouse = Preference(place=Place(warehouse_id=HERE), cash_on_delivery_code="JD")
    assert chosen(book(rule("SF"), carriers=known), cash_on_delivery=True) == "EMS"
    assert chosen(book(carriers=known, preferences=(shop,)), cash_on_delivery=True) == "EMS"
    assert chosen(book(carriers=known, preferences=(shop, warehouse)), cash_on_delivery=True) == "JD"
    assert chosen(book(carriers=(carrier("SF"),)), cash_on_delivery=True) is None


def test_each_step_is_explained() -> None:
    known = (carrier("SF"), carrier("EMS", cash_on_delivery=True, unreached_words=["文三路"]))
    choice = carrier_for(book(carriers=known), replace(PARCEL, cash_on_delivery=True))
    assert [(each.outcome, each.won) for each in choice.tried] == [
        ("SF takes no cash on delivery", False),
        ("EMS does not go to 文三路", False),
    ]
    assert choice.outcome == "no carrier goes there"


def test_the_cheapest_from_a_warehouse() -> None:
    def tariff(price: str) -> Tariff:
        return Tariff(
            first_grams=1000,
            first_price=Money(price),
            tiers=[FreightTier(up_to_grams=None, unit_grams=1000, price=Money(1))],
        )

    tariffs = [
        ("SF", Place(), tariff("12")),
        ("ZTO", Place(warehouse_id=HERE), tariff("5")),
        ("SF", Place(area="330000"), tariff("7")),
    ]
    found = Rulebook({each: carrier(each) for each in ("SF", "ZTO")}, tariffs=tariffs)
    assert found.cheapest(SHOP, HERE, HANGZHOU, 1500) == Money(6)
    assert found.cheapest(SHOP, ELSEWHERE, HANGZHOU, 1500) == Money(8)
    assert book().cheapest(SHOP, HERE, HANGZHOU, 1500) is None
