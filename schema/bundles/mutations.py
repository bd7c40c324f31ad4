"""The mutations of bundles (套件变更)."""

from datetime import date
from typing import Any

import strawberry

from domain import bundles
from schema.catalogue.types import Variant
from schema.inventory.documents import StockDocument
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


@strawberry.input(description="How many of a bundle are made of their components, or taken apart into them.")
class DraftAssemblyInput:
    """Composed as ASSEMBLED; the document may be changed before it is posted."""

    warehouse_id: strawberry.ID = strawberry.field(description="Where.")
    variant_id: strawberry.ID = strawberry.field(description="The bundle.")
    quantity: QuantityValue = strawberry.field(description="How many whole bundles.")
    reason: str = strawberry.field(description="Why, in 1 to 500 characters.")
    lot_code: str | None = strawberry.field(default=None, description="The lot of what is made; made if there is none.")
    produced_on: date | None = strawberry.field(default=None, description="When that lot was made.")
    expires_on: date | None = strawberry.field(default=None, description="The last day before that lot has expired.")
    bin_id: strawberry.ID | None = strawberry.field(
        default=None, description="The bin that bundles are put into, or taken from."
    )


def assembly_of(call: Call, given: DraftAssemblyInput) -> bundles.Assembly:
    """Read what is to be made or taken apart."""
    return bundles.Assembly(
        warehouse_id=call.key("Warehouse", given.warehouse_id),
        variant_id=call.key("Variant", given.variant_id),
        quantity=given.quantity,
        reason=given.reason,
        lot_code=given.lot_code,
        produced_on=given.produced_on,
        expires_on=given.expires_on,
        bin_id=call.key("Bin", given.bin_id) if given.bin_id else None,
    )


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

    @mutation(StockDocument)
    async def draft_assembly(self, call: Call, input: DraftAssemblyInput) -> Any:  # noqa: A002
        return await call.perform(bundles.draft_assembly, assembly_of(call, input))

    @mutation(StockDocument)
    async def draft_disassembly(self, call: Call, input: DraftAssemblyInput) -> Any:  # noqa: A002
        return await call.perform(bundles.draft_disassembly, assembly_of(call, input))
