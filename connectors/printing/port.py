"""The port of a press (排版接口): papers and their templates become one file."""

from pathlib import Path
from typing import Protocol

from domain.papers import Sheaf


class Press(Protocol):
    """Sets papers. A template sees what it prints and the house's words for it, and nothing else."""

    async def print(self, sheaf: Sheaf, place: Path) -> None:
        """Set papers, in their order, as one PDF at a place; a template that does not work is a BrokenTemplate."""

    async def proof(self, sheaf: Sheaf) -> str | None:
        """Set papers for nobody, and say what is wrong with their templates, if anything."""
