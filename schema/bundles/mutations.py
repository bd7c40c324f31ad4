"""The mutations of bundles (套件变更)."""

from typing import Any

import strawberry

from domain import bundles
from schema.catalogue.types import Variant
from schema.mutating import Call, mutation
from schema.scalars import QuantityValue


@strawberry.input(description="A variant and how much of it is in one bundle.")
class BundleComponentInput:
    """Whole pieces."""

    variant_id: strawberry.ID = strawberry.field(description="The component; no bundle itself.")
    quantity: QuantityValue = strawberry.field(description="How many whole pieces, at least 1.")


@strawberry.input(description="What a variant is made of.")
class ComposeBundleInput:
    """It replaces what was said before; orders that were taken keep what they were taken for."""

    variant_id: strawberry.ID = strawberry.field(description="The variant that is the bundle.")
    kind: bundles.BundleKind = strawberry.field(description="How it is sold.")
    components: list[BundleComponentInput] = strawberry.field(description="1 to 50 components.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the bundle that you have seen; 0 when it was none."
    )


@strawberry.input(description="A bundle that becomes an article of its own again.")
class DissolveBundleInput:
    """Its components stay what they are."""

    variant_id: strawberry.ID = strawberry.field(description="The variant that is the bundle.")
    expected_version: int | None = strawberry.field(default=None, description="The version that you have seen.")


@strawberry.type
class BundlesMutation:
    """Mutations."""

    @mutation(Variant)
    async def compose_bundle(self, call: Call, input: ComposeBundleInput) -> Any:  # noqa: A002
        components = [
            bundles.Component(variant_id=call.key("Variant", each.variant_id), quantity=each.quantity)
            for each in input.components
        ]
        key = call.key("Variant", input.variant_id)
        return await call.perform(bundles.compose_bundle, key, input.kind, components, input.expected_version)

    @mutation(Variant)
    async def dissolve_bundle(self, call: Call, input: DissolveBundleInput) -> Any:  # noqa: A002
        key = call.key("Variant", input.variant_id)
        return await call.perform(bundles.dissolve_bundle, key, input.expected_version)
