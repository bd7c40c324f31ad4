"""Spoilt answers (坏响应): what goes wrong between two machines, whatever the platform."""

import asyncio

from aiohttp import web

from simulators.faults import WIRE_KINDS, Fault

HTML = "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>"


async def spoil_before(request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
    """Wait, or answer badly without doing the work; None lets the call go on."""
    if fault is None or fault.kind not in WIRE_KINDS:
        return None
    if fault.kind == "slow":
        await asyncio.sleep(fault.delay_seconds)
        return None
    return None if fault.phase == "after" else _broken(request, fault, b'{"error_response":{"code":')


def spoil(request: web.Request, fault: Fault | None, response: web.Response) -> web.Response:
    """Spoil the answer of a call whose work is already done."""
    if fault is None or fault.phase != "after" or fault.kind not in WIRE_KINDS - {"slow"}:
        return response
    body = response.body
    return _broken(request, fault, bytes(body) if isinstance(body, bytes | bytearray) else b"{")


def _broken(request: web.Request, fault: Fault, body: bytes) -> web.Response:
    if fault.kind == "http":
        return web.Response(status=fault.status, text=HTML, content_type="text/html")
    if fault.kind == "truncated":
        return web.Response(body=body[: max(len(body) // 2, 1)], content_type="application/json")
    if fault.kind == "html":
        return web.Response(text=HTML, content_type="text/html")
    if fault.kind == "disconnect" and request.transport is not None:
        request.transport.abort()
    return web.Response(body=b"", content_type="application/json")
