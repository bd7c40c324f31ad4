"""Hours: which limits hold when, over midnight, on a date, and in silence."""

from datetime import UTC, date, datetime

import pytest

from domain import inventory
from domain.desk import hours
from domain.desk.hours import Hours
from domain.kernel import BadInput, Refusal

EVENING = Hours(from_hour=18, until_hour=2, first_day=date(2026, 11, 11), last_day=date(2026, 11, 11), percent=25)
NIGHT = Hours(from_hour=22, until_hour=8)


def china(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, 30, tzinfo=inventory.CHINA).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "hour", "percent"),
    [
        (11, 12, 100),
        (11, 17, 100),
        (11, 18, 25),
        (11, 23, 25),
        (12, 1, 25),
        (12, 2, None),
        (12, 7, None),
        (12, 8, 100),
        (12, 18, 100),
        (12, 22, None),
        (11, 1, None),
    ],
)
def test_the_first_entry_that_covers_a_moment_counts(day: int, hour: int, percent: int | None) -> None:
    assert hours.percent_at([EVENING, NIGHT], china(day, hour)) == percent


def test_the_same_hour_twice_is_all_day_and_24_is_its_end() -> None:
    whole, late = Hours(from_hour=0, until_hour=0, percent=50), Hours(from_hour=20, until_hour=24, percent=50)
    assert [whole.cover(china(11, each)) for each in (0, 12, 23)] == [True] * 3
    assert [late.cover(china(11, each)) for each in (19, 20, 23)] == [False, True, True]
    from_six = Hours(from_hour=6, until_hour=6, percent=50)
    assert [from_six.cover(china(11, each)) for each in (5, 6)] == [True] * 2


@pytest.mark.parametrize(
    "wrong",
    [
        Hours(from_hour=24, until_hour=2),
        Hours(from_hour=-1, until_hour=2),
        Hours(from_hour=1, until_hour=25),
        Hours(from_hour=1, until_hour=2, percent=0),
        Hours(from_hour=1, until_hour=2, percent=1001),
        Hours(from_hour=1, until_hour=2, first_day=date(2026, 1, 2), last_day=date(2026, 1, 1)),
    ],
)
def test_what_no_clock_could_follow_is_refused(wrong: Hours) -> None:
    with pytest.raises(BadInput) as refusal:
        hours.check_hours([NIGHT, wrong])
    refused: Refusal = refusal.value
    assert refused.path == ("input", "hours", "1")


def test_an_entry_comes_back_from_its_row() -> None:
    assert [hours.decode(each.encode()) for each in (EVENING, NIGHT)] == [EVENING, NIGHT]
