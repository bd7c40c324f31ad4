"""Who gets a digest (汇总收件人): who is on duty and sees the channel, their superiors, and who answers for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from domain import identity
from domain.kernel import Work

STAFF = identity.Staff
STEPS_MAX = 100


@dataclass(frozen=True)
class Member:
    """A person who works here."""

    id: UUID
    name: str
    superior_id: UUID | None
    on_duty: bool
    active: bool
    channels: frozenset[UUID] | None

    def sees(self, channel_id: UUID) -> bool:
        return self.active and (self.channels is None or channel_id in self.channels)


async def staff_of(work: Work) -> dict[UUID, Member]:
    """Read everybody, with who stands above them."""
    columns = (STAFF.id, STAFF.name, STAFF.superior_id, STAFF.on_duty, STAFF.active, STAFF.channel_ids)
    rows = await work.rows(select(*columns))
    return {
        row.id: Member(
            row.id,
            row.name,
            row.superior_id,
            row.on_duty,
            row.active,
            None if row.channel_ids is None else frozenset(row.channel_ids),
        )
        for row in rows
    }


def recipients_of(
    channel_id: UUID, staff: Mapping[UUID, Member], owners: Iterable[UUID], answers: UUID | None
) -> list[Member]:
    """Choose who gets the digest of a channel: who is on duty, the superiors of these and of who has orders there."""
    duty = [each.id for each in staff.values() if each.on_duty and each.sees(channel_id)]
    above = {each for person in (*duty, *owners) for each in _above(person, staff)}
    wanted = {*duty, *above} | ({answers} if answers is not None else set())
    found = [staff[each] for each in wanted if each in staff and staff[each].sees(channel_id)]
    return sorted(found, key=lambda each: each.id)


def _above(person_id: UUID, staff: Mapping[UUID, Member]) -> Sequence[UUID]:
    """List who stands above a person, the nearest first."""
    found: list[UUID] = []
    member = staff.get(person_id)
    while member is not None and member.superior_id is not None and len(found) < STEPS_MAX:
        found.append(member.superior_id)
        member = staff.get(member.superior_id)
    return found
