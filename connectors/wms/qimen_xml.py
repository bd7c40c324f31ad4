"""Qimen's XML (奇门报文): strangers' XML read safely into the shape of JSON, ours written with everything escaped."""

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from connectors.faults import UnreadableAnswer

LISTS = {
    "orderLines": "orderLine",
    "packages": "package",
    "items": "item",
    "batchs": "batch",
    "criteriaList": "criteria",
}
depth_max = 20
control_characters = dict.fromkeys({*range(32)} - {9, 10, 13})


def read_xml(body: bytes) -> tuple[str, dict[str, Any]]:
    """Read a message into its root's name and content; lists are lists, also when they hold one thing.

    A document type could define entities that grow without end or name files: what has one is not read at all.
    """
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        raise UnreadableAnswer(f"{len(body)} bytes of XML with a document type", outcome_unknown=True)
    try:
        root = ET.fromstring(body)  # noqa: S314 — nothing with a document type or an entity comes here.
        return root.tag, _object(root, 0)
    except (ET.ParseError, ValueError, LookupError) as garbage:
        raise UnreadableAnswer(
            f"{len(body)} bytes that are not XML: {type(garbage).__name__}", outcome_unknown=True
        ) from garbage


def _object(element: ET.Element, depth: int) -> dict[str, Any]:
    if depth > depth_max:
        raise ValueError("too deep")
    return {child.tag: _value(child, depth + 1) for child in element}


def _value(element: ET.Element, depth: int) -> Any:
    singular = LISTS.get(element.tag)
    if singular is not None:
        return [_object(child, depth + 1) for child in element if child.tag == singular]
    return _object(element, depth) if len(element) else (element.text or "").strip()


def write_xml(root: str, content: Mapping[str, Any]) -> bytes:
    """Write a message; what is None or empty is left out, characters XML cannot hold as well."""
    return f'<?xml version="1.0" encoding="utf-8"?>{_written(root, content)}'.encode("utf-8", "replace")


def _written(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, Mapping):
        return f"<{name}>{''.join(_written(key, each) for key, each in value.items())}</{name}>"
    if isinstance(value, list | tuple):
        return f"<{name}>{''.join(_written(LISTS[name], each) for each in value)}</{name}>"
    return f"<{name}>{escape(str(value).translate(control_characters))}</{name}>"
