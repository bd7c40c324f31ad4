"""Deciding refunds on Taobao and Tmall (淘宝、天猫退款审核): each decision has a call of its own.

The refund is read first: calls name its version, and what was heard already is not said twice. Tmall wants a refund
reviewed before it is agreed to. Taobao takes no refusal before the goods have left: the seller ships instead.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from connectors.faults import OurFault, UnknownThere, UnreadableAnswer
from connectors.marketplaces.deciding import still_to_say
from connectors.marketplaces.port import RefundNotice, UnreadableRefund
from connectors.marketplaces.taobao_faults import NO_SUCH_REFUND
from connectors.marketplaces.taobao_trades import REFUND_FIELDS, translate_refund, unwrapped
from connectors.payloads import Payload, Unreadable
from connectors.repetition import read_repeatedly
from domain.refunds import RefundDecision, RefundStage

TopCall = Callable[[str, dict[str, str]], Awaitable[dict[str, Any]]]
ALL_DONE = "OP_SUCC"
cents_per_yuan = 100


async def decide(call: TopCall, notice: RefundNotice, *, tmall: bool) -> None:
    """Say a decision, unless the refund already stands by it."""
    raw = await _refund(call, notice.refund_number)
    found = translate_refund(raw)
    if not still_to_say(found, notice) or isinstance(found, UnreadableRefund):
        return
    named = {
        "refund_id": notice.refund_number,
        "refund_phase": str(raw.get("refund_phase") or ""),
        "refund_version": str(raw.get("refund_version") or ""),
    }
    if notice.decision is RefundDecision.REFUSE:
        await call("taobao.refund.refuse", named | {"refuse_message": notice.reason or ""})
    elif found.goods_come_back and found.stage is not RefundStage.GOODS_UNDER_WAY:
        await call("taobao.rp.returngoods.agree", named)
    else:
        await _pay_back(call, notice, named, tmall=tmall)


async def _pay_back(call: TopCall, notice: RefundNotice, named: dict[str, str], *, tmall: bool) -> None:
    if tmall:
        reviewed = {"operator": notice.decided_by, "result": "true", "message": notice.reason or "同意退款"}
        await call("taobao.rp.refund.review", named | reviewed)
    cents = int(notice.amount.value * cents_per_yuan)
    told = [named["refund_id"], str(cents), named["refund_version"], *([named["refund_phase"]] if tmall else [])]
    answer = await call("taobao.rp.refunds.agree", {"refund_infos": "|".join(told)})
    if answer.get("msg_code") != ALL_DONE:
        # Above a sum, Taobao sends a code to the seller's telephone, which only a person can read.
        rows = unwrapped(answer.get("results"), "refund_mapping_result")
        said = next((str(row.get("message")) for row in rows if row.get("message")), answer.get("message"))
        raise OurFault(f"refund {notice.refund_number} was not paid back: {said}", code=str(answer.get("msg_code")))


async def _refund(call: TopCall, number: str) -> dict[str, Any]:
    parameters = {"refund_id": number, "fields": REFUND_FIELDS}
    try:
        content = await read_repeatedly(lambda: call("taobao.refund.get", parameters))
    except OurFault as refused:
        if refused.sub_code == NO_SUCH_REFUND:
            raise UnknownThere(str(refused)) from refused
        raise
    try:
        return dict(Payload(content).child("refund").fields)
    except Unreadable as odd:
        raise UnreadableAnswer(f"taobao.refund.get: {odd}") from odd
