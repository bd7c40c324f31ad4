"""Partners (往来单位) as clients see them: who goods come from and go to."""

from datetime import datetime

import strawberry

from domain import partners
from schema.base import Node, entity

VIEW = "partners.view"
PartnerKind = partners.PartnerKind


@entity(
    reader=partners.partners_by_id,
    needs=VIEW,
    description="Whom goods come from or go to (往来单位): supplier, customer, distributor, ERP, partner's warehouse.",
)
class Partner(Node):
    """Suppliers and customers are added by people, the others stand here as soon as they are opened or connected."""

    kind: PartnerKind = strawberry.field(description="What it is to the company.")
    code: str = strawberry.field(description="Its code, unique among those of its kind.")
    name: str = strawberry.field(description="Its name.")
    contact: str | None = strawberry.field(description="Who is to be asked there, and how.")
    active: bool = strawberry.field(description="Whether new documents may name it.")
    version: int = strawberry.field(description="Counts its edits; give it as expectedVersion.")
    created_at: datetime = strawberry.field(description="Since when it is known, in UTC.")
