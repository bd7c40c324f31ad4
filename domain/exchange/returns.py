"""Returns from buyers to a partner (外仓退货): the partner is told what a buyer sends back, and says what came.

What came is taken back into stock at what it had cost when it left; what is damaged, into the place for that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain import fulfilment, inventory, orders
from domain.exchange.matching import Done
from domain.exchange.models import ExchangePaper, PaperSource
from domain.exchange.papers import (
    NOTHING,
    REASON_LENGTH_MAX,
    Asked,
    NoPartner,
    NothingToAnnounce,
    Source,
    refuse_announced,
    write_paper,
)
from domain.exchange.partners import TEXT_LENGTH_MAX, partners_of_warehouses
from domain.exchange.words import PaperKind, PaperType
from domain.fulfilment import ShipmentId, StillOut
from domain.inventory import ReturnCondition, WarehouseId
from domain.kernel import BadInput, NotFound, Quantity, Work, action, sees_warehouse, short_text

OF_RETURN = "外仓退货"


@dataclass(frozen=True, kw_only=True)
class ExpectedLine:
    """How much of an order line a buyer sends back."""

    order_line_id: UUID
    quantity: Quantity


@dataclass(frozen=True, kw_only=True)
class ExpectedReturn:
    """What of a parcel a buyer sends back to a warehouse, why and how; everything still out without lines."""

    shipment_id: ShipmentId
    reason: str
    warehouse_id: WarehouseId | None = None
    carrier_code: str | None = None
    waybill: str | None = None
    lines: Sequence[ExpectedLine] | None = None


@action
async def announce_return(work: Work, expected: ExpectedReturn) -> ExchangePaper:
    """Tell a partner what a buyer sends back to it; what it confirms comes into stock at what it had cost."""
    parcel, out = await fulfilment.parcel_still_out(work, expected.shipment_id)
    place = WarehouseId(expected.warehouse_id or parcel.warehouse_id)
    if not sees_warehouse(work.actor, place):
        raise NotFound(what="warehouse", which=str(place)).at("input", "warehouseId")
    if not await partners_of_warehouses(work, [place]):
        raise NoPartner(which=parcel.number).at("input", "warehouseId")
    await refuse_announced(work, parcel.id, PaperKind.RETURN, parcel.number, "shipmentId")
    asked = _asked(out, expected.lines)
    if not asked:
        raise NothingToAnnounce(which=parcel.number).at("input", "shipmentId")
    reason = short_text(expected.reason, "reason", REASON_LENGTH_MAX)
    source = Source(
        kind=PaperKind.RETURN,
        type=PaperType.BUYER_RETURN,
        source=PaperSource.PARCEL,
        id=parcel.id,
        number=parcel.number,
        warehouse_id=place,
    )
    paper = await write_paper(work, source, asked)
    paper.reason = reason
    paper.carrier_code = _optional(expected.carrier_code, "carrierCode")
    paper.waybill = _optional(expected.waybill, "waybill")
    return paper


def _optional(text: str | None, field: str) -> str | None:
    return short_text(text, field, TEXT_LENGTH_MAX) if text is not None and text.strip() else None


def _asked(out: Sequence[StillOut], lines: Sequence[ExpectedLine] | None) -> list[Asked]:
    """Say what is expected: the lines given, none more than is with the buyer, or everything that is."""
    left = {each.order_line_id: each.quantity for each in out}
    variants = {each.order_line_id: each.variant_id for each in out}
    if lines is None:
        lines = [ExpectedLine(order_line_id=key, quantity=much) for key, much in left.items() if much > NOTHING]
    asked = []
    for index, line in enumerate(lines):
        where = ("input", "lines", str(index))
        if line.order_line_id not in left:
            raise BadInput(field="orderLineId", problem="is not in this parcel").at(*where, "orderLineId")
        if line.quantity <= NOTHING:
            raise BadInput(field="quantity", problem="must be more than 0").at(*where, "quantity")
        if line.quantity > left[line.order_line_id]:
            more = inventory.ReturnExceeded(
                variant_id=variants[line.order_line_id], wanted=line.quantity, left=left[line.order_line_id]
            )
            raise more.at(*where, "quantity")
        left[line.order_line_id] -= line.quantity
        asked.append(
            Asked(variant_id=variants[line.order_line_id], quantity=line.quantity, source_line_id=line.order_line_id)
        )
    return asked


async def take_in(work: Work, paper: ExchangePaper, place: WarehouseId, done: Sequence[Done]) -> None:
    """Take what came back into stock, in the place of its condition."""
    came: dict[UUID, Quantity] = {}
    for each in done:
        if each.line.source_line_id is not None:
            came[each.line.source_line_id] = came.get(each.line.source_line_id, NOTHING) + each.quantity
    condition = ReturnCondition.GOOD if place == paper.warehouse_id else ReturnCondition.DEFECTIVE
    shipment_id = ShipmentId(paper.source_id)
    for exchange_id, lines in (await _taken_by_exchanges(work, came)).items():
        exchanged = fulfilment.ExchangeReturn(
            exchange_id=exchange_id, warehouse_id=place, condition=condition, lines=lines, shipment_id=shipment_id
        )
        await fulfilment.receive_exchange_return(work, exchanged)
    if came:
        returned = fulfilment.ParcelReturn(
            shipment_id=shipment_id,
            warehouse_id=place,
            condition=condition,
            reason=f"{OF_RETURN} {paper.number} {paper.reason or ''}"[:REASON_LENGTH_MAX],
            lines=[_line(line_id, much) for line_id, much in came.items()],
        )
        await fulfilment.receive_return(work, returned)


async def _taken_by_exchanges(work: Work, came: dict[UUID, Quantity]) -> dict[UUID, list[fulfilment.ReturnedLine]]:
    """Take off what came what exchanges expect of it, the oldest exchange first: it came for them."""
    taken: dict[UUID, list[fulfilment.ReturnedLine]] = {}
    for each in await orders.expected_by_exchanges(work, list(came)):
        part = min(each.quantity, came.get(each.line_id, NOTHING))
        if part > NOTHING:
            taken.setdefault(each.exchange_id, []).append(_line(each.line_id, part))
            came[each.line_id] -= part
    for line_id in [key for key, much in came.items() if much <= NOTHING]:
        del came[line_id]
    return taken


def _line(order_line_id: UUID, quantity: Quantity) -> fulfilment.ReturnedLine:
    return fulfilment.ReturnedLine(order_line_id=order_line_id, quantity=quantity)
