"""Keeping (缓存): which answers may be kept outside this house, by whom and for how long; all others by nobody.

Only answers to GET by a trusted document can be kept, because only those have an address of their own and change only
with the data. The public catalogue is what a shop shows to everybody: caches between us and the buyers may keep it for
a moment. Anything else the client alone may keep, and must ask each time whether it is still true.
"""

from collections.abc import Mapping

from graphql import DocumentNode, FieldNode, GraphQLSchema, TypeInfo, TypeInfoVisitor, Visitor, visit

from domain.identity import ClientKind

# The programs that show goods to buyers; a person or a partner may see more, or prices of their own.
SHOPS = frozenset({ClientKind.OFFICIAL_SITE, ClientKind.MOBILE_APP})
PRIVATE = "private, no-cache"

# A field stands here if every buyer may see it and it is the same in every language, which `Vary` does not name.
# What is in stock changes with each order; costs, versions, listings and price lists are nobody else's business.
GOODS: dict[str, str] = {
    "Product": "id slug name description status createdAt updatedAt images attributes brand category variants",
    "Variant": "id sku specification weightGrams volumeMillilitres prescription active barcodes product price",
    "Brand": "id name",
    "Category": "id code name path parent",
}
LISTS = {f"{name}Connection": "nodes edges pageInfo totalCount totalCountIsExact" for name in GOODS}
EDGES = {f"{name}Edge": "node cursor" for name in GOODS}
OTHERS = {
    "Query": "product products variant variants brands categories",
    "ProductAttribute": "name value",
    "PriceInForce": "unitPrice",
    "Money": "amount currency",
    "PageInfo": "hasNextPage hasPreviousPage startCursor endCursor",
}
PUBLIC_FIELDS: Mapping[str, frozenset[str]] = {
    kind: frozenset(fields.split()) for kind, fields in (GOODS | LISTS | EDGES | OTHERS).items()
}
# A price of another moment may be one that nobody has announced yet.
UNANNOUNCED = frozenset({"asOf"})


def kept_by(kind: ClientKind | None, seconds: int, *, is_public: bool) -> str:
    """Say for Cache-Control who may keep an answer to this client."""
    if is_public and seconds and kind in SHOPS:
        return f"public, max-age={seconds}, stale-while-revalidate={seconds}"
    return PRIVATE


def shows_public_catalogue(schema: GraphQLSchema, document: DocumentNode) -> bool:
    """Whether every field of a validated document is public."""
    types = TypeInfo(schema)
    found = _NotPublic(types)
    visit(document, TypeInfoVisitor(types, found))
    return not found.fields


class _NotPublic(Visitor):
    """Collects the fields that not everybody may see."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types, self.fields = types, list[str]()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent, name = self._types.get_parent_type(), node.name.value
        given = {each.name.value for each in node.arguments or ()}
        known = PUBLIC_FIELDS.get(parent.name, ()) if parent is not None else ()
        if (name not in known and name != "__typename") or not given.isdisjoint(UNANNOUNCED):
            self.fields.append(name)
