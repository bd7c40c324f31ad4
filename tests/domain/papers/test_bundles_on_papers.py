"""Papers of an order show of which bundle a component is."""

from sqlalchemy.ext.asyncio import AsyncSession

from domain.kernel import SessionRead, Work
from domain.papers.of_orders import of_orders
from tests.domain.orders.builders import a_line, a_trade, received
from tests.domain.orders.test_selling_bundles import a_box_shop, box


async def test_a_component_stands_on_papers_with_its_bundle(work: Work, session: AsyncSession) -> None:
    shop = await a_box_shop(work)
    order = await received(work, shop, a_trade("1001", box(2), a_line("C")))
    read = SessionRead(engine=None, actor=work.actor, session=session)  # type: ignore[arg-type]
    said = (await of_orders(read, [order.id]))[order.id]
    assert [(each["code"], each["quantity"], each["bundle"]) for each in said["lines"]] == [
        ("A", "4", "title of BOX ×2"),
        ("B", "2", "title of BOX ×2"),
        ("C", "1", ""),
    ]
    first, _, last = said["lines"]
    assert first["title"].endswith("（title of BOX ×2）")
    assert last["title"] == "title of C"
