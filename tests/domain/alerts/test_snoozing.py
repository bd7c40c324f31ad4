"""An alert that somebody put off comes back at its moment, unless its cause is gone before."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain import alerts
from domain.kernel import Actor, ActorKind, BadInput, NotFound, PageRequest, SessionRead, Work, WrongState
from tests.domain.alerts.test_raising import BELOW, a_warning, changes

LATER = timedelta(hours=3)


async def listed(work: Work, *, with_snoozed: bool = False) -> list[alerts.AlertId]:
    await work.session.flush()
    read = SessionRead(engine=work.session.bind, actor=work.actor, session=work.session)  # type: ignore[arg-type]
    where = alerts.AlertFilter(open_only=True, with_snoozed=with_snoozed)
    return [row.id for row in (await alerts.alerts(read, where, PageRequest())).rows]


async def test_it_leaves_the_list_and_comes_back(work: Work) -> None:
    (alert,) = await alerts.open_alerts(work, [a_warning(uuid4())])
    snoozed = await alerts.snooze_alert(work, alert, work.now + LATER, " goods arrive at noon ")
    assert (snoozed.snooze_reason, snoozed.snoozed_by) == ("goods arrive at noon", work.actor.name)
    assert await listed(work) == []
    assert await listed(work, with_snoozed=True) == [alert]
    await alerts.wake_alerts(work)
    assert await listed(work) == []
    later = replace(work, now=work.now + LATER)
    await alerts.wake_alerts(later)
    await work.close()
    assert await listed(work) == [alert]
    assert [change for _, change in await changes(work)] == ["OPENED", "SNOOZED", "WOKEN"]


async def test_what_is_resolved_meanwhile_does_not_come_back(work: Work) -> None:
    subject = uuid4()
    (alert,) = await alerts.open_alerts(work, [a_warning(subject)])
    await alerts.snooze_alert(work, alert, work.now + LATER, "known")
    await work.session.flush()
    await alerts.resolve_alerts(work, [subject], [BELOW])
    await alerts.wake_alerts(replace(work, now=work.now + LATER))
    await work.close()
    assert [change for _, change in await changes(work)] == ["OPENED", "SNOOZED", "RESOLVED"]
    work.session.expire_all()
    with pytest.raises(WrongState):
        await alerts.snooze_alert(work, alert, work.now + LATER, "too late")


async def test_what_is_refused(work: Work) -> None:
    shop = uuid4()
    (alert,) = await alerts.open_alerts(work, [a_warning(uuid4(), channel=shop)])
    for until, reason in ((work.now, "now"), (work.now + timedelta(days=31), "far"), (work.now + LATER, " ")):
        with pytest.raises(BadInput):
            await alerts.snooze_alert(work, alert, until, reason)
    elsewhere = Actor(
        kind=ActorKind.STAFF, id=None, name="x", permissions=frozenset({"*"}), channels=frozenset({uuid4()})
    )
    with pytest.raises(NotFound):
        await alerts.snooze_alert(replace(work, actor=elsewhere), alert, work.now + LATER, "not mine")
