"""What may be kept of our answers: tags that change with the bytes, the catalogue for all, the rest for nobody."""

import json
import re
from typing import Any

import pytest
from graphql import build_schema, get_named_type, parse

from api.keeping import PUBLIC_FIELDS, kept_by, shows_public_catalogue
from domain import catalogue, identity
from domain.identity import ClientKind
from domain.kernel import begin, system
from schema.root import schema
from tests.api.calling import Answer, Served

GOODS = """query Goods($first: Int) { products(first: $first, orderBy: {field: NAME}) { totalCount
  pageInfo { hasNextPage } edges { cursor } nodes { ...Shown } } }
  fragment Shown on Product { __typename slug name brand { name } category { path parent { name } } attributes { name }
  variants { sku price(channelId: "none") { unitPrice { amount currency } } } }"""
STOCK = "query Stock { products { nodes { variants { sku stock { available } } } } }"
WHO = "query Who { viewer { name } }"
BROKEN = "query Broken { broken }"
SOLD = ("catalogue.view", "pricing.view", "inventory.view")


async def key_of(served: Served, code: str, *more: str, kind: ClientKind = ClientKind.OFFICIAL_SITE) -> dict[str, str]:
    """Create a client with trusted documents; gives the header it calls with."""
    async with begin(served.sessions, system("tests")) as work:
        made = await identity.create_api_client(
            work, identity.NewApiClient(code=code, name=code, kind=kind, permissions=SOLD)
        )
        texts = (GOODS, STOCK, WHO, BROKEN, *more)
        documents = [identity.NewDocument(identity.document_hash(each), each) for each in texts]
        await identity.register_documents(work, made.id, documents, served.door.documents.checking)
    return {"X-Api-Key": made.key, "Accept-Encoding": "identity"}


async def get(served: Served, headers: dict[str, str], text: str, **variables: Any) -> Answer:
    params = {"documentId": identity.document_hash(text), "variables": json.dumps(variables)}
    return await served.send("GET", params=params, headers=headers)


async def add_product(served: Served, slug: str) -> None:
    async with begin(served.sessions, system("tests")) as work:
        await catalogue.create_product(work, catalogue.NewProduct(slug=slug, name=slug))


async def test_equal_data_has_an_equal_tag_and_is_not_sent_again(served: Served) -> None:
    key = await key_of(served, "tags")
    first, again = await get(served, key, GOODS, first=50), await get(served, key, GOODS, first=50)
    tag = first.headers["ETag"]
    assert re.fullmatch(r'"[A-Za-z0-9_-]{24}"', tag)
    assert (again.headers["ETag"], again.body) == (tag, first.body)
    assert set(first.json["extensions"]["cost"]) == {"requestedQueryCost", "actualQueryCost"}
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        unchanged = await get(served, key | {"If-None-Match": condition}, GOODS, first=50)
        assert (unchanged.status, unchanged.body, unchanged.headers["ETag"]) == (304, b"", tag)
        assert unchanged.headers["Cache-Control"] == first.headers["Cache-Control"]
        assert unchanged.headers["Vary"] == first.headers["Vary"]
    await add_product(served, "new-tea")
    changed = await get(served, key | {"If-None-Match": tag}, GOODS, first=50)
    assert (changed.status, changed.headers["ETag"] == tag) == (200, False)
    assert "new-tea" in changed.text


async def test_the_tag_is_the_same_whichever_way_the_answer_was_made(served: Served) -> None:
    """The standard executor, the first compiled run and the later ones, in which the database writes the text."""
    async with begin(served.sessions, system("tests")) as work:
        brand = await catalogue.create_brand(work, "老城厢")
        variants = tuple(catalogue.NewVariant(sku=f"way-{size}", specification=size) for size in ("S", "M"))
        await catalogue.create_product(
            work, catalogue.NewProduct(slug="way", name='a "quoted"\nname', brand_id=brand.id, variants=variants)
        )
    text = """query Ways { product(slug: "way") { name brand { id name } variants { sku specification product { name } }
      attributes { name } } }"""
    key = await key_of(served, "ways", text)
    compiled, served.door.compiled = served.door.compiled, None
    standard = await get(served, key, text)
    served.door.compiled = compiled
    runs = [await get(served, key, text) for _ in range(4)]
    assert standard.data["product"]["brand"]["name"] == "老城厢"
    assert {each.headers["ETag"] for each in (standard, *runs)} == {standard.headers["ETag"]}
    assert {each.body for each in runs} == {standard.body}


async def test_what_is_left_to_spend_stands_in_headers_of_answers_that_may_be_kept(served: Served) -> None:
    answer = await get(served, await key_of(served, "limits"), GOODS)
    assert re.fullmatch(r'"cost";q=50000;w=10', answer.headers["RateLimit-Policy"])
    assert re.fullmatch(r'"cost";r=\d+;t=\d+', answer.headers["RateLimit"])


async def test_each_encoding_has_its_own_tag(served: Served) -> None:
    key = await key_of(served, "encodings")
    for number in range(30):
        await add_product(served, f"many-{number}")
    tags = {}
    for encoding in ("identity", "gzip", "zstd"):
        answer = await get(served, key | {"Accept-Encoding": encoding}, GOODS, first=50)
        assert answer.headers.get("Content-Encoding", "identity") == encoding
        tags[encoding] = answer.headers["ETag"]
    assert len(set(tags.values())) == 3
    for encoding, tag in tags.items():
        asked = key | {"Accept-Encoding": encoding, "If-None-Match": tag}
        assert (await get(served, asked, GOODS, first=50)).status == 304
    asked = key | {"Accept-Encoding": "zstd", "If-None-Match": tags["gzip"]}
    assert (await get(served, asked, GOODS, first=50)).status == 200


@pytest.mark.parametrize(
    ("kind", "text", "allowed"),
    [
        (ClientKind.OFFICIAL_SITE, GOODS, "public, max-age=60, stale-while-revalidate=60"),
        (ClientKind.MOBILE_APP, GOODS, "public, max-age=60, stale-while-revalidate=60"),
        (ClientKind.PARTNER, GOODS, "private, no-cache"),
        (ClientKind.CALL_CENTRE, GOODS, "private, no-cache"),
        (ClientKind.OFFICIAL_SITE, STOCK, "private, no-cache"),
        (ClientKind.OFFICIAL_SITE, WHO, "private, no-cache"),
        (ClientKind.OFFICIAL_SITE, BROKEN, "no-store"),
    ],
)
async def test_only_the_public_catalogue_may_be_kept_by_others(
    served: Served, kind: ClientKind, text: str, allowed: str
) -> None:
    key = await key_of(served, f"kept-{kind.value.lower().replace('_', '-')}-{len(text)}", kind=kind)
    answer = await get(served, key, text)
    assert answer.headers["Cache-Control"] == allowed
    assert ("ETag" in answer.headers) == (allowed != "no-store")
    assert {"Authorization", "X-Api-Key"} <= set(answer.headers["Vary"].split(", "))


async def test_what_is_not_a_get_by_a_trusted_document_is_kept_by_nobody(served: Served, admin: str) -> None:
    key = await key_of(served, "nobody")
    by_post = await served.send(
        "POST",
        data=json.dumps({"documentId": identity.document_hash(GOODS)}),
        headers=key | {"Content-Type": "application/json"},
    )
    by_text = await served.send("GET", params={"query": GOODS}, headers=key | {"X-Requested-With": "tests"})
    of_nobody = await served.send("GET", params={"documentId": identity.document_hash(GOODS)})
    wrong = await get(served, key, GOODS, first="many")
    for answer in (by_post, by_text, of_nobody, wrong):
        assert answer.headers["Cache-Control"] == "no-store"
        assert "ETag" not in answer.headers
    assert by_post.data == by_text.data != of_nobody.data
    assert admin


@pytest.mark.parametrize(
    ("text", "is_public"),
    [
        (GOODS, True),
        ("{ __typename products { nodes { variants { barcodes product { slug } } } } }", True),
        ("{ products { ... on ProductConnection { nodes { ... { name } } } } }", True),
        ("query A { brands { nodes { name } } } query B { viewer { name } }", False),
        ("{ products { nodes { version } } }", False),
        ("{ products { nodes { variants { costMethod } } } }", False),
        ("{ products { nodes { variants { listings { id } } } } }", False),
        (
            '{ variant(sku: "x") { price(channelId: "c", asOf: "2030-01-01T00:00:00Z") { unitPrice { amount } } } }',
            False,
        ),
        ('{ variant(sku: "x") { price(channelId: "c") { explanation { verdict } } } }', False),
        ('{ variant(sku: "x") { price(channelId: "c") { priceList { code } } } }', False),
        ('{ node(id: "x") { ... on Product { name } } }', False),
        ("{ products { nodes { ...Hidden } } } fragment Hidden on Product { variants { stock { available } } }", False),
    ],
)
def test_a_document_is_public_when_each_of_its_fields_is(text: str, is_public: bool) -> None:
    assert shows_public_catalogue(schema._schema, parse(text)) is is_public


def test_no_public_field_needs_more_than_to_see_goods_and_prices() -> None:
    core = build_schema(schema.as_str())
    for name, fields in PUBLIC_FIELDS.items():
        kind: Any = core.type_map[name]
        for each in fields:
            description = kind.fields[each].description
            needs = set(re.findall(r"`([a-z_]+\.[a-z_]+)`", description))
            assert needs <= {"catalogue.view", "pricing.view"}, (name, each)
            shown = get_named_type(kind.fields[each].type)
            assert shown.name in PUBLIC_FIELDS or not hasattr(shown, "fields"), (name, each)


def test_nobody_keeps_anything_for_others_when_it_is_switched_off() -> None:
    assert kept_by(ClientKind.OFFICIAL_SITE, 0, is_public=True) == "private, no-cache"
    assert kept_by(None, 60, is_public=True) == "private, no-cache"
