"""Drafts: incomplete, at the price and stock of now, of one person, and an order only when they are placed."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from domain import drafts, inventory, orders
from domain.drafts import DraftContent, DraftPlacement, DraftReceiver, OrderDraft
from domain.kernel import (
    Actor,
    ActorKind,
    BadInput,
    Money,
    NotAllowed,
    NotFound,
    Quantity,
    Refusal,
    SessionRead,
    Sessions,
    UnitPrice,
    VersionConflict,
    Work,
    WrongState,
    begin,
    now,
    system,
)
from domain.orders import PlacedBy, PlacedLine
from domain.pricing.models import Price
from tests.domain.orders.builders import ShopHere, a_line, a_shop, a_trade, acting, broken, claims, lines, received
from tests.domain.orders.test_selling_bundles import a_box_shop, priced

RECEIVER = DraftReceiver(
    name="王小明", phone="13800000000", province="浙江省", city="杭州市", district="西湖区", detail="文三路 1 号"
)
COMPLETE = DraftContent(
    lines=[PlacedLine(sku="A", quantity=2), PlacedLine(sku="B", quantity=1)],
    customer=PlacedBy(name="王小明", phone="13800000000"),
    receiver=RECEIVER,
    seller_memo="老客户",
)
MANY = ("start", "save", "take", "discard", "place")


def a_clerk(*more: str, name: str = "赵客服", channels: frozenset[UUID] | None = None) -> Actor:
    granted = frozenset({f"drafts.{each}_order_draft" for each in MANY} | {"drafts.copy_order", *more})
    return Actor(kind=ActorKind.STAFF, id=uuid4(), name=name, permissions=granted, channels=channels)


async def quoted(work: Work, draft: OrderDraft) -> drafts.Quote:
    await work.session.flush()
    read = SessionRead(engine=None, actor=work.actor, session=work.session)  # type: ignore[arg-type]
    return (await drafts.quotes_of(read, [draft.id]))[draft.id]


async def test_a_draft_may_lack_everything_and_says_what(work: Work) -> None:
    shop = await a_shop(work)
    draft = await drafts.start_order_draft(work, shop.channel_id, DraftContent())
    said = await quoted(work, draft)
    assert set(said.missing) == {"customer", "lines"} | {
        f"receiver.{each}" for each in ("name", "phone", "province", "city", "detail")
    }
    assert (said.total_amount, said.lines) == (Money(0), [])
    with pytest.raises(BadInput) as refused:
        await drafts.place_order_draft(work, draft.id)
    assert refused.value.path == ("input", "id")
    assert draft.status == "OPEN"


async def test_a_draft_costs_what_is_in_force_when_it_is_read(work: Work) -> None:
    shop = await a_shop(work, stocks=(5, 3))
    draft = await drafts.start_order_draft(work, shop.channel_id, COMPLETE)
    said = await quoted(work, draft)
    assert (said.goods_amount, said.missing, said.warehouse_id) == (Money("30"), [], shop.warehouses[0])
    assert [(each.unit_price, each.amount, each.available) for each in said.lines] == [
        (UnitPrice("10"), Money("20"), Quantity(5)),
        (UnitPrice("10"), Money("10"), Quantity(5)),
    ]
    nowhere = replace(COMPLETE, receiver=replace(RECEIVER, phone="tel", city="广州市"))
    await drafts.save_order_draft(work, draft.id, nowhere)
    assert (await quoted(work, draft)).missing == ["receiver.phone", "receiver.city"]
    await drafts.save_order_draft(work, draft.id, COMPLETE)
    price = (await work.session.scalars(select(Price).where(Price.variant_id == shop.variants["A"]))).one()
    price.unit_price = UnitPrice("12.50")
    other = replace(COMPLETE, lines=[PlacedLine(sku="A", quantity=4)])
    sold = await drafts.start_order_draft(work, shop.channel_id, other)
    await drafts.place_order_draft(work, sold.id)
    said = await quoted(work, draft)
    assert said.total_amount == Money("35")
    assert said.warehouse_id == shop.warehouses[1]
    assert [each.available for each in said.lines] == [Quantity(3), Quantity(3)]
    too_many = await drafts.save_order_draft(work, draft.id, replace(COMPLETE, lines=[PlacedLine(sku="A", quantity=9)]))
    assert (await quoted(work, too_many)).missing == ["lines.0.quantity"]


async def test_what_is_sold_before_it_is_there_is_not_missing(work: Work) -> None:
    shop = await a_shop(work, stocks=(1,))
    draft = await drafts.start_order_draft(work, shop.channel_id, COMPLETE)
    assert (await quoted(work, draft)).missing == ["lines.0.quantity"]
    day = now().date() + timedelta(days=9)
    await orders.offer_preorder(work, shop.channel_id, shop.variants["A"], day)
    said = await quoted(work, draft)
    assert (said.missing, [each.ships_on for each in said.lines]) == ([], [day, None])
    assert (await drafts.place_order_draft(work, draft.id)).kind == "PREORDER"


async def test_a_placed_draft_is_an_order_to_the_cent(work: Work) -> None:
    shop = await a_shop(work)
    content = replace(
        COMPLETE,
        lines=[PlacedLine(sku=each, quantity=1) for each in "ABC"],
        discount_amount=Money("10.00"),
        freight_amount=Money("6.00"),
    )
    draft = await drafts.start_order_draft(work, shop.channel_id, content)
    assert await work.rows(select(inventory.models.Claim.order_line_id)) == []
    placing = DraftPlacement(expected_total=Money("26"), expected_currency="CNY", paid=True)
    order = await drafts.place_order_draft(work, draft.id, placing, expected_version=1)
    assert (order.status, order.total_amount, order.paid_amount) == ("UNREVIEWED", Money("26"), Money("26"))
    assert (order.discount_amount, order.freight_amount, order.seller_memo) == (Money("10"), Money("6"), "老客户")
    assert [each.line_amount for each in await lines(work, order)] == [Money("6.67"), Money("6.67"), Money("6.66")]
    assert await claims(work, order) == ["TO_REVIEW 1"] * 3
    assert (draft.status, draft.order_id, draft.customer_id) == ("PLACED", order.id, order.customer_id)
    assert await broken(work) == {}
    with pytest.raises(WrongState, match="PLACED"):
        await drafts.place_order_draft(work, draft.id)


async def test_what_is_refused_when_it_is_placed_leaves_the_draft(work: Work) -> None:
    shop = await a_shop(work, stocks=(1,))
    draft = await drafts.start_order_draft(work, shop.channel_id, COMPLETE)
    with pytest.raises(orders.PriceChanged) as refused:
        await drafts.place_order_draft(work, draft.id, DraftPlacement(expected_total=Money("29")))
    assert refused.value.path == ("input", "expectedTotal")
    with pytest.raises(inventory.StockShort) as short:
        await drafts.place_order_draft(work, draft.id)
    assert short.value.path == ("input", "id")
    discounted = replace(COMPLETE, discount_amount=Money("1"))
    clerk = acting(work, a_clerk())
    own = await drafts.start_order_draft(clerk, shop.channel_id, discounted)
    with pytest.raises(NotAllowed, match="change_order_discount"):
        await drafts.place_order_draft(clerk, own.id)
    assert (draft.status, own.status) == ("OPEN", "OPEN")


@pytest.mark.parametrize(
    ("change", "refusal", "path"),
    [
        ({"lines": [PlacedLine(sku="?", quantity=1)]}, orders.UnknownSku, ("lines", "0")),
        ({"lines": [PlacedLine(quantity=1)]}, BadInput, ("lines", "0")),
        ({"lines": [PlacedLine(sku="A", quantity=0)]}, BadInput, ("lines", "0", "quantity")),
        ({"lines": [PlacedLine(sku="A", quantity=1)] * 201}, BadInput, ("lines",)),
        ({"discount_amount": Money("-1")}, BadInput, ("discountAmount",)),
        ({"currency": "USD"}, BadInput, ()),
        ({"seller_memo": "x" * 1001}, BadInput, ("sellerMemo",)),
        ({"receiver": replace(RECEIVER, detail="a\0b")}, BadInput, ("receiver", "detail")),
        ({"customer": PlacedBy(customer_id=uuid4())}, NotFound, ("customer",)),
    ],
)
async def test_what_cannot_be_saved(
    work: Work, change: dict[str, Any], refusal: type[Refusal], path: tuple[str, ...]
) -> None:
    shop = await a_shop(work)
    with pytest.raises(refusal) as refused:
        await drafts.start_order_draft(work, shop.channel_id, replace(COMPLETE, **change))
    assert refused.value.path == ("input", "content", *path)


async def test_a_known_buyer_is_found_by_the_phone(work: Work) -> None:
    shop = await a_shop(work)
    first = await drafts.place_order_draft(work, (await drafts.start_order_draft(work, shop.channel_id, COMPLETE)).id)
    by_phone = replace(COMPLETE, customer=PlacedBy(phone="13800000000"))
    draft = await drafts.start_order_draft(work, shop.channel_id, by_phone)
    assert draft.customer_id == first.customer_id
    stranger = replace(COMPLETE, customer=PlacedBy(phone="13900000000"))
    assert (await drafts.save_order_draft(work, draft.id, stranger)).customer_id is None


async def test_a_draft_has_an_owner_and_a_version(work: Work) -> None:
    shop = await a_shop(work)
    one, other = acting(work, a_clerk()), acting(work, a_clerk(name="钱客服"))
    draft = await drafts.start_order_draft(one, shop.channel_id, COMPLETE)
    for change in (drafts.discard_order_draft(other, draft.id), drafts.place_order_draft(other, draft.id)):
        with pytest.raises(drafts.DraftTaken, match="赵客服"):
            await change
    with pytest.raises(VersionConflict):
        await drafts.save_order_draft(one, draft.id, COMPLETE, expected_version=7)
    draft = await drafts.take_order_draft(other, draft.id, expected_version=1)
    assert (draft.owner_name, draft.version) == ("钱客服", 2)
    boss = acting(work, a_clerk("drafts.change_any_draft"))
    assert (await drafts.discard_order_draft(boss, draft.id)).status == "DISCARDED"
    elsewhere = acting(work, a_clerk(channels=frozenset({uuid4()})))
    with pytest.raises(NotFound):
        await drafts.take_order_draft(elsewhere, draft.id)


async def test_drafts_expire_by_the_policy(work: Work) -> None:
    shop = await a_shop(work)
    await orders.set_order_policy(work, orders.PolicyRules(draft_days=2), shop.channel_id)
    old = await drafts.start_order_draft(work, shop.channel_id, COMPLETE)
    kept = await drafts.start_order_draft(work, shop.channel_id, COMPLETE)
    later = Work(session=work.session, actor=system("schedule"), now=work.now + timedelta(days=1))
    await drafts.save_order_draft(later, kept.id, COMPLETE)
    later = Work(session=work.session, actor=system("schedule"), now=work.now + timedelta(days=2))
    assert await drafts.expire_order_drafts(later) == 1
    await work.session.refresh(old)
    await work.session.refresh(kept)
    assert (old.status, kept.status) == ("EXPIRED", "OPEN")
    with pytest.raises(WrongState):
        await drafts.save_order_draft(work, old.id, COMPLETE)
    with pytest.raises(BadInput, match="draftDays"):
        await orders.set_order_policy(work, orders.PolicyRules(draft_days=0), shop.channel_id)


async def test_a_copy_is_a_draft_at_todays_price(work: Work) -> None:
    shop = await a_shop(work)
    old = await received(work, shop, a_trade("1001", a_line("A", 3, "7.00"), a_line("B", 1, "1.00")))
    draft = await drafts.copy_order(work, old.id)
    assert (draft.copied_from_id, draft.receiver_name, draft.version) == (old.id, "王小明", 1)
    said = await quoted(work, draft)
    assert (said.total_amount, said.missing) == (Money("40"), [])
    order = await drafts.place_order_draft(work, draft.id)
    assert (order.total_amount, order.source, order.external_number) == (Money("40"), "PLACED", None)
    with pytest.raises(NotFound):
        await drafts.copy_order(acting(work, a_clerk(channels=frozenset({uuid4()}))), old.id)


async def test_two_clerks_place_one_draft_once(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        draft = await drafts.start_order_draft(work, shop.channel_id, COMPLETE)
    outcomes = await asyncio.gather(*(_place(sessions, shop, draft.id) for _ in range(4)))
    assert sorted(outcomes) == ["WRONG_STATE"] * 3 + ["placed"]


async def _place(sessions: Sessions, _shop: ShopHere, draft_id: UUID) -> str:
    try:
        async with begin(sessions, system("tests")) as work:
            await drafts.place_order_draft(work, draft_id)
    except Refusal as refusal:
        return refusal.code()
    return "placed"


async def test_a_bundle_is_quoted_by_its_components_and_copied_as_it_was_sold(work: Work) -> None:
    shop = await a_box_shop(work)
    await priced(work, shop, "BOX", "25")
    content = replace(COMPLETE, lines=[PlacedLine(sku="BOX", quantity=2)])
    draft = await drafts.start_order_draft(work, shop.channel_id, content)
    said = await quoted(work, draft)
    assert (said.total_amount, said.missing, said.warehouse_id) == (Money(50), [], shop.warehouses[0])
    assert [each.available for each in said.lines] == [Quantity(50)]
    order = await drafts.place_order_draft(work, draft.id)
    assert len(await claims(work, order)) == 2
    again = await drafts.copy_order(work, order.id)
    said = await quoted(work, again)
    assert [(each.variant_id, each.quantity) for each in said.lines] == [(shop.variants["BOX"], Quantity(2))]
    too_many = replace(content, lines=[PlacedLine(sku="BOX", quantity=51)])
    draft = await drafts.start_order_draft(work, shop.channel_id, too_many)
    assert (await quoted(work, draft)).missing == ["lines.0.quantity"]
    assert await broken(work) == {}
