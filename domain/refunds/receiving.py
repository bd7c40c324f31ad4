"""Receiving refunds (退款单入库): the platform's word on each, the newest one, in few statements for a whole page."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, bindparam, text

from domain import channels, orders
from domain.kernel import Money, Work, identifier, routine
from domain.refunds.events import DecidedRefundMoved, ReturnRefundMoved
from domain.refunds.incoming import IncomingRefund

NUMBER_LENGTH_MAX = 100
REASON_LENGTH_MAX = 500

KNOWN = text("""
    SELECT id, order_id, external_number, stage, decision, decided_stage, amount, goods_come_back, modified_at
    FROM platform_refunds
    WHERE channel_id = :channel_id AND external_number = ANY (:numbers) ORDER BY external_number FOR UPDATE
""").bindparams(bindparam("numbers", type_=ARRAY(Text)))
# The version counts what the platform changed, so that nobody decides what he has not seen.
KEEP = text("""
    INSERT INTO platform_refunds AS known (
        id, channel_id, external_number, trade_number, order_id, line_number, stage, currency, amount, goods_come_back,
        reason, opened_at, modified_at, version)
    SELECT told.id, :channel_id, told.external_number, told.trade_number, orders.id, told.line_number, told.stage,
        :currency, told.amount, told.goods_come_back, told.reason, told.opened_at,
        told.modified_at, 1
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS told (
        id uuid, external_number text, trade_number text, line_number text, stage text, amount numeric,
        goods_come_back boolean, reason text, opened_at timestamptz, modified_at timestamptz)
    LEFT JOIN orders ON orders.channel_id = :channel_id AND orders.external_number = told.trade_number
    ORDER BY told.external_number
    ON CONFLICT (channel_id, external_number) DO UPDATE SET
        order_id = coalesce(known.order_id, excluded.order_id), stage = excluded.stage, amount = excluded.amount,
        goods_come_back = excluded.goods_come_back,
        reason = excluded.reason, modified_at = excluded.modified_at, version = known.version + 1
    WHERE excluded.modified_at >= known.modified_at
      AND (excluded.stage, excluded.amount, excluded.goods_come_back, coalesce(known.order_id, excluded.order_id))
        IS DISTINCT FROM (known.stage, known.amount, known.goods_come_back, known.order_id)
    RETURNING id, order_id, external_number, stage, goods_come_back
""")
# Nobody agreed to what is asked for now: it is decided anew, and the platform is not told of the old sum.
FORGET = text("""
    UPDATE platform_refunds SET decision = NULL, decision_reason = NULL, decided_by = NULL, decided_at = NULL,
        decided_stage = NULL, decision_problem = NULL
    WHERE id = ANY (:ids)
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))
FIND_ORDERS = text("""
    UPDATE platform_refunds AS refund SET order_id = orders.id, version = refund.version + 1 FROM orders
    WHERE refund.order_id IS NULL AND orders.id = ANY (:ids)
      AND orders.channel_id = refund.channel_id AND orders.external_number = refund.trade_number
    RETURNING refund.id, refund.goods_come_back
""").bindparams(bindparam("ids", type_=ARRAY(Uuid)))


@routine
async def receive_refunds(work: Work, channel_id: UUID, refunds: Sequence[IncomingRefund]) -> None:
    """Keep what a platform says of refunds: new ones and newer stages; what is known already changes nothing."""
    rows = {each.external_number: _row(each) for each in sorted(refunds, key=lambda each: each.modified_at)}
    if not rows:
        return
    channel = await channels.channel_by_id(work, channel_id)
    before = await work.rows(KNOWN, {"channel_id": channel_id, "numbers": sorted(rows)})
    decided = {row.external_number: row.stage for row in before if row.decision is not None}
    if asked_anew := [row for row in before if _asks_otherwise(row, rows[row.external_number])]:
        await work.execute(FORGET, {"ids": [row.id for row in asked_anew]})
    given = {"channel_id": channel_id, "currency": channel.currency, "rows": _written(list(rows.values()))}
    kept = await work.rows(KEEP, given)
    moved = [row for row in kept if decided.get(row.external_number, row.stage) != row.stage]
    work.record(*(DecidedRefundMoved(refund_id=row.id, order_id=row.order_id) for row in [*moved, *asked_anew]))
    of_goods = [row for row in kept if row.goods_come_back and row.order_id is not None]
    work.record(*(ReturnRefundMoved(refund_id=row.id) for row in of_goods))


def _asks_otherwise(known: Any, told: Mapping[str, Any]) -> bool:
    """Whether a buyer asks for another sum, or to keep the goods, since it was decided and while it is not followed."""
    if known.decision is None or not known.stage == known.decided_stage == told["stage"]:
        return False
    newer = datetime.fromisoformat(told["modified_at"]) >= known.modified_at
    asked = (Money(told["amount"]), told["goods_come_back"])
    return newer and asked != (Money(known.amount), known.goods_come_back)


async def find_orders(work: Work, fact: orders.OrderImported) -> None:
    """Let refunds that were read before their orders be of these."""
    found = await work.rows(FIND_ORDERS, {"ids": fact.order_ids})
    work.record(*(ReturnRefundMoved(refund_id=row.id) for row in found if row.goods_come_back))


def _written(rows: list[dict[str, Any]]) -> str:
    """Write rows down; what no text column can hold is left out of them."""
    written = json.dumps(rows, ensure_ascii=False).encode("utf-8", "replace").decode()
    return written.replace("\\u0000", "")


def _row(refund: IncomingRefund) -> dict[str, Any]:
    return {
        "id": str(identifier()),
        "external_number": refund.external_number[:NUMBER_LENGTH_MAX],
        "trade_number": refund.order_number[:NUMBER_LENGTH_MAX],
        "line_number": refund.line_number and refund.line_number[:NUMBER_LENGTH_MAX],
        "stage": refund.stage.value,
        "amount": str(refund.refund_amount),
        "goods_come_back": refund.goods_come_back,
        "reason": refund.reason and refund.reason[:REASON_LENGTH_MAX],
        "opened_at": refund.created_at.isoformat(),
        "modified_at": refund.modified_at.isoformat(),
    }
