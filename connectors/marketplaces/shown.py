"""What a shop shows (店铺展示库存), as a platform tells it: numbers of any length as text, whole pieces."""

from typing import Any

from connectors.faults import UnreadableAnswer
from connectors.marketplaces.port import ShownSku


def shown_sku(raw: Any, item: str, sku: str, quantity: str) -> ShownSku:
    """Read one SKU by the platform's own names of its fields."""
    if not isinstance(raw, dict) or not all(raw.get(name) not in (None, "") for name in (item, sku, quantity)):
        raise UnreadableAnswer(f"a SKU without {item}, {sku} or {quantity}")
    pieces = raw[quantity]
    if isinstance(pieces, bool) or not str(pieces).isdecimal():
        raise UnreadableAnswer(f"{quantity} of SKU {raw[sku]} is no number of pieces")
    return ShownSku(external_item=str(raw[item]), external_sku=str(raw[sku]), quantity=int(pieces))
