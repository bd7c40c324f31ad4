"""The range of the demo company: every stock code once, some designs in several specifications, stock for the month."""

from demo.goods import demo_range, sold_quantities
from demo.selling import goods_of
from demo.shops import CENTRAL, CHANNELS
from demo.stock import SHORT_MAX, openings, short_codes
from demo.trades import item_of, listing_of, products


def test_every_stock_code_of_goods_is_sold_once() -> None:
    variants = [variant for goods in demo_range() for variant in goods.variants]
    codes = [variant.sku for variant in variants if not variant.prescription]
    assert sorted(codes) == sorted(product.seller_code for product in products() if product.is_goods)
    barcodes = [code for variant in variants for code in variant.barcodes]
    assert len(barcodes) == len(set(barcodes)) > len(variants)


def test_one_design_is_one_article_in_several_specifications() -> None:
    parasol = next(goods for goods in demo_range() if goods.code == "15044")
    assert [variant.sku for variant in parasol.variants] == ["15044A", "15044B", "15044C", "15044D"]
    assert parasol.name == "PAPER PARASOL"
    assert listing_of("site-main", "15044A") == ("15044", "15044A")
    assert listing_of("jd-main", "15044A")[0] == listing_of("jd-main", "15044B")[0]
    assert item_of("DCGS0058") == "DCGS0058"


def test_only_the_pharmacy_sells_medicines() -> None:
    for channel in CHANNELS:
        medicines = [goods for goods in goods_of(channel, demo_range()) if goods.category == "prescription"]
        assert len(medicines) == (8 if channel.code == "pharmacy818-main" else 0)


def test_there_is_enough_of_most_and_too_little_of_a_few() -> None:
    central: dict[str, int] = {}
    for opening in openings(demo_range()):
        if opening.warehouse == CENTRAL:
            central[opening.variant.sku] = central.get(opening.variant.sku, 0) + opening.quantity
    sold = sold_quantities()
    short = {code for code, quantity in central.items() if quantity < sold.get(code, 0)}
    assert short == set(short_codes())
    assert len(short) == SHORT_MAX
