"""The books of the ERP (ERP 账簿): its own changes in a row, and what it was told, each number once."""

import hashlib
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.storage import Storage


class BookError(Exception):
    """What the ERP refuses: a code and a sentence."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code, self.text = code, text


@dataclass(slots=True)
class Told:
    """One movement or feed as it was first told, and how often."""

    body: dict[str, Any]
    times: int = 1
    ack: str = ""


@dataclass(slots=True)
class Books:
    """Everything the ERP remembers; each change is stored before it is answered."""

    storage: Storage
    changes: list[dict[str, Any]] = field(default_factory=list)
    movements: dict[str, Told] = field(default_factory=dict)
    feeds: dict[str, Told] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.changes = [body for _, body in self.storage.all("erp_change")]
        self.movements = {key: Told(**body) for key, body in self.storage.all("erp_movement")}
        self.feeds = {key: Told(**body) for key, body in self.storage.all("erp_feed")}

    def change(self, body: dict[str, Any]) -> str:
        """Add a change of our own at the end; the same number may come again, as a careless ERP would do it."""
        self.changes.append(body)
        self.storage.put("erp_change", f"{len(self.changes):09d}", body)
        return f"c{len(self.changes)}"

    def changes_after(self, cursor: str, limit: int) -> tuple[list[dict[str, Any]], str, bool]:
        if cursor and not (cursor.startswith("c") and cursor[1:].isdigit()):
            raise BookError(205, "malformed cursor")
        start = int(cursor[1:]) if cursor else 0
        if start > len(self.changes):
            raise BookError(205, "a cursor of the future")
        page = self.changes[start : start + limit]
        end = start + len(page)
        return page, f"c{end}" if end else "", end < len(self.changes)

    def take_movement(self, body: dict[str, Any]) -> bool:
        """Book a movement, or know it; says whether it was new."""
        known = self.movements.get(body["number"])
        if known is not None and known.body != body:
            raise BookError(312, f"{body['number']} was told otherwise before")
        told = Told(body) if known is None else Told(body, known.times + 1)
        self.movements[body["number"]] = told
        self.storage.put("erp_movement", body["number"], asdict(told))
        return known is None

    def take_feed(self, body: dict[str, Any]) -> tuple[str, bool]:
        """Book the sales of a day, or know them; answers the number and whether they were new."""
        known = self.feeds.get(body["feed_no"])
        if known is not None and known.body != body:
            raise BookError(323, f"{body['feed_no']} was told otherwise before")
        if known is None:
            self._check_place(body)
        ack = known.ack if known else f"ACK{len(self.feeds) + 1:06d}"
        told = Told(body, known.times + 1 if known else 1, ack)
        self.feeds[body["feed_no"]] = told
        self.storage.put("erp_feed", body["feed_no"], asdict(told))
        return ack, known is None

    def _check_place(self, body: dict[str, Any]) -> None:
        place = (body["day"], body["channel"], body["sequence"])
        if any((one.body["day"], one.body["channel"], one.body["sequence"]) == place for one in self.feeds.values()):
            raise BookError(322, f"the sales of {place} stand under another number")

    def stock(self) -> dict[str, str]:
        """Add the movements up by warehouse and article."""
        sums: dict[str, Decimal] = {}
        for told in self.movements.values():
            key = f"{told.body['warehouse']}/{told.body['sku']}"
            sums[key] = sums.get(key, Decimal()) + Decimal(told.body["quantity"])
        return {key: str(value) for key, value in sorted(sums.items())}

    def sales(self) -> dict[str, str]:
        """Add the amounts of goods up by day and channel."""
        sums: dict[str, Decimal] = {}
        for told in self.feeds.values():
            key = f"{told.body['day']}/{told.body['channel']}"
            sums[key] = sums.get(key, Decimal()) + Decimal(told.body["goods_amount"])
        return {key: str(value) for key, value in sorted(sums.items())}


def amount(value: Any, name: str) -> Decimal:
    """Read an amount that must be a text."""
    if not isinstance(value, str):
        raise BookError(202, f"{name} must be a text")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise BookError(202, f"{name}: {value!r} is no amount") from None
    if not number.is_finite():
        raise BookError(202, f"{name}: {value!r} is no amount")
    return number


def check_feed(body: dict[str, Any]) -> None:
    """Refuse a feed whose totals or hash do not follow from its lines."""
    sums = {"goods_amount": Decimal(), "discount_amount": Decimal(), "returned_amount": Decimal()}
    told = [f"{body['day']}|{body['sequence']}|{body['currency']}|{body['freight_amount']}"]
    for line in body["lines"]:
        value, discount = amount(line["amount"], "amount"), amount(line["discount"], "discount")
        if line["kind"] == "SOLD":
            sums["goods_amount"] += value
            sums["discount_amount"] += discount
        else:
            sums["returned_amount"] += value
        told.append("|".join(line[name] for name in ("kind", "sku", "quantity", "amount", "discount")))
    for name, total in sums.items():
        if amount(body[name], name) != total:
            raise BookError(321, f"{name} is {body[name]}, the lines add up to {total}")
    if hashlib.sha256("\n".join(told).encode()).hexdigest() != body["content_hash"]:
        raise BookError(324, "content_hash does not belong to this content")
