from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
import strawberry
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from domain import inventory
from domain.kernel import Actor, ActorKind, Read, Sessions, begin, system
from schema.base import Context
from schema.inventory.mutations import InventoryMutation
from schema.inventory.queries import InventoryQuery
from schema.refusals import REFUSAL_TYPES
from schema.scalars import SCALARS, global_id, key_of
from tests.domain.inventory.builders import a_variant, a_warehouse, stock

SCHEMA = strawberry.Schema(
    query=InventoryQuery,
    mutation=InventoryMutation,
    types=REFUSAL_TYPES,
    config=StrawberryConfig(scalar_map=SCALARS),
)
Ask = Callable[..., Awaitable[Any]]

LEVELS = """query ($where: StockLevelFilter) { stockLevels(where: $where) { totalCount nodes {
    sku onHand available toReview safety variantId value { amount currency } averageCost { amount }
    warehouse { code sellable } variant { sku stock { onHand } } } } }"""
RECEIVE = """mutation ($input: ReceiveStockInput!, $key: String) { receiveStock(input: $input, idempotencyKey: $key) {
    stockDocument { number kind reason warehouse { code } movements { quantity kind leg costAmount { amount }
    lot { code expiresOn } } } refusals { code message path } } }"""
ADJUST = """mutation ($input: AdjustStockInput!) { adjustStock(input: $input) {
    stockDocument { kind } refusals { code message path ... on NegativeStock { wanted available } } } }"""


def an_actor(*permissions: str, warehouses: frozenset[UUID] | None = None) -> Actor:
    return Actor(
        kind=ActorKind.STAFF,
        id=uuid4(),
        name="keeper",
        permissions=frozenset(permissions),
        warehouses=warehouses,
    )


@pytest.fixture
def ask(own_engine: AsyncEngine, sessions: Sessions) -> Ask:
    async def run(actor: Actor, operation: str, **variables: Any) -> Any:
        context = Context(read=Read(engine=own_engine, actor=actor), sessions=sessions, actor=actor)
        return await SCHEMA.execute(operation, variable_values=variables, context_value=context)

    return run


@pytest.fixture
async def place(sessions: Sessions) -> tuple[str, str, UUID]:
    async with begin(sessions, system("tests")) as work:
        variant, warehouse = await a_variant(work, "GLOVE"), await a_warehouse(work)
        await stock(work, variant, warehouse, 3, "2.5")
    return global_id("Variant", variant), global_id("Warehouse", warehouse), warehouse


async def test_stock_levels_show_cost_only_to_those_who_may(ask: Ask, place: tuple[str, str, UUID]) -> None:
    variant, warehouse, _ = place
    seen = await ask(an_actor("inventory.view", "finance.see_cost", "catalogue.view"), LEVELS)
    assert seen.errors is None
    (level,) = seen.data["stockLevels"]["nodes"]
    assert level["warehouse"].pop("code").startswith("W-")
    assert level == {
        "sku": "GLOVE",
        "onHand": "3.0000",
        "available": "3.0000",
        "toReview": "0.0000",
        "safety": None,
        "variantId": variant,
        "value": {"amount": "7.50", "currency": "CNY"},
        "averageCost": {"amount": "2.500000"},
        "warehouse": {"sellable": True},
        "variant": {"sku": "GLOVE", "stock": [{"onHand": "3.0000"}]},
    }
    hidden = await ask(an_actor("inventory.view"), LEVELS)
    assert hidden.data["stockLevels"]["nodes"][0]["value"] is None
    assert {error.extensions["code"] for error in hidden.errors} == {"FORBIDDEN"}
    assert (await ask(an_actor(), LEVELS)).errors[0].extensions["code"] == "FORBIDDEN"
    for where, count in (
        ({"variant": {"eq": variant}, "warehouse": {"in": [warehouse]}}, 1),
        ({"variant": {"eq": warehouse}}, 0),
        ({"skuContains": "lov"}, 1),
        ({"onlyAbnormal": True}, 0),
    ):
        answer = await ask(an_actor("inventory.view"), LEVELS, where=where)
        assert answer.data["stockLevels"]["totalCount"] == count


async def test_a_receipt_is_posted_once_per_key(ask: Ask, place: tuple[str, str, UUID], sessions: Sessions) -> None:
    variant, warehouse, _ = place
    line = {"variantId": variant, "quantity": "2", "unitCost": "1.5", "lotCode": "L1", "expiresOn": "2030-01-01"}
    given = {"warehouseId": warehouse, "reason": "PO-1", "lines": [line]}
    keeper = an_actor("inventory.receive_stock", "inventory.view", "finance.see_cost")
    first = await ask(keeper, RECEIVE, input=given, key="k1")
    again = await ask(keeper, RECEIVE, input=given, key="k1")
    assert first.errors is None
    assert first.data == again.data
    document = first.data["receiveStock"]["stockDocument"]
    assert document["movements"] == [
        {
            "quantity": "2.0000",
            "kind": "RECEIPT",
            "leg": 1,
            "costAmount": {"amount": "3.00"},
            "lot": {"code": "L1", "expiresOn": "2030-01-01"},
        }
    ]
    async with begin(sessions, system("tests")) as work:
        (row,) = await work.rows(select(inventory.StockItem.on_hand))
        assert str(row.on_hand) == "5.0000"


async def test_bad_receipts_change_nothing(ask: Ask, place: tuple[str, str, UUID], sessions: Sessions) -> None:
    variant, warehouse, _ = place
    keeper = an_actor("inventory.*")
    good = {"variantId": variant, "quantity": "2", "unitCost": "1.5"}
    refused = [
        ({**good, "quantity": "-1"}, "BAD_INPUT", ["input", "lines", "0", "quantity"]),
        ({**good, "unitCost": "-1"}, "BAD_INPUT", ["input", "lines", "0", "unitCost"]),
        ({**good, "variantId": global_id("Variant", uuid4())}, "NOT_FOUND", ["input", "lines", "0", "variantId"]),
        ({**good, "variantId": warehouse}, "NOT_FOUND", ["input", "lines", "0", "variantId"]),
        ({**good, "unitCost": "0.0000001"}, "BAD_INPUT", ["input", "lines", "0", "unitCost"]),
        ({**good, "expiresOn": "2030-01-01"}, "BAD_INPUT", ["input", "lines", "0", "expiresOn"]),
    ]
    for line, code, path in refused:
        answer = await ask(keeper, RECEIVE, input={"warehouseId": warehouse, "reason": "PO", "lines": [line]})
        (refusal,) = answer.data["receiveStock"]["refusals"]
        assert (refusal["code"], refusal["path"]) == (code, path)
    for line in ({**good, "quantity": "0.00001"}, {**good, "quantity": "10000000000"}):
        answer = await ask(keeper, RECEIVE, input={"warehouseId": warehouse, "reason": "PO", "lines": [line]})
        assert answer.errors[0].extensions["code"] == "BAD_INPUT"
    foreign = an_actor("inventory.*", warehouses=frozenset({uuid4()}))
    answer = await ask(foreign, RECEIVE, input={"warehouseId": warehouse, "reason": "PO", "lines": [good]})
    assert answer.data["receiveStock"]["refusals"][0]["code"] == "NOT_FOUND"
    async with begin(sessions, system("tests")) as work:
        assert await work.session.scalar(text("SELECT count(*) FROM stock_ledger")) == 1


async def test_a_refused_attempt_below_zero_is_kept(ask: Ask, place: tuple[str, str, UUID], sessions: Sessions) -> None:
    variant, warehouse, _ = place
    given = {
        "warehouseId": warehouse,
        "kind": "OUT",
        "reason": "lost",
        "lines": [{"variantId": variant, "quantity": "4"}],
    }
    answer = await ask(an_actor("inventory.adjust_stock"), ADJUST, input=given)
    assert answer.errors is None
    (refusal,) = answer.data["adjustStock"]["refusals"]
    assert (refusal["code"], refusal["wanted"], refusal["available"]) == ("NEGATIVE_STOCK", "4.0000", "3.0000")
    assert refusal["path"] == ["input", "lines", "0", "quantity"]
    given["lines"] = [{"variantId": variant, "quantity": "1", "unitCost": "9"}]
    priced = (await ask(an_actor("inventory.adjust_stock"), ADJUST, input=given)).data["adjustStock"]["refusals"]
    assert [(each["code"], each["path"]) for each in priced] == [("BAD_INPUT", ["input", "lines", "0", "unitCost"])]
    async with begin(sessions, system("tests")) as work:
        kept = await work.session.scalar(
            text("SELECT count(*) FROM events WHERE name = 'inventory.NegativeStockAttempted'")
        )
        assert kept == 1


async def test_limits_places_and_transfers_through_the_door(ask: Ask, place: tuple[str, str, UUID]) -> None:
    variant, warehouse, _ = place
    keeper = an_actor("inventory.*", "finance.see_cost")
    opened = await ask(
        keeper,
        """mutation { openWarehouse(input: {code: "RDC-1", name: "成都仓", kind: RDC}) {
            warehouse { id code } refusals { code } } }""",
    )
    other = opened.data["openWarehouse"]["warehouse"]["id"]
    moved = await ask(
        keeper,
        """mutation ($input: TransferStockInput!) { transferStock(input: $input) {
            stockDocument { movements { kind quantity costAmount { amount } } } refusals { code } } }""",
        input={
            "fromWarehouseId": warehouse,
            "toWarehouseId": other,
            "reason": "refill",
            "lines": [{"variantId": variant, "quantity": "1"}],
        },
    )
    assert [
        (each["kind"], each["quantity"], each["costAmount"]["amount"])
        for each in moved.data["transferStock"]["stockDocument"]["movements"]
    ] == [("TRANSFER_OUT", "-1.0000", "-2.50"), ("TRANSFER_IN", "1.0000", "2.50")]
    limited = await ask(
        keeper,
        """mutation ($input: SetStockLimitsInput!) { setStockLimits(input: $input) {
            stockLevel { id safety available warehouse { code } } refusals { code } } }""",
        input={"variantId": variant, "warehouseId": other, "safety": "2"},
    )
    level = limited.data["setStockLimits"]["stockLevel"]
    assert (level["safety"], level["available"], level["warehouse"]) == ("2.0000", "1.0000", {"code": "RDC-1"})
    listed = await ask(keeper, "{ warehouses { nodes { code } } }")
    assert "RDC-1" in {each["code"] for each in listed.data["warehouses"]["nodes"]}
    movements = await ask(
        keeper,
        """query ($where: StockMovementFilter) { stockMovements(where: $where, first: 1) {
            nodes { sku kind actorName documentType } pageInfo { hasNextPage } } }""",
        where={"warehouse": {"eq": warehouse}, "kinds": ["TRANSFER_OUT", "RECEIPT"]},
    )
    assert movements.data["stockMovements"] == {
        "nodes": [{"sku": "GLOVE", "kind": "TRANSFER_OUT", "actorName": "keeper", "documentType": "StockDocument"}],
        "pageInfo": {"hasNextPage": True},
    }


FREEZE = """mutation ($lot: ID!, $reason: String!) {
    freezeLot(input: {lotId: $lot, reason: $reason, includingMadeOf: false}) {
    lot { code status statusReason stoppedWithId } refusals { code path } } }"""
RELEASE = """mutation ($lot: ID!) { releaseLot(input: {lotId: $lot, reason: "tested"}) {
    lot { status } refusals { code } } }"""
BLOCKED = "{ stockLevels { nodes { onHand blocked available } } }"


async def test_a_lot_is_frozen_and_released(ask: Ask, place: tuple[str, str, UUID], sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        variant = key_of("Variant", place[0])
        assert variant is not None
        await stock(work, variant, place[2], 4, lot="L1")
        lot = global_id("Lot", (await work.rows(select(inventory.Lot.id)))[0].id)
    pharmacist = an_actor("inventory.view", "inventory.freeze_lot", "inventory.release_lot")
    refused = await ask(pharmacist, FREEZE, lot=lot, reason="")
    assert refused.data["freezeLot"]["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "reason"]}]
    frozen = await ask(pharmacist, FREEZE, lot=lot, reason="complaint")
    told = {"code": "L1", "status": "FROZEN", "statusReason": "complaint", "stoppedWithId": None}
    assert frozen.data["freezeLot"]["lot"] == told
    levels = await ask(pharmacist, BLOCKED)
    assert levels.data["stockLevels"]["nodes"] == [{"onHand": "7.0000", "blocked": "4.0000", "available": "3.0000"}]
    again = await ask(pharmacist, FREEZE, lot=lot, reason="complaint")
    assert [each["code"] for each in again.data["freezeLot"]["refusals"]] == ["WRONG_STATE"]
    assert (await ask(pharmacist, RELEASE, lot=lot)).data["releaseLot"]["lot"] == {"status": "GOOD"}
    nobody = await ask(an_actor("inventory.view"), RELEASE, lot=lot)
    assert nobody.errors[0].extensions["code"] == "FORBIDDEN"


async def test_when_the_house_splits_hot_stock_is_set_by_who_may(ask: Ask) -> None:
    figures = "active claimsPerMinute buckets quietMinutes"
    change = f"""mutation ($input: SetStockSplittingInput!) {{ setStockSplitting(input: $input) {{
        stockSplitting {{ {figures} setBy }} refusals {{ code path }} }} }}"""
    given = {"active": True, "claimsPerMinute": 600, "buckets": 32, "quietMinutes": 10}
    keeper = an_actor("inventory.view", "inventory.set_stock_splitting")
    at_first = await ask(keeper, f"{{ stockSplitting {{ {figures} }} }}")
    assert at_first.data["stockSplitting"] == given | {"claimsPerMinute": 300, "buckets": 16, "quietMinutes": 30}
    refused = await ask(keeper, change, input=given | {"buckets": 1})
    assert refused.data["setStockSplitting"]["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "buckets"]}]
    not_hers = await ask(an_actor("inventory.view"), change, input=given)
    assert not_hers.errors[0].extensions["code"] == "FORBIDDEN"
    changed = await ask(keeper, change, input=given)
    assert changed.data["setStockSplitting"]["stockSplitting"] == given | {"setBy": "keeper"}
    assert (await ask(keeper, f"{{ stockSplitting {{ {figures} }} }}")).data["stockSplitting"] == given
