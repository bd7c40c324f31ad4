"""Operations (操作): a document is parsed, weighed and validated once, then remembered; strangers share a small part.

The limits come before validation, because validation is not linear.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from api.errors import BAD_INPUT, Rejected
from api.keeping import shows_public_catalogue
from api.limits import (
    DOCUMENT_LENGTH_MAX,
    INTROSPECTION_ROOTS,
    TOKENS_MAX,
    Scale,
    Weight,
    check,
    defaults_of,
    documents_fragments,
)
from domain import identity

RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)
DOCUMENTS_MAX = 2_000
STRANGERS_DOCUMENTS_MAX = 50
WEIGHTS_MAX = 64
VALIDATION_ERRORS_MAX = 20
COMMENTS_MAX = 1_000


@dataclass
class Operation:
    """One operation of a document, ready to be executed."""

    document: DocumentNode
    node: OperationDefinitionNode
    scale_of: "Document"
    root_fields: frozenset[str]
    defaults: dict[str, Any]
    _weights: dict[tuple[Any, ...], Weight] = field(default_factory=dict)
    _used: tuple[str, ...] | None = None

    @property
    def kind(self) -> OperationType:
        return self.node.operation

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    @property
    def is_public(self) -> bool:
        return self.scale_of.is_public

    @property
    def introspects(self) -> bool:
        return not self.root_fields.isdisjoint(INTROSPECTION_ROOTS)

    def weigh(self, variables: Mapping[str, Any]) -> Weight:
        """Weigh with these variables; remembered by those that decide the size of a page."""
        given = {**self.defaults, **variables}
        if self._used is not None:
            key = tuple(_size(given.get(name)) for name in self._used)
            if key in self._weights:
                return self._weights[key]
        scale = Scale(self.scale_of.schema, self.scale_of.fragments, given)
        weight = scale.operation(self.node)
        self._used = tuple(sorted(scale.used))
        if len(self._weights) < WEIGHTS_MAX:
            self._weights[tuple(_size(given.get(name)) for name in self._used)] = weight
        return weight


def _size(value: Any) -> Any:
    return len(value) if isinstance(value, list) else value if isinstance(value, int) else None


class Document:
    """A parsed document and its operations."""

    def __init__(self, schema: strawberry.Schema, text: str) -> None:
        self.schema = schema._schema  # noqa: SLF001 — As in Documents.
        self.errors: Sequence[GraphQLError] = ()
        try:
            self.ast = parse(
                text,
                max_lexical_tokens=TOKENS_MAX,
                max_comments=COMMENTS_MAX,
                max_source_length=DOCUMENT_LENGTH_MAX,
                allow_empty_selection_sets=False,
            )
        except GraphQLError as error:
            raise Rejected(400, BAD_INPUT, error.message[:300]) from None
        except RecursionError:
            raise Rejected(400, BAD_INPUT, "Syntax Error: nested too deeply.") from None
        self.fragments = documents_fragments(self.ast)
        nodes = [each for each in self.ast.definitions if isinstance(each, OperationDefinitionNode)]
        self.operations = [self._prepared(each) for each in nodes]
        for each in self.operations:
            check(each.weigh({}), each.node)
        self.errors = validate(self.schema, self.ast, RULES, VALIDATION_ERRORS_MAX, hide_suggestions=True)

    @cached_property
    def is_public(self) -> bool:
        """Whether nothing in it goes beyond the public catalogue."""
        return shows_public_catalogue(self.schema, self.ast)

    def _prepared(self, node: OperationDefinitionNode) -> Operation:
        roots = frozenset(self._root_fields(node.selection_set.selections, set()))
        return Operation(self.ast, node, self, roots, defaults_of(node))

    def _root_fields(self, selections: Sequence[SelectionNode], seen: set[str]) -> list[str]:
        names: list[str] = []
        for each in selections:
            if isinstance(each, FieldNode):
                names.append(each.name.value)
            elif isinstance(each, InlineFragmentNode):
                names += self._root_fields(each.selection_set.selections, seen)
            elif isinstance(each, FragmentSpreadNode) and each.name.value not in seen:
                seen.add(each.name.value)
                fragment = self.fragments.get(each.name.value)
                names += self._root_fields(fragment.selection_set.selections, seen) if fragment else []
        return names

    def operation(self, name: str | None) -> Operation:
        """Choose the operation to be executed."""
        if name is not None:
            found = [each for each in self.operations if each.name == name]
        else:
            found = self.operations if len(self.operations) == 1 else []
        if not found:
            message = "Unknown operation." if name else "Say which operation by operationName."
            raise Rejected(400, BAD_INPUT, message)
        return found[0]


class Documents:
    """The documents this process has seen lately; nothing that is not trusted pushes out what is."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self.schema, self.core = schema, schema._schema  # noqa: SLF001 — Strawberry has no other way to its core.
        self.checking = identity.Checking(self.check)
        self._trusted: OrderedDict[str, Document] = OrderedDict()
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._strangers: OrderedDict[str, Document] = OrderedDict()

    def read(self, text: str, *, stranger: bool, trusted: bool = False) -> Document:
        """Parse, weigh and validate a document, or remember it; only valid ones of known callers stay long."""
        shelf = self._trusted if trusted else self._known
        known = shelf.get(text)
        if known is not None:
            shelf.move_to_end(text)
            return known
        known = self._strangers.get(text)
        if known is None:
            known = Document(self.schema, text)
        if stranger or known.errors:
            _keep(self._strangers, text, known, STRANGERS_DOCUMENTS_MAX)
        else:
            _keep(shelf, text, known, DOCUMENTS_MAX)
        return known

    def check(self, text: str) -> identity.Checked:
        """Say what is in a document that is to be registered, or why it could never be run."""
        try:
            document = Document(self.schema, text)
        except Rejected as rejected:
            return identity.Checked(problems=(rejected.message,))
        if document.errors:
            return identity.Checked(problems=tuple(_placed(each) for each in document.errors))
        if not document.operations:
            return identity.Checked(problems=("there is no operation in it",))
        return identity.Checked(
            operations=tuple(f"{each.kind.value} {each.name or ''}".strip() for each in document.operations)
        )


def _placed(error: GraphQLError) -> str:
    place = error.locations[0] if error.locations else None
    return f"{error.message} (line {place.line}, column {place.column})" if place else error.message


def _keep(shelf: OrderedDict[str, Document], text: str, document: Document, documents_max: int) -> None:
    shelf[text] = document
    shelf.move_to_end(text)
    if len(shelf) > documents_max:
        shelf.popitem(last=False)
