"""The story of an order as clients see it (订单日志): each field that changed, with its values before and after."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

import strawberry

from schema.base import Info
from schema.customers.types import phone_for


class Told(NamedTuple):
    """One field of one row that changed."""

    kind: str
    field: str
    before: Any
    after: Any


@strawberry.type(description="One field that changed of an order, or of what belongs to it.")
class OrderChange:
    """A hold is told by its reason, with its evidence; a phone is masked without `customers.see_phone`."""

    kind: str = strawberry.field(description="Of what: Order, OrderLine, Hold, Release, Package, Shipment, Print.")
    field: str = strawberry.field(description="The field.")

    @strawberry.field(description="Its value before, as text; null when there was none.")
    def before(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return _text(_seen(info, root.field, root.before))

    @strawberry.field(description="Its value after, as text; null when there is none.")
    def after(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        return _text(_seen(info, root.field, root.after))


@strawberry.type(description="One thing that was done to an order.")
class OrderEvent:
    """From the audit log."""

    at: datetime = strawberry.field(description="When, in UTC.")
    actor_name: str = strawberry.field(description="Who did it.")
    action: str = strawberry.field(
        description="The action, such as orders.review_order; or which part of the house did it by itself."
    )

    @strawberry.field(description="The changed fields with their values before and after.")
    def changes(root: strawberry.Parent[Any], info: Info) -> strawberry.scalars.JSON:  # noqa: N805
        return strawberry.scalars.JSON([_masked(info, each) for each in root.changes])

    @strawberry.field(description="The changed fields, one by one.", graphql_type=list[OrderChange])
    def details(root: strawberry.Parent[Any]) -> Any:  # noqa: N805
        return list(_details(root.changes))


def _details(changes: list[Any]) -> Iterator[Told]:
    for change in changes:
        for field, values in change["fields"].items():
            yield Told(change["type"], field, values["before"], values["after"])


def _masked(info: Info, change: Mapping[str, Any]) -> dict[str, Any]:
    fields = {
        field: {moment: _seen(info, field, value) for moment, value in values.items()}
        for field, values in change["fields"].items()
    }
    return {**change, "fields": fields}


def _seen(info: Info, field: str, value: Any) -> Any:
    """Mask a phone as everywhere else; what the platform said is kept for the platform's next word only."""
    if field == "kept":
        return None
    return phone_for(info, value) if field.endswith("phone") and value is not None else value


def _text(value: Any) -> str | None:
    return None if value is None else str(value)
