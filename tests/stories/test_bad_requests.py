"""Requests that are wrong before any business begins: each has its own answer, and nothing is written."""

import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from api.passwords import AccessTokens
from tests.stories.client import Answer, Client
from tests.stories.company import Company, placement

PLACE = "mutation ($g: PlaceOrderInput!) { placeOrder(input: $g) { order { id } refusals { code } } }"


async def post(client: Client, body: bytes, kind: str = "application/json") -> Answer:
    headers = client.headers | {"Content-Type": kind}
    sent = io.BytesIO(body)  # aiohttp warns of large bodies in one piece.
    async with client.http.post(f"{client.url}/graphql", data=sent, headers=headers) as response:
        return Answer(response.status, await response.json(content_type=None))


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"query": "{ viewer { name } }"', 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b'{"query": ""}', 400),
        (b'{"query": "' + b" " * 10_000_000 + b'"}', 413),
        (b'{"query": "{ viewer { name } }", "variables": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400),
    ],
    ids=["malformed", "no text", "a list", "empty", "too long", "too deep"],
)
async def test_a_body_that_is_none_is_refused(company: Company, body: bytes, status: int) -> None:
    before = await company.rows()
    answer = await post(company.admin, body)
    assert (answer.status, answer.codes) == (status, ["BAD_INPUT"])
    assert await company.rows() == before


async def test_wrong_values_are_refused_before_they_are_tried(company: Company) -> None:
    goods = await company.goods("BAD1", shops=("site-main",))
    site = await company.program("site-main")
    here, before = company.channels["site-main"], await company.rows()
    for lines in (
        [{"sku": goods.sku, "quantity": "1.00001"}],
        [{"sku": goods.sku, "quantity": 1.5}],
        [{"sku": goods.sku, "quantity": "NaN"}],
        [{"sku": goods.sku, "quantity": "1e3"}],
        [{"sku": goods.sku, "quantity": "9" * 40}],
        [{"sku": goods.sku}],
    ):
        answer = await site.send(PLACE, {"g": placement(here) | {"lines": lines}})
        assert answer.codes == ["BAD_INPUT"], (lines, answer.body)
    for wrong in (
        placement(here, (goods.sku, "1"), buyerMessage="x" * 5_000),
        placement(here, *[(goods.sku, "1")] * 201),
        placement(here, ("x" * 5_000, "1")),
        placement(here, (goods.sku, "1"), externalNumber="x" * 5_000),
        placement("nonsense", (goods.sku, "1")),
        placement(goods.id, (goods.sku, "1")),
    ):
        outcome = (await site.ask(PLACE, g=wrong))["placeOrder"]
        assert outcome["order"] is None
        assert outcome["refusals"][0]["code"] in {"BAD_INPUT", "NOT_FOUND", "UNKNOWN_SKU"}, outcome
    assert await company.rows() == before


async def test_an_expired_token_opens_nothing(company: Company) -> None:
    tokens = AccessTokens(company.outside.settings.signing_key.get_secret_value())
    expired = tokens.sign(uuid4(), uuid4(), datetime.now(UTC) - timedelta(seconds=1))
    before = await company.rows()
    for client in (company.nobody, company.nobody.with_token(expired), company.nobody.with_key("zg_wrong")):
        answer = await client.send(PLACE, {"g": placement(company.channels["site-main"], ("BAD1", "1"))})
        assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert await company.rows() == before
    answer = await company.nobody.with_token(expired).send("{ viewer { name } }")
    assert "refreshSession" in answer.body["errors"][0]["message"]
    answer = await company.nobody.with_token("zg_a-key-in-the-wrong-place").send("{ viewer { name } }")
    assert "X-Api-Key" in answer.body["errors"][0]["message"]


async def test_long_texts_are_refused_wherever_they_are_given(company: Company) -> None:
    """A text too long for its column must be a refusal of its field, not a failure of the database."""
    before = await company.rows()
    for mutation, given in (
        ("createProduct", {"slug": "bad-2", "name": "x" * 100_000}),
        ("createProduct", {"slug": "bad-2", "name": "x", "variants": [{"sku": "x" * 100_000}]}),
        ("createCustomer", {"name": "x" * 100_000}),
        ("createCustomer", {"name": "王", "phone": "1" * 100_000}),
        ("createBrand", {"name": "x" * 100_000}),
        ("createCategory", {"code": "bad", "name": "x" * 100_000}),
        ("createPriceList", {"code": "bad", "name": "x" * 100_000}),
        ("openWarehouse", {"code": "bad", "name": "x" * 100_000, "kind": "CDC"}),
        ("openChannel", {"code": "bad", "name": "x" * 100_000, "platform": "DIRECT"}),
        ("createRole", {"code": "bad", "name": "x" * 100_000, "permissions": []}),
    ):
        refusal = await company.admin.refused(mutation, given)
        assert refusal["code"] == "BAD_INPUT", (mutation, refusal)
    assert await company.rows() == before
