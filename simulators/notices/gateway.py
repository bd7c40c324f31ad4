"""A receiver of digests (汇总接收方): signed JSON, every nonce once, a repetition counted and not kept twice."""

import hmac
from typing import Any

import orjson
from aiohttp import web

from simulators.faults import Fault
from simulators.numbering import request_number
from simulators.site.signing import sign
from simulators.wire import spoil, spoil_before
from simulators.world import World

TOLERANCE_SECONDS = 600
NEEDED = {"event", "number", "sequence", "channel", "recipient", "digest"}


class Notices:
    """Every notice that was taken, oldest first, with how often each was told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.kept: dict[str, dict[str, Any]] = dict(world.storage.all("notice"))

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if problem := self._unsigned(request, body):
            return _reply({"error": problem}, 401)
        fault = self._world.faults.take("notices", "desk.digest")
        spoilt = await spoil_before(request, fault)
        return spoilt or spoil(request, fault, self._answer(body, fault))

    def _answer(self, body: bytes, fault: Fault | None) -> web.Response:
        if fault and fault.kind == "session":
            return _reply({"error": "this receiver is closed"}, 410)
        try:
            told = orjson.loads(body)
        except orjson.JSONDecodeError:
            return _reply({"error": "the body is no JSON"}, 400)
        if not isinstance(told, dict) or set(told) - {"mail_to"} != NEEDED or told["event"] != "desk.digest":
            return _reply({"error": f"exactly {sorted(NEEDED)} are required"}, 400)
        key = f"{told['number']}/{told['sequence']}"
        known = self.kept.get(key)
        with self._world.storage.change():
            self.kept[key] = known or {**told, "receipt": request_number(), "times": 0}
            self.kept[key]["times"] += 1
            self._world.storage.put("notice", key, self.kept[key])
        return _reply({"receipt": self.kept[key]["receipt"]}, 200)

    def _unsigned(self, request: web.Request, body: bytes) -> str:
        names = ("X-App-Key", "X-Timestamp", "X-Nonce", "X-Sign")
        key, timestamp, nonce, signature = (request.headers.get(name, "") for name in names)
        identity = self._world.notices
        if key != identity.key:
            return "unknown key"
        if not timestamp.isdigit() or abs(int(timestamp) - self._world.clock.wall()) > TOLERANCE_SECONDS:
            return "timestamp outside of 600 seconds"
        expected = sign(identity.secret, request.method, request.raw_path, timestamp, nonce, body)
        if not hmac.compare_digest(expected, signature):
            return "wrong signature"
        return "" if self._world.new_nonce("notices", nonce) else "nonce was used before"

    async def told(self, _: web.Request) -> web.Response:
        return _reply({"notices": list(self.kept.values())}, 200)


def _reply(body: dict[str, Any], status: int) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8")
