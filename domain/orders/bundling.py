"""Bundles in orders (套件拆分), decided from facts alone: one line of a virtual bundle is lines of its components.

The components share the amounts of their line: the list amount by what each costs by itself, what the buyer pays by the
list amounts; parts are cut to the cent and the last one takes the remainder. Told again they are shared out the same.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.kernel import Money, Quantity, identifier
from domain.orders import sharing
from domain.orders.importing import NOTHING, unit_price_of

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Component:
    """What is in one bundle: how many pieces of which article, and what they weigh when amounts are shared out."""

    variant_id: UUID
    pieces: Quantity
    title: str
    specification: str | None
    weight: Decimal


def exploded(line: Row, components: Sequence[Component]) -> list[dict[str, Any]]:
    """Make the lines of the components of a bundle; the first one is the line that the bundle was."""
    rows = [
        {
            **line,
            "id": line["id"] if part == 1 else identifier(),
            "variant_id": each.variant_id,
            "title": each.title,
            "specification": each.specification,
            "quantity": Quantity(each.pieces.value * line["quantity"].value),
            "bundle_line_id": line["id"],
            "bundle_id": line["variant_id"],
            "bundle_quantity": line["quantity"],
            "bundle_part": part,
        }
        for part, each in enumerate(components, start=1)
    ]
    return spread(line, rows, [each.weight for each in components])


def spread(line: Row, rows: Sequence[Row], weights: Sequence[Decimal]) -> list[dict[str, Any]]:
    """Give the components of a bundle what is told of its line: their share of the amounts, and what is over of it."""
    listed = sharing.by_weight(line["list_amount"], _weights(weights, rows))
    paid = sharing.by_weight(line["line_amount"], _weights([each.value for each in listed], rows))
    return [
        {
            **row,
            "list_amount": list_amount,
            "line_amount": line_amount,
            "unit_price": unit_price_of(line_amount, row["quantity"]),
            "shipped_quantity": _of(row, line, "shipped_quantity"),
            "cancelled_quantity": _of(row, line, "cancelled_quantity"),
            "refund": line["refund"],
            "bundle_title": " ".join(filter(None, (line["title"], line["specification"]))),
        }
        for row, list_amount, line_amount in zip(rows, listed, paid, strict=True)
    ]


def _weights(weights: Sequence[Decimal], rows: Sequence[Row]) -> Sequence[Decimal]:
    """Weigh by pieces where nothing has a worth of its own."""
    return weights if any(weights) else [each["quantity"].value for each in rows]


def _of(row: Row, line: Row, key: str) -> Quantity:
    """Say how many pieces of a component this quantity of its bundle is."""
    if not line[key]:
        return NOTHING
    return Quantity(row["quantity"].value / line["quantity"].value * line[key].value)


def grouped(lines: Iterable[Row]) -> list[list[Row]]:
    """Put the components of each bundle line together; every other line is alone."""
    groups: dict[UUID, list[Row]] = {}
    for each in lines:
        groups.setdefault(each["bundle_line_id"] or each["id"], []).append(each)
    return list(groups.values())


def as_told(lines: Iterable[Row]) -> list[Row]:
    """Give the lines as their platform numbers them: a bundle is one line again."""
    return [_whole(group) if group[0]["bundle_line_id"] else group[0] for group in grouped(lines)]


def _whole(group: Sequence[Row]) -> Row:
    first = group[0]
    return {
        **first,
        "id": first["bundle_line_id"],
        "variant_id": first["bundle_id"],
        "title": first["bundle_title"],
        "quantity": first["bundle_quantity"],
        "list_amount": Money.total(each["list_amount"] for each in group),
        "line_amount": Money.total(each["line_amount"] for each in group),
    }


def told_again(lines: Sequence[Row], again: Mapping[str, Row], keys: Sequence[str]) -> list[dict[str, Any]]:
    """Give lines these facts of what their platform says of them now, by line number; components share it."""
    found: dict[UUID, Row] = {}
    for group in grouped(lines):
        told = again[group[0]["external_number"]]
        if group[0]["bundle_line_id"] is None:
            found[group[0]["id"]] = told
        else:
            weights = [each["list_amount"].value for each in group]
            found |= {each["id"]: each for each in spread(told, group, weights)}
    return [{**each, **{key: found[each["id"]][key] for key in keys}} for each in lines]


def components_in(lines: Iterable[Row]) -> dict[UUID, list[Component]]:
    """Read back what bundles were made of, by the line that each was; their composition may be another one today."""
    found = {}
    for group in grouped(lines):
        first = group[0]
        if first["bundle_line_id"] is None or not first["bundle_quantity"]:
            continue
        pieces = [each["quantity"].value / first["bundle_quantity"].value for each in group]
        if all(each > 0 and not each % 1 for each in pieces):  # Else a person changed it: that is no composition.
            found[first["bundle_line_id"]] = [_component(*each) for each in zip(group, pieces, strict=True)]
    return found


def _component(row: Row, pieces: Decimal) -> Component:
    return Component(row["variant_id"], Quantity(pieces), row["title"], row["specification"], row["list_amount"].value)
