"""Permissions (权限): a grant names an action, what may be seen of a capability, a whole capability, or everything.

Nobody grants more than they have: neither permissions nor channels and warehouses.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.kernel import ACTIONS, RIGHTS, Actor, BadInput, Refusal, Table, permission_of

PERMISSIONS_MAX = 200
SCOPE_IDS_MAX = 500
SEEING = re.compile(r"(?:view|see)(?:_[a-z_]{1,60})?")

# What needs no grant: signing in, and for a person who is signed in, their own account.
EVERYONE = frozenset({"identity.sign_in", "identity.refresh_session"})
PERSON = EVERYONE | {
    "identity.sign_out",
    "identity.change_password",
    "identity.set_duty",
    "identity.view_schema",
    "jobs.view",
    "jobs.cancel_job",
}


class UnknownPermission(Refusal):
    """There is no permission {permission}."""

    permission: str
    chinese = "没有这个权限：{permission}"


class GrantExceeded(Refusal):
    """You cannot grant {grant}, because you do not have it yourself."""

    grant: str
    chinese = "您自己没有 {grant}，因此不能授予他人"


@dataclass(frozen=True)
class Scope:
    """The channels and warehouses a person or program sees; None means all of them."""

    channel_ids: tuple[UUID, ...] | None = None
    warehouse_ids: tuple[UUID, ...] | None = None


EVERYTHING = Scope()


def capabilities() -> frozenset[str]:
    """List the capabilities of the house: those that have tables or actions."""
    modules = [mapper.class_.__module__ for mapper in Table.registry.mappers]
    modules += [action.__module__ for action in ACTIONS.values()]
    return frozenset(module.split(".")[1] for module in modules if module.startswith("domain."))


def is_known(permission: str) -> bool:
    """Whether a grant means something: a typing error in a role would otherwise lock people out silently."""
    if permission == "*":
        return True
    capability, _, rest = permission.partition(".")
    if capability not in capabilities():
        return False
    action = ACTIONS.get(rest)
    return (
        rest == "*"
        or permission in RIGHTS
        or SEEING.fullmatch(rest) is not None
        or (action is not None and permission_of(action) == permission)
    )


def check_grants(actor: Actor, permissions: Sequence[str]) -> list[str]:
    """Refuse grants that mean nothing or exceed the actor's own; returns them sorted, without repetition."""
    if len(permissions) > PERMISSIONS_MAX:
        raise BadInput(field="permissions", problem=f"at most {PERMISSIONS_MAX}").at("input", "permissions")
    for each in permissions:
        if not is_known(each):
            raise UnknownPermission(permission=each[:100]).at("input", "permissions")
    check_covered(actor, permissions)
    return sorted(set(permissions))


def check_covered(actor: Actor, permissions: Iterable[str]) -> None:
    for each in permissions:
        if not actor.may(each):
            raise GrantExceeded(grant=each).at("input", "permissions")


def check_scope(actor: Actor, scope: Scope) -> None:
    """Refuse a scope that reaches beyond the actor's own."""
    for name, wanted, own in (
        ("channelIds", scope.channel_ids, actor.channels),
        ("warehouseIds", scope.warehouse_ids, actor.warehouses),
    ):
        if wanted is not None and len(wanted) > SCOPE_IDS_MAX:
            raise BadInput(field=name, problem=f"at most {SCOPE_IDS_MAX}").at("input", name)
        if own is not None and (wanted is None or not own.issuperset(wanted)):
            raise GrantExceeded(grant=name).at("input", name)
