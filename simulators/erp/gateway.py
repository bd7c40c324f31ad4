"""The door of the ERP (ERP 网关): signed JSON, every nonce once, every missing or unknown field named."""

import hmac
from collections.abc import Callable
from datetime import date
from typing import Any

import orjson
from aiohttp import web

from simulators.clock import from_iso
from simulators.erp.books import BookError, Books, amount, check_feed
from simulators.faults import PLATFORM_KINDS, Fault
from simulators.numbering import request_number
from simulators.site.signing import sign
from simulators.wire import spoil, spoil_before
from simulators.world import World

TOLERANCE_SECONDS = 600
LIMIT_MAX, MOVEMENTS_MAX, LINES_MAX = 200, 500, 20_000
HTTP_STATUS = {1: 401, 2: 400, 3: 200, 4: 429, 5: 503}
MOVEMENT = {"number", "position", "kind", "warehouse", "sku", "quantity", "document", "effective_at"}
FEED = {
    "feed_no", "day", "channel", "sequence", "currency", "content_hash", "goods_amount", "discount_amount",
    "freight_amount", "returned_amount", "lines",
}  # fmt: skip
LINE = {"kind", "sku", "quantity", "amount", "discount"}
KINDS = {"SOLD", "RETURNED"}


class ErpGateway:
    """One path for each operation."""

    def __init__(self, world: World, books: Books) -> None:
        self._world, self._books = world, books
        self._operations: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "ping": lambda _: {},
            "changes.pull": self._changes,
            "movements.push": self._movements,
            "sales.push": self._sales,
        }

    async def handle(self, request: web.Request) -> web.StreamResponse:
        operation, body = request.match_info["operation"], await request.read()
        try:
            self._verify(request, body)
        except BookError as error:
            return _failure(error)
        fault = self._world.faults.take("erp", operation)
        spoilt = await spoil_before(request, fault)
        return spoilt or spoil(request, fault, self._answer(operation, body, fault))

    def _answer(self, operation: str, body: bytes, fault: Fault | None) -> web.Response:
        try:
            _ordered(fault)
            run = self._operation(operation)
            with self._world.storage.change():
                data = run(_json_object(body))
        except BookError as error:
            return _failure(error)
        return _reply({"code": 0, "msg": "ok", "request_id": request_number(), "data": data})

    def _operation(self, name: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
        if name not in self._operations:
            raise BookError(200, f"unknown operation {name}")
        return self._operations[name]

    def _verify(self, request: web.Request, body: bytes) -> None:
        names = ("X-App-Key", "X-Timestamp", "X-Nonce", "X-Sign")
        key, timestamp, nonce, signature = (request.headers.get(name, "") for name in names)
        for name, value in zip(names, (key, timestamp, nonce, signature), strict=True):
            if not value:
                raise BookError(100, f"{name} is missing")
        identity = self._world.erp
        if key != identity.app_key:
            raise BookError(101, "unknown application key")
        if not timestamp.isdigit() or abs(int(timestamp) - self._world.clock.wall()) > TOLERANCE_SECONDS:
            raise BookError(102, "timestamp outside of 600 seconds")
        expected = sign(identity.app_secret, request.method, request.raw_path, timestamp, nonce, body)
        if not hmac.compare_digest(expected, signature):
            raise BookError(103, "wrong signature")
        if not self._world.new_nonce("erp", nonce):
            raise BookError(104, "nonce was used before")

    def _changes(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, {"after", "limit"}, set())
        limit = body["limit"]
        if not isinstance(limit, int) or not 1 <= limit <= LIMIT_MAX:
            raise BookError(204, f"limit must be 1 to {LIMIT_MAX}")
        page, cursor, more = self._books.changes_after(str(body["after"]), limit)
        return {"items": page, "next": cursor, "more": more}

    def _movements(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, {"movements"}, set())
        told = _objects(body["movements"], "movements", MOVEMENTS_MAX)
        last = 0
        for each in told:
            _only(each, MOVEMENT, {"lot", "cost"})
            amount(each["quantity"], "quantity")
            if not isinstance(each["position"], int) or each["position"] <= last:
                raise BookError(202, "positions must grow")
            last = each["position"]
            try:
                from_iso(each["effective_at"])
            except ValueError:
                raise BookError(202, "effective_at is no ISO 8601 instant") from None
        new = sum(self._books.take_movement(each) for each in told)
        return {"accepted": new, "known": len(told) - new}

    def _sales(self, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, FEED, set())
        try:
            date.fromisoformat(str(body["day"]))
        except ValueError:
            raise BookError(202, "day is no date") from None
        if not isinstance(body["sequence"], int) or body["sequence"] < 1:
            raise BookError(202, "sequence must be 1 or more")
        for line in _objects(body["lines"], "lines", LINES_MAX):
            _only(line, LINE, {"cost"})
            if line["kind"] not in KINDS or amount(line["quantity"], "quantity") <= 0:
                raise BookError(202, "a line needs a kind and a quantity above 0")
        check_feed(body)
        ack, new = self._books.take_feed(body)
        return {"ack_no": ack, "applied": new}


def _ordered(fault: Fault | None) -> None:
    if fault and fault.kind == "session":
        raise BookError(105, "the application is suspended")
    if fault and fault.kind in PLATFORM_KINDS:
        raise BookError(int(fault.body.get("code", 500)), str(fault.body.get("msg", "internal error")))


def _only(body: dict[str, Any], needed: set[str], possible: set[str]) -> None:
    if missing := needed - set(body):
        raise BookError(201, f"{sorted(missing)} are required")
    if unknown := set(body) - needed - possible:
        raise BookError(202, f"unknown {sorted(unknown)}")


def _objects(value: Any, name: str, most: int) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not value or not all(isinstance(one, dict) for one in value):
        raise BookError(202, f"{name} must be a list of objects")
    if len(value) > most:
        raise BookError(204, f"{name}: at most {most}")
    return value


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise BookError(200, "the body is no JSON") from None
    if not isinstance(value, dict):
        raise BookError(200, "the body is no JSON object")
    return value


def _failure(error: BookError) -> web.Response:
    body = {"code": error.code, "msg": error.text, "request_id": request_number(), "data": None}
    return _reply(body, HTTP_STATUS.get(error.code // 100, 500))


def _reply(body: dict[str, Any], status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8")
