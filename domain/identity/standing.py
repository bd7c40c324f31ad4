"""Who stands above whom (上下级), and who is on duty (值班): a superior may do for a person what that person may.

Superiors form chains without circles; two people who set them at once wait for each other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from domain.identity.events import StaffWentOffDuty
from domain.identity.models import Role, Staff, StaffId
from domain.identity.permissions import check_covered
from domain.kernel import Actor, ActorKind, BadInput, NotFound, Refusal, Work, action, check_version

CHAIN_LOCK = "staff_superiors"
STEPS_MAX = 100


class SuperiorBelow(Refusal):
    """{superior} stands below {name}, and cannot be their superior."""

    superior: str
    name: str
    chinese = "{superior} 是 {name} 的下属，不能设为其上级"


class NotBelow(Refusal):
    """{name} does not stand below you."""

    name: str
    chinese = "{name} 不是您的下属"


@dataclass(frozen=True)
class Standing:
    """A person as orders and alerts ask about them: what they may, whether they work here, who stands above them."""

    person: Actor
    active: bool
    superiors: tuple[UUID, ...]


@action
async def set_superior(
    work: Work, staff_id: StaffId, superior_id: StaffId | None, expected_version: int | None = None
) -> Staff:
    """Say who stands above a person (null: nobody): the superior may change what the person is in charge of."""
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtext(CHAIN_LOCK))))
    staff = await _staff_for_change(work, staff_id, "id")
    await check_version(work, staff, expected_version)
    check_covered(work.actor, (await work.session.get_one(Role, staff.role_id)).permissions)
    if superior_id is not None:
        await _check_superior(work, staff, superior_id)
    staff.superior_id = superior_id
    staff.version += 1
    return staff


@action
async def set_duty(work: Work, staff_id: StaffId | None = None, *, on_duty: bool, hands_over: bool = False) -> Staff:
    """Go on or off duty, or say so of one below you; on duty one is given orders, going off one may hand them over."""
    if on_duty and hands_over:
        problem = "is for who goes off duty: leave it out, or say that onDuty is false"
        raise BadInput(field="handsOver", problem=problem).at("input", "handsOver")
    own = StaffId(work.actor.id) if work.actor.id is not None else None
    wanted = staff_id or own
    if wanted is None:
        raise BadInput(field="staffId", problem="must be given by who is no person").at("input", "staffId")
    staff = await _staff_for_change(work, wanted, "staffId")
    if wanted != own and work.actor.kind is not ActorKind.SYSTEM:
        standing = (await standings_of(work, [wanted]))[wanted]
        if work.actor.id not in standing.superiors:
            raise NotBelow(name=staff.name).at("input", "staffId")
    if on_duty and not staff.active:
        raise BadInput(field="onDuty", problem="the account is not active").at("input", "onDuty")
    staff.on_duty = on_duty
    staff.version += 1
    if hands_over:
        work.record(StaffWentOffDuty(staff_id=staff.id))
    return staff


async def standings_of(work: Work, staff_ids: Sequence[UUID]) -> Mapping[UUID, Standing]:
    """Find people with all who stand above them, the nearest first, in one statement; strangers are absent."""
    rows = await work.rows(_standings(staff_ids))
    return {
        row.id: Standing(
            Actor(kind=ActorKind.STAFF, id=row.id, name=row.name, permissions=frozenset(row.permissions)),
            row.active,
            tuple(row.superiors or ()),
        )
        for row in rows
    }


def _standings(staff_ids: Sequence[UUID]) -> Select[tuple[UUID, str, bool, list[str], list[UUID] | None]]:
    wanted = any_(literal(list(staff_ids), ARRAY(Uuid)))
    steps = select(Staff.id.label("of"), Staff.superior_id.label("above"), literal(1).label("step"))
    above = steps.where(Staff.id == wanted).cte("above", recursive=True)
    above = above.union_all(
        select(above.c.of, Staff.superior_id, above.c.step + 1)
        .join(Staff, Staff.id == above.c.above)
        .where(above.c.step < STEPS_MAX)
    )
    superiors = func.array_agg(above.c.above.op("ORDER BY")(above.c.step), type_=ARRAY(Uuid))
    chain = select(superiors).where(above.c.of == Staff.id, above.c.above.is_not(None)).scalar_subquery()
    columns = select(Staff.id, Staff.name, Staff.active, Role.permissions, chain.label("superiors"))
    return columns.join(Role, Role.id == Staff.role_id).where(Staff.id == wanted)


async def _check_superior(work: Work, staff: Staff, superior_id: UUID) -> None:
    superior = (await standings_of(work, [superior_id])).get(superior_id)
    if superior is None or not superior.active:
        raise NotFound(what="Staff", which=str(superior_id)).at("input", "superiorId")
    if superior_id == staff.id or staff.id in superior.superiors:
        raise SuperiorBelow(superior=superior.person.name, name=staff.name).at("input", "superiorId")


async def _staff_for_change(work: Work, staff_id: StaffId, field: str) -> Staff:
    staff = await work.session.get(Staff, staff_id, with_for_update=True, populate_existing=True)
    if staff is None:
        raise NotFound(what="Staff", which=str(staff_id)).at("input", field)
    return staff
