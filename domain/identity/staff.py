"""Staff (员工): people of the company with one role and a scope; a change of either ends their sessions."""

import re
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select

from domain.identity.credentials import Credentials
from domain.identity.events import StaffAdded, StaffEdited
from domain.identity.models import Role, RoleId, Staff, StaffId
from domain.identity.permissions import EVERYTHING, Scope, check_covered, check_scope
from domain.identity.roles import checked_name, role_for_change
from domain.identity.sessions import end_sessions
from domain.kernel import BadInput, NotFound, Refusal, Work, action, check_version

EMAIL = re.compile(r"[^@\s\x00]{1,64}@[^@\s\x00]{1,189}")
PASSWORD_LENGTH_MIN = 10
PASSWORD_LENGTH_MAX = 128


class EmailTaken(Refusal):
    """There already is an account for {email}."""

    email: str
    chinese = "{email} 已有账号"


class OwnAccount(Refusal):
    """Nobody changes the role, scope or activity of their own account."""

    chinese = "不能修改自己账号的角色、范围或状态"


@dataclass(frozen=True, kw_only=True)
class NewStaff:
    """A person to be given an account."""

    email: str
    name: str
    role_id: RoleId
    password: str = field(repr=False)
    scope: Scope = EVERYTHING


@dataclass(frozen=True, kw_only=True)
class StaffChanges:
    """What changes about a person; None leaves it as it is."""

    name: str | None = None
    role_id: RoleId | None = None
    scope: Scope | None = None
    active: bool | None = None


def normal_email(text: str) -> str:
    """Write an address as it is compared."""
    return text.strip().lower()


def checked_password(password: str, email: str) -> str:
    """Refuse a password that is too short to be safe, too long to be hashed cheaply, or the address itself."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        problem = f"must have {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters"
        raise BadInput(field="password", problem=problem).at("input", "password")
    if normal_email(password) == email:
        raise BadInput(field="password", problem="must not be the e-mail address").at("input", "password")
    return password


@action
async def add_staff(work: Work, staff: NewStaff, credentials: Credentials) -> Staff:
    """Give a person an account with a role and the channels and warehouses they see."""
    email = normal_email(staff.email)
    if not EMAIL.fullmatch(email):
        raise BadInput(field="email", problem="is not an e-mail address").at("input", "email")
    checked_password(staff.password, email)
    check_covered(work.actor, (await role_for_change(work, staff.role_id)).permissions)
    check_scope(work.actor, staff.scope)
    if await work.session.scalar(select(Staff.id).where(Staff.email == email)):
        raise EmailTaken(email=email).at("input", "email")
    added = Staff(
        email=email,
        name=checked_name(staff.name),
        role_id=staff.role_id,
        password_hash=await credentials.hash(staff.password),
        channel_ids=_listed(staff.scope.channel_ids),
        warehouse_ids=_listed(staff.scope.warehouse_ids),
        created_at=work.now,
    )
    work.session.add(added)
    work.record(StaffAdded(staff_id=added.id))
    return added


@action
async def edit_staff(
    work: Work, staff_id: StaffId, changes: StaffChanges, expected_version: int | None = None
) -> Staff:
    """Change a person's name, role, scope or activity; a new role, scope or activity ends their sessions."""
    staff = await _for_change(work, staff_id, expected_version)
    if changes.name is not None:
        staff.name = checked_name(changes.name)
    if changes.role_id is not None or changes.scope is not None or changes.active is not None:
        await _change_reach(work, staff, changes)
        await end_sessions(work, "the account was edited", staff_id=staff.id)
    staff.version += 1
    work.record(StaffEdited(staff_id=staff.id))
    return staff


async def _change_reach(work: Work, staff: Staff, changes: StaffChanges) -> None:
    if staff.id == work.actor.id:
        raise OwnAccount
    held = await work.session.get_one(Role, staff.role_id)
    check_covered(work.actor, held.permissions)
    if changes.role_id is not None:
        check_covered(work.actor, (await role_for_change(work, changes.role_id)).permissions)
        staff.role_id = changes.role_id
    if changes.scope is not None:
        check_scope(work.actor, changes.scope)
        staff.channel_ids = _listed(changes.scope.channel_ids)
        staff.warehouse_ids = _listed(changes.scope.warehouse_ids)
    if changes.active is not None:
        staff.active = changes.active
        staff.on_duty = staff.on_duty and changes.active


async def _for_change(work: Work, staff_id: StaffId, expected_version: int | None) -> Staff:
    staff = await work.session.get(Staff, staff_id, with_for_update=True)
    if staff is None:
        raise NotFound(what="Staff", which=str(staff_id)).at("input", "id")
    await check_version(work, staff, expected_version)
    return staff


def _listed(ids: tuple[UUID, ...] | None) -> list[UUID] | None:
    return None if ids is None else sorted(set(ids))
