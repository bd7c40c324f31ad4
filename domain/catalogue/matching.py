"""Matching goods (商品匹配): which variant an outside seller code or barcode means, many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, any_, bindparam, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid

from domain.catalogue.models import Barcode, Product, ProductStatus, Variant, VariantId
from domain.kernel import Work


@dataclass(frozen=True, slots=True)
class GoodsMatch:
    """What was found; a code that is absent means nothing to us."""

    by_sku: Mapping[str, VariantId]
    by_barcode: Mapping[str, VariantId]

    def variant(self, seller_code: str | None, barcode: str | None) -> VariantId | None:
        """Match by seller code first, then by barcode."""
        return self.by_sku.get(seller_code or "") or self.by_barcode.get(barcode or "")


async def match_goods(work: Work, seller_codes: Sequence[str], barcodes: Sequence[str]) -> GoodsMatch:
    """Find the variants of many codes in one statement; retired ones match too, since their orders exist."""
    skus = literal(sorted(set(seller_codes)), ARRAY(Text))
    codes = literal(sorted(set(barcodes)), ARRAY(Text))
    of_skus = select(literal("sku").label("kind"), Variant.sku.label("code"), Variant.id.label("variant_id"))
    of_codes = select(literal("barcode"), Barcode.code, Barcode.variant_id)
    rows = await work.rows(
        union_all(of_skus.where(Variant.sku == any_(skus)), of_codes.where(Barcode.code == any_(codes)))
    )
    return GoodsMatch(
        by_sku={row.code: row.variant_id for row in rows if row.kind == "sku"},
        by_barcode={row.code: row.variant_id for row in rows if row.kind == "barcode"},
    )


SOLD_COLUMNS = (
    Variant.id,
    Variant.sku,
    Variant.active,
    Variant.specification,
    Variant.weight_grams,
    Variant.volume_millilitres,
    Variant.prescription,
    Variant.stocked,
    Variant.product_id,
    Product.name.label("product_name"),
    Product.status.label("product_status"),
)


# Made once: every basket asks it, and building it costs more than running it.
ON_SALE = (
    select(*SOLD_COLUMNS)
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.active, Product.status == ProductStatus.ACTIVE)
    .where(
        (Variant.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
        | (Variant.sku == any_(bindparam("skus", type_=ARRAY(Text))))
    )
)


async def variants_by_sku(work: Work, skus: Sequence[str]) -> Mapping[str, Row[Any]]:
    """Find variants by SKU, with the name and status of their product."""
    wanted = literal(sorted(set(skus)), ARRAY(Text))
    joined = select(*SOLD_COLUMNS).join(Product, Product.id == Variant.product_id)
    return {row.sku: row for row in await work.rows(joined.where(Variant.sku == any_(wanted)))}


async def variants_for_sale(
    work: Work, *, ids: Sequence[VariantId] = (), skus: Sequence[str] = ()
) -> Mapping[VariantId, Row[Any]]:
    """Find variants that may be sold, by id or by SKU; what is retired or inactive is absent."""
    rows = await work.rows(ON_SALE, {"ids": sorted(set(ids)), "skus": sorted(set(skus))})
    return {row.id: row for row in rows}
