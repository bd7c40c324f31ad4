"""A bundle is composed, read and dissolved through GraphQL."""

from typing import Any

import pytest
import strawberry
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from domain.kernel import Read, Sessions, begin, system
from schema.base import Context
from schema.bundles.mutations import BundlesMutation
from schema.catalogue.queries import CatalogueQuery
from schema.refusals import REFUSAL_TYPES
from schema.scalars import SCALARS, global_id
from tests.domain.inventory.builders import a_variant

CONFIG = StrawberryConfig(scalar_map=SCALARS)
SCHEMA = strawberry.Schema(query=CatalogueQuery, mutation=BundlesMutation, types=REFUSAL_TYPES, config=CONFIG)
COMPOSE = """
mutation Compose($input: ComposeBundleInput!) {
  composeBundle(input: $input) {
    variant { stocked bundle { kind version changedBy components { position quantity component { sku } } } }
    refusals { code path ... on VersionConflict { current changedBy } ... on BundleNested { sku } }
  }
}
"""


async def ask(engine: AsyncEngine, sessions: Sessions, operation: str, **variables: Any) -> Any:
    context = Context(read=Read(engine=engine, actor=system("tests")), sessions=sessions, actor=system("tests"))
    try:
        result = await SCHEMA.execute(operation, variable_values=variables, context_value=context)
    finally:
        await context.close()
    assert result.errors is None, result.errors
    return result.data


@pytest.fixture
async def goods(sessions: Sessions) -> list[str]:
    async with begin(sessions, system("tests")) as work:
        return [global_id("Variant", await a_variant(work)) for _ in range(3)]


async def test_a_bundle_is_composed_and_dissolved(
    own_engine: AsyncEngine, sessions: Sessions, goods: list[str]
) -> None:
    box, cup, plate = goods
    parts = [{"variantId": cup, "quantity": "6"}, {"variantId": plate, "quantity": "2"}]
    given = {"variantId": box, "kind": "VIRTUAL", "components": parts}
    done = (await ask(own_engine, sessions, COMPOSE, input=given))["composeBundle"]
    bundle = done["variant"]["bundle"]
    assert (done["refusals"], done["variant"]["stocked"], bundle["kind"], bundle["version"]) == (
        [],
        False,
        "VIRTUAL",
        1,
    )
    assert [(each["position"], each["quantity"]) for each in bundle["components"]] == [(1, "6.0000"), (2, "2.0000")]
    late = (await ask(own_engine, sessions, COMPOSE, input=given | {"expectedVersion": 0}))["composeBundle"]
    assert late["refusals"] == [
        {"code": "VERSION_CONFLICT", "path": ["input", "expectedVersion"], "current": 1, "changedBy": "tests"}
    ]
    nested = given | {"variantId": cup, "components": [{"variantId": box, "quantity": "1"}]}
    refused = (await ask(own_engine, sessions, COMPOSE, input=nested))["composeBundle"]["refusals"]
    assert [(each["code"], each["path"]) for each in refused] == [
        ("BUNDLE_NESTED", ["input", "components", "0", "variantId"])
    ]
    dissolve = """mutation($input: DissolveBundleInput!) {
        dissolveBundle(input: $input) { variant { stocked bundle { kind } } refusals { code } } }"""
    gone = (await ask(own_engine, sessions, dissolve, input={"variantId": box}))["dissolveBundle"]
    assert gone == {"variant": {"stocked": True, "bundle": None}, "refusals": []}
