"""Later versions of trades that live on in other orders (合并、拆分订单的平台变更), decided from facts alone.

A merged order's lines lie in its survivor, a split order's in its parts: refunds and cancellations are applied to those
lines wherever they are. What else changed is noted on the order whose trade it is, so that undoing finds it, and shown
where the goods are: a survivor waits with the evidence, a part takes a new address over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from domain.kernel import Quantity
from domain.orders import holds, importing, keeping, revising
from domain.orders.claiming import open_quantity
from domain.orders.importing import GONE_THERE, NOTHING, SHIPPED_THERE
from domain.orders.incoming import IncomingOrder, IncomingRefundStatus
from domain.orders.lifecycle import LIFECYCLE, OVER, TO_SHIP, OrderStatus
from domain.orders.models import HoldReason
from domain.orders.revising import Known, Revision

Row = Mapping[str, Any]

ELSEWHERE = frozenset({OrderStatus.MERGED, OrderStatus.SPLIT})
CONTENT = (
    "placed_at",
    "paid_at",
    "promised_ship_at",
    *keeping.RECEIVER,
    "buyer_message",
    "seller_memo",
    "seller_flag",
    "cash_on_delivery",
    "currency",
    "goods_amount",
    "discount_amount",
    "freight_amount",
    "total_amount",
    "paid_amount",
    "kept",
)
TAKEN_OVER = (*keeping.RECEIVER, "buyer_message", "seller_memo", "seller_flag", "promised_ship_at")


@dataclass
class Shares:
    """What later versions do to the orders in which trades live: revisions, and why these wait now."""

    revisions: dict[UUID, Revision] = field(default_factory=dict)
    reasons: dict[UUID, dict[HoldReason, str]] = field(default_factory=dict)


def lives_elsewhere(known: Known) -> bool:
    """Say whether a trade's goods are not exactly those of its order: it was merged or split, or took others up."""
    foreign = (each["origin_order_id"] not in (None, known.order["id"]) for each in known.lines)
    return known.order["status"] in ELSEWHERE or any(foreign)


def revise_shares(
    known: Mapping[UUID, Known], holders: Mapping[UUID, Sequence[UUID]], trades: Iterable[tuple[UUID, IncomingOrder]]
) -> Shares:
    """Decide what newer versions change, trade by trade: two of them may meet in one order."""
    shares, standing = Shares(), dict(known)
    for trade_id, incoming in sorted(trades, key=lambda each: each[0]):
        head = standing[trade_id]
        followed = keeping.follow(head.order, importing.content_of(incoming), incoming)
        _put(shares, standing, Revision(head.order["status"], followed.content, _rows(head)), trade_id)
        telling = _Telling(trade_id, head.order, incoming, followed)
        own = () if head.order["status"] in ELSEWHERE else (trade_id,)
        for order_id in sorted({*holders.get(trade_id, ()), *own}):
            _apply(shares, standing, order_id, telling)
        _end_lonely_gifts(shares, standing, sorted(holders.get(trade_id, ())))
    return shares


def _end_lonely_gifts(shares: Shares, standing: dict[UUID, Known], holders: Sequence[UUID]) -> None:
    """Close parts that are nothing but gifts once no goods of their order go, or went, in any part."""
    goods = [line for each in holders for line in standing[each].lines if not line.get("gift_rule_id")]
    if not goods or any(each["quantity"] > each["cancelled_quantity"] for each in goods):
        return
    for order_id in holders:
        known = standing[order_id]
        if known.order["status"] not in OVER:
            lines = [revising.cancel_open(each) for each in known.lines]
            content, released = shares.revisions[order_id].content, revising.no_longer_open(known, lines)
            _put(shares, standing, Revision(OrderStatus.CLOSED, content, lines, released=released), order_id)


@dataclass(frozen=True)
class _Telling:
    """A newer version of a trade: the order it became, and what it says anew."""

    trade_id: UUID
    head: Row
    incoming: IncomingOrder
    followed: keeping.Followed

    def new(self, key: str) -> bool:
        return bool(self.followed.content[key] != self.head[key])

    def told(self, order: Row) -> list[str]:
        """Name what it says that is new to an order, without showing whose phone it was."""
        stands, after = self.head if order["id"] == self.trade_id else order, self.followed.content
        new = [key for key in TAKEN_OVER if self.new(key) and stands[key] != after[key]]
        keys = [key for key in new if key not in revising.UNIMPORTANT]
        return [key if key in revising.PERSONAL else f"{key}: {self.head[key]} → {after[key]}" for key in keys]


def _rows(known: Known) -> list[dict[str, Any]]:
    return [dict(each) for each in known.lines]


def _put(shares: Shares, standing: dict[UUID, Known], revision: Revision, order_id: UUID) -> None:
    """Let a revision stand; what an earlier one gave back stays given back."""
    before = shares.revisions.get(order_id)
    if before is not None:
        revision = replace(revision, released=[*before.released, *revision.released])
    shares.revisions[order_id] = revision
    order = {**standing[order_id].order, **revision.content, "status": revision.status}
    standing[order_id] = Known(order, revision.lines)


def _apply(shares: Shares, standing: dict[UUID, Known], order_id: UUID, telling: _Telling) -> None:
    """Apply a trade's newer version to one order in which its goods are."""
    known = standing[order_id]
    lines = [_line(known.order, each, telling) for each in known.lines]
    revision = Revision(
        status=_status(known, lines, telling),
        content=_content(known, telling),
        lines=lines,
        released=revising.no_longer_open(known, lines),
    )
    _put(shares, standing, revision, order_id)
    reasons = {} if revision.over else _reasons(known, telling)
    shares.reasons.setdefault(order_id, {}).update(reasons)


def _is_of(order: Row, line: Row, trade_id: UUID) -> bool:
    return bool((line["origin_order_id"] or order["id"]) == trade_id)


def _line(order: Row, line: Row, telling: _Telling) -> dict[str, Any]:
    if not _is_of(order, line, telling.trade_id):
        return dict(line)
    told = revising.refunded(line, telling.incoming)
    return revising.cancel_open(told) if telling.incoming.status in GONE_THERE else told


def _others(known: Known, telling: _Telling) -> list[Row]:
    return [each for each in known.lines if not _is_of(known.order, each, telling.trade_id)]


def _status(known: Known, lines: Sequence[Row], telling: _Telling) -> OrderStatus:
    """Say where the order stands now: over when nothing is left of it, and at the end with the only trade it serves."""
    before: OrderStatus = known.order["status"]
    if before in OVER:
        target = importing.STATUS_OF[telling.incoming.status]
        ends = target in (OrderStatus.COMPLETED, OrderStatus.CLOSED) and LIFECYCLE.allows(before, target)
        return target if ends and _leads(known, telling) else before
    # A gift goes with goods; only a part that never was anything else lives on for it.
    goods = [each for each in lines if not each.get("gift_rule_id")]
    if any(open_quantity(each) > NOTHING for each in goods or lines):
        return before
    if Quantity.total(each["shipped_quantity"] for each in lines):
        return OrderStatus.SHIPPED
    cancelled = telling.incoming.status in importing.CANCELLED_THERE and before is not OrderStatus.PARTLY_SHIPPED
    return OrderStatus.CANCELLED if cancelled else OrderStatus.CLOSED


def _leads(known: Known, telling: _Telling) -> bool:
    """Whether an order that is over ends with this trade: some of it left, and it is the order's own or the last."""
    left = [each for each in known.lines if each["quantity"] > each["cancelled_quantity"]]
    own = [each for each in left if _is_of(known.order, each, telling.trade_id)]
    kept = [each for each in left if each not in own and each["refund"] is not IncomingRefundStatus.SUCCEEDED]
    return bool(own) and (telling.trade_id == known.order["id"] or not kept)


def _content(known: Known, telling: _Telling) -> dict[str, Any]:
    """Keep what the order says of itself; a part of a split order takes over what is new but the amounts."""
    own = {key: known.order[key] for key in CONTENT}
    if known.order["id"] == telling.trade_id or _others(known, telling):
        return own
    taken = {key: telling.followed.content[key] for key in TAKEN_OVER if telling.new(key)}
    return own | {key: value for key, value in taken.items() if known.order[key] == telling.head[key]}


def _reasons(known: Known, telling: _Telling) -> dict[HoldReason, str]:
    """List why an order must wait that holds goods of a trade which changed."""
    number, others = telling.incoming.external_number, _others(known, telling)
    if telling.incoming.status in GONE_THERE:
        word = f"trade {number} of this merged order was cancelled on the platform (合并订单取消)"
        return {HoldReason.CANCELLED_ON_PLATFORM: word} if others else {}
    told = _to_look_at(known, telling, others)
    if not told:
        return {}
    moved = others and any(telling.new(key) for key in keeping.RECEIVER)
    what = (
        f"merged order changed on the platform{' (合并订单线上修改地址)' if moved else ''}" if others else "split order"
    )
    evidence = holds.listed(f"trade {number} of this {what}:", told)
    return {HoldReason.CHANGED_ON_PLATFORM: evidence[: holds.EVIDENCE_LENGTH_MAX]}


def _to_look_at(known: Known, telling: _Telling, others: Sequence[Row]) -> list[str]:
    """Say what a person must look at: all that concerns a survivor; of a part what it does not simply take over."""
    disagree = list(telling.followed.disagree)
    if others:
        there = telling.incoming.status in SHIPPED_THERE and known.order["status"] not in OVER
        return [*disagree, *telling.told(known.order), *(["shipped there, not by us"] if there else [])]
    if known.order["status"] in TO_SHIP:
        return [*disagree, *telling.told(known.order)]
    edited = [key for key in keeping.RECEIVER if telling.new(key) and known.order[key] != telling.head[key]]
    return [*disagree, *edited]


def refund_wanted(lines: Iterable[Row]) -> str:
    """Say for which open lines of an order a refund is requested."""
    requested = IncomingRefundStatus.REQUESTED
    titles = [each["title"] for each in lines if each["refund"] is requested and open_quantity(each) > NOTHING]
    return holds.listed("refund requested for", titles)[: holds.EVIDENCE_LENGTH_MAX]
