"""Selling virtual bundles: one line of the platform, lines of components here, in everything that happens to orders."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, text
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import bundles, catalogue, channels, fulfilment, inventory, orders, pricing
from domain.kernel import Actor, Money, Quantity, SessionRead, Sessions, UnitPrice, Work, begin, system
from domain.orders import AddedLine, IncomingStatus, MergedOrder, PlacedLine, SplitLine, exploding
from domain.pricing.models import Price
from domain.promotions import GiftMeasure, GiftStep
from tests.domain.inventory.builders import a_variant
from tests.domain.orders.builders import (
    START,
    ShopHere,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    broken,
    claims,
    holds,
    lines,
    received,
    refunded,
    statements,
)
from tests.domain.orders.test_giving import a_gift, a_rule, gifts
from tests.domain.orders.test_placing import a_placement

TWO = GiftStep(GiftMeasure.QUANTITY, Decimal(2))
VIRTUAL = bundles.BundleKind.VIRTUAL


async def a_box_shop(work: Work, *, stocks: tuple[int, ...] = (100,)) -> ShopHere:
    """Open a shop that sells BOX, two of A and one of B, which by themselves cost 10.00 each."""
    shop = await a_shop(work, stocks=stocks)
    await compose(work, shop, "BOX", A=2, B=1)
    return shop


async def compose(work: Work, shop: ShopHere, sku: str, **pieces: int) -> None:
    if sku not in shop.variants:
        shop.variants[sku] = await a_variant(work, sku)
    parts = [bundles.Component(variant_id=shop.variants[key], quantity=Quantity(n)) for key, n in pieces.items()]
    await bundles.compose_bundle(work, shop.variants[sku], VIRTUAL, parts)


def box(quantity: int = 2, price: str = "25.00", **changes: Any) -> orders.IncomingLine:
    return a_line("BOX", quantity, price, **changes)


async def told(work: Work, order: orders.Order) -> list[str]:
    """Say what the lines of an order are: number, article, how many, for how much, of how many of which bundle."""
    skus = {row.id: row.sku for row in await work.rows(text("SELECT id, sku FROM variants"))}
    return [
        f"{each.external_number} {skus.get(each.variant_id)} {_n(each.quantity)} {each.line_amount}"
        + (f" of {_n(each.bundle_quantity)} {each.bundle_title}" if each.bundle_quantity else "")
        for each in await lines(work, order)
    ]


def _n(quantity: Quantity) -> str:
    return f"{quantity.value.normalize():f}"


async def test_a_bundle_is_sold_by_its_components(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(), a_line("A")))
    assert await told(work, order) == [
        "line-BOX A 4 33.33 of 2 title of BOX",
        "line-BOX B 2 16.67 of 2 title of BOX",
        "line-A A 1 10.00",
    ]
    assert await claims(work, order) == ["TO_REVIEW 4", "TO_REVIEW 2", "TO_REVIEW 1"]
    assert (order.total_amount, await holds(work, order)) == (Money(60), {})
    assert {each.bundle_id for each in await lines(work, order)} == {shop.variants["BOX"], None}
    assert await broken(work) == {}


async def test_a_later_version_that_changes_nothing_changes_nothing(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(), a_line("A")))
    before, ids = await told(work, order), [each.id for each in await lines(work, order)]
    order = await received(work, shop, a_trade("1001", box(), a_line("A"), minute=1, seller_memo="x"))
    assert (await told(work, order), [each.id for each in await lines(work, order)]) == (before, ids)
    await orders.review_order(work, order.id)
    order = await received(work, shop, a_trade("1001", box(), a_line("A"), minute=2, seller_memo="x"))
    assert (await told(work, order), await holds(work, order)) == (before, {})
    assert await broken(work) == {}


@pytest.mark.parametrize("reviewed", [False, True])
async def test_another_price_is_shared_out_anew(work: Work, reviewed: bool) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box()))
    ids = [each.id for each in await lines(work, order)]
    if reviewed:
        await orders.review_order(work, order.id)
    order = await received(work, shop, a_trade("1001", box(price="20.00"), minute=1))
    assert [each.id for each in await lines(work, order)] == ids
    assert (await told(work, order))[0] == "line-BOX A 4 26.66 of 2 title of BOX"
    assert (order.total_amount, sorted(await holds(work, order))) == (
        Money(40),
        ["CHANGED_ON_PLATFORM"] if reviewed else [],
    )
    assert await broken(work) == {}


async def test_another_quantity_keeps_what_it_was_sold_as(work: Work) -> None:
    shop = await a_box_shop(work)
    await received(work, shop, a_trade("1001", box()))
    await bundles.compose_bundle(
        work, shop.variants["BOX"], VIRTUAL, [bundles.Component(variant_id=shop.variants["C"], quantity=Quantity(9))]
    )
    order = await received(work, shop, a_trade("1001", box(3), minute=1))
    assert await told(work, order) == [
        "line-BOX A 6 49.99 of 3 title of BOX",
        "line-BOX B 3 25.01 of 3 title of BOX",
    ]
    assert await claims(work, order) == ["TO_REVIEW 6", "TO_REVIEW 3"]
    newer = await received(work, shop, a_trade("1002", box(1)))
    assert await told(work, newer) == ["line-BOX C 9 25.00 of 1 title of BOX"]
    assert await broken(work) == {}


@pytest.mark.parametrize("reviewed", [False, True])
async def test_a_refund_of_the_bundle_cancels_all_its_components(work: Work, reviewed: bool) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(), a_line("C")))
    if reviewed:
        await orders.review_order(work, order.id)
    asked = replace(refunded("BOX", 2, "REQUESTED"), list_amount=Money(50), line_amount=Money(50))
    order = await received(work, shop, a_trade("1001", asked, a_line("C"), minute=1))
    assert sorted(await holds(work, order)) == ["REFUND_REQUESTED"]
    granted = replace(asked, refund=orders.IncomingRefundStatus.SUCCEEDED)
    order = await received(work, shop, a_trade("1001", granted, a_line("C"), minute=2))
    assert [_n(each.cancelled_quantity) for each in await lines(work, order)] == ["4", "2", "0"]
    assert len(await claims(work, order)) == 1
    assert await broken(work) == {}


async def test_a_cancelled_trade_gives_all_components_back(work: Work) -> None:
    shop = await a_box_shop(work)
    await received(work, shop, a_trade("1001", box()))
    order = await received(work, shop, a_trade("1001", box(), minute=1, status=IncomingStatus.CANCELLED))
    assert (order.status, await claims(work, order)) == ("CANCELLED", [])
    assert [_n(each.cancelled_quantity) for each in await lines(work, order)] == ["4", "2"]
    assert await broken(work) == {}


async def test_a_bundle_that_is_short_of_one_component_waits_whole(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(101)))
    assert (sorted(await holds(work, order)), await claims(work, order)) == (["SHORTAGE"], [])
    assert await broken(work) == {}


async def test_a_retired_component_lets_the_order_wait_until_it_is_sold_again(work: Work) -> None:
    shop = await a_box_shop(work)
    product = await work.session.scalar(
        text("SELECT product_id FROM variants WHERE id = :id").bindparams(id=shop.variants["B"])
    )
    await catalogue.retire_product(work, product)
    order = await received(work, shop, a_trade("1001", box()))
    assert "title of BOX" in (await holds(work, order))["BUNDLE_INCOMPLETE"]
    await priced(work, shop, "BOX", "25")
    with pytest.raises(orders.ComponentNotForSale) as refused:
        await orders.place_order(work, a_placement(shop, lines=[PlacedLine(sku="BOX", quantity=1)]))
    assert refused.value.path == ("input", "lines", "0")
    await catalogue.restore_product(work, product)
    await orders.check_orders(work, [order.id])
    assert await holds(work, order) == {}
    assert await broken(work) == {}


async def test_a_line_that_a_person_says_is_a_bundle_becomes_its_components(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("?", 2, "25.00"), a_line("C")))
    line = (await lines(work, order))[0]
    order = await orders.match_order_line(work, line.id, shop.variants["BOX"])
    assert await told(work, order) == [
        "line-? A 4 33.33 of 2 title of ?",
        "line-C C 1 10.00",
        "line-? B 2 16.67 of 2 title of ?",
    ]
    assert (await holds(work, order), len(await claims(work, order))) == ({}, 3)
    with pytest.raises(bundles.BundleNested):
        await orders.match_order_line(work, line.id, shop.variants["BOX"])
    again = await received(work, shop, a_trade("1001", a_line("?", 2, "25.00"), a_line("C"), minute=1, seller_memo="x"))
    assert (await lines(work, again))[0].id == line.id, "the platform said nothing new of the goods"
    more = await received(work, shop, a_trade("1001", a_line("?", 3, "25.00"), a_line("C"), minute=2))
    assert (await told(work, more))[:2] == ["line-? A 6 49.99 of 3 title of ?", "line-? B 3 25.01 of 3 title of ?"]
    assert await broken(work) == {}


async def test_a_code_remembered_for_a_bundle_serves_what_waits(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", a_line("?", 1, "25.00")))
    fact = channels.SellerCodeRemembered(channel_id=shop.channel_id, code="?", variant_id=shop.variants["BOX"])
    await orders.match_remembered(work, fact)
    assert (len(await claims(work, order)), await holds(work, order)) == (2, {})
    assert await broken(work) == {}


async def test_an_article_that_becomes_a_bundle_while_orders_wait_for_it(work: Work) -> None:
    shop = await a_shop(work)
    shop.variants["BOX"] = await a_variant(work, "BOX")
    order = await received(work, shop, a_trade("1001", box()))
    assert sorted(await holds(work, order)) == ["SHORTAGE"]
    await compose(work, shop, "BOX", A=2, B=1)
    await orders.explode_bundles(work, bundles.BundleChanged(variant_id=shop.variants["BOX"]))
    assert (await claims(work, order), await holds(work, order)) == (["TO_REVIEW 4", "TO_REVIEW 2"], {})
    assert await broken(work) == {}


async def test_an_order_that_came_while_its_article_became_a_bundle_is_found_by_the_clock(work: Work) -> None:
    shop = await a_shop(work)
    shop.variants["BOX"] = await a_variant(work, "BOX")
    order = await received(work, shop, a_trade("1001", box()))
    await compose(work, shop, "BOX", A=2, B=1)
    await orders.review_waiting(work)
    assert (await claims(work, order), await holds(work, order)) == (["TO_REVIEW 4", "TO_REVIEW 2"], {})
    assert await broken(work) == {}


async def priced(work: Work, shop: ShopHere, sku: str, price: str) -> None:
    found = await work.rows(
        text("SELECT price_list_id, starts_at FROM prices WHERE variant_id = :id"), {"id": shop.variants["A"]}
    )
    work.session.add(
        Price(
            price_list_id=found[0].price_list_id,
            variant_id=shop.variants[sku],
            unit_price=UnitPrice(price),
            starts_at=found[0].starts_at,
        )
    )
    await work.session.flush()


async def test_a_bundle_is_placed_and_added_here(work: Work) -> None:
    shop = await a_box_shop(work)
    await priced(work, shop, "BOX", "25")
    wanted = [PlacedLine(sku="C", quantity=1), PlacedLine(sku="BOX", quantity=2)]
    order = await orders.place_order(work, a_placement(shop, lines=wanted, expected_total=Money(60), paid=True))
    assert (
        await told(work, order)
        == [
            "None C 1 10.00",
            "None A 4 33.33 of 2 品 BOX",
            "None B 2 16.67 of 2 品 BOX",
        ]
        or len(await told(work, order)) == 3
    )
    assert await claims(work, order) == ["TO_REVIEW 1", "TO_REVIEW 4", "TO_REVIEW 2"]
    order = await orders.add_order_line(
        work, order.id, AddedLine(variant_id=shop.variants["BOX"], quantity=Quantity(1)), "one more"
    )
    assert (order.total_amount, len(await claims(work, order))) == (Money(85), 5)
    order = await orders.add_order_gift(work, order.id, shop.variants["BOX"], Quantity(1), "sorry")
    assert (order.total_amount, len(await claims(work, order))) == (Money(85), 7)
    assert await broken(work) == {}
    with pytest.raises(inventory.StockShort) as refused:
        await orders.place_order(work, a_placement(shop, lines=[*wanted[:1], PlacedLine(sku="BOX", quantity=60)]))
    assert refused.value.path == ("input", "lines", "1", "quantity")


async def test_an_edited_order_with_a_bundle_does_not_hear_a_change_that_is_none(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(), a_line("C")))
    first = (await lines(work, order))[0]
    await orders.change_order_line_quantity(work, first.id, Quantity(3), "one is broken")
    order = await received(work, shop, a_trade("1001", box(), a_line("C"), minute=1))
    assert (await holds(work, order), (await told(work, order))[0]) == ({}, "line-BOX A 3 25.00 of 2 title of BOX")
    order = await received(work, shop, a_trade("1001", box(3), a_line("C"), minute=2))
    assert sorted(await holds(work, order)) == ["CHANGED_ON_PLATFORM"]
    assert await broken(work) == {}


async def test_a_bundle_is_held_against_floors_as_a_whole(work: Work) -> None:
    shop = await a_box_shop(work)
    await pricing.set_floor_price(work, UnitPrice("8.50"), variant_id=shop.variants["A"])
    cheap = await received(work, shop, a_trade("1001", box(price="25.00")))
    assert await holds(work, cheap) == {}, "8.33 for each A is no dumping: B has no floor, and the box has none"
    await pricing.set_floor_price(work, UnitPrice("25.01"), variant_id=shop.variants["BOX"])
    held = await received(work, shop, a_trade("1002", box(price="25.00")))
    assert "title of BOX at 25.000000, floor 25.01" in (await holds(work, held))["PRICE_BELOW_FLOOR"]
    fair = await received(work, shop, a_trade("1003", box(price="25.01")))
    assert await holds(work, fair) == {}


async def test_the_parts_of_a_split_bundle_are_told_once_the_last_has_left(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(), a_line("C")))
    first, second, third = await lines(work, order)
    part = [SplitLine(order_line_id=first.id, quantity=Quantity(3))]
    await orders.split_order(work, order.id, [part])
    parts = await work.rows(text("SELECT id FROM orders WHERE split_from_id = :id ORDER BY number"), {"id": order.id})
    assert [await told(work, await work.session.get(orders.Order, each.id)) for each in parts] == [
        ["line-BOX A 3 24.99 of 2 title of BOX"],
        ["line-BOX A 1 8.34 of 2 title of BOX", "line-BOX B 2 16.67 of 2 title of BOX", "line-C C 1 10.00"],
    ]
    heard = []
    for number, each in enumerate(parts):
        await orders.review_order(work, each.id)
        parcel = await fulfilment.ship_order(work, each.id, "OTHER", f"W{number}000000")
        owed = await fulfilment.shipments_to_tell(work, parcel.id)
        heard += [[(one.line_numbers, one.last) for one in owed]]
        await fulfilment.note_told(work, parcel.id)
    assert heard == [[], [(("line-BOX", "line-C"), True)]]
    assert (third.external_number, second.bundle_line_id) == ("line-C", first.id)


async def test_a_bundle_whose_rest_is_given_up_is_told_with_the_part_that_left(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(), a_line("C")))
    first, _, third = await lines(work, order)
    await orders.split_order(work, order.id, [[SplitLine(order_line_id=first.id, quantity=Quantity(3))]])
    parts = await work.rows(text("SELECT id FROM orders WHERE split_from_id = :id ORDER BY number"), {"id": order.id})
    one, two = (each.id for each in parts)
    await orders.review_order(work, one)
    parcel = await fulfilment.ship_order(work, one, "OTHER", "W10000000")
    assert (await fulfilment.shipments_to_tell(work, parcel.id), await fulfilment.untold_bundles(work, two)) == (
        [],
        [parcel.id],
    )
    await orders.cancel_order(work, two, "nobody makes it any more")
    (owed,) = await fulfilment.shipments_to_tell(work, parcel.id)
    assert ([each.external_number for each in owed.lines], owed.last) == (["line-BOX"], True)
    await fulfilment.note_told(work, parcel.id)
    assert await fulfilment.untold_bundles(work, two) == []
    assert third.bundle_line_id is None
    assert await broken(work) == {}


async def test_a_preorder_bundle_waits_with_all_its_components(work: Work) -> None:
    shop = await a_box_shop(work)
    rule = orders.Combining(preorder_words=("预售",), ship_now=orders.ShipNow.NO_WORD)
    await orders.set_combining_rule(work, shop.channel_id, rule)
    order = await received(work, shop, a_trade("1001", box(specification="预售 红色"), a_line("C")))
    assert {each.bundle_title for each in await lines(work, order)} == {"title of BOX 预售 红色", None}
    await orders.split_order_by(work, order.id, orders.SplitBy.PREORDER)
    parts = await work.rows(text("SELECT id FROM orders WHERE split_from_id = :id ORDER BY number"), {"id": order.id})
    found = [await work.session.get_one(orders.Order, each.id) for each in parts]
    assert sorted([len(await lines(work, each)) for each in found]) == [1, 2]
    granted = replace(box(), refund=orders.IncomingRefundStatus.SUCCEEDED, specification="预售 红色")
    await received(work, shop, a_trade("1001", granted, a_line("C"), minute=1))
    cancelled = [_n(line.cancelled_quantity) for each in found for line in await lines(work, each)]
    assert sorted(cancelled) == ["0", "2", "4"]
    assert await broken(work) == {}


async def test_a_bundle_in_two_parcels_is_told_with_the_second(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(), a_line("C")))
    await orders.review_order(work, order.id)
    first, second, third = await lines(work, order)

    async def ship(*parts: tuple[orders.OrderLine, int], waybill: str) -> Any:
        wanted = [fulfilment.ShipLine(order_line_id=line.id, quantity=Quantity(many)) for line, many in parts]
        return await fulfilment.ship_order(work, order.id, "OTHER", waybill, wanted)

    early = await ship((first, 4), (third, 1), waybill="W10000000")
    (owed,) = await fulfilment.shipments_to_tell(work, early.id)
    assert (owed.line_numbers, owed.last) == (("line-C",), False)
    late = await ship((second, 2), waybill="W20000000")
    (after,) = await fulfilment.shipments_to_tell(work, early.id)
    assert after.line_numbers == ("line-C",), "asked late, the first parcel still speaks of what it alone finished"
    (owed,) = await fulfilment.shipments_to_tell(work, late.id)
    assert (owed.line_numbers, owed.last) == (("line-BOX",), True)
    assert [(each.external_number, _n(each.quantity)) for each in owed.lines] == [("line-BOX", "2")]
    assert await broken(work) == {}


async def test_a_bundle_alone_in_two_parcels_is_told_once(work: Work) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box()))
    await orders.review_order(work, order.id)
    first, _ = await lines(work, order)
    wanted = [fulfilment.ShipLine(order_line_id=first.id, quantity=Quantity(4))]
    early = await fulfilment.ship_order(work, order.id, "OTHER", "W10000000", wanted)
    assert await fulfilment.shipments_to_tell(work, early.id) == []
    late = await fulfilment.ship_order(work, order.id, "OTHER", "W20000000")
    (owed,) = await fulfilment.shipments_to_tell(work, late.id)
    assert (owed.line_numbers, owed.last) == (("line-BOX",), True)


async def test_merged_orders_keep_their_bundles_apart(work: Work) -> None:
    shop = await a_box_shop(work)
    found = [await received(work, shop, a_trade(number, box())) for number in ("1001", "1002")]
    merged = await orders.merge_orders(work, [MergedOrder(order_id=each.id) for each in found])
    assert (len(await told(work, merged)), merged.total_amount) == (4, Money(100))
    gone = await received(work, shop, a_trade("1002", box(), minute=1, status=IncomingStatus.CANCELLED))
    assert gone.merged_into_id == merged.id
    assert [_n(each.cancelled_quantity) for each in await lines(work, merged)] == ["0", "0", "4", "2"]
    await orders.unmerge_order(work, merged.id)
    alone = await received(work, shop, a_trade("1001", box(3), minute=2))
    assert (await told(work, alone))[0] == "line-BOX A 6 49.99 of 3 title of BOX"
    assert await broken(work) == {}


async def test_no_price_for_a_component_lets_pieces_weigh(work: Work) -> None:
    shop = await a_box_shop(work)
    await work.execute(delete(Price).where(Price.variant_id == shop.variants["B"]))
    found = await exploding.components_of(work, shop.channel_id, [shop.variants["BOX"]])
    assert [str(each.weight.normalize()) for each in found[shop.variants["BOX"]]] == ["2", "1"]


async def test_a_bundle_counts_once_for_gifts(work: Work) -> None:
    shop = await a_box_shop(work)
    gift = await a_gift(work, shop)
    await a_rule(work, gift, name="boxes", variant_ids=[shop.variants["BOX"]], steps=[TWO])
    await a_rule(work, gift, name="parts", variant_ids=[shop.variants["A"]])
    assert await gifts(work, await received(work, shop, a_trade("1001", box(5)))) == ["boxes 2"]
    assert await gifts(work, await received(work, shop, a_trade("1002", a_line("A")))) == ["parts 1"]
    assert await broken(work) == {}


async def test_what_was_sold_of_bundles_is_counted_by_bundles(work: Work) -> None:
    shop = await a_box_shop(work)
    first = await received(work, shop, a_trade("1001", box(2), a_line("A")))
    await received(work, shop, a_trade("1002", box(3, "20.00")), a_trade("1003", refunded("BOX", 9)))
    (line, *_) = await lines(work, first)
    await orders.split_order(work, first.id, [[SplitLine(order_line_id=line.id, quantity=Quantity(1))]])

    async def sold(actor: Actor | None = None, **narrowed: Any) -> list[tuple[Any, ...]]:
        read = SessionRead(engine=None, actor=actor or work.actor, session=work.session)  # type: ignore[arg-type]
        found = await orders.bundle_sales(read, START, START + timedelta(days=1), **narrowed)
        return [(each.bundle_id, each.orders, _n(each.quantity), str(each.amount)) for each in found]

    assert await sold() == [(shop.variants["BOX"], 2, "5", "110.00")]
    assert await sold(bundle_ids=[shop.variants["A"]]) == await sold(channel_ids=[]) == []
    assert await sold(a_reviewer(channels=frozenset())) == []


async def test_intake_of_bundles_costs_the_same_however_many(sessions: Sessions, own_engine: AsyncEngine) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_box_shop(work, stocks=(10_000,))
        await compose(work, shop, "CRATE", B=1, C=5)
    sent_for = {}
    for size in (5, 50):
        trades = [
            a_trade(f"{size}-{number}", box(), a_line("CRATE"), a_line("A"), buyer_id=f"{size}-{number}")
            for number in range(size)
        ]
        with statements(own_engine) as sent:
            async with begin(sessions, system("tests")) as work:
                await orders.receive_trades(work, shop.channel_id, trades)
        sent_for[size] = len(sent)
    assert sent_for[5] == sent_for[50] <= 17
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
