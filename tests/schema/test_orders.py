"""Orders are handed in, placed, taken, reviewed, held and found, all through GraphQL."""

from dataclasses import dataclass
from typing import Any

import pytest
import strawberry
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from domain import orders
from domain.kernel import Actor, Read, Sessions, begin, system
from schema.base import Context, Info, Node, find_node
from schema.orders.mutations import OrdersMutation
from schema.orders.queries import OrdersQuery
from schema.refusals import REFUSAL_TYPES
from schema.scalars import SCALARS, global_id
from tests.domain.orders.builders import (
    START,
    ShopHere,
    a_line,
    a_reviewer,
    a_shop,
    a_trade,
    broken,
    statements,
)


@strawberry.type
class Query(OrdersQuery):
    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
        found: Any = await find_node(info.context, id)
        return found  # type: ignore[no-any-return]


SCHEMA = strawberry.Schema(
    query=Query, mutation=OrdersMutation, types=REFUSAL_TYPES, config=StrawberryConfig(scalar_map=SCALARS)
)


@dataclass
class Client:
    """Sends operations as one actor."""

    engine: AsyncEngine
    sessions: Sessions
    actor: Actor

    async def run(self, operation: str, **variables: Any) -> Any:
        context = Context(read=Read(engine=self.engine, actor=self.actor), sessions=self.sessions, actor=self.actor)
        try:
            return await SCHEMA.execute(operation, variable_values=variables, context_value=context)
        finally:
            await context.close()

    async def ask(self, operation: str, **variables: Any) -> Any:
        result = await self.run(operation, **variables)
        assert result.errors is None, result.errors
        return result.data


@pytest.fixture
def client(own_engine: AsyncEngine, sessions: Sessions) -> Client:
    return Client(own_engine, sessions, system("tests"))


@pytest.fixture
async def shop(sessions: Sessions) -> ShopHere:
    """Commit a shop with three orders to review, one of them with goods nobody knows."""
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        trades = [a_trade("1001"), a_trade("1002", a_line("?")), a_trade("1003")]
        await orders.receive_trades(work, shop.channel_id, trades)
    return shop


PLACE = """
mutation Place($input: PlaceOrderInput!, $rehearse: Boolean! = false, $key: String) {
  placeOrder(input: $input, validateOnly: $rehearse, idempotencyKey: $key) {
    order {
      id number status totalAmount { amount currency } receiver { name city } warehouseId
      lines { position title quantity unitPrice { amount } lineAmount { amount } variantId }
    }
    refusals {
      code message path
      ... on StockShort { sku wanted available }
      ... on PriceChanged { total }
    }
  }
}
"""
REVIEW = """
mutation Review($input: OrderInput!) {
  reviewOrder(input: $input) {
    order { id status reviewedBy version holds { reason evidence } timeline { action actorName } }
    refusals { code ... on OrderOnHold { reasons } ... on VersionConflict { current changedBy } }
  }
}
"""
LIST = """
query List($where: OrderFilter, $orderBy: OrderOrder, $first: Int) {
  orders(where: $where, orderBy: $orderBy, first: $first) {
    totalCount
    nodes {
      id number externalNumber status source customerId channelId holds { reason evidence openedBy }
      channel { code } customer { name } warehouse { code }
      lines { id title variant { sku } shippedQuantity cancelledQuantity refund listAmount { amount } }
      timeline { action }
    }
  }
}
"""
RECEIVER = {"name": "王小明", "phone": "13800000000", "province": "浙江省", "city": "杭州市", "detail": "文三路 1 号"}


def placing(shop: ShopHere, quantity: str = "2", **changes: Any) -> dict[str, Any]:
    return {
        "channelId": global_id("Channel", shop.channel_id),
        "lines": [{"sku": "A", "quantity": quantity}],
        "customer": {"name": "王小明", "phone": "13800000000"},
        "receiver": RECEIVER,
        **changes,
    }


async def listed(client: Client, **where: Any) -> list[Any]:
    found: list[Any] = (await client.ask(LIST, where=where))["orders"]["nodes"]
    return found


async def test_an_order_is_placed_and_found_again(client: Client, shop: ShopHere) -> None:
    expected = {"amount": "20.00", "currency": "CNY"}
    done = (await client.ask(PLACE, input=placing(shop, expectedTotal=expected)))["placeOrder"]
    assert done["refusals"] == []
    order = done["order"]
    assert (order["status"], order["totalAmount"]) == ("AWAITING_PAYMENT", expected)
    assert order["receiver"] == {"name": "王小明", "city": "杭州市"}
    assert order["lines"] == [
        {
            "position": 1,
            "title": "A",
            "quantity": "2.0000",
            "unitPrice": {"amount": "10.000000"},
            "lineAmount": {"amount": "20.00"},
            "variantId": global_id("Variant", shop.variants["A"]),
        }
    ]
    node = await client.ask("query($id: ID!) { node(id: $id) { id ... on Order { number } } }", id=order["id"])
    assert node["node"] == {"id": order["id"], "number": order["number"]}


async def test_the_same_key_places_once(client: Client, shop: ShopHere, sessions: Sessions) -> None:
    first = await client.ask(PLACE, input=placing(shop), key="k1")
    again = await client.ask(PLACE, input=placing(shop), key="k1")
    assert first == again
    async with begin(sessions, system("tests")) as work:
        assert await work.session.scalar(select(func.count()).select_from(orders.Order)) == 4


async def test_a_rehearsal_places_nothing(client: Client, shop: ShopHere) -> None:
    done = (await client.ask(PLACE, input=placing(shop), rehearse=True))["placeOrder"]
    assert done["order"]["number"].startswith("SO")
    assert len(await listed(client)) == 3


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"lines": [{"sku": "?", "quantity": "1"}]}, {"code": "UNKNOWN_SKU", "path": ["input", "lines", "0"]}),
        (
            {"lines": [{"sku": "A", "quantity": "-1"}]},
            {"code": "BAD_INPUT", "path": ["input", "lines", "0", "quantity"]},
        ),
        (
            {"lines": [{"sku": "A", "quantity": "101"}]},
            {
                "code": "STOCK_SHORT",
                "path": ["input", "lines", "0", "quantity"],
                "sku": "A",
                "wanted": "101.0000",
                "available": "98.0000",
            },
        ),
        (
            {"expectedTotal": {"amount": "1.00"}},
            {"code": "PRICE_CHANGED", "path": ["input", "expectedTotal"], "total": "20.00"},
        ),
    ],
)
async def test_refusals_carry_their_data(
    client: Client, shop: ShopHere, changes: dict[str, Any], refusal: dict[str, Any]
) -> None:
    done = (await client.ask(PLACE, input=placing(shop, **changes)))["placeOrder"]
    found = done["refusals"][0]
    del found["message"]
    assert (done["order"], found) == (None, refusal)


async def test_a_price_with_three_decimals_is_an_error(client: Client, shop: ShopHere) -> None:
    result = await client.run(PLACE, input=placing(shop, expectedTotal={"amount": "1.005"}))
    assert result.errors[0].extensions == {"code": "BAD_INPUT", "path": ["input", "expectedTotal", "amount"]}


async def test_review_takes_place_once(client: Client, shop: ShopHere) -> None:
    order = (await listed(client, externalNumber={"eq": "1001"}))[0]
    done = (await client.ask(REVIEW, input={"id": order["id"], "expectedVersion": 1}))["reviewOrder"]
    assert (done["order"]["status"], done["order"]["reviewedBy"], done["order"]["version"]) == ("REVIEWED", "tests", 2)
    assert done["order"]["timeline"] == [{"action": "orders.review_order", "actorName": "tests"}]
    again = (await client.ask(REVIEW, input={"id": order["id"], "expectedVersion": 1}))["reviewOrder"]
    assert again["refusals"] == [{"code": "VERSION_CONFLICT", "current": 2, "changedBy": "tests"}]
    assert shop.channel_id


async def test_many_are_reviewed_each_with_its_outcome(client: Client, shop: ShopHere, sessions: Sessions) -> None:
    found = await listed(client, channelId={"eq": global_id("Channel", shop.channel_id)})
    ids = [each["id"] for each in sorted(found, key=lambda each: each["externalNumber"])]
    operation = """mutation($inputs: [OrderInput!]!) { reviewOrders(inputs: $inputs) {
        order { status } refusals { code ... on OrderOnHold { reasons } } } }"""
    done = await client.ask(operation, inputs=[{"id": each} for each in [*ids, "nonsense"]])
    assert done["reviewOrders"] == [
        {"order": {"status": "REVIEWED"}, "refusals": []},
        {"order": None, "refusals": [{"code": "ORDER_ON_HOLD", "reasons": ["UNMATCHED_GOODS"]}]},
        {"order": {"status": "REVIEWED"}, "refusals": []},
        {"order": None, "refusals": [{"code": "NOT_FOUND"}]},
    ]
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}


async def test_hold_release_send_back_and_cancel(client: Client, shop: ShopHere) -> None:
    order = (await listed(client, externalNumber={"eq": "1003"}))[0]
    operation = """mutation($why: OrderReasonInput!, $hold: ReleaseOrderHoldInput!, $order: OrderInput!) {
        holdOrder(input: $why) { order { holds { reason evidence } } refusals { code } }
        releaseOrderHold(input: $hold) { order { holds { reason } } refusals { code } }
        takeOrder(input: $order) { order { responsibleName } }
        reviewOrder(input: $order) { order { status } }
        sendBackOrder(input: $why) { order { status } }
        allocateOrder(input: {id: $id}) { order { warehouseId } refusals { code } }
        cancelOrder(input: $why) { order { status cancelReason } }
    }""".replace("$id}", f'"{order["id"]}"' + "}")
    done = await client.ask(
        operation,
        why={"id": order["id"], "reason": "call"},
        hold={"id": order["id"], "reason": "PAUSED_BY_HAND"},
        order={"id": order["id"]},
    )
    assert done["holdOrder"]["order"]["holds"] == [{"reason": "PAUSED_BY_HAND", "evidence": "call"}]
    assert done["releaseOrderHold"] == {"order": {"holds": []}, "refusals": []}
    assert done["takeOrder"]["order"]["responsibleName"] == "tests"
    assert done["sendBackOrder"]["order"]["status"] == "UNREVIEWED"
    assert done["allocateOrder"]["order"]["warehouseId"] == global_id("Warehouse", shop.warehouses[0])
    assert done["cancelOrder"]["order"] == {"status": "CANCELLED", "cancelReason": "call"}


async def test_a_line_is_matched_by_hand(client: Client, shop: ShopHere) -> None:
    order = (await listed(client, externalNumber={"eq": "1002"}))[0]
    operation = """mutation($input: MatchOrderLineInput!) { matchOrderLine(input: $input) {
        order { version holds { reason } lines { variantId } } refusals { code path } } }"""
    given = {
        "orderLineId": order["lines"][0]["id"],
        "variantId": global_id("Variant", shop.variants["A"]),
        "remember": True,
    }
    done = (await client.ask(operation, input=given))["matchOrderLine"]
    assert done == {
        "order": {"version": 2, "holds": [], "lines": [{"variantId": given["variantId"]}]},
        "refusals": [],
    }
    stale = (await client.ask(operation, input=given | {"expectedVersion": 1}))["matchOrderLine"]
    assert stale["refusals"] == [{"code": "VERSION_CONFLICT", "path": ["input", "expectedVersion"]}]


async def test_filters_find_what_waits(client: Client, shop: ShopHere) -> None:
    async def numbers(**where: Any) -> list[str]:
        return sorted(each["externalNumber"] for each in await listed(client, **where))

    assert await numbers(heldFor=["UNMATCHED_GOODS"]) == ["1002"]
    held = (await listed(client, onHold=True))[0]
    assert (held["lines"][0]["variant"], held["warehouse"], held["customer"]) == (None, None, {"name": "买家"})
    assert await numbers(onHold=False, statuses=["UNREVIEWED"]) == ["1001", "1003"]
    assert await numbers(number={"contains": "100"}) == ["1001", "1002", "1003"]
    assert await numbers(externalNumber={"in": ["1001", "9"]}) == ["1001"]
    assert await numbers(channelId={"eq": global_id("Channel", shop.channel_id), "in": []}) == []
    assert await numbers(channelId={"eq": "nonsense"}) == []
    assert await numbers(receiverPhone="1") == []
    assert await numbers(placedAt={"from": START.isoformat(), "to": START.isoformat()}) == []


async def test_a_list_costs_the_same_however_long_it_is(
    client: Client, shop: ShopHere, own_engine: AsyncEngine, sessions: Sessions
) -> None:
    counts = []
    for more in range(2):
        with statements(own_engine) as sent:
            await client.ask(LIST, first=100, orderBy={"field": "UPDATED_AT", "direction": "ASC"})
        counts.append(len(sent))
        async with begin(sessions, system("tests")) as work:
            await orders.receive_trades(work, shop.channel_id, [a_trade(f"{more}-{each}") for each in range(50)])
    assert counts[0] == counts[1] <= 10


async def test_another_channel_is_not_there(client: Client, shop: ShopHere) -> None:
    order = (await listed(client))[0]
    client.actor = a_reviewer("view", "review_order", channels=frozenset())
    assert await listed(client) == []
    assert (await client.ask("query($id: ID!) { order(id: $id) { id } }", id=order["id"]))["order"] is None
    done = (await client.ask(REVIEW, input={"id": order["id"]}))["reviewOrder"]
    assert done["refusals"] == [{"code": "NOT_FOUND"}]
    assert shop.channel_id


async def test_what_cannot_be_read_is_listed_with_its_payload_for_who_may(
    client: Client, shop: ShopHere, sessions: Sessions
) -> None:
    async with begin(sessions, system("tests")) as work:
        trade = orders.UnreadableTrade(external_number="1", modified_at=START, problem="no amount", raw={"tid": 1})
        await orders.receive_trades(work, shop.channel_id, [trade])
    operation = "{ unreadableTrades { nodes { problem channelId orderId payload } } }"
    node = (await client.ask(operation))["unreadableTrades"]["nodes"][0]
    channel_id = global_id("Channel", shop.channel_id)
    assert node == {"problem": "no amount", "channelId": channel_id, "orderId": None, "payload": {"tid": 1}}
    client.actor = a_reviewer("view")
    result = await client.run(operation)
    assert result.data["unreadableTrades"]["nodes"][0]["payload"] is None
    assert result.errors[0].extensions == {"code": "FORBIDDEN"}


REVIEW_MANY = """
mutation Many($inputs: [OrderInput!]!, $key: String, $only: Boolean! = false, $how: OnRefusal! = SKIP) {
  reviewOrders(inputs: $inputs, idempotencyKey: $key, validateOnly: $only, onRefusal: $how) {
    order { externalNumber status reviewedBy }
    refusals { code path }
  }
}
"""


@pytest.mark.usefixtures("shop")
async def test_many_are_reviewed_together_and_the_same_key_answers_the_same(client: Client, sessions: Sessions) -> None:
    found = {each["externalNumber"]: each["id"] for each in await listed(client)}
    inputs = [{"id": found[each]} for each in ("1001", "1002", "1003")] + [{"id": "nonsense"}]
    given: dict[str, Any] = {"inputs": inputs, "key": "k1"}
    assert await listed(client, statuses=["REVIEWED"]) == []
    rejected = (await client.ask(REVIEW_MANY, **given, how="REJECT_ALL"))["reviewOrders"]
    assert [each["order"] for each in rejected] == [None] * 4
    rehearsed = (await client.ask(REVIEW_MANY, inputs=inputs[:1], only=True))["reviewOrders"]
    assert rehearsed[0]["order"]["status"] == "REVIEWED"
    assert await listed(client, statuses=["REVIEWED"]) == []
    done = (await client.ask(REVIEW_MANY, **given))["reviewOrders"]
    assert [(each["order"] or {}).get("status") for each in done] == ["REVIEWED", None, "REVIEWED", None]
    assert [each["code"] for row in done for each in row["refusals"]] == ["ORDER_ON_HOLD", "NOT_FOUND"]
    assert done[3]["refusals"][0]["path"] == ["input", "id"] or done[3]["refusals"][0]["path"][-1] == "id"
    again = (await client.ask(REVIEW_MANY, **given))["reviewOrders"]
    assert again == done
    other = await client.run(REVIEW_MANY, inputs=[{"id": found["1003"]}], key="k1")
    assert [(each.extensions or {})["code"] for each in other.errors] == ["CONFLICT"]
    too_many = await client.run(REVIEW_MANY, inputs=[{"id": found["1001"]}] * 1_001)
    assert [(each.extensions or {})["code"] for each in too_many.errors] == ["BAD_INPUT"]
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}
