import asyncio
from uuid import uuid4

import pytest

from domain import catalogue
from domain.catalogue import NewVariant, VariantChanges, VariantId
from domain.catalogue.models import Variant
from domain.kernel import BadInput, NotFound, Refusal, Sessions, VersionConflict, Work, begin, system
from tests.domain.catalogue.builders import a_kept_product, a_product, a_variant


async def test_a_variant_is_added_after_the_others(work: Work) -> None:
    product = await a_kept_product(work, "tea", "TEA-1", "TEA-2")
    added = await catalogue.add_variant(work, product.id, NewVariant(sku="TEA-3", barcodes=("693",)))
    assert (added.position, product.version) == (2, 2)
    assert work.facts == [catalogue.ProductChanged(product_id=product.id)]
    with pytest.raises(catalogue.SkuTaken):
        await catalogue.add_variant(work, product.id, NewVariant(sku="TEA-1"))


async def test_a_product_has_at_most_a_hundred_variants(work: Work) -> None:
    product = await a_kept_product(work, "tea", *(f"TEA-{n}" for n in range(100)))
    with pytest.raises(BadInput, match="at most 100"):
        await catalogue.add_variant(work, product.id, NewVariant(sku="TEA-X"))


async def test_a_variant_out_of_use_is_not_for_sale(work: Work) -> None:
    variant_id = await a_variant(work)
    variant = await catalogue.edit_variant(work, variant_id, VariantChanges(active=False, weight_grams=120))
    assert (variant.weight_grams, variant.version) == (120, 2)
    assert not await catalogue.variants_for_sale(work, ids=[variant_id])
    assert not (await catalogue.variants_by_sku(work, ["TEA"]))["TEA"].active


async def test_an_edit_of_an_old_version_is_refused(work: Work) -> None:
    variant_id = await a_variant(work)
    await catalogue.edit_variant(work, variant_id, VariantChanges(prescription=True), expected_version=1)
    with pytest.raises(VersionConflict):
        await catalogue.edit_variant(work, variant_id, VariantChanges(prescription=False), expected_version=1)


async def test_barcodes_come_and_go(work: Work) -> None:
    variant_id = await a_variant(work)
    other_id = await a_variant(work, "MILK")
    await catalogue.add_barcode(work, variant_id, "6901")
    await catalogue.add_barcode(work, variant_id, "6901")
    with pytest.raises(catalogue.BarcodeTaken):
        await catalogue.add_barcode(work, other_id, "6901")
    with pytest.raises(BadInput, match="not a barcode of MILK"):
        await catalogue.remove_barcode(work, other_id, "6901")
    await catalogue.remove_barcode(work, variant_id, "6901")
    await catalogue.add_barcode(work, other_id, "6901")
    assert (await catalogue.match_goods(work, [], ["6901"])).by_barcode == {"6901": other_id}


async def test_an_unknown_variant_is_refused(work: Work) -> None:
    with pytest.raises(NotFound):
        await catalogue.add_barcode(work, VariantId(uuid4()), "69")


async def test_of_two_that_take_the_same_sku_at_once_one_is_refused(sessions: Sessions) -> None:
    async def create(slug: str) -> str:
        try:
            async with begin(sessions, system("tests")) as work:
                await catalogue.create_product(work, a_product(slug, "SAME"))
        except Refusal as refusal:
            return refusal.code()
        return "kept"

    assert sorted(await asyncio.gather(*(create(f"p{n}") for n in range(6)))) == ["SKU_TAKEN"] * 5 + ["kept"]
    async with sessions() as session:
        assert len((await session.scalars(Variant.__table__.select())).all()) == 1
