"""Carriers (物流公司): who takes parcels, and the rule a waybill (运单号) must match."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from domain.kernel import BadInput, Refusal, Work, action, short_text
from domain.shipping.divisions import is_area
from domain.shipping.models import Carrier

WAYBILL_LENGTH_MAX = 40
PATTERN_LENGTH_MAX = 200
PATTERN = re.compile(r"[A-Z0-9()\[\]{},|?^-]+")
"""Bounded repetitions only: a pattern of staff can keep no scanner waiting."""
CODE = re.compile(r"[A-Z0-9_]{1,20}")
NAME_LENGTH_MAX = 100
PRIORITY_MAX = 10_000
AREAS_MAX = 4_000
WORDS_MAX = 200
WORD_LENGTH_MAX = 40


class CarrierUnknown(Refusal):
    """There is no carrier {carrier_code}."""

    carrier_code: str
    chinese = "没有代码为 {carrier_code} 的物流公司"


@dataclass(frozen=True, kw_only=True)
class DefinedCarrier:
    """What a carrier shall be: how its waybills look, where it goes (no areas: everywhere), and where it does not.

    A seller's memo with one of `memo_words` names the carrier.
    """

    code: str
    name: str
    name_chinese: str
    waybill: str
    priority: int
    cash_on_delivery: bool = False
    automatic: bool = True
    active: bool = True
    areas: Sequence[str] = ()
    unreached_words: Sequence[str] = ()
    memo_words: Sequence[str] = ()


@action
async def define_carrier(work: Work, carrier: DefinedCarrier) -> Carrier:
    """Say what a carrier is, a new one or one there is; the orders decided before keep theirs."""
    if not CODE.fullmatch(carrier.code):
        raise BadInput(field="code", problem="must be 1 to 20 capitals and digits").at("input", "code")
    check_pattern(carrier.waybill)
    if not 0 <= carrier.priority <= PRIORITY_MAX:
        raise BadInput(field="priority", problem=f"must be 0 to {PRIORITY_MAX}").at("input", "priority")
    values: dict[str, Any] = {
        "name": short_text(carrier.name, "name", NAME_LENGTH_MAX),
        "name_chinese": short_text(carrier.name_chinese, "nameChinese", NAME_LENGTH_MAX),
        "waybill": carrier.waybill,
        "priority": carrier.priority,
        "cash_on_delivery": carrier.cash_on_delivery,
        "automatic": carrier.automatic,
        "active": carrier.active,
        "areas": known_areas(carrier.areas, "areas"),
        "unreached_words": words(carrier.unreached_words, "unreachedWords"),
        "memo_words": words(carrier.memo_words, "memoWords"),
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }
    found: Carrier | None = await work.session.scalar(
        select(Carrier).where(Carrier.code == carrier.code).with_for_update()
    )
    if found is None:
        found = Carrier(code=carrier.code, **values)
        work.session.add(found)
    else:
        for name, value in values.items():
            setattr(found, name, value)
    await work.session.flush()
    return found


def check_pattern(pattern: str) -> None:
    """Refuse a pattern that is none, or that could take forever to compare."""
    problem = ""
    if not 1 <= len(pattern) <= PATTERN_LENGTH_MAX or not PATTERN.fullmatch(pattern):
        problem = "must be of capitals, digits, classes, groups, alternatives and {n,m}, such as YT[0-9]{13}"
    else:
        try:
            re.compile(pattern)
        except re.error as error:
            problem = f"is no pattern: {error}"
    if problem:
        raise BadInput(field="waybill", problem=problem).at("input", "waybill")


def known_areas(given: Sequence[str], field: str) -> list[str]:
    """Refuse codes that are no areas."""
    if len(given) > AREAS_MAX:
        raise BadInput(field=field, problem=f"at most {AREAS_MAX}").at("input", field)
    unknown = next((each for each in given if not is_area(each)), None)
    if unknown is not None:
        problem = f"{unknown[:20]!r} is no area of GB/T 2260, such as 330100"
        raise BadInput(field=field, problem=problem).at("input", field)
    return sorted(set(given))


def words(given: Sequence[str], field: str) -> list[str]:
    """Strip words, and refuse empty or very long ones."""
    stripped = [each.strip() for each in given]
    if len(stripped) > WORDS_MAX or any(not 1 <= len(each) <= WORD_LENGTH_MAX for each in stripped):
        problem = f"must be at most {WORDS_MAX} words of 1 to {WORD_LENGTH_MAX} characters"
        raise BadInput(field=field, problem=problem).at("input", field)
    return list(dict.fromkeys(stripped))


async def carrier_of_code(work: Work, code: str, field: str = "carrierCode") -> Carrier:
    """Find an active carrier, or refuse."""
    found: Carrier | None = await work.session.scalar(select(Carrier).where(Carrier.code == code, Carrier.active))
    if found is None:
        raise CarrierUnknown(carrier_code=code[:WAYBILL_LENGTH_MAX]).at("input", field)
    return found


def tidy(waybill: str) -> str:
    """Write a waybill as carriers print it: without the spaces of a hand or a scanner, in capitals."""
    return "".join(waybill.split()).upper()


def accepts(carrier: Any, waybill: str) -> bool:
    """Whether this can be a waybill of the carrier; it is compared as `tidy` writes it."""
    return len(waybill) <= WAYBILL_LENGTH_MAX and _rule(carrier.waybill).fullmatch(waybill) is not None


@lru_cache(maxsize=256)
def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
