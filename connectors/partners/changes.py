"""Reading a change of the ERP (ERP 变动解析): its own words become ours, or what is odd about them is named."""

from datetime import date

from connectors.faults import UnreadableAnswer
from connectors.payloads import Payload, Unreadable, demand_distinct, parse_json
from domain import erp
from domain.kernel import Inexact, Quantity, UnitPrice

KINDS = {"receipt": erp.ErpChangeKind.RECEIPT, "in": erp.ErpChangeKind.ENTRY, "out": erp.ErpChangeKind.ISSUE}
NOTHING = Quantity(0)
LINES_MAX = 500
REASON_LENGTH_MAX = 100


def read_change(content: str) -> erp.IncomingChange:
    """Translate one change as it was kept; raises `Unreadable` with what no rule understands."""
    try:
        told = Payload(parse_json(content.encode()))
    except UnreadableAnswer as garbage:
        raise Unreadable(str(garbage)) from garbage
    kind, lines = told.meaning("kind", KINDS), told.children("lines")
    if not 1 <= len(lines) <= LINES_MAX:
        raise Unreadable(f"lines are {len(lines)}, not 1 to {LINES_MAX}")
    demand_distinct(f"{line.text('sku')} {line.optional_text('lot') or ''}" for line in lines)
    return erp.IncomingChange(
        change_id=told.text("change_id")[:200],
        kind=kind,
        warehouse=told.text("warehouse"),
        reason=(told.optional_text("reason") or "")[:REASON_LENGTH_MAX],
        occurred_at=told.moment("occurred_at"),
        lines=tuple(_goods(line, kind) for line in lines),
    )


def _goods(line: Payload, kind: erp.ErpChangeKind) -> erp.ChangedGoods:
    quantity = line.quantity("quantity")
    if quantity <= NOTHING:
        raise Unreadable(f"quantity {quantity} is not above 0")
    cost = _cost(line)
    if kind is erp.ErpChangeKind.RECEIPT and cost is None:
        raise Unreadable("unit_cost is missing")
    return erp.ChangedGoods(
        sku=line.text("sku"),
        quantity=quantity,
        unit_cost=cost,
        lot_code=line.optional_text("lot"),
        expires_on=_day(line),
    )


def _cost(line: Payload) -> UnitPrice | None:
    told = line.optional_text("unit_cost")
    try:
        cost = None if told is None else UnitPrice(told)
    except (Inexact, ArithmeticError, ValueError) as odd:
        raise Unreadable(f"unit_cost {(told or '')[:30]!r} is not a price") from odd
    if cost is not None and cost < UnitPrice(0):
        raise Unreadable(f"unit_cost {cost} is below 0")
    return cost


def _day(line: Payload) -> date | None:
    told = line.optional_text("expires_on")
    try:
        return None if told is None else date.fromisoformat(told)
    except ValueError as odd:
        raise Unreadable(f"expires_on {(told or '')[:30]!r} is not a day") from odd
