"""Where an order is cut (拆单规则): by warehouse, stock, designation, preorder or large goods; from facts alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from uuid import UUID

from domain.kernel import Money, Quantity

NOTHING = Quantity(0)
LARGE_PARTS_MAX = 49
"""Large goods that travel alone; together with the rest an order is split into at most 50."""


class SplitBy(StrEnum):
    """By what an order is split."""

    WAREHOUSE = "WAREHOUSE"
    STOCK = "STOCK"
    DESIGNATION = "DESIGNATION"
    PREORDER = "PREORDER"
    LARGE_GOODS = "LARGE_GOODS"


class ShipNow(StrEnum):
    """Which goods of an order with preorder goods leave at once (预售拆分)."""

    IN_STOCK_AND_NO_WORD = "IN_STOCK_AND_NO_WORD"
    IN_STOCK = "IN_STOCK"
    NO_WORD = "NO_WORD"
    IN_STOCK_OR_NO_WORD = "IN_STOCK_OR_NO_WORD"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A line that can be divided, with what decides where it goes."""

    line_id: UUID
    variant_id: UUID | None
    quantity: Quantity
    amount: Money
    weight_grams: int = 0
    preorder_word: bool = False
    designated: frozenset[UUID] = frozenset()


Free = Mapping[tuple[UUID, UUID], Quantity]
"""What is free of a variant in a warehouse, counting what the order itself holds there."""

Share = dict[UUID, Quantity]
Cut = Callable[[Sequence[Piece]], list[Share]]


def in_turn(pieces: Sequence[Piece], cuts: Sequence[Cut], most: int) -> list[Share]:
    """Cut by several rules, each within what those before left together; nothing when it stays one or is too many."""
    shares = [{each.line_id: each.quantity for each in pieces}]
    for cut in cuts:
        shares = [finer for share in shares for finer in _finer(pieces, share, cut)]
    return shares if 1 < len(shares) <= most else []


def _finer(pieces: Sequence[Piece], share: Share, cut: Cut) -> list[Share]:
    """Cut a share; what is left of it is one more part, unless that would be gifts alone."""
    parts = cut([replace(each, quantity=share[each.line_id]) for each in pieces if each.line_id in share])
    left = {
        line_id: many - Quantity.total(each.get(line_id, NOTHING) for each in parts) for line_id, many in share.items()
    }
    rest = {line_id: many for line_id, many in left.items() if many > NOTHING}
    if not parts or not rest:
        return parts or [share]
    if not _gifts_alone(pieces, rest):
        return [*parts, rest]
    return [*parts[:-1], {key: parts[-1].get(key, NOTHING) + rest.get(key, NOTHING) for key in {**parts[-1], **rest}}]


def by_stock(pieces: Sequence[Piece], free: Free, warehouses: Sequence[UUID]) -> list[Share]:
    """Cut off what one warehouse can send now, the one that can send most of the value; the rest waits."""
    there = [_available(pieces, free, each) for each in warehouses]
    best = max(there, key=lambda share: _worth(pieces, share), default={})
    return [best] if best else []


def by_warehouse(pieces: Sequence[Piece], free: Free, warehouses: Sequence[UUID]) -> list[Share]:
    """Give each warehouse the whole lines it can send, the one that can send most of the value first.

    A part of gifts alone is not made: they travel with the part before.
    """
    left, shares, remaining = list(pieces), list[Share](), dict(free)
    while left:
        choices = [_whole(left, remaining, each) for each in warehouses]
        best = max(choices, key=lambda share: _worth(left, share), default={})
        if not best:
            break
        warehouse = warehouses[choices.index(best)]
        for piece in left:
            if piece.line_id in best and piece.variant_id is not None:
                remaining[piece.variant_id, warehouse] -= piece.quantity
        if shares and not any(piece.amount for piece in left if piece.line_id in best):
            shares[-1] |= best
        else:
            shares.append(best)
        left = [piece for piece in left if piece.line_id not in best]
    return shares


def by_designation(pieces: Sequence[Piece]) -> list[Share]:
    """Part goods for which no one warehouse is designated; what is sent from anywhere is a part of its own.

    Gifts alone are no part: those sent from anywhere travel with the first one, and such orders stay whole.
    """
    groups: list[tuple[frozenset[UUID], Share]] = []
    for piece in pieces:
        if piece.designated:
            _join(groups, piece)
    shares = [share for _, share in groups]
    if len(shares) <= 1 or any(_gifts_alone(pieces, each) for each in shares):
        return []
    anywhere = {each.line_id: each.quantity for each in pieces if not each.designated}
    if anywhere and _gifts_alone(pieces, anywhere):
        shares[0] |= anywhere
    return shares


def _join(groups: list[tuple[frozenset[UUID], Share]], piece: Piece) -> None:
    """Put a piece to the first ones that can be sent from one warehouse with it."""
    for index, (common, share) in enumerate(groups):
        if common & piece.designated:
            groups[index] = (common & piece.designated, share | {piece.line_id: piece.quantity})
            return
    groups.append((piece.designated, {piece.line_id: piece.quantity}))


def _gifts_alone(pieces: Sequence[Piece], share: Share) -> bool:
    return not any(each.amount for each in pieces if each.line_id in share)


def preorder(pieces: Sequence[Piece], free: Free, warehouses: Sequence[UUID], now: ShipNow) -> list[Share]:
    """Cut off what leaves at once; the preorder goods wait."""
    in_stock = {line_id for each in warehouses for line_id in _whole(pieces, free, each)}
    share = {each.line_id: each.quantity for each in pieces if _leaves(each, each.line_id in in_stock, now)}
    return [share] if share and len(share) < len(pieces) else []


def _leaves(piece: Piece, in_stock: bool, now: ShipNow) -> bool:
    no_word = not piece.preorder_word
    if now is ShipNow.IN_STOCK_AND_NO_WORD:
        return in_stock and no_word
    if now is ShipNow.IN_STOCK_OR_NO_WORD:
        return in_stock or no_word
    return in_stock if now is ShipNow.IN_STOCK else no_word


def large_goods(pieces: Sequence[Piece], from_grams: int) -> list[Share]:
    """Let every large piece travel alone, as far as there may be parts."""
    large = [each for each in pieces if each.weight_grams >= from_grams]
    shares: list[Share] = []
    for piece in large:
        for _ in range(int(piece.quantity.value)):
            if len(shares) == LARGE_PARTS_MAX:
                return shares
            shares.append({piece.line_id: Quantity(1)})
    return shares


def _available(pieces: Sequence[Piece], free: Free, warehouse_id: UUID) -> Share:
    """List how much of each line a warehouse may send and has, in whole units, one line after the other."""
    left, share = dict(free), dict[UUID, Quantity]()
    for piece in pieces:
        if piece.variant_id is None or (piece.designated and warehouse_id not in piece.designated):
            continue
        there = left.get((piece.variant_id, warehouse_id), NOTHING)
        quantity = there.value.quantize(Decimal(1), ROUND_DOWN) if there < piece.quantity else piece.quantity.value
        if quantity > 0:
            share[piece.line_id] = Quantity(quantity)
            left[piece.variant_id, warehouse_id] = there - share[piece.line_id]
    return share


def _whole(pieces: Sequence[Piece], free: Free, warehouse_id: UUID) -> Share:
    there = _available(pieces, free, warehouse_id)
    return {each.line_id: each.quantity for each in pieces if there.get(each.line_id) == each.quantity}


def _worth(pieces: Sequence[Piece], share: Share) -> tuple[Decimal, Decimal]:
    """Say what a share is worth, and how much it is where nothing costs anything."""
    amounts = [
        each.amount.value * share[each.line_id].value / each.quantity.value for each in pieces if each.line_id in share
    ]
    return sum(amounts, Decimal(0)), sum((each.value for each in share.values()), Decimal(0))
