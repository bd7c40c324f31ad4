"""Manifests (操作清单): the documents of a program's build with their ids, as the usual build tools write them.

graphql-codegen's client preset and Relay's compiler write `{id: document}`; Apollo's tools write an object that names
its format. Whoever uses neither has one made here of files with operations: the id of each is its SHA-256.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    Node,
    OperationDefinitionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from domain import identity

APOLLO_FORMAT, APOLLO_VERSION = "apollo-persisted-query-manifest", 1
ENDINGS = frozenset({".graphql", ".gql"})


class ManifestError(ValueError):
    """A manifest or a file of operations is not what it should be."""


class Style(StrEnum):
    """Whose manifest it looks like."""

    CODEGEN = "codegen"
    APOLLO = "apollo"


def read_manifest(place: Path) -> list[identity.NewDocument]:
    """Read the documents of a manifest of either kind."""
    try:
        content: Any = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ManifestError(f"{place} cannot be read: {problem}") from None
    found = _of_apollo(content) if isinstance(content, dict) and "format" in content else content
    if not isinstance(found, dict) or not all(isinstance(each, str) for each in found.values()):
        raise ManifestError(f"{place} is neither {{id: document}} nor a manifest of Apollo's format 1.")
    return [identity.NewDocument(name, text) for name, text in found.items()]


def _of_apollo(content: Mapping[str, Any]) -> Any:
    operations = content.get("operations")
    if (content["format"], content.get("version")) != (APOLLO_FORMAT, APOLLO_VERSION) or not isinstance(
        operations, list
    ):
        return None
    if not all(isinstance(each, dict) and isinstance(each.get("id"), str) for each in operations):
        return None
    return {each["id"]: each.get("body") for each in operations}


def made_manifest(places: Iterable[Path], style: Style) -> str:
    """Make a manifest of the operations in files and folders; each is a document with the fragments it uses."""
    operations, fragments = _definitions(places)
    documents = [_document(each, fragments) for _, each in sorted(operations.items())]
    texts = [(each, print_ast(each)) for each in documents]
    if style is Style.CODEGEN:
        return _written({identity.document_hash(text): text for _, text in texts})
    entries = [_of_operation(document, text) for document, text in texts]
    return _written({"format": APOLLO_FORMAT, "version": APOLLO_VERSION, "operations": entries})


def _written(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _of_operation(document: DocumentNode, text: str) -> dict[str, str]:
    operation = next(each for each in document.definitions if isinstance(each, OperationDefinitionNode))
    name = operation.name.value if operation.name else ""
    return {"id": identity.document_hash(text), "body": text, "name": name, "type": operation.operation.value}


def _definitions(
    places: Iterable[Path],
) -> tuple[dict[str, OperationDefinitionNode], dict[str, FragmentDefinitionNode]]:
    operations: dict[str, OperationDefinitionNode] = {}
    fragments: dict[str, FragmentDefinitionNode] = {}
    for place in _files(places):
        for each in _parsed(place).definitions:
            if isinstance(each, OperationDefinitionNode):
                _add(operations, each, place)
            elif isinstance(each, FragmentDefinitionNode):
                _add(fragments, each, place)
    if not operations:
        raise ManifestError("There is no operation in these files.")
    return operations, fragments


def _files(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_dir():
            yield from sorted(each for each in place.rglob("*") if each.suffix in ENDINGS)
        else:
            yield place


def _parsed(place: Path) -> DocumentNode:
    try:
        return parse(place.read_text(encoding="utf-8"), no_location=True)
    except (OSError, ValueError, GraphQLSyntaxError) as problem:
        raise ManifestError(f"{place}: {problem}") from None


def _add(known: dict[str, Any], node: Any, place: Path) -> None:
    if node.name is None:
        raise ManifestError(f"{place}: every operation needs a name.")
    if known.setdefault(node.name.value, node) != node:
        raise ManifestError(f"{place}: {node.name.value} stands in another file, too, with another text.")


def _document(operation: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> DocumentNode:
    used: dict[str, FragmentDefinitionNode] = {}
    waiting = [*_spreads(operation)]
    while waiting:
        name = waiting.pop()
        if name in used:
            continue
        if name not in fragments:
            raise ManifestError(f"The fragment {name} stands in none of these files.")
        used[name] = fragments[name]
        waiting += _spreads(fragments[name])
    return DocumentNode(definitions=(operation, *(used[name] for name in sorted(used))))


def _spreads(node: Node) -> list[str]:
    found: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            found.append(spread.name.value)

    visit(node, Spreads())
    return found
