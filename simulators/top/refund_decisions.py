"""Deciding refunds over TOP (退款审核): refuse, let the goods come back, review (Tmall), and pay back."""

from collections.abc import Callable
from typing import Any

from simulators import refunding
from simulators.records import Refund, RefundStage
from simulators.shop import Shop
from simulators.top.errors import TopError, invalid, missing, service
from simulators.top.gateway import Call, Method
from simulators.trading import RefusedError, Why

CODE_WANTED_ABOVE_CENTS = 600_000
AT_ONCE_MAX = 20


def refuse(call: Call) -> dict[str, Any]:
    """Refuse as the seller, with a message; not before the goods have left."""
    refund, _ = _named(call), call.need("refuse_message")
    line = call.shop.trades[refund.trade].line(refund.line)
    if line is None or not line.shipped_at:
        raise service("isv.refund-refuse-not-allowed", "卖家未发货的订单不能拒绝退款")
    _move(refunding.refuse, call.shop, refund)
    return {"refund": {"refund_id": refund.number, "status": refund.stage}, "is_success": True}


def agree_return(call: Call) -> dict[str, Any]:
    """Let the buyer send the goods back."""
    refund = _named(call)
    if not refund.returns_goods:
        raise service("isv.refund-status-error", "该退款单不需要退货")
    _move(refunding.agree, call.shop, refund)
    return {"is_success": True}


def review(call: Call) -> dict[str, Any]:
    """Review as the seller (审核退款单): Tmall wants it before it is agreed to."""
    refund = _named(call)
    for name in ("operator", "result", "message"):
        call.need(name)
    if call.shop.platform != "tmall":
        raise service("isv.refund-not-tmall", "该接口仅支持天猫退款单")
    refund.reviewed = call.flag("result")
    call.shop.save_refund(refund)
    return {"is_success": True}


def agree(call: Call) -> dict[str, Any]:
    """Pay back what `refund_infos` names, each on its own: refund|cents|version, on Tmall |phase."""
    infos = call.need("refund_infos").split(",")
    if len(infos) > AT_ONCE_MAX:
        raise invalid("refund_infos")
    rows = [_paid(call, info.split("|")) for info in infos]
    done = sum(row["succ"] for row in rows)
    word = "OP_SUCC" if done == len(rows) else "SOME_OP_SUCC" if done else "OP_FAILURE_UE"
    message = next((row["message"] for row in rows if not row["succ"]), "操作成功")
    results = {"refund_mapping_result": rows}
    return {"succ": done == len(rows), "msg_code": word, "message": message, "results": results}


def _paid(call: Call, info: list[str]) -> dict[str, Any]:
    tmall = call.shop.platform == "tmall"
    if len(info) != (4 if tmall else 3):
        raise invalid("refund_infos")
    number, cents, version = info[:3]
    refund = call.shop.refunds.get(number)
    problem = "退款单不存在" if refund is None else _against(refund, cents, version, tmall=tmall)
    if refund is not None and not problem:
        waits = refund.stage is RefundStage.WAIT_SELLER_CONFIRM_GOODS
        try:
            (refunding.confirm_goods if waits else refunding.agree)(call.shop, refund)
        except RefusedError as error:
            problem = error.detail
    return {"refund_id": number, "succ": not problem, "message": problem or "操作成功"}


def _against(refund: Refund, cents: str, version: str, *, tmall: bool) -> str:
    if cents != str(refund.amount_cents):
        return "退款金额不一致"
    if version != str(refund.version):
        return "退款版本号不一致"
    if tmall and not refund.reviewed:
        return "退款单未审核"
    if refund.returns_goods and refund.stage is not RefundStage.WAIT_SELLER_CONFIRM_GOODS:
        return "买家尚未退货"
    return "需要短信验证码" if refund.amount_cents > CODE_WANTED_ABOVE_CENTS else ""


def _named(call: Call) -> Refund:
    """Find the refund, in the phase and version that the caller saw."""
    try:
        refund = refunding.refund_of(call.shop, call.need("refund_id"))
    except RefusedError as error:
        raise service("isv.refund-not-exist", "退款单不存在") from error
    for name in ("refund_phase", "refund_version"):
        if not call.get(name):
            raise missing(name)
    if call.get("refund_phase") != ("aftersale" if refund.after_sale else "onsale"):
        raise invalid("refund_phase")
    if call.get("refund_version") != str(refund.version):
        raise service("isv.refund-version-error", "退款版本号不一致")
    return refund


def _move(decide: Callable[[Shop, Refund], None], shop: Shop, refund: Refund) -> None:
    try:
        decide(shop, refund)
    except RefusedError as error:
        raise _refused(error) from error


def _refused(error: RefusedError) -> TopError:
    known = error.why is Why.WRONG_STAGE
    return service(
        "isv.refund-status-error" if known else "isv.refund-service-error", f"退款单状态不允许: {error.detail}"
    )


METHODS: dict[str, Method] = {
    "taobao.refund.refuse": refuse,
    "taobao.rp.returngoods.agree": agree_return,
    "taobao.rp.refund.review": review,
    "taobao.rp.refunds.agree": agree,
}
