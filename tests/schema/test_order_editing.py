"""Orders are edited through GraphQL: what is done, what is refused and where, and what the timeline tells of it."""

from typing import Any

import pytest
import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from domain import orders
from domain.kernel import Actor, Read, Sessions, begin, system
from schema.base import Context
from schema.orders.combining_mutations import OrderCombiningMutation
from schema.orders.combining_queries import OrderCombiningQuery
from schema.orders.editing_mutations import OrderEditingMutation
from schema.orders.previewing import OrderPreviewQuery
from schema.orders.queries import OrdersQuery
from schema.refusals import REFUSAL_TYPES
from schema.scalars import SCALARS, global_id
from tests.domain.orders.builders import ShopHere, a_line, a_shop, a_trade, broken, order_of
from tests.domain.orders.builders import lines as lines_of


@strawberry.type
class Query(OrdersQuery, OrderPreviewQuery, OrderCombiningQuery):
    """What is asked here."""


@strawberry.type
class Mutation(OrderEditingMutation, OrderCombiningMutation):
    """What is done here."""


SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, types=REFUSAL_TYPES, config=StrawberryConfig(scalar_map=SCALARS)
)
ORDER = """order { version status totalAmount { amount } lines { quantity lineAmount { amount } }
    timeline { action changes } } refusals { code path message }"""


class Desk:
    """One clerk and one order of two A."""

    def __init__(self, engine: AsyncEngine, sessions: Sessions, actor: Actor) -> None:
        self.engine, self.sessions, self.actor = engine, sessions, actor
        self.shop: ShopHere
        self.id = self.line = ""

    async def ask(self, operation: str, **variables: Any) -> Any:
        context = Context(read=Read(engine=self.engine, actor=self.actor), sessions=self.sessions, actor=self.actor)
        try:
            result = await SCHEMA.execute(operation, variable_values=variables, context_value=context)
        finally:
            await context.close()
        assert result.errors is None, result.errors
        return result.data

    async def do(self, name: str, **given: Any) -> Any:
        kind = f"{name[0].upper()}{name[1:]}Input"
        operation = f"mutation($input: {kind}!) {{ {name}(input: $input) {{ {ORDER} }} }}"
        return (await self.ask(operation, input=given))[name]


@pytest.fixture
async def desk(own_engine: AsyncEngine, sessions: Sessions) -> Desk:
    desk = Desk(own_engine, sessions, system("tests"))
    async with begin(sessions, system("tests")) as work:
        desk.shop = await a_shop(work)
        await orders.receive_trades(work, desk.shop.channel_id, [a_trade("1001", a_line("A", 2))])
        order = await order_of(work, desk.shop)
        (line,) = await lines_of(work, order)
        desk.id, desk.line = global_id("Order", order.id), global_id("OrderLine", line.id)
    return desk


async def test_each_part_is_edited_by_its_own_mutation(desk: Desk) -> None:
    price = {"amount": "9.50"}
    done = await desk.do("changeOrderLinePrice", orderLineId=desk.line, unitPrice=price, reason="比价")
    assert (done["refusals"], done["order"]["totalAmount"]) == ([], {"amount": "19.00"})
    (entry,) = done["order"]["timeline"]
    fields = {name: each for change in entry["changes"] for name, each in change["fields"].items()}
    assert fields["total_amount"] == {"before": "20.00", "after": "19.00"}
    variant = global_id("Variant", desk.shop.variants["B"])
    for name, given in {
        "addOrderLine": {"variantId": variant, "quantity": "1", "unitPrice": {"amount": "3.00"}, "reason": "加购"},
        "addOrderGift": {"variantId": variant, "quantity": "1", "reason": "赠品"},
        "changeOrderFreight": {"freightAmount": {"amount": "8.00"}, "reason": "运费"},
        "changeOrderDiscount": {"discountAmount": {"amount": "5.00"}, "reason": "优惠"},
        "changeOrderRemark": {"buyerMessage": "周末送"},
        "changeOrderMemo": {"sellerMemo": "加急", "sellerFlag": 1},
    }.items():
        done = await desk.do(name, id=desk.id, **given)
        assert done["refusals"] == [], name
    done = await desk.do("changeOrderLineQuantity", orderLineId=desk.line, quantity="3", reason="多买")
    assert [each["quantity"] for each in done["order"]["lines"]] == ["3.0000", "1.0000", "1.0000"]
    assert len(done["order"]["timeline"]) == 8
    async with begin(desk.sessions, system("tests")) as work:
        assert await broken(work) == {}


async def test_a_wrong_input_is_named(desk: Desk) -> None:
    done = await desk.do("changeOrderFreight", id=desk.id, freightAmount={"amount": "-1.00"}, reason="x")
    assert done["refusals"][0]["path"] == ["input", "freightAmount"]
    assert "between 0 and" in done["refusals"][0]["message"]
    done = await desk.do("changeOrderLineQuantity", orderLineId=desk.id, quantity="3", reason="x")
    assert [each["code"] for each in done["refusals"]] == ["NOT_FOUND"]
    done = await desk.do("changeOrderMemo", id=desk.id, sellerMemo="x", expectedVersion=7)
    assert [each["code"] for each in done["refusals"]] == ["VERSION_CONFLICT"]


PREVIEW = """query($input: PreviewOrderEditInput!) { previewOrderEdit(input: $input) {
    before { status totalAmount { amount } } after { status totalAmount { amount } carrierCode warehouse { id } }
    lines { title wanted claimed lineAmount { amount } } opened { reason evidence } released { reason } } }"""


async def test_a_preview_says_what_would_come_and_changes_nothing(desk: Desk) -> None:
    given = {
        "id": desk.id,
        "lines": [{"orderLineId": desk.line, "quantity": "101"}],
        "freightAmount": {"amount": "5.00"},
    }
    told = (await desk.ask(PREVIEW, input=given))["previewOrderEdit"]
    assert (told["before"]["totalAmount"], told["after"]["totalAmount"]) == ({"amount": "20.00"}, {"amount": "1015.00"})
    assert [(each["wanted"], each["claimed"]) for each in told["lines"]] == [("101.0000", "0.0000")]
    assert [each["reason"] for each in told["opened"]] == ["PART_PAID", "SHORTAGE"]
    async with begin(desk.sessions, system("tests")) as work:
        order = await order_of(work, desk.shop)
        assert (order.version, str(order.total_amount)) == (1, "20.00")
        assert await broken(work) == {}
    context = Context(read=Read(engine=desk.engine, actor=desk.actor), sessions=desk.sessions, actor=desk.actor)
    wrong = {"id": desk.id, "freightAmount": {"amount": "-5.00"}}
    result = await SCHEMA.execute(PREVIEW, variable_values={"input": wrong}, context_value=context)
    assert [each.extensions for each in result.errors or []] == [
        {"code": "BAD_INPUT", "path": ["input", "freightAmount"]}
    ]


COMBINE = """mutation($input: MergeOrdersInput!) { mergeOrders(input: $input) {
    order { externalNumber mergedOrders { externalNumber status timeline { action } } lines { originOrderId }
        timeline { action } } refusals { code message path } } }"""


async def test_orders_are_merged_and_split_and_both_timelines_tell(desk: Desk) -> None:
    async with begin(desk.sessions, system("tests")) as work:
        await orders.receive_trades(work, desk.shop.channel_id, [a_trade("1002", a_line("B", 1))])
        other = global_id("Order", (await order_of(work, desk.shop, "1002")).id)
    found = (await desk.ask("{ mergeCandidates { orders { externalNumber } } }"))["mergeCandidates"]
    assert [[each["externalNumber"] for each in group["orders"]] for group in found] == [["1001", "1002"]]
    siblings = "query($id: ID!) { orderSiblings(id: $id) { number inTheWay order { externalNumber } } }"
    (sibling,) = (await desk.ask(siblings, id=desk.id))["orderSiblings"]
    assert (sibling["inTheWay"], sibling["order"]["externalNumber"]) == ([], "1002")
    done = (await desk.ask(COMBINE, input={"orders": [{"id": desk.id}, {"id": other, "expectedVersion": 9}]}))[
        "mergeOrders"
    ]
    assert (done["refusals"][0]["code"], done["refusals"][0]["path"][:3]) == (
        "VERSION_CONFLICT",
        ["input", "orders", "1"],
    )
    done = (await desk.ask(COMBINE, input={"orders": [{"id": desk.id}, {"id": other}]}))["mergeOrders"]
    (absorbed,) = done["order"]["mergedOrders"]
    assert (absorbed["externalNumber"], absorbed["status"]) == ("1002", "MERGED")
    assert [each["originOrderId"] for each in done["order"]["lines"]] == [None, other]
    told = [each["timeline"][0]["action"] for each in (done["order"], absorbed)]
    assert told == ["orders.merge_orders", "orders.merge_orders"]
    split = """mutation($input: SplitOrderInput!) { splitOrder(input: $input) { order { status
        parts { totalAmount { amount } timeline { action } } } refusals { code } } }"""
    part = {"lines": [{"orderLineId": desk.line, "quantity": "1"}]}
    done = (await desk.ask(split, input={"id": desk.id, "parts": [part]}))["splitOrder"]
    assert done["order"]["status"] == "SPLIT"
    assert [each["totalAmount"]["amount"] for each in done["order"]["parts"]] == ["10.00", "20.00"]
    assert [each["timeline"][0]["action"] for each in done["order"]["parts"]] == ["orders.split_order"] * 2
