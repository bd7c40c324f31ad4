"""The mutations of who may act (身份变更); signing in is neither rehearsed nor remembered under a key."""

import dataclasses
from typing import Any

import strawberry

from domain import identity
from schema.identity import inputs
from schema.identity.types import (
    ApiClient,
    ChangedDocumentsOutcome,
    CreatedClientOutcome,
    OwnAccountOutcome,
    Role,
    SignInOutcome,
    Staff,
)
from schema.mutating import Call, mutation
from schema.scalars import bad_input


def without_key(call: Call) -> Call:
    """Drop the idempotency key: it would store a fast hash of a password, or an answer without its secret or count.

    The e-mail address and the code are unique and a document is registered once, so that the same again does no harm.
    """
    return dataclasses.replace(call, idempotency_key=None)


def once(call: Call) -> Call:
    """Refuse a rehearsal too, which would let passwords be guessed uncounted."""
    if call.validate_only:
        raise bad_input(f"validateOnly: {call.name} cannot be rehearsed")
    return without_key(call)


def lent(call: Call, *names: str) -> dict[str, Any]:
    """Hand over what the door lends: the credentials port, the caller's address."""
    return {name: call.context.services[name] for name in names}


@strawberry.type
class IdentityMutation:
    """Mutations."""

    @mutation(outcome=SignInOutcome)
    async def sign_in(self, call: Call, input: inputs.SignInInput) -> Any:  # noqa: A002
        given = {"email": input.email, "password": input.password}
        return await once(call).perform(identity.sign_in, **given, **lent(call, "credentials", "address"))

    @mutation(outcome=SignInOutcome)
    async def refresh_session(self, call: Call, input: inputs.RefreshSessionInput) -> Any:  # noqa: A002
        given = {"refresh_token": input.refresh_token}
        return await once(call).perform(identity.refresh_session, **given, **lent(call, "credentials"))

    @mutation(outcome=OwnAccountOutcome)
    async def sign_out(self, call: Call, input: inputs.SignOutInput) -> Any:  # noqa: A002
        return await call.perform(identity.sign_out, everywhere=input.everywhere)

    @mutation(outcome=OwnAccountOutcome)
    async def change_password(self, call: Call, input: inputs.ChangePasswordInput) -> Any:  # noqa: A002
        given = {"current_password": input.current_password, "new_password": input.new_password}
        return await once(call).perform(identity.change_password, **given, **lent(call, "credentials", "address"))

    @mutation(Staff)
    async def add_staff(self, call: Call, input: inputs.AddStaffInput) -> Any:  # noqa: A002
        added = identity.NewStaff(
            email=input.email,
            name=input.name,
            role_id=call.key("Role", input.role_id),
            password=input.password,
            scope=inputs.scope_of(input.scope or inputs.ScopeInput()),
        )
        return await without_key(call).perform(identity.add_staff, added, **lent(call, "credentials"))

    @mutation(Staff)
    async def edit_staff(self, call: Call, input: inputs.EditStaffInput) -> Any:  # noqa: A002
        changes = identity.StaffChanges(
            name=input.name,
            role_id=call.key("Role", input.role_id) if input.role_id else None,
            scope=inputs.scope_of(input.scope) if input.scope else None,
            active=input.active,
        )
        key = call.key("Staff", input.id)
        return await call.perform(identity.edit_staff, key, changes, expected_version=input.expected_version)

    @mutation(Staff)
    async def set_superior(self, call: Call, input: inputs.SetSuperiorInput) -> Any:  # noqa: A002
        superior = call.key("Staff", input.superior_id) if input.superior_id else None
        key = call.key("Staff", input.id)
        return await call.perform(identity.set_superior, key, superior, expected_version=input.expected_version)

    @mutation(outcome=OwnAccountOutcome)
    async def set_duty(self, call: Call, input: inputs.SetDutyInput) -> Any:  # noqa: A002
        key = call.key("Staff", input.staff_id) if input.staff_id else None
        return await call.perform(identity.set_duty, key, on_duty=input.on_duty, hands_over=input.hands_over)

    @mutation(Role)
    async def create_role(self, call: Call, input: inputs.CreateRoleInput) -> Any:  # noqa: A002
        return await call.perform(identity.create_role, input.code, input.name, input.permissions)

    @mutation(Role)
    async def edit_role(self, call: Call, input: inputs.EditRoleInput) -> Any:  # noqa: A002
        return await call.perform(identity.edit_role, call.key("Role", input.id), input.name, input.permissions)

    @mutation(outcome=CreatedClientOutcome)
    async def create_api_client(self, call: Call, input: inputs.CreateApiClientInput) -> Any:  # noqa: A002
        client = identity.NewApiClient(
            code=input.code,
            name=input.name,
            kind=input.kind,
            permissions=tuple(input.permissions),
            channel_ids=inputs.keys("Channel", input.channel_ids, "channelIds"),
            origins=tuple(input.origins or ()),
            restore_rate=input.restore_rate,
        )
        return await without_key(call).perform(identity.create_api_client, client)

    @mutation(outcome=ChangedDocumentsOutcome)
    async def register_documents(self, call: Call, input: inputs.RegisterDocumentsInput) -> Any:  # noqa: A002
        documents = [identity.NewDocument(each.id, each.text) for each in input.documents]
        key = call.key("ApiClient", input.id)
        return await without_key(call).perform(identity.register_documents, key, documents, **lent(call, "checking"))

    @mutation(outcome=ChangedDocumentsOutcome)
    async def withdraw_documents(self, call: Call, input: inputs.WithdrawDocumentsInput) -> Any:  # noqa: A002
        key = call.key("ApiClient", input.id)
        return await without_key(call).perform(identity.withdraw_documents, key, input.document_ids)

    @mutation(ApiClient)
    async def restrict_api_client(self, call: Call, input: inputs.RestrictApiClientInput) -> Any:  # noqa: A002
        key = call.key("ApiClient", input.id)
        return await call.perform(identity.restrict_api_client, key, trusted_only=input.trusted_only)

    @mutation(ApiClient)
    async def revoke_api_client(self, call: Call, input: inputs.RevokeApiClientInput) -> Any:  # noqa: A002
        return await call.perform(identity.revoke_api_client, call.key("ApiClient", input.id))
