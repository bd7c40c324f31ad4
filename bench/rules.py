"""A company that decides by rules (规则齐备的公司): carriers by area, gifts, limits, a blacklist, automatic review."""

import re
from uuid import UUID

from sqlalchemy import select

from bench.company import BenchCompany
from domain import kernel, orders, promotions, shipping
from domain.catalogue import Variant
from domain.kernel import Money, Quantity, Rate
from domain.orders import Conditions, PolicyRules
from domain.promotions import GiftChoice, GiftConditions, GiftMeasure, GiftRange, GiftStep

PROVINCES = [
    f"{number}0000"
    for number in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66))
]
BLACKLISTED = 200
CARRIER, OTHER = "ZTO", "SF"
TERMS = shipping.CarrierTerms(
    fallbacks=[OTHER],
    unreached_words=["牧场", "林场"],
    from_amounts=[(Money(1_000), OTHER)],
    up_to_grams=[(500, CARRIER)],
)
POLICY = PolicyRules(
    amount_min=Money(1),
    amount_max=Money(100_000),
    same_buyer_orders=10,
    holds_messages=True,
    holds_memos=True,
    harmless_words=("尽快", "谢谢"),
    holds_siblings=True,
    finance_above_amount=Money(5_000),
)
REVIEWED = Conditions(
    no_message=True,
    no_memo=True,
    above_floor=True,
    margin_min=Rate("0"),
    courier_chosen=True,
    no_siblings=True,
    remote_areas=("墨脱", "三沙"),
    amount_max=Money(5_000),
)
PHONE, MEMBER = b"13812345678", re.compile(rb'"member_id": "m\d+"')


async def rules_of(company: BenchCompany) -> None:
    """Define the rules as staff do."""
    async with kernel.begin(company.sessions, kernel.system("bench")) as work:
        skus = company.skus[:5]
        rows = await work.rows(select(Variant.id).where(Variant.sku.in_(skus)).order_by(Variant.sku))
        for area in (None, *PROVINCES):
            await shipping.define_carrier_rule(work, shipping.DefinedRule(carrier_code=CARRIER, terms=TERMS, area=area))
        for place, row in enumerate(rows):
            await promotions.define_gift_rule(work, _gift(place, row.id))
        await orders.set_order_policy(work, POLICY)
        for number in range(BLACKLISTED):
            entry = orders.NewBlacklistEntry(reason="never paid", phone=f"{13900000000 + number}")
            await orders.add_to_blacklist(work, entry)
        rule = await orders.define_review_rule(work, orders.RuleGiven(name="plain", priority=1, conditions=REVIEWED))
        await orders.enable_review_rule(work, rule.id)


def _gift(place: int, variant_id: UUID) -> promotions.DefinedGiftRule:
    """Two groups of rules, of which the first that applies gives: one that counts and is limited, and others."""
    return promotions.DefinedGiftRule(
        name=f"gift {place}",
        group="ab"[place % 2],
        priority=place,
        per_customer_max=1 if place == 4 else None,
        conditions=GiftConditions(
            gifts=[GiftChoice(variant_id, Quantity(1))],
            ranges=[GiftRange(GiftMeasure.PAYABLE, at_least=Money(20 + place).value)],
            steps=[GiftStep(GiftMeasure.PAYABLE, Money(30).value)] if place % 2 else [],
        ),
    )


def of_one_buyer(told: bytes, number: int) -> bytes:
    """Let an order be of a buyer who has no other one."""
    phone, member = str(15_000_000_000 + number).encode(), f'"member_id": "n{number}"'.encode()
    return MEMBER.sub(member, told.replace(PHONE, phone))
