"""Later versions of a trade (平台变更): what they change in the order, decided from facts alone.

Before review the platform's word simply applies. After review a change is applied too, but blocks shipping until a
person has looked. A refund granted before shipment cancels its line; a cancellation gives everything back.
What a person changed here stays as it is (`keeping`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from domain.kernel import Quantity
from domain.orders import bundling, holds, importing, keeping
from domain.orders.claiming import open_quantity
from domain.orders.importing import CANCELLED_THERE, GONE_THERE, NOTHING, SHIPPED_THERE
from domain.orders.incoming import IncomingOrder, IncomingRefundStatus, IncomingStatus
from domain.orders.keeping import Followed
from domain.orders.lifecycle import LEFT, LIFECYCLE, OVER, TO_SHIP, WAITING, OrderStatus
from domain.orders.models import HoldReason

Row = Mapping[str, Any]

PAID_THERE = frozenset({IncomingStatus.PAID, IncomingStatus.PARTLY_SHIPPED})
AMOUNTS = frozenset({"goods_amount", "discount_amount", "freight_amount", "total_amount", "paid_amount", "currency"})
UNIMPORTANT = frozenset({"placed_at", "paid_at", "promised_ship_at", "paid_amount", "currency"})
GONE = frozenset({OrderStatus.CANCELLED, OrderStatus.CLOSED})
PERSONAL = frozenset({"receiver_name", "receiver_phone", "address_token"})
"""Who sees why an order waits need not see whose phone it was."""
ON_PAPERS = frozenset(
    {
        *keeping.RECEIVER,
        "buyer_message",
        "seller_memo",
        "cash_on_delivery",
        "goods_amount",
        "discount_amount",
        "freight_amount",
        "total_amount",
    }
)
"""What of an order stands on its papers."""
LINES_ON_PAPERS = ("id", "title", "quantity", "cancelled_quantity", "unit_price", "line_amount")
LINE_AMOUNTS = ("unit_price", "list_amount", "line_amount")
LINE_FACTS = ("refund", "title", "bundle_title", *LINE_AMOUNTS, "shipped_quantity", "cancelled_quantity")


@dataclass(frozen=True)
class Known:
    """An order as it stands, locked, with its lines in their order."""

    order: Row
    lines: Sequence[Row]


@dataclass(frozen=True)
class Revision:
    """What a later version does to an order; `rebuilt` lines replace all lines before."""

    status: OrderStatus
    content: dict[str, Any]
    lines: list[dict[str, Any]]
    rebuilt: bool = False
    release_all: bool = False
    released: list[UUID] = field(default_factory=list)
    paid: bool = False
    changed: str = ""
    paid_anyway: str = ""

    @property
    def over(self) -> bool:
        return self.status in OVER


def revise(known: Known, incoming: IncomingOrder) -> Revision:
    """Decide what a newer version of its trade changes in an order."""
    status = known.order["status"]
    if status in WAITING:
        return _before_review(known, incoming)
    if status in TO_SHIP:
        return _after_review(known, incoming)
    return _afterwards(known, incoming)


def _before_review(known: Known, incoming: IncomingOrder) -> Revision:
    before: OrderStatus = known.order["status"]
    status = importing.status_of(incoming)
    if status not in OVER and not (before is OrderStatus.AWAITING_PAYMENT and status is OrderStatus.UNREVIEWED):
        status = before
    followed = keeping.follow(known.order, importing.content_of(incoming), incoming)
    rebuilt = not keeping.keeps_goods(known.order) and not _same_goods(known, incoming)
    lines = _lines_before_review(known, incoming, status, rebuilt=rebuilt)
    return Revision(
        status=status,
        content=followed.content,
        lines=lines,
        rebuilt=rebuilt,
        release_all=rebuilt or status in OVER,
        released=no_longer_open(known, lines) if not rebuilt else [],
        paid=before is OrderStatus.AWAITING_PAYMENT and status is OrderStatus.UNREVIEWED,
        changed=partly_shipped_there(incoming) or disagreement(followed.disagree),
    )


def _lines_before_review(
    known: Known, incoming: IncomingOrder, status: OrderStatus, *, rebuilt: bool
) -> list[dict[str, Any]]:
    if rebuilt:
        return importing.lines_of(incoming, known.order["id"])
    if not keeping.keeps_goods(known.order):
        return _lines_again(known, incoming)
    lines = [refunded(line, incoming) for line in known.lines]
    return [cancel_open(line) for line in lines] if status in GONE else lines


def disagreement(fields: Sequence[str]) -> str:
    """Say in what the platform's newer word differs from what a person made of it here."""
    return holds.listed("changed on the platform, and kept as changed here:", fields)[: holds.EVIDENCE_LENGTH_MAX]


def _after_review(known: Known, incoming: IncomingOrder) -> Revision:
    if incoming.status in GONE_THERE:
        return _gone(known, incoming)
    lines = [refunded(line, incoming) for line in _priced_again(known, incoming)]
    return Revision(
        status=_status_of_rest(known.order["status"], lines),
        content=_applicable(known, incoming).content,
        lines=lines,
        released=no_longer_open(known, lines),
        changed=differences(known, incoming),
    )


def _gone(known: Known, incoming: IncomingOrder) -> Revision:
    """Keep here what is not shipped yet."""
    partly = known.order["status"] is OrderStatus.PARTLY_SHIPPED
    cancelled = incoming.status in CANCELLED_THERE and not partly
    return Revision(
        status=OrderStatus.CANCELLED if cancelled else OrderStatus.CLOSED,
        content=_applicable(known, incoming).content,
        lines=[cancel_open(_refund_noted(line, incoming)) for line in _priced_again(known, incoming)],
        release_all=True,
    )


def _afterwards(known: Known, incoming: IncomingOrder) -> Revision:
    if evidence := paid_after_cancellation(known, incoming):
        return _alive_again(known, incoming, evidence)
    before: OrderStatus = known.order["status"]
    target = importing.STATUS_OF[incoming.status]
    untouched = known.order["shipped_at"] is None and before is not OrderStatus.CANCELLED
    if untouched and not keeping.keeps_goods(known.order) and _same_goods(known, incoming):
        lines = _lines_again(known, incoming)
        content = keeping.follow(known.order, importing.content_of(incoming), incoming).content
    else:
        lines, content = [_refund_noted(line, incoming) for line in known.lines], _applicable(known, incoming).content
    return Revision(
        status=target if target in OVER and LIFECYCLE.allows(before, target) else before, content=content, lines=lines
    )


def paid_after_cancellation(known: Known, incoming: IncomingOrder) -> str:
    """Say that a platform took the money for an order that was cancelled before it was paid."""
    order = known.order
    owed_then = order["paid_amount"] < order["total_amount"]
    cancelled_unpaid = order["status"] is OrderStatus.CANCELLED and owed_then
    paid_now = incoming.status in PAID_THERE and incoming.paid_amount > order["paid_amount"]
    if not (cancelled_unpaid and paid_now):
        return ""
    evidence = f"{incoming.paid_amount} was paid on the platform after it was cancelled: {order['cancel_reason']}"
    return evidence[: holds.EVIDENCE_LENGTH_MAX]


def _alive_again(known: Known, incoming: IncomingOrder, evidence: str) -> Revision:
    """Claim stock again for an order that was given up: its buyer has paid and waits, a person decides."""
    return Revision(
        status=importing.status_of(incoming),
        content=importing.content_of(incoming) | {"kept": {}},
        lines=importing.lines_of(incoming, known.order["id"]),
        rebuilt=True,
        release_all=True,
        changed=partly_shipped_there(incoming),
        paid_anyway=evidence,
    )


def _by_number(incoming: IncomingOrder, known: Known) -> dict[str, dict[str, Any]]:
    return {each["external_number"]: each for each in importing.lines_of(incoming, known.order["id"])}


def _goods(line: Row) -> tuple[Any, ...]:
    return tuple(line[key] for key in ("external_number", "quantity", "seller_code", "barcode", "external_sku"))


def _same_goods(known: Known, incoming: IncomingOrder) -> bool:
    """Whether the lines are the same articles in the same quantities; a refund taken back makes a line anew."""
    again = _by_number(incoming, known)
    if [_goods(each) for each in bundling.as_told(known.lines)] != [_goods(each) for each in again.values()]:
        return False
    succeeded = IncomingRefundStatus.SUCCEEDED
    return not any(
        each["refund"] is succeeded and again[each["external_number"]]["refund"] is not succeeded
        for each in known.lines
    )


def _lines_again(known: Known, incoming: IncomingOrder) -> list[dict[str, Any]]:
    return bundling.told_again(known.lines, _by_number(incoming, known), LINE_FACTS)


def cancel_open(line: Row) -> dict[str, Any]:
    rest = max(open_quantity(line), NOTHING)
    return {**line, "cancelled_quantity": line["cancelled_quantity"] + rest}


def _refund_noted(line: Row, incoming: IncomingOrder) -> dict[str, Any]:
    told = {each.external_number: each.refund for each in incoming.lines}
    return {**line, "refund": told.get(line["external_number"], line["refund"])}


def refunded(line: Row, incoming: IncomingOrder) -> dict[str, Any]:
    """Cancel what is not shipped of a line whose refund was granted."""
    noted = _refund_noted(line, incoming)
    return cancel_open(noted) if noted["refund"] is IncomingRefundStatus.SUCCEEDED else noted


def no_longer_open(known: Known, lines: Sequence[Row]) -> list[UUID]:
    before = {each["id"]: open_quantity(each) for each in known.lines}
    return [each["id"] for each in lines if before[each["id"]] > NOTHING and open_quantity(each) <= NOTHING]


def _status_of_rest(status: OrderStatus, lines: Sequence[Row]) -> OrderStatus:
    """When nothing is left to ship, the order is closed, or shipped if some of it was."""
    if not lines or any(open_quantity(each) > NOTHING for each in lines):
        return status
    shipped = Quantity.total(each["shipped_quantity"] for each in lines)
    if not any(each["cancelled_quantity"] for each in lines):
        return status
    return OrderStatus.SHIPPED if shipped else OrderStatus.CLOSED


def _follows(known: Known, incoming: IncomingOrder) -> bool:
    """Whether the platform's amounts still describe our order: the same goods, and none of them booked as shipped."""
    untouched = not keeping.keeps_goods(known.order) and not any(each["shipped_quantity"] for each in known.lines)
    return untouched and _same_goods(known, incoming)


def _priced_again(known: Known, incoming: IncomingOrder) -> list[dict[str, Any]]:
    if not _follows(known, incoming):
        return [dict(each) for each in known.lines]
    return bundling.told_again(known.lines, _by_number(incoming, known), LINE_AMOUNTS)


def _applicable(known: Known, incoming: IncomingOrder) -> Followed:
    """Take everything over, but the amounts only together with those of the lines."""
    followed = keeping.follow(known.order, importing.content_of(incoming), incoming)
    if _follows(known, incoming):
        return followed
    own = {key: known.order[key] for key in AMOUNTS}
    return Followed(content=followed.content | own, disagree=followed.disagree)


def differences(known: Known, incoming: IncomingOrder) -> str:
    """Say what the platform changed in an order that was already reviewed."""
    followed = keeping.follow(known.order, importing.content_of(incoming), incoming)
    content = {key: value for key, value in followed.content.items() if key != "kept"}
    found = [*followed.disagree]
    found += [
        key if key in PERSONAL else f"{key}: {known.order[key]} → {content[key]}"
        for key in content
        if key not in UNIMPORTANT and known.order[key] != content[key]
    ]
    if not keeping.keeps_goods(known.order) and not _same_goods(known, incoming):
        found.append("the lines")
    if incoming.status in SHIPPED_THERE and known.order["status"] is not OrderStatus.PARTLY_SHIPPED:
        found.append("shipped there, not by us")
    return holds.listed("changed on the platform:", found)[: holds.EVIDENCE_LENGTH_MAX]


def partly_shipped_there(incoming: IncomingOrder) -> str:
    partly = incoming.status is IncomingStatus.PARTLY_SHIPPED
    return "partly shipped on the platform, not by us" if partly else ""


def reasons_after(revision: Revision, incoming: IncomingOrder, currency: str) -> dict[HoldReason, str]:
    """List the reasons, but for shortage, why an order must wait after a revision; over, it waits for refunds only."""
    if revision.over:
        return refund_after_leaving(revision)
    unmatched = [each["title"] for each in revision.lines if each["variant_id"] is None and _wanted(each)]
    reasons = holds.facts_against(_as_kept(revision, incoming), unmatched, currency)
    if revision.changed:
        reasons[HoldReason.CHANGED_ON_PLATFORM] = revision.changed
    if revision.paid_anyway:
        reasons[HoldReason.PAID_AFTER_CANCELLATION] = revision.paid_anyway
    return reasons


def refund_after_leaving(revision: Revision) -> dict[HoldReason, str]:
    """Say that a refund is requested of goods that left; it stops nothing, but somebody must decide it."""
    requested = IncomingRefundStatus.REQUESTED
    titles = [each["title"] for each in revision.lines if each["refund"] is requested]
    if revision.status not in LEFT or not titles:
        return {}
    evidence = holds.listed("refund requested for", titles)[: holds.EVIDENCE_LENGTH_MAX]
    return {HoldReason.REFUND_REQUESTED: evidence}


def _as_kept(revision: Revision, incoming: IncomingOrder) -> IncomingOrder:
    """Judge the receiver that a person gave, where one did."""
    if not keeping.RECEIVER_KEYS & revision.content.get("kept", {}).keys():
        return incoming
    return replace(incoming, receiver=importing.receiver_from(revision.content))


def _wanted(line: Row) -> bool:
    return open_quantity(line) > NOTHING


def changes_papers(known: Known, revision: Revision) -> bool:
    """Whether a revision changes what stands on the papers of an order."""
    head = any(known.order[key] != value for key, value in revision.content.items() if key in ON_PAPERS)
    stands, becomes = [[_on_paper(line) for line in lines] for lines in (known.lines, revision.lines)]
    return head or revision.rebuilt or stands != becomes


def _on_paper(line: Row) -> list[Any]:
    return [line[key] for key in LINES_ON_PAPERS]
