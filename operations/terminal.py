"""What the person at the terminal reads (终端): one clear block, and a line whenever something happens."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import typer

GRAPHQL_PATH = "/graphql"
CONSOLE_PATH = "/console"


@dataclass(frozen=True)
class DemoAccount:
    """Someone, or some program, who may sign in to the demo company."""

    name: str
    role: str
    secret: str


def say(message: str) -> None:
    """Print a line for the person at the terminal."""
    typer.echo(message)


def demo_accounts(place: Path) -> list[DemoAccount]:
    """Read the accounts the demo company has written; an entry with an unknown shape is left out."""
    try:
        entries = json.loads(place.read_text())
    except (FileNotFoundError, ValueError):
        return []
    return [
        DemoAccount(
            name=str(entry.get("email") or entry.get("client") or entry.get("code") or entry.get("name")),
            role=str(entry.get("role") or entry.get("kind") or "").lower().replace("_", "-"),
            secret=str(entry.get("password") or entry.get("key") or ""),
        )
        for entry in entries
        if isinstance(entry, dict)
    ]


def opening_block(base_url: str, data: Path, notes: list[str]) -> str:
    """Say where the company answers, who may enter and how to close it."""
    accounts = demo_accounts(data / "demo-accounts.json")
    width = max((len(account.name) for account in accounts), default=0)
    role_width = max((len(account.role) for account in accounts), default=0)
    lines = [
        "",
        "掌柜 Zhanggui is open.",
        "",
        f"  GraphQL    {base_url}{GRAPHQL_PATH}",
        f"  GraphiQL   {base_url}{CONSOLE_PATH}",
        f"  Data       {data}   (logs in {data / 'logs'})",
        *(f"  {note}" for note in notes),
    ]
    if accounts:
        lines += ["", f"  Demo accounts (also in {data / 'demo-accounts.json'})"]
        lines += [f"    {each.role:<{role_width}}  {each.name:<{width}}  {each.secret}" for each in accounts]
    return "\n".join([*lines, "", "  Stop with Ctrl-C.", ""])
