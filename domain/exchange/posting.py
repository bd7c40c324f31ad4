"""What a confirmation moves in our books (外仓过账): receipts, issues, steps of transfers, parcels."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_

from domain import fulfilment, inventory, orders, partners, transfers
from domain.exchange import returns
from domain.exchange.matching import Done
from domain.exchange.models import ExchangePaper, PaperSource, PartnerWarehouse
from domain.exchange.papers import DOCUMENTS, REASON_LENGTH_MAX
from domain.exchange.words import GoodsType, PaperKind, ReportedGoods, ReportedPackage
from domain.inventory import LotId, MovementKind, WarehouseId
from domain.kernel import Quantity, Refusal, UnitPrice, Work

NOTHING = Quantity(0)
OF_CONFIRMATION = "外仓回传"
Lots = dict[tuple[UUID, str], Any]


class NoPlaceForDamaged(Refusal):
    """Partner {partner} holds goods as {goods_type}, and no warehouse of ours stands for that."""

    partner: str
    goods_type: str
    chinese = "外仓 {partner} 回传了 {goods_type} 库存，但未指定对应的残次品仓"


class PackagesUnclear(Refusal):
    """The parcels of paper {paper} do not hold what was confirmed: {problem}."""

    paper: str
    problem: str
    chinese = "外仓单据 {paper} 的包裹与确认数量不符：{problem}"


class ShippedElsewhere(Refusal):
    """Order {order} is another warehouse's by now, and paper {paper} was done all the same."""

    order: str
    paper: str
    chinese = "订单 {order} 已改由其他仓库发货，但外仓单据 {paper} 已执行"


def place_of(partner: PartnerWarehouse, goods_type: GoodsType) -> WarehouseId:
    """Say which warehouse of ours stands for a condition of a partner's goods."""
    if goods_type is GoodsType.GOOD:
        return partner.warehouse_id
    if goods_type is GoodsType.UNDER_WAY or partner.defective_warehouse_id is None:
        raise NoPlaceForDamaged(partner=partner.code, goods_type=goods_type.value)
    return partner.defective_warehouse_id


async def known_lots(work: Work, wanted: Iterable[tuple[UUID, str | None]]) -> Lots:
    """Find the lots by variant and code."""
    lot, keys = inventory.Lot, sorted({(variant, code) for variant, code in wanted if code})
    if not keys:
        return {}
    rows = await work.rows(select(lot.id, lot.variant_id, lot.code).where(tuple_(lot.variant_id, lot.code).in_(keys)))
    return {(row.variant_id, row.code): row.id for row in rows}


async def costs_of(work: Work, warehouse_id: UUID, variant_ids: Iterable[UUID]) -> dict[UUID, UnitPrice]:
    """Say what articles cost on average in a warehouse, or in the company: what turns up damaged was worth that."""
    cost, scopes = inventory.StockCost, (inventory.COMPANY, warehouse_id)
    found = select(cost.variant_id, cost.quantity, cost.value).where(cost.variant_id.in_(sorted(set(variant_ids))))
    rows = await work.rows(found.where(cost.scope_id.in_(scopes), cost.quantity > NOTHING))
    return {row.variant_id: UnitPrice.rounded(row.value.value / row.quantity.value) for row in rows}


def counted_line(variant_id: UUID, told: ReportedGoods, lots: Lots, cost: UnitPrice | None) -> inventory.Line:
    """Write what a partner found as a line: more enters its lot, less leaves it."""
    more, code = told.quantity > NOTHING, told.lot_code
    return inventory.Line(
        variant_id=variant_id,
        quantity=told.quantity if more else -told.quantity,
        unit_cost=cost if more else None,
        lot_id=None if more or code is None else lots.get((variant_id, code)),
        lot_code=code if more else None,
        produced_on=told.produced_on if more and code else None,
        expires_on=told.expires_on if more and code else None,
    )


async def post(work: Work, paper: ExchangePaper, partner: PartnerWarehouse, done: Sequence[Done]) -> None:
    """Post what came in or went out, each condition into its own warehouse."""
    by_place: dict[WarehouseId, list[Done]] = {}
    for each in done:
        by_place.setdefault(place_of(partner, each.told.goods_type), []).append(each)
    # The good ones first: what completes a transfer must not be refused because the rest completed it.
    for place in sorted(by_place, key=lambda each: (each != partner.warehouse_id, str(each))):
        if paper.source is PaperSource.PARCEL:
            await returns.take_in(work, paper, place, by_place[place])
        elif paper.source is PaperSource.TRANSFER:
            await _step_of_transfer(work, paper, place, by_place[place])
        else:
            await _part_of_document(work, paper, place, by_place[place])


async def _step_of_transfer(work: Work, paper: ExchangePaper, place: WarehouseId, done: Sequence[Done]) -> None:
    quantities: dict[Any, Quantity] = {}
    for each in done:
        line_id = each.line.source_line_id
        quantities[line_id] = quantities.get(line_id, NOTHING) + each.quantity
    transfer_id = transfers.StockTransferId(paper.source_id)
    if paper.kind is PaperKind.STOCKOUT:
        sent = [transfers.SentLine(line_id=line_id, quantity=quantity) for line_id, quantity in quantities.items()]
        await transfers.ship_transfer(work, transfer_id, sent)
    else:
        into = None if place == paper.warehouse_id else place
        came = [transfers.ArrivedLine(line_id=line_id, quantity=much) for line_id, much in quantities.items()]
        await transfers.receive_transfer(work, transfer_id, came, into)


async def _part_of_document(work: Work, paper: ExchangePaper, place: WarehouseId, done: Sequence[Done]) -> None:
    """Post a part of the plan as a document of its own that names the paper."""
    plan = await work.session.get_one(inventory.StockDocument, paper.source_id)
    lots, lines = await _lots_there(work, place, done), list[inventory.Line]()
    for each in done:
        held = min(each.line.held, each.quantity) if place == paper.warehouse_id else NOTHING
        each.line.held -= held
        whole = _line(each, plan.kind, lots=lots)
        parts = ((held, True), (each.quantity - held, False))
        lines += [replace(whole, quantity=part, held=kept) for part, kept in parts if part > NOTHING]
    reason = f"{OF_CONFIRMATION} {paper.number} {plan.reason}"[:REASON_LENGTH_MAX]
    document = inventory.new_document(work, plan.kind, place, reason)
    document.origin, document.origin_id = paper.number, paper.id
    document.partner_id = plan.partner_id or partners.PartnerId(paper.partner_id)
    await inventory.post_at_once(work, document, lines)


def _line(done: Done, kind: MovementKind, *, lots: Lots) -> inventory.Line:
    told, line = done.told, done.line
    comes = DOCUMENTS[kind][0] is PaperKind.ENTRY
    lot = (told.lot_code or line.lot_code) if comes else None
    return inventory.Line(
        variant_id=line.variant_id,
        quantity=done.quantity,
        unit_cost=line.unit_cost,
        lot_code=lot,
        produced_on=told.produced_on if lot else None,
        expires_on=told.expires_on if lot else None,
        lot_id=None if comes else lots.get((line.variant_id, told.lot_code or line.lot_code or "")),
    )


async def _lots_there(work: Work, place: UUID, done: Sequence[Done]) -> Lots:
    """Find the lots named of which there is enough; goods do not wait for a lot that our books have less of."""
    lots = await known_lots(work, [(each.line.variant_id, each.told.lot_code or each.line.lot_code) for each in done])
    if not lots:
        return {}
    balance = inventory.StockBalance
    found = select(balance.lot_id, func.sum(balance.on_hand).label("there")).group_by(balance.lot_id)
    rows = await work.rows(found.where(balance.warehouse_id == place, balance.lot_id.in_(sorted(lots.values()))))
    there: dict[Any, Quantity] = {row.lot_id: row.there for row in rows}
    wanted: dict[Any, Quantity] = {}
    for each in done:
        lot_id = lots.get((each.line.variant_id, each.told.lot_code or each.line.lot_code or ""))
        wanted[lot_id] = wanted.get(lot_id, NOTHING) + each.quantity
    return {key: lot_id for key, lot_id in lots.items() if there.get(lot_id, NOTHING) >= wanted.get(lot_id, NOTHING)}


async def ship(work: Work, paper: ExchangePaper, done: Sequence[Done], packages: Sequence[ReportedPackage]) -> None:
    """Ship the parcels of an order with the partner's waybills, quantities and lots."""
    if not done:
        return
    order = await work.session.get_one(orders.Order, paper.source_id, with_for_update=True, populate_existing=True)
    if order.warehouse_id != paper.warehouse_id:
        raise ShippedElsewhere(order=order.number, paper=paper.number)
    lots = await _lots_there(work, paper.warehouse_id, done)
    for package, content in _packed(paper, done, packages):
        await fulfilment.ship_order(
            work, paper.source_id, package.carrier_code, package.waybill, _ship_lines(content, lots)
        )


def _packed(
    paper: ExchangePaper, done: Sequence[Done], packages: Sequence[ReportedPackage]
) -> list[tuple[ReportedPackage, list[Done]]]:
    """Put what was confirmed into the parcels that were told, all of it and nothing else."""
    if not packages:
        raise PackagesUnclear(paper=paper.number, problem="no parcel was told")
    if len(packages) == 1 and not packages[0].items:
        return [(packages[0], list(done))]
    left, packed = list(done), []
    for package in packages:
        content: list[Done] = []
        for item, quantity in package.items:
            taken, left = _take(left, item, quantity)
            if taken is None:
                raise PackagesUnclear(paper=paper.number, problem=f"{package.waybill} holds {quantity} of {item}")
            content += taken
        if not content:
            raise PackagesUnclear(paper=paper.number, problem=f"it is not told what {package.waybill} holds")
        packed.append((package, content))
    if left:
        raise PackagesUnclear(paper=paper.number, problem=f"{left[0].line.item_code} is in no parcel")
    return packed


def _take(done: Sequence[Done], item: str, quantity: Quantity) -> tuple[list[Done] | None, list[Done]]:
    """Take a quantity of an article out of what was confirmed; None when there is not so much."""
    taken: list[Done] = []
    rest: list[Done] = []
    for each in done:
        share = min(each.quantity, quantity) if each.line.item_code == item else NOTHING
        quantity -= share
        if share > NOTHING:
            taken.append(Done(line=each.line, quantity=share, told=each.told))
        if each.quantity > share:
            rest.append(Done(line=each.line, quantity=each.quantity - share, told=each.told))
    return (taken if quantity == NOTHING else None), rest


def _ship_lines(done: Sequence[Done], lots: Lots) -> list[fulfilment.ShipLine]:
    quantities: dict[Any, Quantity] = {}
    of_lots: dict[Any, list[tuple[LotId, Quantity]]] = {}
    for each in done:
        line_id = each.line.source_line_id
        quantities[line_id] = quantities.get(line_id, NOTHING) + each.quantity
        lot_id = lots.get((each.line.variant_id, each.told.lot_code or ""))
        if lot_id is not None:
            of_lots.setdefault(line_id, []).append((lot_id, each.quantity))
    return [
        fulfilment.ShipLine(order_line_id=line_id, quantity=quantity, lots=tuple(of_lots.get(line_id, ())))
        for line_id, quantity in quantities.items()
    ]
