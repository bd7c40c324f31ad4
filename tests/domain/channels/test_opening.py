from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from domain import channels
from domain.channels import ChannelChanges, ChannelStatus, Platform, ShownRule, Thresholds
from domain.kernel import (
    BadInput,
    NotFound,
    PageRequest,
    Read,
    Sessions,
    VersionConflict,
    Work,
    WrongState,
    begin,
    system,
)
from domain.kernel.records import AuditEntry
from tests.domain.channels.builders import a_shop, an_open_shop, open_alerts, staff_of


async def test_a_shop_is_opened_with_its_rules_and_warehouses(work: Work) -> None:
    first, second = uuid4(), uuid4()
    given = a_shop(
        warehouse_ids=(second, first),
        thresholds=Thresholds(warn_minutes=5, severe_minutes=10),
        shown=ShownRule(percent=80, maximum=500),
    )
    channel = await channels.open_channel(work, given)
    assert (channel.status, channel.warn_minutes, channel.pick_lead_minutes) == (ChannelStatus.OPEN, 5, 240)
    assert (channel.shown_percent, channel.shown_maximum) == (80, 500)
    assert await channels.warehouses_of(work, channel.id) == [second, first]
    assert work.facts == [channels.ChannelOpened(channel_id=channel.id)]


async def test_a_code_is_used_once(work: Work) -> None:
    await an_open_shop(work)
    with pytest.raises(channels.ChannelTaken, match="site"):
        await an_open_shop(work)


@pytest.mark.parametrize(
    "given",
    [
        {"code": "Big Shop"},
        {"currency": "yuan"},
        {"name": " "},
        {"base_url": "ftp://example.com"},
        {"base_url": "https://user:secret@example.com"},
        {"base_url": "http://["},
        {"thresholds": Thresholds(warn_minutes=-1)},
        {"thresholds": Thresholds(warn_minutes=60, severe_minutes=30)},
        {"shown": ShownRule(percent=1001)},
        {"shown": ShownRule(minimum=-1)},
        {"shown": ShownRule(minimum=5, maximum=4)},
        {"shown": ShownRule(plus=2_000_000)},
        {"warehouse_ids": (same := uuid4(), same)},
    ],
)
async def test_what_cannot_be_a_shop_is_refused(work: Work, given: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        await channels.open_channel(work, a_shop(**given))


async def test_what_a_shop_shows_follows_a_changed_rule(work: Work) -> None:
    channel = await an_open_shop(work)
    work.facts.clear()
    await channels.edit_channel(work, channel.id, ChannelChanges(name="Our site"), expected_version=1)
    assert (channel.name, channel.version, work.facts) == ("Our site", 2, [])
    await channels.edit_channel(work, channel.id, ChannelChanges(shown=ShownRule(percent=50)))
    assert (channel.shown_percent, work.facts) == (50, [channels.ShownRuleChanged(channel_id=channel.id)])
    with pytest.raises(VersionConflict):
        await channels.edit_channel(work, channel.id, ChannelChanges(), expected_version=1)


async def test_other_warehouses_replace_the_former_ones(work: Work) -> None:
    first, second = uuid4(), uuid4()
    channel = await channels.open_channel(work, a_shop(warehouse_ids=(first, second)))
    await channels.edit_channel(work, channel.id, ChannelChanges(warehouse_ids=(second,)))
    other = await an_open_shop(work, "other")
    served = await channels.warehouses_by_channel(work, [channel.id, other.id])
    assert served == {channel.id: [second], other.id: []}


async def test_a_shop_is_paused_and_resumed(work: Work) -> None:
    channel = await an_open_shop(work)
    with pytest.raises(BadInput):
        await channels.pause_channel(work, channel.id, " ")
    await channels.pause_channel(work, channel.id, "stocktake")
    assert (channel.status, channel.status_reason) == (ChannelStatus.PAUSED, "stocktake")
    with pytest.raises(WrongState):
        await channels.pause_channel(work, channel.id, "again")
    await channels.resume_channel(work, channel.id)
    assert (channel.status, channel.status_reason) == (ChannelStatus.OPEN, None)


async def test_a_dead_session_stops_the_shop_until_someone_authorises_it(work: Work) -> None:
    channel = await an_open_shop(work)
    work.facts.clear()
    await channels.mark_unauthorised(work, channel.id, "27 invalid session")
    await channels.mark_unauthorised(work, channel.id, "27 again")
    assert channel.status is ChannelStatus.UNAUTHORISED
    assert work.facts == [channels.ChannelUnauthorised(channel_id=channel.id, reason="27 invalid session")]
    with pytest.raises(WrongState):
        await channels.resume_channel(work, channel.id)
    await channels.authorise_channel(work, channel.id, "sealed")
    assert (channel.status, channel.sealed_credentials) == (ChannelStatus.OPEN, "sealed")


async def test_a_dead_session_is_an_alert_until_someone_authorises_the_shop(work: Work) -> None:
    channel = await an_open_shop(work)
    await channels.mark_unauthorised(work, channel.id, "27 invalid session")
    await channels.mark_unauthorised(work, channel.id, "27 again")
    (alert,) = await open_alerts(work)
    assert (alert.subject, alert.subject_id, alert.channel_id) == ("CHANNEL", channel.id, channel.id)
    assert (alert.kind, alert.level) == ("SHOP_UNAUTHORISED", "SEVERE")
    assert alert.evidence == {"reason": "27 invalid session"}
    await channels.authorise_channel(work, channel.id, "sealed")
    assert await open_alerts(work) == []


async def test_new_credentials_do_not_resume_a_paused_shop(work: Work) -> None:
    channel = await an_open_shop(work)
    await channels.pause_channel(work, channel.id, "stocktake")
    await channels.authorise_channel(work, channel.id, "sealed")
    assert channel.status is ChannelStatus.PAUSED


async def test_credentials_stay_out_of_the_log_and_of_every_reader(sessions: Sessions, read: Read) -> None:
    async with begin(sessions, system("tests")) as work:
        channel = await channels.open_channel(work, a_shop(sealed_credentials="sealed-words"))
        await channels.authorise_channel(work, channel.id, "other-words")
    rows = await read.rows(select(AuditEntry.input, AuditEntry.changes))
    assert "words" not in str(rows)
    assert not hasattr((await channels.channels_by_id(read, [channel.id]))[channel.id], "sealed_credentials")
    async with begin(sessions, system("tests")) as work:
        assert not hasattr(await channels.channel_by_code(work, "site"), "sealed_credentials")
        account = await channels.account_of(work, channel.id)
        assert account is not None
        assert account.sealed_credentials == "other-words"


async def test_a_channel_outside_the_scope_is_not_there(sessions: Sessions, read: Read) -> None:
    async with begin(sessions, system("tests")) as work:
        mine, other = await an_open_shop(work, "mine"), await an_open_shop(work, "other", Platform.TAOBAO)
    scoped = Read(read.engine, staff_of(mine.id))
    assert set(await channels.channels_by_id(scoped, [mine.id, other.id])) == {mine.id}
    assert set(await channels.channels_of_codes(scoped, ["mine", "other"])) == {"mine"}
    assert [row.code for row in (await channels.channels_page(scoped, [], PageRequest())).rows] == ["mine"]
    async with begin(sessions, staff_of(mine.id)) as work:
        assert (await channels.channel_by_id(work, mine.id)).code == "mine"
        for refused in (
            channels.channel_by_id(work, other.id),
            channels.channel_by_code(work, "other"),
            channels.edit_channel(work, other.id, ChannelChanges(name="Mine now")),
            channels.pause_channel(work, other.id, "no"),
        ):
            with pytest.raises(NotFound):
                await refused
