"""Returns through the schema: to a supplier at the cost of his receipt, from a buyer at the cost of the sale."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import fulfilment
from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.fulfilment.builders import a_reviewed_order, waybill
from tests.domain.inventory.builders import a_variant, a_warehouse, stock

Ask = Callable[..., Awaitable[Any]]
DRAFT = """mutation ($input: DraftStockDocumentInput!) { draftStockDocument(input: $input) {
    stockDocument { id lines { receiptId receiptPosition } } refusals { code path message } } }"""
APPROVE = """mutation ($input: ApproveStockDocumentInput!) { approveStockDocument(input: $input) {
    stockDocument { status } } }"""
POST = """mutation ($input: PostStockDocumentInput!) { postStockDocument(input: $input) {
    stockDocument { movements { kind quantity costAmount { amount } } } refusals { code } } }"""
RECEIPTS = "{ stockDocuments(where: { kinds: [RECEIPT] }) { nodes { id } } }"
RETURN = """mutation ($input: ReceiveReturnInput!, $try: Boolean) { receiveReturn(input: $input, validateOnly: $try) {
    goodsReturn { condition goodsAmount { amount } creditAmount { amount } lines { position quantity }
        document { kind status movements { quantity costAmount { amount } counterpart { kind } } } }
    refusals { code path message } } }"""
PARCEL = (
    """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Shipment { returns { kind reason warehouse { id } } } } }"""
)
WRITE_DOWN = """mutation ($input: WriteDownStockInput!) { writeDownStock(input: $input) {
    costChange { kind reason } refusals { code path } } }"""


@pytest.fixture
def ask(own_engine: AsyncEngine, sessions: Sessions) -> Ask:
    async def run(operation: str, *permissions: str, **variables: Any) -> Any:
        granted = frozenset(permissions or ("*",))
        actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="Chen", permissions=granted)
        context = Context(read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor)
        async with context.rehearsals:
            answer = await schema.execute(operation, variable_values=variables, context_value=context)
        if answer.errors is not None:
            return [(error.extensions or {}).get("code") for error in answer.errors]
        return next(iter((answer.data or {}).values()))

    return run


async def test_goods_go_back_at_the_cost_of_their_receipt(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, place = await a_variant(work), await a_warehouse(work)
        await stock(work, variant, place, 10, "13")
    (receipt,) = (await ask(RECEIPTS))["nodes"]
    async with begin(sessions, system("tests")) as work:
        await stock(work, variant, place, 10, "10")
    line = {"variantId": global_id("Variant", variant), "quantity": "11", "receiptId": receipt["id"]}
    line["receiptPosition"] = 1  # type: ignore[assignment] # A number among texts.
    given = {
        "kind": "SUPPLIER_RETURN",
        "warehouseId": global_id("Warehouse", place),
        "reason": "wrong",
        "lines": [line],
    }
    refused = (await ask(DRAFT, input=given))["refusals"]
    assert [(each["code"], each["path"]) for each in refused] == [
        ("RECEIPT_EXCEEDED", ["input", "lines", "0", "quantity"])
    ]
    line["quantity"] = "4"
    drafted = (await ask(DRAFT, input=given))["stockDocument"]
    assert drafted["lines"] == [{"receiptId": receipt["id"], "receiptPosition": 1}]
    await ask(APPROVE, input={"id": drafted["id"]})
    moved = (await ask(POST, input={"id": drafted["id"]}))["stockDocument"]["movements"]
    assert [(each["kind"], each["quantity"], each["costAmount"]["amount"]) for each in moved] == [
        ("SUPPLIER_RETURN", "-4.0000", "-52.00")
    ]


async def test_goods_of_a_parcel_come_back_and_are_written_down(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        order, (line,) = await a_reviewed_order(work, [("3", "10.00")], unit_cost="5")
        parcel = await fulfilment.ship_order(work, order.id, "OTHER", waybill())
        apart = await a_warehouse(work, sellable=False)
    given = {
        "shipmentId": global_id("Shipment", parcel.id),
        "warehouseId": global_id("Warehouse", apart),
        "condition": "GOOD",
        "reason": "broken",
        "lines": [{"orderLineId": global_id("OrderLine", line.id), "quantity": "2"}],
    }
    assert await ask(RETURN, "fulfilment.ship_order", "inventory.view", input=given) == ["FORBIDDEN"]
    wrong = (await ask(RETURN, input=given))["refusals"][0]
    assert (wrong["code"], wrong["path"]) == ("WRONG_RETURN_PLACE", ["input", "warehouseId"])
    given["condition"] = "DEFECTIVE"
    moved = [{"quantity": "2.0000", "costAmount": {"amount": "10.00"}, "counterpart": {"kind": "CUSTOMER"}}]
    expected = {
        "condition": "DEFECTIVE",
        "goodsAmount": {"amount": "6.66"},
        "creditAmount": {"amount": "6.66"},
        "lines": [{"position": 1, "quantity": "2.0000"}],
        "document": {"kind": "SALE_RETURN", "status": "POSTED", "movements": moved},
    }
    assert (await ask(RETURN, input=given, **{"try": True}))["goodsReturn"] == expected
    assert (await ask(RETURN, input=given))["goodsReturn"] == expected
    seen = await ask(PARCEL, ids=[given["shipmentId"]])
    assert seen == [
        {"returns": [{"kind": "SALE_RETURN", "reason": "broken", "warehouse": {"id": given["warehouseId"]}}]}
    ]
    lower = {"variantId": global_id("Variant", line.variant_id), "unitValue": "6"}
    down = {"warehouseId": global_id("Warehouse", apart), "lines": [lower], "reason": "broken"}
    assert (await ask(WRITE_DOWN, input=down))["refusals"] == [
        {"code": "NOT_WORTH_MORE", "path": ["input", "lines", "0", "unitValue"]}
    ]
    lower["unitValue"] = "1"
    assert (await ask(WRITE_DOWN, input=down))["costChange"] == {"kind": "WRITTEN_DOWN", "reason": "broken"}


ADJUST = """mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
    stockDocument { overrideReason movements { quantity overrideReason } } refusals { code path } } }"""
LEVEL = """query ($where: StockLevelFilter) { stockLevels(where: $where) { nodes { onHand available overdrawn } } }"""


async def test_more_than_is_there_is_taken_by_a_right_with_a_reason(ask: Ask, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant, place = await a_variant(work), await a_warehouse(work)
        await stock(work, variant, place, 2, "13")
    line = {"variantId": global_id("Variant", variant), "quantity": "5"}
    given = {"warehouseId": global_id("Warehouse", place), "kind": "OUT", "reason": "sample", "lines": [line]}
    refused = {"code": "NEGATIVE_STOCK", "path": ["input", "lines", "0", "quantity"]}
    assert (await ask(ADJUST, input=given))["refusals"] == [refused]
    given["overrideReason"] = "its paper is late"
    assert await ask(ADJUST, "inventory.adjust_stock", "inventory.view", input=given) == ["FORBIDDEN"]
    assert (await ask(ADJUST, input={**given, "kind": "IN"}))["refusals"] == [
        {"code": "BAD_INPUT", "path": ["input", "overrideReason"]}
    ]
    assert (await ask(ADJUST, input=given))["stockDocument"] == {
        "overrideReason": "its paper is late",
        "movements": [
            {"quantity": "-2.0000", "overrideReason": None},
            {"quantity": "-3.0000", "overrideReason": "its paper is late"},
        ],
    }
    levels = await ask(LEVEL, where={"variant": {"in": [line["variantId"]]}})
    assert levels["nodes"] == [{"onHand": "-3.0000", "available": "-3.0000", "overdrawn": "3.0000"}]
