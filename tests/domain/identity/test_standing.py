"""Who stands above whom: chains without circles, also when two set them at once; and who is on duty."""

import asyncio

import pytest
from sqlalchemy import text

from domain import identity, kernel
from domain.identity import StaffId
from domain.identity.invariants import INVARIANTS
from domain.kernel import BadInput, Work
from tests.domain.identity.test_identity import a_person, acting


async def people(work: Work, *names: str) -> list[identity.Staff]:
    return [await a_person(work, f"{each}@example.com") for each in names]


async def broken(work: Work) -> list[object]:
    await work.session.flush()
    return [row for sql in INVARIANTS.values() for row in await work.rows(text(sql))]


async def test_all_who_stand_above_are_known_the_nearest_first(work: Work) -> None:
    low, middle, top = await people(work, "low", "middle", "top")
    await identity.set_superior(work, low.id, middle.id)
    await identity.set_superior(work, middle.id, top.id)
    found = await identity.standings_of(work, [low.id, top.id])
    assert found[low.id].superiors == (middle.id, top.id)
    assert (found[top.id].superiors, found[low.id].person.may("alerts.view")) == ((), True)


async def test_nobody_stands_above_themselves(work: Work) -> None:
    low, middle, top = await people(work, "low", "middle", "top")
    await identity.set_superior(work, low.id, middle.id)
    await identity.set_superior(work, middle.id, top.id)
    for superior in (top, low):
        with pytest.raises(identity.SuperiorBelow) as refusal:
            await identity.set_superior(work, top.id, superior.id)
        assert refusal.value.path == ("input", "superiorId")
    assert (await identity.set_superior(work, low.id, None)).superior_id is None
    await identity.set_superior(work, top.id, low.id)
    assert await broken(work) == []


async def test_who_may_less_sets_no_superior_of_who_may_more(work: Work) -> None:
    low, top = await people(work, "low", "top")
    with pytest.raises(identity.GrantExceeded):
        await identity.set_superior(acting(work, "identity.set_superior"), low.id, top.id)


async def test_two_who_set_each_other_make_no_circle(sessions: kernel.Sessions) -> None:
    async with kernel.begin(sessions, kernel.system("test")) as work:
        one, other = [each.id for each in await people(work, "one", "other")]

    async def below(person: StaffId, superior: StaffId) -> str:
        try:
            async with kernel.begin(sessions, kernel.system("test")) as work:
                await identity.set_superior(work, person, superior)
        except identity.SuperiorBelow as refusal:
            return refusal.code()
        return "done"

    assert sorted(await asyncio.gather(below(one, other), below(other, one))) == ["SUPERIOR_BELOW", "done"]
    async with kernel.begin(sessions, kernel.system("test")) as work:
        assert await broken(work) == []


async def test_a_person_goes_on_duty_and_a_superior_says_so_of_them(work: Work) -> None:
    low, top = await people(work, "low", "top")
    await identity.set_superior(work, low.id, top.id)
    as_low, as_top = acting(work, "identity.set_duty"), acting(work, "identity.set_duty")
    as_low.actor, as_top.actor = (
        kernel.Actor(kind=kernel.ActorKind.STAFF, id=each.id, name="x", permissions=frozenset({"identity.set_duty"}))
        for each in (low, top)
    )
    assert (await identity.set_duty(as_low, on_duty=True)).on_duty
    assert not (await identity.set_duty(as_top, low.id, on_duty=False)).on_duty
    with pytest.raises(identity.NotBelow):
        await identity.set_duty(as_low, top.id, on_duty=True)
    await identity.set_duty(as_low, on_duty=True)
    await identity.edit_staff(work, low.id, identity.StaffChanges(active=False))
    assert not low.on_duty
    with pytest.raises(BadInput):
        await identity.set_duty(work, low.id, on_duty=True)
