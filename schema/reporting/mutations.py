"""What can be done with reports (报表变更)."""

from datetime import datetime
from typing import Any

import strawberry

from domain import kernel, reporting
from schema.filters import IdFilter
from schema.inventory.queries import keys_in
from schema.inventory.types import MovementKind
from schema.jobs.types import Job
from schema.measures import rate_of
from schema.mutating import Call, mutation
from schema.reporting.inputs import DayPeriod, StockScopeFilter, scope_of
from schema.reporting.queries import FlowBy, Span, WorthBy
from schema.reporting.reserve_types import ReservePolicy
from schema.scalars import DecimalValue
from schema.transfers.types import StockTransfer

ReportKind = reporting.ReportKind


@strawberry.input(description="A report to be written as a spreadsheet.")
class ExportReportInput:
    """Each report looks at what concerns it."""

    report: ReportKind = strawberry.field(description="Which report.")
    period: DayPeriod | None = strawberry.field(default=None, description="Of which days; both ends are included.")
    span: Span = strawberry.field(default=Span.WHOLE, description="How finely time is cut.")
    by: WorthBy = strawberry.field(default=WorthBy.WAREHOUSE, description="By what worth is told apart.")
    as_of: datetime | None = strawberry.field(default=None, description="As of this moment; now when not given.")
    flows_by: list[FlowBy] = strawberry.field(
        default_factory=list, description="By what in and out are told apart: 1 to 3, each once."
    )
    kinds: list[MovementKind] | None = strawberry.field(
        default=None, description="Movements of these kinds: for STOCK_MOVEMENTS and STOCK_FLOWS."
    )
    person: str | None = strawberry.field(
        default=None, description="By this person: for movements, flows, stocktakes and transfers."
    )
    partner: IdFilter | None = strawberry.field(
        default=None, description="From or to these partners or other places: for movements, flows and transfers."
    )
    where: StockScopeFilter | None = strawberry.field(
        default=None, description="About which stock; a stock card needs one variant and one warehouse."
    )


@strawberry.input(description="By what rules stock of a product, a category or everything is judged.")
class SetReservePolicyInput:
    """Neither category nor product means everything that has no rules of its own."""

    category_id: strawberry.ID | None = strawberry.field(default=None, description="Of a category and all below it.")
    product_id: strawberry.ID | None = strawberry.field(default=None, description="Of a product.")
    slow_days: int = strawberry.field(default=90, description="Not sold for so many days is slow (呆滞).")
    days_max: int = strawberry.field(default=180, description="More than so many days of stock is a backlog (积压).")
    overstock_days: int | None = strawberry.field(
        default=None, description="Without a limit of its own, stock beyond so many days of sales is overstock (超储)."
    )
    turnover_days: int = strawberry.field(default=90, description="Over how many days turnover is looked at.")
    turnover_min: DecimalValue | None = strawberry.field(default=None, description="Less turnover is a backlog.")
    sales_days: int = strawberry.field(default=30, description="Over how many days sales are averaged.")
    lead_days: int = strawberry.field(default=7, description="How many days goods take to arrive.")
    cover_days: int = strawberry.field(default=30, description="For how many days a purchase should last.")
    service_level: DecimalValue | None = strawberry.field(
        default=None, description="How often the safety stock shall suffice, 0.5 to 0.9999; 0.95 when not given."
    )


@strawberry.input(description="A warehouse to be replenished.")
class ReplenishInput:
    """All that is proposed, or some of it."""

    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    reason: str = strawberry.field(description="Why; people read it later.")
    variant_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="Only these variants, at most 500."
    )


@strawberry.type
class ReportingMutation:
    """Mutations."""

    @mutation(StockTransfer)
    async def replenish(self, call: Call, input: ReplenishInput) -> Any:  # noqa: A002
        variants = None if input.variant_ids is None else [call.key("Variant", each) for each in input.variant_ids]
        wanted = reporting.Replenishment(
            warehouse_id=call.key("Warehouse", input.warehouse_id), reason=input.reason, variant_ids=variants
        )
        return await call.perform(reporting.replenish, wanted)

    @mutation(Job)
    async def export_report(self, call: Call, input: ExportReportInput) -> Any:  # noqa: A002
        request = reporting.ReportRequest(
            report=input.report,
            scope=scope_of(input.where),
            days=input.period.days() if input.period is not None else None,
            span=input.span,
            by=input.by,
            as_of=input.as_of,
            flows_by=input.flows_by,
            kinds=input.kinds,
            person=input.person,
            partners=keys_in(input.partner, "Warehouse", "Partner"),
            chinese=call.context.chinese,
        )
        return await call.perform(reporting.export_report, request)

    @mutation(ReservePolicy)
    async def set_reserve_policy(self, call: Call, input: SetReservePolicyInput) -> Any:  # noqa: A002
        rules = reporting.ReserveRules(
            category_id=call.key("Category", input.category_id) if input.category_id else None,
            product_id=call.key("Product", input.product_id) if input.product_id else None,
            slow_days=input.slow_days,
            days_max=input.days_max,
            overstock_days=input.overstock_days,
            turnover_days=input.turnover_days,
            turnover_min=rate_of(input.turnover_min, "turnoverMin"),
            sales_days=input.sales_days,
            lead_days=input.lead_days,
            cover_days=input.cover_days,
            service_level=rate_of(input.service_level, "serviceLevel") or kernel.Rate("0.95"),
        )
        return await call.perform(reporting.set_reserve_policy, rules)
