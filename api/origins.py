"""Origins (来源): a browser's page may call us only from the origins our clients registered, and never with cookies."""

from collections.abc import Iterable

from api.recent import Recent
from domain import identity
from domain.kernel import Read

REMEMBERED_SECONDS = 10.0
PREFLIGHT_SECONDS = "600"
ALLOWED_HEADERS = (
    "Authorization, Content-Type, X-Api-Key, Idempotency-Key, X-Request-Id, Accept-Language, If-None-Match, "
    "Apollo-Require-Preflight, X-Requested-With"
)
EXPOSED_HEADERS = "ETag, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"


class Origins:
    """Knows which web origins may call."""

    def __init__(self, read: Read, always: Iterable[str]) -> None:
        self._always = frozenset(each.lower().rstrip("/") for each in always)
        self._read = read
        self._registered: Recent[str, frozenset[str]] = Recent(self._load, seconds=REMEMBERED_SECONDS, entries_max=1)

    async def _load(self, _key: str) -> frozenset[str]:
        return await identity.allowed_origins(self._read)

    async def allows(self, origin: str) -> bool:
        """Whether a page of this origin may call."""
        origin = origin.lower()
        return origin in self._always or origin in await self._registered.get("all")

    async def may_open_socket(self, origin: str | None, host: str | None) -> bool:
        """Whether a socket may be opened: by a program without origin, by our own console, or by a registered page."""
        if origin is None:
            return True
        own = host is not None and origin.lower() in {f"http://{host.lower()}", f"https://{host.lower()}"}
        return own or await self.allows(origin)


def allowing(origin: str) -> dict[str, str]:
    """Write the headers that let a page of this origin read the answer; its `Vary` names Origin in any case."""
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": EXPOSED_HEADERS}


def allowing_preflight(origin: str) -> dict[str, str]:
    return allowing(origin) | {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": PREFLIGHT_SECONDS,
        "Vary": "Origin",
    }
