"""Security headers (安全头): every answer says that it is nobody else's to keep, to guess at or to frame."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}
RAW = {name.lower().encode(): (name.lower().encode(), value.encode()) for name, value in HEADERS.items()}
ALLOWED_ORIGIN, RESOURCE_POLICY = b"access-control-allow-origin", b"cross-origin-resource-policy"


class SecurityHeaders:
    """Adds the headers an answer did not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = secured(list(message.get("headers", ())))
            await send(message)

        await self.app(scope, receive, send_secured)


def secured(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Add what is missing to the headers of an answer."""
    given = {name.lower() for name, _ in headers}
    headers += [pair for name, pair in RAW.items() if name not in given]
    if ALLOWED_ORIGIN in given:
        kept = [pair for pair in headers if pair[0].lower() != RESOURCE_POLICY]
        return [*kept, (RESOURCE_POLICY, b"cross-origin")]
    return headers
