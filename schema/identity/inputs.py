"""What the mutations of who may act are given (身份输入)."""

from typing import Any

import strawberry

from domain import identity, kernel
from schema.identity.types import ClientKind
from schema.pointing import words
from schema.scalars import key_of


@strawberry.input(description="The channels and warehouses someone sees; null means all of them.")
class ScopeInput:
    """Absent and null mean the same: all."""

    channel_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="The channels.")
    warehouse_ids: list[strawberry.ID] | None = strawberry.field(default=None, description="The warehouses.")


@strawberry.input(description="Who signs in.")
class SignInInput:
    """Both are kept by nobody in clear."""

    email: str = strawberry.field(description="The e-mail address of the account.")
    password: str = strawberry.field(description="Its password.")


@strawberry.input(description="The session to be continued.")
class RefreshSessionInput:
    """A refresh token that was used before ends its session."""

    refresh_token: str = strawberry.field(description="The refresh token of the last answer.")


@strawberry.input(description="Which sessions end.")
class SignOutInput:
    """By default the one of this token."""

    everywhere: bool = strawberry.field(default=False, description="End all sessions of the person.")


@strawberry.input(description="A new password for one's own account.")
class ChangePasswordInput:
    """The other sessions of the person end."""

    current_password: str = strawberry.field(description="The password until now.")
    new_password: str = strawberry.field(description="The new one, 10 to 128 characters.")


@strawberry.input(description="A person to be given an account.")
class AddStaffInput:
    """They sign in with the address and the password."""

    email: str = strawberry.field(description="The address they sign in with.")
    name: str = strawberry.field(description="Their name.")
    password: str = strawberry.field(description="A first password, 10 to 128 characters.")
    role_id: strawberry.ID = strawberry.field(description="The role they hold.")
    scope: ScopeInput | None = strawberry.field(default=None, description="What they see; without it, all.")


@strawberry.input(description="What changes about a person; what is not given stays.")
class EditStaffInput:
    """A new role, scope or activity ends their sessions."""

    id: strawberry.ID = strawberry.field(description="The person.")
    name: str | None = strawberry.field(default=None, description="Their name.")
    role_id: strawberry.ID | None = strawberry.field(default=None, description="The role they hold.")
    scope: ScopeInput | None = strawberry.field(default=None, description="What they see.")
    active: bool | None = strawberry.field(default=None, description="Whether they may sign in.")
    expected_version: int | None = strawberry.field(default=None, description="Refuse if somebody edited it since.")


@strawberry.input(description="Who stands above a person.")
class SetSuperiorInput:
    """The superior may change what the person is in charge of, and hears of what stays undone."""

    id: strawberry.ID = strawberry.field(description="The person.")
    superior_id: strawberry.ID | None = strawberry.field(
        default=None, description="Who stands above them; null is nobody."
    )
    expected_version: int | None = strawberry.field(default=None, description="Refuse if somebody edited it since.")


@strawberry.input(description="Whether a person is on duty (值班).")
class SetDutyInput:
    """Who is on duty is given orders by load, in channels that assign by themselves."""

    on_duty: bool = strawberry.field(description="Whether they are.")
    hands_over: bool = strawberry.field(
        default=False, description="Who goes off duty gives what they have to do to who is on duty."
    )
    staff_id: strawberry.ID | None = strawberry.field(
        default=None, description="One who stands below you; without it, yourself."
    )


@strawberry.input(description="A role to be created.")
class CreateRoleInput:
    """Nobody grants more than they have."""

    code: str = strawberry.field(description="Its unique code: lower-case letters, digits, hyphens.")
    name: str = strawberry.field(description="Its name.")
    permissions: list[str] = strawberry.field(
        description="Grants: `orders.review_order`, `orders.view`, `orders.*`, `*`."
    )


@strawberry.input(description="What changes about a role; what is not given stays.")
class EditRoleInput:
    """New grants replace all old ones."""

    id: strawberry.ID = strawberry.field(description="The role.")
    name: str | None = strawberry.field(default=None, description="Its name.")
    permissions: list[str] | None = strawberry.field(default=None, description="All its grants.")


@strawberry.input(description="A program to be given a key.")
class CreateApiClientInput:
    """Its key is answered once."""

    code: str = strawberry.field(description="Its unique code: lower-case letters, digits, hyphens.")
    name: str = strawberry.field(description="Its name.")
    kind: ClientKind = strawberry.field(description="Which program it is.")
    permissions: list[str] = strawberry.field(description="Its grants.")
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="What it sees; null means all."
    )
    origins: list[str] | None = strawberry.field(default=None, description="Web origins, as https://shop.example.")
    restore_rate: int | None = strawberry.field(default=None, description="Query cost per second it may spend.")


@strawberry.input(description="The program whose key is revoked.")
class RevokeApiClientInput:
    """It cannot be undone; create another."""

    id: strawberry.ID = strawberry.field(description="The client.")


@strawberry.input(description="A document of a program's build.")
class TrustedDocumentInput:
    """Documents are never edited: another text needs another id."""

    id: str = strawberry.field(
        description="What the program will ask for: the SHA-256 of the text in hexadecimal, or an id of its own."
    )
    text: str = strawberry.field(description="The GraphQL document, with the fragments it uses.")


@strawberry.input(description="The documents a program's build registers.")
class RegisterDocumentsInput:
    """What is known already stays as it is, so that every build may send all it has."""

    id: strawberry.ID = strawberry.field(description="The client.")
    documents: list[TrustedDocumentInput] = strawberry.field(description="The documents, at most 250 at once.")


@strawberry.input(description="The documents no build of a program asks for any more.")
class WithdrawDocumentsInput:
    """Ids that are not registered are passed over."""

    id: strawberry.ID = strawberry.field(description="The client.")
    document_ids: list[str] = strawberry.field(description="The ids of the documents, at most 250 at once.")


@strawberry.input(description="Whether a program may ask for nothing but its trusted documents.")
class RestrictApiClientInput:
    """It holds for everybody who is signed in through the client, too."""

    id: strawberry.ID = strawberry.field(description="The client.")
    trusted_only: bool = strawberry.field(description="True refuses everything else, over HTTP and sockets.")


def keys(type_name: str, ids: list[strawberry.ID] | None, field: str) -> tuple[Any, ...] | None:
    """Read the ids of a scope; one of another type is refused, never dropped: that would widen or narrow silently."""
    if ids is None:
        return None
    found = [key_of(type_name, each) for each in ids]
    if None in found:
        raise kernel.NotFound(what=words(type_name), which=ids[found.index(None)][:80]).at("input", field)
    return tuple(found)


def scope_of(given: ScopeInput) -> identity.Scope:
    return identity.Scope(
        keys("Channel", given.channel_ids, "channelIds"), keys("Warehouse", given.warehouse_ids, "warehouseIds")
    )
