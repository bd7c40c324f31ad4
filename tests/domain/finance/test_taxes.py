"""Tax is contained in what buyers pay; it is rounded by line unless the company says by document."""

from typing import Any

import pytest
from sqlalchemy import text

from domain import catalogue, channels, finance
from domain.finance.receivables import Taxes, sale_of
from domain.finance.taxes import Taxed, tax_contained
from domain.kernel import BadInput, Money, NotFound, Rate, Work, identifier
from tests.domain.catalogue.builders import a_product
from tests.domain.finance.builders import a_parcel, book, broken, lines_of, receivable_of

LINE, DOCUMENT = finance.TaxRounding.LINE, finance.TaxRounding.DOCUMENT


def taxed(amount: str, rate: str = "0.13") -> Taxed:
    return Taxed(Money(amount), Rate(rate))


@pytest.mark.parametrize(
    ("lines", "by_line", "by_document"),
    [
        ([taxed("113.00")], "13.00", "13.00"),
        ([taxed("0.05")] * 3, "0.03", "0.02"),
        ([taxed("15.89", "0.06")] * 3, "2.70", "2.70"),
        ([taxed("9.99"), taxed("9.99"), taxed("9.98", "0.06")], "2.86", "2.86"),
        ([taxed("0.10"), taxed("0.10"), taxed("0.10", "0.09")], "0.03", "0.03"),
        ([taxed("100.00", "0")], "0.00", "0.00"),
        ([], "0.00", "0.00"),
    ],
)
def test_contained_tax_is_rounded_half_up_by_line_or_by_document(
    lines: list[Taxed], by_line: str, by_document: str
) -> None:
    assert str(tax_contained(lines, LINE)) == by_line
    assert str(tax_contained(lines, DOCUMENT)) == by_document


def test_tax_is_owed_and_not_earned() -> None:
    entry = sale_of(a_parcel(identifier()), Taxes(Money("11.50"), Money("0.66")))
    assert [(line.account, str(line.debit), str(line.credit)) for line in entry.lines] == [
        ("1122", "108.00", "0.00"),
        ("6001", "0.00", "88.50"),
        ("6051", "0.00", "7.34"),
        ("2221", "0.00", "12.16"),
    ]


async def a_taxed_parcel(work: Work, shop: channels.Channel, rates: list[Rate | None]) -> Any:
    """Ship a line of 0.05 of a product for each rate; no rate leaves it to the default."""
    parcel = a_parcel(shop.id, goods_amount=Money.total([Money("0.05")] * len(rates)), freight_amount=Money("1.09"))
    work.session.add(parcel)
    await work.session.flush()
    for position, rate in enumerate(rates, 1):
        product = await catalogue.create_product(work, a_product(f"taxed-{position}"))
        if rate is not None:
            await finance.set_tax_rate(work, product.id, rate)
        (variant,) = await work.rows(text("SELECT id FROM variants WHERE product_id = :id"), {"id": product.id})
        values = {"shipment": parcel.id, "line": identifier(), "variant": variant.id, "position": position}
        await work.execute(
            text("INSERT INTO shipment_lines (shipment_id, order_line_id, variant_id, position, quantity, amount,"
                 " cost_amount) VALUES (:shipment, :line, :variant, :position, 1, 0.05, 0.01)"),
            values,
        )  # fmt: skip
    await book(work, parcel)
    return parcel


@pytest.mark.parametrize(("rounding", "goods"), [(LINE, "0.03"), (DOCUMENT, "0.02")])
async def test_the_setting_decides_what_a_parcel_books(
    work: Work, shop: channels.Channel, rounding: finance.TaxRounding, goods: str
) -> None:
    await finance.set_tax_terms(work, rounding, Rate("0.13"), Rate("0.09"))
    parcel = await a_taxed_parcel(work, shop, [None, Rate("0.13"), None])
    tax = Money(goods) + Money("0.09")
    booked = await lines_of(work, parcel.id)
    assert ("SALE", "2221", "0.00", str(tax)) in booked
    assert ("SALE", "1122", "1.24", "0.00") in booked
    assert (await work.rows(text("SELECT tax_amount FROM open_items")))[0].tax_amount == tax.value
    assert str((await receivable_of(work, parcel)).amount) == "1.24"
    assert await broken(work) == {}


async def test_without_terms_nothing_is_tax(work: Work, shop: channels.Channel) -> None:
    parcel = await a_taxed_parcel(work, shop, [None, Rate("0")])
    assert not {line for line in await lines_of(work, parcel.id) if line[1] == "2221"}


async def test_a_product_gets_its_rate_and_the_default_again(work: Work) -> None:
    product = await catalogue.create_product(work, a_product("plain"))
    await finance.set_tax_terms(work, LINE, Rate("0.13"), Rate("0.09"))
    for rate in (Rate("0.06"), None):
        await finance.set_tax_rate(work, product.id, rate)
        (kept,) = await work.rows(text("SELECT count(*) AS rates FROM tax_rates"))
        assert kept.rates == (rate is not None)


@pytest.mark.parametrize("rate", ["-0.01", "1", "13"])
async def test_a_rate_is_a_part_of_one(work: Work, rate: str) -> None:
    with pytest.raises(BadInput) as refused:
        await finance.set_tax_terms(work, LINE, Rate(rate), Rate(0))
    assert refused.value.path == ("input", "defaultRate")


async def test_a_product_that_is_not_there_has_no_rate(work: Work) -> None:
    with pytest.raises(NotFound) as refused:
        await finance.set_tax_rate(work, catalogue.ProductId(identifier()), Rate("0.13"))
    assert refused.value.path == ("input", "productId")
