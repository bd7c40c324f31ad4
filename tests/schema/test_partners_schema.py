"""Reports by partner as a client asks for them: names for who may see partners, and filters by them."""

from typing import Any

from domain import inventory, transfers
from domain.kernel import Actor, ActorKind, Quantity, SessionRead, Work
from schema.base import Context
from schema.root import schema
from schema.scalars import global_id
from tests.domain.exchange.builders import a_partner as a_wms
from tests.domain.inventory.builders import a_variant, a_warehouse
from tests.domain.partners.test_partner_reports import around
from tests.domain.partners.test_partners import a_partner, received

ASK = """query ($period: DayPeriod!, $flows: StockFlowFilter, $partner: IdFilter, $papers: StockDocumentFilter) {
    stockFlows(period: $period, by: [PARTNER], where: $flows) { nodes {
        inQuantity outQuantity partner { name kind } otherPlace { kind } } }
    transferReport(period: $period, partner: $partner) { totalCount nodes { partner { name } } }
    stockDocuments(where: $papers) { nodes { number partner { code } } }
    partners(where: {kinds: [SUPPLIER, WMS]}) { totalCount } }"""
SEEING = frozenset({"inventory.view", "transfers.view", "partners.view"})


async def asked(work: Work, permissions: frozenset[str], operation: str = ASK, **given: Any) -> Any:
    actor = Actor(kind=ActorKind.STAFF, id=None, name="keeper", permissions=permissions)
    read = SessionRead(engine=work.session.bind, actor=actor, session=work.session)  # type: ignore[arg-type]
    context = Context(read=read, sessions=None, actor=actor)  # type: ignore[arg-type]
    return await schema.execute(operation, variable_values=given, context_value=context)


async def test_a_client_asks_by_partner(work: Work) -> None:
    variant, here, far = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    supplier, wms = await a_partner(work), await a_wms(work, far)
    paper = await received(work, here, variant, supplier)
    goods = [transfers.WantedGoods(variant_id=variant, quantity=Quantity(4))]
    new = transfers.NewTransfer(from_warehouse_id=here, to_warehouse_id=far, reason="few left", lines=goods)
    await transfers.request_transfer(work, new)
    await work.session.flush()
    await work.session.refresh(paper)
    days = around(work)
    given = {
        "period": {"firstDay": days.first.isoformat(), "lastDay": days.last.isoformat()},
        "flows": {"partner": {"in": [global_id("Partner", supplier.id), global_id("Warehouse", inventory.LOSSES)]}},
        "partner": {"eq": global_id("Partner", wms.id)},
        "papers": {"partner": {"eq": global_id("Partner", supplier.id)}},
    }
    answer = await asked(work, SEEING, **given)
    assert answer.errors is None, answer.errors
    who = {"name": supplier.name, "kind": "SUPPLIER"}
    assert answer.data == {
        "stockFlows": {
            "nodes": [{"inQuantity": "9.0000", "outQuantity": "0.0000", "partner": who, "otherPlace": None}]
        },
        "transferReport": {"totalCount": 1, "nodes": [{"partner": {"name": "华东外仓"}}]},
        "stockDocuments": {"nodes": [{"number": paper.number, "partner": {"code": supplier.code}}]},
        "partners": {"totalCount": 2},
    }
    foreign = {**given, "flows": {"partner": {"eq": global_id("Variant", variant)}}}
    assert (await asked(work, SEEING, **foreign)).data["stockFlows"]["nodes"] == []
    unseen = await asked(work, SEEING - {"partners.view"}, operation="{ partners { totalCount } }")
    assert [error.extensions["code"] for error in unseen.errors] == ["FORBIDDEN"]
