"""Gift boxes of the demo company (演示礼盒): virtual bundles of what sells best, sold by what is in them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from demo import selling
from demo.goods import DemoGoods, DemoVariant
from demo.stock import common
from domain import bundles
from domain.bundles import BundleKind, Component
from domain.catalogue import VariantId
from domain.kernel import Quantity, Work

PIECES = (2, 1)
BOXES_MAX = 3
OFF = Decimal("0.9")
CENT = Decimal("0.01")


def boxes_of(goods: Sequence[DemoGoods]) -> list[tuple[DemoGoods, dict[str, int]]]:
    """Make boxes of two articles each, a tenth cheaper than what is in them."""
    parts = common(goods)[: 2 * BOXES_MAX]
    found = []
    for number, pair in enumerate(zip(parts[::2], parts[1::2], strict=False), start=1):
        pieces = {each.sku: many for each, many in zip(pair, PIECES, strict=True)}
        price = sum((each.price * many for each, many in zip(pair, PIECES, strict=True)), Decimal(0))
        weight = sum(each.weight_grams * many for each, many in zip(pair, PIECES, strict=True))
        box = DemoVariant(f"BOX-{number}", "", (price * OFF).quantize(CENT), weight, ())
        made = DemoGoods(box.sku, f"暖居礼盒 {number} 号", goods[0].brand, goods[0].category, (box,))
        found.append((made, pieces))
    return found


async def add_boxes(work: Work, goods: Sequence[DemoGoods], variants: Mapping[str, VariantId]) -> None:
    """Add the boxes that are missing, with their price and what is in them."""
    boxes = boxes_of(goods)
    brands, shelves = await selling.add_shelves(work, goods)
    made = await selling.add_goods(work, [box for box, _ in boxes], brands, shelves)
    known = await bundles.parts_of(work, list(made.values()))
    new = [(box, pieces) for box, pieces in boxes if made[box.code] not in known]
    if new:
        await selling.set_prices(work, "base", None, [box for box, _ in new], made, 100)
    for box, pieces in new:
        parts = [Component(variant_id=variants[sku], quantity=Quantity(many)) for sku, many in pieces.items()]
        await bundles.compose_bundle(work, made[box.code], BundleKind.VIRTUAL, parts)
