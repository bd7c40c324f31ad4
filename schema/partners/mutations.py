"""The mutations of partners (往来单位变更)."""

from typing import Any

import strawberry

from domain import partners
from schema.mutating import Call, mutation
from schema.partners.types import Partner, PartnerKind


@strawberry.input(description="Whom goods come from, or go to.")
class AddPartnerInput:
    """Distributors, ERPs and partners' warehouses are added by opening or connecting them."""

    kind: PartnerKind = strawberry.field(description="SUPPLIER or CUSTOMER.")
    code: str = strawberry.field(description="Its code, unique among those of its kind, in 1 to 40 characters.")
    name: str = strawberry.field(description="Its name, in 1 to 200 characters.")
    contact: str | None = strawberry.field(
        default=None, description="Who is to be asked there, and how, in at most 200 characters."
    )


@strawberry.input(description="What changes of a partner; what is not given stays.")
class ChangePartnerInput:
    """Of a distributor, an ERP or a partner's warehouse only the contact is changed here."""

    id: strawberry.ID = strawberry.field(description="The partner.")
    name: str | None = strawberry.field(default=None, description="Its name.")
    contact: str | None = strawberry.field(default=None, description="Who is to be asked there; empty takes it away.")
    active: bool | None = strawberry.field(default=None, description="Whether new documents may name it.")
    expected_version: int | None = strawberry.field(
        default=None, description="The version you have seen; refused when someone was faster."
    )


@strawberry.type
class PartnersMutation:
    """Mutations."""

    @mutation(Partner)
    async def add_partner(self, call: Call, input: AddPartnerInput) -> Any:  # noqa: A002
        new = partners.NewPartner(kind=input.kind, code=input.code, name=input.name, contact=input.contact)
        return await call.perform(partners.add_partner, new)

    @mutation(Partner)
    async def change_partner(self, call: Call, input: ChangePartnerInput) -> Any:  # noqa: A002
        changes = partners.PartnerChanges(name=input.name, contact=input.contact, active=input.active)
        key = call.key("Partner", input.id)
        return await call.perform(partners.change_partner, key, changes, expected_version=input.expected_version)
