"""What the mutations and lists of the in-house ERP are given (ERP 输入); credentials are sealed at the door."""

from datetime import date

import strawberry

from domain import erp
from schema.filters import IdFilter
from schema.mutating import Call


@strawberry.input(description="The key and the secret agreed with the ERP; sealed at once, never answered.")
class ErpCredentialsInput:
    """Every call is signed with them."""

    app_key: str = strawberry.field(description="The key of the application.")
    app_secret: str = strawberry.field(description="The secret calls are signed with.")


@strawberry.input(description="Where an ERP is, and what it may know.")
class ConnectPartnerErpInput:
    """Of stock it is told what moves from now on, of sales each day when it has ended."""

    code: str = strawberry.field(description="Its unique code: a-z, 0-9, - and _.")
    name: str = strawberry.field(description="Its name.")
    base_url: str = strawberry.field(description="Where it is called.")
    told_cost: bool = strawberry.field(default=False, description="Whether it is told what goods cost.")
    sales_from: date | None = strawberry.field(
        default=None, description="From which day on it is told of sales (UTC+8); today when left out."
    )
    credentials: ErpCredentialsInput = strawberry.field(description="The key and the secret.")


@strawberry.input(description="The ERP that is asked and told nothing for a while.")
class PausePartnerErpInput:
    """Feeds of sales are written all the same."""

    id: strawberry.ID = strawberry.field(description="The ERP.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="The ERP that is asked and told again.")
class ResumePartnerErpInput:
    """What waited is exchanged at once."""

    id: strawberry.ID = strawberry.field(description="The ERP.")


@strawberry.input(description="New credentials of an ERP.")
class AuthorisePartnerErpInput:
    """The old ones are forgotten."""

    id: strawberry.ID = strawberry.field(description="The ERP.")
    credentials: ErpCredentialsInput = strawberry.field(description="The key and the secret.")
    base_url: str | None = strawberry.field(default=None, description="Where it is called, if that changed.")


@strawberry.input(description="The connection to be tried.")
class CheckPartnerErpInput:
    """The outcome stands in testedAt and testProblem shortly."""

    id: strawberry.ID = strawberry.field(description="The ERP.")


@strawberry.input(description="The ERP with which what is new is exchanged now.")
class ExchangeWithErpInput:
    """The clock does it anyway, each half minute while nothing fails."""

    id: strawberry.ID = strawberry.field(description="The ERP.")


@strawberry.input(description="From where on everything is carried again.")
class ResendErpStreamInput:
    """What the side that takes it knows already changes nothing there."""

    id: strawberry.ID = strawberry.field(description="The stream.")
    cursor: str = strawberry.field(
        description="After this: a cursor of the ERP (empty for its beginning), or a position of our stock ledger."
    )


@strawberry.input(description="The change that is applied again.")
class RetryErpChangeInput:
    """After what stood in its way is gone."""

    id: strawberry.ID = strawberry.field(description="The change.")


@strawberry.input(description="The change from which nothing follows.")
class SetAsideErpChangeInput:
    """It stays readable."""

    id: strawberry.ID = strawberry.field(description="The change.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="The sales of a day that are told again.")
class ResendSalesFeedInput:
    """Under the same number: what the ERP has it does not take twice."""

    id: strawberry.ID = strawberry.field(description="The feed.")


@strawberry.input(description="Which changes of ERPs.")
class ErpChangeFilter:
    """Conditions are combined by AND."""

    statuses: list[erp.ErpChangeStatus] | None = strawberry.field(
        default=None, description="Of which one of these became."
    )
    change_id: str | None = strawberry.field(default=None, description="With this number of the ERP.")


@strawberry.input(description="Which sales of days.")
class SalesFeedFilter:
    """Conditions are combined by AND."""

    statuses: list[erp.SalesFeedStatus] | None = strawberry.field(default=None, description="In one of these states.")
    channel: IdFilter | None = strawberry.field(default=None, description="Of these channels.")
    from_day: date | None = strawberry.field(default=None, description="Of this day and later.")
    until_day: date | None = strawberry.field(default=None, description="Of this day and earlier.")


def sealed(call: Call, given: ErpCredentialsInput) -> str:
    """Seal credentials with the installation's key, which the door lends."""
    words: str = call.context.services["seal"](vars(given))
    return words


def erp_of(call: Call, given: ConnectPartnerErpInput) -> erp.NewPartnerErp:
    return erp.NewPartnerErp(
        code=given.code,
        name=given.name,
        base_url=given.base_url,
        told_cost=given.told_cost,
        sales_from=given.sales_from,
        sealed_credentials=sealed(call, given.credentials),
    )
