"""What can be done with reports (报表变更)."""

from datetime import datetime
from typing import Any

import strawberry

from domain import reporting
from schema.jobs.types import Job
from schema.mutating import Call, mutation
from schema.reporting.inputs import DayPeriod, StockScopeFilter, scope_of
from schema.reporting.queries import Span, WorthBy

ReportKind = reporting.ReportKind


@strawberry.input(description="A report to be written as a spreadsheet.")
class ExportReportInput:
    """Each report looks at what concerns it."""

    report: ReportKind = strawberry.field(description="Which report.")
    period: DayPeriod | None = strawberry.field(default=None, description="Of which days; both ends are included.")
    span: Span = strawberry.field(default=Span.WHOLE, description="How finely time is cut.")
    by: WorthBy = strawberry.field(default=WorthBy.WAREHOUSE, description="By what worth is told apart.")
    as_of: datetime | None = strawberry.field(default=None, description="As of this moment; now when not given.")
    where: StockScopeFilter | None = strawberry.field(
        default=None, description="About which stock; a stock card needs one variant and one warehouse."
    )


@strawberry.type
class ReportingMutation:
    """Mutations."""

    @mutation(Job)
    async def export_report(self, call: Call, input: ExportReportInput) -> Any:  # noqa: A002
        request = reporting.ReportRequest(
            report=input.report,
            scope=scope_of(input.where),
            days=input.period.days() if input.period is not None else None,
            span=input.span,
            by=input.by,
            as_of=input.as_of,
            chinese=call.context.chinese,
        )
        return await call.perform(reporting.export_report, request)
