"""How TOP says no (错误码): a code of the gateway, or code 15 with the service's own sub_code."""

from typing import Any

from simulators.numbering import request_number
from simulators.trading import Why


class TopError(Exception):
    """One error_response; the HTTP status stays 200."""

    def __init__(self, code: int, msg: str, sub_code: str = "", sub_msg: str = "") -> None:
        super().__init__(sub_code or msg)
        self.code, self.msg, self.sub_code, self.sub_msg = code, msg, sub_code, sub_msg

    def body(self) -> dict[str, Any]:
        error: dict[str, Any] = {"code": self.code, "msg": self.msg}
        if self.sub_code:
            error["sub_code"] = self.sub_code
        if self.sub_msg:
            error["sub_msg"] = self.sub_msg
        return {"error_response": error | {"request_id": request_number()}}


def missing(name: str) -> TopError:
    return TopError(40, "Missing required arguments", f"isv.missing-parameter:{name}", f"缺少必要的参数:{name}")


def invalid(name: str, text: str = "") -> TopError:
    return TopError(
        41, "Invalid arguments", f"isv.invalid-parameter:{name}", text or f"参数{name}无效，格式不对、非法值、越界等"
    )


def service(sub_code: str, sub_msg: str) -> TopError:
    return TopError(15, "Remote service error", sub_code, sub_msg)


def session_error(sub_code: str = "invalid-sessionkey") -> TopError:
    return TopError(27, "Invalid session", sub_code, "SessionKey非法")


def quota_error() -> TopError:
    return TopError(
        7, "App Call Limited", "accesscontrol.limited-by-app-access-count", "This ban will last until 00:00 GMT+8"
    )


def ban_error(seconds: int) -> TopError:
    return TopError(
        7,
        "App Call Limited",
        "accesscontrol.limited-by-api-access-count",
        f"This ban will last for {seconds} more seconds",
    )


LOGISTICS = {
    Why.NO_SUCH_TRADE: ("B01", "订单不存在"),
    Why.NO_SUCH_LINE: ("B02", "子订单不存在或不属于该订单"),
    Why.NOT_SHIPPABLE: ("B03", "订单状态不允许发货"),
    Why.ALREADY_SHIPPED: ("B04", "订单已经发货，不能重复发货"),
    Why.LOCKED: ("B05", "订单被锁定，禁止发货"),
    Why.UNKNOWN_CARRIER: ("S02", "物流公司不存在"),
    Why.BAD_WAYBILL: ("CD06", "运单号不符合规则或已经被使用"),
    Why.NO_CASH_ON_DELIVERY: ("B06", "货到付款订单不支持该发货方式"),
    Why.WRONG_STAGE: ("B07", "当前状态不支持该操作"),
}


def logistics_error(why: Why, channel: str) -> TopError:
    """`channel` is online or offline; both have their own error names."""
    code, text = LOGISTICS.get(why, ("B99", why.value))
    return service(f"isv.logistics-{channel}-service-error:{code}", text)
