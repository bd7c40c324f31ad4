"""Returns that were wrong (退货冲销): the goods leave again, and nothing is owed for them."""

from uuid import UUID

from sqlalchemy import select

from domain import inventory, orders
from domain.fulfilment.events import ReturnVoided
from domain.fulfilment.return_models import GoodsReturn, GoodsReturnId, GoodsReturnLine
from domain.kernel import NotFound, Quantity, Refusal, Work, WrongState, action, sees_channel

REASON_LENGTH_MAX = 500


class ReturnFollowed(Refusal):
    """Return {number} came for the same exchange after this one; void that one first."""

    number: str
    chinese = "同一换货单之后还有退货单 {number}，请先冲销该单"


@action
async def void_return(work: Work, return_id: GoodsReturnId, reason: str) -> GoodsReturn:
    """Undo a return that was wrong: its goods leave the stock again, and the buyer is owed nothing for them.

    An exchange expects them again; that is possible only while it waits for review.
    """
    returned = await _held(work, return_id)
    lines = select(GoodsReturnLine.order_line_id, GoodsReturnLine.quantity)
    rows = await work.rows(lines.where(GoodsReturnLine.return_id == return_id))
    if returned.exchange_id is not None:
        await _refuse_followed(work, returned)
        back = {row.order_line_id: row.quantity for row in rows}
        await orders.take_exchange_return_back(work, returned.exchange_id, back)
    gone = {row.order_line_id: Quantity(-row.quantity.value) for row in rows}
    await orders.note_returned(work, returned.order_id, gone)
    void = await inventory.void_step(work, inventory.StockDocumentId(returned.document_id), reason)
    returned.void_reason, returned.voided_by, returned.voided_at = void.reason, work.actor.name, work.now
    work.record(ReturnVoided(return_id=returned.id, order_id=returned.order_id, channel_id=returned.channel_id))
    return returned


async def _held(work: Work, return_id: GoodsReturnId) -> GoodsReturn:
    """Hold a return of the actor's channels that stands."""
    returned = await work.session.get(GoodsReturn, return_id, with_for_update=True, populate_existing=True)
    if returned is None or not sees_channel(work.actor, returned.channel_id):
        raise NotFound(what="return", which=str(return_id)).at("input", "id")
    if returned.voided_at is not None:
        refusal = WrongState(what="return", which=returned.number, state="voided", needed="one that stands")
        raise refusal.at("input", "id")
    return returned


async def _refuse_followed(work: Work, returned: GoodsReturn) -> None:
    """Refuse when another return came for the exchange later: what is owed for that one was told by this one."""
    later = select(GoodsReturn.number).where(
        GoodsReturn.exchange_id == returned.exchange_id, GoodsReturn.id > returned.id, GoodsReturn.voided_at.is_(None)
    )
    for row in await work.rows(later.order_by(GoodsReturn.id).limit(1)):
        raise ReturnFollowed(number=row.number).at("input", "id")


async def returns_for_exchange(work: Work, order_id: UUID) -> list[GoodsReturn]:
    """List what came back for an exchange and stands, the first one first."""
    of_exchange = select(GoodsReturn).where(GoodsReturn.exchange_id == order_id, GoodsReturn.voided_at.is_(None))
    return list(await work.session.scalars(of_exchange.order_by(GoodsReturn.id)))
