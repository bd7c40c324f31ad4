"""The reasons to wait, as one table (异常原因总表): what decides each, and who may release it by hand.

A hold goes by itself when what decides it no longer says so. Releasing one by hand needs its own permission,
`orders.release_hold_<reason>`, beside that of the action.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from domain.kernel import right
from domain.orders.models import HoldReason


class Decider(StrEnum):
    """Where the facts come from that open and end a hold."""

    TRADE = "TRADE"
    STOCK = "STOCK"
    CHECK = "CHECK"
    CHANGE = "CHANGE"
    ELSEWHERE = "ELSEWHERE"
    PERSON = "PERSON"


class HoldRule(NamedTuple):
    """What decides a reason; `by_hand` is false where letting the order go would promise what is not there."""

    decided_by: Decider
    by_hand: bool = True


R = HoldReason

HOLD_RULES: Mapping[HoldReason, HoldRule] = {
    # What the platform last said: settled by each version of the trade.
    R.ADDRESS_INCOMPLETE: HoldRule(Decider.TRADE),
    R.AMOUNT_MISMATCH: HoldRule(Decider.TRADE),
    R.ODD_QUANTITY: HoldRule(Decider.TRADE),
    R.REFUND_REQUESTED: HoldRule(Decider.TRADE),
    R.PRESCRIPTION_PENDING: HoldRule(Decider.TRADE),
    R.DEPOSIT_UNPAID: HoldRule(Decider.TRADE),
    # What the catalogue and the stock have: they alone end it.
    R.UNMATCHED_GOODS: HoldRule(Decider.STOCK, by_hand=False),
    R.SHORTAGE: HoldRule(Decider.STOCK, by_hand=False),
    # What the company's own settings say: settled at intake and by the clock, see `checking`.
    R.BLACKLISTED: HoldRule(Decider.CHECK),
    R.BUNDLE_INCOMPLETE: HoldRule(Decider.CHECK),
    R.PRICE_BELOW_FLOOR: HoldRule(Decider.CHECK),
    R.AMOUNT_UNUSUAL: HoldRule(Decider.CHECK),
    R.SAME_BUYER: HoldRule(Decider.CHECK),
    R.BUYER_MESSAGE: HoldRule(Decider.CHECK),
    R.SELLER_MEMO: HoldRule(Decider.CHECK),
    R.UNMERGED_SIBLINGS: HoldRule(Decider.CHECK),
    R.FUNDS_SHORT: HoldRule(Decider.CHECK),
    R.PART_PAID: HoldRule(Decider.CHECK),
    # What happened once and a person must have seen.
    R.CHANGED_ON_PLATFORM: HoldRule(Decider.CHANGE),
    R.CANCELLED_ON_PLATFORM: HoldRule(Decider.CHANGE),
    R.PAID_AFTER_CANCELLATION: HoldRule(Decider.CHANGE),
    # What other parts of the house say, through `settle_hold`.
    R.ADDRESS_UNREACHABLE: HoldRule(Decider.ELSEWHERE),
    R.WAYBILL_FAILED: HoldRule(Decider.ELSEWHERE),
    R.SHORT_PICKED: HoldRule(Decider.ELSEWHERE),
    R.AWAITING_RETURN: HoldRule(Decider.ELSEWHERE),
    R.PAUSED_BY_HAND: HoldRule(Decider.PERSON),
}


def _decided_by(*deciders: Decider) -> frozenset[HoldReason]:
    return frozenset(reason for reason, rule in HOLD_RULES.items() if rule.decided_by in deciders)


DECIDED_BY_FACTS = _decided_by(Decider.TRADE, Decider.STOCK)
"""What a version of a trade settles: these come and go with what the platform and the stock say."""

DECIDED_BY_CHECKS = _decided_by(Decider.CHECK)

RELEASED_BY: Mapping[HoldReason, str] = {
    reason: right(f"orders.release_hold_{reason.value.lower()}") for reason, rule in HOLD_RULES.items() if rule.by_hand
}
"""Who may release each by hand."""
