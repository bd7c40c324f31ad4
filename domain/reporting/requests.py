"""What report somebody wants as a file (报表请求): it waits as plain values until a worker takes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.inventory import MovementKind
from domain.kernel import BadInput
from domain.reporting.flows import FlowBy, FlowRequest
from domain.reporting.periods import Days, Span, StockScope
from domain.reporting.worth import WorthBy


class ReportKind(StrEnum):
    """Which report."""

    RECEIPTS_AND_ISSUES = "RECEIPTS_AND_ISSUES"
    STOCK_CARD = "STOCK_CARD"
    STOCK_WORTH = "STOCK_WORTH"
    STOCK_LEVELS = "STOCK_LEVELS"
    STOCK_MOVEMENTS = "STOCK_MOVEMENTS"
    RESERVES = "RESERVES"
    STOCK_FLOWS = "STOCK_FLOWS"
    STOCKTAKES = "STOCKTAKES"
    TRANSFERS = "TRANSFERS"


EVERYTHING = StockScope()
OF_A_PERIOD = (
    ReportKind.RECEIPTS_AND_ISSUES,
    ReportKind.STOCK_MOVEMENTS,
    ReportKind.STOCK_FLOWS,
    ReportKind.STOCKTAKES,
    ReportKind.TRANSFERS,
)


@dataclass(frozen=True, kw_only=True)
class ReportRequest:
    """A report and what it is about; each report looks at what concerns it."""

    report: ReportKind
    scope: StockScope = EVERYTHING
    days: Days | None = None
    span: Span = Span.WHOLE
    by: WorthBy = WorthBy.WAREHOUSE
    as_of: datetime | None = None
    flows_by: Sequence[FlowBy] = ()
    kinds: Sequence[MovementKind] | None = None
    person: str | None = None
    partners: Sequence[UUID] | None = None
    chinese: bool = False

    def checked(self) -> "ReportRequest":
        """Refuse a report that lacks what it is about."""
        if self.days is None and self.report in OF_A_PERIOD:
            raise BadInput(field="period", problem="this report is about a period").at("input", "period")
        if self.days is not None:
            self.days.checked()
        if self.report is ReportKind.STOCK_FLOWS and self.days is not None:
            self.flows().checked()
        if self.report is ReportKind.STOCK_CARD and not (self.one_of("variants") and self.one_of("warehouses")):
            problem = "a card is of one variant in one warehouse"
            raise BadInput(field="where", problem=problem).at("input", "where")
        return self

    def flows(self) -> FlowRequest:
        """Say which ins and outs it is about."""
        if self.days is None:
            raise ValueError("this report is about a period")
        return FlowRequest(
            days=self.days, by=self.flows_by, kinds=self.kinds, person=self.person, partners=self.partners
        )

    def one_of(self, name: str) -> UUID | None:
        """Return the only variant or warehouse in scope; None when there are several, or all."""
        chosen = getattr(self.scope, name)
        return chosen[0] if chosen is not None and len(chosen) == 1 else None

    def encode(self) -> dict[str, Any]:
        scope = self.scope
        return {
            "report": self.report.value,
            "variants": None if scope.variants is None else [str(each) for each in scope.variants],
            "warehouses": None if scope.warehouses is None else [str(each) for each in scope.warehouses],
            "category_id": None if scope.category_id is None else str(scope.category_id),
            "sku_contains": scope.sku_contains,
            "first": None if self.days is None else self.days.first.isoformat(),
            "last": None if self.days is None else self.days.last.isoformat(),
            "span": self.span.value,
            "by": self.by.value,
            "as_of": None if self.as_of is None else self.as_of.isoformat(),
            "flows_by": [each.value for each in self.flows_by],
            "kinds": None if self.kinds is None else [each.value for each in self.kinds],
            "person": self.person,
            "partners": None if self.partners is None else [str(each) for each in self.partners],
            "chinese": self.chinese,
        }

    @staticmethod
    def decode(given: Mapping[str, Any]) -> "ReportRequest":
        first, last, as_of = given["first"], given["last"], given["as_of"]
        scope = StockScope(
            variants=_ids(given["variants"]),
            warehouses=_ids(given["warehouses"]),
            category_id=UUID(given["category_id"]) if given["category_id"] else None,
            sku_contains=given["sku_contains"],
        )
        request = ReportRequest(
            report=ReportKind(given["report"]),
            scope=scope,
            span=Span(given["span"]),
            by=WorthBy(given["by"]),
            as_of=datetime.fromisoformat(as_of) if as_of else None,
            flows_by=[FlowBy(each) for each in given.get("flows_by", ())],
            kinds=None if given.get("kinds") is None else [MovementKind(each) for each in given["kinds"]],
            person=given.get("person"),
            partners=_ids(given.get("partners")),
            chinese=given["chinese"],
        )
        if first and last:
            request = replace(request, days=Days(first=date.fromisoformat(first), last=date.fromisoformat(last)))
        return request


def _ids(given: list[str] | None) -> list[UUID] | None:
    return None if given is None else [UUID(each) for each in given]
