"""Row scope (数据范围): the rows an actor may see, by channel and by warehouse. What is not yours is not there."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false

from domain.kernel.actors import Actor


def within(column: Any, allowed: frozenset[UUID] | None) -> ColumnElement[bool] | None:
    """Build the condition that a column lies in scope; None when everything does."""
    if allowed is None:
        return None
    return column.in_(sorted(allowed)) if allowed else false()


def visible(statement: Select[Any], actor: Actor, *, channel: Any = None, warehouse: Any = None) -> Select[Any]:
    """Restrict a statement to the channels and warehouses of the actor."""
    for column, allowed in ((channel, actor.channels), (warehouse, actor.warehouses)):
        condition = within(column, allowed) if column is not None else None
        if condition is not None:
            statement = statement.where(condition)
    return statement


def sees_channel(actor: Actor, channel_id: UUID) -> bool:
    return actor.channels is None or channel_id in actor.channels


def sees_warehouse(actor: Actor, warehouse_id: UUID) -> bool:
    return actor.warehouses is None or warehouse_id in actor.warehouses
