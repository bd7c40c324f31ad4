"""Variants (规格, SKU): what is stocked and sold, and the barcodes by which scanners and shops know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from domain.catalogue.codes import BARCODE, check_form, reserve_codes
from domain.catalogue.drafts import BARCODES_MAX, VARIANTS_MAX, NewVariant, check_count, check_measures, check_variant
from domain.catalogue.models import Barcode, CostMethod, ProductId, Variant, VariantId
from domain.catalogue.products import next_position, product_for_change, touch, variant_row
from domain.kernel import BadInput, NotFound, Work, action
from domain.kernel.versions import check_version


@dataclass(frozen=True, kw_only=True)
class VariantChanges:
    """What is to change of a variant; None stays as it is. The SKU never changes: shops and papers know it."""

    specification: str | None = None
    weight_grams: int | None = None
    volume_millilitres: int | None = None
    prescription: bool | None = None
    active: bool | None = None


@action
async def add_variant(work: Work, product_id: ProductId, given: NewVariant) -> Variant:
    """Add a variant to a product."""
    check_variant(given)
    product = await product_for_change(work, product_id)
    position, count = await next_position(work, product_id)
    check_count("variants", range(count + 1), VARIANTS_MAX)
    await reserve_codes(work, skus=[given.sku], barcodes=given.barcodes)
    row = variant_row(work, product_id, position, given)
    await work.execute(insert(Variant), [row])
    if given.barcodes:
        await work.execute(insert(Barcode), [{"code": each, "variant_id": row["id"]} for each in given.barcodes])
    touch(work, product)
    return await variant_for_change(work, row["id"])


@action
async def edit_variant(
    work: Work, variant_id: VariantId, changes: VariantChanges, *, expected_version: int | None = None
) -> Variant:
    """Change the specification, weight, volume or use of a variant."""
    variant = await variant_for_change(work, variant_id)
    await check_version(work, variant, expected_version)
    check_measures(changes.weight_grams, changes.volume_millilitres)
    for name in ("specification", "weight_grams", "volume_millilitres", "prescription", "active"):
        if (value := getattr(changes, name)) is not None:
            setattr(variant, name, value)
    await _touch(work, variant)
    return variant


@action
async def add_barcode(work: Work, variant_id: VariantId, code: str) -> Variant:
    """Give a variant one more barcode."""
    check_form("code", code, BARCODE)
    variant = await variant_for_change(work, variant_id)
    known = await work.rows(select(Barcode.code).where(Barcode.variant_id == variant_id))
    check_count("barcodes", range(len(known) + 1), BARCODES_MAX)
    if code not in {row.code for row in known}:
        await reserve_codes(work, barcodes=[code])
        await work.execute(insert(Barcode), [{"code": code, "variant_id": variant_id}])
        await _touch(work, variant)
    return variant


@action
async def remove_barcode(work: Work, variant_id: VariantId, code: str) -> Variant:
    """Take a barcode from a variant."""
    variant = await variant_for_change(work, variant_id)
    if not await work.change(delete(Barcode).where(Barcode.code == code, Barcode.variant_id == variant_id)):
        raise BadInput(field="code", problem=f"{code[:64]!r} is not a barcode of {variant.sku}").at("input", "code")
    await _touch(work, variant)
    return variant


async def variant_for_change(work: Work, variant_id: VariantId) -> Variant:
    """Load a variant, locked, or refuse."""
    variant = await work.session.get(Variant, variant_id, with_for_update=True, populate_existing=True)
    if variant is None:
        raise NotFound(what="variant", which=str(variant_id)).at("input", "id")
    return variant


async def _touch(work: Work, variant: Variant) -> None:
    variant.version += 1
    touch(work, await product_for_change(work, variant.product_id))


async def note_cost_method(work: Work, variant_ids: Sequence[UUID], method: CostMethod) -> None:
    """Note how variants are costed, which whoever keeps their stock decides."""
    noted = update(Variant).where(Variant.id.in_(variant_ids)).values(cost_method=method)
    await work.execute(noted.execution_options(synchronize_session=False))


async def set_stocked(work: Work, variant_id: VariantId | UUID, *, stocked: bool) -> None:
    """Note whether a variant is ever in stock itself; a virtual bundle is not."""
    changed = update(Variant).where(Variant.id == variant_id, Variant.stocked != stocked)
    await work.execute(changed.values(stocked=stocked, version=Variant.version + 1))
