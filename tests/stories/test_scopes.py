"""Everybody sees and does what is theirs: a channel out of scope is not there, and no mutation is open to all."""

import json
from uuid import uuid4

import pytest
from graphql import get_named_type, is_required_argument

from schema.root import schema
from schema.scalars import global_id
from tests.connectors.simulated import RECEIVER
from tests.stories.client import MUTATIONS, Client, entity_of
from tests.stories.company import REVIEWING, Company, placement
from tests.stories.made_up import MakingUp

PERSONAL = {"signIn", "refreshSession", "signOut", "changePassword", "cancelJob", "setDuty"}
OWN_LISTS = {"jobs"}
ONE = "query ($id: ID!) { order(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } }"


async def test_a_reviewer_of_one_channel_sees_and_reviews_only_that(company: Company) -> None:
    goods = await company.goods("SCOPE1", shops=("jd-main", "taobao-main"))
    mine = await company.sold("jd-main", (goods, 1))
    foreign = await company.sold("taobao-main", (goods, 1))
    reviewer = await company.person(REVIEWING, shops=("jd-main",))

    listed = await reviewer.ask("{ orders(first: 100) { nodes { id channelId } } channels { nodes { code } } }")
    assert {each["channelId"] for each in listed["orders"]["nodes"]} == {company.channels["jd-main"]}
    assert listed["channels"]["nodes"] == [{"code": "jd-main"}]
    assert (await reviewer.ask(ONE, id=mine["id"]))["order"] == {"id": mine["id"]}

    unknown = global_id("Order", uuid4())
    assert await reviewer.ask(ONE, id=foreign["id"]) == await reviewer.ask(ONE, id=unknown)
    for mutation, more in (
        ("takeOrder", {}),
        ("reviewOrder", {}),
        ("holdOrder", {"reason": "x"}),
        ("cancelOrder", {"reason": "x"}),
        ("allocateOrder", {}),
    ):
        answers = [await reviewer.refused(mutation, {"id": each, **more}) for each in (foreign["id"], unknown)]
        assert [each["code"] for each in answers] == ["NOT_FOUND", "NOT_FOUND"]
        assert answers[0].keys() == answers[1].keys()
    assert await reviewer.done("reviewOrder", "status", {"id": mine["id"]}) == {"status": "REVIEWED"}
    assert (await company.order(foreign["externalNumber"]))["status"] == "UNREVIEWED"

    filtered = await reviewer.ask(
        "query ($c: ID!) { orders(where: {channelId: {eq: $c}}) { totalCount nodes { id } } }",
        c=company.channels["taobao-main"],
    )
    assert filtered["orders"] == {"totalCount": 0, "nodes": []}


ALL = sorted(set(MUTATIONS.fields) - PERSONAL) if MUTATIONS else []


@pytest.fixture(scope="module")
async def idle(company: Company) -> Client:
    return await company.person(())


@pytest.mark.parametrize("mutation", ALL)
async def test_no_mutation_is_open_to_everybody(company: Company, idle: Client, mutation: str) -> None:
    assert MUTATIONS is not None
    known = MUTATIONS.fields[mutation]
    argument = "inputs" if "inputs" in known.args else "input"
    kind = known.args[argument].type
    given = MakingUp().value(kind, argument, entity_of(mutation))
    operation = f"mutation ($g: {kind}) {{ {mutation}({argument}: $g) {{ refusals {{ code message }} }} }}"
    refused = await idle.send(operation, {"g": given})
    needed = (known.description or "").partition("Requires `")[2].partition("`")[0]
    told = json.dumps(refused.body)
    assert "FORBIDDEN" in told or "NOT_ALLOWED" in told, refused.body
    assert needed in told
    assert (await company.nobody.send(operation, {"g": given})).codes == ["UNAUTHENTICATED"]


async def test_what_everybody_may_do_to_himself_is_nobodys_to_do_to_others(company: Company, idle: Client) -> None:
    admin = (await company.admin.ask("{ staffMembers(first: 1) { nodes { id } } }"))["staffMembers"]["nodes"][0]["id"]
    duty = "mutation ($g: SetDutyInput!) { setDuty(input: $g) { refusals { code path } } }"
    assert (await company.nobody.send(duty, {"g": {"onDuty": True}})).codes == ["UNAUTHENTICATED"]
    assert (await idle.ask(duty, g={"onDuty": False}))["setDuty"]["refusals"] == []
    assert (await idle.ask(duty, g={"onDuty": False, "staffId": admin}))["setDuty"]["refusals"] == [
        {"code": "NOT_BELOW", "path": ["input", "staffId"]}
    ]


async def test_every_list_needs_its_permission(idle: Client) -> None:
    query = schema._schema.query_type
    assert query is not None
    lists = [name for name, each in query.fields.items() if get_named_type(each.type).name.endswith("Connection")]
    assert len(lists) >= 15
    for name in set(lists) - OWN_LISTS:
        needed = {key: each.type for key, each in query.fields[name].args.items() if is_required_argument(each)}
        given = {key: MakingUp(everything=True).value(kind, key, "") for key, kind in needed.items()}
        head = f"({', '.join(f'${key}: {kind}' for key, kind in needed.items())})" if needed else ""
        arguments = f"({', '.join(f'{key}: ${key}' for key in needed)})" if needed else ""
        operation = f"query {head} {{ {name}{arguments} {{ pageInfo {{ hasNextPage }} }} }}"
        assert (await idle.send(operation, given)).codes == ["FORBIDDEN"], name


PHONES = "id receiver { phone } customer { phone addresses { phone } } timeline { changes }"


async def test_phones_are_masked_for_who_may_not_see_them(company: Company) -> None:
    goods = await company.goods("SCOPE2", shops=("site-main",))
    site = await company.program("site-main")
    order = await site.done("placeOrder", PHONES, placement(company.channels["site-main"], (goods.sku, "1")))
    assert order["receiver"]["phone"] == RECEIVER["phone"]
    reviewer = await company.person(REVIEWING)
    everything = f"query ($id: ID!) {{ node(id: $id) {{ ... on Order {{ {PHONES} }} }} }}"
    seen = (await reviewer.ask(everything, id=order["id"]))["node"]
    assert seen["receiver"]["phone"] == seen["customer"]["phone"] == "138****5678"
    assert RECEIVER["phone"] not in json.dumps(seen)
    trusted = await company.person((*REVIEWING, "customers.see_phone"))
    assert (await trusted.ask(everything, id=order["id"]))["node"]["customer"]["phone"] == RECEIVER["phone"]
