"""Generated documents (生成文档): what is already written in the code is not written twice by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from configuration.settings import Settings
from operations.process_document import process

FOLDER = Path(__file__).parent.parent


OWN_SERVERS = """## Servers of your own

PostgreSQL 15 or newer needs a database in UTF-8, two accounts and two extensions; `operations/compose/roles.sh` makes
them: `zhanggui_owner`, who owns the tables (`MIGRATION_DATABASE_URL`), and `zhanggui_app`, under whom the program works
(`DATABASE_URL`); `pg_trgm` and `btree_gist`. Its `max_connections` must cover `DATABASE_POOL_SIZE` of every process.

A broker may be Redis or Valkey with `maxmemory-policy noeviction`, or RabbitMQ from 3.10 with a virtual host and an
account that may declare queues in it, such as `amqp://user:password@host:5672//`; `amqps://` is encrypted. It may lose
everything: rows know what is owed, and are sent again. The same command then runs the company on them:

```
DATABASE_URL=postgresql://zhanggui_app:...@host/zhanggui \\
  MIGRATION_DATABASE_URL=postgresql://zhanggui_owner:...@host/zhanggui \\
  BROKER_URL=amqp://user:password@host:5672// ./run start
```
"""


def settings_table() -> str:
    """Write the table of all settings from the class that reads them."""
    rows = [
        f"| `{name.upper()}` | {_default(field)} | {field.description}{_choices(field)} |"
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            "# Settings",
            "",
            "Everything that differs between machines is an environment variable. `./run start` makes what is",
            "required itself and keeps it in the data directory; what you set wins: with `DATABASE_URL` it starts no",
            "PostgreSQL, with `BROKER_URL` no Valkey. This table is generated from `configuration/settings.py` by",
            "`./run documents`.",
            "",
            "| Name | Default | Meaning |",
            "| --- | --- | --- |",
            *rows,
            "",
            OWN_SERVERS,
        ]
    )


def _default(field: FieldInfo) -> str:
    value: Any = field.default
    if value is PydanticUndefined:
        return "required"
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if isinstance(value, bool):
        value = str(value).lower()
    return f"`{value}`" if value not in ("", ()) else "empty"


def _choices(field: FieldInfo) -> str:
    choices = [choice for choice in get_args(field.annotation) if isinstance(choice, str)]
    return f" One of {', '.join(f'`{choice}`' for choice in choices)}." if choices else ""


DOCUMENTS: dict[str, Callable[[], str]] = {"docs/settings.md": settings_table, "docs/process.md": process}


def write_documents() -> list[Path]:
    """Write all generated documents; return those that changed."""
    changed = []
    for name, content in DOCUMENTS.items():
        place = FOLDER / name
        text = content()
        if not place.exists() or place.read_text(encoding="utf-8") != text:
            place.write_text(text, encoding="utf-8")
            changed.append(place)
    return changed
