"""Matching by hand: a person says which article a line is, and the shop's code is remembered if he says so."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from domain import channels, inventory, orders
from domain.channels import Listing
from domain.kernel import BadInput, NotFound, Work, WrongState
from tests.domain.inventory.builders import a_variant, stock
from tests.domain.orders.builders import (
    ShopHere,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    acting,
    broken,
    claims,
    holds,
    lines,
    order_of,
    received,
)

MAY = ("match_order_line",)


async def a_line_nobody_knows(work: Work, quantity: int = 2) -> tuple[ShopHere, orders.Order, UUID]:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A"), a_line("their-own", quantity)))
    return shop, order, (await lines(work, order))[1].id


async def test_a_matched_line_claims_its_stock_and_waits_no_more(work: Work) -> None:
    shop, order, line_id = await a_line_nobody_knows(work)
    reviewer = acting(work, a_reviewer(*MAY))
    order = await orders.match_order_line(reviewer, line_id, shop.variants["B"])
    assert [each.variant_id for each in await lines(work, order)] == [shop.variants["A"], shop.variants["B"]]
    assert (await holds(work, order), await claims(work, order)) == ({}, ["TO_REVIEW 1", "TO_REVIEW 2"])
    assert (order.version, order.updated_by) == (2, "李审")
    assert await broken(work) == {}


async def test_a_wrong_match_is_put_right(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("A", 2)))
    (line,) = await lines(work, order)
    order = await orders.match_order_line(work, line.id, shop.variants["C"])
    assert [each.variant_id for each in await lines(work, order)] == [shop.variants["C"]]
    assert await claims(work, order) == ["TO_REVIEW 2"]
    assert await broken(work) == {}
    again = await orders.match_order_line(work, line.id, shop.variants["C"])
    assert (again.version, await claims(work, order)) == (2, ["TO_REVIEW 2"])


async def test_what_is_matched_and_short_says_so(work: Work) -> None:
    shop, order, line_id = await a_line_nobody_knows(work, quantity=500)
    work.facts.clear()
    await orders.match_order_line(work, line_id, shop.variants["B"])
    assert await holds(work, order) == {"SHORTAGE": "short of title of their-own: 500.0000 wanted, 100.0000 free"}
    short = [each for each in work.facts if isinstance(each, inventory.StockRanShort)]
    assert [each.variant_id for each in short] == [shop.variants["B"]]


async def test_a_match_survives_another_quantity(work: Work) -> None:
    shop, order, line_id = await a_line_nobody_knows(work)
    await orders.match_order_line(work, line_id, shop.variants["B"])
    order = await received(work, shop, a_trade("1001", a_line("A"), a_line("their-own", 5), minute=1))
    assert (await holds(work, order), await claims(work, order)) == ({}, ["TO_REVIEW 1", "TO_REVIEW 5"])
    assert await broken(work) == {}


async def test_a_remembered_code_serves_what_waits_and_what_comes(work: Work) -> None:
    shop, _, line_id = await a_line_nobody_knows(work)
    waiting = await received(work, shop, a_trade("1002", a_line("their-own", 3)))
    await orders.match_order_line(work, line_id, shop.variants["B"], remember=True)
    (fact,) = [each for each in work.facts if isinstance(each, channels.SellerCodeRemembered)]
    await orders.match_remembered(work, fact)
    assert (await holds(work, waiting), await claims(work, waiting)) == ({}, ["TO_REVIEW 3"])
    later = await received(work, shop, a_trade("1003", a_line("their-own", 4)))
    assert (await holds(work, later), await claims(work, later)) == ({}, ["TO_REVIEW 4"])
    other = await a_shop(work, prefix="X")
    assert list(await holds(work, await received(work, other, a_trade("1004", a_line("their-own"))))) == [
        "UNMATCHED_GOODS"
    ]
    await channels.remember_seller_code(work, shop.channel_id, "their-own", shop.variants["C"])
    said_anew = await received(work, shop, a_trade("1005", a_line("their-own")))
    assert [each.variant_id for each in await lines(work, said_anew)] == [shop.variants["C"]]
    assert await broken(work) == {}


async def test_a_line_without_a_code_has_nothing_to_remember(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line(None, external_number="1")))
    (line,) = await lines(work, order)
    with pytest.raises(BadInput, match="no seller code") as refusal:
        await orders.match_order_line(work, line.id, shop.variants["A"], remember=True)
    assert refusal.value.path == ("input", "remember")


async def test_showing_an_article_matches_the_lines_that_wait_under_the_shops_sku(work: Work) -> None:
    shop = await a_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("?", external_sku="sku-9")))
    other = await a_variant(work, "Z")
    await stock(work, other, shop.warehouses[0], 5)
    listing = {"external_item": "9", "seller_code": "Z", "created_at": work.now, "channel_id": shop.channel_id}
    work.session.add(Listing(variant_id=other, external_sku="sku-9", **listing))
    await work.session.flush()
    fact = channels.VariantsListed(channel_id=channels.ChannelId(shop.channel_id), variant_ids=(other,))
    await orders.match_listed(work, fact)
    assert (await holds(work, order), await claims(work, order)) == ({}, ["TO_REVIEW 1"])


async def test_who_may_not_and_what_is_not_there(work: Work) -> None:
    shop, order, line_id = await a_line_nobody_knows(work)
    elsewhere = acting(work, a_reviewer(*MAY, channels=frozenset({uuid4()})))
    for actor, line, variant, path in (
        (work, uuid4(), shop.variants["A"], "orderLineId"),
        (elsewhere, line_id, shop.variants["A"], "orderLineId"),
        (work, line_id, uuid4(), "variantId"),
    ):
        with pytest.raises(NotFound) as refusal:
            await orders.match_order_line(actor, line, variant)
        assert refusal.value.path == ("input", path)
    await orders.cancel_order(work, order.id, "never mind")
    with pytest.raises(WrongState, match="CANCELLED"):
        await orders.match_order_line(work, line_id, shop.variants["A"])


async def test_an_order_that_was_given_up_is_named_by_no_alert(work: Work) -> None:
    shop = await a_shop(work, stocks=(1,))
    first = await received(work, shop, a_trade("1", a_line("A", 5)))
    second = await received(work, shop, a_trade("2", a_line("A", 7)))
    for fact in [each for each in work.facts if isinstance(each, inventory.StockRanShort)]:
        await inventory.watch_shortage(work, fact)
    await orders.cancel_order(work, first.id, "too long")
    await orders.end_shortages(work, orders.OrderCancelled(order_id=first.id, reason="too long"))
    assert await oversold(work) == {str(second.id): "7.0000"}
    await received(work, shop, a_trade("2", a_line("A", 7), minute=1, status=orders.IncomingStatus.CANCELLED))
    await orders.end_shortages(work, orders.OrderRevised(channel_id=shop.channel_id, order_ids=[second.id]))
    assert await oversold(work) is None
    assert (await order_of(work, shop, "2")).status == "CANCELLED"


async def oversold(work: Work) -> dict[str, str] | None:
    rows = await work.rows(text("SELECT evidence FROM alerts WHERE kind = 'OVERSOLD' AND resolved_at IS NULL"))
    return rows[0].evidence["waiting"] if rows else None
