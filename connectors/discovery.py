"""A file in the folder is a connector (平台发现): nothing is registered by hand, and no platform is served twice."""

import pkgutil
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from importlib import import_module

from connectors import marketplaces
from connectors.http import Http
from connectors.marketplaces.port import Marketplace, ShopAccount, now_utc


class UnknownPlatform(LookupError):  # noqa: N818 — the name says what is unknown.
    """No file in the folder serves this platform."""


def _descendants(kind: type[Marketplace]) -> Iterator[type[Marketplace]]:
    for child in kind.__subclasses__():
        yield child
        yield from _descendants(child)


@cache
def served_platforms() -> dict[str, type[Marketplace]]:
    """Import every file of the folder, and answer which class serves which platform."""
    for module in pkgutil.iter_modules(marketplaces.__path__):
        import_module(f"{marketplaces.__name__}.{module.name}")
    served: dict[str, type[Marketplace]] = {}
    for kind in _descendants(Marketplace):  # type: ignore[type-abstract]  # Its descendants are asked for, not itself.
        for platform in kind.platforms if "platforms" in kind.__dict__ else ():
            if platform in served:
                raise TypeError(f"{platform} is served by {served[platform].__name__} and {kind.__name__}")
            served[platform] = kind
    return served


def marketplace_for(platform: str) -> type[Marketplace]:
    """Find the connector of a platform."""
    try:
        return served_platforms()[platform.upper()]
    except KeyError:
        raise UnknownPlatform(platform) from None


def open_shop(account: ShopAccount, http: Http, now: Callable[[], datetime] = now_utc) -> Marketplace:
    """Open a shop by the connector of its platform."""
    return marketplace_for(account.platform)(account, http, now)
