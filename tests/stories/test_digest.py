"""A day's digest reaches who is on duty and their team: pushed, sent signed and once, again when somebody asks."""

import asyncio
from typing import Any

from tests.stories.client import Client
from tests.stories.company import Company
from tests.stories.test_own_orders import direct

SHOP = "digest-desk"
WATCHING = ("alerts.view", "desk.view", "identity.set_duty", "channels.view")
DIGESTS = """query ($c: [ID!]) { deskDigests(channels: $c) { nodes { day deliveries {
    id recipient state sequence attempts receipt problem } } } }"""
EVENT = "change alert { id kind addressedToName subjectId evidence message }"


async def delivered(company: Company) -> dict[str, Any]:
    """Look what became of the digest for each recipient of the channel that matters here."""
    found = await company.admin.ask(DIGESTS, c=[company.channels[SHOP]])
    (digest,) = found["deskDigests"]["nodes"]
    return {each["recipient"]: each for each in digest["deliveries"]}


async def received(company: Company) -> list[tuple[str, int, int]]:
    """Look what the receiver got of the channel: for whom, the how manieth time it was sent, and how often told."""
    kept = (await company.simulated.ask("GET", "/notices"))["notices"]
    found = [(each["recipient"], each["sequence"], each["times"]) for each in kept if each["channel"] == SHOP]
    boxes = {each["recipient"]: each.get("mail_to") for each in kept}
    assert boxes["店长信箱"] == "boss@example.com"
    return sorted(each for each in found if each[0] != "店长信箱")


async def addressed(company: Company, person: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Give the person the right address, and the team one with a wrong secret."""
    notices = company.simulated.ports["notices"]
    access = {"key": notices["key"], "secret": notices["secret"]}
    own = {"name": "李值班", "url": f"{notices['url']}/li", "staffId": person} | access
    team = {"name": "客服组", "url": f"{notices['url']}/team?room=7", "channelIds": [company.channels[SHOP]]} | access
    for nowhere in ("ftp://nowhere", "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/digests"):
        wrong = await company.admin.refused("setDigestAddress", team | {"url": nowhere})
        assert (wrong["code"], wrong["path"]) == ("BAD_INPUT", ["input", "url"])
    both = await company.admin.refused("setDigestAddress", own | {"channelIds": team["channelIds"]})
    assert both["path"] == ["input", "channelIds"]
    mail = {"name": "店长信箱", "mail": "boss@example.com"}
    two = await company.admin.refused("setDigestAddress", mail | {"secret": "s"})
    assert two["path"] == ["input", "secret"]
    boxed = await company.admin.done("setDigestAddress", "host channelIds", mail | {"channelIds": team["channelIds"]})
    assert boxed == {"host": "b***@example.com", "channelIds": team["channelIds"]}
    await company.admin.done("setDigestAddress", "name host staffId", own)
    made = await company.admin.done("setDigestAddress", "id host", team | {"secret": "another"})
    assert made["host"] == "127.0.0.1"
    return made, team


async def on_duty(company: Company) -> tuple[Client, str]:
    person = await company.person(WATCHING, shops=(SHOP,), name="李值班")
    return person, (await person.done("setDuty", "id onDuty", {"onDuty": True}))["id"]


async def test_a_digest_is_pushed_and_sent_once_and_again_when_it_failed(company: Company) -> None:
    shop = await direct(company, SHOP)
    person, person_id = await on_duty(company)
    address, team = await addressed(company, person_id)
    await company.admin.done("setDeskRule", "id", {"channelId": shop, "digestHour": 0})
    async with person.listening("orderAlerts", f'(addressedTo: ["{person_id}"])', EVENT) as alerts:
        await asyncio.gather(*(company.clock("sum_up_days") for _ in range(3)))
        await company.clock("sum_up_days")
        event = await alerts.next()
        assert (event["change"], event["alert"]["kind"], event["alert"]["subjectId"]) == (
            "OPENED", "DAILY_DIGEST", shop)  # fmt: skip
        assert event["alert"]["evidence"]["open"] == 0
        assert await alerts.silent()
    assert await received(company) == [("李值班", 1, 1)]
    told = await delivered(company)
    assert (told["李值班"]["state"], told["李值班"]["attempts"], told["客服组"]["state"]) == ("SENT", 1, "FAILED")
    assert told["李值班"]["receipt"]
    assert "401" in told["客服组"]["problem"]
    assert await undelivered(company, shop) == ["客服组"]

    await company.admin.done("setDigestAddress", "version", team | {"id": address["id"], "expectedVersion": 1})
    await company.admin.done("resendDigest", "state sequence", {"id": told["客服组"]["id"]})
    await company.settle()
    assert await received(company) == sorted([("李值班", 1, 1), ("客服组", 2, 1)])
    again = (await delivered(company))["客服组"]
    assert (again["state"], again["sequence"], await undelivered(company, shop)) == ("SENT", 2, [])
    await nothing_secret_is_answered(company, address["id"])


async def undelivered(company: Company, shop: str) -> list[str]:
    """List for whom an alert says that the digest did not arrive."""
    found = await company.admin.ask("{ alerts(first: 100) { nodes { kind subjectId resolvedAt evidence } } }")
    open_ones = [each for each in found["alerts"]["nodes"] if each["resolvedAt"] is None and each["subjectId"] == shop]
    return [each["evidence"]["recipient"] for each in open_ones if each["kind"] == "DIGEST_UNDELIVERED"]


async def nothing_secret_is_answered(company: Company, address_id: str) -> None:
    """Read addresses and the log of what was done with them; then remove one, so that it gets nothing more."""
    listed = await company.admin.ask("{ digestAddresses { nodes { name host channelIds staffId version } } }")
    logged = await company.admin.ask("{ auditLog(first: 50) { nodes { action input } } }")
    secret, url = company.simulated.ports["notices"]["secret"], company.simulated.ports["notices"]["url"]
    assert "desk.set_digest_address" in str(logged)
    assert not any(each in str(listed) + str(logged) for each in (secret, f"{url}/team"))
    await company.admin.done("removeDigestAddress", "removedAt", {"id": address_id})
    team = (await delivered(company))["客服组"]["id"]
    assert (await company.admin.refused("resendDigest", {"id": team}))["code"] == "NO_DIGEST_ADDRESS"
