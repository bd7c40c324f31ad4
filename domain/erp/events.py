"""What happened between us and the in-house ERP (ERP 对接事实)."""

from uuid import UUID

from domain.kernel import Event


class ErpTestAsked(Event):
    """Somebody wants to know whether an ERP can be reached."""

    partner_id: UUID


class ErpExchangeAsked(Event):
    """Somebody wants what is new to be exchanged with an ERP now."""

    partner_id: UUID


class ErpChangeReceived(Event):
    """An ERP changed something new, or a change is to be tried again."""

    change_row_id: UUID


class SalesFeedOwed(Event):
    """An ERP must be told of the sales of a day."""

    feed_id: UUID
