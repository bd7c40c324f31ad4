"""What happened between us and partners' warehouses (外仓事实)."""

from uuid import UUID

from domain.kernel import Event


class PaperOwed(Event):
    """A partner must be told of a paper, or that it is not wanted any more."""

    paper_id: UUID


class ArticlesOwed(Event):
    """A partner must be told what changed of articles of a product that it knows."""

    partner_id: UUID
    product_id: UUID


class ReportReceived(Event):
    """A partner reported something new, or a report is to be tried again."""

    report_id: UUID


class ConnectionTestAsked(Event):
    """Somebody wants to know whether a partner can be reached."""

    partner_id: UUID


class ComparisonAsked(Event):
    """Our book is to be compared with what a partner says it holds."""

    run_id: UUID
