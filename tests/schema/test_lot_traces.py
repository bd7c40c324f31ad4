"""A recall: from a lot to every buyer who got of it, and from an order or a buyer back to the lots."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import customers, fulfilment, inventory
from domain.inventory.models import Lot
from domain.kernel import Actor, Money, Quantity, Sessions, UnitPrice, Work, begin, system
from schema.scalars import global_id
from tests.domain.fulfilment.builders import NOW, a_head, a_line, a_shop, waybill
from tests.domain.inventory.builders import a_variant, a_warehouse
from tests.schema.comparing import EVERYTHING, Comparison, actor

TRACE = """query ($where: LotTraceWhere!, $after: String) { lotTraces(where: $where, first: 3, after: $after) {
    nodes { sku quantity kind certain lot { code } warehouse { code } counterpart { kind } orderLine { title }
        order { id number } customer { name phone } shipment { waybill } }
    pageInfo { hasNextPage endCursor } totalCount } }"""


class Recall:
    """Two lots of one article: three buyers got of the first, and the last of them of the second too."""

    variant: UUID
    lots: dict[str, UUID]
    shops: list[UUID]
    buyers: list[UUID]
    orders: list[UUID]


async def received(work: Work, variant: UUID, warehouse: inventory.WarehouseId, lot: str, quantity: int) -> None:
    line = inventory.ReceivedLine(
        variant_id=variant, quantity=Quantity(quantity), unit_cost=UnitPrice(2), lot_code=lot, expires_on=None
    )
    await inventory.receive_stock(work, inventory.Receipt(warehouse_id=warehouse, reason="purchase", lines=[line]))


async def sold(
    work: Work, recall: Recall, warehouse: inventory.WarehouseId, shop: UUID, quantity: int, variant: UUID | None = None
) -> None:
    variant = variant or recall.variant
    buyer = customers.Customer(name=f"Buyer {quantity}", phone=f"1380000000{quantity}", created_at=NOW)
    work.session.add(buyer)
    order = a_head(shop, warehouse, Money(10), Money(0))
    order.customer_id = buyer.id
    work.session.add(order)
    await work.session.flush()
    line = a_line(order.id, 1, variant, str(quantity), "10.00")
    work.session.add(line)
    await work.session.flush()
    wanted = inventory.WantedLine(line.id, variant, line.quantity, UnitPrice(1))
    await inventory.claim(work, order.id, [warehouse], [wanted], inventory.ClaimClass.TO_SHIP)
    await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    recall.buyers.append(buyer.id)
    recall.orders.append(order.id)


@pytest.fixture
async def recall(sessions: Sessions) -> Recall:
    made = Recall()
    made.buyers, made.orders = [], []
    async with begin(sessions, system("tests"), at=NOW) as work:
        made.variant, warehouse = await a_variant(work, "MASK"), await a_warehouse(work)
        made.shops = [await a_shop(work), await a_shop(work)]
        await received(work, made.variant, warehouse, "A", 6)
        await received(work, made.variant, warehouse, "B", 6)
        for shop, quantity in zip((*made.shops, made.shops[0]), (1, 2, 4), strict=True):
            await sold(work, made, warehouse, shop, quantity)
        made.lots = {row.code: row.id for row in await work.rows(select(Lot.code, Lot.id))}
    return made


@pytest.fixture
async def traced(own_engine: AsyncEngine, sessions: Sessions) -> Comparison:
    return Comparison(own_engine, sessions)


async def ask(traced: Comparison, who: Actor = EVERYTHING, after: str | None = None, **where: Any) -> Any:
    told = await traced.same(TRACE, {"where": where, "after": after}, who=who)
    assert told.errors is None, told.errors
    assert told.data is not None
    return told.data["lotTraces"]


def who_got(page: Any) -> list[tuple[str, str, str | None]]:
    return [
        (each["quantity"], each["lot"]["code"], each["customer"] and each["customer"]["name"]) for each in page["nodes"]
    ]


async def test_from_a_lot_to_its_buyers(traced: Comparison, recall: Recall) -> None:
    lot = global_id("Lot", recall.lots["A"])
    first = await ask(traced, lotId=lot)
    assert first["totalCount"] == 4
    second = await ask(traced, lotId=lot, after=first["pageInfo"]["endCursor"])
    assert who_got(first) + who_got(second) == [
        ("6.0000", "A", None),
        ("-1.0000", "A", "Buyer 1"),
        ("-2.0000", "A", "Buyer 2"),
        ("-3.0000", "A", "Buyer 4"),
    ]
    came, went = first["nodes"][0], second["nodes"][0]
    assert (came["kind"], came["counterpart"], came["shipment"]) == ("RECEIPT", {"kind": "SUPPLIER"}, None)
    assert (went["kind"], went["sku"], went["orderLine"]) == ("SALE", "MASK", {"title": "goods 1"})
    assert went["customer"]["phone"] == "13800000004"
    assert went["order"]["id"] == global_id("Order", recall.orders[2])


async def test_what_became_of_a_lot_is_of_it_unless_it_was_undone(
    traced: Comparison, recall: Recall, sessions: Sessions
) -> None:
    """Pieces of B are numbered anew, and packed as a box; one that was numbered in error is not of it."""
    async with begin(sessions, system("tests"), at=NOW) as work:
        place = (await work.rows(select(inventory.Warehouse.id).where(inventory.Warehouse.code.like("W-%"))))[0].id
        box, old = await a_variant(work, "BOX"), recall.lots["B"]

        async def posted(kind: inventory.MovementKind, *lines: inventory.Line) -> inventory.StockDocument:
            draft = inventory.DraftedDocument(kind=kind, warehouse_id=place, reason="label", lines=lines)
            paper = await inventory.draft_stock_document(work, draft)
            await inventory.approve_stock_document(work, paper.id)
            return await inventory.post_stock_document(work, paper.id)

        def pieces(lot_id: UUID, code: str | None = None) -> inventory.Line:
            lot = inventory.LotId(lot_id)
            return inventory.Line(variant_id=recall.variant, quantity=Quantity(2), lot_id=lot, lot_code=code)

        undone = await posted(inventory.MovementKind.LOT_CHANGE, pieces(old, "WRONG"))
        await inventory.void_stock_document(work, undone.id, "not that one")
        await posted(inventory.MovementKind.LOT_CHANGE, pieces(old, "NEW"))
        new = (await work.rows(select(Lot.id).where(Lot.code == "NEW")))[0].id
        made = inventory.Line(variant_id=box, quantity=Quantity(1), lot_code="BOXED")
        await posted(inventory.MovementKind.ASSEMBLY, made, pieces(new))
        await sold(work, recall, place, recall.shops[0], 1, box)
    lot, seen = global_id("Lot", old), list[Any]()
    page = await ask(traced, lotId=lot)
    while page["pageInfo"]["hasNextPage"]:
        seen += page["nodes"]
        page = await ask(traced, lotId=lot, after=page["pageInfo"]["endCursor"])
    got = [(each["sku"], each["lot"]["code"], each["kind"], each["quantity"]) for each in (*seen, *page["nodes"])]
    assert [each for each in got if each[1] != "B"] == [
        ("MASK", "NEW", "LOT_CHANGE", "2.0000"),
        ("MASK", "NEW", "ASSEMBLY", "-2.0000"),
        ("BOX", "BOXED", "ASSEMBLY", "1.0000"),
        ("BOX", "BOXED", "SALE", "-1.0000"),
    ]
    only = (await ask(traced, lotId=global_id("Lot", recall.lots["A"])))["totalCount"]
    assert only == 4
    back = await ask(traced, orderId=global_id("Order", recall.orders[-1]))
    assert [(each["sku"], each["lot"]["code"], each["quantity"], each["certain"]) for each in back["nodes"]] == [
        ("MASK", "B", "-2.0000", True),
        ("MASK", "NEW", "-2.0000", True),
        ("BOX", "BOXED", "-1.0000", True),
    ]


async def test_what_was_made_without_a_lot_is_traced_until_nothing_of_it_can_be_left(
    traced: Comparison, recall: Recall, sessions: Sessions
) -> None:
    """A box is made of B, another was there; one is sold here, one elsewhere, and then new boxes come."""
    async with begin(sessions, system("tests"), at=NOW) as work:
        box, here, there = await a_variant(work, "BOX"), await a_warehouse(work), await a_warehouse(work)
        line = inventory.ReceivedLine(variant_id=box, quantity=Quantity(1), unit_cost=UnitPrice(2))
        masks = inventory.ReceivedLine(
            variant_id=recall.variant, quantity=Quantity(2), unit_cost=UnitPrice(2), lot_code="B"
        )
        await inventory.receive_stock(work, inventory.Receipt(warehouse_id=here, reason="old", lines=[line, masks]))
        kind, lot = inventory.MovementKind.ASSEMBLY, inventory.LotId(recall.lots["B"])
        parts = inventory.Line(variant_id=recall.variant, quantity=Quantity(2), lot_id=lot)
        lines = [inventory.Line(variant_id=box, quantity=Quantity(1)), parts]
        draft = inventory.DraftedDocument(kind=kind, warehouse_id=here, reason="boxes", lines=lines)
        paper = await inventory.draft_stock_document(work, draft)
        await inventory.approve_stock_document(work, paper.id)
        await inventory.post_stock_document(work, paper.id)
        await sold(work, recall, here, recall.shops[0], 1, box)
        carried = inventory.TransferredLine(variant_id=box, quantity=Quantity(1))
        await inventory.transfer_stock(
            work,
            inventory.Transfer(from_warehouse_id=here, to_warehouse_id=there, reason="refill", lines=[carried]),
        )
        await sold(work, recall, there, recall.shops[0], 1, box)
        for place in (here, there):
            await inventory.receive_stock(work, inventory.Receipt(warehouse_id=place, reason="new", lines=[line]))
            await sold(work, recall, place, recall.shops[0], 1, box)
    lot_id, seen = global_id("Lot", recall.lots["B"]), list[Any]()
    page = await ask(traced, lotId=lot_id)
    while page["pageInfo"]["hasNextPage"]:
        seen += page["nodes"]
        page = await ask(traced, lotId=lot_id, after=page["pageInfo"]["endCursor"])
    boxes = [each for each in (*seen, *page["nodes"]) if each["sku"] == "BOX"]
    assert [(each["kind"], each["quantity"], each["certain"]) for each in boxes] == [
        ("ASSEMBLY", "1.0000", True),
        ("SALE", "-1.0000", False),
        ("TRANSFER_OUT", "-1.0000", False),
        ("TRANSFER_IN", "1.0000", False),
        ("SALE", "-1.0000", False),
    ]
    first, second, *after = (global_id("Order", each) for each in recall.orders[-4:])
    assert [each["order"]["id"] for each in boxes if each["order"]] == [first, second]
    for order, found in ((first, 1), (second, 1), *((each, 0) for each in after)):
        back = await ask(traced, orderId=order)
        assert [(each["lot"]["code"], each["certain"]) for each in back["nodes"]] == [("B", False)] * found
    stranger = actor("inventory.view", "orders.view", channels=frozenset({recall.shops[1]}))
    assert (await ask(traced, stranger, orderId=first))["nodes"] == []


async def test_from_an_order_or_a_buyer_back_to_the_lots(traced: Comparison, recall: Recall) -> None:
    got = [("-3.0000", "A", "Buyer 4"), ("-1.0000", "B", "Buyer 4")]
    assert who_got(await ask(traced, orderId=global_id("Order", recall.orders[2]))) == got
    assert who_got(await ask(traced, customerId=global_id("Customer", recall.buyers[2]))) == got
    assert who_got(await ask(traced, customerId=global_id("Order", recall.buyers[2]))) == []


async def test_each_sees_the_sales_of_their_own_shops(traced: Comparison, recall: Recall) -> None:
    seen = ("inventory.view", "orders.view", "customers.view", "fulfilment.view")
    keeper = actor(*seen, channels=frozenset({recall.shops[1]}))
    lot = global_id("Lot", recall.lots["A"])
    assert who_got(await ask(traced, keeper, lotId=lot)) == [("6.0000", "A", None), ("-2.0000", "A", "Buyer 2")]
    masked = (await ask(traced, keeper, lotId=lot))["nodes"][1]["customer"]["phone"]
    assert "0000" not in masked
    stranger = actor(*seen, warehouses=frozenset({uuid4()}))
    assert who_got(await ask(traced, stranger, lotId=lot)) == []


async def test_one_question_at_a_time(traced: Comparison, recall: Recall) -> None:
    lot, order = global_id("Lot", recall.lots["A"]), global_id("Order", recall.orders[0])
    for where in ({}, {"lotId": lot, "orderId": order}):
        told = await traced.same(TRACE, {"where": where})
        assert told.errors is not None
        assert "exactly one" in told.errors[0].message
