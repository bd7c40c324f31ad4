"""People for tests of jobs: staff with these permissions."""

from uuid import uuid4

from domain import identity, kernel
from domain.kernel import Actor, ActorKind, begin, system
from workers.runner import Outside


async def a_person(outside: Outside, *permissions: str) -> Actor:
    async with begin(outside.sessions, system("tests")) as work:
        role = identity.Role(code=uuid4().hex, name="r", permissions=list(permissions))
        work.session.add(role)
        await work.session.flush()
        person = identity.Staff(
            email=f"{uuid4().hex}@example.com",
            name="李四",
            role_id=role.id,
            password_hash="none",
            created_at=work.now,
        )
        work.session.add(person)
    read = kernel.Read(engine=outside.engine, actor=system("tests"))
    actor = await identity.actor_of(read, ActorKind.STAFF, person.id)
    assert actor is not None
    return actor
