"""Orders are edited through GraphQL: what is done, what is refused and where, and what the timeline tells of it."""

from typing import Any

import pytest
import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from domain import orders
from domain.kernel import Actor, Read, Sessions, begin, system
from schema.base import Context
from schema.orders.editing_mutations import OrderEditingMutation
from schema.orders.queries import OrdersQuery
from schema.refusals import REFUSAL_TYPES
from schema.scalars import SCALARS, global_id
from tests.domain.orders.builders import ShopHere, a_line, a_shop, a_trade, broken, order_of
from tests.domain.orders.builders import lines as lines_of

SCHEMA = strawberry.Schema(
    query=OrdersQuery, mutation=OrderEditingMutation, types=REFUSAL_TYPES, config=StrawberryConfig(scalar_map=SCALARS)
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
