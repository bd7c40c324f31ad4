"""Exact scalars (精确标量): decimals travel as JSON strings with their exact places, never as floats."""

import base64
import binascii
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NewType
from uuid import UUID

import strawberry
from graphql import GraphQLError

from domain import kernel

URL_SAFE = bytes.maketrans(b"+/", b"-_")
MONEY_PLACES_MAX = 2
DIGITS_MAX = 18
DECIMAL_MAX = Decimal(10) ** 10
"""No quantity, price or rate of the business is as large; what is, would not fit into the books."""
FIRST_YEAR, LAST_YEAR = 1900, 2999


def bad_input(message: str, *path: str) -> GraphQLError:
    """Build the error for a request whose values cannot be understood, and say where if the message does not."""
    return GraphQLError(message, extensions={"code": "BAD_INPUT"} | ({"path": list(path)} if path else {}))


def parse_decimal(value: object) -> Decimal:
    """Read a decimal from a JSON string or an integer; a float is refused because it is not exact."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise bad_input(f'a Decimal is given as a string such as "12.50", not {type(value).__name__}')
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise bad_input(f"{str(value)[:40]!r} is not a decimal") from None
    if not number.is_finite() or len(number.as_tuple().digits) > DIGITS_MAX or "e" in str(value).lower():
        raise bad_input(f"{str(value)[:40]!r} is not a decimal of at most {DIGITS_MAX} digits")
    if abs(number) >= DECIMAL_MAX:
        raise bad_input(f"{str(value)[:40]!r} is too large")
    return number


def write_decimal(value: Any) -> str:
    return format(value.value if isinstance(value, kernel.Measure) else value, "f")


DecimalValue = NewType("DecimalValue", Decimal)
QuantityValue = NewType("QuantityValue", kernel.Quantity)


def parse_quantity(value: object) -> kernel.Quantity:
    try:
        return kernel.Quantity(parse_decimal(value))
    except kernel.Inexact as problem:
        raise bad_input(str(problem)) from None


DECIMAL = strawberry.scalar(
    name="Decimal",
    description='An exact decimal as a string, such as "12.50"; never a float.',
    serialize=write_decimal,
    parse_value=parse_decimal,
)
QUANTITY = strawberry.scalar(
    name="Quantity",
    description="How many, in the variant's own unit: an exact decimal of at most 4 places as a string.",
    serialize=write_decimal,
    parse_value=parse_quantity,
)


def parse_date(value: object) -> date:
    """Read a day of the calendar that the database and its arithmetic can hold."""
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise bad_input(f"{str(value)[:40]!r} is not a date such as 2026-01-31 of {FIRST_YEAR} to {LAST_YEAR}")
    return day


def parse_instant(value: object) -> datetime:
    """Read an instant into UTC; one without an offset would be another instant in every place."""
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not FIRST_YEAR <= instant.year <= LAST_YEAR:
        example = "2026-01-31T08:00:00Z"
        raise bad_input(f"{str(value)[:40]!r} is not an instant such as {example} of {FIRST_YEAR} to {LAST_YEAR}")
    return instant.astimezone(UTC)


DATE = strawberry.scalar(
    name="Date",
    description="A day as YYYY-MM-DD, of the years 1900 to 2999.",
    serialize=date.isoformat,
    parse_value=parse_date,
)
INSTANT = strawberry.scalar(
    name="DateTime",
    description="An instant as RFC 3339 with its offset, of the years 1900 to 2999; answers are in UTC.",
    serialize=datetime.isoformat,
    parse_value=parse_instant,
)
NOBODY = UUID(int=0)
SCALARS: dict[object, Any] = {DecimalValue: DECIMAL, QuantityValue: QUANTITY, date: DATE, datetime: INSTANT}


def global_id(type_name: str, key: UUID | str) -> str:
    """Build the opaque id of an object."""
    text = binascii.b2a_base64(f"{type_name}:{key}".encode(), newline=False)
    return text.translate(URL_SAFE, b"=").decode("ascii")


def split_id(value: str) -> tuple[str, str] | None:
    """Take an opaque id apart; None when it never was one."""
    try:
        text = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)).decode()
    except (ValueError, binascii.Error):
        return None
    name, colon, key = text.partition(":")
    return (name, key) if colon else None


def key_of(type_name: str, value: str) -> UUID | None:
    """Read the key out of an id of this type; None when the id is another's or nobody's."""
    parts = split_id(value)
    if parts is None or parts[0] != type_name:
        return None
    try:
        return UUID(parts[1])
    except ValueError:
        return None


def key_or_nobody(type_name: str, value: str) -> UUID:
    """Read the key out of an id of this type; one that matches nothing when the id is another's or nobody's."""
    return key_of(type_name, value) or NOBODY
