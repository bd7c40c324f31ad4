"""Recordings: what platforms answer, in the shapes their documents show, read as our connectors read them."""

from pathlib import Path
from typing import Any

from connectors.payloads import parse_json

RECORDINGS = Path(__file__).parent / "recordings"


def recording(name: str) -> dict[str, Any]:
    return parse_json((RECORDINGS / name).read_bytes())


def taobao_trade(name: str = "paid", **changes: Any) -> dict[str, Any]:
    trade: dict[str, Any] = recording(f"taobao/{name}.json")["trade_fullinfo_get_response"]["trade"]
    return trade | changes


def taobao_line(**changes: Any) -> dict[str, Any]:
    """Answer the recorded trade with only its first line, changed."""
    trade = taobao_trade()
    return trade | {"orders": {"order": [trade["orders"]["order"][0] | changes]}}


def jd_order(**changes: Any) -> dict[str, Any]:
    order: dict[str, Any] = recording("jd/order.json")["jingdong_pop_order_get_responce"]["orderDetailInfo"][
        "orderInfo"
    ]
    return order | changes


def site_order(**changes: Any) -> dict[str, Any]:
    return recording("site/order.json") | changes
