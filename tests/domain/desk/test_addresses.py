"""Whose addresses for digests somebody may set, see and take away: one's own and of who stands below."""

from dataclasses import replace

import pytest

from domain import desk, identity
from domain.kernel import NotFound, PageRequest, SessionRead, Work
from tests.domain.desk.builders import a_colleague
from tests.domain.orders.builders import a_reviewer, a_shop, acting


async def test_who_stands_above_sees_and_takes_away_what_they_may_set(work: Work) -> None:
    shop = await a_shop(work)
    chief = await a_colleague(work, "总")
    head = await a_colleague(work, "组长", chief)
    clerk = await a_colleague(work, "员工", head)

    def by(person: identity.Staff) -> Work:
        reviewer = a_reviewer("*", channels=frozenset({shop.channel_id}))
        return acting(work, replace(reviewer, id=person.id, permissions=frozenset({"*"})))

    async def seen(person: identity.Staff) -> list[str]:
        read = SessionRead(engine=work.session.get_bind(), actor=by(person).actor, session=work.session)
        return [each.name for each in (await desk.digest_addresses(read, PageRequest())).rows]

    given = desk.NewDigestAddress(
        name="员工的钩子", staff_id=clerk.id, channel_ids=None, host="hook.example.com", sealed_credentials="sealed"
    )
    with pytest.raises(identity.NotBelow):
        await desk.set_digest_address(by(clerk), replace(given, staff_id=head.id))
    made = await desk.set_digest_address(by(chief), given)
    assert [await seen(each) for each in (chief, head, clerk)] == [["员工的钩子"]] * 3
    stranger = await a_colleague(work, "别组")
    assert await seen(stranger) == []
    with pytest.raises(NotFound):
        await desk.remove_digest_address(by(stranger), made.id)
    await desk.remove_digest_address(by(head), made.id)
    assert await seen(chief) == []
