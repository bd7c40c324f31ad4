"""The demo company's range (演示商品): the shop's own stock codes, those of one design together, and some medicines."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from demo.addresses import Draw
from demo.trades import FIRST_DAY, DemoProduct, barcode_of, item_of, products, rows

CASE_BARCODE_EVERY = 8
BRANDS = ("暖居", "花间集", "小确幸", "老城厢", "青柠生活", "北岸")


@dataclass(frozen=True, slots=True)
class Lot:
    """A batch of medicine and in how many days it expires."""

    code: str
    quantity: int
    expires_in_days: int


@dataclass(frozen=True, slots=True)
class DemoVariant:
    """What is stocked: a stock code of the shop, or a medicine."""

    sku: str
    title: str
    price: Decimal
    weight_grams: int
    barcodes: tuple[str, ...]
    sold_quantity: int = 0
    prescription: bool = False
    lots: tuple[Lot, ...] = ()


@dataclass(frozen=True, slots=True)
class DemoGoods:
    """What shops show as one article, in one specification or several."""

    code: str
    name: str
    brand: str
    category: str
    variants: tuple[DemoVariant, ...]
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def sold_quantity(self) -> int:
        return sum(variant.sold_quantity for variant in self.variants)


@dataclass(frozen=True, slots=True)
class DemoCategory:
    """A shelf: its code, its name, the words in titles that belong there, and the shelf above it."""

    code: str
    name: str
    words: str = ""
    parent: str | None = None


CATEGORIES = (
    DemoCategory("home", "家居生活"),
    DemoCategory("christmas", "圣诞节庆", "CHRISTMAS|XMAS|ADVENT|REINDEER|SANTA", "home"),
    DemoCategory("lights", "烛台灯饰", "LIGHT|LANTERN|CANDLE|LAMP|HOLDER", "home"),
    DemoCategory(
        "kitchen", "厨房餐具", "MUG|CUP|TEA|PLATE|BOWL|KITCHEN|JUG|CAKE|BAKING|SPOON|TIN|BOTTLE|LUNCH", "home"
    ),
    DemoCategory("bags", "包袋", "BAG|PURSE|WALLET|SHOPPER", "home"),
    DemoCategory("paper", "文具包装", "CARD|WRAP|PAPER|NOTEBOOK|PEN|PENCIL|RIBBON|STICKER", "home"),
    DemoCategory("jewellery", "饰品", "NECKLACE|BRACELET|EARRING|RING|BROOCH|CHARM", "home"),
    DemoCategory("toys", "玩具", "TOY|GAME|DOLL|PUZZLE|CHILDREN|KIDS|BOY|GIRL|BABY", "home"),
    DemoCategory("health", "医药健康"),
    DemoCategory("prescription", "处方药", parent="health"),
)

# Real active ingredients; approval numbers, prices and quantities are invented for the demo.
MEDICINES = (
    ("RX1001", "阿莫西林胶囊 0.25g×24粒", "12.80"),
    ("RX1002", "头孢克肟分散片 0.1g×6片", "28.50"),
    ("RX1003", "阿托伐他汀钙片 20mg×7片", "36.90"),
    ("RX1004", "硝苯地平控释片 30mg×7片", "31.20"),
    ("RX1005", "盐酸二甲双胍缓释片 0.5g×30片", "19.60"),
    ("RX1006", "奥美拉唑肠溶胶囊 20mg×14粒", "22.40"),
    ("RX1007", "氯雷他定片 10mg×6片", "9.90"),
    ("RX1008", "孟鲁司特钠片 10mg×5片", "33.00"),
)
MEDICINE_LOTS = (Lot("A", 40, 25), Lot("B", 60, 75), Lot("C", 300, 620))


@lru_cache(maxsize=1)
def demo_range() -> tuple[DemoGoods, ...]:
    """List all goods, the most sold first; charges such as postage are no goods and match nothing."""
    sold = sold_quantities()
    designs: dict[str, list[DemoProduct]] = {}
    for product in products():
        if product.is_goods:
            designs.setdefault(item_of(product.seller_code), []).append(product)
    found = [_goods(code, same, sold) for code, same in designs.items()]
    return (*sorted(found, key=lambda goods: (-goods.sold_quantity, goods.code)), *medicines())


def medicines() -> tuple[DemoGoods, ...]:
    """List the prescription goods (处方药), which only the pharmacy sells."""
    return tuple(
        DemoGoods(
            code=sku,
            name=name,
            brand="818药房",
            category="prescription",
            variants=(DemoVariant(sku, name, Decimal(price), 60, (barcode_of(sku),), 0, True, _lots(sku)),),
            attributes={"批准文号": f"国药准字H2026{1000 + place}", "处方类型": "处方药"},
        )
        for place, (sku, name, price) in enumerate(MEDICINES, start=1)
    )


@lru_cache(maxsize=1)
def sold_quantities() -> dict[str, int]:
    """Add up what the month's buyers want of each stock code."""
    sold: Counter[str] = Counter()
    for row in rows():
        sold[row.stock_code] += max(row.quantity, 0)
    return sold


@lru_cache(maxsize=1)
def first_day_buyers() -> dict[str, tuple[int, int]]:
    """Say of each stock code how many invoices of the first day and of the month want it."""
    day: dict[str, set[str]] = {}
    month: dict[str, set[str]] = {}
    for row in rows():
        if row.quantity > 0:
            month.setdefault(row.stock_code, set()).add(row.invoice)
            if _is_first_day(row.at):
                day.setdefault(row.stock_code, set()).add(row.invoice)
    return {code: (len(invoices), len(month[code])) for code, invoices in day.items()}


def _is_first_day(at: datetime) -> bool:
    return at.date() == FIRST_DAY.date()


def _goods(code: str, same: Sequence[DemoProduct], sold: dict[str, int]) -> DemoGoods:
    name = _common_words([product.title for product in same])
    return DemoGoods(
        code=code,
        name=name,
        brand=BRANDS[Draw("brand", code).below(len(BRANDS))],
        category=_category(same[0].title),
        variants=tuple(_variant(product, sold[product.seller_code]) for product in same),
    )


def _variant(product: DemoProduct, sold: int) -> DemoVariant:
    barcodes = [product.barcode]
    if Draw("case", product.seller_code).below(CASE_BARCODE_EVERY) == 0:
        barcodes.append(barcode_of(f"{product.seller_code} case"))
    return DemoVariant(
        product.seller_code, product.title, product.price, product.weight_grams, tuple(barcodes), sold_quantity=sold
    )


def _common_words(titles: Sequence[str]) -> str:
    """Name a design by the words all its titles share."""
    shared = set.intersection(*(set(title.split()) for title in titles))
    return " ".join(word for word in titles[0].split() if word in shared) or titles[0]


def _category(title: str) -> str:
    for category in CATEGORIES:
        if category.words and re.search(rf"\b({category.words})", title.upper()):
            return category.code
    return CATEGORIES[0].code


def _lots(sku: str) -> tuple[Lot, ...]:
    return tuple(Lot(f"{sku}-{lot.code}", lot.quantity, lot.expires_in_days) for lot in MEDICINE_LOTS)
