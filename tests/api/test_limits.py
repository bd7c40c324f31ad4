"""What a document may weigh: the trust table's denial-of-service checks, and the budget."""

import asyncio
from time import perf_counter

import pytest
from graphql import OperationDefinitionNode, parse

from api.budgets import Budgets, Purse
from api.limits import Scale, defaults_of, documents_fragments
from domain import identity
from domain.kernel import begin, system
from tests.api.calling import Served
from tests.api.small_schema import schema

FRAGMENT_BOMB = (
    "query { thing { ...F0 } } "
    + " ".join(f"fragment F{n} on Thing {{ thing {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(30))
    + " fragment F30 on Thing { name }"
)
INTROSPECTION = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
GOODS = "{ products { nodes { " + "variants { product { " * 8 + "name" + " } }" * 8 + " } } }"
NESTED = "{ " + "thing { " * 30 + "name" + " }" * 31

HOSTILE = {
    "500 aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(500)) + " }",
    "1,000 includes": "{ __typename " + "@include(if: true) " * 1000 + "}",
    "1,000 unknown directives": "{ __typename " + "@nobody " * 1000 + "}",
    "5,000 equal fields": "{ " + "__typename " * 5000 + "}",
    "30 levels": NESTED,
    "our own cycle": GOODS,
    "10,000 braces": "{ thing " * 10_000,
    "a fragment cycle": "{ thing { ...A } } fragment A on Thing { ...B } fragment B on Thing { ...A }",
    "a fragment bomb": FRAGMENT_BOMB,
    "a chain of fragments": "{ thing { ...F0 } } "
    + " ".join(f"fragment F{n} on Thing {{ ...F{n + 1} }}" for n in range(300))
    + " fragment F300 on Thing { name }",
    "introspection in circles": INTROSPECTION,
    "21 root fields": "{ " + " ".join(f"viewer {{ kind }} x{n}: viewer {{ kind }}" for n in range(21)) + " }",
    "a long document": "{ __typename } #" + "x" * 200_000,
    "deep lists": "{ things: thing { " + "things { " * 12 + "name" + " }" * 14,
}


@pytest.mark.parametrize("query", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_document_is_refused_quickly(served: Served, admin: str, query: str) -> None:
    started = perf_counter()
    answer = await served.ask(query, token=admin)
    assert perf_counter() - started < 1
    assert "data" not in answer.json
    assert set(answer.codes) <= {"BAD_INPUT", "COST_EXCEEDED"}
    assert 1 <= len(answer.codes) <= 101
    assert (await served.ask("{ __typename }", token=admin)).data == {"__typename": "Query"}


async def test_the_heaviest_document_that_is_let_in_does_no_harm(served: Served, admin: str) -> None:
    query = "{ thing { " + "name " * 400 + "} }"
    started = perf_counter()
    assert (await served.ask(query, token=admin)).data == {"thing": {"name": "thing"}}
    assert perf_counter() - started < 3
    query = "{ thing { " + "name " * 998 + "} }"
    assert (await served.ask(query, token=admin)).codes == ["BAD_INPUT"]
    assert perf_counter() - started < 6


async def test_who_may_introspect_gets_the_standard_introspection(served: Served, admin: str) -> None:
    from graphql import get_introspection_query  # noqa: PLC0415 — Only here.

    answer = await served.ask(get_introspection_query(), token=admin)
    assert answer.codes == []
    assert answer.data["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    ("first", "code"), [(1_000_000, "BAD_INPUT"), (100_000, "BAD_INPUT"), (-1, "BAD_INPUT"), (2**31 - 1, "BAD_INPUT")]
)
async def test_a_page_is_bounded(served: Served, admin: str, first: int, code: str) -> None:
    for query, variables in (
        (f"{{ alerts(first: {first}) {{ nodes {{ id }} }} }}", None),
        ("query($n: Int) { alerts(first: $n) { nodes { id } } }", {"n": first}),
    ):
        answer = await served.ask(query, variables, token=admin)
        assert (answer.codes, answer.data) == ([code], None)


@pytest.mark.parametrize("cursor", ["", "x", "%%%", "bm90IGEgY3Vyc29y", "WyJPVEhFUiIsIDFd", "A" * 5000])
async def test_a_malformed_cursor_is_refused(served: Served, admin: str, cursor: str) -> None:
    answer = await served.ask("query($c: String) { alerts(after: $c) { nodes { id } } }", {"c": cursor}, token=admin)
    assert (answer.codes, answer.data) == (["BAD_INPUT"], None)


@pytest.mark.parametrize("text", ["' OR 1=1--", "'; SELECT pg_sleep(4)--", "\\", "%27", "{{7*7}}", "1' OR '1'='1"])
async def test_text_of_a_search_and_of_an_id_is_only_text(served: Served, admin: str, text: str) -> None:
    query = """query($t: String!, $i: ID!) { auditLog(where: {action: {eq: $t}}) { nodes { id } } node(id: $i) { id }
      products(where: {name: {contains: $t}}) { nodes { id } } }"""
    started = perf_counter()
    answer = await served.ask(query, {"t": text, "i": text}, token=admin)
    assert perf_counter() - started < 2
    assert answer.data == {"auditLog": {"nodes": []}, "node": None, "products": {"nodes": []}}


@pytest.mark.parametrize("opaque", ["-1", "1" + "0" * 30, "MScgT1IgJzEnPScx", "Um9sZTox", "Um9sZTo=", "é", "x" * 3000])
async def test_an_id_that_is_none_finds_nothing(served: Served, admin: str, opaque: str) -> None:
    answer = await served.ask("query($i: ID!) { node(id: $i) { id } }", {"i": opaque}, token=admin)
    assert (answer.codes, answer.data) == ([], {"node": None})


async def test_every_answer_tells_its_cost(served: Served, admin: str) -> None:
    answers = [await served.ask("{ thing { things { name } } }", token=admin) for _ in range(3)]
    for answer in answers:
        cost = answer.json["extensions"]["cost"]
        assert cost["requestedQueryCost"] >= cost["actualQueryCost"] == 3
        assert set(cost["throttleStatus"]) == {"maximumAvailable", "currentlyAvailable", "restoreRate"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("{ nothing }", "BAD_INPUT"),
        ("{", "BAD_INPUT"),
        ("{ thing { " + "things { " * 10 + "name" + " }" * 12, "COST_EXCEEDED"),
        ("{ " + "__typename " * 1001 + "}", "BAD_INPUT"),
    ],
)
async def test_what_is_refused_tells_its_cost_too(served: Served, admin: str, query: str, code: str) -> None:
    answer = await served.ask(query, token=admin)
    assert (answer.codes, answer.data) == ([code], None)
    cost = answer.json["extensions"]["cost"]
    assert (cost["requestedQueryCost"], cost["actualQueryCost"]) == (1, 1)
    assert cost["throttleStatus"]["currentlyAvailable"] < cost["throttleStatus"]["maximumAvailable"]
    if code == "COST_EXCEEDED":
        figures = answer.json["errors"][0]["extensions"]
        assert figures["requestedQueryCost"] > figures["maximumQueryCost"]


async def test_who_only_sends_what_is_refused_is_throttled_too(own_served: Served) -> None:
    async with begin(own_served.sessions, system("tests")) as work:
        new = identity.NewApiClient(
            code="noisy", name="Noisy", kind=identity.ClientKind.PARTNER, permissions=(), restore_rate=1
        )
        made = await identity.create_api_client(work, new)
    headers = {"X-Api-Key": made.key}
    answers = [await own_served.ask("{ nothing }", headers=headers) for _ in range(10)]
    assert {each.status for each in answers} == {200}
    while (answer := await own_served.ask("{ nothing }", headers=headers)).status == 200:
        pass  # One more a second is given back.
    assert (answer.status, answer.codes, answer.headers["Retry-After"]) == (429, ["THROTTLED"], "1")


async def test_a_document_is_weighed_once_for_each_size_of_its_pages(served: Served, admin: str) -> None:
    query = "query Weighed($n: Int) { alerts(first: $n) { nodes { id } } }"
    for size in (5, 5, 7, 5):
        await served.ask(query, {"n": size}, token=admin)
    document = served.door.documents.read(query, stranger=False)
    weighed = document.operations[0]._weights
    assert {key: weight.cost for key, weight in weighed.items()} == {(20,): 21, (5,): 6, (7,): 8}
    assert served.door.documents.read(query, stranger=False) is document


async def test_who_spends_the_budget_waits(own_served: Served) -> None:
    async with begin(own_served.sessions, system("tests")) as work:
        made = await identity.create_api_client(
            work,
            identity.NewApiClient(
                code="poor",
                name="Poor",
                kind=identity.ClientKind.PARTNER,
                permissions=("alerts.view",),
                restore_rate=20,
            ),
        )
    query, headers = "{ alerts(first: 50) { nodes { id } } }", {"X-Api-Key": made.key}
    answers = await asyncio.gather(*(own_served.ask(query, headers=headers) for _ in range(20)))
    throttled = [each for each in answers if each.status == 429]
    assert 0 < len(throttled) < 20
    for each in throttled:
        assert (each.codes, each.data) == (["THROTTLED"], None)
        assert int(each.headers["Retry-After"]) >= 1
        assert each.json["extensions"]["cost"]["throttleStatus"]["restoreRate"] == 20


def test_a_purse_gives_back_what_was_not_used() -> None:
    budgets = Budgets()
    purse = budgets.purse("a", 100)
    spent = purse.spend(400)
    assert (spent.wait_seconds, spent.available) == (0, 600)
    assert purse.settle(spent, 100).available in (900, 901)
    assert budgets.purse("a", 100).spend(1_000).wait_seconds == 1
    assert budgets.purse("b", 100).spend(1_000).wait_seconds == 0
    assert budgets.purse("a", 200).spend(2_000).wait_seconds == 0


def test_what_costs_more_than_a_purse_holds_needs_a_full_one() -> None:
    purse = Purse(10)
    spent = purse.spend(5_000)
    assert (spent.wait_seconds, spent.requested, spent.available, purse.has(1)) == (0, 5_000, 0, False)
    waiting = purse.spend(1)
    assert waiting.actual == 0
    assert 400 < waiting.wait_seconds <= 491
    assert not Purse(10).spend(100).wait_seconds


def cost_of(query: str, variables: dict[str, object] | None = None) -> int:
    document = parse(query)
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    given = {**defaults_of(operation), **(variables or {})}
    return Scale(schema._schema, documents_fragments(document), given).operation(operation).cost


def test_a_page_costs_by_its_size() -> None:
    small = cost_of("{ alerts(first: 1) { nodes { id } } }")
    assert cost_of("{ alerts(first: 100) { nodes { id } } }") - small == 99
    assert cost_of("{ alerts { nodes { id } } }") - small == 19
    assert cost_of("query($n: Int) { alerts(first: $n) { nodes { id } } }", {"n": 100}) - small == 99
    assert cost_of("query($n: Int = 50) { alerts(first: $n) { nodes { id } } }") - small == 49
    assert (
        cost_of(
            "{ ...P } fragment P on Query { alerts(first: 100) { ...R } } fragment R on AlertConnection "
            "{ nodes { id } }"
        )
        - small
        == 99
    )


def test_a_bulk_costs_by_its_items() -> None:
    assert cost_of("query($i: [ID!]!) { nodes(ids: $i) { id } }", {"i": ["a"] * 30}) == 30
