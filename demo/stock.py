"""The demo company's stock (演示库存): enough for most of the month, on purpose too little or too much of some."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from demo.goods import DemoGoods, DemoVariant, first_day_buyers
from demo.selling import Variants, batches
from demo.sending import CHINA
from demo.shops import CENTRAL, DEFECTIVE, REGIONAL
from domain import catalogue, inventory, orders, partners, transfers
from domain.inventory import Receipt, ReceivedLine, StockDocument, StockLimits, WarehouseId
from domain.kernel import Quantity, Rate, UnitPrice, Work
from domain.partners import NewPartner, Partner, PartnerId, PartnerKind

REASON = "期初库存"
MEDICINES = "prescription"
SHORT_QUANTITY = 1
SHORT_MAX = 24
REGIONAL_MAX = 300
DEFECTIVE_MAX = 5
WATCHED_MAX = 120
SCARCE_MAX = 20
OVERSTOCKED_MAX = 6
SENT_MAX = 5
EXPECTED_MAX, EXPECTED_QUANTITY, EXPECTED_IN_DAYS = 3, 20, 10
COST_PERCENT = 60
LOWEST_COST = Decimal("0.10")
SUPPLIERS = (
    NewPartner(kind=PartnerKind.SUPPLIER, code="S-KANGNING", name="杭州康宁医疗器械有限公司", contact="孙经理"),
    NewPartner(kind=PartnerKind.SUPPLIER, code="S-BAIHUI", name="上海百汇供应链有限公司", contact="周小姐"),
)


@dataclass(frozen=True, slots=True)
class Opening:
    """What lies in a warehouse when the company opens."""

    warehouse: str
    variant: DemoVariant
    quantity: int
    lot: str = ""
    expires_in_days: int = 0


def openings(goods: Sequence[DemoGoods]) -> list[Opening]:
    """Decide what lies where: the central warehouse could serve the month, but for the short ones."""
    variants = sorted((v for each in goods for v in each.variants), key=lambda v: (-v.sold_quantity, v.sku))
    short = set(short_codes())
    found = [
        Opening(CENTRAL, each, SHORT_QUANTITY if each.sku in short else central_quantity(each))
        for each in variants
        if not each.lots
    ]
    plenty = common(goods)
    found += [Opening(REGIONAL, each, 10 + each.sold_quantity // 3) for each in plenty[:REGIONAL_MAX]]
    found += [Opening(DEFECTIVE, each, 3) for each in plenty[:DEFECTIVE_MAX]]
    for each in variants:
        found += [Opening(CENTRAL, each, lot.quantity, lot.code, lot.expires_in_days) for lot in each.lots]
    return found


def common(goods: Sequence[DemoGoods]) -> list[DemoVariant]:
    """List what is there in plenty and has no lots, what is sold most first."""
    variants = sorted((v for each in goods for v in each.variants), key=lambda v: (-v.sold_quantity, v.sku))
    short = set(short_codes())
    return [each for each in variants if each.sku not in short and not each.lots]


def central_quantity(variant: DemoVariant) -> int:
    return 24 + variant.sold_quantity * 5 // 4


def short_codes() -> list[str]:
    """Choose goods that two or three buyers of the first day want and few others: they run short at once."""
    wanted = first_day_buyers()
    chosen = [code for code, (day, month) in wanted.items() if 2 <= day <= 3 and 4 <= month <= 10]  # noqa: PLR2004 — as the sentence says.
    return sorted(chosen)[:SHORT_MAX]


def limits(goods: Sequence[DemoGoods]) -> list[tuple[DemoVariant, int, int | None]]:
    """Set least and most of what sells best: some fall below it with the first orders, some were bought too many of."""
    short = set(short_codes())
    variants = sorted((v for each in goods for v in each.variants), key=lambda v: (-v.sold_quantity, v.sku))
    watched = [each for each in variants if each.sku not in short and not each.lots][:WATCHED_MAX]
    found: list[tuple[DemoVariant, int, int | None]] = []
    for place, each in enumerate(watched):
        there = central_quantity(each)
        if place < SCARCE_MAX:
            found.append((each, there, None))
        elif place < SCARCE_MAX + OVERSTOCKED_MAX:
            found.append((each, there // 10, there // 3))
        else:
            found.append((each, there // 4, there * 2))
    return found


async def receive_openings(
    work: Work, warehouses: Mapping[str, UUID], variants: Variants, given: Sequence[Opening]
) -> int:
    """Receive the opening stock of each warehouse in documents that are posted once, however often this runs."""
    received = 0
    for code in warehouses:
        lines = [each for each in given if each.warehouse == code]
        for number, batch in enumerate(batches(lines), start=1):
            reason = f"{REASON} {code} {number}"
            if not await work.session.scalar(select(StockDocument.id).where(StockDocument.reason == reason)):
                await _receive(work, WarehouseId(warehouses[code]), reason, variants, batch)
                received += len(batch)
    return received


async def _receive(
    work: Work, warehouse_id: WarehouseId, reason: str, variants: Variants, lines: Sequence[Opening]
) -> None:
    on = work.now.astimezone(CHINA).date()
    received = [
        ReceivedLine(
            variant_id=variants[each.variant.sku],
            quantity=Quantity(each.quantity),
            unit_cost=_cost(each.variant.price),
            lot_code=each.lot or None,
            produced_on=on - timedelta(days=365) if each.lot else None,
            expires_on=on + timedelta(days=each.expires_in_days) if each.lot else None,
        )
        for each in lines
    ]
    supplier = await _supplier(work, SUPPLIERS[len(lines) % len(SUPPLIERS)])
    receipt = Receipt(warehouse_id=warehouse_id, reason=reason, lines=received, partner_id=supplier)
    await inventory.receive_stock(work, receipt)


async def _supplier(work: Work, new: NewPartner) -> PartnerId:
    """Find a supplier in the directory, or add it."""
    known = select(Partner.id).where(Partner.kind == new.kind, Partner.code == new.code)
    found = (await work.session.scalars(known)).one_or_none()
    return found or (await partners.add_partner(work, new)).id


def _cost(price: Decimal) -> UnitPrice:
    return UnitPrice.rounded(max(price * COST_PERCENT / 100, LOWEST_COST))


async def send_some(
    work: Work, warehouses: Mapping[str, UUID], variants: Sequence[DemoVariant], known: Variants
) -> None:
    """Leave one transfer on its way to the regional warehouse and one to be approved, once."""
    if await work.session.scalar(select(transfers.StockTransfer.id).limit(1)):
        return
    places = (WarehouseId(warehouses[CENTRAL]), WarehouseId(warehouses[REGIONAL]))
    for reason, chosen in (("周配送", variants[:SENT_MAX]), ("紧急补货", variants[SENT_MAX : SENT_MAX + 2])):
        lines = [transfers.WantedGoods(variant_id=known[each.sku], quantity=Quantity(6)) for each in chosen]
        new = transfers.NewTransfer(from_warehouse_id=places[0], to_warehouse_id=places[1], reason=reason, lines=lines)
        transfer = await transfers.request_transfer(work, new)
        if len(chosen) == SENT_MAX:
            await transfers.approve_transfer(work, transfer.id)
            await transfers.ship_transfer(work, transfer.id)


async def set_limits(
    work: Work, warehouse_id: UUID, variants: Variants, given: Sequence[tuple[DemoVariant, int, int | None]]
) -> None:
    for variant, safety, maximum in given:
        await inventory.set_stock_limits(
            work,
            StockLimits(
                variant_id=variants[variant.sku],
                warehouse_id=WarehouseId(warehouse_id),
                safety=Quantity(safety),
                maximum=Quantity(maximum) if maximum is not None else None,
            ),
        )


async def sell_ahead(work: Work, channel_id: UUID, warehouse_id: UUID, variants: Variants) -> None:
    """Expect some of what runs short, and sell it on a channel before it is there."""
    day = inventory.today(work.now) + timedelta(days=EXPECTED_IN_DAYS)
    for code in [each for each in short_codes() if each in variants][:EXPECTED_MAX]:
        place = WarehouseId(warehouse_id)
        await inventory.set_preorder_limit(work, variants[code], place, Quantity(EXPECTED_QUANTITY), day)
        await orders.offer_preorder(work, channel_id, variants[code], day)


async def watch_medicines(work: Work) -> None:
    """Warn of medicine half a year before it expires, and sell none of it in its last month."""
    shelf = await work.session.scalar(select(catalogue.Category.id).where(catalogue.Category.code == MEDICINES))
    if shelf is not None:
        await inventory.set_watch_policy(
            work,
            inventory.WatchRules(
                category_id=shelf,
                deviation_factor=Rate(4),
                stock_out_days=14,
                count_tolerance=Rate(1),
                frozen_days=14,
                expiry_tiers=(180, 90, 30),
                sale_ban_days=30,
            ),
        )
