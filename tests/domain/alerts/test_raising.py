import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID, uuid4

from sqlalchemy import func, select

from domain import alerts
from domain.alerts.models import AlertChange
from domain.kernel import Actor, ActorKind, PageRequest, Read, Sessions, Work, begin, system

BELOW, ABOVE = alerts.AlertKind.BELOW_SAFETY, alerts.AlertKind.ABOVE_MAXIMUM
WARN, SEVERE = alerts.AlertLevel.WARN, alerts.AlertLevel.SEVERE


def a_warning(subject_id: UUID, *, place: UUID | None = None, channel: UUID | None = None) -> alerts.NewAlert:
    return alerts.NewAlert(
        subject=alerts.AlertSubject.STOCK,
        subject_id=subject_id,
        place_id=place,
        kind=BELOW,
        level=WARN,
        channel_id=channel,
        warehouse_id=place,
        message="Too little is left.",
        message_chinese="库存不足",
        evidence={"available": "1"},
    )


async def changes(work: Work) -> list[tuple[UUID, str]]:
    rows = await work.rows(select(AlertChange.alert_id, AlertChange.change).order_by(AlertChange.cursor))
    return [(row.alert_id, row.change) for row in rows]


async def open_now(work: Work) -> Sequence[UUID]:
    return [row.id for row in await work.rows(select(alerts.Alert.id).where(alerts.Alert.resolved_at.is_(None)))]


async def test_an_alert_is_open_once_per_subject_kind_level_and_place(work: Work) -> None:
    subject, place = uuid4(), uuid4()
    first = await alerts.open_alerts(work, [a_warning(subject), a_warning(subject, place=place)])
    assert len(first) == 2
    assert await alerts.open_alerts(work, [a_warning(subject), a_warning(subject, place=place)]) == []
    severe = await alerts.open_alerts(work, [replace(a_warning(subject), level=SEVERE)])
    await work.close()
    assert await changes(work) == [(each, "OPENED") for each in (*first, *severe)]


async def test_resolving_ends_every_level_and_it_may_open_again(work: Work) -> None:
    subject, other = uuid4(), uuid4()
    warnings = [a_warning(subject), replace(a_warning(subject), level=SEVERE), replace(a_warning(subject), kind=ABOVE)]
    opened = await alerts.open_alerts(work, [*warnings, a_warning(other)])
    assert set(await alerts.resolve_alerts(work, [subject], [BELOW])) == set(opened[:2])
    assert set(await open_now(work)) == set(opened[2:])
    assert await alerts.resolve_alerts(work, [subject], [BELOW]) == []
    assert len(await alerts.open_alerts(work, [a_warning(subject)])) == 1
    await work.close()
    assert [change for _, change in await changes(work)] == ["OPENED"] * 4 + ["RESOLVED"] * 2 + ["OPENED"]


async def test_only_one_level_is_resolved_if_asked(work: Work) -> None:
    subject = uuid4()
    opened = await alerts.open_alerts(work, [a_warning(subject), replace(a_warning(subject), level=SEVERE)])
    assert await alerts.resolve_alerts(work, [subject], [BELOW], [SEVERE]) == opened[1:]


async def test_settling_makes_the_open_ones_those_that_are_wanted(work: Work) -> None:
    stays, goes, comes = a_warning(uuid4()), a_warning(uuid4()), a_warning(uuid4())
    untouched = replace(stays, kind=ABOVE)
    opened = await alerts.open_alerts(work, [stays, goes, untouched])
    everything = [each.subject_id for each in (stays, goes, comes)]
    await alerts.settle_alerts(work, everything, [BELOW], [stays, comes])
    now = await open_now(work)
    assert set(opened) - set(now) == {opened[1]}
    assert len(now) == 3
    await alerts.settle_alerts(work, everything, [BELOW], [])
    assert await open_now(work) == [opened[2]]


async def test_cursors_grow_in_the_order_of_commits(sessions: Sessions, read: Read) -> None:
    seen: list[int] = []

    async def raise_some(turn: int) -> None:
        for _ in range(3):
            async with begin(sessions, system(f"raiser {turn}")) as work:
                await alerts.open_alerts(work, [a_warning(uuid4()), a_warning(uuid4())])
                await work.execute(select(func.pg_sleep(0.01 * (turn % 3))))

    async def follow() -> None:
        while len(seen) < 72:
            after = seen[-1] if seen else 0
            seen.extend(row.cursor for row in await alerts.alert_changes_after(read, after, alerts.AlertFilter()))
            await asyncio.sleep(0.002)

    await asyncio.wait_for(asyncio.gather(follow(), *(raise_some(turn) for turn in range(12))), 30)
    every = [row.cursor for row in await alerts.alert_changes_after(read, 0, alerts.AlertFilter())]
    assert seen == every == sorted(every)
    assert await alerts.latest_cursor(read) == every[-1]


async def test_readers_keep_to_scope_and_filter(sessions: Sessions, read: Read) -> None:
    mine, theirs, place = uuid4(), uuid4(), uuid4()
    async with begin(sessions, system("tests")) as work:
        ids = await alerts.open_alerts(
            work,
            [
                a_warning(uuid4(), channel=mine),
                a_warning(uuid4(), channel=theirs),
                replace(a_warning(uuid4(), place=place), level=SEVERE),
                replace(a_warning(uuid4()), kind=ABOVE),
            ],
        )
    actor = Actor(
        kind=ActorKind.STAFF,
        id=uuid4(),
        name="somebody",
        permissions=frozenset(),
        channels=frozenset({mine}),
        warehouses=frozenset(),
    )
    scoped = Read(engine=read.engine, actor=actor)

    async def found(where: alerts.AlertFilter, reader: Read = read) -> set[UUID]:
        page = await alerts.alerts(reader, where, PageRequest(first=50))
        followed = [row.id for row in await alerts.alert_changes_after(reader, 0, where)]
        listed = {row.id for row in page.rows}
        assert listed == set(followed)
        rows = await alerts.alerts_by_id(read, ids)
        by_hand = {
            row.id for row in rows.values() if alerts.matches(where, row) and alerts.sees_alert(reader.actor, row)
        }
        assert listed == by_hand
        return listed

    assert await found(alerts.AlertFilter()) == set(ids)
    assert await found(alerts.AlertFilter(), scoped) == {ids[0], ids[3]}
    assert await found(alerts.AlertFilter(levels=[SEVERE])) == {ids[2]}
    assert await found(alerts.AlertFilter(kinds=[ABOVE], subjects=[alerts.AlertSubject.STOCK])) == {ids[3]}
    assert await found(alerts.AlertFilter(channels=[theirs])) == {ids[1]}
    assert await found(alerts.AlertFilter(warehouses=[place], open_only=True)) == {ids[2]}
    assert await found(alerts.AlertFilter(subjects=[alerts.AlertSubject.ORDER])) == set()
    assert await alerts.alerts_by_id(scoped, ids[1:3]) == {}
