"""Roles (角色): a named set of grants that people hold; a change takes effect on their next request."""

import re
from collections.abc import Sequence

from sqlalchemy import select

from domain.identity.models import Role, RoleId
from domain.identity.permissions import check_covered, check_grants
from domain.kernel import BadInput, NotFound, Refusal, Work, action, short_text

CODE = re.compile(r"[a-z][a-z0-9-]{1,39}")
NAME_LENGTH_MAX = 100


class CodeTaken(Refusal):
    """The code {taken} is taken."""

    taken: str
    chinese = "代码 {taken} 已被使用"


def checked_code(code: str) -> str:
    if not CODE.fullmatch(code):
        problem = "is 2 to 40 lower-case letters, digits and hyphens, beginning with a letter"
        raise BadInput(field="code", problem=problem).at("input", "code")
    return code


def checked_name(name: str) -> str:
    return short_text(name, "name", NAME_LENGTH_MAX)


@action
async def create_role(work: Work, code: str, name: str, permissions: Sequence[str]) -> Role:
    """Create a role with its grants: `orders.review_order`, `orders.view`, `orders.*` or `*`."""
    role = Role(code=checked_code(code), name=checked_name(name), permissions=check_grants(work.actor, permissions))
    if await work.session.scalar(select(Role.id).where(Role.code == code)):
        raise CodeTaken(taken=code).at("input", "code")
    work.session.add(role)
    return role


@action
async def edit_role(
    work: Work, role_id: RoleId, name: str | None = None, permissions: Sequence[str] | None = None
) -> Role:
    """Rename a role or replace its grants; the people who hold it have them from their next request on."""
    role = await role_for_change(work, role_id)
    if name is not None:
        role.name = checked_name(name)
    if permissions is not None:
        check_covered(work.actor, role.permissions)  # Who has less may not take away what they could not give back.
        role.permissions = check_grants(work.actor, permissions)
    return role


async def role_for_change(work: Work, role_id: RoleId) -> Role:
    role = await work.session.get(Role, role_id, with_for_update=True)
    if role is None:
        raise NotFound(what="Role", which=str(role_id)).at("input", "roleId")
    return role
