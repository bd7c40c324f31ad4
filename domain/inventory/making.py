"""Assembly and disassembly (组装与拆卸): the first line of a document is made of the others, or taken apart into them.

Nothing is gained or lost: what comes in is worth, to the cent, what went into it. Taken apart, that is shared by what
the parts are worth there already, or by pieces where nobody knows.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

from domain.inventory.averages import NOTHING
from domain.inventory.books import Books
from domain.inventory.document_lines import MAKES, Line
from domain.inventory.models import MovementId, MovementKind
from domain.inventory.postings import Moved, Posting
from domain.kernel import Money, Quantity


@dataclass(slots=True)
class Workshop:
    """What went into what, document by document, as costs come to be known otherwise (成本传递)."""

    costs: dict[MovementId, Money] = field(default_factory=dict)
    gone: dict[UUID, list[MovementId]] = field(default_factory=lambda: defaultdict(list))
    came: dict[UUID, dict[MovementId, tuple[Quantity, Money]]] = field(default_factory=lambda: defaultdict(dict))
    made_by: dict[MovementId, UUID] = field(default_factory=dict)

    def learn(self, document_id: UUID, movement_id: MovementId, quantity: Quantity, amount: Money) -> None:
        """Take note of a movement of a document that made something, as it was booked."""
        if quantity < NOTHING:
            self.gone[document_id].append(movement_id)
            self.costs[movement_id] = amount
        else:
            self.came[document_id][movement_id] = (quantity, amount)
            self.made_by[movement_id] = document_id

    def note(self, movement_id: MovementId, cost: Money) -> None:
        """Say what something costs that perhaps went into something."""
        if movement_id in self.costs:
            self.costs[movement_id] = cost

    def worth_of(self, movement_id: MovementId) -> Money | None:
        """Say what is worth that was made: its share, as it was shared, of what went into it by now."""
        document_id = self.made_by.get(movement_id)
        if document_id is None:
            return None
        total = Money.total(-self.costs[each] for each in self.gone[document_id])
        return dict(self.shares(document_id, total))[movement_id]

    def shares(self, document_id: UUID, total: Money) -> list[tuple[MovementId, Money]]:
        """Share an amount among what a document made, as its worth was shared."""
        came = self.came[document_id]
        weights = [amount.value for _, amount in came.values()]
        shares = apportioned(total, weights if any(weights) else [quantity.value for quantity, _ in came.values()])
        return list(zip(came, shares, strict=True))


def made(
    kind: MovementKind, books: Books, lines: Sequence[Line], posting_of: Callable[[Line, int], Posting]
) -> list[Moved]:
    """Move what goes in first, then what comes of it at the very same value."""
    whole, *parts = [posting_of(line, position) for position, line in enumerate(lines, 1)]
    if kind is MovementKind.ASSEMBLY:
        gone = [moved for each in parts for moved in books.post(_out(each))]
        return [*gone, *books.post(replace(whole, amount=_value_of(gone)))]
    gone = books.post(_out(whole))
    amounts = apportioned(_value_of(gone), _weights(books, parts))
    entered = zip(parts, amounts, strict=True)
    return [*gone, *(moved for part, amount in entered for moved in books.post(replace(part, amount=amount)))]


def apportioned(total: Money, weights: Sequence[Decimal]) -> list[Money]:
    """Share an amount by weight, to the cent; the parts add up to it."""
    whole, before, shares = sum(weights, Decimal(0)), Decimal(0), list[Money]()
    for weight in weights:
        shares.append(_upto(total, before + weight, whole) - _upto(total, before, whole))
        before += weight
    return shares


def _upto(total: Money, weight: Decimal, whole: Decimal) -> Money:
    return Money.rounded(total.value * weight / whole)


def _out(posting: Posting) -> Posting:
    return replace(posting, quantity=-posting.quantity)


def _value_of(gone: Sequence[Moved]) -> Money:
    return Money.total(-each.amount for each in gone if each.posting.kind in MAKES)


def _weights(books: Books, parts: Sequence[Posting]) -> list[Decimal]:
    averages = [books.average(part.variant_id, part.warehouse_id) for part in parts]
    if all(averages):
        known = [average.value for average in averages if average is not None]
        return [average * part.quantity.value for average, part in zip(known, parts, strict=True)]
    return [part.quantity.value for part in parts]
