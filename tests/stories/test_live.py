"""Alerts come live: who was away gets what was missed, in order, once; each hears only what is theirs."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from api.passwords import AccessTokens
from tests.stories.client import Client
from tests.stories.company import REVIEWING, Company, Goods

LATE_SECONDS = 9000


@pytest.fixture(scope="module")
async def goods(company: Company) -> Goods:
    return await company.goods("LIVE1", stock=500, shops=("taobao-main", "jd-main"))


async def late_orders(company: Company, goods: Goods, shop: str, number: int) -> list[str]:
    """Let orders be found that have waited for hours; gives their ids."""
    when = {"created_at": company.simulated.ago(LATE_SECONDS), "paid_at": company.simulated.ago(LATE_SECONDS)}
    numbers = [await company.sell(shop, (goods, 1), **when) for _ in range(number)]
    await company.pull(shop)
    await company.clock("remind")
    return [(await company.order(each))["id"] for each in numbers]


async def test_who_was_away_gets_what_was_missed_in_order_once(company: Company, goods: Goods) -> None:
    reviewer = await company.person(REVIEWING, shops=("taobao-main",))
    async with reviewer.listening("orderAlerts", "(levels: [SEVERE])") as alerts:
        seen = await late_orders(company, goods, "taobao-main", 2)
        events = [await alerts.next() for _ in range(2)]
        assert sorted(each["alert"]["subjectId"] for each in events) == sorted(seen)
    missed = await late_orders(company, goods, "taobao-main", 3)
    await reviewer.done("reviewOrder", "status", {"id": seen[0]})

    after = f'(levels: [SEVERE], after: "{events[0]["cursor"]}")'
    async with reviewer.listening("orderAlerts", after) as alerts:
        again = [await alerts.next() for _ in range(5)]
        assert again[0]["cursor"] == events[1]["cursor"]
        assert [each["change"] for each in again] == ["OPENED"] * 4 + ["RESOLVED"]
        assert sorted(each["alert"]["subjectId"] for each in again[1:4]) == sorted(missed)
        cursors = [int(each["cursor"]) for each in again]
        assert cursors == sorted(set(cursors))
        assert await alerts.silent()
        (live,) = await late_orders(company, goods, "taobao-main", 1)
        assert (await alerts.next())["alert"]["about"] == {"id": live}
        assert await alerts.silent()


async def test_each_hears_only_their_channel(company: Company, goods: Goods) -> None:
    first = await company.person(REVIEWING, shops=("taobao-main",))
    second = await company.person(REVIEWING, shops=("jd-main",))
    async with first.listening("orderAlerts") as taobao, second.listening("orderAlerts") as jd:
        (of_taobao,) = await late_orders(company, goods, "taobao-main", 1)
        (of_jd,) = await late_orders(company, goods, "jd-main", 1)
        assert (await taobao.next())["alert"]["subjectId"] == of_taobao
        assert (await jd.next())["alert"]["subjectId"] == of_jd
        assert await taobao.silent()
        assert await jd.silent()
    asked = "{ alerts(where: {subject: ORDER}) { nodes { channel { code } } } }"
    found = (await second.ask(asked))["alerts"]["nodes"]
    assert {each["channel"]["code"] for each in found} == {"jd-main"}


async def test_a_socket_ends_with_its_token(company: Company) -> None:
    email = await company.account(REVIEWING)
    token = (await company.sign_in(email))["accessToken"]
    tokens = AccessTokens(company.outside.settings.signing_key.get_secret_value())
    found = tokens.read(token)
    assert found is not None
    soon = tokens.sign(found[0], uuid4(), datetime.now(UTC) + timedelta(seconds=2))
    async with company.nobody.with_token(soon).listening("orderAlerts") as alerts:
        assert await alerts.closed_with() == 4401
    assert await company.nobody.with_token(soon).codes("{ viewer { name } }") == ["UNAUTHENTICATED"]


async def test_nobody_listens_without_permission(company: Company) -> None:
    idle = await company.person(())
    async with idle.socket() as socket:
        await socket.recv()
        await socket.send(
            '{"id": "1", "type": "subscribe", "payload": {"query": "subscription { orderAlerts { cursor } }"}}'
        )
        assert "FORBIDDEN" in str(await socket.recv())
    async with Client(company.nobody.http, company.nobody.url, {"Authorization": "Bearer wrong"}).socket() as socket:
        await socket.wait_closed()
        assert socket.close_code == 4401


async def test_the_reviewed_hear_no_more(company: Company, goods: Goods) -> None:
    """Reviewing resolves the alert in the same transaction, and two people who listen both hear it."""
    both = [await company.person(REVIEWING, shops=("jd-main",)) for _ in range(2)]
    async with both[0].listening("orderAlerts") as one, both[1].listening("orderAlerts") as two:
        (order,) = await late_orders(company, goods, "jd-main", 1)
        await asyncio.gather(one.about(order), two.about(order))
        await both[0].done("reviewOrder", "status", {"id": order})
        heard = await asyncio.gather(one.about(order, "RESOLVED"), two.about(order, "RESOLVED"))
        assert heard[0]["cursor"] == heard[1]["cursor"]
    found = await both[1].ask("query ($id: ID!) { order(id: $id) { alerts { kind } } }", id=order)
    assert found["order"]["alerts"] == []
