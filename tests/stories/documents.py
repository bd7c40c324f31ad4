"""Reading the operations out of the documents: what is run, as whom, with which variables, and what is kept of it."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.DOTALL | re.MULTILINE)
REMARK = re.compile(r"^<!-- (?P<word>as|keep): (?P<rest>.*?) -->$", re.MULTILINE)
CURL = re.compile(r"-d '(?P<body>\{.*?\})'$", re.DOTALL | re.MULTILINE)
HEADER = re.compile(r"-H '(?P<name>[^:']+): (?P<value>[^']+)'")
COMMENT = re.compile(r"^# (?P<word>Variables|Keep): (?P<rest>.*)$", re.MULTILINE)
PLACEHOLDER = re.compile(r"<(\w+)>")


@dataclass
class Example:
    """One operation of a document."""

    operation: str
    by: str = ""
    variables: str = "{}"
    headers: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        found = re.search(r"(query|mutation|subscription) (\w+)", self.operation)
        return found[2] if found else self.operation[:40]

    @property
    def is_subscription(self) -> bool:
        return re.search(r"^subscription\b", self.operation, re.MULTILINE) is not None


def from_page(page: Path) -> list[Example]:
    """Read a page: the fenced operations with the variables behind them, and the bodies that curl sends."""
    text, examples, author = page.read_text(encoding="utf-8"), list[Example](), ""
    parts = sorted([*FENCE.finditer(text), *REMARK.finditer(text)], key=lambda match: match.start())
    for part in parts:
        kind, body = part[1], part[2]
        if kind == "as":
            author = body
        elif kind == "keep":
            name, _, path = body.partition(" = ")
            examples[-1].kept[name] = path
        elif kind == "graphql":
            examples.append(Example(body, author))
        elif kind == "json":
            examples[-1].variables = body
        elif kind == "sh":
            examples += _from_shell(body)
    return examples


def _from_shell(body: str) -> list[Example]:
    sent = CURL.search(body)
    if sent is None:
        return []
    headers = {match["name"]: match["value"] for match in HEADER.finditer(body)}
    return [Example(json.loads(sent["body"])["query"], headers=headers)]


def from_operations(file: Path) -> list[Example]:
    """Read a file of operations, each behind the comment with its variables."""
    examples = []
    for part in re.split(r"\n\n(?=# )", file.read_text(encoding="utf-8").strip()):
        example = Example(part, file.stem)
        for comment in COMMENT.finditer(part):
            if comment["word"] == "Variables":
                example.variables = comment["rest"]
            else:
                name, _, path = comment["rest"].partition(" = ")
                example.kept[name] = path
        examples.append(example)
    return examples


def filled(text: str, values: dict[str, str]) -> str:
    """Put values in the place of <names>; an unknown name is a fault of the document."""
    return PLACEHOLDER.sub(lambda match: values[match[1]], text)


def found_in(data: Any, path: str) -> str:
    """Follow a path such as orders.nodes.0.id into an answer."""
    for step in path.split("."):
        data = data[int(step)] if isinstance(data, list) else data[step]
    return str(data)
