"""Selling virtual bundles (套件销售): what the components of bundles are, many bundles at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import any_, bindparam, select

from domain import catalogue
from domain.bundles.models import Bundle, BundleComponent, BundleKind
from domain.inventory import UUIDS
from domain.kernel import Quantity, Read, Work


@dataclass(frozen=True, slots=True)
class Part:
    """A component of a virtual bundle as it is sold; `on_sale` is false once it or its product is retired."""

    variant_id: UUID
    quantity: Quantity
    sku: str
    name: str
    specification: str | None
    on_sale: bool


SOLD_PARTS = (
    select(
        BundleComponent.bundle_id,
        BundleComponent.component_id,
        BundleComponent.quantity,
        catalogue.Variant.sku,
        catalogue.Variant.specification,
        catalogue.Variant.active,
        catalogue.Product.name,
        catalogue.Product.status,
    )
    .join(Bundle, Bundle.variant_id == BundleComponent.bundle_id)
    .join(catalogue.Variant, catalogue.Variant.id == BundleComponent.component_id)
    .join(catalogue.Product, catalogue.Product.id == catalogue.Variant.product_id)
    .where(Bundle.kind == BundleKind.VIRTUAL, BundleComponent.bundle_id == any_(bindparam("bundle_ids", type_=UUIDS)))
    .order_by(BundleComponent.bundle_id, BundleComponent.position)
)


async def sold_as(work: Work | Read, variant_ids: Sequence[UUID]) -> dict[UUID, list[Part]]:
    """Find as what virtual bundles are sold, in the stated order; what is none is absent."""
    found: dict[UUID, list[Part]] = {}
    for row in await work.rows(SOLD_PARTS, {"bundle_ids": sorted(set(variant_ids))}):
        on_sale = row.active and row.status is catalogue.ProductStatus.ACTIVE
        part = Part(row.component_id, row.quantity, row.sku, row.name, row.specification or None, on_sale)
        found.setdefault(row.bundle_id, []).append(part)
    return found
