"""Hours (时段): when a desk is stricter, laxer or silent than its limits say, by date and hour of the day in China.

The first entry that covers a moment counts. One that goes over midnight belongs to the day on which it began.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from domain import inventory
from domain.kernel import BadInput

HOURS_MAX = 50
LAST_HOUR = 24
PERCENT_MAX = 1_000
USUAL = 100


@dataclass(frozen=True, kw_only=True)
class Hours:
    """From one full hour to another: limits are so many percent of the usual; None: nobody is reminded."""

    from_hour: int
    until_hour: int
    first_day: date | None = None
    last_day: date | None = None
    percent: int | None = None

    def cover(self, at: datetime) -> bool:
        """Whether a moment lies in them."""
        local = at.astimezone(inventory.CHINA)
        day = local.date()
        over_midnight = self.until_hour <= self.from_hour
        if over_midnight and local.hour < self.until_hour:
            day -= timedelta(days=1)
        elif not self.from_hour <= local.hour < (LAST_HOUR if over_midnight else self.until_hour):
            return False
        return (self.first_day is None or self.first_day <= day) and (self.last_day is None or day <= self.last_day)

    def encode(self) -> dict[str, Any]:
        days = {"first_day": self.first_day, "last_day": self.last_day}
        said = {key: each.isoformat() if each else None for key, each in days.items()}
        return {"from_hour": self.from_hour, "until_hour": self.until_hour, "percent": self.percent, **said}


def decode(row: Mapping[str, Any]) -> Hours:
    """Read an entry back from its row."""
    days = {key: date.fromisoformat(row[key]) if row[key] else None for key in ("first_day", "last_day")}
    return Hours(from_hour=row["from_hour"], until_hour=row["until_hour"], percent=row["percent"], **days)


def percent_at(hours: Sequence[Hours], at: datetime) -> int | None:
    """Say how many percent of the usual limits hold at a moment; None is silence."""
    return next((each.percent for each in hours if each.cover(at)), USUAL)


def check_hours(hours: Sequence[Hours]) -> None:
    """Refuse entries that no clock could follow."""
    if len(hours) > HOURS_MAX:
        raise BadInput(field="hours", problem=f"at most {HOURS_MAX}").at("input", "hours")
    for place, each in enumerate(hours):
        if problem := _problem(each):
            raise BadInput(field="hours", problem=problem).at("input", "hours", str(place))


def _problem(hours: Hours) -> str:
    if not (0 <= hours.from_hour < LAST_HOUR and 0 <= hours.until_hour <= LAST_HOUR):
        return "an hour lies between 0 and 24"
    if hours.first_day and hours.last_day and hours.last_day < hours.first_day:
        return "the last day is before the first"
    if hours.percent is not None and not 1 <= hours.percent <= PERCENT_MAX:
        return f"the percent must lie between 1 and {PERCENT_MAX}; leave it out for silence"
    return ""
