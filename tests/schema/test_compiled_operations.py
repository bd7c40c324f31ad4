"""The fast way answers what the standard executor answers, or leaves the operation to it."""

import pytest

from schema.scalars import global_id
from tests.schema.comparing import Comparison, actor

COMPILED = [
    "{ __typename viewer { __typename name kind permissions } }",
    "{ products(first: 5) { nodes { id slug name variants { sku barcodes product { slug } } brand { name } } } }",
    (
        "{ products(first: 5) { totalCount totalCountIsExact pageInfo { hasNextPage endCursor } edges { "
        "cursor node { id } } } }"
    ),
    (
        "{ orders(first: 20) { nodes { number placedAt paidAt status lines { title quantity lineAmount { "
        "amount currency } } } } }"
    ),
    (
        "{ orders(first: 20) { nodes { holds { reason evidence openedAt } receiver { name phone city } "
        "cashOnDelivery } } }"
    ),
    (
        "{ alerts { nodes { evidence message about { __typename id ... on Order { number lines { id } } ... "
        "on Variant { sku } } } } }"
    ),
    "{ stockLevels(first: 9) { nodes { onHand available safety warehouse { code kind } } } }",
    "{ customers(first: 9) { nodes { name phone email addresses { detail } } } }",
    "{ a: products(first: 1) { nodes { x: id y: id } } b: products(first: 2) { nodes { id } } }",
    "{ products(first: 0) { nodes { id variants { sku } } pageInfo { startCursor } } }",
    (
        "{ products(first: 2) { nodes { variants { sku } variants { id weightGrams } } } products(first: 2) "
        "{ totalCount } }"
    ),
    "query($n: Int = 3) { products(first: $n) { nodes { name } } }",
    (
        "fragment P on Product { id ...Q } fragment Q on Node { id ... { __typename } } { products(first: 3) "
        "{ nodes { ...P ... on Node { id } } } }"
    ),
    "{ categories(first: 20) { nodes { name parent { name parent { name } } } } }",
    '{ node(id: "nonsense") { id } nodes(ids: ["a", "b"]) { __typename } }',
]


@pytest.mark.parametrize("text", COMPILED)
async def test_both_answer_the_same(comparison: Comparison, text: str) -> None:
    who = actor("*")
    result = await comparison.same(text, who=who)
    if "lineAmount" not in text:
        assert result.errors is None
        assert comparison.last == "compiled"


async def test_nodes_of_all_kinds(comparison: Comparison) -> None:
    text = """query($ids: [ID!]!, $id: ID!) { nodes(ids: $ids) { __typename id ... on Product { slug variants { sku } }
      ... on Variant { sku product { name } } ... on Alert { kind } } node(id: $id) { id ... on Order { number } } }"""
    async with comparison.engine.connect() as connection:
        rows = (await connection.exec_driver_sql("SELECT id FROM products LIMIT 2")).all()
        variants = (await connection.exec_driver_sql("SELECT id FROM variants LIMIT 2")).all()
        orders = (await connection.exec_driver_sql("SELECT id FROM orders LIMIT 1")).all()
    ids = [global_id("Product", row.id) for row in rows] + [global_id("Variant", row.id) for row in variants]
    given = {"ids": [*ids, "x"], "id": global_id("Order", orders[0].id)}
    result = await comparison.same(text, given)
    assert result.errors is None
    assert comparison.last == "compiled"
