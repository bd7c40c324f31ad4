"""The daily digest (每日汇总): once a day and channel, at its hour: what is open by kind, the oldest cases, whose.

It is delivered in the same transaction that makes it: shown to people, and owed to addresses.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.dialects.postgresql import insert

from domain import inventory
from domain.alerts import Alert
from domain.desk.assigning import OPEN
from domain.desk.delivering import owe_deliveries
from domain.desk.models import DeskDigest, DeskRule
from domain.desk.reminders import KINDS
from domain.kernel import Ordering, Page, PageRequest, Read, Reading, Work, grouped, identifier, page, visible
from domain.orders import Order

OLDEST_MAX = 20
CHANNELS_AT_ONCE = 50
DIGESTS = DeskDigest.__table__
RULES = DeskRule.__table__
NEWEST_FIRST = Ordering(
    name="MADE_AT",
    columns=(DIGESTS.c.made_at, DIGESTS.c.id),
    keys=("made_at", "id"),
    parsers=(datetime.fromisoformat, UUID),
    descending=True,
)
desk_digests_by_id = Reading(select(*DIGESTS.c), DIGESTS.c.id, channel=DIGESTS.c.channel_id)


async def desk_digests(read: Read, channel_ids: Sequence[UUID] | None, request: PageRequest) -> Page:
    """Read one page of digests, the last one first."""
    statement = visible(select(*DIGESTS.c), read.actor, channel=DIGESTS.c.channel_id)
    if channel_ids is not None:
        statement = statement.where(DIGESTS.c.channel_id.in_(channel_ids))
    return await page(read, statement, NEWEST_FIRST, request)


async def sum_up_days(work: Work) -> int:
    """Make the digests that are due and not there yet; one that others make meanwhile is theirs. Says how many."""
    local = work.now.astimezone(inventory.CHINA)
    there = select(DIGESTS.c.id).where(DIGESTS.c.channel_id == RULES.c.channel_id, DIGESTS.c.day == local.date())
    due = select(RULES.c.channel_id).where(RULES.c.digest_hour <= local.hour, ~there.exists())
    channel_ids = [row.channel_id for row in await work.rows(due.order_by(RULES.c.channel_id).limit(CHANNELS_AT_ONCE))]
    if not channel_ids:
        return 0
    made = await _digests(work, channel_ids, local.date())
    statement = insert(DeskDigest).values(made).on_conflict_do_nothing(index_elements=["channel_id", "day"])
    new = [row.id for row in await work.rows(statement.returning(DIGESTS.c.id))]
    await owe_deliveries(work, new)
    return len(new)


async def _digests(work: Work, channel_ids: Sequence[UUID], day: date) -> list[dict[str, Any]]:
    counts, oldest, people = [
        grouped(await work.rows(each(channel_ids)), "channel_id", channel_ids) for each in (_counted, _oldest, _people)
    ]
    return [
        {
            "id": identifier(),
            "channel_id": channel_id,
            "day": day,
            "made_at": work.now,
            "counts": [_plain(each, "kind", "level", "orders") for each in counts[channel_id]],
            "oldest": [
                _plain(each, "kind", "level", "order_id", "number", "addressed_to_name", "opened_at")
                for each in oldest[channel_id]
            ],
            "people": [_plain(each, "person_id", "person_name", "orders", "alerts") for each in people[channel_id]],
        }
        for channel_id in channel_ids
    ]


def _plain(row: Any, *keys: str) -> dict[str, Any]:
    return {key: _text(getattr(row, key)) for key in keys}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or type(value) is int else str(value)


def _open(channel_ids: Sequence[UUID]) -> tuple[Any, ...]:
    return Alert.channel_id.in_(channel_ids), Alert.kind.in_(KINDS), Alert.resolved_at.is_(None)


def _counted(channel_ids: Sequence[UUID]) -> Select[Any]:
    """Count what is open by kind and level, the most first."""
    keys = (Alert.channel_id, Alert.kind, Alert.level)
    counted: Select[Any] = select(Alert.channel_id).add_columns(*keys[1:], func.count().label("orders"))
    counted = counted.where(*_open(channel_ids)).group_by(*keys)
    return counted.order_by(func.count().desc(), Alert.kind, Alert.level)


def _oldest(channel_ids: Sequence[UUID]) -> Select[Any]:
    """Find the cases that have been open the longest, a few of each channel."""
    columns = (Alert.channel_id, Alert.kind, Alert.level, Alert.addressed_to_name, Alert.opened_at)
    place = func.row_number().over(partition_by=Alert.channel_id, order_by=(Alert.opened_at, Alert.id)).label("place")
    ranked = select(*columns, Order.id.label("order_id"), Order.number, place)
    joined = ranked.join(Order, Order.id == Alert.subject_id).where(*_open(channel_ids)).subquery()
    return select(joined).where(joined.c.place <= OLDEST_MAX).order_by(joined.c.channel_id, joined.c.place)


def _people(channel_ids: Sequence[UUID]) -> Select[Any]:
    """Count the open orders of each person, and what of them is open as an alert; nobody's come as nobody's."""
    alerted = func.count(func.distinct(Alert.id))
    open_alert = and_(Alert.subject_id == Order.id, Alert.kind.in_(KINDS), Alert.resolved_at.is_(None))
    counted: Select[Any] = select(Order.channel_id).add_columns(
        Order.responsible_id.label("person_id"),
        func.max(Order.responsible_name).label("person_name"),
        func.count(func.distinct(Order.id)).label("orders"),
        alerted.label("alerts"),
    )
    mine = counted.outerjoin(Alert, open_alert).where(Order.channel_id.in_(channel_ids), Order.status.in_(OPEN))
    return mine.group_by(Order.channel_id, Order.responsible_id).order_by(alerted.desc(), Order.responsible_id)
