"""The conditions of automatic review (自动审单条件): pure, from the facts of an order to what fails.

Some always hold, whatever a rule says: nothing is approved unpaid, on hold, unmatched, without its stock, taken by a
person, or once a person sent it back. What the clock is about to merge waits for it unless the rule says otherwise. The
others a rule asks for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from domain.kernel import Money, Rate
from domain.orders.checks import only_words
from domain.orders.holds import EVIDENCE_LENGTH_MAX, listed
from domain.orders.models import HoldReason


class ReviewCondition(StrEnum):
    """What must hold for a rule to approve an order."""

    PAID = "PAID"
    PAID_LONG_ENOUGH = "PAID_LONG_ENOUGH"
    NO_HOLD = "NO_HOLD"
    GOODS_MATCHED = "GOODS_MATCHED"
    STOCK_CLAIMED = "STOCK_CLAIMED"
    NOT_SENT_BACK = "NOT_SENT_BACK"
    NOT_TAKEN = "NOT_TAKEN"
    ADDRESS = "ADDRESS"
    PRESCRIPTION = "PRESCRIPTION"
    NOT_BLACKLISTED = "NOT_BLACKLISTED"
    WAREHOUSE_CHOSEN = "WAREHOUSE_CHOSEN"
    COURIER_CHOSEN = "COURIER_CHOSEN"
    NO_MESSAGE = "NO_MESSAGE"
    NO_MEMO = "NO_MEMO"
    FLAG = "FLAG"
    AMOUNT = "AMOUNT"
    ABOVE_FLOOR = "ABOVE_FLOOR"
    MARGIN = "MARGIN"
    NOT_REMOTE = "NOT_REMOTE"
    NO_SIBLINGS = "NO_SIBLINGS"
    NOT_TO_MERGE = "NOT_TO_MERGE"
    CHANNEL = "CHANNEL"
    CATEGORY = "CATEGORY"


@dataclass(frozen=True, kw_only=True)
class Conditions:
    """What a rule asks for beside what always holds; what is None, false or empty does not matter."""

    waited_minutes: int = 0
    allows_cash_on_delivery: bool = False
    no_message: bool = False
    no_memo: bool = False
    harmless_words: tuple[str, ...] = ()
    flags: tuple[int, ...] | None = None
    currency: str = "CNY"
    amount_min: Money | None = None
    amount_max: Money | None = None
    above_floor: bool = False
    margin_min: Rate | None = None
    remote_areas: tuple[str, ...] = ()
    courier_chosen: bool = False
    no_siblings: bool = False
    before_merging: bool = False
    channel_ids: tuple[UUID, ...] | None = None
    category_ids: tuple[UUID, ...] | None = None

    def stored(self) -> dict[str, Any]:
        """Write it as the table keeps it."""
        return {each.name: _plain(getattr(self, each.name)) for each in fields(self)}

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "Conditions":
        """Read it back; what a rule of an earlier day does not say does not matter."""
        kinds: Mapping[str, Callable[[Any], Any]] = {
            "amount_min": Money, "amount_max": Money, "margin_min": Rate,
            "harmless_words": tuple, "flags": tuple, "remote_areas": tuple, "channel_ids": _ids, "category_ids": _ids,
        }  # fmt: skip
        known = {each.name for each in fields(cls)}
        given = {key: value for key, value in stored.items() if key in known and value is not None}
        return cls(**{key: kinds.get(key, _same)(value) for key, value in given.items()})


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _ids(values: Sequence[str]) -> tuple[UUID, ...]:
    return tuple(UUID(each) for each in values)


def _same(value: Any) -> Any:
    return value


@dataclass(frozen=True, kw_only=True)
class ReviewFacts:
    """What is known of an order that is judged."""

    channel_id: UUID
    currency: str
    total_amount: Money
    paid: bool
    paid_at: datetime | None
    cash_on_delivery: bool = False
    holds: Mapping[HoldReason, str]
    unmatched: Sequence[str] = ()
    unclaimed: Sequence[str] = ()
    anything_open: bool = True
    sent_back: bool = False
    taken_by: str | None = None
    missing: str = ""
    address: str = ""
    blacklisted: Sequence[str] = ()
    warehouse_id: UUID | None = None
    carrier_code: str | None = None
    buyer_message: str | None = None
    seller_memo: str | None = None
    seller_flag: int | None = None
    below_floor: Sequence[str] = ()
    margin: Decimal | None = None
    siblings: Sequence[str] = ()
    to_merge: Sequence[str] = ()
    categories: Sequence[frozenset[UUID]] = ()
    delay_minutes: int = 0


class Failure(NamedTuple):
    """A condition that does not hold, and by what."""

    condition: ReviewCondition
    evidence: str


def failures(conditions: Conditions, facts: ReviewFacts, now: datetime) -> list[Failure]:
    """List what keeps a rule from approving an order, each with its evidence."""
    found = {**always(conditions, facts, now), **_asked(conditions, facts)}
    return [Failure(each, evidence[:EVIDENCE_LENGTH_MAX]) for each, evidence in found.items() if evidence]


def always(conditions: Conditions, facts: ReviewFacts, now: datetime) -> dict[ReviewCondition, str]:
    """Say what fails of the conditions that no rule can do without."""
    c = ReviewCondition
    return {
        c.PAID: _unpaid(conditions, facts),
        c.PAID_LONG_ENOUGH: _too_soon(conditions, facts, now),
        c.NO_HOLD: listed("on hold for", [f"{reason} ({why})" for reason, why in sorted(facts.holds.items())]),
        c.PRESCRIPTION: facts.holds.get(HoldReason.PRESCRIPTION_PENDING, ""),
        c.GOODS_MATCHED: listed("not matched:", facts.unmatched),
        c.STOCK_CLAIMED: listed("no stock for", facts.unclaimed) if facts.anything_open else "nothing is left to ship",
        c.NOT_SENT_BACK: "a person sent it back to review" if facts.sent_back else "",
        c.NOT_TAKEN: f"{facts.taken_by} took it" if facts.taken_by else "",
        c.ADDRESS: facts.missing,
        c.NOT_BLACKLISTED: listed("blacklisted:", facts.blacklisted),
        c.WAREHOUSE_CHOSEN: "" if facts.warehouse_id else "no warehouse is chosen",
        c.NOT_TO_MERGE: "" if conditions.before_merging else listed("the clock merges it with", facts.to_merge),
    }


def _unpaid(conditions: Conditions, facts: ReviewFacts) -> str:
    on_delivery = facts.cash_on_delivery and conditions.allows_cash_on_delivery
    if facts.cash_on_delivery and not on_delivery:
        return "it is paid on delivery"
    return "" if facts.paid or on_delivery else "it is not paid in full"


def _too_soon(conditions: Conditions, facts: ReviewFacts, now: datetime) -> str:
    minutes = max(conditions.waited_minutes, facts.delay_minutes)
    if not minutes or facts.paid_at is None or facts.paid_at + timedelta(minutes=minutes) <= now:
        return ""
    return f"paid less than {minutes} minutes ago"


def _asked(conditions: Conditions, facts: ReviewFacts) -> dict[ReviewCondition, str]:
    c, words = ReviewCondition, conditions.harmless_words
    quiet = only_words(facts.buyer_message, words), only_words(facts.seller_memo, words)
    flagged = conditions.flags is not None and facts.seller_flag not in (None, 0, *conditions.flags)
    elsewhere = conditions.channel_ids is not None and facts.channel_id not in conditions.channel_ids
    return {
        c.COURIER_CHOSEN: "no courier is chosen" if conditions.courier_chosen and not facts.carrier_code else "",
        c.NO_MESSAGE: "" if quiet[0] or not conditions.no_message else f"the buyer says: {facts.buyer_message}",
        c.NO_MEMO: "" if quiet[1] or not conditions.no_memo else f"the memo says: {facts.seller_memo}",
        c.FLAG: f"the flag is {facts.seller_flag}" if flagged else "",
        c.AMOUNT: _amount(conditions, facts),
        c.ABOVE_FLOOR: listed("below the floor:", facts.below_floor) if conditions.above_floor else "",
        c.MARGIN: _margin(conditions, facts),
        c.NOT_REMOTE: listed("remote:", [each for each in conditions.remote_areas if each in facts.address]),
        c.NO_SIBLINGS: listed("could go with", facts.siblings) if conditions.no_siblings else "",
        c.CHANNEL: "of another channel" if elsewhere else "",
        c.CATEGORY: _category(conditions, facts),
    }


def _amount(conditions: Conditions, facts: ReviewFacts) -> str:
    least, most = conditions.amount_min, conditions.amount_max
    if least is None and most is None:
        return ""
    if facts.currency != conditions.currency:
        return f"it is in {facts.currency}"
    if least is not None and facts.total_amount < least:
        return f"{facts.total_amount} is less than {least}"
    return f"{facts.total_amount} is more than {most}" if most is not None and facts.total_amount > most else ""


def _margin(conditions: Conditions, facts: ReviewFacts) -> str:
    if conditions.margin_min is None:
        return ""
    if facts.margin is None:
        return "its cost is not known"
    enough = facts.margin >= conditions.margin_min.value
    return "" if enough else f"the margin is {facts.margin:.4f}, less than {conditions.margin_min.value:.4f}"


def _category(conditions: Conditions, facts: ReviewFacts) -> str:
    if conditions.category_ids is None:
        return ""
    allowed = set(conditions.category_ids)
    others = sum(1 for each in facts.categories if not each & allowed)
    return f"{others} lines are of other categories" if others else ""
