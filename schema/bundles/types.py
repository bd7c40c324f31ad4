"""Bundles (组装套件) as clients see them."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain import bundles, catalogue
from schema.base import edge, id_of
from schema.scalars import QuantityValue

if TYPE_CHECKING:
    from schema.catalogue.types import Variant


@strawberry.type(description="One component of a bundle.")
class BundleComponent:
    """Whole pieces of a variant."""

    position: int = strawberry.field(description="Its place, from 1.")
    quantity: QuantityValue = strawberry.field(description="How many whole pieces are in one bundle.")
    component_id: strawberry.ID = id_of("Variant", "component_id", "The id of the component.")
    component: Annotated["Variant", strawberry.lazy("schema.catalogue.types")] = edge(
        Annotated["Variant", strawberry.lazy("schema.catalogue.types")],
        catalogue.variants_by_id,
        "component_id",
        "The component.",
    )


@strawberry.type(description="What a variant is made of (组装套件).")
class Bundle:
    """A virtual one is never in stock itself; what can be put together of its components is shown to shops."""

    kind: bundles.BundleKind = strawberry.field(description="How it is sold.")
    version: int = strawberry.field(description="Counts its compositions; give it as expectedVersion.")
    changed_by: str = strawberry.field(description="Who composed it last.")
    changed_at: datetime = strawberry.field(description="When, in UTC.")
    components: list[BundleComponent] = edge(
        list[BundleComponent], bundles.components_of, "variant_id", "What it is made of, at most 50."
    )
