"""Row scope (数据范围): the rows an actor may see, by channel and by warehouse. What is not yours is not there."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_

from domain.kernel.actors import Actor


def within(column: Any, allowed: frozenset[UUID] | None) -> ColumnElement[bool] | None:
    """Build the condition that a column lies in scope; None when everything does."""
    if allowed is None:
        return None
    return column.in_(sorted(allowed)) if allowed else false()


def visible(statement: Select[Any], actor: Actor, *, channel: Any = None, warehouse: Any = None) -> Select[Any]:
    """Restrict a statement to the channels and warehouses of the actor; of several columns one must be in scope."""
    for given, allowed in ((channel, actor.channels), (warehouse, actor.warehouses)):
        columns = given if isinstance(given, tuple) else (given,)
        if given is not None and allowed is not None:
            conditions = [condition for each in columns if (condition := within(each, allowed)) is not None]
            statement = statement.where(or_(*conditions))
    return statement


def sees_channel(actor: Actor, channel_id: UUID) -> bool:
    return actor.channels is None or channel_id in actor.channels


def sees_warehouse(actor: Actor, warehouse_id: UUID) -> bool:
    return actor.warehouses is None or warehouse_id in actor.warehouses
