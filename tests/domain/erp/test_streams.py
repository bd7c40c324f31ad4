"""Both directions by cursor: what is noted after it is safe, what is told to whom, and how a person moves it back."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from domain import erp
from domain.erp import ErpChangeKind, ErpStream, ErpStreamKind, PartnerErp, RawChange
from domain.kernel import BadInput, Work
from tests.domain.erp.builders import a_change, an_erp, codes_of, kept, sum_all
from tests.domain.fulfilment.builders import a_warehouse, goods

CHANGES, MOVEMENTS = ErpStreamKind.THEIR_CHANGES, ErpStreamKind.OUR_MOVEMENTS


async def stream(work: Work, partner: PartnerErp, kind: ErpStreamKind) -> ErpStream:
    row = (await erp.streams_to_run(work, partner.id, only_due=False))[kind]
    return await work.session.get_one(ErpStream, row.id, populate_existing=True)


async def test_what_moves_from_now_on_is_told_once_it_is_complete(work: Work) -> None:
    place = await a_warehouse(work)
    await goods(work, place, "1")
    await sum_all(work)
    partner = await an_erp(work)
    variant = await goods(work, place, "5", "3")
    begins = (await stream(work, partner, MOVEMENTS)).cursor
    assert await erp.movements_to_tell(work, partner.id, begins) is None, "its writers may not all have ended"
    await sum_all(work)
    owed = await erp.movements_to_tell(work, partner.id, begins)
    assert owed is not None
    (told,) = owed.movements
    assert (told.sku, told.warehouse) == await codes_of(work, variant, place)
    assert (str(told.quantity), told.cost, told.kind) == ("5.0000", None, "RECEIPT")
    assert await erp.note_carried(work, partner.id, MOVEMENTS, begins, owed.upto, 1)
    assert not await erp.note_carried(work, partner.id, MOVEMENTS, begins, owed.upto, 1), "somebody else was first"
    assert await erp.movements_to_tell(work, partner.id, owed.upto) is None


async def test_costs_are_for_those_who_may_know_them(work: Work) -> None:
    partner = await an_erp(work, told_cost=True)
    await goods(work, await a_warehouse(work), "5", "3")
    await sum_all(work)
    owed = await erp.movements_to_tell(work, partner.id, "0")
    assert owed is not None
    assert str(owed.movements[-1].cost) == "15.00"


async def test_what_the_erp_changed_is_not_told_back(work: Work) -> None:
    place, partner, other = await a_warehouse(work), await an_erp(work), await an_erp(work)
    sku, code = await codes_of(work, await goods(work, place, "5"), place)
    await sum_all(work)
    after = (await work.rows(text("SELECT summed_to FROM stock_summing")))[0].summed_to
    (row,) = await kept(work, partner, RawChange(change_id="1", content="{}"))
    await erp.apply_erp_change(work, row.id, a_change(ErpChangeKind.ENTRY, code, sku, "2"))
    await work.close()
    await sum_all(work)
    to_itself = await erp.movements_to_tell(work, partner.id, str(after))
    to_another = await erp.movements_to_tell(work, other.id, str(after))
    assert to_itself is not None
    assert to_another is not None
    assert (to_itself.movements, len(to_another.movements)) == ((), 1)
    assert to_itself.upto == to_another.upto


async def test_faults_make_the_clock_wait_longer_until_it_works(work: Work) -> None:
    partner = await an_erp(work)
    waits = []
    for _ in range(9):
        await erp.note_fault(work, partner.id, CHANGES, "PlatformFault: 500")
        found = await stream(work, partner, CHANGES)
        waits.append(found.next_at - work.now)
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert waits[-1] == timedelta(hours=1)
    assert CHANGES not in await erp.streams_to_run(work, partner.id, only_due=True)
    assert MOVEMENTS in await erp.streams_to_run(work, partner.id, only_due=True)
    await erp.note_carried(work, partner.id, CHANGES, "", "", 0)
    found = await stream(work, partner, CHANGES)
    assert (found.faults, found.problem, found.next_at) == (0, None, work.now)


async def test_a_stream_is_moved_back_but_not_into_the_future(work: Work) -> None:
    partner = await an_erp(work)
    await goods(work, await a_warehouse(work), "5")
    await sum_all(work)
    moved = await stream(work, partner, MOVEMENTS)
    assert (await erp.resend_erp_stream(work, moved.id, "0")).cursor == "0"
    assert work.facts[-1] == erp.ErpExchangeAsked(partner_id=partner.id)
    for cursor in ("-1", "x", "", "9" * 18, "９"):
        with pytest.raises(BadInput) as refused:
            await erp.resend_erp_stream(work, moved.id, cursor)
        assert refused.value.path == ("input", "cursor")
    theirs = await stream(work, partner, CHANGES)
    assert (await erp.resend_erp_stream(work, theirs.id, " c7 ")).cursor == "c7"


async def test_a_paused_erp_is_left_alone(work: Work) -> None:
    partner = await an_erp(work)
    await erp.pause_partner_erp(work, partner.id, "升级")
    assert await erp.streams_to_run(work, partner.id, only_due=False) == {}
    assert partner.id not in await erp.erps_to_run(work)
    await erp.resume_partner_erp(work, partner.id)
    assert partner.id in await erp.erps_to_run(work)
