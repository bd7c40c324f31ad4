"""The shape the code expects of the database (数据库版本): the newest migration, read without loading any."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

VERSIONS = Path(__file__).parent.parent / "migrations" / "versions"
REVISION = re.compile(r"^revision\b[^=]*=\s*['\"](\w+)['\"]", re.MULTILINE)
DOWN_REVISION = re.compile(r"^down_revision\b[^=]*=\s*(.+)$", re.MULTILINE)
NAME = re.compile(r"['\"](\w+)['\"]")
# What a database answers when asked for its own version; the table is missing before the first migration.
VERSION_QUERY = "select version_num from alembic_version"


@lru_cache
def newest_migrations(versions: Path = VERSIONS) -> frozenset[str]:
    """Return the migrations that no other one follows: exactly one, or the history has forked."""
    all_of_them: set[str] = set()
    followed: set[str] = set()
    for path in versions.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        all_of_them.update(REVISION.findall(text))
        for before in DOWN_REVISION.findall(text):
            followed.update(NAME.findall(before))
    return frozenset(all_of_them - followed)
