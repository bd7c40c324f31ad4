"""Limits (限制): depth, cost, aliases, fields, directives of a document in one linear pass, before anything runs.

Each fragment is weighed once, however often it is spread; the sums are numbers, so that a bomb of nested fragments
costs nothing to refuse. Unknown names and fragment cycles weigh nothing here: validation refuses them afterwards.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

from api.errors import BAD_INPUT, COST_EXCEEDED, Rejected
from domain.kernel.paging import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX

TOKENS_MAX = 4_000
DOCUMENT_LENGTH_MAX = 100_000
DEPTH_MAX = 16
ALIASES_MAX = 50
ROOT_FIELDS_MAX = 20
FIELDS_MAX = 1_000
DIRECTIVES_MAX = 50
COST_MAX = 20_000
INTROSPECTION_LISTS_MAX = 2
LEVELS_MAX = 64

LIST_LENGTH_ASSUMED = 5
MUTATION_COST = 10
COUNT_COST = 5
INTROSPECTION_COST = 50
PAGE_ARGUMENTS = ("first", "last")
COUNTED_ARGUMENTS = ("ids", "inputs")
INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})
INTROSPECTION_LISTS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})


@dataclass(frozen=True)
class Weight:
    """What a part of a document weighs, fragments spread out."""

    depth: int = 0
    cost: int = 0
    aliases: int = 0
    fields: int = 0
    directives: int = 0
    introspection_lists: int = 0

    @staticmethod
    def together(parts: Iterable["Weight"]) -> "Weight":
        depth = cost = aliases = fields = directives = lists = 0
        for each in parts:
            depth, lists = max(depth, each.depth), max(lists, each.introspection_lists)
            cost, aliases, fields = cost + each.cost, aliases + each.aliases, fields + each.fields
            directives += each.directives
        return Weight(depth, cost, aliases, fields, directives, lists)


NOTHING = Weight()


@dataclass
class Scale:
    """Weighs the operations of one document with one set of variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]
    used: set[str] = field(default_factory=set)
    _level: int = 0
    _weighed: dict[tuple[str, int], Weight] = field(default_factory=dict)

    def operation(self, operation: OperationDefinitionNode) -> Weight:
        root = self.schema.get_root_type(operation.operation)
        weight = self._selections(operation.selection_set, root, 1)
        weight = Weight.together([weight, Weight(directives=len(operation.directives or ()))])
        if operation.operation is not OperationType.MUTATION:
            return weight
        return Weight.together([weight, Weight(cost=MUTATION_COST * len(operation.selection_set.selections))])

    def _selections(self, selections: SelectionSetNode | None, parent: GraphQLNamedType | None, rows: int) -> Weight:
        if selections is None:
            return NOTHING
        self._level += 1
        if self._level > LEVELS_MAX:
            raise Rejected(400, BAD_INPUT, f"Too deep: fragments and fields nest more than {LEVELS_MAX} times.")
        weight = Weight.together([self._selection(each, parent, rows) for each in selections.selections])
        self._level -= 1
        return weight

    def _selection(self, node: SelectionNode, parent: GraphQLNamedType | None, rows: int) -> Weight:
        if isinstance(node, FieldNode):
            return self._field(node, parent, rows)
        directives = Weight(directives=len(node.directives or ()))
        if isinstance(node, FragmentSpreadNode):
            return Weight.together([self._fragment(node.name.value, rows), directives])
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            kind = self.schema.get_type(condition.name.value) if condition else parent
            return Weight.together([self._selections(node.selection_set, kind, rows), directives])
        return NOTHING

    def _fragment(self, name: str, rows: int) -> Weight:
        fragment, key = self.fragments.get(name), (name, rows)
        if fragment is None:
            return NOTHING
        if key not in self._weighed:
            self._weighed[key] = NOTHING  # A cycle ends here.
            kind = self.schema.get_type(fragment.type_condition.name.value)
            self._weighed[key] = self._selections(fragment.selection_set, kind, rows)
        return self._weighed[key]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, rows: int) -> Weight:
        name = node.name.value
        known: GraphQLField | None = getattr(parent, "fields", {}).get(name)
        kind = get_named_type(known.type) if known else None
        is_page = kind is not None and kind.name.endswith("Connection")
        size = self._page_size(node) if is_page else 1
        below = self._selections(node.selection_set, self._kind(name, kind), size)
        times = self._times(node, known, rows, is_row_list=parent is not None and parent.name.endswith("Connection"))
        own = 0 if kind is None or is_leaf_type(kind) else 1
        cost = INTROSPECTION_COST if name in INTROSPECTION_ROOTS else own * times + below.cost * times
        return Weight(
            depth=below.depth + 1,
            cost=cost + COUNT_COST * name.startswith("totalCount"),
            aliases=below.aliases + (node.alias is not None),
            fields=below.fields + 1,
            directives=below.directives + len(node.directives or ()),
            introspection_lists=below.introspection_lists + (name in INTROSPECTION_LISTS),
        )

    def _kind(self, name: str, kind: GraphQLNamedType | None) -> GraphQLNamedType | None:
        if name in INTROSPECTION_ROOTS:
            return self.schema.get_type("__Schema" if name == "__schema" else "__Type")
        return kind

    def _times(self, node: FieldNode, known: GraphQLField | None, rows: int, *, is_row_list: bool) -> int:
        if known is None:
            return 1
        kind = known.type.of_type if is_non_null_type(known.type) else known.type
        if not is_list_type(kind):
            return 1
        return rows if is_row_list else self._counted(node)

    def _page_size(self, node: FieldNode) -> int:
        for each in node.arguments or ():
            if each.name.value in PAGE_ARGUMENTS:
                size = self._value(each.value)
                return max(0, min(size, PAGE_ROWS_MAX)) if isinstance(size, int) else PAGE_ROWS_MAX
        return PAGE_ROWS_DEFAULT

    def _counted(self, node: FieldNode) -> int:
        for each in node.arguments or ():
            if each.name.value in COUNTED_ARGUMENTS:
                value = self._value(each.value)
                return len(value) if isinstance(value, (list, tuple)) else 1
        return LIST_LENGTH_ASSUMED

    def _value(self, node: Any) -> Any:
        if isinstance(node, VariableNode):
            self.used.add(node.name.value)
            return self.variables.get(node.name.value, PAGE_ROWS_MAX)
        if isinstance(node, IntValueNode):
            return int(node.value) if len(node.value) < len("2147483648") else PAGE_ROWS_MAX
        return node.values if isinstance(node, ListValueNode) else None


def check(weight: Weight, operation: OperationDefinitionNode) -> None:
    """Refuse an operation that weighs too much, with the figures."""
    roots = len(operation.selection_set.selections)
    for what, found, allowed in (
        ("depth", weight.depth, DEPTH_MAX),
        ("root fields", roots, ROOT_FIELDS_MAX),
        ("aliases", weight.aliases, ALIASES_MAX),
        ("fields", weight.fields, FIELDS_MAX),
        ("directives", weight.directives, DIRECTIVES_MAX),
        ("nested lists of introspection", weight.introspection_lists, INTROSPECTION_LISTS_MAX),
    ):
        if found > allowed:
            raise Rejected(400, BAD_INPUT, f"Too many {what}: {found:.6g} of at most {allowed}.")
    if weight.cost > COST_MAX:
        message = f"The operation costs {weight.cost:.6g}; at most {COST_MAX} is allowed."
        raise Rejected(400, COST_EXCEEDED, message, requestedQueryCost=weight.cost, maximumQueryCost=COST_MAX)


def defaults_of(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Read the integer defaults of the variables, which page sizes may use; a null means the default page."""
    defaults: dict[str, Any] = {}
    for each in operation.variable_definitions or ():
        if isinstance(each.default_value, IntValueNode) and not isinstance(each.type, NonNullTypeNode):
            defaults[each.variable.name.value] = int(each.default_value.value)
        elif each.default_value is None:
            defaults[each.variable.name.value] = PAGE_ROWS_DEFAULT
    return defaults


def documents_fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
