"""Making up operations: any fields, arguments, aliases, fragments and conditions that the schema allows."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

DEPTH_MAX = 5
FIELDS_MAX = 6
WHOLE = {"first": (0, 1, 2, 3, 5, 8, 10, 101), "last": (None, 2, 3, -1)}


@dataclass
class Maker:
    """Makes one operation after the other; `words` are texts and ids that mean something in the data."""

    schema: GraphQLSchema
    random: Random
    words: list[str]
    fragments: dict[str, str] = field(default_factory=dict)
    variables: dict[str, tuple[str, Any]] = field(default_factory=dict)
    count: int = 0

    def operation(self) -> tuple[str, dict[str, Any]]:
        """Make an operation with the variables it uses."""
        self.fragments, self.variables, self.count = {}, {}, 0
        body = self._selections(self.schema.query_type, 0)
        head = ", ".join(f"${name}: {kind}" for name, (kind, _) in self.variables.items())
        parts = [f"query{f'({head})' if head else ''} {body}", *self.fragments.values()]
        return "\n".join(parts), {name: value for name, (_, value) in self.variables.items()}

    def _chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent

    def _selections(self, kind: Any, depth: int) -> str:
        names = [name for name in getattr(kind, "fields", {}) if depth < DEPTH_MAX or self._is_leaf(kind, name)]
        most = FIELDS_MAX if depth else 2
        chosen = [self.random.choice(names) for _ in range(self.random.randint(1, most))] if names else []
        parts = [self._field(kind, name, depth) for name in chosen]
        if not parts or self._chance(15):
            parts.append(f"t{self._next()}: __typename")
        if is_abstract_type(kind):
            possible = self.schema.get_possible_types(kind)
            parts += [
                f"... on {each.name} {self._selections(each, depth + 1)}" for each in self.random.sample(possible, 2)
            ]
        elif self._chance(15):
            parts.append(f"... {self._condition()} {self._selections(kind, depth + 1)}")
        elif depth and self._chance(10):
            parts.append(self._spread(kind, depth))
        return "{ " + " ".join(parts) + " }"

    def _is_leaf(self, kind: Any, name: str) -> bool:
        return is_leaf_type(get_named_type(kind.fields[name].type))

    def _next(self) -> int:
        self.count += 1
        return self.count

    def _spread(self, kind: Any, depth: int) -> str:
        name = f"F{self._next()}"
        self.fragments[name] = f"fragment {name} on {kind.name} {self._selections(kind, depth + 1)}"
        return f"...{name} {self._condition()}"

    def _condition(self) -> str:
        if not self._chance(30):
            return ""
        directive = self.random.choice(["include", "skip"])
        if self._chance(50):
            return f"@{directive}(if: {self.random.choice(['true', 'false'])})"
        return f"@{directive}(if: ${self._variable('Boolean!', self._chance(50))})"

    def _variable(self, kind: str, value: Any) -> str:
        name = f"v{self._next()}"
        self.variables[name] = (kind, value)
        return name

    def _field(self, kind: Any, name: str, depth: int) -> str:
        definition = kind.fields[name]
        arguments = [
            f"{key}: {self._argument(key, argument.type)}"
            for key, argument in definition.args.items()
            if is_required_argument(argument) or self._chance(25)
        ]
        given = f"({', '.join(arguments)})" if arguments else ""
        inner = get_named_type(definition.type)
        below = "" if is_leaf_type(inner) else self._selections(inner, depth + 1)
        alias = f"a{self._next()}: " if given or below or self._chance(20) else ""
        return f"{alias}{name}{given} {self._condition()} {below}"

    def _argument(self, name: str, kind: Any) -> str:
        named = str(kind).rstrip("!")
        if name in WHOLE and named == "Int":
            value = self.random.choice(WHOLE[name])
            return f"${self._variable('Int', value)}" if self._chance(50) else ("null" if value is None else str(value))
        if named in {"ID", "String"} and self._chance(30):
            return f"${self._variable(str(kind), self.random.choice(self.words))}"
        return self._literal(kind, 0)

    def _literal(self, kind: Any, depth: int) -> str:
        if not is_non_null_type(kind) and self._chance(8):
            return "null"
        inner = kind.of_type if is_non_null_type(kind) else kind
        if is_list_type(inner):
            return f"[{', '.join(self._literal(inner.of_type, depth + 1) for _ in range(self.random.randint(0, 3)))}]"
        if isinstance(inner, GraphQLEnumType):
            return self.random.choice(list(inner.values))
        if isinstance(inner, GraphQLInputObjectType):
            return self._object(inner, depth)
        word = self.random.choice(self.words)
        literals = {
            "Int": str(self.random.randint(-1, 12)),
            "Boolean": self.random.choice(["true", "false"]),
            "Float": "1.5",
            "DateTime": '"2026-01-01T00:00:00Z"',
            "Date": '"2026-01-01"',
            "Decimal": '"12.50"',
            "Quantity": '"1.5"',
            "JSON": "{a: [1]}",
        }
        return literals.get(inner.name, f'"{word}"')

    def _object(self, kind: GraphQLInputObjectType, depth: int) -> str:
        parts = [
            f"{name}: {self._literal(each.type, depth + 1)}"
            for name, each in kind.fields.items()
            if is_required_input_field(each) or (depth < 3 and self._chance(20))
        ]
        return "{" + ", ".join(parts) + "}"
