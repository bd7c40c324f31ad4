"""What a person changed stays changed (保留改单): the platform's later versions undo no edit, decided from facts alone.

Of each field that was changed here, `Order.kept` holds what the platform said of it. A later version that says so still
changes nothing; one that says something new is shown to a person. Memo and flag go both ways: the latest word wins.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.orders import bundling, importing
from domain.orders.incoming import IncomingOrder

Row = Mapping[str, Any]

GOODS = "goods"
"""Stands for the lines with their amounts, and for the amounts of the order."""

SHARED = "shared"
"""Says that only merging or splitting keeps the goods: once that is undone, the platform is followed again."""

OF_GOODS = frozenset({GOODS, SHARED})

TOLD = ("external_number", "quantity", "list_amount", "line_amount")
AMOUNTS = frozenset({"goods_amount", "discount_amount", "freight_amount", "total_amount"})
RECEIVER = (
    "receiver_name",
    "receiver_phone",
    "province",
    "city",
    "district",
    "town",
    "address_detail",
    "postal_code",
    "address_token",
)
RECEIVER_KEYS = frozenset(RECEIVER)
BOTH_WAYS = frozenset({"seller_memo", "seller_flag"})


@dataclass(frozen=True)
class Followed:
    """What an order takes over of a later version, what it keeps of its own, and where the two disagree anew."""

    content: dict[str, Any]
    disagree: list[str]

    @property
    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = self.content["kept"]
        return found


def keeps_goods(order: Row) -> bool:
    """Say whether a person changed the lines or the amounts of an order."""
    return GOODS in order["kept"]


def follow(order: Row, content: Mapping[str, Any], incoming: IncomingOrder) -> Followed:
    """Take over what the platform says, but for what a person changed here."""
    taken, kept, disagree = dict(content), dict[str, Any](), list[str]()
    for key, said in order["kept"].items():
        if key == GOODS:
            _keep_goods(order, incoming, said, taken, kept, disagree)
        elif key == SHARED:
            kept[key] = said
        elif key not in content or content[key] == order[key]:
            continue
        elif content[key] == said:
            taken[key], kept[key] = order[key], said
        elif key not in BOTH_WAYS:
            taken[key], kept[key] = order[key], content[key]
            disagree.append(key)
    return Followed(content=taken | {"kept": kept}, disagree=disagree)


def _keep_goods(
    order: Row, incoming: IncomingOrder, said: Any, taken: dict[str, Any], kept: dict[str, Any], disagree: list[str]
) -> None:
    told = told_goods(incoming)
    taken.update({key: order[key] for key in AMOUNTS})
    if SHARED not in order["kept"]:  # What was paid up here, its platform does not know.
        taken["paid_amount"] = max(taken["paid_amount"], order["paid_amount"])
    kept[GOODS] = told
    if told != said:
        disagree.append("the lines or amounts")


def told_goods(incoming: IncomingOrder) -> list[list[str]]:
    """Write down what a platform says of goods and amounts, to be compared with what it says later."""
    lines = [(each.external_number, each.quantity, each.list_amount, each.line_amount) for each in incoming.lines]
    return _written(lines, incoming.freight_amount)


def goods_before(lines: Sequence[Row], freight: Any) -> list[list[str]]:
    """Write down the same of an order that nobody has changed yet."""
    told = [each for each in bundling.as_told(lines) if each["external_number"] is not None]
    return _written([tuple(each[key] for key in TOLD) for each in told], freight)


def row_of(line: Any) -> dict[str, Any]:
    """Give of a line what is compared with what a platform says of it."""
    return {key: getattr(line, key) for key in ("id", *TOLD, *importing.NO_BUNDLE)}


def _written(lines: Iterable[tuple[Any, ...]], freight: Any) -> list[list[str]]:
    # A platform that uses a line number twice is told apart by a suffix here, which it does not know.
    written = [[str(number).partition("#")[0], *map(str, rest)] for number, *rest in lines]
    return [*written, ["freight", str(freight)]]


def sharing(kept: Mapping[str, Any], lines: Sequence[Row], freight: Any) -> dict[str, Any]:
    """Keep the goods of an order that lives on in others."""
    return dict(kept) if GOODS in kept else {**kept, GOODS: goods_before(lines, freight), SHARED: True}


def unsharing(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Follow the platform again, unless a person changed the goods."""
    return {key: value for key, value in kept.items() if key not in OF_GOODS} if SHARED in kept else dict(kept)


def noting(kept: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Remember what the platform says of fields that are changed now; what was remembered already stays."""
    return {**{key: value for key, value in before.items() if key not in kept}, **kept}
