from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue, customers
from domain.kernel import ANONYMOUS, Actor, ActorKind, Sessions, begin, system
from schema.scalars import global_id
from tests.counting import statements
from tests.domain.catalogue.builders import a_product
from tests.schema.asking import Client, client

PRODUCTS = """query ($where: ProductFilter, $orderBy: ProductOrder, $first: Int, $after: String) {
  products(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id slug name status brand { name } category { path parent { code } } images attributes { name value }
      variants { sku barcodes weightGrams product { slug } } } } }"""
TEA: dict[str, Any] = {
    "slug": "tea",
    "name": "Green tea",
    "images": ["https://i.example/1.jpg"],
    "attributes": [{"name": "批准文号", "value": "Z1"}],
    "variants": [{"sku": "TEA-100", "weightGrams": 100, "barcodes": ["6901"]}, {"sku": "TEA-500"}],
}


@pytest.fixture
def asked(own_engine: AsyncEngine, sessions: Sessions) -> Client:
    return client(own_engine, sessions)


def a_clerk(*permissions: str) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=None, name="Wang", permissions=frozenset(permissions))


async def test_a_product_is_made_in_one_go_and_found_by_everything_it_is_known_by(asked: Client) -> None:
    brand = await asked.done("createBrand", "Brand", "id", {"name": "Dragon Well"})
    drinks = await asked.done("createCategory", "Category", "id", {"code": "drinks", "name": "Drinks"})
    given = {"code": "teas", "name": "Teas", "parentId": drinks["id"]}
    teas = await asked.done("createCategory", "Category", "id path", given)
    made = await asked.done(
        "createProduct", "Product", "id version", TEA | {"brandId": brand["id"], "categoryId": teas["id"]}
    )
    data = await asked.ask(PRODUCTS, where={"categoryId": drinks["id"], "name": {"contains": "TEA"}})
    (node,) = data["products"]["nodes"]
    assert node == {
        "id": made["id"],
        "slug": "tea",
        "name": "Green tea",
        "status": "ACTIVE",
        "brand": {"name": "Dragon Well"},
        "category": {"path": "drinks/teas", "parent": {"code": "drinks"}},
        "images": ["https://i.example/1.jpg"],
        "attributes": [{"name": "批准文号", "value": "Z1"}],
        "variants": [
            {"sku": "TEA-100", "barcodes": ["6901"], "weightGrams": 100, "product": {"slug": "tea"}},
            {"sku": "TEA-500", "barcodes": [], "weightGrams": 0, "product": {"slug": "tea"}},
        ],
    }
    found = await asked.ask(
        """query ($id: ID!) { a: product(id: $id) { slug } b: product(slug: "tea") { slug }
        c: product(slug: "no") { slug }
        d: variant(sku: "TEA-500") { sku } e: variant(barcode: "6901") { sku } f: node(id: $id) { id }
        variants(where: {sku: {in: ["TEA-100"]}}) { nodes { sku } } brands { nodes { name } }
        categories { nodes { path } } }""",
        id=made["id"],
    )
    assert found == {
        "a": {"slug": "tea"},
        "b": {"slug": "tea"},
        "c": None,
        "d": {"sku": "TEA-500"},
        "e": {"sku": "TEA-100"},
        "f": {"id": made["id"]},
        "variants": {"nodes": [{"sku": "TEA-100"}]},
        "brands": {"nodes": [{"name": "Dragon Well"}]},
        "categories": {"nodes": [{"path": "drinks"}, {"path": "drinks/teas"}]},
    }


async def test_goods_are_edited_by_version_and_refusals_name_the_field(asked: Client) -> None:
    made = await asked.done("createProduct", "Product", "id variants { id }", TEA)
    edit = {"id": made["id"], "name": "White tea", "expectedVersion": 1}
    assert await asked.done("editProduct", "Product", "name version", edit) == {"name": "White tea", "version": 2}
    assert (await asked.refused("editProduct", "Product", edit))[0] == "VERSION_CONFLICT"
    assert await asked.refused("createProduct", "Product", TEA) == ("SLUG_TAKEN", ["input", "slug"])
    variant_id = made["variants"][0]["id"]
    edited = await asked.done("editVariant", "Variant", "prescription", {"id": variant_id, "prescription": True})
    assert edited == {"prescription": True}
    barcode = {"variantId": variant_id, "code": "6902"}
    assert (await asked.done("addBarcode", "Variant", "barcodes", barcode))["barcodes"] == ["6901", "6902"]
    assert (await asked.done("removeBarcode", "Variant", "barcodes", barcode))["barcodes"] == ["6901"]
    assert await asked.refused("removeBarcode", "Variant", barcode) == ("BAD_INPUT", ["input", "code"])
    added = {"productId": made["id"], "variant": {"sku": "TEA-1000"}}
    assert (await asked.done("addVariant", "Variant", "sku", added))["sku"] == "TEA-1000"
    retired = await asked.done("retireProduct", "Product", "status", {"id": made["id"]})
    assert retired == {"status": "RETIRED"}
    assert await asked.refused("retireProduct", "Product", {"id": made["id"]}) == ("WRONG_STATE", ["input", "id"])
    assert (await asked.done("restoreProduct", "Product", "status", {"id": made["id"]}))["status"] == "ACTIVE"
    assert (await asked.refused("editProduct", "Product", {"id": variant_id}))[0] == "NOT_FOUND"


async def test_the_same_key_makes_one_product_and_a_rehearsal_none(asked: Client) -> None:
    rehearsed = await asked.done("createProduct", "Product", "slug variants { sku }", TEA, only=True)
    assert [each["sku"] for each in rehearsed["variants"]] == ["TEA-100", "TEA-500"]
    first = await asked.done("createProduct", "Product", "id", TEA, key="k1")
    again = await asked.done("createProduct", "Product", "id", TEA, key="k1")
    assert first == again
    async with asked.sessions() as session:
        assert await session.scalar(select(func.count()).select_from(catalogue.Product)) == 1


async def test_a_list_of_products_costs_the_same_statements_at_any_length(asked: Client) -> None:
    async with begin(asked.sessions, system("tests")) as work:
        await catalogue.import_products(work, [a_product(f"p{n}") for n in range(60)])
    counts = []
    for first in (1, 50):
        with statements(asked.engine) as seen:
            data = await asked.ask(PRODUCTS, first=first, orderBy={"field": "NAME", "direction": "ASC"})
        assert len(data["products"]["nodes"]) == first
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 7
    assert data["products"]["totalCount"] == 60
    after = data["products"]["pageInfo"]["endCursor"]
    assert await asked.fails(PRODUCTS, after=after) == ["BAD_INPUT"]
    assert await asked.fails(PRODUCTS, first=100_000) == ["BAD_INPUT"]
    assert await asked.fails(PRODUCTS, after="nonsense") == ["BAD_INPUT"]


async def test_without_the_permission_goods_are_neither_seen_nor_changed(asked: Client) -> None:
    assert await asked.as_actor(ANONYMOUS).fails(PRODUCTS) == ["UNAUTHENTICATED"]
    assert await asked.as_actor(a_clerk("orders.view")).fails(PRODUCTS) == ["FORBIDDEN"]
    create = "mutation ($input: CreateBrandInput!) { createBrand(input: $input) { brand { id } } }"
    assert await asked.as_actor(a_clerk("catalogue.view")).fails(create, input={"name": "B"}) == ["FORBIDDEN"]
    assert await asked.fails('{ product(id: "x", slug: "y") { slug } }') == ["BAD_INPUT"]
    assert await asked.fails("{ variant { sku } }") == ["BAD_INPUT"]


async def test_phones_are_masked_for_those_who_may_not_see_them(asked: Client) -> None:
    home = {"receiverName": "Li Lei", "detail": "1 Road", "phone": "13900000002"}
    given = {"name": "Li Lei", "phone": "13800000001", "email": "li@example.com", "address": home}
    made = await asked.done("createCustomer", "Customer", "id number", given)
    operation = """query ($id: ID!, $number: String!) {
      customer(id: $id) { name phone email addresses { phone detail } identities { externalId channelId } }
      other: customer(number: $number) { name }
      customers(where: {phone: {eq: "13800000001"}}, orderBy: {field: NAME, direction: ASC}) { nodes { phone } } }"""
    variables = {"id": made["id"], "number": made["number"]}
    seen = await asked.as_actor(a_clerk("customers.view", customers.SEE_PHONE)).ask(operation, **variables)
    masked = await asked.as_actor(a_clerk("customers.view")).ask(operation, **variables)
    assert (seen["customer"]["phone"], seen["customer"]["email"]) == ("13800000001", "li@example.com")
    assert masked["customer"] == {
        "name": "Li Lei",
        "phone": "138****0001",
        "email": "l***@example.com",
        "addresses": [{"phone": "139****0002", "detail": "1 Road"}],
        "identities": [],
    }
    assert masked["customers"] == {"nodes": [{"phone": "138****0001"}]}
    assert masked["other"] == {"name": "Li Lei"}


async def test_customers_are_edited_and_get_addresses(asked: Client) -> None:
    made = await asked.done("createCustomer", "Customer", "id", {"name": "Li Lei"})
    edit = {"id": made["id"], "name": "Han Meimei", "expectedVersion": 1}
    assert (await asked.done("editCustomer", "Customer", "name", edit))["name"] == "Han Meimei"
    assert (await asked.refused("editCustomer", "Customer", edit))[0] == "VERSION_CONFLICT"
    address = {"receiverName": "Han", "detail": "2 Road", "city": "杭州市"}
    given = {"customerId": made["id"], "address": address}
    assert (await asked.done("addAddress", "Customer", "addresses { city }", given))["addresses"] == [
        {"city": "杭州市"}
    ]
    assert await asked.refused("createCustomer", "Customer", {"name": " "}) == ("BAD_INPUT", ["input", "name"])
    missing = global_id("Customer", "00000000-0000-7000-8000-000000000000")
    assert (await asked.refused("editCustomer", "Customer", {"id": missing}))[0] == "NOT_FOUND"
