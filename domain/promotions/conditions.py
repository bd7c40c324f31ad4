"""Conditions of gift rules (赠品条件): typed, all of them must hold; and how many times a gift is given."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.kernel import Money, Quantity


class GiftMeasure(StrEnum):
    """What of an order is measured; the first four of the goods that count, the others of the whole order."""

    QUANTITY = "QUANTITY"
    KINDS = "KINDS"
    GOODS_AMOUNT = "GOODS_AMOUNT"
    PAYABLE = "PAYABLE"
    TOTAL = "TOTAL"
    FREIGHT = "FREIGHT"
    WEIGHT = "WEIGHT"


class GiftMoment(StrEnum):
    """Which moment of an order must lie in the window of a rule."""

    PAID = "PAID"
    PLACED = "PLACED"
    NOW = "NOW"


class MultipleBy(StrEnum):
    """Which of several multiples counts."""

    LEAST = "LEAST"
    MOST = "MOST"


class GiftPick(StrEnum):
    """In which turn the gifts of a rule are tried; the first that is in stock is given."""

    LISTED = "LISTED"
    MOST_STOCK = "MOST_STOCK"
    RANDOM = "RANDOM"


@dataclass(frozen=True, slots=True)
class GiftGoods:
    """Which goods are measured: of these brands, categories or articles; where none is named, all."""

    brand_ids: Sequence[UUID] = ()
    categories: Sequence[str] = ()
    variant_ids: Sequence[UUID] = ()

    def has(self, line: "GiftLine") -> bool:
        """Whether a line is of these goods."""
        if not (self.brand_ids or self.categories or self.variant_ids):
            return True
        of_category = not set(self.categories).isdisjoint(line.categories)
        return line.brand_id in self.brand_ids or line.variant_id in self.variant_ids or of_category


@dataclass(frozen=True, slots=True)
class GiftRange:
    """A measure must lie in a range, both ends included; of the goods of the rule, or of goods of its own."""

    measure: GiftMeasure
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    goods: GiftGoods | None = None


@dataclass(frozen=True, slots=True)
class GiftStep:
    """A gift for each full step of a measure; of the goods of the rule, or of goods of its own."""

    measure: GiftMeasure
    step: Decimal
    goods: GiftGoods | None = None


@dataclass(frozen=True, slots=True)
class GiftChoice:
    """A gift that may be given: the first of a rule that is in stock is, in the turn of the rule."""

    variant_id: UUID
    quantity: Quantity


@dataclass(frozen=True, kw_only=True)
class GiftConditions:
    """When a rule applies, how often, and what it gives; what is None or empty does not matter."""

    gifts: Sequence[GiftChoice]
    pick: GiftPick = GiftPick.LISTED
    moment: GiftMoment = GiftMoment.PAID
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    channel_ids: Sequence[UUID] = ()
    brand_ids: Sequence[UUID] = ()
    categories: Sequence[str] = ()
    variant_ids: Sequence[UUID] = ()
    excluded_variant_ids: Sequence[UUID] = ()
    buyer_ranks: Sequence[str] = ()
    ranges: Sequence[GiftRange] = ()
    address_words: Sequence[str] = ()
    message_words: Sequence[str] = ()
    memo_word: str | None = None
    steps: Sequence[GiftStep] = ()
    multiple_by: MultipleBy = MultipleBy.LEAST
    multiple_max: int | None = None

    def stored(self) -> dict[str, Any]:
        """Write it down as JSON with exact numbers."""
        return {
            "gifts": [[str(each.variant_id), str(each.quantity)] for each in self.gifts],
            "pick": self.pick.value,
            "moment": self.moment.value,
            "starts_at": self.starts_at.isoformat() if self.starts_at else None,
            "ends_at": self.ends_at.isoformat() if self.ends_at else None,
            **{name: [str(each) for each in getattr(self, name)] for name in (*IDS, *WORDS)},
            "ranges": [
                [each.measure.value, _text(each.at_least), _text(each.at_most), _stored_goods(each.goods)]
                for each in self.ranges
            ],
            "memo_word": self.memo_word,
            "steps": [[each.measure.value, str(each.step), _stored_goods(each.goods)] for each in self.steps],
            "multiple_by": self.multiple_by.value,
            "multiple_max": self.multiple_max,
        }


IDS = ("channel_ids", "brand_ids", "variant_ids", "excluded_variant_ids")
WORDS = ("categories", "address_words", "message_words", "buyer_ranks")


def read_conditions(stored: Mapping[str, Any]) -> GiftConditions:
    """Read back what `stored` wrote; what older rules do not say does not matter."""
    lists: dict[str, Any] = {name: [UUID(each) for each in stored[name]] for name in IDS}
    lists |= {name: stored.get(name, []) for name in WORDS}
    return GiftConditions(
        gifts=[GiftChoice(UUID(variant), Quantity(quantity)) for variant, quantity in stored["gifts"]],
        pick=GiftPick(stored.get("pick", GiftPick.LISTED)),
        moment=GiftMoment(stored["moment"]),
        starts_at=_moment(stored["starts_at"]),
        ends_at=_moment(stored["ends_at"]),
        ranges=[
            GiftRange(GiftMeasure(name), _number(low), _number(high), *map(_read_goods, goods))
            for name, low, high, *goods in stored["ranges"]
        ],
        memo_word=stored["memo_word"],
        steps=[
            GiftStep(GiftMeasure(name), Decimal(step), *map(_read_goods, goods))
            for name, step, *goods in stored["steps"]
        ],
        multiple_by=MultipleBy(stored["multiple_by"]),
        multiple_max=stored["multiple_max"],
        **lists,
    )


def _stored_goods(goods: GiftGoods | None) -> list[list[str]] | None:
    if goods is None:
        return None
    return [[str(each) for each in named] for named in (goods.brand_ids, goods.categories, goods.variant_ids)]


def _read_goods(stored: Sequence[Sequence[str]] | None) -> GiftGoods | None:
    if stored is None:
        return None
    brands, categories, variants = stored
    return GiftGoods([UUID(each) for each in brands], list(categories), [UUID(each) for each in variants])


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class GiftLine:
    """A line of an order as rules see it; `categories` are the codes from the root to its own."""

    variant_id: UUID
    brand_id: UUID | None
    categories: Sequence[str]
    quantity: Quantity
    list_amount: Money
    amount: Money


@dataclass(frozen=True, kw_only=True)
class GiftFacts:
    """What decides about the gifts of an order; suites count once, as the line they are."""

    order_id: UUID
    channel_id: UUID
    customer_id: UUID | None
    buyer_rank: str | None
    warehouse_id: UUID
    placed_at: datetime
    paid_at: datetime | None
    now: datetime
    total: Money
    freight: Money
    grams: int
    address: str
    message: str
    memo: str
    lines: Sequence[GiftLine]


def multiple_of(rule: GiftConditions, order: GiftFacts) -> tuple[int, str]:
    """Say how often a rule gives its gift to an order, and if not at all, why."""
    problem = _outside(rule, order) or _unsaid(rule, order)
    if problem:
        return 0, problem
    if not any(_counts(rule, each) for each in order.lines):
        return 0, "none of its goods count"
    for each in rule.ranges:
        value = measured(rule, each, order)
        if (each.at_least is not None and value < each.at_least) or (each.at_most is not None and value > each.at_most):
            what = each.measure.value if each.goods is None else f"{each.measure.value} of its own goods"
            return 0, f"{what} {value.normalize() + 0:f} is not {_span(each)}"
    multiples = [int(measured(rule, each, order) // each.step) for each in rule.steps]
    if rule.memo_word:
        multiples.append(_in_memo(rule.memo_word, order.memo))
    choose = min if rule.multiple_by is MultipleBy.LEAST else max
    multiple = choose(multiples, default=1)
    if rule.multiple_max is not None:
        multiple = min(multiple, rule.multiple_max)
    return multiple, "" if multiple > 0 else "no full step is reached"


def measured(rule: GiftConditions, wanted: GiftRange | GiftStep, order: GiftFacts) -> Decimal:
    """Measure the goods that count, goods of its own, or the whole order."""
    whole = {
        GiftMeasure.TOTAL: order.total.value,
        GiftMeasure.FREIGHT: order.freight.value,
        GiftMeasure.WEIGHT: Decimal(order.grams),
    }
    if wanted.measure in whole:
        return whole[wanted.measure]
    lines = [each for each in order.lines if _counts(rule, each, wanted.goods)]
    if wanted.measure is GiftMeasure.QUANTITY:
        return Quantity.total(each.quantity for each in lines).value
    if wanted.measure is GiftMeasure.KINDS:
        return Decimal(len({each.variant_id for each in lines}))
    goods = wanted.measure is GiftMeasure.GOODS_AMOUNT
    return Money.total(each.list_amount if goods else each.amount for each in lines).value


def _outside(rule: GiftConditions, order: GiftFacts) -> str:
    """Say that an order is of another shop, buyer or time."""
    if rule.channel_ids and order.channel_id not in rule.channel_ids:
        return "not for this shop"
    if rule.buyer_ranks and order.buyer_rank not in rule.buyer_ranks:
        return f"not for buyers of rank {order.buyer_rank}" if order.buyer_rank else "the buyer has no rank"
    moments = {GiftMoment.PAID: order.paid_at, GiftMoment.PLACED: order.placed_at, GiftMoment.NOW: order.now}
    moment = moments[rule.moment]
    if rule.starts_at is None and rule.ends_at is None:
        return ""
    if moment is None:
        return "not paid yet"
    if rule.starts_at is not None and moment < rule.starts_at:
        return f"before it begins: {rule.moment.value}"
    return f"after it ended: {rule.moment.value}" if rule.ends_at is not None and moment >= rule.ends_at else ""


def _unsaid(rule: GiftConditions, order: GiftFacts) -> str:
    """Say which words are missing."""
    said = ((rule.address_words, order.address, "address"), (rule.message_words, order.message, "buyer's message"))
    for words, text, what in said:
        if words and not any(each in text for each in words):
            return f"none of its words is in the {what}"
    return f"{rule.memo_word} is not in the memo" if rule.memo_word and rule.memo_word not in order.memo else ""


def _counts(rule: GiftConditions, line: GiftLine, goods: GiftGoods | None = None) -> bool:
    """Whether a line counts for a rule, or for goods of a condition's own; the excluded never do."""
    of_rule = GiftGoods(rule.brand_ids, rule.categories, rule.variant_ids)
    return line.variant_id not in rule.excluded_variant_ids and (goods or of_rule).has(line)


def _in_memo(word: str, memo: str) -> int:
    """Read how many the memo wants: `AAA2支` is two of AAA, `AAA` is one."""
    found = re.search(re.escape(word) + r"\s*(\d{1,4})", memo)
    return int(found[1]) if found else 1


def _span(given: GiftRange) -> str:
    low = f"at least {given.at_least}" if given.at_least is not None else ""
    high = f"at most {given.at_most}" if given.at_most is not None else ""
    return " and ".join(each for each in (low, high) if each)
