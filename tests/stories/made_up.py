"""Values made up from the schema alone: every argument filled, sensibly or not, as no form would ever send them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from graphql import GraphQLInputObjectType, get_named_type, is_enum_type, is_list_type, is_non_null_type

from schema.scalars import global_id

IDS = {"entryId": "JournalEntry", "staffId": "Staff", "fromWarehouseId": "Warehouse", "toWarehouseId": "Warehouse"}
PLAIN = {
    "String": "x", "Int": 1, "Boolean": False, "Decimal": "1", "Quantity": "1", "Date": "2026-01-01",
    "DateTime": "2026-01-01T00:00:00Z", "Currency": "CNY",
}  # fmt: skip


@dataclass(frozen=True)
class MakingUp:
    """How values are made up: of what, with which ids of what exists, and whether what may be left out is."""

    scalars: Mapping[str, Any] = field(default_factory=lambda: PLAIN)
    known: Mapping[str, str] = field(default_factory=dict)
    everything: bool = False
    last: bool = False

    def value(self, kind: Any, name: str, entity: str) -> Any:
        """Make up a value of a type; `entity` is what a bare `id` is of."""
        if is_non_null_type(kind):
            return self.value(kind.of_type, name, entity)
        if is_list_type(kind):
            return [self.value(kind.of_type, name.removesuffix("s"), entity)]
        named = get_named_type(kind)
        if isinstance(named, GraphQLInputObjectType):
            wanted = {
                key: each.type for key, each in named.fields.items() if self.everything or is_non_null_type(each.type)
            }
            inner = name.removesuffix("Id").title() if name in {"brandId", "categoryId", "channelId"} else entity
            return {key: self.value(each, key, inner) for key, each in wanted.items()}
        if is_enum_type(named):
            return list(named.values)[-1 if self.last else 0]
        if name == "scanId":
            return str(uuid4())
        return self.identifier(name, entity) if named.name == "ID" else self.scalars.get(named.name, "x")

    def identifier(self, name: str, entity: str) -> str:
        kind = entity if name in {"id", "eq", "in"} else IDS.get(name, name.removesuffix("Id"))
        kind = kind[0].upper() + kind[1:]
        return self.known.get(kind) or global_id(kind, uuid4())
