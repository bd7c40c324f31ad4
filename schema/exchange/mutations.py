"""What can be done with partners' warehouses (外仓变更)."""

import dataclasses
from typing import Any

import strawberry

from domain import exchange
from schema.exchange import inputs
from schema.exchange.types import CompareRun, ExchangePaper, ExchangeReport, PartnerWarehouse, StockDifference
from schema.mutating import Call, mutation


def _without_key(call: Call) -> Call:
    """Drop the idempotency key, which would store a fast hash of secrets; the same again does no harm here."""
    return dataclasses.replace(call, idempotency_key=None)


@strawberry.type
class ExchangeMutation:
    """Mutations."""

    @mutation(PartnerWarehouse)
    async def connect_partner_warehouse(self, call: Call, input: inputs.ConnectPartnerWarehouseInput) -> Any:  # noqa: A002
        return await _without_key(call).perform(exchange.connect_partner_warehouse, inputs.partner_of(call, input))

    @mutation(PartnerWarehouse)
    async def pause_partner_warehouse(self, call: Call, input: inputs.PausePartnerWarehouseInput) -> Any:  # noqa: A002
        key = call.key("PartnerWarehouse", input.id)
        return await call.perform(exchange.pause_partner_warehouse, key, input.reason)

    @mutation(PartnerWarehouse)
    async def resume_partner_warehouse(self, call: Call, input: inputs.ResumePartnerWarehouseInput) -> Any:  # noqa: A002
        return await call.perform(exchange.resume_partner_warehouse, call.key("PartnerWarehouse", input.id))

    @mutation(PartnerWarehouse)
    async def authorise_partner_warehouse(self, call: Call, input: inputs.AuthorisePartnerWarehouseInput) -> Any:  # noqa: A002
        key, given = call.key("PartnerWarehouse", input.id), inputs.sealed(call, input.credentials)
        action = exchange.authorise_partner_warehouse
        return await _without_key(call).perform(action, key, sealed_credentials=given, base_url=input.base_url)

    @mutation(PartnerWarehouse)
    async def check_partner_warehouse(self, call: Call, input: inputs.CheckPartnerWarehouseInput) -> Any:  # noqa: A002
        return await call.perform(exchange.check_partner_warehouse, call.key("PartnerWarehouse", input.id))

    @mutation(PartnerWarehouse)
    async def set_partner_returns(self, call: Call, input: inputs.SetPartnerReturnsInput) -> Any:  # noqa: A002
        key = call.key("PartnerWarehouse", input.id)
        return await call.perform(exchange.set_partner_returns, key, takes_returns=input.takes_returns)

    @mutation(ExchangePaper)
    async def announce_order(self, call: Call, input: inputs.AnnounceOrderInput) -> Any:  # noqa: A002
        return await call.perform(exchange.announce_order, call.key("Order", input.order_id))

    @mutation(ExchangePaper)
    async def announce_stock_document(self, call: Call, input: inputs.AnnounceStockDocumentInput) -> Any:  # noqa: A002
        return await call.perform(exchange.announce_stock_document, call.key("StockDocument", input.document_id))

    @mutation(ExchangePaper)
    async def announce_transfer(self, call: Call, input: inputs.AnnounceTransferInput) -> Any:  # noqa: A002
        return await call.perform(exchange.announce_transfer, call.key("StockTransfer", input.transfer_id))

    @mutation(ExchangePaper)
    async def announce_return(self, call: Call, input: inputs.AnnounceReturnInput) -> Any:  # noqa: A002
        return await call.perform(exchange.announce_return, inputs.return_of(call, input))

    @mutation(ExchangePaper)
    async def withdraw_exchange_paper(self, call: Call, input: inputs.WithdrawExchangePaperInput) -> Any:  # noqa: A002
        return await call.perform(exchange.withdraw_exchange_paper, call.key("ExchangePaper", input.id), input.reason)

    @mutation(ExchangePaper)
    async def resend_exchange_paper(self, call: Call, input: inputs.ResendExchangePaperInput) -> Any:  # noqa: A002
        return await call.perform(exchange.resend_exchange_paper, call.key("ExchangePaper", input.id))

    @mutation(ExchangeReport)
    async def retry_exchange_report(self, call: Call, input: inputs.RetryExchangeReportInput) -> Any:  # noqa: A002
        return await call.perform(exchange.retry_exchange_report, call.key("ExchangeReport", input.id))

    @mutation(ExchangeReport)
    async def set_aside_exchange_report(self, call: Call, input: inputs.SetAsideExchangeReportInput) -> Any:  # noqa: A002
        key = call.key("ExchangeReport", input.id)
        return await call.perform(exchange.set_aside_exchange_report, key, input.reason)

    @mutation(CompareRun)
    async def compare_stock(self, call: Call, input: inputs.CompareStockInput) -> Any:  # noqa: A002
        return await call.perform(exchange.compare_stock, call.key("PartnerWarehouse", input.partner_id))

    @mutation(StockDifference)
    async def accept_stock_difference(self, call: Call, input: inputs.AcceptStockDifferenceInput) -> Any:  # noqa: A002
        return await call.perform(exchange.accept_stock_difference, call.key("StockDifference", input.id))
