"""What the database writes is what Python would have written; what is not promised leaves the fast way."""

from typing import Any

import pytest
from graphql import parse
from orjson import Fragment
from sqlalchemy import select

from configuration.reading import DirectReading
from domain import catalogue
from domain.kernel import Read
from schema.base import Context
from schema.compiled import Asked
from tests.schema.comparing import EVERYTHING, Comparison, actor

WHOLE = [
    "{ products(first: 50) { nodes { id slug name description createdAt variants { sku active costMethod } } } }",
    "{ orders(first: 2) { nodes { id __typename placedAt paidAt status cashOnDelivery sellerFlag channelId } } }",
    "{ orders(first: 2) { nodes { a: number b: number receiver { name city } channel { id name } } } }",
    "{ categories(first: 20) { nodes { name parent { name parent { name parent { code } } } } } }",
    "{ stockLevels(first: 50) { nodes { id available onHand safety variantId warehouse { id code } } } }",
    "{ warehouses(first: 20) { nodes { code province sellable kind createdAt } } }",
]


class Counting:
    """Reads directly, and remembers what was asked."""

    def __init__(self, direct: DirectReading) -> None:
        self.direct, self.rows = direct, list[Any]()

    async def fetch(self, statement: Any, parameters: Any = None, ahead: Any = None) -> list[Any] | None:
        rows = await self.direct.fetch(statement, parameters, ahead)
        self.rows.append(rows)
        return rows


def fragments(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(fragments, value.values()))
    return sum(map(fragments, value)) if isinstance(value, list) else isinstance(value, Fragment)


async def answer(comparison: Comparison, text: str, direct: Any) -> Any:
    document = parse(text)
    node: Any = document.definitions[0]
    context = Context(Read(comparison.engine, EVERYTHING, direct), comparison.sessions, EVERYTHING)
    return await comparison.compiled.execute(Asked(text, document, node, {}), context, eager=True)


@pytest.mark.parametrize("text", WHOLE)
async def test_whole_objects_are_written_by_one_statement(
    comparison: Comparison, direct: DirectReading, text: str
) -> None:
    result = await comparison.same(text)
    assert result.errors is None
    counting = Counting(direct)
    found = await answer(comparison, text, counting)
    assert len(counting.rows) == 1
    assert fragments(found.data) > 1


async def test_only_columns_that_are_looked_at_are_read(comparison: Comparison, direct: DirectReading) -> None:
    text = "{ customers(first: 3) { nodes { number phone } } }"
    await comparison.same(text)
    counting = Counting(direct)
    await answer(comparison, text, counting)
    assert len(list(counting.rows[0][0].keys())) == 2


async def test_a_column_that_was_not_read_is_missed(direct: DirectReading) -> None:
    seen: list[str] = []

    class Looked:
        """Looks at one column first, and at another one later."""

        key = ("looked", 1)
        is_learning = False

        def note(self, name: str) -> None: ...

        def miss(self, name: str) -> None:
            seen.append(name)
            raise LookupError(name)

        def reshaped(self, statement: Any) -> Any:
            return statement.with_only_columns(catalogue.Variant.sku, maintain_column_froms=True), ("id", "sku")

    rows = await direct.fetch(select(catalogue.Variant.id, catalogue.Variant.sku).limit(1), None, Looked())
    assert rows is not None
    assert rows[0].sku
    assert rows[0][1] == rows[0].sku
    for look in (lambda row: row.id, lambda row: row[0], list):
        with pytest.raises(LookupError):
            look(rows[0])
    assert seen == ["id"] * 3


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("{ orders(first: 50) { nodes { number totalAmount { amount currency } } } }", {}),
        ("{ variants(first: 100) { nodes { sku weightGrams } } }", {}),
        ("{ stockLevels(first: 50) { nodes { sku warehouse { code } } } }", {"warehouses": frozenset()}),
    ],
)
async def test_what_is_promised_and_missing_leaves_the_fast_way(
    comparison: Comparison, text: str, given: dict[str, Any]
) -> None:
    await comparison.same(text, who=actor("*", **given), may_leave=True)


async def test_scope_holds_inside_a_text(comparison: Comparison) -> None:
    text = (
        "{ variants(first: 20) { nodes { sku stock { onHand warehouse { code } } listings { id channel { name } } } } }"
    )
    async with comparison.engine.connect() as connection:
        channel = (await connection.exec_driver_sql("SELECT id FROM channels ORDER BY id LIMIT 1")).scalar_one()
        place = (
            await connection.exec_driver_sql("SELECT id FROM warehouses WHERE sellable ORDER BY id LIMIT 1")
        ).scalar_one()
    sizes = set()
    for who in (
        EVERYTHING,
        actor("*", channels=frozenset({channel}), warehouses=frozenset({place})),
        actor("*", channels=frozenset(), warehouses=frozenset()),
    ):
        result = await comparison.same(text, who=who)
        assert result.errors is None
        sizes.add(len(str(result.data)))
    assert len(sizes) == 3
