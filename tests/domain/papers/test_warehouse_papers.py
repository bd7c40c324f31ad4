"""Pick lists along the way somebody walks, and labels of parcels: what stands on them, and when they are refused."""

import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from domain import customers, fulfilment, papers, printing
from domain.kernel import Actor, ActorKind, SessionRead, Work
from domain.orders import HoldReason
from domain.orders.models import Hold
from domain.papers.of_fulfilment import of_packages, of_waves
from domain.printing import PrintKind
from tests.domain.fulfilment.warehouse import House, a_house


def reading(session: AsyncSession, *permissions: str) -> SessionRead:
    actor = Actor(kind=ActorKind.STAFF, id=None, name="a", permissions=frozenset(permissions))
    return SessionRead(engine=None, actor=actor, session=session)  # type: ignore[arg-type]


async def a_full_house(work: Work) -> House:
    house = await a_house(work)
    await house.shelves("A", "B")
    return house


@pytest.mark.parametrize("mode", fulfilment.PickMode)
async def test_a_pick_list_is_in_walking_order(work: Work, session: AsyncSession, mode: fulfilment.PickMode) -> None:
    house = await a_full_house(work)
    glove, mask = await house.goods(B=9), await house.goods(A=9)
    first, second = await house.released((glove, 2), (mask, 1)), await house.released((glove, 3))
    wave = await house.wave(mode=mode, named=[first.id, second.id])
    paper = (await of_waves(reading(session), [wave.id]))[wave.id]
    said = [(line["bin"], line["quantity"], line["slots"]) for line in paper["lines"]]
    together = [("A", "1", "1×1"), ("B", "5", "1×2 2×3")]
    one_by_one = [("A", "1", "1×1"), ("B", "2", "1×2"), ("B", "3", "2×3")]
    assert said == (together if mode is fulfilment.PickMode.BY_WAVE else one_by_one)
    assert (paper["orders"], paper["pieces"], paper["number"]) == ("2", "6", wave.number)
    job = await papers.print_papers(work, PrintKind.PICK_LIST, [wave.id])
    assert job.needs == "fulfilment.view"
    work.session.add(
        Hold(
            order_id=second.id,
            reason=HoldReason.CHANGED_ON_PLATFORM,
            evidence="address",
            opened_at=work.now,
            opened_by="platform",
        )
    )
    await work.session.flush()
    with pytest.raises(papers.PaperStopped, match=second.number):
        await papers.print_papers(work, PrintKind.PICK_LIST, [wave.id])


async def test_a_label_says_where_a_parcel_goes(work: Work, session: AsyncSession) -> None:
    house = await a_full_house(work)
    glove = await house.goods(A=9)
    code = await house.barcode(glove, 100)
    order = await house.picked((glove, 2))
    package = await house.scan(order, code, code)
    await fulfilment.seal_package(work, package.id)
    with pytest.raises(papers.NoWaybill) as refused:
        await papers.print_papers(work, PrintKind.WAYBILL_LABEL, [package.id])
    assert refused.value.path == ("input", "ids", "0")
    await fulfilment.label_package(work, package.id, "OTHER", "YT-1")
    order.receiver_phone, order.cash_on_delivery = "13812345678", True
    await work.session.flush()
    label = (await of_packages(reading(session), [package.id]))[package.id]
    assert (label["waybill"], label["phone"], label["order"]) == ("YT-1", "138****5678", order.number)
    assert [line["quantity"] for line in label["lines"]] == ["2"]
    assert label["collect"].endswith(str(order.total_amount - order.paid_amount))
    whole = (await of_packages(reading(session, customers.SEE_PHONE), [package.id]))[package.id]
    assert whole["phone"] == "13812345678"
    for _ in range(2):
        await papers.print_papers(work, PrintKind.WAYBILL_LABEL, [package.id])
    rows = await work.rows(printing.prints_of.by_keys, {"keys": [package.id]})
    assert [(row.number, row.copy, row.channel_id) for row in rows] == [
        (package.number, 1, order.channel_id),
        (package.number, 2, order.channel_id),
    ]
    work.session.add(
        Hold(
            order_id=order.id,
            reason=HoldReason.REFUND_REQUESTED,
            evidence="all",
            opened_at=work.now,
            opened_by="platform",
        )
    )
    await work.session.flush()
    with pytest.raises(papers.PaperStopped):
        await papers.print_papers(work, PrintKind.WAYBILL_LABEL, [package.id])
    await work.execute(update(Hold).values(released_at=work.now, released_by="me"))
    await papers.print_papers(work, PrintKind.WAYBILL_LABEL, [package.id])
