"""Qimen's XML (奇门报文): read into plain dictionaries, written from them; a list is a plural with its singulars."""

from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

SINGULARS = {
    "orderLines": "orderLine",
    "packages": "package",
    "items": "item",
    "batchs": "batch",
    "criteriaList": "criteria",
}


class BadXmlError(Exception):
    """The body is no request."""


def read(body: bytes) -> dict[str, Any]:
    """Read a request; document types and entities are refused unread."""
    if b"<!" in body:
        raise BadXmlError("no document types")
    try:
        root = ET.fromstring(body)  # noqa: S314 — nothing with a document type or an entity comes here.
    except (ET.ParseError, ValueError, LookupError) as error:
        raise BadXmlError(str(error)) from None
    if root.tag != "request":
        raise BadXmlError(f"<{root.tag}> is no request")
    value = _value(root)
    return value if isinstance(value, dict) else {}


def _value(element: ET.Element) -> Any:
    if element.tag in SINGULARS:
        return [_value(child) for child in element if child.tag == SINGULARS[element.tag]]
    if len(element):
        return {child.tag: _value(child) for child in element}
    return (element.text or "").strip()


def write(root: str, body: dict[str, Any]) -> bytes:
    """Write a message; what is None or empty is left out."""
    return f'<?xml version="1.0" encoding="utf-8"?>\n{_element(root, body)}'.encode()


def _element(name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, dict):
        return f"<{name}>{''.join(_element(key, each) for key, each in value.items())}</{name}>"
    if isinstance(value, list):
        return f"<{name}>{''.join(_element(SINGULARS[name], each) for each in value)}</{name}>"
    return f"<{name}>{escape(str(value))}</{name}>"
