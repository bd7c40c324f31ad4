"""Short words for goods in tests."""

from typing import Any

from domain import catalogue
from domain.catalogue import NewProduct, NewVariant, Product, VariantId
from domain.kernel import Work


def a_product(slug: str = "tea", *skus: str, **changes: Any) -> NewProduct:
    """Describe a product with a variant per SKU; the SKU is the slug in capitals if none is given."""
    variants = tuple(NewVariant(sku=each) for each in skus or (slug.upper(),))
    return NewProduct(**{"slug": slug, "name": slug.capitalize(), "variants": variants, **changes})


async def a_kept_product(work: Work, slug: str = "tea", *skus: str, **changes: Any) -> Product:
    return await catalogue.create_product(work, a_product(slug, *skus, **changes))


async def a_variant(work: Work, sku: str = "TEA") -> VariantId:
    """Keep a product with one variant and return that."""
    await a_kept_product(work, sku.lower(), sku)
    return (await catalogue.match_goods(work, [sku], [])).by_sku[sku]
