"""Refunds whose goods are back (退货确认): the platform is told by itself when all of it came back in good order.

What came back otherwise, less of it, damaged or for an exchange, is shown to a person, who confirms it
(`confirmRefundGoods`) or refuses.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from domain import alerts, refunds
from domain.alerts import AlertKind, AlertLevel, AlertSubject, NewAlert
from domain.fulfilment.events import GoodsCameBack, ReturnVoided
from domain.kernel import Work

# What the refunds that wait for goods are for, and what of it is back; goods that two refunds ask for are in doubt.
WAITING = """
    WITH wanted AS (
        SELECT refund.id, refund.external_number, refund.channel_id, refund.decided_stage, line.id AS line_id,
            refund.order_id, line.shipped_quantity,
            (SELECT count(*) FROM platform_refunds AS other WHERE other.order_id = refund.order_id
                AND other.id <> refund.id AND other.goods_come_back AND other.stage NOT IN ('CLOSED', 'REFUSED')
                AND (other.line_number IS NULL OR refund.line_number IS NULL
                    OR other.line_number = refund.line_number)) AS others
        FROM platform_refunds AS refund
        JOIN order_lines AS line ON (line.origin_order_id = refund.order_id
                OR (line.origin_order_id IS NULL AND line.order_id = refund.order_id))
            AND (refund.line_number IS NULL
                OR split_part(refund.line_number, '#', 1) IN (line.external_number, line.external_sku))
        WHERE refund.stage = 'GOODS_UNDER_WAY' AND refund.goods_come_back AND line.shipped_quantity > 0 AND {which}
    )
    SELECT wanted.id, wanted.external_number, wanted.channel_id, wanted.others, wanted.order_id,
        wanted.decided_stage, sum(wanted.shipped_quantity) AS wanted, coalesce(sum(back.good), 0) AS good,
        coalesce(sum(back.other), 0) AS other
    FROM wanted LEFT JOIN LATERAL (
        SELECT sum(part.quantity) FILTER (WHERE condition = 'GOOD' AND exchange_id IS NULL) AS good,
            sum(part.quantity) FILTER (WHERE condition <> 'GOOD' OR exchange_id IS NOT NULL) AS other
        FROM goods_return_lines AS part JOIN goods_returns ON goods_returns.id = part.return_id
        WHERE part.order_line_id = wanted.line_id AND goods_returns.voided_at IS NULL
    ) AS back ON true
    GROUP BY wanted.id, wanted.external_number, wanted.channel_id, wanted.others, wanted.order_id,
        wanted.decided_stage
    ORDER BY wanted.id
"""
OF_REFUND = text(WAITING.format(which="refund.id = :id"))
OF_RETURN = text(
    WAITING.format(
        which="""refund.order_id IN (SELECT coalesce(line.origin_order_id, line.order_id) FROM order_lines AS line
            JOIN goods_return_lines AS part ON part.order_line_id = line.id WHERE part.return_id = :id)"""
    )
)


async def confirm_what_came(work: Work, fact: GoodsCameBack | ReturnVoided) -> None:
    """Let platforms know that the goods of refunds are back, or a person look at what is back of them."""
    await _judge(work, await work.rows(OF_RETURN, {"id": fact.return_id}))


async def follow_return_refund(work: Work, fact: refunds.ReturnRefundMoved) -> None:
    """Do the same for goods that were here first, once their platform says that they are under way."""
    rows = await work.rows(OF_REFUND, {"id": fact.refund_id})
    await _judge(work, rows)
    if not rows:
        await end_difference(work, fact)


async def end_difference(work: Work, fact: refunds.RefundDecided | refunds.ReturnRefundMoved) -> None:
    """Show a difference no more about which somebody has decided, here or on the platform."""
    refund = await work.session.get_one(refunds.PlatformRefund, fact.refund_id, populate_existing=True)
    if refund.order_id is not None:
        await _end(work, refund.order_id, refund.id)


async def _judge(work: Work, rows: list[Any]) -> None:
    for row in rows:
        back = row.good + row.other
        if row.others == 0 and row.good == row.wanted:
            await refunds.say_goods_back(work, row.id)
        elif back > 0 and row.decided_stage != refunds.RefundStage.GOODS_UNDER_WAY:
            await alerts.open_alerts(work, [_alert(row)])
            continue
        await _end(work, row.order_id, row.id)


async def _end(work: Work, order_id: UUID, refund_id: UUID) -> None:
    await alerts.resolve_alerts_of_place(work, order_id, refund_id, [AlertKind.REFUND_GOODS_DIFFER])


def _alert(row: Any) -> NewAlert:
    wanted, good, other = (f"{each.normalize():f}" for each in (row.wanted, row.good, row.other))
    return NewAlert(
        subject=AlertSubject.ORDER,
        subject_id=row.order_id,
        place_id=row.id,
        kind=AlertKind.REFUND_GOODS_DIFFER,
        level=AlertLevel.WARN,
        channel_id=row.channel_id,
        message=f"Of {wanted} for refund {row.external_number} {good} are back in good order, {other} otherwise",
        message_chinese=f"退款单 {row.external_number} 应退 {wanted} 件，实收良品 {good} 件、其他 {other} 件",
        evidence={"refund": row.external_number, "wanted": wanted, "good": good, "otherwise": other},
    )
