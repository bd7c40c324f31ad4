"""Our book against theirs, line by line (差异判断): what differs, why as far as is known, and whose figure counts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from domain.exchange.models import DifferenceCause, WhoIsRight
from domain.exchange.words import GoodsType, HeldGoods
from domain.kernel import Quantity

NOTHING = Quantity(0)
CONDITIONS = {GoodsType.GOOD: GoodsType.GOOD, GoodsType.UNDER_WAY: GoodsType.UNDER_WAY}
"""What differs from every damage."""
Key = tuple[UUID, GoodsType, str | None]
"""An article in a condition and lot; every damage counts as DEFECTIVE, as it lies in one place of ours."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the house knows beside both figures: what papers will still move, what is promised, and what moved.

    `announced` is what suppliers will bring: a partner may count it as under way, our book does not. `travelled` is
    what left or arrived on its way between places.
    """

    pending: Mapping[UUID, Quantity] = field(default_factory=dict)
    announced: Mapping[UUID, Quantity] = field(default_factory=dict)
    promised: Mapping[UUID, Quantity] = field(default_factory=dict)
    moved: frozenset[UUID] = frozenset()
    travelled: frozenset[UUID] = frozenset()
    reports_wait: bool = False
    has_damaged_place: bool = True


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One line that differs, with the cause and who is right."""

    key: Key
    ours: Quantity
    theirs: Quantity
    pending: Quantity
    promised: Quantity
    cause: DifferenceCause
    right: WhoIsRight


def their_figures(held: Iterable[HeldGoods], variants: Mapping[str, UUID]) -> dict[Key, Quantity]:
    """Add up what a partner says it holds, and what is under way to it; of that it need not know the lot yet."""
    figures: dict[Key, Quantity] = {}
    for each in held:
        if each.item_code not in variants:
            continue
        condition = CONDITIONS.get(each.goods_type, GoodsType.DEFECTIVE)
        lot_code = None if condition is GoodsType.UNDER_WAY else each.lot_code
        key = (variants[each.item_code], condition, lot_code)
        figures[key] = figures.get(key, NOTHING) + each.quantity
    return figures


def without_lots(ours: Mapping[Key, Quantity], theirs: Mapping[Key, Quantity]) -> dict[Key, Quantity]:
    """Add our lots up where a partner tells none of an article: one that keeps no lots cannot differ in them."""
    told = {(variant, condition) for variant, condition, lot in theirs if lot is not None}
    says = {(variant, condition) for variant, condition, _ in theirs}
    figures: dict[Key, Quantity] = {}
    for (variant, condition, lot), quantity in ours.items():
        keeps = (variant, condition) in told or (variant, condition) not in says
        key = (variant, condition, lot if keeps else None)
        figures[key] = figures.get(key, NOTHING) + quantity
    return figures


def judge(ours: Mapping[Key, Quantity], theirs: Mapping[Key, Quantity], known: Known) -> list[Judged]:
    """List every line in which the books differ, the same order each time."""
    ours = without_lots(ours, theirs)
    totals: dict[tuple[UUID, GoodsType], Quantity] = {}
    for sign, figures in ((1, theirs), (-1, ours)):
        for (variant, condition, _), quantity in figures.items():
            place = (variant, condition)
            totals[place] = totals.get(place, NOTHING) + (quantity if sign > 0 else -quantity)
    keys = sorted({*ours, *theirs}, key=lambda key: (str(key[0]), key[1], key[2] or ""))
    return [
        _judged(key, ours.get(key, NOTHING), theirs.get(key, NOTHING), totals[key[0], key[1]], known)
        for key in keys
        if ours.get(key, NOTHING) != theirs.get(key, NOTHING)
    ]


def _judged(key: Key, ours: Quantity, theirs: Quantity, apart: Quantity, known: Known) -> Judged:
    good = key[1] is GoodsType.GOOD
    pending = known.pending.get(key[0], NOTHING) if good else NOTHING
    promised = known.promised.get(key[0], NOTHING) if good else NOTHING
    cause = _cause(key, apart, pending, known)
    return Judged(
        key=key,
        ours=ours,
        theirs=theirs,
        pending=pending,
        promised=promised,
        cause=cause,
        right=_right(cause, key[1], ours, theirs, promised),
    )


def _cause(key: Key, apart: Quantity, pending: Quantity, known: Known) -> DifferenceCause:
    if key[1] is GoodsType.UNDER_WAY:
        return _cause_under_way(key[0], apart, known)
    if key[1] is GoodsType.DEFECTIVE and not known.has_damaged_place:
        return DifferenceCause.NO_PLACE
    if key[0] in known.moved:
        return DifferenceCause.MOVED_MEANWHILE
    if NOTHING < apart <= pending or pending <= apart < NOTHING:
        return DifferenceCause.UNCONFIRMED
    if known.reports_wait:
        return DifferenceCause.REPORT_WAITING
    return DifferenceCause.LOTS_ONLY if apart == NOTHING else DifferenceCause.UNEXPLAINED


def _cause_under_way(variant_id: UUID, apart: Quantity, known: Known) -> DifferenceCause:
    if variant_id in known.travelled:
        return DifferenceCause.MOVED_MEANWHILE
    if NOTHING < apart <= known.announced.get(variant_id, NOTHING):
        return DifferenceCause.UNCONFIRMED
    return DifferenceCause.REPORT_WAITING if known.reports_wait else DifferenceCause.UNEXPLAINED


def _right(
    cause: DifferenceCause, condition: GoodsType, ours: Quantity, theirs: Quantity, promised: Quantity
) -> WhoIsRight:
    """Who holds the goods has counted them; but less than buyers were promised is not simply accepted.

    What is under way nobody holds: what left is in our book.
    """
    if cause in (DifferenceCause.UNCONFIRMED, DifferenceCause.REPORT_WAITING, DifferenceCause.MOVED_MEANWHILE):
        return WhoIsRight.WAIT
    lacks_promised = cause is DifferenceCause.UNEXPLAINED and theirs < ours and theirs < promised
    if condition is GoodsType.UNDER_WAY or lacks_promised:
        return WhoIsRight.OURS
    return WhoIsRight.THEIRS
