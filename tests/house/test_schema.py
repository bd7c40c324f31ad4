"""The schema is a public contract: printed, described word by word, and every way in has its permission."""

from pathlib import Path

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
)
from strawberry.types.base import get_object_definition

from domain import kernel
from schema.mutating import MUTATIONS
from schema.root import Mutation, Query, Subscription, schema

ROOT = Path(__file__).parents[2]
PRINTED = ROOT / "schema" / "schema.graphql"
OPEN_TO_ALL = {"node", "nodes", "viewer"}
TYPES = [kind for name, kind in schema._schema.type_map.items() if not name.startswith("__")]


def test_the_printed_schema_is_the_schema() -> None:
    assert PRINTED.read_text(encoding="utf-8") == schema.as_str() + "\n", "run ./run schema and read the difference"


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.name)
def test_everything_is_described(kind: GraphQLNamedType) -> None:
    missing = [] if kind.description else [kind.name]
    if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
        for name, field in kind.fields.items():
            missing += [] if field.description else [f"{kind.name}.{name}"]
            missing += [f"{kind.name}.{name}({each})" for each, given in field.args.items() if not given.description]
    if isinstance(kind, GraphQLInputObjectType):
        missing += [f"{kind.name}.{name}" for name, field in kind.fields.items() if not field.description]
    if isinstance(kind, GraphQLEnumType):
        assert all(name == name.upper() for name in kind.values)
        missing += [f"{kind.name}.{name}" for name, value in kind.values.items() if not value.description]
    assert missing == []


def test_every_action_is_a_mutation_and_every_mutation_an_action() -> None:
    assert set(MUTATIONS.values()) == set(kernel.ACTIONS)
    fields = {field.python_name for field in get_object_definition(Mutation, strict=True).fields}
    assert fields == set(MUTATIONS)


def test_every_root_field_states_its_permission() -> None:
    for root in (Query, Subscription):
        for field in get_object_definition(root, strict=True).fields:
            assert field.python_name in OPEN_TO_ALL or field.metadata.get("needs"), field.python_name


def test_every_refusal_is_a_type_of_the_schema() -> None:
    implementations = schema._schema.get_possible_types(schema._schema.type_map["Refusal"])  # type: ignore[arg-type]
    assert {each.name for each in implementations} == {each.__name__ for each in kernel.Refusal.known.values()}
