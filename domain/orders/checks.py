"""The checks (订单校验): why an order waits by the company's own settings, decided from facts alone.

What a check finds ends with its cause: when the settings, the blacklist, the prices or the order change.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.kernel import Money, UnitPrice
from domain.orders.holds import EVIDENCE_LENGTH_MAX, Holds, listed
from domain.orders.lifecycle import OrderStatus
from domain.orders.models import HoldReason
from domain.orders.policies import PolicyRules


@dataclass(frozen=True, kw_only=True)
class PricedLine:
    """A line with what one unit must bring at least, if anything."""

    title: str
    unit_price: UnitPrice
    floor: UnitPrice | None = None

    @property
    def below(self) -> bool:
        return self.floor is not None and self.unit_price < self.floor


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the checks look at in one order."""

    currency: str
    total_amount: Money
    buyer_message: str | None = None
    seller_memo: str | None = None
    seller_flag: int | None = None
    lines: Sequence[PricedLine] = ()
    blacklisted: Sequence[str] = ()
    same_day: int = 1
    siblings: Sequence[str] = ()
    funds_short: str = ""
    rest_due: str = ""
    not_for_sale: Sequence[str] = ()


def reasons_against(facts: Facts, policy: PolicyRules) -> Holds:
    """List the reasons why an order waits by these settings, each with its evidence."""
    found: Mapping[HoldReason, str] = {
        HoldReason.BLACKLISTED: listed("blacklisted:", facts.blacklisted),
        HoldReason.BUNDLE_INCOMPLETE: listed("not for sale any more:", facts.not_for_sale),
        HoldReason.PRICE_BELOW_FLOOR: listed("below the floor:", below_floor(facts.lines)),
        HoldReason.AMOUNT_UNUSUAL: unusual_amount(facts, policy),
        HoldReason.SAME_BUYER: _same_buyer(facts, policy),
        HoldReason.BUYER_MESSAGE: _message(facts, policy),
        HoldReason.SELLER_MEMO: _memo(facts, policy),
        HoldReason.FUNDS_SHORT: facts.funds_short,
        HoldReason.PART_PAID: facts.rest_due,
        HoldReason.UNMERGED_SIBLINGS: listed("could go with", facts.siblings) if policy.holds_siblings else "",
    }
    return {reason: evidence[:EVIDENCE_LENGTH_MAX] for reason, evidence in found.items() if evidence}


def rest_due(head: Mapping[str, Any]) -> str:
    """Say how much of an order that went to review is paid, if less than is due; not of what is paid otherwise."""
    otherwise = head["cash_on_delivery"] or head["on_account"] or head["status"] is OrderStatus.AWAITING_PAYMENT
    if otherwise or head["paid_amount"] >= head["total_amount"]:
        return ""
    return f"{head['paid_amount']} of {head['total_amount']} is paid"


def below_floor(lines: Sequence[PricedLine]) -> list[str]:
    return [f"{each.title} at {each.unit_price}, floor {each.floor}" for each in lines if each.below]


def unusual_amount(facts: Facts, policy: PolicyRules) -> str:
    """Say that a total is beyond what is usual; one in another currency is not measured."""
    if facts.currency != policy.currency:
        return ""
    if policy.amount_max is not None and facts.total_amount > policy.amount_max:
        return f"{facts.total_amount} is more than {policy.amount_max}"
    if policy.amount_min is not None and facts.total_amount < policy.amount_min:
        return f"{facts.total_amount} is less than {policy.amount_min}"
    return ""


def only_words(text: str | None, words: Sequence[str]) -> bool:
    """Whether a text says nothing but these words: what is left without them is space and punctuation."""
    rest = unicodedata.normalize("NFKC", text or "").casefold()
    for word in sorted(
        (unicodedata.normalize("NFKC", each).casefold().strip() for each in words), key=len, reverse=True
    ):
        rest = rest.replace(word, " ")
    return not any(each.isalnum() or unicodedata.category(each).startswith("S") for each in rest)


def _same_buyer(facts: Facts, policy: PolicyRules) -> str:
    limit = policy.same_buyer_orders
    if limit is None or facts.same_day < limit:
        return ""
    return f"{facts.same_day} orders of one buyer in one shop and district on one day"


def _message(facts: Facts, policy: PolicyRules) -> str:
    said = facts.buyer_message or ""
    return f"the buyer says: {said}" if policy.holds_messages and not only_words(said, policy.harmless_words) else ""


def _memo(facts: Facts, policy: PolicyRules) -> str:
    memo = facts.seller_memo or ""
    if policy.holds_memos and not only_words(memo, policy.harmless_words):
        return f"the memo says: {memo}"
    return f"the flag is {facts.seller_flag}" if facts.seller_flag in policy.held_flags else ""
