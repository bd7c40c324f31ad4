"""Orders, refunds, members and ratings of a SITE shop (站点订单): read by cursor, shipped and decided by the seller."""

import base64
import binascii
from typing import Any

from simulators import refunding, trading
from simulators.carriers import BY_CODE
from simulators.clock import DAY_SECONDS, from_iso, iso_text
from simulators.rates import Rate
from simulators.records import ENDED, Line, Parcel, Refund, RefundStage, Trade, yuan
from simulators.shop import Shop, TimeIndex
from simulators.site.errors import SiteError, refused
from simulators.site.gateway import Call, Operation

LIMIT_MAX = 100
SELLER_STATES = {"RECEIVED", "REVIEWED", "PICKED", "PACKED", "DELIVERED", "UNDELIVERED", "CANCELLED"}
EXPLAINED = {"CANCELLED", "UNDELIVERED"}
REFUND_WORDS = {
    RefundStage.WAIT_SELLER_AGREE: "REQUESTED",
    RefundStage.WAIT_BUYER_RETURN_GOODS: "REQUESTED",
    RefundStage.WAIT_SELLER_CONFIRM_GOODS: "REQUESTED",
    RefundStage.SELLER_REFUSE_BUYER: "REFUSED",
    RefundStage.SUCCESS: "SUCCEEDED",
    RefundStage.CLOSED: "CLOSED",
}


DECIDED = {
    "agree": {RefundStage.WAIT_BUYER_RETURN_GOODS, RefundStage.WAIT_SELLER_CONFIRM_GOODS, RefundStage.SUCCESS},
    "refuse": {RefundStage.SELLER_REFUSE_BUYER},
    "confirm_goods": {RefundStage.SUCCESS},
}


def orders_pull(call: Call) -> dict[str, Any]:
    """Orders changed in the window, oldest change first."""
    page, cursor = _window(call, call.shop.by_modified)
    items = [order_body(call.shop.trades[number]) for number in page]
    call.world.served_page(call.shop, "orders.pull", int(call.body.get("page", 1)))
    return {"items": items, "next_cursor": cursor}


def refunds_pull(call: Call) -> dict[str, Any]:
    page, cursor = _window(call, call.shop.refunds_by_modified)
    return {"items": [refund_body(call.shop.refunds[number]) for number in page], "next_cursor": cursor}


def members_pull(call: Call) -> dict[str, Any]:
    """Members whose orders changed in the window; each once per page."""
    page, cursor = _window(call, call.shop.by_modified)
    members = {trade.buyer_id: member_body(trade) for trade in (call.shop.trades[number] for number in page)}
    return {"items": [body for number, body in members.items() if number], "next_cursor": cursor}


def reviews_pull(call: Call) -> dict[str, Any]:
    """Ratings left in the window, oldest first."""
    index, rates = TimeIndex(), {}
    for place, rate in enumerate(call.shop.rates.rows):
        index.put(f"{place:09d}", rate.created_at)
        rates[f"{place:09d}"] = rate
    page, cursor = _window(call, index)
    return {"items": [review_body(rates[place]) for place in page], "next_cursor": cursor}


def order_ship(call: Call) -> dict[str, Any]:
    """Ship an order in one or several packages, all or none; a package without lines takes all that is left."""
    trade = _trade(call)
    packages = call.body.get("packages")
    if not isinstance(packages, list) or not packages or not all(isinstance(one, dict) for one in packages):
        raise SiteError(201, "packages is required")
    planned: list[tuple[Parcel, list[Line]]] = []
    try:
        for package in packages:
            taken = {line.number for _, lines in planned for line in lines}
            planned.append(_planned(call.shop, trade, package, taken))
    except trading.RefusedError as error:
        raise refused(error) from error
    for parcel, lines in planned:
        trading.ship(call.shop, trade, parcel, lines)
    return {"order_no": trade.number, "status": trade.stage}


def order_memo(call: Call) -> dict[str, Any]:
    trade = _trade(call)
    flag = call.body.get("flag")
    trading.set_memo(call.shop, trade, str(call.body.get("memo", "")), flag if isinstance(flag, int) else None)
    return {"order_no": trade.number}


def order_state(call: Call) -> dict[str, Any]:
    """Hear how far the seller is; an older version, or one of an order that has ended, changes nothing."""
    trade, state, version = _trade(call), str(call.need("state")), call.body.get("version")
    if state not in SELLER_STATES:
        raise SiteError(202, f"state must be one of {sorted(SELLER_STATES)}")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SiteError(202, "version must be 1 or more")
    if state in EXPLAINED and not call.body.get("reason"):
        raise SiteError(201, "reason is required")
    if version == trade.seller_state_version and state != trade.seller_state:
        raise SiteError(203, "the same version was told with another state")
    applied = version > trade.seller_state_version and trade.stage not in ENDED
    if applied:
        trade.seller_state, trade.seller_state_version = state, version
        trade.seller_states.append(state)
        # Not a change of the order: nobody is told of it.
        call.shop.storage.put("trade", f"{call.shop.code}/{trade.number}", trade)
    return {"order_no": trade.number, "applied": applied}


def refund_decide(call: Call) -> dict[str, Any]:
    """Say the seller's word on a refund: agree, refuse, or that the goods came back; again it changes nothing."""
    decisions = {"agree": refunding.agree, "refuse": refunding.refuse, "confirm_goods": refunding.confirm_goods}
    decide = decisions.get(str(call.body.get("decision")))
    if decide is None:
        raise SiteError(202, "decision must be agree, refuse or confirm_goods")
    word = str(call.body["decision"])
    if word == "refuse" and not call.body.get("reason"):
        raise SiteError(201, "reason is required")
    try:
        refund = refunding.refund_of(call.shop, str(call.need("refund_no")))
        applied = refund.stage not in DECIDED[word]
        if applied:
            decide(call.shop, refund)
    except trading.RefusedError as error:
        raise refused(error) from error
    if applied and word == "refuse":
        refund.refusal = str(call.body["reason"])
        call.shop.save_refund(refund)
    return {"refund_no": refund.number, "status": REFUND_WORDS[refund.stage], "step": refund.stage, "applied": applied}


def order_body(trade: Trade) -> dict[str, Any]:
    """One order as the SITE protocol writes it: instants in UTC, money in yuan as strings, nothing masked."""
    receiver = {name: getattr(trade.receiver, name) for name in trade.receiver.__dataclass_fields__}
    body = {
        "order_no": trade.number,
        "status": "DEPOSIT_FORFEITED" if trade.is_forfeited else trade.stage,
        "version": trade.version,
        "created_at": iso_text(trade.created_at),
        "paid_at": iso_text(trade.paid_at) if trade.paid_at else None,
        "modified_at": iso_text(trade.modified_at),
        "shipped_at": iso_text(trade.shipped_at) if trade.shipped_at else None,
        "promised_ship_at": iso_text(trade.promised_ship_at) if trade.promised_ship_at else None,
        "member_id": trade.buyer_id,
        "member_name": trade.buyer_name,
        "receiver": receiver,
        "lines": [line_body(line) for line in trade.lines],
        "currency": "CNY",
        "goods_amount": yuan(trade.goods_cents),
        "discount": yuan(sum(line.discount_cents + line.shared_cents for line in trade.lines)),
        "freight": yuan(trade.freight_cents),
        "payable": yuan(trade.payable_cents),
        "paid": yuan(trade.paid_cents),
        "buyer_message": trade.buyer_message,
        "seller_memo": trade.seller_memo,
        "seller_flag": trade.seller_flag,
        "cash_on_delivery": trade.cash_on_delivery,
        "prescription_pending": trade.prescription_pending,
    }
    return body | trade.distortions


def line_body(line: Line) -> dict[str, Any]:
    return {
        "line_no": line.number,
        "goods_no": line.item,
        "sku_no": line.seller_code,
        "barcode": line.barcode,
        "title": line.title,
        "props": line.specification,
        "quantity": line.quantity,
        "price": yuan(line.price_cents),
        "goods_amount": yuan(line.goods_cents),
        "discount": yuan(line.discount_cents + line.shared_cents),
        "amount": yuan(line.paid_cents),
        "status": line.stage,
        "refund_no": line.refund or None,
        "refund_status": REFUND_WORDS[RefundStage(line.refund_stage)] if line.refund_stage else "NONE",
        "carrier": line.carrier or None,
        "waybill": line.waybill or None,
        "presale": line.presale,
        "ships_on": line.ships_on or None,
    }


def refund_body(refund: Refund) -> dict[str, Any]:
    return {
        "refund_no": refund.number,
        "order_no": refund.trade,
        "line_no": refund.line,
        "status": REFUND_WORDS[refund.stage],
        "step": refund.stage,
        "quantity": refund.quantity,
        "amount": yuan(refund.amount_cents),
        "reason": refund.reason,
        "returns_goods": refund.returns_goods,
        "after_sale": refund.after_sale,
        "carrier": refund.carrier or None,
        "waybill": refund.waybill or None,
        "version": refund.version,
        "created_at": iso_text(refund.created_at),
        "modified_at": iso_text(refund.modified_at),
    }


def member_body(trade: Trade) -> dict[str, Any]:
    return {
        "member_id": trade.buyer_id,
        "name": trade.buyer_name,
        "phone": trade.receiver.phone,
        "modified_at": iso_text(trade.modified_at),
    }


def review_body(rate: Rate) -> dict[str, Any]:
    return {
        "order_no": rate.trade,
        "line_no": rate.line,
        "result": rate.result,
        "content": rate.content,
        "created_at": iso_text(rate.created_at),
    }


def _trade(call: Call) -> Trade:
    number = call.body.get("order_no")
    trade = call.shop.trades.get(str(number)) if number else None
    if trade is None:
        raise SiteError(301, "no such order") if number else SiteError(201, "order_no is required")
    return trade


def _planned(shop: Shop, trade: Trade, package: dict[str, Any], taken: set[str]) -> tuple[Parcel, list[Line]]:
    """Check one package against the trade and against the packages before it."""
    carrier, waybill = str(package.get("carrier", "")), str(package.get("waybill", ""))
    trading.check_waybill(BY_CODE.get(carrier), waybill)
    named = package.get("lines")
    numbers = [str(one.get("line_no") if isinstance(one, dict) else one) for one in named] if named else None
    lines = trading.lines_to_ship(trade, numbers)
    if numbers is None:
        lines = [line for line in lines if line.number not in taken]
    if not lines or any(line.number in taken for line in lines):
        raise trading.RefusedError(trading.Why.ALREADY_SHIPPED)
    return Parcel(carrier, waybill, [line.number for line in lines], shop.clock.now()), lines


def _window(call: Call, index: TimeIndex) -> tuple[list[str], str | None]:
    """Find the page of numbers behind the cursor, and the next cursor or None at the end."""
    start, end = _moment(call, "modified_from"), _moment(call, "modified_to")
    if end < start or end - start > DAY_SECONDS:
        raise SiteError(203, "the window must be between 0 and 24 hours")
    limit = call.body.get("limit", LIMIT_MAX)
    if not isinstance(limit, int) or not 1 <= limit <= LIMIT_MAX:
        raise SiteError(204, f"limit must be 1 to {LIMIT_MAX}")
    cursor = call.body.get("cursor")
    moment, number = _open_cursor(cursor) if cursor else (start - 1, "\U0010ffff")
    page: list[tuple[int, str]] = []
    for entry in index.after(moment, number, end):
        if len(page) == limit:
            return [one for _, one in page], _seal_cursor(*page[-1])
        page.append(entry)
    return [one for _, one in page], None


def _moment(call: Call, name: str) -> int:
    value = call.body.get(name)
    if not value:
        raise SiteError(201, f"{name} is required")
    try:
        return from_iso(str(value))
    except ValueError:
        raise SiteError(202, f"{name} is no ISO 8601 instant") from None


def _seal_cursor(moment: int, number: str) -> str:
    return base64.urlsafe_b64encode(f"{moment}|{number}".encode()).decode()


def _open_cursor(cursor: Any) -> tuple[int, str]:
    try:
        moment, number = base64.urlsafe_b64decode(str(cursor)).decode().split("|", 1)
        return int(moment), number
    except (ValueError, binascii.Error):
        raise SiteError(205, "malformed cursor") from None


OPERATIONS: dict[str, Operation] = {
    "orders.pull": orders_pull,
    "refunds.pull": refunds_pull,
    "members.pull": members_pull,
    "reviews.pull": reviews_pull,
    "order.ship": order_ship,
    "order.memo": order_memo,
    "order.state": order_state,
    "refund.decide": refund_decide,
}
