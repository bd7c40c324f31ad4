"""TOP's single door (网关): checks application, clock, signature and session, then hands over to the method's owner."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import orjson
from aiohttp import web

from simulators.clock import from_china_text
from simulators.faults import PLATFORM_KINDS, Fault
from simulators.numbering import request_number
from simulators.shop import Shop
from simulators.top.errors import TopError, ban_error, invalid, missing, quota_error, service, session_error
from simulators.top.signing import METHODS, sign
from simulators.wire import spoil, spoil_before
from simulators.world import World

CLOCK_TOLERANCE_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Call:
    """One verified request: the shop, and its parameters as sent."""

    world: World
    shop: Shop
    method: str
    parameters: dict[str, str]

    def need(self, name: str) -> str:
        value = self.parameters.get(name, "")
        if not value:
            raise missing(name)
        return value

    def get(self, name: str, default: str = "") -> str:
        return self.parameters.get(name) or default

    def number(self, name: str, default: int | None = None, low: int = 0, high: int = 2**63 - 1) -> int:
        text = self.need(name) if default is None else self.get(name, str(default))
        try:
            value = int(text)
        except ValueError:
            raise invalid(name) from None
        if not low <= value <= high:
            raise invalid(name)
        return value

    def flag(self, name: str) -> bool:
        return self.get(name, "false").lower() in {"true", "1"}


Method = Callable[[Call], dict[str, Any]]


class TopGateway:
    """The router of TOP; `methods` maps API names to what answers them."""

    def __init__(self, world: World, methods: dict[str, Method]) -> None:
        self._world = world
        self._methods = methods

    async def handle(self, request: web.Request) -> web.StreamResponse:
        parameters = dict(request.query)
        parameters.update(parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True))
        try:
            shop, method = self._verify(parameters)
        except TopError as error:
            return self._respond(error.body(), parameters)
        shop.release()
        fault = self._world.faults.take(shop.code, method)
        spoilt = await spoil_before(request, fault)
        if spoilt is not None:
            return spoilt
        try:
            self._limits(shop, method, fault)
            body = self._perform(Call(self._world, shop, method, parameters))
        except TopError as error:
            body = error.body()
        return spoil(request, fault, self._respond(body, parameters))

    def _verify(self, parameters: dict[str, str]) -> tuple[Shop, str]:
        for name, code, text in (("method", 21, "Missing method"), ("app_key", 28, "Missing app key")):
            if not parameters.get(name):
                raise TopError(code, text)
        if parameters["method"] not in self._methods:
            raise TopError(22, "Invalid method", "isv.invalid-method", "不存在的方法名")
        shop = self._world.by_key.get(parameters["app_key"])
        if shop is None or shop.platform not in {"taobao", "tmall"}:
            raise TopError(29, "Invalid app Key", "isv.appkey-not-exists", "无效的appkey")
        self._verify_clock(parameters.get("timestamp", ""))
        _verify_form(parameters)
        self._verify_sign(parameters, shop)
        if not parameters.get("session"):
            raise TopError(26, "Missing session")
        if parameters["session"] != shop.identity.session:
            raise session_error()
        if not shop.identity.session_alive:
            raise session_error("session-expired")
        return shop, parameters["method"]

    def _verify_clock(self, text: str) -> None:
        if not text:
            raise TopError(30, "Missing timestamp")
        try:
            moment = from_china_text(text)
        except ValueError:
            raise TopError(31, "Invalid timestamp") from None
        if abs(moment - self._world.clock.wall()) > CLOCK_TOLERANCE_SECONDS:
            raise TopError(31, "Invalid timestamp")

    def _verify_sign(self, parameters: dict[str, str], shop: Shop) -> None:
        sign_method = parameters.get("sign_method", "")
        if sign_method not in METHODS:
            raise invalid("sign_method")
        if not parameters.get("sign"):
            raise TopError(24, "Missing signature")
        if parameters["sign"] != sign(parameters, shop.identity.app_secret, sign_method):
            raise TopError(25, "Invalid signature", "isv.invalid-signature", "签名无效")

    def _limits(self, shop: Shop, method: str, fault: Fault | None) -> None:
        if self._world.faults.spent(shop.code) or (fault and fault.kind == "quota"):
            raise quota_error()
        if fault and fault.kind == "ban":
            self._world.faults.ban(shop.code, method, fault.ban_seconds)
        seconds = self._world.faults.banned_seconds(shop.code, method)
        if seconds:
            raise ban_error(seconds)
        if fault and fault.kind == "session":
            raise session_error("session-expired")
        if fault and fault.kind in PLATFORM_KINDS - {"ban"} and fault.phase == "before":
            raise _ordered(fault)

    def _perform(self, call: Call) -> dict[str, Any]:
        with self._world.storage.change():
            body = self._methods[call.method](call)
        root = call.method.removeprefix("taobao.").replace(".", "_") + "_response"
        return {root: body | {"request_id": request_number()}}

    def _respond(self, body: dict[str, Any], parameters: dict[str, str]) -> web.Response:
        if parameters.get("format", "xml") != "json":
            return web.Response(text=_xml_document(body), content_type="text/xml", charset="utf-8")
        if parameters.get("simplify", "").lower() == "true" and "error_response" not in body:
            body = _simplified(next(iter(body.values())))
        return web.Response(body=orjson.dumps(body), content_type="text/javascript", charset="UTF-8")


def _verify_form(parameters: dict[str, str]) -> None:
    if not parameters.get("v"):
        raise TopError(32, "Missing version")
    if parameters["v"] != "2.0":
        raise TopError(34, "Unsupported version")
    if (parameters.get("format") or "xml") not in {"xml", "json"}:
        raise TopError(23, "Invalid format")


def _ordered(fault: Fault) -> TopError:
    """Make the error a test ordered; without details a fault of the platform itself."""
    body = fault.body
    if not body:
        return service("isp.remote-service-error", "API调用远端服务出错")
    return TopError(int(body["code"]), str(body.get("msg", "")), body.get("sub_code", ""), body.get("sub_msg", ""))


def _simplified(value: Any) -> Any:
    """Remove the wrapper around lists, as simplify=true does."""
    if isinstance(value, list):
        return [_simplified(element) for element in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and isinstance(only := next(iter(value.values())), list):
        return [_simplified(element) for element in only]
    return {name: _simplified(element) for name, element in value.items()}


def _xml_document(body: dict[str, Any]) -> str:
    return '<?xml version="1.0" encoding="utf-8" ?>' + _xml(body)


def _xml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, dict):
        return escape(str(value))
    pairs = ((name, element if isinstance(element, list) else [element]) for name, element in value.items())
    return "".join(f"<{name}>{_xml(one)}</{name}>" for name, elements in pairs for one in elements)
