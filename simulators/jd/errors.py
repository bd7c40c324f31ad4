"""How JD says no (错误层级): at the gateway, in the root's code, or in a result that looks like success."""

from typing import Any

from simulators.trading import Why


class GatewayError(Exception):
    """Level 1: `error_response`, before any business."""

    def __init__(self, code: str, zh_desc: str, en_desc: str) -> None:
        super().__init__(en_desc)
        self.code, self.zh_desc, self.en_desc = code, zh_desc, en_desc

    def body(self) -> dict[str, Any]:
        return {"error_response": {"code": self.code, "zh_desc": self.zh_desc, "en_desc": self.en_desc}}


class RootError(Exception):
    """Level 2: the root is there, its code is not "0"."""

    def __init__(self, code: str, zh_desc: str, en_desc: str = "") -> None:
        super().__init__(zh_desc)
        self.code, self.zh_desc, self.en_desc = code, zh_desc, en_desc

    def body(self) -> dict[str, Any]:
        return {"code": self.code, "zh_desc": self.zh_desc, "en_desc": self.en_desc}


class ResultError(Exception):
    """Level 3: code "0", and a result with success false."""

    def __init__(self, number: int, chinese: str, english: str) -> None:
        super().__init__(english)
        self.number, self.chinese, self.english = number, chinese, english


def missing(name: str) -> RootError:
    return RootError("22", f"缺少必要参数:{name}", f"Missing parameter {name}")


RESULTS = {
    Why.NO_SUCH_TRADE: (10400001, "订单不存在", "order does not exist"),
    Why.NOT_SHIPPABLE: (10400002, "订单状态不允许出库", "order state does not allow shipment"),
    Why.ALREADY_SHIPPED: (10400003, "订单已出库", "order is already shipped"),
    Why.LOCKED: (10400004, "订单已锁定", "order is locked"),
    Why.UNKNOWN_CARRIER: (10400005, "物流公司不存在", "unknown logistics company"),
    Why.BAD_WAYBILL: (10400006, "运单号不合法", "invalid waybill number"),
    Why.WRONG_STAGE: (10400007, "当前状态不支持该操作", "not possible in this state"),
    Why.NO_SUCH_REFUND: (10400008, "退款单不存在", "refund does not exist"),
}


def result_error(why: Why) -> ResultError:
    return ResultError(*RESULTS.get(why, (10400099, why.value, why.value)))
