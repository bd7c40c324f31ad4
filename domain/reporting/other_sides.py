"""The other side of movements (往来方): whom goods came from or went to, else the place.

What a document says goes first; what was sold went to the distributor whose channel it is; a warehouse that a partner
runs is that partner.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, FromClause, and_, func, or_
from sqlalchemy.orm import aliased

from domain import fulfilment, inventory
from domain.partners import Partner, PartnerKind
from domain.reporting.periods import ids

MOVED, PARCEL, PAPER = inventory.Movement, fulfilment.Shipment, inventory.StockDocument
DISTRIBUTOR, RUNNER = aliased(Partner, name="distributor"), aliased(Partner, name="runner")
PLACE: Any = MOVED.counterpart_id
OTHER_SIDE: Any = func.coalesce(PAPER.partner_id, DISTRIBUTOR.id, RUNNER.id, PLACE)


def with_other_sides(rows: FromClause) -> FromClause:
    """Join whoever may stand on the other side of each movement; `rows` has the parcels."""
    of_paper = and_(MOVED.document_type == PAPER.__name__, PAPER.id == MOVED.document_id)
    of_channel = and_(DISTRIBUTOR.channel_id == PARCEL.channel_id, DISTRIBUTOR.kind == PartnerKind.DISTRIBUTOR)
    joined = rows.outerjoin(PAPER.__table__, of_paper).outerjoin(DISTRIBUTOR, of_channel)
    return joined.outerjoin(RUNNER, runs(RUNNER, PLACE))


def runs(partner: Any, warehouse_id: Any) -> ColumnElement[bool]:
    """Say that a partner runs a warehouse."""
    return and_(partner.warehouse_id == warehouse_id, partner.kind == PartnerKind.WMS)


def is_one_of(partners: Sequence[UUID]) -> ColumnElement[bool]:
    """Say whether one of these partners or places is the other side of a movement."""
    return or_(ids(partners) == OTHER_SIDE, ids(partners) == PLACE)


def with_parcels(rows: FromClause) -> FromClause:
    return rows.outerjoin(PARCEL.__table__, PARCEL.id == MOVED.document_id)
