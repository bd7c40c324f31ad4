"""Reading what strangers send (报文解析): exact numbers, named problems, and nothing that could not be stored again."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

from connectors.faults import UnreadableAnswer
from domain.kernel import Inexact, Money, Quantity

china = timezone(timedelta(hours=8))
"""China has kept one zone without summer time since 1991; older instants do not occur."""

unknown_time = datetime(1970, 1, 1, tzinfo=UTC)
"""When a damaged payload does not say; older than every later telling of it."""

safe_integer_digits_max = 15
text_characters_max = 10_000
Word = TypeVar("Word")
_number = re.compile(r"-?\d{1,12}(\.\d{1,6})?", re.ASCII)


class Unreadable(Exception):  # noqa: N818 — it is the name of a state, as our faults are.
    """A field of a payload no rule understands; the message names it."""


def _integer(digits: str) -> int | str:
    """Ids beyond 2^53 stay text: no reader of the stored payload may round them."""
    return int(digits) if len(digits) <= safe_integer_digits_max else digits


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")


def parse_json(body: bytes) -> dict[str, Any]:
    """Parse an object; fractions and long integers stay text, characters that PostgreSQL refuses are replaced."""
    try:
        text = body.decode().replace("\\u0000", "\\ufffd")
        parsed = json.loads(text, parse_int=_integer, parse_float=str, parse_constant=_refused)
        parsed = _without_lone_surrogates(parsed) if "\\ud" in text.lower() else parsed
    except (ValueError, RecursionError) as garbage:
        raise UnreadableAnswer(
            f"{len(body)} bytes that are not JSON: {type(garbage).__name__}", outcome_unknown=True
        ) from garbage
    if not isinstance(parsed, dict):
        raise UnreadableAnswer(f"a JSON {type(parsed).__name__} where an object belongs", outcome_unknown=True)
    return parsed


def _without_lone_surrogates(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case list():
            return [_without_lone_surrogates(item) for item in value]
        case dict():
            return {_without_lone_surrogates(key): _without_lone_surrogates(item) for key, item in value.items()}
    return value


def number_of(raw: dict[str, Any], key: str) -> str:
    """Name a payload by its number, or by its content where even that is damaged, so that no two are mistaken."""
    number = raw.get(key)
    if isinstance(number, str | int) and not isinstance(number, bool) and str(number):
        return str(number)[:200]
    return f"unknown-{hashlib.sha256(repr(raw).encode('utf-8', 'replace')).hexdigest()[:16]}"


def demand_distinct(numbers: Iterable[str]) -> None:
    """Refuse lines of one number: they not be told apart when one of them is shipped or refunded."""
    seen: set[str] = set()
    for number in numbers:
        if number in seen:
            raise Unreadable(f"two lines have the number {number}")
        seen.add(number)


def _present(key: str, value: Word | None) -> Word:
    if value is None:
        raise Unreadable(f"{key} is missing")
    return value


def china_text(instant: datetime) -> str:
    """Write an instant as most Chinese platforms do: naive, Beijing time, whole seconds."""
    return instant.astimezone(china).strftime("%Y-%m-%d %H:%M:%S")


def next_china_midnight(now: datetime) -> datetime:
    """Daily quotas come back at 00:00 GMT+8."""
    return (now.astimezone(china) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Payload:
    """Reads the fields of one JSON object; what is missing or odd raises `Unreadable` with the field's name."""

    fields: Mapping[str, Any]

    def optional_text(self, key: str) -> str | None:
        value = self.fields.get(key)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise Unreadable(f"{key} is a {type(value).__name__}")
        return str(value)[:text_characters_max]

    def text(self, key: str) -> str:
        return _present(key, self.optional_text(key))

    def meaning(self, key: str, words: Mapping[str, Word]) -> Word:
        """Translate a word of the platform by its table."""
        value = self.text(key)
        if value not in words:
            raise Unreadable(f"{key} {value[:60]!r} is unknown")
        return words[value]

    def optional_money(self, key: str, *, below_zero: bool = False) -> Money | None:
        value = self.optional_text(key)
        if value is None:
            return None
        if not _number.fullmatch(value) or (value.startswith("-") and not below_zero):
            raise Unreadable(f"{key} {value[:30]!r} is not an amount")
        try:
            return Money(value)
        except Inexact as inexact:
            raise Unreadable(f"{key} {value[:30]!r} has parts of a cent") from inexact

    def money(self, key: str, *, below_zero: bool = False) -> Money:
        return _present(key, self.optional_money(key, below_zero=below_zero))

    def quantity(self, key: str) -> Quantity:
        """Read a quantity as it is told: one that is nothing or negative is a fact, which the house must hold."""
        value = self.text(key)
        try:
            return Quantity(value if _number.fullmatch(value) else "none")
        except (Inexact, ArithmeticError) as odd:
            raise Unreadable(f"{key} {value[:30]!r} is not a quantity") from odd

    def optional_integer(self, key: str) -> int | None:
        value = self.optional_text(key)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,9}", value, re.ASCII):
            raise Unreadable(f"{key} {value[:30]!r} is not an integer")
        return int(value)

    def integer(self, key: str) -> int:
        return _present(key, self.optional_integer(key))

    def flag(self, key: str) -> bool:
        """Platforms say yes as true, "true" and 1, no as anything else or by silence."""
        return str(self.fields.get(key)).lower() in {"true", "1"}

    def optional_china_moment(self, key: str) -> datetime | None:
        value = self.optional_text(key)
        if value is None:
            return None
        try:
            return datetime.strptime(value[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=china).astimezone(UTC)
        except (ValueError, OverflowError) as odd:
            raise Unreadable(f"{key} {value[:40]!r} is not a time") from odd

    def china_moment(self, key: str) -> datetime:
        return _present(key, self.optional_china_moment(key))

    def optional_moment(self, key: str) -> datetime | None:
        """RFC 3339 with an offset."""
        value = self.optional_text(key)
        if value is None:
            return None
        try:
            instant = datetime.fromisoformat(value)
            if instant.tzinfo is None:
                raise Unreadable(f"{key} {value[:40]!r} has no offset")
            return instant.astimezone(UTC)
        except (ValueError, OverflowError) as odd:
            raise Unreadable(f"{key} {value[:40]!r} is not a time") from odd

    def moment(self, key: str) -> datetime:
        return _present(key, self.optional_moment(key))

    def child(self, key: str) -> "Payload":
        value = self.fields.get(key)
        if value is None:
            return Payload({})
        if not isinstance(value, dict):
            raise Unreadable(f"{key} is a {type(value).__name__}")
        return Payload(value)

    def children(self, key: str) -> list["Payload"]:
        """Read the objects of a list; an absent list is empty."""
        value = self.fields.get(key)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise Unreadable(f"{key} is not a list of objects")
        return [Payload(item) for item in value]
