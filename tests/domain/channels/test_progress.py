import asyncio
from datetime import timedelta
from uuid import UUID

from domain import channels
from domain.channels import Platform
from domain.kernel import Sessions, Work, begin, system
from tests.conftest import NOW
from tests.domain.channels.builders import an_open_shop, open_alerts

ORDERS = "orders"


async def test_a_stream_only_moves_forward(work: Work) -> None:
    shop = await an_open_shop(work)
    assert await channels.progress_of(work, shop.id, ORDERS) is None
    await channels.advance(work, shop.id, ORDERS, NOW)
    await channels.advance(work, shop.id, ORDERS, NOW - timedelta(hours=1))
    progress = await channels.progress_of(work, shop.id, ORDERS)
    assert progress is not None
    assert (progress.read_until, progress.failures, progress.pulled_at) == (NOW, 0, work.now)
    assert await channels.progress_of(work, shop.id, "refunds") is None


async def test_a_resting_stream_keeps_its_place_and_counts_its_failures(work: Work) -> None:
    shop = await an_open_shop(work)
    await channels.rest(work, shop.id, ORDERS, NOW + timedelta(seconds=8), "ban will last 7 more seconds")
    progress = await channels.progress_of(work, shop.id, ORDERS)
    assert progress is not None
    assert (progress.read_until, progress.failures) == (None, 1)
    await channels.advance(work, shop.id, ORDERS, NOW)
    await channels.rest(work, shop.id, ORDERS, NOW + timedelta(seconds=8), "fault")
    await channels.rest(work, shop.id, ORDERS, NOW + timedelta(seconds=9), "fault again")
    progress = await channels.progress_of(work, shop.id, ORDERS)
    assert progress is not None
    assert (progress.read_until, progress.failures, progress.rest_reason) == (NOW, 2, "fault again")
    await channels.advance(work, shop.id, ORDERS, NOW)
    progress = await channels.progress_of(work, shop.id, ORDERS)
    assert progress is not None
    assert (progress.rest_until, progress.failures) == (None, 0)


async def test_a_stream_that_fails_again_and_again_is_an_alert_until_it_is_read(work: Work) -> None:
    shop = await an_open_shop(work)
    for _ in range(4):
        await channels.rest(work, shop.id, ORDERS, NOW + timedelta(seconds=8), "fault")
    assert await open_alerts(work) == []
    for _ in range(2):
        await channels.rest(work, shop.id, ORDERS, NOW + timedelta(seconds=80), "fault")
    (alert,) = await open_alerts(work)
    assert (alert.kind, alert.level, alert.channel_id) == ("SHOP_NOT_READ", "WARN", shop.id)
    assert alert.evidence["failures"] == 5
    await channels.read_again(work, shop.id)
    assert await open_alerts(work) == []


async def test_a_stream_that_must_rest_for_hours_is_an_alert_at_once(work: Work) -> None:
    shop = await an_open_shop(work)
    await channels.rest(work, shop.id, ORDERS, NOW + timedelta(hours=9), "quota")
    assert [each.kind for each in await open_alerts(work)] == ["SHOP_NOT_READ"]
    await channels.pause_channel(work, shop.id, "closed for today")
    assert await open_alerts(work) == []


async def test_only_open_shops_that_do_not_rest_are_read(work: Work) -> None:
    fresh = await an_open_shop(work, "a-fresh", Platform.TAOBAO)
    paused = await an_open_shop(work, "b-paused", Platform.JD)
    resting = await an_open_shop(work, "c-resting", Platform.JD)
    rested = await an_open_shop(work, "d-rested")
    await an_open_shop(work, "e-direct", Platform.DIRECT)
    await channels.pause_channel(work, paused.id, "stocktake")
    await channels.rest(work, resting.id, ORDERS, NOW + timedelta(hours=1), "quota")
    await channels.rest(work, rested.id, ORDERS, NOW, "ban")
    rows = await channels.accounts_to_read(work, ORDERS)
    assert [(row.id, row.failures) for row in rows] == [(fresh.id, None), (rested.id, 1)]
    assert {row.id for row in await channels.accounts_to_read(work, "refunds")} == {fresh.id, resting.id, rested.id}


async def test_a_nonce_is_new_once_a_day(work: Work) -> None:
    shop, other = await an_open_shop(work), await an_open_shop(work, "other")
    assert await channels.remember_nonce(work, shop.id, "n-1")
    assert not await channels.remember_nonce(work, shop.id, "n-1")
    assert await channels.remember_nonce(work, other.id, "n-1")
    work.now = NOW + timedelta(hours=24)
    assert not await channels.remember_nonce(work, shop.id, "n-1")
    work.now = NOW + timedelta(hours=24, seconds=1)
    assert await channels.remember_nonce(work, shop.id, "n-1")
    assert await channels.forget_nonces(work) == 1


async def test_of_many_equal_notices_at_once_one_is_new(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop_id = (await an_open_shop(work)).id

    async def receive(channel_id: UUID) -> bool:
        async with begin(sessions, system("tests")) as work:
            return await channels.remember_nonce(work, channels.ChannelId(channel_id), "n-1")

    assert sum(await asyncio.gather(*(receive(shop_id) for _ in range(10)))) == 1


async def test_an_account_is_found_for_connectors_and_webhooks(work: Work) -> None:
    shop = await an_open_shop(work)
    account = await channels.account_by_code(work, "site")
    assert account is not None
    assert (account.id, account.sealed_credentials) == (shop.id, None)
    assert await channels.account_by_code(work, "nobody") is None
