"""What can be done with the in-house ERP (ERP 变更)."""

import dataclasses
from typing import Any

import strawberry

from domain import erp
from schema.erp import inputs
from schema.erp.types import ErpChange, ErpStream, PartnerErp, SalesFeed
from schema.mutating import Call, mutation


def _without_key(call: Call) -> Call:
    """Drop the idempotency key, which would store a fast hash of secrets; the same again does no harm here."""
    return dataclasses.replace(call, idempotency_key=None)


@strawberry.type
class ErpMutation:
    """Mutations."""

    @mutation(PartnerErp)
    async def connect_partner_erp(self, call: Call, input: inputs.ConnectPartnerErpInput) -> Any:  # noqa: A002
        return await _without_key(call).perform(erp.connect_partner_erp, inputs.erp_of(call, input))

    @mutation(PartnerErp)
    async def pause_partner_erp(self, call: Call, input: inputs.PausePartnerErpInput) -> Any:  # noqa: A002
        return await call.perform(erp.pause_partner_erp, call.key("PartnerErp", input.id), input.reason)

    @mutation(PartnerErp)
    async def resume_partner_erp(self, call: Call, input: inputs.ResumePartnerErpInput) -> Any:  # noqa: A002
        return await call.perform(erp.resume_partner_erp, call.key("PartnerErp", input.id))

    @mutation(PartnerErp)
    async def authorise_partner_erp(self, call: Call, input: inputs.AuthorisePartnerErpInput) -> Any:  # noqa: A002
        key, given = call.key("PartnerErp", input.id), inputs.sealed(call, input.credentials)
        action = erp.authorise_partner_erp
        return await _without_key(call).perform(action, key, sealed_credentials=given, base_url=input.base_url)

    @mutation(PartnerErp)
    async def check_partner_erp(self, call: Call, input: inputs.CheckPartnerErpInput) -> Any:  # noqa: A002
        return await call.perform(erp.check_partner_erp, call.key("PartnerErp", input.id))

    @mutation(PartnerErp)
    async def exchange_with_erp(self, call: Call, input: inputs.ExchangeWithErpInput) -> Any:  # noqa: A002
        return await call.perform(erp.exchange_with_erp, call.key("PartnerErp", input.id))

    @mutation(ErpStream)
    async def resend_erp_stream(self, call: Call, input: inputs.ResendErpStreamInput) -> Any:  # noqa: A002
        return await call.perform(erp.resend_erp_stream, call.key("ErpStream", input.id), input.cursor)

    @mutation(ErpChange)
    async def retry_erp_change(self, call: Call, input: inputs.RetryErpChangeInput) -> Any:  # noqa: A002
        return await call.perform(erp.retry_erp_change, call.key("ErpChange", input.id))

    @mutation(ErpChange)
    async def set_aside_erp_change(self, call: Call, input: inputs.SetAsideErpChangeInput) -> Any:  # noqa: A002
        return await call.perform(erp.set_aside_erp_change, call.key("ErpChange", input.id), input.reason)

    @mutation(SalesFeed)
    async def resend_sales_feed(self, call: Call, input: inputs.ResendSalesFeedInput) -> Any:  # noqa: A002
        return await call.perform(erp.resend_sales_feed, call.key("SalesFeed", input.id))
