"""Who may act (身份) as clients see it; never a hash, a key or a token that was issued before."""

from datetime import datetime
from typing import Any

import strawberry

from domain import identity
from schema.base import Info, Node, edge, entity, field_of, id_of
from schema.refusals import RefusalInterface, shown
from schema.scalars import global_id

ClientKind = identity.ClientKind

VIEW = "identity.view"


def ids_of(type_name: str, keys: Any) -> list[strawberry.ID] | None:
    """Write the ids of a scope; null means all."""
    return None if keys is None else [strawberry.ID(global_id(type_name, key)) for key in keys]


@entity(reader=identity.roles_by_id, needs=VIEW, description="A named set of grants that people hold.")
class Role(Node):
    """A change takes effect on the next request of those who hold it."""

    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name.")
    permissions: list[str] = strawberry.field(description="The grants: `orders.review_order`, `orders.*` or `*`.")


@entity(reader=identity.staff_by_id, needs=VIEW, description="A person of the company.")
class Staff(Node):
    """One role, and the channels and warehouses they see."""

    email: str = strawberry.field(description="The address they sign in with.")
    name: str = strawberry.field(description="Their name.")
    active: bool = strawberry.field(description="Whether they may sign in.")
    on_duty: bool = strawberry.field(description="Whether they are given orders by load.")
    superior_id: strawberry.ID | None = id_of(
        "Staff", "superior_id", "Who stands above them; null is nobody.", optional=True
    )
    version: int = strawberry.field(description="Grows with each edit; give it as expectedVersion.")
    created_at: datetime = strawberry.field(description="Since when, in UTC.")

    @field_of(Role, "The role they hold.")
    async def role(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805
        return await info.context.load(identity.roles_by_id, root.role_id)

    @strawberry.field(description="The channels they see; null means all.")
    def channel_ids(root: strawberry.Parent[Any]) -> list[strawberry.ID] | None:  # noqa: N805
        return ids_of("Channel", root.channel_ids)

    @strawberry.field(description="The warehouses they see; null means all.")
    def warehouse_ids(root: strawberry.Parent[Any]) -> list[strawberry.ID] | None:  # noqa: N805
        return ids_of("Warehouse", root.warehouse_ids)


@entity(reader=identity.api_clients_by_id, needs=VIEW, description="A program that calls with a key.")
class ApiClient(Node):
    """The key itself is shown once, when the client is created."""

    code: str = strawberry.field(description="Its unique code.")
    name: str = strawberry.field(description="Its name.")
    kind: ClientKind = strawberry.field(description="Which program it is.")
    permissions: list[str] = strawberry.field(description="Its grants.")
    origins: list[str] = strawberry.field(description="The web origins its pages may call from.")
    restore_rate: int | None = strawberry.field(description="Query cost per second it may spend; null is the default.")
    trusted_only: bool = strawberry.field(description="Whether everything but its trusted documents is refused.")
    active: bool = strawberry.field(description="Whether its key works.")
    created_at: datetime = strawberry.field(description="Since when, in UTC.")

    @strawberry.field(description="The channels it sees; null means all.")
    def channel_ids(root: strawberry.Parent[Any]) -> list[strawberry.ID] | None:  # noqa: N805
        return ids_of("Channel", root.channel_ids)


@entity(reader=identity.trusted_documents_by_id, needs=VIEW, description="A document that a client's build registered.")
class TrustedDocument(Node):
    """It is never edited; the client asks for it by `documentId`."""

    document_id: str = strawberry.field(description="What the client asks for.")
    text: str = strawberry.field(description="The GraphQL document.")
    operations: list[str] = strawberry.field(description="The operations in it, such as `query SiteCatalogue`.")
    registered_at: datetime = strawberry.field(description="Since when, in UTC.")
    registered_by: str = strawberry.field(description="Who registered it.")
    api_client: ApiClient = edge(ApiClient, identity.api_clients_by_id, "client_id", "The client it is of.")


@strawberry.type(description="What came of registering or withdrawing documents, or why not.")
class ChangedDocumentsOutcome:
    """One refused document refuses them all, so that a build never goes live by halves."""

    @field_of(ApiClient | None, "The client; null when it was refused.")
    async def api_client(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805
        return await info.context.load(identity.api_clients_by_id, root.subject) if root.subject else None

    @strawberry.field(description="How many documents are really new, or really gone; null when it was refused.")
    def changed(root: strawberry.Parent[Any]) -> int | None:  # noqa: N805
        return root.extra.get("changed")  # type: ignore[no-any-return]

    @strawberry.field(description="Why not; empty when it was done.")
    def refusals(root: strawberry.Parent[Any]) -> list[RefusalInterface]:  # noqa: N805
        return shown(root.refusals)


@strawberry.type(description="What came of signing in: the tokens of the session, or why not.")
class SignInOutcome:
    """The access token lives for minutes; each refresh token works once."""

    @strawberry.field(description="Send it as `Authorization: Bearer ...`.")
    def access_token(root: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        return root.extra.get("access_token")  # type: ignore[no-any-return]

    @strawberry.field(description="Exchange it by refreshSession for new tokens; it works once.")
    def refresh_token(root: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        return root.extra.get("refresh_token")  # type: ignore[no-any-return]

    @strawberry.field(description="When the access token ends, in UTC.")
    def expires_at(root: strawberry.Parent[Any]) -> datetime | None:  # noqa: N805
        return root.extra.get("expires_at")  # type: ignore[no-any-return]

    @strawberry.field(description="Why not; empty when it was done.")
    def refusals(root: strawberry.Parent[Any]) -> list[RefusalInterface]:  # noqa: N805
        return shown([*root.refusals, *root.extra.get("refusals", ())])


@strawberry.type(description="What came of one's own account: the person, or why not.")
class OwnAccountOutcome:
    """What signOut, changePassword and setDuty answer."""

    @field_of(Staff | None, "The person; null when it was refused.")
    async def staff(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805
        return await info.context.load(identity.staff_by_id, root.subject) if root.subject else None

    @strawberry.field(description="Why not; empty when it was done.")
    def refusals(root: strawberry.Parent[Any]) -> list[RefusalInterface]:  # noqa: N805
        return shown([*root.refusals, *root.extra.get("refusals", ())])


@strawberry.type(description="A new client with its key, or why not.")
class CreatedClientOutcome:
    """The key is shown this once: only its hash is kept."""

    @field_of(ApiClient | None, "The client; null when it was refused.")
    async def api_client(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805
        return await info.context.load(identity.api_clients_by_id, root.subject) if root.subject else None

    @strawberry.field(description="Send it as `X-Api-Key`; it is never shown again.")
    def key(root: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        return root.extra.get("key")  # type: ignore[no-any-return]

    @strawberry.field(description="Why not; empty when it was done.")
    def refusals(root: strawberry.Parent[Any]) -> list[RefusalInterface]:  # noqa: N805
        return shown(root.refusals)
