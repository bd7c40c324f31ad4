"""The official site places orders: one mutation, one transaction; what is refused leaves nothing behind."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from schema.scalars import global_id
from tests.stories.client import Client
from tests.stories.company import Company, Goods, placement

ORDER = "id number status totalAmount { amount } customer { name } receiver { city } lines { unitPrice { amount } }"


@pytest.fixture(scope="module")
async def goods(company: Company) -> Goods:
    return await company.goods("PLACE1", price="19.90", stock=100, shops=("site-main", "taobao-main"))


@pytest.fixture(scope="module")
async def site(company: Company) -> Client:
    return await company.program("site-main")


@pytest.fixture
def here(company: Company) -> str:
    return company.channels["site-main"]


async def test_one_mutation_has_price_stock_customer_and_address(
    company: Company, site: Client, goods: Goods, here: str
) -> None:
    before = await company.stock_of(goods)
    given = placement(here, (goods.sku, "2"), paid=True, expectedTotal={"amount": "39.80"})
    order = await site.done("placeOrder", ORDER, given)
    assert (order["status"], order["totalAmount"]["amount"]) == ("UNREVIEWED", "39.80")
    assert (order["customer"]["name"], order["receiver"]["city"]) == ("王小明", "杭州市")
    after = await company.stock_of(goods)
    assert float(after["available"]) == float(before["available"]) - 2
    await company.settle()
    assert await company.shown("taobao-main", goods) == float(after["available"])


async def test_the_same_key_places_one_order(company: Company, site: Client, goods: Goods, here: str) -> None:
    given = placement(here, (goods.sku, "1"))
    first = await site.done("placeOrder", "id number", given, key="checkout-1")
    before = await company.rows()
    again = await asyncio.gather(*(site.done("placeOrder", "id number", given, key="checkout-1") for _ in range(8)))
    assert {each["number"] for each in again} == {first["number"]}
    at_once = await asyncio.gather(*(site.done("placeOrder", "id number", given, key="checkout-2") for _ in range(8)))
    assert len({each["number"] for each in at_once} - {first["number"]}) == 1
    assert (await company.rows())["orders"] == before["orders"] + 1

    operation = "mutation ($g: PlaceOrderInput!) { placeOrder(input: $g) { order { number } refusals { code } } }"
    for other in (placement(here, (goods.sku, "2")), given | {"buyerMessage": "快一点"}):
        answer = await site.send(operation, {"g": other}, **{"Idempotency-Key": "checkout-1"})
        assert answer.codes == ["CONFLICT"]
    same = await site.send(operation, {"g": given}, **{"Idempotency-Key": "checkout-1"})
    assert same.body["data"]["placeOrder"]["order"] == {"number": first["number"]}


async def test_a_rehearsal_changes_nothing(company: Company, site: Client, goods: Goods, here: str) -> None:
    before = await company.rows(), await company.stock_of(goods)
    given = placement(here, (goods.sku, "3"))
    order = await site.done("placeOrder", ORDER, given, key="checkout-3", rehearse=True)
    assert order["totalAmount"]["amount"] == "59.70"
    assert (await company.rows(), await company.stock_of(goods)) == before
    assert await site.ask("query ($id: ID!) { node(id: $id) { id } }", id=order["id"]) == {"node": None}
    short = await site.refused("placeOrder", placement(here, (goods.sku, "1000")), rehearse=True)
    assert short["code"] == "STOCK_SHORT"
    assert (await site.done("placeOrder", "id", given, key="checkout-3"))["id"] != order["id"]


REFUSED: list[tuple[str, dict[str, Any], str, list[str]]] = [
    ("PLACE1", {"quantity": "1000"}, "STOCK_SHORT", ["input", "lines", "0", "quantity"]),
    ("NO-SUCH-SKU", {}, "UNKNOWN_SKU", ["input", "lines", "0"]),
    ("PLACE1", {"quantity": "-1"}, "BAD_INPUT", ["input", "lines", "0", "quantity"]),
    ("PLACE1", {"quantity": "0"}, "BAD_INPUT", ["input", "lines", "0", "quantity"]),
    ("PLACE1", {"expectedTotal": {"amount": "19.00"}}, "PRICE_CHANGED", ["input", "expectedTotal"]),
    ("PLACE1", {"customer": {"customerId": "Q3VzdG9tZXI6MQ"}}, "NOT_FOUND", ["input", "customer", "customerId"]),
    (
        "PLACE1",
        {"lines": [{"variantId": "nonsense", "quantity": "1"}]},
        "NOT_FOUND",
        ["input", "lines", "0", "variantId"],
    ),
    (
        "PLACE1",
        {"expectedTotal": {"amount": "10.00", "currency": "USD"}},
        "BAD_INPUT",
        ["input", "expectedTotal", "currency"],
    ),
    ("PLACE1", {"lines": []}, "BAD_INPUT", ["input", "lines"]),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda each: f"{each[2]} {each[1]}")
async def test_a_refusal_is_typed_and_writes_nothing(
    company: Company, site: Client, goods: Goods, case: tuple[str, dict[str, Any], str, list[str]]
) -> None:
    sku, changes, code, path = case
    before, stock = await company.rows(), await company.stock_of(goods)
    quantity = changes.get("quantity", "1")
    more = {name: each for name, each in changes.items() if name != "quantity"}
    given = placement(company.channels["site-main"], (sku, quantity), **more)
    refusal = await site.refused("placeOrder", given, key=f"refused {code} {quantity}")
    assert (refusal["code"], refusal["path"]) == (code, path)
    assert refusal["__typename"] == "".join(each.title() for each in code.split("_"))
    if code == "STOCK_SHORT":
        assert (refusal["sku"], refusal["wanted"]) == ("PLACE1", "1000.0000")
        assert refusal["available"] == stock["available"]
    assert (await company.rows(), await company.stock_of(goods)) == (before, stock)


async def test_a_price_has_the_places_of_its_currency(company: Company, site: Client, goods: Goods, here: str) -> None:
    before = await company.rows()
    inexact = placement(here, (goods.sku, "1"), expectedTotal={"amount": "19.901"})
    operation = "mutation ($g: PlaceOrderInput!) { placeOrder(input: $g) { refusals { code } } }"
    assert await site.codes(operation, g=inexact) == ["BAD_INPUT"]
    inexact = placement(here, (goods.sku, "1"), expectedTotal={"amount": 19.9})
    assert await site.codes(operation, g=inexact) == ["BAD_INPUT"]
    price = {"priceListId": company.price_list, "price": {"variantId": goods.id, "unitPrice": {"amount": "9.999"}}}
    refusal = await company.admin.refused("setPrice", price)
    assert (refusal["code"], refusal["path"]) == ("PRICE_INEXACT", ["input", "price", "unitPrice"])
    both = {
        "priceListId": company.price_list,
        "prices": [price["price"] | {"unitPrice": {"amount": "9"}}, price["price"]],
    }
    refusal = await company.admin.refused("setPrices", both)
    assert (refusal["code"], refusal["path"]) == ("PRICE_INEXACT", ["input", "prices", "1", "unitPrice"])
    assert await company.rows() == before


async def test_a_foreign_channel_is_not_there(company: Company, site: Client, goods: Goods) -> None:
    before = await company.rows()
    foreign = company.channels["jd-main"]
    unknown = global_id("Channel", uuid4())
    for channel in (foreign, unknown):
        refusal = await site.refused("placeOrder", placement(channel, (goods.sku, "1")))
        assert (refusal["code"], refusal["path"]) == ("NOT_FOUND", ["input", "channelId"])
        assert refusal["message"] == f"There is no channel {channel} that you may see."
    assert await company.rows() == before
