"""What can be done to the desk (工作台变更)."""

import dataclasses
from datetime import date
from typing import Any

import strawberry

from domain import desk
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


@strawberry.type
class DeskMutation:
    """Mutations."""

    @mutation(DeskRule)
    async def set_desk_rule(self, call: Call, input: SetDeskRuleInput) -> Any:  # noqa: A002
        given = dataclasses.asdict(input)
        version, channel_id = given.pop("expected_version"), call.key("Channel", given.pop("channel_id"))
        person = given.pop("escalates_to_id")
        hours = tuple(desk.Hours(**each) for each in given.pop("hours"))
        to = call.key("Staff", person) if person is not None else None
        rule = desk.Desk(**given, hours=hours, escalates_to_id=to)
        return await call.perform(desk.set_desk_rule, channel_id=channel_id, rule=rule, expected_version=version)
