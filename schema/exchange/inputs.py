"""What the mutations and lists of partners' warehouses are given (外仓输入); credentials are sealed at the door."""

import strawberry

from domain import exchange
from schema.filters import IdFilter
from schema.mutating import Call
from schema.scalars import QuantityValue


@strawberry.input(description="The key and the secret agreed with the partner; sealed at once, never answered.")
class PartnerCredentialsInput:
    """Both sides sign with them."""

    app_key: str = strawberry.field(description="The key of the application.")
    app_secret: str = strawberry.field(description="The secret calls and reports are signed with.")


@strawberry.input(description="Who stands as the sender on parcels.")
class SenderInput:
    """Partners refuse a delivery without it."""

    name: str = strawberry.field(description="The name.")
    phone: str = strawberry.field(description="The phone.")
    province: str = strawberry.field(description="The province.")
    city: str = strawberry.field(description="The city.")
    detail: str = strawberry.field(description="The rest of the address.")


@strawberry.input(description="Which warehouse a partner runs, and how it is called there.")
class ConnectPartnerWarehouseInput:
    """It is told of what is to come in and go out from now on."""

    code: str = strawberry.field(description="Its unique code: a-z, 0-9, - and _.")
    name: str = strawberry.field(description="Its name.")
    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse it runs.")
    defective_warehouse_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where our books shall hold what it holds damaged."
    )
    base_url: str = strawberry.field(description="Where it is called.")
    customer_id: str = strawberry.field(description="What it calls us (customerId).")
    owner_code: str = strawberry.field(description="As whose goods it holds ours (货主编码).")
    their_code: str = strawberry.field(description="What it calls the warehouse (仓库编码).")
    sender: SenderInput = strawberry.field(description="Who stands as the sender on parcels.")
    credentials: PartnerCredentialsInput = strawberry.field(description="The key and the secret.")


@strawberry.input(description="The partner that is told nothing for a while.")
class PausePartnerWarehouseInput:
    """What it reports is taken all the same."""

    id: strawberry.ID = strawberry.field(description="The partner's warehouse.")
    reason: str = strawberry.field(description="Why.")


@strawberry.input(description="The partner that is told again.")
class ResumePartnerWarehouseInput:
    """What waited is told at once."""

    id: strawberry.ID = strawberry.field(description="The partner's warehouse.")


@strawberry.input(description="New credentials of a partner's warehouse.")
class AuthorisePartnerWarehouseInput:
    """The old ones are forgotten."""

    id: strawberry.ID = strawberry.field(description="The partner's warehouse.")
    credentials: PartnerCredentialsInput = strawberry.field(description="The key and the secret.")
    base_url: str | None = strawberry.field(default=None, description="Where it is called, if that changed.")


@strawberry.input(description="The connection to be tried.")
class CheckPartnerWarehouseInput:
    """The outcome stands in testedAt and testProblem shortly."""

    id: strawberry.ID = strawberry.field(description="The partner's warehouse.")


@strawberry.input(description="Whether buyers send goods back to a partner's warehouse.")
class SetPartnerReturnsInput:
    """Exchanges and refunds that were agreed to are then announced there by themselves."""

    id: strawberry.ID = strawberry.field(description="The partner's warehouse.")
    takes_returns: bool = strawberry.field(description="Whether they do.")


@strawberry.input(description="The order a partner is asked to ship.")
class AnnounceOrderInput:
    """A reviewed order in a warehouse that a partner runs; usually that happens by itself."""

    order_id: strawberry.ID = strawberry.field(description="The order.")


@strawberry.input(description="The approved stock document a partner is asked to carry out.")
class AnnounceStockDocumentInput:
    """Its confirmations post the goods, part by part."""

    document_id: strawberry.ID = strawberry.field(description="The stock document.")


@strawberry.input(description="The transfer of which a partner is asked to send or take in the goods.")
class AnnounceTransferInput:
    """Approved goods leave the warehouse it runs; what is under way arrives there."""

    transfer_id: strawberry.ID = strawberry.field(description="The transfer.")


@strawberry.input(description="How much of an order line a buyer sends back.")
class ExpectedReturnLineInput:
    """None more than is still with the buyer."""

    order_line_id: strawberry.ID = strawberry.field(description="The order line.")
    quantity: QuantityValue = strawberry.field(description="How much of it.")


@strawberry.input(description="What of a parcel a buyer sends back to a partner's warehouse.")
class AnnounceReturnInput:
    """What the partner confirms comes into stock at what it had cost."""

    shipment_id: strawberry.ID = strawberry.field(description="The parcel it was shipped in.")
    reason: str = strawberry.field(description="Why it comes back; the partner is told.")
    warehouse_id: strawberry.ID | None = strawberry.field(
        default=None, description="Where it is sent to; the warehouse it was shipped from when not given."
    )
    carrier_code: str | None = strawberry.field(default=None, description="Who carries it, as the partner calls them.")
    waybill: str | None = strawberry.field(default=None, description="The number of the parcel it comes back in.")
    lines: list[ExpectedReturnLineInput] | None = strawberry.field(
        default=None, description="What comes back; everything that is still with the buyer when not given."
    )


@strawberry.input(description="The paper that is not wanted any more.")
class WithdrawExchangePaperInput:
    """A partner may say that it is too late."""

    id: strawberry.ID = strawberry.field(description="The paper.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="The refused paper that is told again.")
class ResendExchangePaperInput:
    """Under the same number."""

    id: strawberry.ID = strawberry.field(description="The paper.")


@strawberry.input(description="The report that is applied again.")
class RetryExchangeReportInput:
    """After what stood in its way is gone."""

    id: strawberry.ID = strawberry.field(description="The report.")


@strawberry.input(description="The report from which nothing follows.")
class SetAsideExchangeReportInput:
    """It stays readable."""

    id: strawberry.ID = strawberry.field(description="The report.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="The partner whose stock is compared with our book.")
class CompareStockInput:
    """The differences are listed shortly."""

    partner_id: strawberry.ID = strawberry.field(description="The partner's warehouse.")


@strawberry.input(description="The difference in which the partner is believed.")
class AcceptStockDifferenceInput:
    """It is posted as found or lost."""

    id: strawberry.ID = strawberry.field(description="The difference.")


@strawberry.input(description="Which comparisons.")
class CompareRunFilter:
    """All of them when nothing is given."""

    warehouse: IdFilter | None = strawberry.field(default=None, description="Of this warehouse.")


@strawberry.input(description="Which differences.")
class StockDifferenceFilter:
    """Of one comparison."""

    run_id: strawberry.ID = strawberry.field(description="The comparison.")
    open_only: bool = strawberry.field(default=False, description="Only those in which nobody was believed yet.")


@strawberry.input(description="Which articles.")
class PartnerArticleFilter:
    """Of one partner."""

    partner_id: strawberry.ID = strawberry.field(description="The partner's warehouse.")
    refused_only: bool = strawberry.field(default=False, description="Only those the partner did not take.")


@strawberry.input(description="Which papers.")
class ExchangePaperFilter:
    """Conditions are combined by AND."""

    statuses: list[exchange.PaperStatus] | None = strawberry.field(default=None, description="In one of these states.")
    kinds: list[exchange.PaperKind] | None = strawberry.field(default=None, description="Asking for one of these.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="About this warehouse.")
    number: str | None = strawberry.field(default=None, description="With this number.")
    source_number: str | None = strawberry.field(
        default=None, description="Carrying out the order, document or transfer of this number."
    )


@strawberry.input(description="Which reports.")
class ExchangeReportFilter:
    """Conditions are combined by AND."""

    statuses: list[exchange.ReportStatus] | None = strawberry.field(
        default=None, description="Of which one of these became."
    )
    warehouse: IdFilter | None = strawberry.field(default=None, description="Of this warehouse.")


def sealed(call: Call, given: PartnerCredentialsInput) -> str:
    """Seal credentials with the installation's key, which the door lends."""
    words: str = call.context.services["seal"](vars(given))
    return words


def partner_of(call: Call, given: ConnectPartnerWarehouseInput) -> exchange.NewPartnerWarehouse:
    defective = given.defective_warehouse_id
    return exchange.NewPartnerWarehouse(
        code=given.code,
        name=given.name,
        warehouse_id=call.key("Warehouse", given.warehouse_id),
        defective_warehouse_id=call.key("Warehouse", defective) if defective else None,
        base_url=given.base_url,
        customer_id=given.customer_id,
        owner_code=given.owner_code,
        their_code=given.their_code,
        sender=exchange.Person(**vars(given.sender)),
        sealed_credentials=sealed(call, given.credentials),
    )


def return_of(call: Call, given: AnnounceReturnInput) -> exchange.ExpectedReturn:
    lines = [
        exchange.ExpectedLine(order_line_id=call.key("OrderLine", each.order_line_id), quantity=each.quantity)
        for each in given.lines or ()
    ]
    return exchange.ExpectedReturn(
        shipment_id=call.key("Shipment", given.shipment_id),
        reason=given.reason,
        warehouse_id=call.key("Warehouse", given.warehouse_id) if given.warehouse_id else None,
        carrier_code=given.carrier_code,
        waybill=given.waybill,
        lines=None if given.lines is None else lines,
    )
