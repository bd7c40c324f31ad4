"""Telling channels how far their orders are (状态回传), and noting of every word to them whether it arrived."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from connectors.faults import ConnectorFault, NotOffered, SessionDead
from connectors.marketplaces.port import Call, StateNotice
from domain import channels, feedback, fulfilment, kernel, orders, refunds
from workers.runner import Outside
from workers.shops import authorised, open_for, wants

StateChanged = (
    orders.OrderReviewed
    | orders.OrderSentBack
    | orders.OrderEdited
    | orders.OrderCancelled
    | orders.OrderMovedOn
    | fulfilment.ParcelDelivered
    | feedback.FeedbackAsked
)


@asynccontextmanager
async def noted(outside: Outside, word: feedback.Word) -> AsyncIterator[None]:
    """Note that a channel is being told, and what came of it."""
    async with kernel.begin(outside.sessions, kernel.system("feedback")) as work:
        version = await feedback.note_owed(work, word)
    async with concluded(outside, word, version):
        yield


@asynccontextmanager
async def concluded(outside: Outside, word: feedback.Word, version: int) -> AsyncIterator[None]:
    """Note whether a channel took what it was told; what it takes only in another way stays owed."""
    try:
        yield
    except NotOffered:
        raise
    except ConnectorFault as fault:
        for_good = final(fault)
        async with kernel.begin(outside.sessions, kernel.system("feedback")) as work:
            await feedback.note_failed(work, word, version, f"{type(fault).__name__}: {fault}", final=for_good)
        raise
    async with kernel.begin(outside.sessions, kernel.system("feedback")) as work:
        await feedback.note_known(work, word, version)


async def tell_state(outside: Outside, fact: StateChanged) -> None:
    """Tell the channels of an order how far it is, if they want to know and do not."""
    async with kernel.begin(outside.sessions, kernel.system("tell_state")) as work:
        trades = await feedback.trades_to_tell(work, fact.order_id)
    for trade in trades:
        channel_id = channels.ChannelId(trade.channel_id)
        if await wants(outside, channel_id, Call.TELL_STATE):
            await _tell(outside, channel_id, trade)


async def _tell(outside: Outside, channel_id: channels.ChannelId, trade: feedback.TradeToTell) -> None:
    async with kernel.begin(outside.sessions, kernel.system("tell_state")) as work:
        owed = await feedback.state_to_tell(work, trade)
        version = await feedback.note_owed(work, owed.word) if owed is not None else 0
    if owed is None:
        return
    shop = await open_for(outside, channel_id, Call.TELL_STATE)
    if shop is None:
        return
    notice = StateNotice(external_number=trade.external_number, state=owed.state, version=version, reason=owed.reason)
    try:
        async with concluded(outside, owed.word, version):
            await authorised(outside, channel_id, shop.tell_state(notice))
    except ConnectorFault as fault:
        # What is refused for good is noted, and told again when a person asks for it.
        if not final(fault):
            raise


def final(fault: ConnectorFault) -> bool:
    """Whether it never passes by itself; what lacks only access is told once there is access again."""
    return fault.wait(kernel.now(), 1) is None and not isinstance(fault, SessionDead)


def parcel_word(owed: fulfilment.ShipmentToTell) -> feedback.Word:
    """Say in short what a channel is told of a parcel."""
    return feedback.Word(
        order_id=owed.order_id,
        channel_id=owed.channel_id,
        kind=feedback.FeedbackKind.SHIPMENT,
        subject_id=owed.shipment_id,
        says=f"{owed.carrier_code} {owed.waybill}",
    )


def decision_word(owed: refunds.DecisionToTell) -> feedback.Word:
    """Say in short what a channel is told of a refund."""
    return feedback.Word(
        order_id=owed.order_id,
        channel_id=owed.channel_id,
        kind=feedback.FeedbackKind.REFUND,
        subject_id=owed.refund_id,
        says=owed.brief(),
    )


def memo_word(trade: feedback.TradeToTell, owed: orders.MemoToTell) -> feedback.Word:
    """Say in short what a channel is told of a memo."""
    return feedback.Word(
        order_id=trade.order_id,
        channel_id=trade.channel_id,
        kind=feedback.FeedbackKind.MEMO,
        subject_id=trade.order_id,
        says=f"{owed.flag} {owed.memo}",
    )
