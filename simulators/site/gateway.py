"""The SITE door (站点网关): signed JSON posts, one path per operation, every nonce once."""

import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from aiohttp import web

from simulators.faults import PLATFORM_KINDS, Fault
from simulators.numbering import request_number
from simulators.shop import Shop
from simulators.site.errors import SiteError
from simulators.site.signing import sign
from simulators.wire import spoil, spoil_before
from simulators.world import World

TOLERANCE_SECONDS = 600
NONCE_LENGTH_MAX = 128
HTTP_STATUS = {1: 401, 2: 400, 3: 200, 4: 429, 5: 503}


@dataclass(frozen=True, slots=True)
class Call:
    """One verified request and its JSON object."""

    world: World
    shop: Shop
    operation: str
    body: dict[str, Any]

    def need(self, name: str) -> Any:
        value = self.body.get(name)
        if value is None or value == "":
            raise SiteError(201, f"{name} is required")
        return value


Operation = Callable[[Call], Any]


class SiteGateway:
    """The door of one SITE shop."""

    def __init__(self, world: World, shop: Shop, operations: dict[str, Operation]) -> None:
        self._world, self._shop, self._operations = world, shop, operations

    async def handle(self, request: web.Request) -> web.StreamResponse:
        operation, body = request.match_info["operation"], await request.read()
        try:
            self._verify(request, body)
            self._shop.release()
            fault = self._world.faults.take(self._shop.code, operation)
        except SiteError as error:
            return _failure(error)
        spoilt = await spoil_before(request, fault)
        return spoilt or spoil(request, fault, self._answer(operation, body, fault))

    def _answer(self, operation: str, body: bytes, fault: Fault | None) -> web.Response:
        try:
            self._limits(operation, fault)
            call = Call(self._world, self._shop, operation, _json_object(body))
            with self._world.storage.change():
                data = self._run(call)
        except SiteError as error:
            return _failure(error)
        return _reply({"code": 0, "msg": "ok", "request_id": request_number(), "data": data})

    def _run(self, call: Call) -> Any:
        run = self._operations.get(call.operation)
        if run is None:
            raise SiteError(200, f"unknown operation {call.operation}")
        return run(call)

    def _verify(self, request: web.Request, body: bytes) -> None:
        headers = request.headers
        names = ("X-App-Key", "X-Timestamp", "X-Nonce", "X-Sign")
        key, timestamp, nonce, signature = (headers.get(name, "") for name in names)
        for name, value in zip(names, (key, timestamp, nonce, signature), strict=True):
            if not value:
                raise SiteError(100, f"{name} is missing")
        identity = self._shop.identity
        if key != identity.app_key:
            raise SiteError(101, "unknown application key")
        if not timestamp.isdigit() or abs(int(timestamp) - self._world.clock.wall()) > TOLERANCE_SECONDS:
            raise SiteError(102, "timestamp outside of 600 seconds")
        expected = sign(identity.app_secret, request.method, request.raw_path, timestamp, nonce, body)
        if not hmac.compare_digest(expected, signature):
            raise SiteError(103, "wrong signature")
        if len(nonce) > NONCE_LENGTH_MAX or not self._world.new_nonce(self._shop.code, nonce):
            raise SiteError(104, "nonce was used before")
        if not identity.session_alive:
            raise SiteError(105, "the application is suspended")

    def _limits(self, operation: str, fault: Fault | None) -> None:
        faults = self._world.faults
        if faults.spent(self._shop.code) or (fault and fault.kind == "quota"):
            raise SiteError(429, "daily quota used up", _until_midnight())
        if fault and fault.kind == "ban":
            faults.ban(self._shop.code, operation, fault.ban_seconds)
        seconds = faults.banned_seconds(self._shop.code, operation)
        if seconds:
            raise SiteError(429, "too many calls", seconds)
        if fault and fault.kind == "session":
            raise SiteError(105, "the application is suspended")
        if fault and fault.kind in PLATFORM_KINDS - {"ban"}:
            raise SiteError(int(fault.body.get("code", 500)), str(fault.body.get("msg", "internal error")))


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise SiteError(200, "the body is no JSON") from None
    if not isinstance(value, dict):
        raise SiteError(200, "the body is no JSON object")
    return value


def _until_midnight() -> int:
    return 86_400 - (int(time.time()) + 28_800) % 86_400


def _failure(error: SiteError) -> web.Response:
    body: dict[str, Any] = {"code": error.code, "msg": error.text, "request_id": request_number(), "data": None}
    if error.retry_after is not None:
        body["retry_after"] = error.retry_after
    return _reply(body, HTTP_STATUS.get(error.code // 100, 500))


def _reply(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8")
