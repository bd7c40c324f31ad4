"""Sharing (共享推送): which subscriptions are equal, so that one execution serves all of them."""

from collections.abc import Hashable
from dataclasses import dataclass

import orjson
from graphql import FieldNode, OperationType, VariableNode
from graphql.execution.values import get_variable_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from api.authentication import Authenticated
from api.execution import Admitted
from schema.base import Tail

AFTER = "after"


@dataclass(frozen=True)
class Shared:
    """A subscription that may be shared: by what it is equal to others, the cursor it was given, and its tail."""

    key: Hashable
    after: str | None
    tail: Tail


def rights(caller: Authenticated) -> Hashable:
    """Say what decides which rows and fields somebody sees."""
    actor = caller.actor
    return actor.kind, actor.permissions, actor.channels, actor.warehouses


def shared(admitted: Admitted, caller: Authenticated, *, chinese: bool) -> Shared | None:
    """Say how a subscription may be shared; None for one that runs for its socket alone."""
    node = _field(admitted)
    tail = None if node is None else _tail(admitted, node)
    if node is None or tail is None or not caller.actor.may(tail.needs) or not _fit(admitted):
        return None
    given, name = dict(admitted.request.variables), _cursor_variable(node)
    if name is not None and admitted.request.query.count(f"${name}") != len(("its definition", "its use")):
        return None
    after = given.pop(name, None) if name is not None else None
    written = orjson.dumps(given, option=orjson.OPT_SORT_KEYS, default=str)
    key = (admitted.request.query, admitted.operation.name, written, chinese, rights(caller))
    return Shared(key, after, tail)


def _field(admitted: Admitted) -> FieldNode | None:
    """Find the one field of a plain subscription whose cursor, if it has one, is a variable."""
    selections = admitted.operation.node.selection_set.selections
    if admitted.operation.kind is not OperationType.SUBSCRIPTION or len(selections) != 1:
        return None
    node = selections[0]
    if not isinstance(node, FieldNode) or node.directives:
        return None
    fixed = [each for each in node.arguments or () if each.name.value == AFTER]
    return node if all(isinstance(each.value, VariableNode) for each in fixed) else None


def _cursor_variable(node: FieldNode) -> str | None:
    found = [each.value for each in node.arguments or () if each.name.value == AFTER]
    return found[0].name.value if found and isinstance(found[0], VariableNode) else None


def _tail(admitted: Admitted, node: FieldNode) -> Tail | None:
    root = admitted.operation.scale_of.schema.subscription_type
    definition = None if root is None else root.fields.get(node.name.value)
    declared = (definition.extensions or {}).get(GraphQLCoreConverter.DEFINITION_BACKREF) if definition else None
    tail = declared.metadata.get("tail") if isinstance(declared, StrawberryField) else None
    return tail if isinstance(tail, Tail) else None


def _fit(admitted: Admitted) -> bool:
    """Say whether the variables are what the operation declares; if not, the executor says what is wrong."""
    core = admitted.operation.scale_of.schema
    definitions = admitted.operation.node.variable_definitions or ()
    return not isinstance(get_variable_values(core, definitions, dict(admitted.request.variables)), list)
