"""Whatever is sent is answered: no made-up value makes the company stumble, and no rehearsal leaves a trace."""

from typing import Any

import pytest

from schema.root import schema
from tests.stories.client import MUTATIONS, entity_of
from tests.stories.company import Company
from tests.stories.made_up import PLAIN, MakingUp

HUGE = PLAIN | {
    "String": "长" * 5_000, "Int": 2**31 - 1, "Decimal": "9999999999999999.99", "Quantity": "99999999999999.9999",
    "Date": "9999-12-31", "DateTime": "9999-12-31T23:59:59-23:59", "Boolean": True,
}  # fmt: skip
ODD = PLAIN | {
    "String": "'; DROP TABLE orders; -- %s {0} \u202e😀", "Int": -(2**31), "Decimal": "-0.000001", "Quantity": "-1",
    "Date": "0001-01-01", "DateTime": "0001-01-01T00:00:00+23:59",
}  # fmt: skip
EMPTY = PLAIN | {"String": "", "Int": 0, "Decimal": "0", "Quantity": "0"}
MADE_UP = {"plain": PLAIN, "huge": HUGE, "odd": ODD, "empty": EMPTY}
NOT_REHEARSED = {"signIn", "refreshSession", "changePassword", "signOut"}


@pytest.fixture(scope="module")
async def known(company: Company) -> dict[str, str]:
    """Find something of each kind that exists, so that values reach as deep as they can."""
    goods = await company.goods("ANY1", shops=("taobao-main", "site-main"))
    await company.sold("taobao-main", (goods, 1))
    lists = {"products": "Product", "variants": "Variant", "channels": "Channel", "warehouses": "Warehouse"}
    lists |= {"orders": "Order", "customers": "Customer", "roles": "Role", "staffMembers": "Staff"}
    lists |= {"priceLists": "PriceList", "prices": "Price", "listings": "Listing", "apiClients": "ApiClient"}
    selection = " ".join(f"{each}(first: 1) {{ nodes {{ id }} }}" for each in lists)
    found = await company.admin.ask(f"{{ {selection} }}")
    return {kind: found[each]["nodes"][0]["id"] for each, kind in lists.items() if found[each]["nodes"]}


def ways(known: dict[str, str]) -> list[MakingUp]:
    plain = [MakingUp(each, known, everything=True, last=last) for each in MADE_UP.values() for last in (False, True)]
    return [*plain, MakingUp(HUGE, known), MakingUp(ODD, {}, everything=True)]


async def test_any_input_of_a_mutation_is_answered(company: Company, known: dict[str, str]) -> None:
    assert MUTATIONS is not None
    before, stumbled = await company.rows(), []
    for name in sorted(set(MUTATIONS.fields) - NOT_REHEARSED):
        field = MUTATIONS.fields[name]
        argument = "inputs" if "inputs" in field.args else "input"
        kind = field.args[argument].type
        operation = (
            f"mutation ($g: {kind}) {{ {name}({argument}: $g, validateOnly: true) {{ refusals {{ code message }} }} }}"
        )
        for way in ways(known):
            given = way.value(kind, argument, entity_of(name).title() if entity_of(name).islower() else entity_of(name))
            answer = await company.admin.send(operation, {"g": given})
            if answer.status != 200 or "INTERNAL" in answer.codes:
                stumbled.append((name, answer.codes, str(given)[:300]))
    assert stumbled == []
    assert await company.rows() == before


def arguments_of(field: Any, way: MakingUp, entity: str) -> tuple[str, str, dict[str, Any]]:
    """Make up all arguments of a query but its page."""
    chosen = {name: each.type for name, each in field.args.items() if name not in {"last", "before", "after"}}
    declared = ", ".join(f"${name}: {kind}" for name, kind in chosen.items())
    given = ", ".join(f"{name}: ${name}" for name in chosen)
    values = {name: 5 if name == "first" else way.value(kind, name, entity) for name, kind in chosen.items()}
    return (f"({declared})" if declared else ""), (f"({given})" if given else ""), values


async def test_any_argument_of_a_query_is_answered(company: Company, known: dict[str, str]) -> None:
    query = schema._schema.query_type
    assert query is not None
    stumbled = []
    for name, field in query.fields.items():
        for way in ways(known):
            declared, given, values = arguments_of(field, way, "Order")
            answer = await company.admin.send(f"query {declared} {{ {name}{given} {{ __typename }} }}", values)
            if answer.status != 200 or "INTERNAL" in answer.codes:
                stumbled.append((name, answer.codes, str(values)[:300]))
    assert stumbled == []
