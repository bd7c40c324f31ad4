"""Who may use the control plane (控制面入口): only the holder of its token; every wrong request is named."""

import hmac
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from aiohttp import web

from simulators.parsing import MalformedError
from simulators.shop import Shop
from simulators.trading import RefusedError
from simulators.world import World

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class UnknownError(Exception):
    """The path names something that does not exist."""


def guard(token: str) -> Any:
    """Middleware of /control: token, JSON, and errors as JSON."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith("/control"):
            return await handler(request)
        if not hmac.compare_digest(request.headers.get("X-Control-Token", ""), token):
            return answer({"error": "wrong control token"}, 401)
        try:
            return await handler(request)
        except MalformedError as error:
            return answer({"error": str(error)}, 400)
        except UnknownError as error:
            return answer({"error": str(error)}, 404)
        except RefusedError as error:
            return answer({"error": error.detail, "why": error.why.name}, 409)

    return check


def answer(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json", charset="utf-8")


async def json_of(request: web.Request) -> dict[str, Any]:
    body = await request.read()
    if not body:
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedError(f"no JSON: {error}") from None
    if not isinstance(value, dict):
        raise MalformedError("the body must be a JSON object")
    return value


def shop_of(world: World, request: web.Request) -> Shop:
    shop = world.shops.get(request.match_info["shop"])
    if shop is None:
        raise UnknownError(f"no shop {request.match_info['shop']}")
    shop.release()
    return shop


def only(body: dict[str, Any], *names: str) -> None:
    """Refuse what would be ignored: a misspelt name must not pass for a default."""
    if unknown := set(body) - set(names):
        raise MalformedError(f"unknown {sorted(unknown)}; known are {sorted(names)}")
