"""What can be asked about the past of the stock (库存报表)."""

from datetime import datetime
from typing import Any

import strawberry

from domain import reporting
from schema.base import Info, query
from schema.filters import IdFilter
from schema.inventory.queries import keys_in
from schema.inventory.types import SEE_COST, VIEW
from schema.paging import Connection, page_request
from schema.reporting.inputs import DayPeriod, ReserveWhere, StockFlowFilter, StockScopeFilter, scope_of
from schema.reporting.paper_types import StocktakeReportLine, TransferReportLine
from schema.reporting.reserve_types import ReplenishmentProposal, Reserve, ReservePolicy, ReserveTotal
from schema.reporting.trace_types import LotTrace, LotTraceWhere
from schema.reporting.types import ReceiptsAndIssues, StockCardLine, StockFlow, StockWorth
from schema.scalars import key_or_nobody

Span = reporting.Span
WorthBy = reporting.WorthBy
FlowBy = reporting.FlowBy


@strawberry.type
class ReportingQuery:
    """Root fields."""

    @query(Connection[ReceiptsAndIssues], "Opening, in, out and closing stock of a period (进销存).", needs=VIEW)
    async def receipts_and_issues(  # noqa: PLR0917 — the arguments of a connection, and of what.
        self,
        info: Info,
        period: DayPeriod,
        span: Span = Span.WHOLE,
        where: StockScopeFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await reporting.receipts_and_issues(info.context.read, scope_of(where), period.days(), span, request)

    @query(Connection[StockCardLine], "The card of a variant in a warehouse, the earliest movement first.", needs=VIEW)
    async def stock_card(  # noqa: PLR0917 — as above.
        self,
        info: Info,
        variant_id: strawberry.ID,
        warehouse_id: strawberry.ID,
        period: DayPeriod | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        card = reporting.CardOf(
            variant_id=key_or_nobody("Variant", variant_id),
            warehouse_id=key_or_nobody("Warehouse", warehouse_id),
            days=period.days() if period is not None else None,
        )
        return await reporting.stock_card(info.context.read, card, page_request(first, after, last, before))

    @query(
        Connection[StockCardLine], "Why a cost is what it is: what changed the average, the last first.", needs=SEE_COST
    )
    async def cost_trail(  # noqa: PLR0917 — as above.
        self,
        info: Info,
        variant_id: strawberry.ID,
        warehouse_id: strawberry.ID,
        as_of: datetime | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        trail = reporting.TrailOf(
            variant_id=key_or_nobody("Variant", variant_id),
            warehouse_id=key_or_nobody("Warehouse", warehouse_id),
            as_of=as_of,
        )
        return await reporting.cost_trail(info.context.read, trail, page_request(first, after, last, before))

    @query(Connection[StockWorth], "What stock is worth, now or as of a past moment.", needs=VIEW)
    async def stock_worth(  # noqa: PLR0917 — as above.
        self,
        info: Info,
        by: WorthBy = WorthBy.WAREHOUSE,
        where: StockScopeFilter | None = None,
        as_of: datetime | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await reporting.stock_worth(info.context.read, scope_of(where), by, request, as_of)

    @query(
        Connection[LotTrace],
        "Where a lot came from, what became of it and who got it; or which lots somebody got.",
        needs=VIEW,
    )
    async def lot_traces(
        self,
        info: Info,
        where: LotTraceWhere,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await reporting.lot_traces(info.context.read, where.wanted(), request)

    @query(Connection[Reserve], "How stock stands by its rules (储备分析), what ties up most first.", needs=VIEW)
    async def reserves(
        self,
        info: Info,
        where: ReserveWhere | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given, request = where or ReserveWhere(), page_request(first, after, last, before)
        return await reporting.reserves(info.context.read, scope_of(given.stock), given.wanted(), request)

    @query(
        Connection[ReplenishmentProposal],
        "What warehouses should ask of those that supply them (补货建议), by warehouse.",
        needs=VIEW,
    )
    async def replenishments(
        self,
        info: Info,
        where: StockScopeFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await reporting.replenishments(info.context.read, scope_of(where), request)

    @query(list[ReserveTotal], "What the last reserve analysis found, by class.", needs=VIEW)
    async def reserve_totals(self, info: Info) -> Any:
        return await reporting.reserve_totals(info.context.read)

    @query(Connection[ReservePolicy], "The rules by which stock is judged, the oldest first.", needs=VIEW)
    async def reserve_policies(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await reporting.reserve_policies(info.context.read, page_request(first, after, last, before))

    @query(Connection[StockFlow], "What came in and went out in a period (出入库汇总).", needs=VIEW)
    async def stock_flows(  # noqa: PLR0917 — as above.
        self,
        info: Info,
        period: DayPeriod,
        by: list[FlowBy],
        where: StockFlowFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given, request = where or StockFlowFilter(), page_request(first, after, last, before)
        wanted = reporting.FlowRequest(
            days=period.days(),
            by=by,
            kinds=given.kinds,
            person=given.person,
            partners=keys_in(given.partner, "Warehouse", "Partner"),
        )
        return await reporting.stock_flows(info.context.read, scope_of(given.stock), wanted, request)

    @query(
        Connection[StocktakeReportLine],
        "What complete stocktakes of a period found (盘点报表), the earliest first.",
        needs="stocktaking.view",
    )
    async def stocktake_report(  # noqa: PLR0917 — as above.
        self,
        info: Info,
        period: DayPeriod,
        person: str | None = None,
        where: StockScopeFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        wanted = reporting.PaperFilter(days=period.days(), person=person)
        request = page_request(first, after, last, before)
        return await reporting.stocktake_report(info.context.read, scope_of(where), wanted, request)

    @query(
        Connection[TransferReportLine],
        "What transfers of a period carried (调拨报表), the earliest first; `where` names either side.",
        needs="transfers.view",
    )
    async def transfer_report(  # noqa: PLR0917 — as above.
        self,
        info: Info,
        period: DayPeriod,
        person: str | None = None,
        where: StockScopeFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
        *,
        partner: IdFilter | None = None,
    ) -> Any:
        partners = keys_in(partner, "Warehouse", "Partner")
        wanted = reporting.PaperFilter(days=period.days(), person=person, partners=partners)
        request = page_request(first, after, last, before)
        return await reporting.transfer_report(info.context.read, scope_of(where), wanted, request)
