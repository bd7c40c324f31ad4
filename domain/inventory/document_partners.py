"""Partners of stock documents (单据往来单位): whom goods came from or go to, by what the document does."""

from domain import partners
from domain.inventory.models import MovementKind, StockDocument
from domain.kernel import BadInput, Work
from domain.partners import PartnerKind

DELIVERS = frozenset({PartnerKind.SUPPLIER, PartnerKind.ERP, PartnerKind.WMS})
ANYBODY = frozenset(PartnerKind)
NAMES_PARTNER: dict[MovementKind, frozenset[PartnerKind]] = {
    MovementKind.RECEIPT: DELIVERS,
    MovementKind.SUPPLIER_RETURN: DELIVERS,
    MovementKind.ADJUSTMENT_IN: ANYBODY,
    MovementKind.ADJUSTMENT_OUT: ANYBODY,
    MovementKind.SCRAP: ANYBODY,
}
"""What crosses the border of the house, and with whom; what moves within it has two places instead."""


async def check_partner(work: Work, document: StockDocument) -> None:
    """Refuse a partner that is not there, is not active, or is none for such a document."""
    if document.partner_id is None:
        return
    kinds = NAMES_PARTNER.get(document.kind)
    if kinds is None:
        problem = "is given where goods come from or go to somebody outside"
        raise BadInput(field="partnerId", problem=problem).at("input", "partnerId")
    await partners.open_partner(work, document.partner_id, kinds)
