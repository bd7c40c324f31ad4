"""Holds (订单异常): why an order must wait, decided from facts alone. A hold never loses an order, it only stops it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from domain import shipping
from domain.kernel import BadInput, Quantity
from domain.orders.incoming import IncomingOrder, IncomingReceiver, IncomingRefundStatus, IncomingStatus
from domain.orders.models import HoldReason

EVIDENCE_LENGTH_MAX = 500
EVIDENCE_ITEMS_MAX = 10

PHONE_DIGITS_MIN = 5

Holds = Mapping[HoldReason, str]


def facts_against(incoming: IncomingOrder, unmatched: Sequence[str], currency: str) -> dict[HoldReason, str]:
    """List the reasons why this trade must wait, each with its evidence; shortage is decided by the stock."""
    found = {
        HoldReason.UNMATCHED_GOODS: listed("no variant for", unmatched),
        HoldReason.ADDRESS_INCOMPLETE: undeliverable(incoming.receiver),
        HoldReason.AMOUNT_MISMATCH: amounts_against(incoming, currency),
        HoldReason.ODD_QUANTITY: listed("quantity", odd_quantities(incoming)),
        HoldReason.REFUND_REQUESTED: listed("refund requested for", refunds_requested(incoming)),
        HoldReason.PRESCRIPTION_PENDING: "the prescription is not approved" if incoming.prescription_pending else "",
        HoldReason.DEPOSIT_UNPAID: _unpaid_rest(incoming),
    }
    return {reason: evidence[:EVIDENCE_LENGTH_MAX] for reason, evidence in found.items() if evidence}


def listed(what: str, items: Sequence[str]) -> str:
    """Say the first few items and how many more there are."""
    if not items:
        return ""
    more = f" and {len(items) - EVIDENCE_ITEMS_MAX} more" if len(items) > EVIDENCE_ITEMS_MAX else ""
    return f"{what} {', '.join(items[:EVIDENCE_ITEMS_MAX])}{more}"


def missing_in(receiver: IncomingReceiver | None) -> str:
    """Say what a carrier would miss; a platform's address token (oaid) stands for a masked phone."""
    if receiver is None:
        return "no receiver"
    needed = {
        "name": receiver.name,
        "phone": receiver.address_token or (receiver.phone if is_phone(receiver.phone) else ""),
        "province": receiver.province,
        "city": receiver.city,
        "street": receiver.detail,
    }
    return listed("no", [name for name, value in needed.items() if not (value or "").strip()])


def is_phone(text: str | None) -> bool:
    """Whether somebody can be called there; a platform's mask leaves enough of a number."""
    return sum(each.isdigit() for each in text or "") >= PHONE_DIGITS_MIN


def undeliverable(receiver: IncomingReceiver | None) -> str:
    """Say what keeps a carrier from finding a receiver: something is missing, or the place is none."""
    missing = missing_in(receiver)
    if missing or receiver is None:
        return missing
    wrong = shipping.no_place(receiver.province, receiver.city, receiver.district)
    return wrong[1] if wrong else ""


def check_receiver(receiver: IncomingReceiver) -> None:
    """Refuse to send to whom no carrier would find, and point to the part that is wrong."""
    if missing := missing_in(receiver):
        raise BadInput(field="receiver", problem=missing).at("input", "receiver")
    if wrong := shipping.no_place(receiver.province, receiver.city, receiver.district):
        part, problem = wrong
        raise BadInput(field=f"receiver.{part}", problem=problem).at("input", "receiver", part)


def amounts_against(incoming: IncomingOrder, currency: str) -> str:
    """Say how the amounts of a trade contradict each other."""
    if incoming.currency != currency:
        return f"the trade is in {incoming.currency}, the channel in {currency}"
    if not incoming.lines:
        return "the trade has no lines"
    if negative := [each.external_number for each in incoming.lines if each.line_amount.value < 0]:
        return listed("a negative amount on line", negative)
    if incoming.freight_amount.value < 0:
        return f"negative freight {incoming.freight_amount}"
    lines = sum((each.line_amount.value for each in incoming.lines), Decimal(0))
    if lines + incoming.freight_amount.value != incoming.total_amount.value:
        return f"lines {lines} + freight {incoming.freight_amount} is not the total {incoming.total_amount}"
    return ""


def odd_quantities(incoming: IncomingOrder) -> list[str]:
    return [f"{each.quantity} of {each.title}" for each in incoming.lines if each.quantity.value <= 0]


def refunds_requested(incoming: IncomingOrder) -> list[str]:
    return [each.title for each in incoming.lines if each.refund is IncomingRefundStatus.REQUESTED]


def shortage(missing: Sequence[tuple[str, Quantity, Quantity]]) -> str:
    """Say what is short: the title, what is wanted and what is free."""
    return listed("short of", [f"{title}: {wanted} wanted, {free} free" for title, wanted, free in missing])


def _unpaid_rest(incoming: IncomingOrder) -> str:
    if incoming.status is not IncomingStatus.DEPOSIT_PAID:
        return ""
    return f"{incoming.paid_amount} of {incoming.total_amount} is paid"
