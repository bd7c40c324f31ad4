"""Returns that are expected (退货预期): where buyers send goods back to a partner, it is told of exchanges and refunds.

What is wanted back is looked for in the parcels that partner shipped, the first one first.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from domain import fulfilment, orders, refunds
from domain.exchange.lifecycle import OVER
from domain.exchange.models import ExchangePaper, PartnerWarehouse
from domain.exchange.papers import NOTHING
from domain.exchange.returns import ExpectedLine, ExpectedReturn, announce_return
from domain.exchange.words import PaperKind
from domain.fulfilment import ShipmentId, StillOut
from domain.kernel import Quantity, Work
from domain.refunds import PlatformRefund, RefundDecision

EXCHANGED, REFUNDED = "换货退回", "退货退款"


async def expect_exchanged(work: Work, fact: orders.ReturnExpected) -> None:
    """Tell partners what is to come back for an exchange."""
    back = orders.ExpectedReturn
    rows = await work.rows(
        select(back.original_line_id, back.quantity - back.received_quantity).where(
            back.order_id == fact.exchange_order_id
        )
    )
    await _expect(work, {row[0]: row[1] for row in rows}, EXCHANGED)


async def expect_refunded(work: Work, fact: refunds.RefundDecided) -> None:
    """Tell partners what is to come back since a refund was agreed to: the whole line, or all of the trade."""
    refund = await work.session.get_one(PlatformRefund, fact.refund_id, populate_existing=True)
    if refund.decision is not RefundDecision.AGREE or not refund.goods_come_back or refund.order_id is None:
        return
    line = orders.OrderLine
    own = and_(line.origin_order_id.is_(None), line.order_id == refund.order_id)
    of_trade = or_(line.origin_order_id == refund.order_id, own)
    found = select(line.id, line.shipped_quantity).where(of_trade, line.shipped_quantity > NOTHING)
    if refund.line_number is not None:
        number = refund.line_number.partition("#")[0]
        found = found.where(or_(line.external_number == number, line.external_sku == number))
    await _expect(work, {row.id: row.shipped_quantity for row in await work.rows(found)}, REFUNDED)


async def _expect(work: Work, wanted: Mapping[UUID, Quantity], reason: str) -> None:
    """Announce what is wanted back of the parcels of partners that take returns, unless a return is on its way."""
    left = dict(wanted)
    for shipment_id in await _parcels(work, list(wanted)):
        _, out = await fulfilment.parcel_still_out(work, shipment_id)
        lines = _share(out, left)
        if lines:
            expected = ExpectedReturn(shipment_id=shipment_id, reason=reason, lines=lines)
            await announce_return(work, expected)


async def _parcels(work: Work, order_line_ids: Sequence[UUID]) -> list[ShipmentId]:
    parcel, line, partner, paper = fulfilment.Shipment, fulfilment.ShipmentLine, PartnerWarehouse, ExchangePaper
    live = select(paper.id).where(
        paper.source_id == parcel.id, paper.kind == PaperKind.RETURN, paper.status.not_in(OVER)
    )
    found: Any = (
        select(parcel.id)
        .join(line, line.shipment_id == parcel.id)
        .join(partner, partner.warehouse_id == parcel.warehouse_id)
        .where(line.order_line_id.in_(order_line_ids), partner.takes_returns, ~live.exists())
    )
    return [row.id for row in await work.rows(found.distinct().order_by(parcel.id))]


def _share(out: Sequence[StillOut], left: dict[UUID, Quantity]) -> list[ExpectedLine]:
    """Take what is wanted back from what of a parcel is still out."""
    lines = []
    for each in out:
        part = min(each.quantity, left.get(each.order_line_id, NOTHING))
        if part > NOTHING:
            lines.append(ExpectedLine(order_line_id=each.order_line_id, quantity=part))
            left[each.order_line_id] -= part
    return lines
