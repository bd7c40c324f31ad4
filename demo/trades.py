"""A month of a real shop as trades (演示订单): each of its 42,481 lines becomes a sub-order or a refund, none is lost.

Invoice → trade, line → sub-order. A cancellation (invoice C…) is a refund of an earlier purchase of the same customer
and stock code; where there is none it stays odd: a trade of its own with negative quantities. Prices of zero, missing
customers and damaged descriptions stay as they are: a program that cannot hold them is not finished.
"""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from demo.addresses import DATA, Draw, address_of

FIRST_DAY = datetime(2010, 12, 1)  # noqa: DTZ001 — the file's own times have no zone; only differences are used.
# Shares of the channels in per cent.
CHANNELS = (("taobao-main", 30), ("tmall-main", 25), ("jd-main", 20), ("site-main", 15), ("pharmacy818-main", 10))
OWN_CODES = {"site-main", "pharmacy818-main"}
SHIP_WITHIN = timedelta(hours=48)
TITLE_LENGTH_MIN = 4
DESIGN = re.compile(r"\d{5}(?=[A-Za-z]{1,3}$)")
_LOWEST_NUMBER = 3_000_000_000_000_000_000
_NUMBER_SPAN = 6_000_000_000_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, as it stands there."""

    invoice: str
    stock_code: str
    description: str
    quantity: int
    price: Decimal
    at: datetime
    customer: str

    @property
    def amount(self) -> Decimal:
        return self.price * self.quantity

    @property
    def is_cancellation(self) -> bool:
        return self.invoice.startswith("C")


@dataclass(frozen=True, slots=True)
class DemoLine:
    """One sub-order of a trade."""

    number: str
    item: str
    sku: str
    row: Row


@dataclass(frozen=True, slots=True)
class DemoRefund:
    """A cancellation line as the refund of the sub-order it takes back."""

    number: str
    line: str
    at: datetime
    row: Row


@dataclass(slots=True)
class DemoTrade:
    """One trade on one channel, with the refunds that will follow it."""

    channel: str
    number: str
    created_at: datetime
    paid_at: datetime
    customer: str
    lines: list[DemoLine]
    refunds: list[DemoRefund] = field(default_factory=list)

    @property
    def is_odd(self) -> bool:
        """Tell whether something about it is what no shop would sell: a person must look at it."""
        return any(line.row.quantity <= 0 or line.row.price <= 0 for line in self.lines) or not self.customer


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """One stock code; the price is the one most often asked for it, zero if it was never sold for money."""

    seller_code: str
    title: str
    price: Decimal
    weight_grams: int
    barcode: str
    is_goods: bool


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """Read all lines of the file, in its order."""
    with gzip.open(DATA / "online_retail_2010-12.csv.gz", "rt", encoding="utf-8", newline="") as file:
        return tuple(
            Row(
                invoice=line["InvoiceNo"],
                stock_code=line["StockCode"],
                description=line["Description"],
                quantity=int(line["Quantity"]),
                price=Decimal(line["UnitPrice"]),
                at=datetime.fromisoformat(line["InvoiceDate"]),
                customer=line["CustomerID"],
            )
            for line in csv.DictReader(file)
        )


def trades(start: datetime) -> Iterator[DemoTrade]:
    """Yield the month's trades in their order of time, its first day moved to `start`."""
    made: dict[str, DemoTrade] = {}
    purchases: dict[tuple[str, str], list[tuple[DemoTrade, DemoLine]]] = {}
    for row in rows():
        shifted = start + (row.at - FIRST_DAY)
        if row.is_cancellation and _refund(row, shifted, purchases):
            continue
        trade = made.get(row.invoice) or _open(row, shifted)
        made[row.invoice] = trade
        line = _line(trade, row)
        trade.lines.append(line)
        if row.quantity > 0 and row.customer:
            purchases.setdefault((row.customer, row.stock_code), []).append((trade, line))
    yield from sorted(made.values(), key=lambda trade: (trade.created_at, trade.number))


def products() -> list[DemoProduct]:
    """List the distinct stock codes with the title and the price most often seen."""
    titles: dict[str, Counter[str]] = {}
    prices: dict[str, Counter[Decimal]] = {}
    for row in rows():
        titles.setdefault(row.stock_code, Counter())[row.description] += _title_weight(row.description)
        prices.setdefault(row.stock_code, Counter())[row.price] += int(row.price > 0)
    return [
        DemoProduct(
            seller_code=code,
            title=titles[code].most_common(1)[0][0].strip() or code,
            price=_most_often(prices[code]),
            weight_grams=20 + Draw("weight", code).below(1_500),
            barcode=barcode_of(code),
            is_goods=code[:5].isdigit() or code.startswith("DCGS"),
        )
        for code in sorted(titles)
    ]


def channel_of(invoice: str) -> str:
    """Choose the channel of an invoice by the channels' shares."""
    point = Draw("channel", invoice).below(sum(part for _, part in CHANNELS))
    for channel, part in CHANNELS:
        if point < part:
            return channel
        point -= part
    return CHANNELS[0][0]


def listing_of(channel: str, seller_code: str) -> tuple[str, str]:
    """Give the item and SKU number a channel shows a stock code under; our own sites use the code itself."""
    if channel in OWN_CODES:
        return item_of(seller_code), seller_code
    return number_of("item", channel, item_of(seller_code)), number_of("sku", channel, seller_code)


def item_of(seller_code: str) -> str:
    """Say which design a stock code belongs to: 15044A and 15044B are one parasol in two colours."""
    design = DESIGN.match(seller_code)
    return design.group() if design else seller_code


def number_of(*words: str) -> str:
    """Give nineteen digits beyond 2^53, with room for a thousand line numbers behind each."""
    return str(_LOWEST_NUMBER + Draw("number", *words).below(_NUMBER_SPAN) * 1000)


def barcode_of(seller_code: str) -> str:
    """Invent a valid EAN-13 of the Chinese range for a stock code."""
    digits = f"69{Draw('barcode', seller_code).below(10**10):010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def control_body(trade: DemoTrade, *, scheduled: bool) -> dict[str, Any]:
    """Write a trade as the simulators' control plane reads it; scheduled ones appear when their hour comes."""
    address = address_of(trade.customer or trade.number)
    body: dict[str, Any] = {
        "number": trade.number,
        "status": "PAID",
        "created_at": trade.created_at.isoformat(),
        "paid_at": trade.paid_at.isoformat(),
        "modified_at": trade.paid_at.isoformat(),
        "promised_ship_at": (trade.paid_at + SHIP_WITHIN).isoformat(),
        "buyer": {"id": trade.customer, "name": address.name if trade.customer else ""},
        "receiver": {name: getattr(address, name) for name in address.__dataclass_fields__},
        "lines": [_line_body(line) for line in trade.lines],
        "refunds": [_refund_body(refund, scheduled=scheduled) for refund in trade.refunds],
    }
    return body | ({"appears_at": trade.paid_at.isoformat()} if scheduled else {})


def _line_body(line: DemoLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "item": line.item,
        "sku": line.sku,
        "seller_code": line.row.stock_code,
        "barcode": barcode_of(line.row.stock_code),
        "title": line.row.description,
        "quantity": line.row.quantity,
        "price": str(line.row.price),
    }


def _refund_body(refund: DemoRefund, *, scheduled: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "number": refund.number,
        "line": refund.line,
        "quantity": -refund.row.quantity,
        "amount": str(-refund.row.amount),
        "reason": "不想要了",
        "at": refund.at.isoformat(),
    }
    return body | ({"appears_at": refund.at.isoformat()} if scheduled else {})


def _open(row: Row, created_at: datetime) -> DemoTrade:
    channel = channel_of(row.invoice)
    paid_at = created_at + timedelta(seconds=10 + Draw("payment", row.invoice).below(160))
    return DemoTrade(channel, number_of("trade", row.invoice), created_at, paid_at, row.customer, [])


def _line(trade: DemoTrade, row: Row) -> DemoLine:
    """Add a sub-order; JD names each SKU once per order, so a repeated code is another SKU of the same goods there."""
    item, sku = listing_of(trade.channel, row.stock_code)
    number = str(int(trade.number) + len(trade.lines) + 1)
    if trade.channel == "jd-main" and any(line.sku == sku for line in trade.lines):
        sku = number_of("sku", trade.channel, row.stock_code, str(len(trade.lines)))
    return DemoLine(number, item, sku, row)


def _refund(row: Row, at: datetime, purchases: dict[tuple[str, str], list[tuple[DemoTrade, DemoLine]]]) -> bool:
    """Hang a cancellation on the latest purchase it can take back; each purchase is taken back once."""
    candidates = purchases.get((row.customer, row.stock_code), [])
    for trade, line in reversed(candidates):
        if line.row.quantity >= -row.quantity and 0 < -row.amount <= line.row.amount:
            number = number_of("refund", row.invoice, row.stock_code, line.number)
            # Some were taken back within the minute: a refund still follows its payment.
            trade.refunds.append(DemoRefund(number, line.number, max(at, trade.paid_at + timedelta(minutes=1)), row))
            candidates.remove((trade, line))
            return True
    return False


def _most_often(prices: Counter[Decimal]) -> Decimal:
    price, seen = prices.most_common(1)[0]
    return price.quantize(Decimal("0.01")) if seen else Decimal("0.00")


def _title_weight(description: str) -> int:
    """Count real titles only: staff wrote remarks such as "damages" or "?" into the same column."""
    return int(description == description.upper() and len(description) >= TITLE_LENGTH_MIN)
