"""Refunds and returns over JD (京东售后): asked before shipment they are refund applications, after it services."""

from typing import Any

from simulators import refunding
from simulators.clock import china_text, from_china_text
from simulators.jd.errors import ResultError, result_error
from simulators.jd.gateway import Call, Method
from simulators.masking import mask_name
from simulators.records import Refund, RefundStage, yuan
from simulators.trading import RefusedError

PAGE_SIZE_MAX = 50
APPLICATION_STATUS = {
    RefundStage.WAIT_SELLER_AGREE: 0,
    RefundStage.SELLER_REFUSE_BUYER: 2,
    RefundStage.SUCCESS: 3,
    RefundStage.CLOSED: 11,
}
SERVICE_STATUS = {
    RefundStage.WAIT_SELLER_AGREE: 10001,
    RefundStage.WAIT_BUYER_RETURN_GOODS: 10002,
    RefundStage.SELLER_REFUSE_BUYER: 10004,
    RefundStage.WAIT_SELLER_CONFIRM_GOODS: 10005,
    RefundStage.SUCCESS: 10010,
    RefundStage.CLOSED: 10011,
}
_FOREVER = 2**40


def refund_applications(call: Call) -> dict[str, Any]:
    """Refunds asked for before shipment, oldest first."""
    page, size = _page(call, "pageIndex", "pageSize")
    rows = [refund for refund in _asked(call) if not _shipped(call, refund)]
    if call.get("status"):
        rows = [refund for refund in rows if APPLICATION_STATUS.get(refund.stage) == call.number("status")]
    part = [_application(call, refund) for refund in rows[(page - 1) * size : page * size]]
    return {"queryResult": {"success": True, "totalCount": len(rows), "result": part}}


def reply_refund(call: Call) -> dict[str, Any]:
    """Decide as the seller: status 1 agrees, 2 refuses with one of five reasons; each with a remark."""
    number, status = call.need("id"), call.number("status")
    call.need("checkUserName")
    call.need("remark")
    if status == 2 and call.need("rejectType") not in {"1", "2", "3", "4", "5"}:
        raise ResultError(10300004, "拒绝原因不合法", "invalid rejectType")
    try:
        refund = refunding.refund_of(call.shop, number)
        if status not in {1, 2}:
            raise ResultError(10300002, "审核状态不合法", "invalid status")
        (refunding.agree if status == 1 else refunding.refuse)(call.shop, refund)
    except RefusedError as error:
        raise result_error(error.why) from error
    return {"replyResult": {"success": True}}


def services(call: Call) -> dict[str, Any]:
    """List returns asked for after shipment, oldest first."""
    page, size = _page(call, "pageNumber", "pageSize")
    rows = [refund for refund in _asked(call) if _shipped(call, refund)]
    part = [_service(call, refund) for refund in rows[(page - 1) * size : page * size]]
    return {"pageResult": {"totalCount": len(rows), "pageNumber": page, "pageSize": size, "data": part}}


def _asked(call: Call) -> list[Refund]:
    start, end = _moment(call, "applyTimeBegin", 0), _moment(call, "applyTimeEnd", _FOREVER)
    order = call.get("orderId")
    rows = [refund for refund in call.shop.refunds.values() if start <= refund.created_at <= end]
    rows = [refund for refund in rows if not order or refund.trade == order]
    return sorted(rows, key=lambda refund: (refund.created_at, refund.number))


def _shipped(call: Call, refund: Refund) -> bool:
    line = call.shop.trades[refund.trade].line(refund.line)
    return line is not None and bool(line.shipped_at)


def _application(call: Call, refund: Refund) -> dict[str, Any]:
    trade, line = call.shop.trades[refund.trade], call.shop.trades[refund.trade].line(refund.line)
    return {
        "id": refund.number,
        "orderId": refund.trade,
        "skuId": line.sku if line else "",
        "buyerId": trade.buyer_id,
        "buyerName": mask_name(trade.buyer_name),
        "applyTime": china_text(refund.created_at),
        "checkTime": china_text(refund.modified_at),
        "applyRefundSum": yuan(refund.amount_cents),
        "reason": refund.reason,
        "status": APPLICATION_STATUS.get(refund.stage, 0),
    }


def _service(call: Call, refund: Refund) -> dict[str, Any]:
    line = call.shop.trades[refund.trade].line(refund.line)
    return {
        "serviceId": refund.number,
        "orderId": refund.trade,
        "skuId": line.sku if line else "",
        "wareName": line.title if line else "",
        "wareNum": refund.quantity,
        "refundAmount": yuan(refund.amount_cents),
        "serviceStatus": SERVICE_STATUS[refund.stage],
        "applyTime": china_text(refund.created_at),
        "updateDate": china_text(refund.modified_at),
        "questionDesc": refund.reason,
    }


def _page(call: Call, index: str, size: str) -> tuple[int, int]:
    page, rows = call.number(index), call.number(size)
    if page < 1 or not 1 <= rows <= PAGE_SIZE_MAX:
        raise ResultError(10300001, "分页参数不合法", "invalid page")
    return page, rows


def _moment(call: Call, name: str, default: int) -> int:
    text = call.get(name) or call.get(name.replace("Begin", "Start"))
    try:
        return from_china_text(text) if text else default
    except ValueError:
        raise ResultError(10300003, f"时间格式不合法:{name}", f"invalid {name}") from None


def _bad(error: ResultError) -> dict[str, Any]:
    return {"success": False, "errorCode": str(error.number), "errorMessage": error.chinese}


METHODS: dict[str, Method] = {
    "jingdong.pop.afs.soa.refundapply.queryPageList": Method(
        refund_applications, lambda error: {"queryResult": _bad(error)}
    ),
    "jingdong.pop.afs.soa.refundapply.replyRefund": Method(reply_refund, lambda error: {"replyResult": _bad(error)}),
    "jingdong.asc.query.list": Method(services, lambda error: {"pageResult": _bad(error)}),
}
