"""Codes of goods (商品编码): slugs, SKUs and barcodes each mean one thing, in a form that systems share."""

import re
from collections.abc import Sequence

from sqlalchemy import Text, any_, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY

from domain.catalogue.models import Barcode, Product, Variant
from domain.kernel import BadInput, Refusal, Work

CODE_LENGTH_MAX = 64
NAME_LENGTH_MAX = 300

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
SKU = re.compile(r"[^\s\x00-\x1f]([^\x00-\x1f]*[^\s\x00-\x1f])?")
BARCODE = re.compile(r"[0-9A-Za-z./-]+")


class SlugTaken(Refusal):
    """Another product already has the slug {slug}."""

    slug: str
    chinese = "商品标识 {slug} 已被使用"


class SkuTaken(Refusal):
    """Another variant already has the SKU {sku}."""

    sku: str
    chinese = "商家编码 {sku} 已被使用"


class BarcodeTaken(Refusal):
    """The barcode {barcode} already belongs to the SKU {sku}."""

    barcode: str
    sku: str
    chinese = "条码 {barcode} 已属于 {sku}"


def check_form(field: str, value: str, form: re.Pattern[str]) -> None:
    """Refuse a code that no system could carry."""
    if len(value) > CODE_LENGTH_MAX or not form.fullmatch(value):
        problem = f"{value[:CODE_LENGTH_MAX]!r} is not {form.pattern} of at most {CODE_LENGTH_MAX} characters"
        raise BadInput(field=field, problem=problem).at("input", field)


def check_name(field: str, value: str) -> None:
    """Refuse an empty or endless name."""
    if not value.strip() or len(value) > NAME_LENGTH_MAX:
        raise BadInput(field=field, problem=f"needs 1 to {NAME_LENGTH_MAX} characters").at("input", field)


def check_distinct(field: str, values: Sequence[str]) -> None:
    """Refuse a code that is given twice."""
    twice = sorted({each for each in values if values.count(each) > 1})
    if twice:
        raise BadInput(field=field, problem=f"{', '.join(twice)} given twice").at("input", field)


async def reserve_codes(
    work: Work, *, slugs: Sequence[str] = (), skus: Sequence[str] = (), barcodes: Sequence[str] = ()
) -> None:
    """Refuse codes that are taken; whoever else hands out codes waits until this transaction ends."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("catalogue.codes", 0))))
    of_slugs = select(literal("slug").label("kind"), Product.slug.label("code"), literal("").label("sku"))
    of_skus = select(literal("sku"), Variant.sku, Variant.sku)
    of_barcodes = select(literal("barcode"), Barcode.code, Variant.sku).join(Variant, Variant.id == Barcode.variant_id)
    taken = await work.rows(
        union_all(
            of_slugs.where(Product.slug == any_(literal(list(slugs), ARRAY(Text)))),
            of_skus.where(Variant.sku == any_(literal(list(skus), ARRAY(Text)))),
            of_barcodes.where(Barcode.code == any_(literal(list(barcodes), ARRAY(Text)))),
        )
    )
    for row in taken:
        if row.kind == "slug":
            raise SlugTaken(slug=row.code).at("input", "slug")
        if row.kind == "sku":
            raise SkuTaken(sku=row.code).at("input", "sku")
        raise BarcodeTaken(barcode=row.code, sku=row.sku).at("input", "barcodes")
