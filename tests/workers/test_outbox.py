"""What is owed to a fact is done in order per subject, once, and never forgotten, whatever the broker suffers."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from domain.kernel import Event, Sessions, begin, system
from workers import outbox
from workers.outbox import ATTEMPTS_MAX, LEASE, Owed

NOW = datetime(2026, 11, 11, 9, 0, tzinfo=UTC)


class ParcelSeen(Event):
    """A parcel was seen somewhere."""

    parcel_id: UUID
    where: str


REACTIONS = {ParcelSeen.name(): ["test.note", "test.tell"]}


async def record(sessions: Sessions, *facts: Event) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        work.record(*facts)


async def owe(sessions: Sessions) -> int:
    async with begin(sessions, system("tests"), at=NOW) as work:
        return await outbox.owe(work, REACTIONS)


async def due(sessions: Sessions, at: datetime = NOW) -> list[Owed]:
    async with begin(sessions, system("tests"), at=at) as work:
        return await outbox.due(work)


async def do(sessions: Sessions, owed: Owed) -> Event | None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        taken = await outbox.take(work, owed)
        if taken is not None:
            await outbox.done(work, owed)
        return taken.fact if taken else None


async def states(sessions: Sessions) -> list[str]:
    async with begin(sessions, system("tests")) as work:
        return [row.state for row in await work.rows(text("SELECT state FROM reactions ORDER BY position, reaction"))]


async def test_each_fact_owes_each_of_its_reactions_once(sessions: Sessions) -> None:
    await record(sessions, ParcelSeen(parcel_id=uuid4(), where="Hangzhou"))
    assert await owe(sessions) == 1
    assert await owe(sessions) == 0
    assert sorted(each.reaction for each in await due(sessions)) == ["test.note", "test.tell"]


async def test_nothing_is_owed_after_a_rollback(sessions: Sessions) -> None:
    async def fail() -> None:
        async with begin(sessions, system("tests")) as work:
            work.record(ParcelSeen(parcel_id=uuid4(), where="nowhere"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await owe(sessions) == 0


async def test_a_fact_comes_back_as_it_was(sessions: Sessions) -> None:
    fact = ParcelSeen(parcel_id=uuid4(), where="杭州")
    await record(sessions, fact)
    await owe(sessions)
    assert await do(sessions, (await due(sessions))[0]) == fact


async def test_a_reaction_delivered_twice_is_done_once(sessions: Sessions) -> None:
    await record(sessions, ParcelSeen(parcel_id=uuid4(), where="Hangzhou"))
    await owe(sessions)
    owed = (await due(sessions))[0]
    async with begin(sessions, system("one")) as first, begin(sessions, system("two")) as second:
        assert await outbox.take(first, owed) is not None
        assert await outbox.take(second, owed) is None
        await outbox.done(first, owed)
    assert await do(sessions, owed) is None


async def test_facts_of_one_subject_are_taken_in_order_and_others_do_not_wait(sessions: Sessions) -> None:
    parcel, other = uuid4(), uuid4()
    await record(sessions, ParcelSeen(parcel_id=parcel, where="first"))
    await record(sessions, ParcelSeen(parcel_id=parcel, where="second"))
    await record(sessions, ParcelSeen(parcel_id=other, where="elsewhere"))
    await owe(sessions)
    first = [each for each in await due(sessions) if each.reaction == "test.note"]
    seen = [await do(sessions, each) for each in first]
    assert [each.where for each in seen if isinstance(each, ParcelSeen)] == ["first", "elsewhere"]
    second = [each for each in await due(sessions) if each.reaction == "test.note"]
    seen = [await do(sessions, each) for each in second]
    assert [each.where for each in seen if isinstance(each, ParcelSeen)] == ["second"]


async def test_what_the_broker_lost_is_sent_again_when_its_lease_ends(sessions: Sessions) -> None:
    await record(sessions, ParcelSeen(parcel_id=uuid4(), where="Hangzhou"))
    await owe(sessions)
    assert len(await due(sessions)) == 2
    assert await due(sessions, NOW + LEASE / 2) == []
    assert len(await due(sessions, NOW + LEASE)) == 2


async def test_what_could_not_be_sent_is_due_at_once_however_long_the_broker_is_away(sessions: Sessions) -> None:
    await record(sessions, ParcelSeen(parcel_id=uuid4(), where="Hangzhou"))
    await owe(sessions)
    for _ in range(ATTEMPTS_MAX + 1):
        unsent = await due(sessions)
        assert len(unsent) == 2
        async with begin(sessions, system("tests"), at=NOW) as work:
            await outbox.give_back(work, unsent)
    assert await states(sessions) == ["PENDING", "PENDING"]


async def test_a_reaction_that_kills_its_worker_each_time_is_dead_and_kept(sessions: Sessions) -> None:
    await record(sessions, ParcelSeen(parcel_id=uuid4(), where="Hangzhou"))
    await owe(sessions)
    for turn in range(ATTEMPTS_MAX):
        assert len(await due(sessions, NOW + LEASE * turn)) == 2
    assert await due(sessions, NOW + LEASE * ATTEMPTS_MAX) == []
    assert await states(sessions) == ["DEAD", "DEAD"]


async def test_a_failure_waits_and_a_final_one_is_dead(sessions: Sessions) -> None:
    await record(sessions, ParcelSeen(parcel_id=uuid4(), where="Hangzhou"))
    await owe(sessions)
    note, tell = sorted(await due(sessions), key=lambda each: each.reaction)
    async with begin(sessions, system("tests"), at=NOW) as work:
        await outbox.failed(work, note, "the platform rests", after=timedelta(seconds=30))
        await outbox.failed(work, tell, "nobody knows this order", after=None)
    assert await states(sessions) == ["PENDING", "DEAD"]
    assert await due(sessions, NOW + timedelta(seconds=29)) == []
    assert await due(sessions, NOW + timedelta(seconds=30)) == [note]


async def test_a_forgiven_failure_does_not_count(sessions: Sessions) -> None:
    await record(sessions, ParcelSeen(parcel_id=uuid4(), where="Hangzhou"))
    await owe(sessions)
    owed = (await due(sessions))[0]
    async with begin(sessions, system("tests"), at=NOW) as work:
        await outbox.failed(work, owed, "the shop is closed", after=timedelta(), forgiven=True)
    async with begin(sessions, system("tests"), at=NOW) as work:
        taken = await outbox.take(work, owed)
    assert taken is not None
    assert taken.attempts == 0


def test_the_pause_doubles_and_has_an_end() -> None:
    assert [outbox.pause(each).total_seconds() for each in (1, 2, 3)] == [4, 8, 16]
    assert outbox.pause(30).total_seconds() == outbox.BACKOFF_SECONDS_MAX


async def test_only_so_many_are_out_at_once_so_that_a_long_queue_does_not_outlast_its_leases(
    sessions: Sessions,
) -> None:
    await record(sessions, *(ParcelSeen(parcel_id=uuid4(), where="Hangzhou") for _ in range(outbox.BATCH_MAX)))
    await owe(sessions)
    out = await due(sessions)
    assert len(out) == outbox.BATCH_MAX
    assert await due(sessions) == []
    await do(sessions, out[0])
    assert len(await due(sessions)) == 1
