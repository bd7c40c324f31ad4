"""How the control plane writes trades (控制面数据): plain JSON in, records out, every wrong field named."""

from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.clock import from_iso
from simulators.numbering import new_number, number_for
from simulators.records import Line, PlannedRefund, Receiver, Stage, Trade, share
from simulators.shop import Shop

QUANTITY_MAX = 10_000_000
_INITIAL = {Stage.UNPAID, Stage.DEPOSIT_PAID, Stage.PAID, Stage.SHIPPED, Stage.COMPLETED, Stage.CANCELLED}


class MalformedError(Exception):
    """The control plane was told something that cannot be a trade."""


def cents(value: Any, name: str) -> int:
    """Read "12.34" as whole cents; a float would already have lost them."""
    if isinstance(value, float):
        raise MalformedError(f"{name}: write money as a string")
    try:
        scaled = Decimal(str(value)) * 100
    except InvalidOperation:
        raise MalformedError(f"{name}: {value!r} is no amount") from None
    if not scaled.is_finite() or scaled != int(scaled):
        raise MalformedError(f"{name}: {value!r} has fractions of a cent")
    return int(scaled)


def moment(value: Any, name: str) -> int:
    """Read an ISO 8601 text or UNIX seconds; nothing is 0."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    try:
        return from_iso(str(value))
    except ValueError:
        raise MalformedError(f"{name}: {value!r} is no moment") from None


def receiver_from(body: dict[str, Any]) -> Receiver:
    known = set(Receiver.__dataclass_fields__)
    if unknown := set(body) - known:
        raise MalformedError(f"receiver: unknown {sorted(unknown)}")
    return Receiver(**{name: str(value or "") for name, value in body.items()})


def line_from(body: dict[str, Any], number: str, stage: Stage, *, own_codes: bool) -> Line:
    """Read one sub-order; item and SKU are the seller's code, or numbers from it where the platform has its own."""
    code = str(body.get("seller_code") or "")
    quantity = body.get("quantity", 1)
    if not isinstance(quantity, int) or abs(quantity) > QUANTITY_MAX:
        raise MalformedError(f"quantity: {quantity!r} is no whole number in range")
    return Line(
        number=str(body.get("number") or number),
        item=str(body.get("item") or (code if own_codes else number_for("item", code))),
        sku=str(body.get("sku") or (code if own_codes else number_for("sku", code))),
        seller_code=code,
        barcode=str(body.get("barcode") or ""),
        title=str(body.get("title") or ""),
        specification=str(body.get("specification") or ""),
        quantity=quantity,
        price_cents=cents(body.get("price", "0"), "price"),
        discount_cents=cents(body.get("discount", "0"), "discount"),
        stage=stage,
        presale=bool(body.get("presale")),
        ships_on=str(body.get("ships_on") or ""),
    )


def stage_from(body: dict[str, Any]) -> Stage:
    if "status" in body:
        try:
            stage = Stage(body["status"])
        except ValueError:
            raise MalformedError(f"status: {body['status']!r} is not known") from None
        if stage not in _INITIAL:
            raise MalformedError(f"status: a trade cannot begin as {stage}")
        return stage
    return Stage.PAID if body.get("paid_at") or body.get("cash_on_delivery") else Stage.UNPAID


def trade_from_control(shop: Shop, body: dict[str, Any]) -> Trade:
    """Build a trade for this shop; what is left out is what a platform would fill in."""
    now = shop.clock.now()
    number = str(body.get("number") or new_number())
    stage = stage_from(body)
    lines = _lines(shop, body, number, stage)
    created = moment(body.get("created_at"), "created_at") or now
    paid = moment(body.get("paid_at"), "paid_at")
    if stage in {Stage.PAID, Stage.SHIPPED, Stage.COMPLETED} and not body.get("cash_on_delivery"):
        paid = paid or created
    buyer, deposit = body.get("buyer") or {}, body.get("deposit")
    appears_at = moment(body.get("appears_at"), "appears_at")
    return Trade(
        shop=shop.code,
        number=number,
        created_at=created,
        modified_at=moment(body.get("modified_at"), "modified_at") or now,
        stage=stage,
        lines=lines,
        receiver=receiver_from(body.get("receiver") or {}),
        buyer_id=str(buyer.get("id") or ""),
        buyer_name=str(buyer.get("name") or ""),
        paid_at=paid,
        promised_ship_at=moment(body.get("promised_ship_at"), "promised_ship_at"),
        buyer_message=str(body.get("buyer_message") or ""),
        seller_memo=str(body.get("seller_memo") or ""),
        seller_flag=int(body.get("seller_flag") or 0),
        freight_cents=cents(body.get("freight", "0"), "freight"),
        discount_cents=cents(body.get("discount", "0"), "discount"),
        deposit_cents=cents(deposit["amount"], "deposit") if deposit else 0,
        is_deposit=bool(deposit),
        cash_on_delivery=bool(body.get("cash_on_delivery")),
        prescription_pending=bool(body.get("prescription_pending")),
        locked=bool(body.get("locked")),
        appears_at=appears_at,
        stamp=str(body.get("stamp") or "now"),
        distortions=dict(body.get("distortions") or {}),
        planned=[_planned(plan, lines, appears_at) for plan in body.get("refunds") or ()],
    )


def _lines(shop: Shop, body: dict[str, Any], number: str, stage: Stage) -> list[Line]:
    """Read the sub-orders and apportion the trade's discount to them."""
    own_codes = shop.platform in {"official_site", "pharmacy818"}
    lines = [
        line_from(line, line_number(number, index), stage, own_codes=own_codes)
        for index, line in enumerate(body.get("lines", ()))
    ]
    if not lines:
        raise MalformedError("lines: a trade has at least one")
    if not own_codes and not all(one.isdigit() for one in (number, *(line.number for line in lines))):
        raise MalformedError("number: this platform's numbers are digits")
    if shop.platform == "jd":
        _part_twins(lines)
    discount = cents(body.get("discount", "0"), "discount")
    for line, part in zip(lines, share(discount, [max(line.goods_cents, 0) for line in lines]), strict=True):
        line.shared_cents = part
    return lines


def _planned(body: dict[str, Any], lines: list[Line], trade_appears_at: int) -> PlannedRefund:
    """Read a planned refund; it cannot come before its trade, nor ask for more than was bought."""
    amount, quantity = body.get("amount"), body.get("quantity")
    line = next((one for one in lines if one.number == str(body.get("line"))), None)
    if line is None or not (quantity is None or 0 < quantity <= line.quantity):
        raise MalformedError("refunds: a line of this trade, and at most its quantity")
    return PlannedRefund(
        line=line.number,
        quantity=quantity,
        amount_cents=None if amount is None else cents(amount, "amount"),
        reason=str(body.get("reason") or "不想要了"),
        number=str(body.get("number") or ""),
        at=moment(body.get("at"), "at"),
        appears_at=max(moment(body.get("appears_at"), "appears_at"), trade_appears_at),
    )


def _part_twins(lines: list[Line]) -> None:
    """JD has no line numbers: an order names each SKU once, so a repeated one must be another SKU of the same code."""
    seen: dict[str, int] = {}
    for line in lines:
        seen[line.sku] = seen.get(line.sku, 0) + 1
        if seen[line.sku] > 1:
            line.sku = number_for("sku", line.seller_code, str(seen[line.sku]))


def line_number(trade: str, index: int) -> str:
    return str(int(trade) + index + 1) if trade.isdigit() else f"{trade}-{index + 1}"
