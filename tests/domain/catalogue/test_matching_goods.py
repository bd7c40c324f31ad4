from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue
from domain.catalogue import GoodsMatch, NewVariant
from domain.kernel import Work
from tests.counting import statements
from tests.domain.catalogue.builders import a_kept_product, a_product, a_variant


async def test_goods_match_by_seller_code_first_and_then_by_barcode(work: Work) -> None:
    tea = await a_variant(work, "TEA")
    await catalogue.add_barcode(work, tea, "690")
    milk = await a_variant(work, "MILK")
    match = await catalogue.match_goods(work, ["MILK", "UNKNOWN"], ["690", "000"])
    assert match.variant("MILK", "690") == milk
    assert match.variant("UNKNOWN", "690") == tea
    assert match.variant(None, "000") is None


async def test_hundreds_of_codes_are_matched_by_one_statement(work: Work, engine: AsyncEngine) -> None:
    await catalogue.import_products(work, [a_product(f"p{n}") for n in range(200)])
    await work.session.flush()
    with statements(engine) as seen:
        match = await catalogue.match_goods(work, [f"P{n}" for n in range(200)], [f"69{n}" for n in range(200)])
    assert len(match.by_sku) == 200
    assert len(seen) == 1


async def test_retired_goods_match_but_are_not_for_sale(work: Work) -> None:
    product = await a_kept_product(work)
    await catalogue.retire_product(work, product.id)
    assert "TEA" in (await catalogue.match_goods(work, ["TEA"], [])).by_sku
    assert (await catalogue.variants_by_sku(work, ["TEA"]))["TEA"].product_status == "RETIRED"


async def test_goods_for_shops_carry_what_a_shop_shows(work: Work) -> None:
    brand = await catalogue.create_brand(work, "Dragon Well")
    category = await catalogue.create_category(work, "tea", "Teas")
    variant = NewVariant(sku="TEA", specification="100 g", weight_grams=110, barcodes=("691", "690"))
    await catalogue.create_product(
        work,
        a_product(brand_id=brand.id, category_id=category.id, images=("https://i.example/1",), variants=(variant,)),
    )
    variant_id = (await catalogue.match_goods(work, ["TEA"], [])).by_sku["TEA"]
    goods = (await catalogue.goods_for_shops(work, [variant_id]))[variant_id]
    assert (goods.title, goods.brand, goods.category, goods.sku) == ("Tea", "Dragon Well", "Teas", "TEA")
    assert (goods.barcode, goods.images, goods.weight_grams, goods.sold) == ("690", ("https://i.example/1",), 110, True)


def test_no_code_at_all_matches_nothing() -> None:
    assert GoodsMatch({}, {}).variant(None, None) is None
    assert GoodsMatch({}, {}).variant("", "") is None
