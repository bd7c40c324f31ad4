"""Telling changes (变更记录): what a statement changed of orders and lines, with the values before and after."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.kernel import Work, audit

UNTOLD = frozenset(
    {
        "id",
        "order_id",
        "version",
        "content_version",
        "updated_at",
        "updated_by",
        "created_at",
        "kept",
        "modified_at",
    }
)
"""What says that a row changed, not how."""


def tell_changes(
    work: Work, order_id: UUID, kind: str, row_id: UUID, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    """Tell of a row of an order what differs; what is not in `before` was nothing, what not in `after` is nothing."""
    keys = [key for key in {**before, **after} if key not in UNTOLD]
    fields = {key: (before.get(key), after.get(key)) for key in keys}
    audit.tell(work, ("Order", str(order_id)), (kind, str(row_id)), fields)


def tell_lines(
    work: Work, order_id: UUID, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]
) -> None:
    """Tell which lines came, went and changed."""
    was, now = {each["id"]: each for each in before}, {each["id"]: each for each in after}
    for line_id in {**was, **now}:
        gone, made = was.get(line_id, {}), now.get(line_id, {})
        told = {key: gone[key] for key in gone if key in made or not made}
        tell_changes(work, order_id, "OrderLine", line_id, told, made)
