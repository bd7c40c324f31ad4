"""Actors (操作者): who acts, through which client, with which permissions, on which channels and warehouses."""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from uuid import UUID


class ActorKind(StrEnum):
    """Whether a person, a program of ours, or the house itself acts."""

    STAFF = "STAFF"
    CLIENT = "CLIENT"
    SYSTEM = "SYSTEM"
    ANONYMOUS = "ANONYMOUS"


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts. `channels` and `warehouses` are the rows in scope; None means all of them."""

    kind: ActorKind
    id: UUID | None
    name: str
    permissions: frozenset[str]
    channels: frozenset[UUID] | None = None
    warehouses: frozenset[UUID] | None = None
    client_id: UUID | None = None
    session_id: UUID | None = None
    request_id: str = field(default="", compare=False)

    @cached_property
    def _decided(self) -> dict[str, bool]:
        return {}

    def may(self, permission: str) -> bool:
        """Whether a grant covers the permission: exactly, by `capability.*`, or by `*`."""
        decided = self._decided.get(permission)
        if decided is None:
            capability = permission.partition(".")[0]
            decided = bool(self.permissions & {permission, f"{capability}.*", "*"})
            self._decided[permission] = decided
        return decided


def system(name: str) -> Actor:
    """Return the house itself, acting as `name` (a worker, a schedule, an import)."""
    return Actor(kind=ActorKind.SYSTEM, id=None, name=name, permissions=frozenset({"*"}))


ANONYMOUS = Actor(kind=ActorKind.ANONYMOUS, id=None, name="anonymous", permissions=frozenset())
