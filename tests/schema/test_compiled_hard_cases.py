"""Where the two executors could differ: conditions, fragments, abstract types, lies, failures, permissions."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker

from tests.schema import hard_schema
from tests.schema.comparing import Comparison, actor

LEAVES = "name number maybe colour amount quantity at on matrix holes json ratio"


@pytest.fixture(scope="module")
def hard(engine: AsyncEngine) -> Comparison:
    return Comparison(engine, async_sessionmaker(engine), hard_schema.schema)


def fast(text: str) -> tuple[str, bool]:
    return text, True


def slow(text: str) -> tuple[str, bool]:
    return text, False


@pytest.mark.parametrize(
    ("text", "compiled"),
    [
        fast(f"{{ things(numbers: [1, 2, 3, 7]) {{ {LEAVES} other {{ {LEAVES} parts {{ name }} }} }} }}"),
        fast("{ thing(number: 0) { name } }"),
        fast("{ things(numbers: []) { sure { name } parts { name } } }"),
        fast("{ thing { a: other { name } b: other { number other { sure { number } } } } }"),
        fast("{ thing(number: 5) { other { name } } }"),
        slow("{ thing(number: 5) { sure { name } } }"),
        slow("{ things(numbers: [1, 5]) { sure { name } } }"),
        fast("{ things(numbers: [3, 7]) { parts { parts { number slow } slow } } }"),
        fast('{ things(numbers: [1, 3]) { slow added x: added(to: 5) y: added(text: null) z: added(text: "q") } }'),
        slow("{ thing { where } }"),
        slow("{ thing { other { sure { where } } } }"),
        fast("{ things(numbers: [1, 3]) { failsAtTwo } }"),
        slow("{ things(numbers: [1, 2]) { failsAtTwo number } }"),
        slow("{ things(numbers: [1, 3, 2]) { failsAtThree number } }"),
        slow("{ things(numbers: [1, 3]) { other { failsAtThree failsAtTwo } } }"),
        fast(
            "{ named { __typename name ... on Thing { number other { name } }"
            " ... on Box { things { number parts { name } } } } }"
        ),
        fast(
            "{ named { ... on Box { first { __typename name ... on Thing { slow } } } ...F } }"
            " fragment F on Named { n: name }"
        ),
        slow("{ named(unknown: true) { name } }"),
        fast("{ contents { __typename ... on Parcel { weight } ... on Thing { name } } }"),
        slow("{ wrongType { name } }"),
        slow("{ refusing thing { name } }"),
        slow("{ __schema { types { name } } }"),
        slow('{ __type(name: "Thing") { name } }'),
        fast("{ __typename t: __typename }"),
        fast("{ guardedThings { secret { name } guarded } }"),
    ],
)  # fmt: skip
async def test_hand_written(hard: Comparison, text: str, compiled: bool) -> None:
    await hard.same(text, may_leave="where" in text)
    assert (hard.last == "compiled") is compiled, hard.last


HONEST = {"number as text", "text as number", "tuple", "set", "measure", "moment as date", "integer as ratio",
          "list json", "missing reader row", "enum by value"}  # fmt: skip


@pytest.mark.parametrize("name", hard_schema.LIES)
async def test_a_value_that_lies(hard: Comparison, name: str) -> None:
    text = "query($name: String!) { lie(name: $name) { %s other { name } } lies(names: [$name, $name]) { %s } }"
    result = await hard.same(text % (LEAVES, LEAVES), {"name": name})
    assert (hard.last == "compiled") is (result.errors is None)
    assert name in HONEST or result.errors


CONDITIONS = """query($a: Boolean!, $b: Boolean = true) {
  thing { name @include(if: $a) number @skip(if: $b) other @include(if: $a) @skip(if: $b) { name }
    ...F @include(if: $b) ... on Thing @skip(if: $a) { colour } ... @include(if: false) { at } } always: __typename }
fragment F on Thing { on maybe @include(if: $a) }"""


async def test_each_outcome_of_the_conditions_is_its_own_program(hard: Comparison) -> None:
    for a in (True, False):
        for b in ({}, {"b": True}, {"b": False}):
            result = await hard.same(CONDITIONS, {"a": a, **b})
            assert result.errors is None
            assert hard.last == "compiled"


@pytest.mark.parametrize(
    "variables", [{}, {"a": None}, {"a": "yes"}, {"a": 1}, {"a": True, "b": None}, {"a": True, "c": None}]
)
async def test_conditions_that_do_not_come_out(hard: Comparison, variables: dict[str, object]) -> None:
    await hard.same(CONDITIONS, variables)


@pytest.mark.parametrize("numbers", [None, [], [1], 1, [None], ["x"], [2**40], {"a": 1}])
async def test_variables_are_read_alike(hard: Comparison, numbers: object) -> None:
    await hard.same("query($n: [Int!]!) { things(numbers: $n) { number } }", {"n": numbers})
    await hard.same("query($n: [Int!]! = [4]) { things(numbers: $n) { added } t: thing { name } }", {"n": numbers})
    await hard.same("query($n: Int! = 3, $m: Int = 2) { things(numbers: [$n]) { added(to: $m) number } }", {})
    await hard.same(
        'query($m: Int = 1) { thing { added(to: $m) a: added(to: $m, text: "t") } }', {"m": 2, "more": numbers}
    )


@pytest.mark.parametrize(
    "permissions", [(), ("hard.things",), ("hard.things", "hard.secret"), ("hard.guarded",), ("hard.*",), ("*",)]
)
async def test_what_one_may_not_see_is_refused_alike(hard: Comparison, permissions: tuple[str, ...]) -> None:
    text = "{ guardedThings { name secret { name } guarded } thing { secret { name } } }"
    result = await hard.same(text, who=actor(*permissions))
    assert (hard.last == "compiled") is (permissions in {("hard.*",), ("*",)})
    assert bool(result.errors) is (hard.last == "forbidden")


async def test_an_edge_is_read_once_for_a_whole_level(hard: Comparison) -> None:
    text = "{ things(numbers: [1, 2, 1, 3, 7, 8]) { other { number other { number } } } }"
    await hard.same(text)
    hard_schema.CALLS.clear()
    result = await hard.same(text)
    assert result.errors is None
    of_the_fast_way = hard_schema.CALLS[-2:]
    assert of_the_fast_way == [[2, 3, 4], [3, 4, 5]]


async def test_operations_of_one_document_are_kept_apart(hard: Comparison) -> None:
    text = "query A { thing { name } } query B { thing { number } } mutationless: query C { __typename }"
    text = text.replace("mutationless: ", "")
    for name in ("A", "B", "C"):
        result = await hard.same(text, name=name)
        assert result.errors is None
        assert hard.last == "compiled"
