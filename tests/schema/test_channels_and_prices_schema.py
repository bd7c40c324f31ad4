from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, channels, pricing
from domain.channels import Channel, Platform
from domain.kernel import Actor, ActorKind, Sessions, begin, system
from domain.kernel.records import AuditEntry, IdempotencyKey
from schema.scalars import global_id
from tests.conftest import NOW
from tests.counting import statements
from tests.domain.catalogue.builders import a_product, a_variant
from tests.domain.channels.builders import a_listing, an_open_shop, staff_of
from tests.domain.pricing.builders import a_price, a_price_list
from tests.schema.asking import Client, client

SHOP = {
    "code": "taobao-1",
    "name": "Our shop",
    "platform": "TAOBAO",
    "credentials": {"appKey": "key-1", "appSecret": "hush-hush", "session": "sess"},
    "thresholds": {"warnMinutes": 5, "severeMinutes": 10},
    "shown": {"percent": 80},
}


@dataclass(frozen=True)
class Shelf:
    """One variant listed on two shops, priced in a list for all and in one of its own."""

    mine: UUID
    other: UUID
    variant: UUID
    listing: UUID
    base: UUID


@pytest.fixture
def asked(own_engine: AsyncEngine, sessions: Sessions) -> Client:
    return client(own_engine, sessions)


@pytest.fixture
async def shelf(sessions: Sessions) -> Shelf:
    async with begin(sessions, system("tests")) as work:
        mine, other = await an_open_shop(work, "mine"), await an_open_shop(work, "other", Platform.JD)
        variant = await a_variant(work)
        listing = await a_listing(work, mine, variant_id=variant)
        await a_listing(work, other, variant_id=variant)
        base = await a_price_list(work)
        await a_price(work, base, variant, "10")
        await a_price(work, base, variant, "8", starts_at=NOW - timedelta(days=2), ends_at=NOW - timedelta(days=1))
        await a_price(work, await a_price_list(work, "jd", channel_id=other.id), variant, "9.90")
        await pricing.reprice(work, [variant])
    return Shelf(mine.id, other.id, variant, listing.id, base.id)


async def test_a_shop_is_opened_and_its_secrets_are_never_answered_nor_kept_in_clear(asked: Client) -> None:
    wanted = (
        "id code platform status currency version thresholds { warnMinutes pickLeadMinutes } shown { percent maximum }"
    )
    made = await asked.done("openChannel", "Channel", wanted, SHOP, key="k1")
    assert made.pop("id")
    assert made == {
        "code": "taobao-1",
        "platform": "TAOBAO",
        "status": "OPEN",
        "currency": "CNY",
        "version": 1,
        "thresholds": {"warnMinutes": 5, "pickLeadMinutes": 240},
        "shown": {"percent": 80, "maximum": None},
    }
    async with asked.sessions() as session:
        kept = await session.scalar(select(Channel.sealed_credentials))
        logged = (await session.execute(select(AuditEntry.input, AuditEntry.changes))).all()
        keys = (await session.execute(select(IdempotencyKey.id))).all()
    assert kept == "app_key=1-yek;app_secret=hsuh-hsuh;session=sses"
    assert "hush" not in str(logged)
    assert "hsuh" not in str(logged)
    assert keys == []
    assert await asked.refused("openChannel", "Channel", SHOP) == ("CHANNEL_TAKEN", ["input", "code"])


async def test_a_shop_is_edited_paused_resumed_and_authorised(asked: Client, shelf: Shelf) -> None:
    shop = {"id": global_id("Channel", shelf.mine)}
    warehouse = global_id("Warehouse", shelf.variant)
    edit = shop | {"name": "Site", "shown": {"percent": 50, "maximum": 9}, "warehouseIds": [warehouse]}
    edited = await asked.done("editChannel", "Channel", "name shown { percent maximum }", edit)
    assert edited == {"name": "Site", "shown": {"percent": 50, "maximum": 9}}
    stale = edit | {"expectedVersion": 1}
    assert (await asked.refused("editChannel", "Channel", stale))[0] == "VERSION_CONFLICT"
    paused = await asked.done("pauseChannel", "Channel", "status statusReason", shop | {"reason": "count"})
    assert paused == {"status": "PAUSED", "statusReason": "count"}
    assert (await asked.refused("pauseChannel", "Channel", shop | {"reason": "count"}))[0] == "WRONG_STATE"
    assert (await asked.done("resumeChannel", "Channel", "status", shop))["status"] == "OPEN"
    keys = {"credentials": {"appKey": "a", "appSecret": "b"}}
    assert (await asked.done("authoriseChannel", "Channel", "status", shop | keys))["status"] == "OPEN"


async def test_a_foreign_channel_answers_as_one_that_does_not_exist(asked: Client, shelf: Shelf) -> None:
    scoped = asked.as_actor(staff_of(shelf.mine))
    foreign, nothing = global_id("Channel", shelf.other), global_id("Channel", shelf.variant)
    operation = """query ($id: ID!) { node(id: $id) { id } channel(id: $id) { code }
      byCode: channel(code: "other") { code }
      channels { totalCount nodes { code } } listings { nodes { channel { code } } }
      variant(sku: "TEA") { listings { channel { code } } price(channelId: $id) { unitPrice { amount } } }
      prices { nodes { priceList { code } } } priceLists { nodes { code } } }"""
    answers = [await scoped.ask(operation, id=each) for each in (foreign, nothing)]
    assert answers[0] == answers[1]
    assert answers[0] == {
        "node": None,
        "channel": None,
        "byCode": None,
        "channels": {"totalCount": 1, "nodes": [{"code": "mine"}]},
        "listings": {"nodes": [{"channel": {"code": "mine"}}]},
        "variant": {"listings": [{"channel": {"code": "mine"}}], "price": None},
        "prices": {"nodes": [{"priceList": {"code": "base"}}] * 2},
        "priceLists": {"nodes": [{"code": "base"}]},
    }
    refused = [await scoped.refused("resumeChannel", "Channel", {"id": each}) for each in (foreign, nothing)]
    assert refused == [("NOT_FOUND", ["input", "id"])] * 2


async def test_listings_are_made_one_by_one_and_many_at_once(asked: Client, shelf: Shelf) -> None:
    async with begin(asked.sessions, system("tests")) as work:
        milk = await a_variant(work, "MILK")
    given = {
        "channelId": global_id("Channel", shelf.mine),
        "variantId": global_id("Variant", milk),
        "externalItem": "m",
        "externalSku": "m-1",
    }
    wanted = "id listed goodsOwed stockOwed priceOwed price { amount currency } shownQuantity variant { sku }"
    made = await asked.done("listVariant", "Listing", wanted, given)
    listing = {"id": made.pop("id")}
    assert made == {
        "listed": True,
        "goodsOwed": True,
        "stockOwed": False,
        "priceOwed": False,
        "price": None,
        "shownQuantity": None,
        "variant": {"sku": "MILK"},
    }
    taken = given | {"variantId": global_id("Variant", shelf.variant)}
    assert await asked.refused("listVariant", "Listing", taken) == ("LISTING_TAKEN", ["input", "externalSku"])
    blocked = await asked.done("blockListing", "Listing", "syncBlocked", listing | {"reason": "campaign"})
    assert blocked == {"syncBlocked": "campaign"}
    data = await asked.ask("{ listings(where: {blocked: true}) { nodes { sellerCode } } }")
    assert data["listings"]["nodes"] == [{"sellerCode": "MILK"}]
    assert (await asked.done("unblockListing", "Listing", "syncBlocked", listing))["syncBlocked"] is None
    assert (await asked.done("unlistVariant", "Listing", "listed", listing))["listed"] is False
    bulk = """mutation ($inputs: [ListVariantInput!]!) { listVariants(inputs: $inputs) {
      listing { externalSku } refusals { code } } }"""
    answer = await asked.ask(bulk, inputs=[given | {"externalSku": "m-2"}, taken, given])
    assert answer["listVariants"] == [
        {"listing": {"externalSku": "m-2"}, "refusals": []},
        {"listing": None, "refusals": [{"code": "LISTING_TAKEN"}]},
        {"listing": {"externalSku": "m-1"}, "refusals": []},
    ]


async def test_a_price_is_asked_for_by_channel_and_moment_and_says_why(asked: Client, shelf: Shelf) -> None:
    operation = """query ($mine: ID!, $other: ID!, $at: DateTime) { variant(sku: "TEA") {
      here: price(channelId: $mine) { unitPrice { amount currency } priceList { code } }
      there: price(channelId: $other) { unitPrice { amount } price { variant { sku } }
        explanation { priceListCode verdict ofChannel unitPrice { amount } } }
      then: price(channelId: $mine, asOf: $at) { unitPrice { amount } explanation { verdict } } } }"""
    data = await asked.ask(
        operation,
        mine=global_id("Channel", shelf.mine),
        other=global_id("Channel", shelf.other),
        at=(NOW - timedelta(hours=30)).isoformat(),
    )
    variant = data["variant"]
    assert variant["here"] == {
        "unitPrice": {"amount": "10.00", "currency": "CNY"},
        "priceList": {"code": "base"},
    }
    assert variant["there"]["price"] == {"variant": {"sku": "TEA"}}
    assert variant["there"]["explanation"] == [
        {"priceListCode": "jd", "verdict": "CHOSEN", "ofChannel": True, "unitPrice": {"amount": "9.90"}},
        {
            "priceListCode": "base",
            "verdict": "NOT_OF_THE_CHANNEL",
            "ofChannel": False,
            "unitPrice": {"amount": "10.00"},
        },
        {
            "priceListCode": "base",
            "verdict": "PRICE_NOT_IN_FORCE",
            "ofChannel": False,
            "unitPrice": {"amount": "8.00"},
        },
    ]
    assert variant["then"] == {
        "unitPrice": {"amount": "8.00"},
        "explanation": [{"verdict": "CHOSEN"}, {"verdict": "EARLIER"}],
    }


async def test_prices_are_set_ended_and_refused_when_finer_than_a_cent(asked: Client, shelf: Shelf) -> None:
    made = await asked.done(
        "createPriceList", "PriceList", "id currency channel { code }", {"code": "sale", "name": "Sale", "priority": 9}
    )
    assert (made["currency"], made["channel"]) == ("CNY", None)
    variant = global_id("Variant", shelf.variant)

    def price(amount: str, currency: str = "CNY") -> dict[str, object]:
        unit_price = {"amount": amount, "currency": currency}
        return {"priceListId": made["id"], "price": {"variantId": variant, "unitPrice": unit_price}}

    for amount in ("12.345", "0.0000001"):
        assert await asked.refused("setPrice", "Price", price(amount)) == (
            "PRICE_INEXACT",
            ["input", "price", "unitPrice"],
        )
    assert await asked.refused("setPrice", "Price", price("1", "USD")) == ("BAD_INPUT", ["input", "price", "unitPrice"])
    kept = await asked.done("setPrice", "Price", "id unitPrice { amount } priceList { code }", price("5.50"))
    assert kept["unitPrice"] == {"amount": "5.50"}
    ended = await asked.done("endPrice", "Price", "endsAt", {"id": kept["id"]})
    assert ended["endsAt"] is not None
    many = {"priceListId": made["id"], "prices": [price("6")["price"]]}
    assert (await asked.done("setPrices", "PriceList", "code", many))["code"] == "sale"
    assert (await asked.refused("setPrices", "PriceList", many | {"prices": many["prices"] * 251}))[0] == "BAD_INPUT"
    where = {"priceListId": {"eq": made["id"]}, "inForceAt": NOW.replace(year=2100).isoformat()}
    data = await asked.ask(
        "query ($where: PriceFilter) { prices(where: $where) { nodes { unitPrice { amount } } } }", where=where
    )
    assert data["prices"]["nodes"] == [{"unitPrice": {"amount": "6.00"}}]


async def test_what_needs_another_permission_is_null_with_an_error(asked: Client, shelf: Shelf) -> None:
    seller = Actor(kind=ActorKind.STAFF, id=None, name="Wang", permissions=frozenset({"catalogue.view"}))
    operation = (
        """query ($id: ID!) { variant(sku: "TEA") { sku listings { id } price(channelId: $id) { price { id } } } }"""
    )
    result = await asked.as_actor(seller).execute(operation, id=global_id("Channel", shelf.mine))
    assert result.data == {"variant": {"sku": "TEA", "listings": None, "price": None}}
    assert [each.extensions["code"] for each in result.errors] == ["FORBIDDEN", "FORBIDDEN"]


async def test_prices_of_many_variants_cost_the_same_statements(asked: Client, shelf: Shelf) -> None:
    async with begin(asked.sessions, system("tests")) as work:
        variants = await catalogue.import_products(work, [a_product(f"p{n}") for n in range(60)])
        given = [
            channels.NewListing(variant_id=each, external_item=sku, external_sku=sku) for sku, each in variants.items()
        ]
        await channels.list_variants(work, channels.ChannelId(shelf.mine), given)
    operation = """query ($first: Int, $id: ID!) { variants(first: $first) { nodes { sku
      price(channelId: $id) { unitPrice { amount } priceList { code } explanation { verdict } }
      listings { channel { code } title } } } }"""
    counts = []
    for first in (1, 60):
        with statements(asked.engine) as seen:
            await asked.ask(operation, first=first, id=global_id("Channel", shelf.mine))
        counts.append(len(seen))
    assert max(counts) <= 6
