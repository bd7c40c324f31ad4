"""JD's single door (京东网关): one JSON parameter, everything signed by MD5, answers under `_responce` (sic)."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

from simulators.clock import from_china_text
from simulators.faults import PLATFORM_KINDS, Fault
from simulators.jd.errors import GatewayError, ResultError, RootError, missing
from simulators.shop import Shop
from simulators.wire import spoil, spoil_before
from simulators.world import World

PARAMETER = "360buy_param_json"
CLOCK_TOLERANCE_SECONDS = 360
ODD_ROOTS = {"360buy.get.vender.all.delivery.company": "vender_delivery_all_company_response"}


@dataclass(frozen=True, slots=True)
class Call:
    """One verified request: the shop and the content of its JSON parameter."""

    world: World
    shop: Shop
    method: str
    body: dict[str, Any]

    def need(self, name: str) -> str:
        value = self.body.get(name)
        if value is None or value == "":
            raise missing(name)
        return str(value)

    def get(self, name: str, default: str = "") -> str:
        value = self.body.get(name)
        return default if value is None or value == "" else str(value)

    def number(self, name: str, default: int | None = None) -> int:
        text = self.need(name) if default is None else self.get(name, str(default))
        try:
            return int(text)
        except ValueError:
            raise RootError("22", f"参数{name}无效", f"Invalid parameter {name}") from None


@dataclass(frozen=True, slots=True)
class Method:
    """What answers a method, and how its level 3 failure looks."""

    answer: Callable[[Call], dict[str, Any]]
    failure: Callable[[ResultError], dict[str, Any]]


def sign(parameters: dict[str, str], secret: str) -> str:
    """Sign the raw strings as sent; sorted by byte, the JSON parameter comes first."""
    kept = sorted((key, value) for key, value in parameters.items() if key != "sign" and key and value)
    payload = secret + "".join(f"{key}{value}" for key, value in kept) + secret
    return hashlib.md5(payload.encode()).hexdigest().upper()


class JdGateway:
    """The router of JOS; `methods` maps API names to what answers them."""

    def __init__(self, world: World, methods: dict[str, Method]) -> None:
        self._world, self._methods = world, methods

    async def handle(self, request: web.Request) -> web.StreamResponse:
        parameters = dict(request.query)
        parameters.update(parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True))
        try:
            call = self._verify(parameters)
        except GatewayError as error:
            return _respond(error.body())
        call.shop.release()
        fault = self._world.faults.take(call.shop.code, call.method)
        spoilt = await spoil_before(request, fault)
        if spoilt is not None:
            return spoilt
        try:
            self._limits(call, fault)
            body = self._perform(call, fault)
        except GatewayError as error:
            body = error.body()
        return spoil(request, fault, _respond(body))

    def _verify(self, parameters: dict[str, str]) -> Call:
        for name, code, chinese, english in (
            ("method", "14", "缺少方法名参数", "Missing Method"),
            ("app_key", "20", "缺少app_key参数", "Missing App Key"),
            ("timestamp", "7", "缺少时间戳参数", "Missing Timestamp"),
            ("v", "4", "缺少版本参数", "Missing Version"),
            ("sign", "11", "缺少签名参数", "Missing Signature"),
            ("access_token", "18", "缺少access_token参数", "Missing access_token"),
        ):
            if not parameters.get(name):
                raise GatewayError(code, chinese, english)
        if parameters["method"] not in self._methods:
            raise GatewayError("15", "不存在的方法名", "Invalid Method")
        shop = self._world.by_key.get(parameters["app_key"])
        if shop is None or shop.platform != "jd":
            raise GatewayError("21", "无效app_key", "Invalid App Key")
        if parameters["v"] != "2.0":
            raise GatewayError("5", "不支持的版本号", "Unsupported Version")
        if abs(_moment(parameters["timestamp"]) - self._world.clock.wall()) > CLOCK_TOLERANCE_SECONDS:
            raise GatewayError("8", "非法的时间戳参数", "Invalid Timestamp")
        if parameters["sign"] != sign(parameters, shop.identity.app_secret):
            raise GatewayError("12", "无效签名", "Invalid Signature")
        if parameters["access_token"] != shop.identity.session or not shop.identity.session_alive:
            raise GatewayError("19", "无效access_token", "Invalid access_token")
        return Call(self._world, shop, parameters["method"], _parameter(parameters.get(PARAMETER, "{}")))

    def _limits(self, call: Call, fault: Fault | None) -> None:
        faults = self._world.faults
        if faults.spent(call.shop.code) or (fault and fault.kind == "quota"):
            raise GatewayError("2", "限制时间内调用失败次数", "App Call Limited")
        if fault and fault.kind == "ban":
            faults.ban(call.shop.code, call.method, fault.ban_seconds)
        seconds = faults.banned_seconds(call.shop.code, call.method)
        if seconds:
            raise GatewayError(
                "2", f"接口调用过于频繁，{seconds}秒后重试", f"This ban will last for {seconds} more seconds"
            )
        if fault and fault.kind == "session":
            raise GatewayError("19", "无效access_token", "Invalid access_token")
        if fault and fault.kind == "error":
            body = {"code": "43", "zh_desc": "系统处理错误", "en_desc": "System Error"} | fault.body
            raise GatewayError(str(body["code"]), body["zh_desc"], body["en_desc"])

    def _perform(self, call: Call, fault: Fault | None) -> dict[str, Any]:
        root = ODD_ROOTS.get(call.method, call.method.replace(".", "_") + "_responce")
        method = self._methods[call.method]
        try:
            _ordered(fault)
            with self._world.storage.change():
                return {root: {"code": "0"} | method.answer(call)}
        except RootError as error:
            return {root: error.body()}
        except ResultError as error:
            return {root: {"code": "0"} | method.failure(error)}


def _ordered(fault: Fault | None) -> None:
    """Fail at the level a test ordered."""
    if fault is None or fault.kind not in PLATFORM_KINDS:
        return
    body = {"code": "500", "zh_desc": "系统繁忙", "en_desc": "system busy"} | fault.body
    if fault.kind == "level2":
        raise RootError(str(body["code"]), body["zh_desc"], body["en_desc"])
    if fault.kind == "level3":
        raise ResultError(int(body["code"]), body["zh_desc"], body["en_desc"])


def _moment(text: str) -> int:
    """Read 19 characters in GMT+8, or the form with milliseconds and zone."""
    try:
        if len(text) == 19:
            return from_china_text(text)
        return int(datetime.strptime(text, "%Y-%m-%d %H:%M:%S.%f%z").timestamp())
    except ValueError:
        raise GatewayError("8", "非法的时间戳参数", "Invalid Timestamp") from None


def _parameter(text: str) -> dict[str, Any]:
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise GatewayError("22", "参数格式错误", "Invalid 360buy_param_json") from None
    if not isinstance(value, dict):
        raise GatewayError("22", "参数格式错误", "Invalid 360buy_param_json")
    return value


def _respond(body: dict[str, Any]) -> web.Response:
    return web.Response(body=orjson.dumps(body), content_type="application/json", charset="utf-8")
