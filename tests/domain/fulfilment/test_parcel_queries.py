from sqlalchemy.ext.asyncio import AsyncEngine

from domain import fulfilment
from domain.kernel import Actor, ActorKind, Read, Sessions, begin, identifier, system
from tests.domain.fulfilment.builders import NOW, a_reviewed_order, waybill


async def test_parcels_of_many_orders_are_read_at_once_by_who_may_see_them(
    sessions: Sessions, read: Read, own_engine: AsyncEngine
) -> None:
    async with begin(sessions, system("tests"), at=NOW) as work:
        orders = [(await a_reviewed_order(work, [("1", "1.00"), ("1", "2.00")]))[0] for _ in range(2)]
        for order in orders:
            await fulfilment.ship_order(work, order.id, "OTHER", waybill())
    ids = [order.id for order in orders]
    parcels = await fulfilment.shipments_of(read, ids)
    assert [len(parcels[each]) for each in ids] == [1, 1]
    first = parcels[ids[0]][0]
    assert (await fulfilment.shipments_by_id(read, [first.id]))[first.id].number == first.number
    lines = (await fulfilment.lines_of_shipments(read, [first.id]))[first.id]
    assert [str(line.amount) for line in lines] == ["1.00", "2.00"]
    story = await fulfilment.timeline_of(read, ids)
    assert [story[each][0].action for each in ids] == ["fulfilment.ship_order"] * 2
    for scope in ({"channels": frozenset({orders[1].channel_id})}, {"warehouses": frozenset({identifier()})}):
        actor = Actor(kind=ActorKind.STAFF, id=None, name="x", permissions=frozenset({"*"}), **scope)
        stranger = Read(engine=own_engine, actor=actor)
        assert await fulfilment.shipments_by_id(stranger, [first.id]) == {}
        assert (await fulfilment.shipments_of(stranger, ids))[ids[0]] == []
        assert await fulfilment.lines_of_shipments(stranger, [first.id]) == {first.id: []}
