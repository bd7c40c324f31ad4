"""The lists of who may act (身份列表)."""

from typing import Annotated, Any

import strawberry

from domain import identity
from schema.base import Info, query
from schema.identity.types import VIEW, ApiClient, Role, Staff, TrustedDocument
from schema.paging import Connection, page_request
from schema.scalars import key_of


@strawberry.type
class IdentityQuery:
    """Root fields."""

    @query(Connection[Staff], "The people of the company, by e-mail address.", needs=VIEW)
    async def staff_members(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await identity.staff_members(info.context.read, page_request(first, after, last, before))

    @query(Connection[Role], "The roles, by code.", needs=VIEW)
    async def roles(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await identity.roles(info.context.read, page_request(first, after, last, before))

    @query(Connection[ApiClient], "The programs that call with a key, by code.", needs=VIEW)
    async def api_clients(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        return await identity.api_clients(info.context.read, page_request(first, after, last, before))

    @query(Connection[TrustedDocument], "The trusted documents of a client, by their ids.", needs=VIEW)
    async def trusted_documents(
        self,
        info: Info,
        *,
        api_client_id: Annotated[strawberry.ID, strawberry.argument(description="The client they are of.")],
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        request = page_request(first, after, last, before)
        return await identity.trusted_documents(info.context.read, key_of("ApiClient", api_client_id), request)
