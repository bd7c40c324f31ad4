"""The month of a real shop: every line of the file arrives on a platform, and the money adds up."""

import csv
import gzip
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from demo import trades as month
from demo.addresses import address_of
from demo.sending import Control, send_film, send_trades
from demo.trades import DemoTrade, Row
from tests.simulators.raw import Raw

START = datetime(2026, 10, 25, tzinfo=UTC)
FILE = Path(month.__file__).parent / "data" / "online_retail_2010-12.csv.gz"


@pytest.fixture(scope="module")
def demo() -> list[DemoTrade]:
    return list(month.trades(START))


def test_every_line_of_the_file_is_there_once_and_the_money_adds_up(demo: list[DemoTrade]) -> None:
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == 42_481
    told: list[Row] = [line.row for trade in demo for line in trade.lines]
    told += [refund.row for trade in demo for refund in trade.refunds]
    expected = Counter(
        (line["InvoiceNo"], line["StockCode"], line["Description"], int(line["Quantity"]), Decimal(line["UnitPrice"]))
        for line in lines
    )
    assert Counter((row.invoice, row.stock_code, row.description, row.quantity, row.price) for row in told) == expected
    amount = sum(Decimal(line["UnitPrice"]) * int(line["Quantity"]) for line in lines)
    assert sum(row.amount for row in told) == amount == Decimal("748957.02")


def test_numbers_are_unique_beyond_a_double_and_stay_below_64_bits(demo: list[DemoTrade]) -> None:
    numbers = [trade.number for trade in demo] + [line.number for trade in demo for line in trade.lines]
    assert len(numbers) == len(set(numbers))
    assert all(2**53 < int(number) < 2**63 for number in numbers)
    assert all(
        len({line.sku for line in trade.lines}) == len(trade.lines) for trade in demo if trade.channel == "jd-main"
    )


def test_all_channels_get_their_share_and_it_is_always_the_same(demo: list[DemoTrade]) -> None:
    shares = Counter(trade.channel for trade in demo)
    assert set(shares) == {channel for channel, _ in month.CHANNELS}
    assert min(shares.values()) > 100
    again = list(month.trades(START))
    assert [trade.number for trade in again] == [trade.number for trade in demo]
    later = next(iter(month.trades(START + timedelta(days=1))))
    assert later.created_at == demo[0].created_at + timedelta(days=1)
    assert demo[0].created_at == START + timedelta(hours=8, minutes=26)


def test_refunds_come_after_their_purchase_and_take_back_no_more_than_it(demo: list[DemoTrade]) -> None:
    refunds = [(trade, refund) for trade in demo for refund in trade.refunds]
    assert len(refunds) > 250
    for trade, refund in refunds:
        line = next(line for line in trade.lines if line.number == refund.line)
        assert refund.at > trade.paid_at
        assert refund.row.customer == trade.customer
        assert 0 < -refund.row.amount <= line.row.amount
    assert len({refund.line for _, refund in refunds}) == len(refunds)


def test_odd_rows_stay_odd(demo: list[DemoTrade]) -> None:
    rows = [line.row for trade in demo for line in trade.lines]
    assert sum(row.price == 0 for row in rows) == 273
    assert sum(not row.customer for row in rows) > 15_000
    assert sum(row.quantity < 0 for row in rows) > 400
    assert {"?", "faulty", "damages", ""} <= {row.description for row in rows}


def test_products_have_titles_prices_weights_and_valid_barcodes() -> None:
    products = month.products()
    assert len({product.seller_code for product in products}) == len(products) == 2_822
    assert len({product.barcode for product in products}) == len(products)
    for product in products:
        digits = [int(digit) for digit in product.barcode]
        assert (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0
        assert product.weight_grams > 0
    heart = next(product for product in products if product.seller_code == "85123A")
    assert (heart.title, heart.price) == ("WHITE HANGING HEART T-LIGHT HOLDER", Decimal("2.95"))


def test_an_address_belongs_to_its_customer() -> None:
    assert address_of("17850") == address_of("17850") != address_of("13047")
    address = address_of("17850")
    assert len(address.phone) == 11
    assert address.province
    assert address.district


async def test_the_platforms_hold_all_of_it(raw: Raw, demo: list[DemoTrade]) -> None:
    control = Control(raw.client, raw.ports)
    assert await send_trades(control, demo) == 42_481
    shops = (await raw.control("state"))["shops"]
    assert sum(shop["lines"] + shop["refunds"] for shop in shops.values()) == 42_481
    assert sum(shop["trades"] for shop in shops.values()) == len(demo)
    trade = next(trade for trade in demo if trade.refunds)
    held = await raw.control(f"shops/{trade.channel}/trades/{trade.number}")
    assert {line["number"] for line in held["lines"] if line["refund_stage"] == "SUCCESS"} == {
        refund.line for refund in trade.refunds
    }


async def test_the_film_shows_the_month_within_seconds(raw: Raw) -> None:
    control = Control(raw.client, raw.ports)
    start = datetime(2010, 12, 1, tzinfo=UTC)
    await send_film(control, start, 1.0)
    assert sum(shop["trades"] for shop in (await raw.control("state"))["shops"].values()) == 0
    await control.post("clock", {"schedule": {"start": (start + timedelta(days=2)).isoformat(), "speed": 86_400.0}})
    early = (await raw.control("state"))["shops"]
    assert 100 < sum(shop["trades"] for shop in early.values()) < 700
    assert sum(shop["waiting"] for shop in early.values()) > 1_000
    await control.post("clock", {"schedule": {"start": (start + timedelta(days=40)).isoformat(), "speed": 1.0}})
    late = (await raw.control("state"))["shops"]
    assert sum(shop["lines"] + shop["refunds"] for shop in late.values()) == 42_481
