"""Who gets the digest of a channel: who is on duty there, their superiors and owners', and who answers for it."""

from uuid import UUID

from domain.desk.recipients import Member, recipients_of

SHOP, OTHER = UUID(int=100), UUID(int=101)


def staff(**people: tuple[str | None, bool, UUID | None]) -> dict[UUID, Member]:
    """Write people by name: who stands above them, whether they are on duty, and the only channel they see."""
    ids = {name: UUID(int=index) for index, name in enumerate(people, start=1)}
    return {
        ids[name]: Member(
            ids[name], name, ids.get(above or ""), duty, name != "gone", None if sees is None else frozenset({sees})
        )
        for name, (above, duty, sees) in people.items()
    }


def named(members: dict[UUID, Member], owners: tuple[str, ...] = (), answers: str | None = None) -> list[str]:
    by_name = {each.name: each.id for each in members.values()}
    found = recipients_of(SHOP, members, [by_name[each] for each in owners], by_name.get(answers or ""))
    return [each.name for each in found]


def test_who_is_on_duty_and_who_stands_above_gets_it_once() -> None:
    members = staff(
        boss=(None, False, None),
        lead=("boss", True, SHOP),
        first=("lead", True, SHOP),
        second=("lead", False, SHOP),
        elsewhere=("lead", True, OTHER),
        gone=("lead", True, None),
    )
    assert named(members) == ["boss", "lead", "first"]


def test_superiors_of_who_has_orders_and_who_answers_for_it_get_it_though_nobody_is_on_duty() -> None:
    members = staff(
        boss=(None, False, None), blind=("boss", False, OTHER), owner=("blind", False, SHOP), last=(None, False, None)
    )
    assert named(members) == []
    assert named(members, ("owner",), "last") == ["boss", "last"]


def test_a_circle_of_superiors_ends() -> None:
    members = staff(one=("two", True, None), two=("one", False, None))
    assert named(members) == ["one", "two"]
