"""What can be done to the desk (工作台变更)."""

import dataclasses
from datetime import date
from typing import Any

import strawberry

from domain import desk, kernel
from schema.desk.delivery_types import DigestAddress, DigestDelivery
from schema.desk.types import DeskRule
from schema.mutating import Call, mutation


@strawberry.input(description="Hours in which a desk is stricter, laxer or silent; in China's time.")
class DeskHoursInput:
    """The first entry that covers a moment counts."""

    from_hour: int = strawberry.field(description="From this full hour, 0 to 23.")
    until_hour: int = strawberry.field(description="Until before this one, 0 to 24; the same as fromHour is all day.")
    first_day: date | None = strawberry.field(default=None, description="Not before this day.")
    last_day: date | None = strawberry.field(default=None, description="Not after this day.")
    percent: int | None = strawberry.field(
        default=None, description="Limits are so many percent of the usual; not given: nobody is reminded."
    )


@strawberry.input(description="A channel and how its desk works.")
class SetDeskRuleInput:
    """The whole of it; what is not given is not done."""

    channel_id: strawberry.ID = strawberry.field(description="The channel.")
    assigns_by_load: bool = strawberry.field(
        default=False, description="Give orders to review to who is on duty and has the least to do."
    )
    most_open_orders: int | None = strawberry.field(default=None, description="Give nobody more open orders than this.")
    unprinted_minutes: int | None = strawberry.field(default=None, description="Remind of what is not printed after.")
    unshipped_minutes: int | None = strawberry.field(default=None, description="Remind of what is picked and not sent.")
    promise_minutes: int | None = strawberry.field(
        default=None, description="Remind so long before the promised ship time."
    )
    refund_minutes: int | None = strawberry.field(default=None, description="Remind of a refund nobody looked at.")
    balance_minutes: int | None = strawberry.field(
        default=None, description="Remind so long before the balance of a deposit order is due."
    )
    escalate_minutes: int | None = strawberry.field(
        default=None, description="Address an alert to the next superior after so long."
    )
    escalates_to_id: strawberry.ID | None = strawberry.field(
        default=None, description="Whom to address when there is no superior."
    )
    digest_hour: int | None = strawberry.field(default=None, description="From which hour on the digest is made, 0-23.")
    hours: list[DeskHoursInput] = strawberry.field(
        default_factory=list, description="When it is stricter, laxer or silent, at most 50."
    )
    expected_version: int | None = strawberry.field(default=None, description="Refuse if somebody changed it since.")


@strawberry.input(description="Whose digests are sent where: a person's, or those of a team's channels.")
class SetDigestAddressInput:
    """Without an id a new one; with it, all of it replaces what was."""

    name: str = strawberry.field(description="Whose it is, or what the team is called; unique, 1 to 100 characters.")
    url: str | None = strawberry.field(
        default=None, description="The webhook; sealed at once, of it only the host is answered."
    )
    key: str | None = strawberry.field(default=None, description="The key agreed with it, by which it knows us.")
    secret: str | None = strawberry.field(
        default=None, description="The secret messages are signed with; sealed at once, never answered."
    )
    mail: str | None = strawberry.field(default=None, description="A mailbox instead of webhook, key and secret.")
    id: strawberry.ID | None = strawberry.field(default=None, description="The address to be changed.")
    staff_id: strawberry.ID | None = strawberry.field(default=None, description="The person; not given: a team.")
    channel_ids: list[strawberry.ID] | None = strawberry.field(
        default=None, description="A team's channels, 1 to 200; not given: all."
    )
    expected_version: int | None = strawberry.field(default=None, description="Refuse if somebody changed it since.")


@strawberry.input(description="An address that is to get no digests any more.")
class RemoveDigestAddressInput:
    """What was sent stays."""

    id: strawberry.ID = strawberry.field(description="The address.")
    expected_version: int | None = strawberry.field(default=None, description="Refuse if somebody changed it since.")


@strawberry.input(description="A digest that is to be sent again.")
class ResendDigestInput:
    """To the address of now."""

    id: strawberry.ID = strawberry.field(description="The delivery.")


def _opened(given: SetDigestAddressInput) -> tuple[str, dict[str, str]]:
    """Say what of an address may be shown, and what must be sealed: a mailbox, or a webhook with key and secret."""
    hook = {"url": given.url, "key": given.key, "secret": given.secret}
    if given.mail is not None:
        if other := next((name for name, value in hook.items() if value is not None), None):
            raise kernel.BadInput(field=other, problem="is for webhooks: give it or a mailbox").at("input", other)
        return desk.masked_mail(given.mail), {"mail": given.mail}
    filled = {name: value for name, value in hook.items() if value is not None and value.strip()}
    if missing := next((name for name in hook if name not in filled), None):
        problem = "is needed, with the other two of url, key and secret; or give a mailbox"
        raise kernel.BadInput(field=missing, problem=problem).at("input", missing)
    return desk.host_of(filled["url"]), filled


def _address(call: Call, given: SetDigestAddressInput) -> desk.NewDigestAddress:
    """Check where it is, and seal what opens it with the installation's key, which the door lends."""
    host, opens = _opened(given)
    keys = given.channel_ids
    return desk.NewDigestAddress(
        name=given.name,
        staff_id=call.key("Staff", given.staff_id) if given.staff_id is not None else None,
        channel_ids=None if keys is None else [call.key("Channel", each) for each in keys],
        host=host,
        sealed_credentials=call.context.services["seal"](opens),
    )


@strawberry.type
class DeskMutation:
    """Mutations."""

    @mutation(DigestAddress)
    async def set_digest_address(self, call: Call, input: SetDigestAddressInput) -> Any:  # noqa: A002
        # An idempotency key would store a fast hash of secrets; the same again does no harm here.
        unkeyed = dataclasses.replace(call, idempotency_key=None)
        key = call.key("DigestAddress", input.id) if input.id is not None else None
        return await unkeyed.perform(desk.set_digest_address, _address(call, input), key, input.expected_version)

    @mutation(DigestAddress)
    async def remove_digest_address(self, call: Call, input: RemoveDigestAddressInput) -> Any:  # noqa: A002
        key = call.key("DigestAddress", input.id)
        return await call.perform(desk.remove_digest_address, key, input.expected_version)

    @mutation(DigestDelivery)
    async def resend_digest(self, call: Call, input: ResendDigestInput) -> Any:  # noqa: A002
        return await call.perform(desk.resend_digest, call.key("DigestDelivery", input.id))

    @mutation(DeskRule)
    async def set_desk_rule(self, call: Call, input: SetDeskRuleInput) -> Any:  # noqa: A002
        given = dataclasses.asdict(input)
        version, channel_id = given.pop("expected_version"), call.key("Channel", given.pop("channel_id"))
        person = given.pop("escalates_to_id")
        hours = tuple(desk.Hours(**each) for each in given.pop("hours"))
        to = call.key("Staff", person) if person is not None else None
        rule = desk.Desk(**given, hours=hours, escalates_to_id=to)
        return await call.perform(desk.set_desk_rule, channel_id=channel_id, rule=rule, expected_version=version)
