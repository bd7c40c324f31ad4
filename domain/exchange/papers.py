"""Writing papers for partners (外仓下发): what moves where a partner runs the warehouse is asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.types import Uuid

from domain import catalogue, inventory, orders
from domain.exchange import alarms
from domain.exchange.events import PaperOwed
from domain.exchange.held_goods import hold_for
from domain.exchange.lifecycle import OVER
from domain.exchange.models import ExchangePaper, ExchangePaperId, ExchangePaperLine, PaperSource, PaperStatus
from domain.exchange.partners import partners_of_warehouses
from domain.exchange.words import PaperKind, PaperType
from domain.inventory import MovementKind
from domain.kernel import (
    BadInput,
    Money,
    NotFound,
    Quantity,
    Refusal,
    UnitPrice,
    Work,
    action,
    identifier,
    visible,
)

NOTHING = Quantity(0)
REFUSED, CANCELLED, CANCELLING = PaperStatus.REFUSED, PaperStatus.CANCELLED, PaperStatus.CANCELLING
REASON_LENGTH_MAX = 200
LIVE = text("status NOT IN ('DONE', 'CANCELLED')")
"""As the unique index says it, so that the database knows which one is meant."""

DOCUMENTS = {
    MovementKind.RECEIPT: (PaperKind.ENTRY, PaperType.PURCHASE_ENTRY),
    MovementKind.ADJUSTMENT_IN: (PaperKind.ENTRY, PaperType.OTHER_ENTRY),
    MovementKind.SUPPLIER_RETURN: (PaperKind.STOCKOUT, PaperType.SUPPLIER_RETURN),
    MovementKind.ADJUSTMENT_OUT: (PaperKind.STOCKOUT, PaperType.OTHER_OUT),
    MovementKind.SCRAP: (PaperKind.STOCKOUT, PaperType.OTHER_OUT),
}
GOODS = (
    select(catalogue.Variant.id, catalogue.Variant.sku, catalogue.Product.name)
    .join(catalogue.Product, catalogue.Product.id == catalogue.Variant.product_id)
    .where(catalogue.Variant.id == any_(bindparam("variant_ids", type_=ARRAY(Uuid))))
)
LOT_CODES = select(inventory.Lot.id, inventory.Lot.code).where(
    inventory.Lot.id == any_(bindparam("lot_ids", type_=ARRAY(Uuid)))
)


class NoPartner(Refusal):
    """No partner runs the warehouse of {which}: it moves its goods by documents of its own."""

    which: str
    chinese = "{which} 所在仓库不由外仓运营，请直接过账"


class AlreadyAnnounced(Refusal):
    """{which} is with the partner already, as paper {paper}; withdraw that one first."""

    which: str
    paper: str
    chinese = "{which} 已下发外仓（单据 {paper}），请先撤回"


class NothingToAnnounce(Refusal):
    """Nothing of {which} is left for the partner to do."""

    which: str
    chinese = "{which} 没有需要外仓处理的内容"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One article to be asked of a partner."""

    variant_id: UUID
    quantity: Quantity
    unit_cost: UnitPrice | None = None
    price: Money | None = None
    lot_code: str | None = None
    source_line_id: UUID | None = None


@dataclass(frozen=True, kw_only=True)
class Source:
    """What a paper carries out, and in which warehouse."""

    kind: PaperKind
    type: PaperType
    source: PaperSource
    id: UUID
    number: str
    warehouse_id: UUID


async def order_delivery(work: Work, fact: orders.OrderReviewed) -> None:
    """Ask the partner that runs the warehouse of a reviewed order to ship it."""
    await deliver(work, fact.order_id)


async def deliver(work: Work, order_id: UUID) -> ExchangePaper | None:
    """Write the paper of an order that is to be shipped by a partner; None when there is nothing to ask yet."""
    order = await work.session.get(orders.Order, order_id, with_for_update=True, populate_existing=True)
    if order is None or order.status not in orders.TO_SHIP or order.warehouse_id is None:
        return None
    if not (await partners_of_warehouses(work, [order.warehouse_id])):
        return None
    if await orders.blocked_among(work, [order.id]):
        return None
    asked = await to_deliver(work, order.id)
    source = Source(
        kind=PaperKind.DELIVERY,
        type=PaperType.SALE,
        source=PaperSource.ORDER,
        id=order.id,
        number=order.number,
        warehouse_id=order.warehouse_id,
    )
    return (await write_paper(work, source, asked)) if asked else None


async def to_deliver(work: Work, order_id: UUID) -> list[Asked]:
    """Say what of an order is still to be shipped."""
    line = orders.OrderLine
    found = select(line).where(line.order_id == order_id, line.variant_id.is_not(None)).order_by(line.position)
    return [
        Asked(variant_id=each.variant_id, quantity=rest, source_line_id=each.id, price=_price(each))
        for each in await work.session.scalars(found.execution_options(populate_existing=True))
        if each.variant_id is not None
        and (rest := max(each.quantity, NOTHING) - each.shipped_quantity - each.cancelled_quantity) > NOTHING
    ]


def _price(line: orders.OrderLine) -> Money:
    return Money.rounded(line.line_amount.value / line.quantity.value)


@action
async def announce_order(work: Work, order_id: UUID) -> ExchangePaper:
    """Ask the partner that runs the warehouse of a reviewed order to ship it, when that did not happen by itself."""
    order = await orders.order_for_change(work, order_id)
    if order.warehouse_id is None or not await partners_of_warehouses(work, [order.warehouse_id]):
        raise NoPartner(which=order.number).at("input", "orderId")
    await refuse_announced(work, order.id, PaperKind.DELIVERY, order.number, "orderId")
    await orders.refuse_blocked(work, order)
    paper = await deliver(work, order_id)
    if paper is None:
        raise NothingToAnnounce(which=order.number).at("input", "orderId")
    return paper


@action
async def announce_stock_document(work: Work, document_id: inventory.StockDocumentId) -> ExchangePaper:
    """Ask a partner to do what an approved stock document says; its confirmations post the goods, part by part.

    Approval does that by itself; what is to leave can be sold to nobody from then on.
    """
    number = await _number(work, inventory.StockDocument, document_id, "stock document", "documentId")
    await refuse_announced(work, document_id, None, number, "documentId")
    paper_id = ExchangePaperId(identifier())
    document = await inventory.hand_over(work, document_id, number, paper_id)
    if document.kind not in DOCUMENTS:
        raise BadInput(field="documentId", problem=f"a partner does no {document.kind}").at("input", "documentId")
    kind, type_ = DOCUMENTS[document.kind]
    lines = await inventory.lines_of(work, document_id)
    codes = await _codes(work, [line.lot_id for line in lines if line.lot_id is not None])
    asked = [
        Asked(
            variant_id=line.variant_id,
            quantity=line.quantity,
            unit_cost=line.unit_cost,
            lot_code=line.lot_code or codes.get(line.lot_id),
        )
        for line in lines
    ]
    source = Source(
        kind=kind,
        type=type_,
        source=PaperSource.STOCK_DOCUMENT,
        id=document.id,
        number=document.number,
        warehouse_id=document.warehouse_id,
    )
    paper = await write_paper(work, source, asked, paper_id, "documentId")
    document.origin = paper.number
    try:
        await hold_for(work, paper)
    except inventory.StockShort as short:
        raise short.at("input", "documentId") from None
    await alarms.settle_announcement(work, document)
    return paper


async def _codes(work: Work, lot_ids: Sequence[UUID]) -> dict[Any, str]:
    return (
        {row.id: row.code for row in await work.rows(LOT_CODES, {"lot_ids": sorted(set(lot_ids))})} if lot_ids else {}
    )


async def _number(work: Work, kind: Any, id_: UUID, what: str, field: str) -> str:
    statement = visible(select(kind.number).where(kind.id == id_), work.actor, warehouse=kind.warehouse_id)
    rows = await work.rows(statement)
    if not rows:
        raise NotFound(what=what, which=str(id_)).at("input", field)
    return str(rows[0].number)


async def refuse_announced(work: Work, source_id: UUID, kind: PaperKind | None, which: str, field: str) -> None:
    """Refuse what a partner was asked already and has not finished."""
    paper = ExchangePaper
    found = select(paper.number).where(paper.source_id == source_id, paper.status.not_in(OVER))
    rows = await work.rows(found.where(paper.kind == kind) if kind is not None else found)
    if rows:
        raise AlreadyAnnounced(which=which, paper=rows[0].number).at("input", field)


async def write_paper(
    work: Work, source: Source, asked: Sequence[Asked], paper_id: ExchangePaperId | None = None, field: str = "id"
) -> ExchangePaper:
    """Write a paper down and owe it to the partner; two who do so at the same moment write one."""
    partner = (await partners_of_warehouses(work, [source.warehouse_id])).get(source.warehouse_id)
    if partner is None:
        raise NoPartner(which=source.number).at("input", field)
    row = {
        "id": paper_id or identifier(),
        "partner_id": partner.id,
        "warehouse_id": source.warehouse_id,
        "kind": source.kind,
        "type": source.type,
        "source": source.source,
        "source_id": source.id,
        "source_number": source.number,
        "status": PaperStatus.PENDING,
        "written_by": work.actor.name,
        "written_at": work.now,
        "pause_wanted": False,
        "version": 1,
    }
    once = (
        insert(ExchangePaper).values(row).on_conflict_do_nothing(index_elements=["source_id", "kind"], index_where=LIVE)
    )
    if await work.change(once):
        await _write_lines(work, row["id"], asked)
        work.record(PaperOwed(paper_id=row["id"]))
        return await work.session.get_one(ExchangePaper, row["id"])
    there = select(ExchangePaper).where(
        ExchangePaper.source_id == source.id, ExchangePaper.kind == source.kind, ExchangePaper.status.not_in(OVER)
    )
    return (await work.session.scalars(there)).one()


async def _write_lines(work: Work, paper_id: UUID, asked: Sequence[Asked]) -> None:
    goods = {
        row.id: row for row in await work.rows(GOODS, {"variant_ids": sorted({each.variant_id for each in asked})})
    }
    rows = [
        {
            "paper_id": paper_id,
            "position": position,
            "variant_id": each.variant_id,
            "item_code": goods[each.variant_id].sku,
            "title": goods[each.variant_id].name,
            "planned": each.quantity,
            "confirmed": NOTHING,
            "held": NOTHING,
            "unit_cost": each.unit_cost,
            "price": each.price,
            "lot_code": each.lot_code,
            "source_line_id": each.source_line_id,
        }
        for position, each in enumerate(asked, 1)
    ]
    await work.execute(insert(ExchangePaperLine), rows)
