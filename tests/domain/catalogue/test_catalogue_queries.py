from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from domain import catalogue
from domain.catalogue import NewVariant, Product
from domain.kernel import BadInput, PageRequest, Read, Sessions, Work, begin, system
from tests.conftest import NOW
from tests.counting import statements
from tests.domain.catalogue.builders import a_product


@pytest.fixture
async def shelf(sessions: Sessions) -> dict[str, catalogue.Product]:
    """Keep seven products: three under drinks/tea, one under drinks, the rest nowhere; made a minute apart."""
    kept: dict[str, catalogue.Product] = {}
    async with begin(sessions, system("tests")) as work:
        drinks = await catalogue.create_category(work, "drinks", "Drinks")
        tea = await catalogue.create_category(work, "tea", "Teas", parent_id=drinks.id)
        brand = await catalogue.create_brand(work, "Dragon Well")
        places = {"green": tea.id, "black": tea.id, "white": tea.id, "cola": drinks.id}
        for minutes, slug in enumerate(("green", "black", "white", "cola", "soap", "100%-cotton", "pen")):
            work.now = NOW + timedelta(minutes=minutes)
            given = a_product(
                slug.replace("%", ""),
                name=slug,
                category_id=places.get(slug),
                brand_id=brand.id if slug == "pen" else None,
                images=(f"https://i.example/{minutes}",),
                variants=(NewVariant(sku=slug, barcodes=(f"69{minutes}",)),),
            )
            kept[slug] = await catalogue.create_product(work, given)
    return kept


async def test_products_are_paged_in_a_total_order_both_ways(read: Read, shelf: dict[str, catalogue.Product]) -> None:
    order = catalogue.products_by_created()
    first = await catalogue.products_page(read, [], order, PageRequest(first=3))
    rest = await catalogue.products_page(read, [], order, PageRequest(first=10, after=first.cursors[-1]))
    assert [row.name for row in (*first.rows, *rest.rows)] == list(reversed(shelf))
    assert (first.has_next, rest.has_next, await first.count()) == (True, False, 7)
    before = await catalogue.products_page(read, [], order, PageRequest(last=2, before=rest.cursors[0]))
    assert [row.id for row in before.rows] == [row.id for row in first.rows[1:]]


@pytest.mark.usefixtures("shelf")
async def test_a_cursor_of_another_order_is_refused(read: Read) -> None:
    page = await catalogue.products_page(read, [], catalogue.products_by_created(), PageRequest(first=1))
    with pytest.raises(BadInput, match="not a cursor"):
        await catalogue.products_page(read, [], catalogue.products_by_name(), PageRequest(after=page.cursors[0]))


@pytest.mark.usefixtures("shelf")
async def test_products_are_found_by_name_literally(read: Read) -> None:
    for text, found in (("EE", ["green"]), ("0%", ["100%-cotton"]), ("_", [])):
        conditions = [Product.name.icontains(text, autoescape=True)]
        page = await catalogue.products_page(read, conditions, catalogue.products_by_name(), PageRequest())
        assert [row.name for row in page.rows] == found


async def test_a_category_holds_what_lies_below_it(read: Read, shelf: dict[str, catalogue.Product]) -> None:
    async def names(slug: str) -> list[str]:
        category_id = shelf[slug].category_id
        assert category_id is not None
        conditions = [catalogue.within_category(category_id)]
        page = await catalogue.products_page(read, conditions, catalogue.products_by_name(), PageRequest())
        return [row.name for row in page.rows]

    assert await names("cola") == ["black", "cola", "green", "white"]
    assert await names("green") == ["black", "green", "white"]


async def test_everything_of_a_page_of_products_costs_one_statement_an_edge(
    read: Read, own_engine: AsyncEngine, shelf: dict[str, catalogue.Product]
) -> None:
    ids = [each.id for each in shelf.values()]
    with statements(own_engine) as seen:
        products = await catalogue.products_by_id(read, ids)
        variants = await catalogue.variants_of_products(read, ids)
        images = await catalogue.images_of(read, ids)
        barcodes = await catalogue.barcodes_of(read, [row.id for rows in variants.values() for row in rows])
        await catalogue.brands_by_id(read, [row.brand_id for row in products.values() if row.brand_id])
        await catalogue.categories_by_id(read, [row.category_id for row in products.values() if row.category_id])
    assert len(seen) == 6
    assert [variants[each][0].sku for each in ids] == list(shelf)
    assert [images[each] for each in ids] == [[f"https://i.example/{n}"] for n in range(7)]
    assert sorted(barcodes.values()) == [[f"69{n}"] for n in range(7)]


@pytest.mark.usefixtures("shelf")
async def test_variants_are_found_by_sku_and_by_barcode(read: Read) -> None:
    assert (await catalogue.variants_of_skus(read, ["green", "x"]))["green"].sku == "green"
    assert (await catalogue.variants_of_barcodes(read, ["691"]))["691"].sku == "black"
    assert (await catalogue.products_by_slug(read, ["pen"]))["pen"].name == "pen"
    page = await catalogue.variants_page(read, [], PageRequest(first=2))
    assert [row.sku for row in page.rows] == ["100%-cotton", "black"]


@pytest.mark.usefixtures("shelf")
async def test_brands_and_categories_are_listed(read: Read) -> None:
    assert [row.name for row in (await catalogue.brands_page(read, PageRequest())).rows] == ["Dragon Well"]
    page = await catalogue.categories_page(read, [], PageRequest())
    assert [row.path for row in page.rows] == ["drinks", "drinks/tea"]


async def test_brands_and_categories_are_unique(work: Work) -> None:
    await catalogue.create_brand(work, "Dragon Well")
    with pytest.raises(catalogue.BrandTaken):
        await catalogue.create_brand(work, "Dragon Well")
    await catalogue.create_category(work, "tea", "Teas")
    with pytest.raises(catalogue.CategoryTaken):
        await catalogue.create_category(work, "tea", "Other teas")


async def test_categories_nest_at_most_eight_deep(work: Work) -> None:
    parent = None
    for depth in range(8):
        parent = (await catalogue.create_category(work, f"c{depth}", "C", parent_id=parent)).id
    with pytest.raises(BadInput, match="deep"):
        await catalogue.create_category(work, "c8", "C", parent_id=parent)
