from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue
from domain.catalogue import NewVariant, ProductChanges, ProductId, ProductStatus
from domain.catalogue.models import Barcode, ProductImage, Variant
from domain.kernel import Actor, ActorKind, BadInput, NotAllowed, NotFound, VersionConflict, Work, WrongState
from tests.counting import statements
from tests.domain.catalogue.builders import a_kept_product, a_product


async def test_a_product_is_kept_with_variants_barcodes_and_pictures_in_order(work: Work) -> None:
    product = await catalogue.create_product(
        work,
        a_product(
            "tea",
            images=("https://img.example/2.jpg", "https://img.example/1.jpg"),
            variants=(
                NewVariant(sku="TEA-100", weight_grams=100, barcodes=("6901", "6902")),
                NewVariant(sku="TEA-500"),
            ),
            attributes={"批准文号": "Z1"},
        ),
    )
    variants = (await work.session.scalars(select(Variant).order_by(Variant.position))).all()
    barcodes = (await work.session.scalars(select(Barcode.code).where(Barcode.variant_id == variants[0].id))).all()
    images = (await work.session.scalars(select(ProductImage.url).order_by(ProductImage.position))).all()
    assert [each.sku for each in variants] == ["TEA-100", "TEA-500"]
    assert sorted(barcodes) == ["6901", "6902"]
    assert images == ["https://img.example/2.jpg", "https://img.example/1.jpg"]
    assert (product.version, product.attributes) == (1, {"批准文号": "Z1"})


async def test_codes_that_are_taken_are_refused_by_name(work: Work) -> None:
    await catalogue.create_product(work, a_product("tea", variants=(NewVariant(sku="TEA", barcodes=("69",)),)))
    with pytest.raises(catalogue.SlugTaken, match="tea"):
        await catalogue.create_product(work, a_product("tea", "OTHER"))
    with pytest.raises(catalogue.SkuTaken, match="TEA"):
        await catalogue.create_product(work, a_product("coffee", "TEA"))
    with pytest.raises(catalogue.BarcodeTaken) as refused:
        await catalogue.create_product(work, a_product("milk", variants=(NewVariant(sku="MILK", barcodes=("69",)),)))
    assert (refused.value.barcode, refused.value.sku) == ("69", "TEA")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"slug": "Tea Time"}, "slug"),
        ({"name": "  "}, "name"),
        ({"name": "x" * 301}, "name"),
        ({"images": ("javascript:alert(1)",)}, "images"),
        ({"images": ("http://[",)}, "images"),
        ({"variants": (NewVariant(sku=" T"),)}, "sku"),
        ({"variants": (NewVariant(sku="T" * 65),)}, "sku"),
        ({"variants": (NewVariant(sku="T"), NewVariant(sku="T"))}, "sku"),
        ({"variants": (NewVariant(sku="T", weight_grams=-1),)}, "weightGrams"),
        ({"variants": (NewVariant(sku="T", barcodes=("6 9",)),)}, "barcodes"),
        ({"variants": (NewVariant(sku="A", barcodes=("1",)), NewVariant(sku="B", barcodes=("1",)))}, "barcodes"),
        ({"variants": tuple(NewVariant(sku=f"T{n}") for n in range(101))}, "variants"),
        ({"description": "\x00"}, "description"),
    ],
)
async def test_what_no_shop_could_carry_is_refused_by_field(work: Work, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        await catalogue.create_product(work, a_product(**changes))
    assert refused.value.field == field


async def test_an_unknown_brand_is_refused(work: Work) -> None:
    with pytest.raises(NotFound, match="brand"):
        await catalogue.create_product(work, a_product(brand_id=uuid4()))


async def test_an_edit_counts_a_version_and_owes_the_shops_the_goods_once(work: Work) -> None:
    product = await a_kept_product(work, description="old", images=("https://img.example/1.jpg",))
    await catalogue.edit_product(work, product.id, ProductChanges(name="Tea 茶"), expected_version=1)
    await catalogue.edit_product(work, product.id, ProductChanges(images=()), expected_version=2)
    assert (product.name, product.description, product.version) == ("Tea 茶", "old", 3)
    assert not (await work.session.scalars(select(ProductImage))).all()
    assert work.facts == [catalogue.ProductChanged(product_id=product.id)]


async def test_an_edit_of_an_old_version_names_who_was_faster(work: Work) -> None:
    product = await a_kept_product(work)
    await catalogue.edit_product(work, product.id, ProductChanges(name="Tea"))
    with pytest.raises(VersionConflict) as refused:
        await catalogue.edit_product(work, product.id, ProductChanges(name="Late"), expected_version=1)
    assert (refused.value.current, refused.value.changed_by) == (2, "tests")


async def test_a_product_is_retired_once_and_can_be_restored(work: Work) -> None:
    product = await a_kept_product(work)
    await catalogue.retire_product(work, product.id)
    with pytest.raises(WrongState):
        await catalogue.retire_product(work, product.id)
    assert not await catalogue.variants_for_sale(work, skus=["TEA"])
    await catalogue.restore_product(work, product.id)
    assert product.status is ProductStatus.ACTIVE
    assert await catalogue.variants_for_sale(work, skus=["TEA"])


async def test_an_unknown_product_is_refused(work: Work) -> None:
    with pytest.raises(NotFound):
        await catalogue.retire_product(work, ProductId(uuid4()))


async def test_who_may_not_create_products_is_refused(work: Work) -> None:
    work.actor = Actor(kind=ActorKind.STAFF, id=uuid4(), name="clerk", permissions=frozenset({"catalogue.view"}))
    with pytest.raises(NotAllowed, match=r"catalogue\.create_product"):
        await catalogue.create_product(work, a_product())


async def test_an_import_costs_the_same_statements_for_one_product_and_for_many(
    work: Work, engine: AsyncEngine
) -> None:
    def many(prefix: str, count: int) -> list[catalogue.NewProduct]:
        return [
            a_product(f"{prefix}{n}", variants=(NewVariant(sku=f"{prefix}{n}", barcodes=(f"{prefix}{n}",)),))
            for n in range(count)
        ]

    await work.rows(select(Variant.id).limit(1))
    with statements(engine) as for_one:
        await catalogue.import_products(work, many("a", 1))
    await work.session.flush()
    with statements(engine) as for_many:
        variants = await catalogue.import_products(work, many("b", 300))
    assert len(for_one) == len(for_many) == 7
    assert len(variants) == 300


async def test_an_import_leaves_known_products_alone(work: Work) -> None:
    product = await a_kept_product(work, "tea", name="Green tea")
    variants = await catalogue.import_products(work, [a_product("tea"), a_product("milk")])
    assert set(variants) == {"TEA", "MILK"}
    assert product.name == "Green tea"
