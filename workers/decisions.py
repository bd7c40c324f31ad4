"""Telling platforms what was decided about refunds (退款审核回传): until each follows, or says why it does not."""

from uuid import UUID

from connectors.faults import ConnectorFault
from connectors.marketplaces.port import Call, RefundNotice
from domain import channels, kernel, refunds
from workers import states
from workers.runner import Outside
from workers.shops import authorised, open_for


async def tell_decision(outside: Outside, fact: refunds.RefundDecided) -> None:
    """Tell the platform of a refund what was decided about it."""
    await tell_refund(outside, fact.refund_id)


async def tell_refund(outside: Outside, refund_id: UUID) -> None:
    """Tell a platform the last decision about a refund, unless it has gone on; what it refuses may be decided anew."""
    async with kernel.begin(outside.sessions, kernel.system("tell_decision")) as work:
        owed = await refunds.decision_to_tell(work, refund_id)
    if owed is None:
        return
    channel_id = channels.ChannelId(owed.channel_id)
    shop = await open_for(outside, channel_id, Call.DECIDE_REFUND)
    if shop is None:
        return
    try:
        async with states.noted(outside, states.decision_word(owed)):
            await authorised(outside, channel_id, shop.decide_refund(_notice(owed)))
    except ConnectorFault as fault:
        if not states.final(fault):
            raise
        async with kernel.begin(outside.sessions, kernel.system("tell_decision")) as work:
            await refunds.note_refused(work, owed, f"{type(fault).__name__}: {fault}")
        return
    async with kernel.begin(outside.sessions, kernel.system("tell_decision")) as work:
        await refunds.note_taken(work, owed)


def _notice(owed: refunds.DecisionToTell) -> RefundNotice:
    return RefundNotice(
        refund_number=owed.external_number,
        order_number=owed.trade_number,
        decision=owed.decision,
        amount=owed.amount,
        decided_by=owed.decided_by,
        reason=owed.reason,
    )
