"""What may go wrong outside (平台故障): each fault's class is the action to take, whatever the platform called it.

`wait` answers when the same call may be tried again, None means never without a person or a change on our side.
"""

from datetime import datetime, timedelta
from typing import ClassVar

attempts_max = 3


class ConnectorFault(Exception):  # noqa: N818 — its subclasses are named for the action they demand.
    """A partner did not do what was asked; the message holds no secret and no personal data."""

    stops_shop: ClassVar[bool] = False
    """All other calls of the same shop would meet the same fault until the wait is over."""

    def __init__(self, message: str, *, code: str = "", sub_code: str = "") -> None:
        super().__init__(" ".join(word for word in (code, sub_code, message) if word))
        self.code = code
        self.sub_code = sub_code

    def wait(self, now: datetime, attempt: int) -> timedelta | None:  # noqa: ARG002 — subclasses use both.
        """How long after `now` the attempt following `attempt` (1 = the first) may be made."""
        return None


class RetryLater(ConnectorFault):
    """The partner names the pause."""

    def __init__(self, message: str, *, after: timedelta, code: str = "", sub_code: str = "") -> None:
        super().__init__(message, code=code, sub_code=sub_code)
        self.after = after

    def wait(self, now: datetime, attempt: int) -> timedelta | None:  # noqa: ARG002 — the partner decides alone.
        return self.after


class DelaySixHours(RetryLater):
    """限流, 大促: the item is closed to changes for hours; other items are not."""

    def __init__(self, message: str, *, code: str = "", sub_code: str = "") -> None:
        super().__init__(message, after=timedelta(hours=6), code=code, sub_code=sub_code)


class Blocked(ConnectorFault):
    """Nothing of this shop passes before `until`."""

    stops_shop = True

    def __init__(self, message: str, *, until: datetime, code: str = "", sub_code: str = "") -> None:
        super().__init__(message, code=code, sub_code=sub_code)
        self.until = until

    def wait(self, now: datetime, attempt: int) -> timedelta | None:  # noqa: ARG002 — the ban runs by the clock.
        return max(self.until - now, timedelta())


class Banned(Blocked):
    """Too many calls in too short a time: a ban of seconds."""


class QuotaExhausted(Blocked):
    """The calls of this day are used up; they come back at midnight, GMT+8."""


class SessionDead(ConnectorFault):
    """The seller's authorisation is gone: the shop is marked unauthorised, nobody retries."""

    stops_shop = True


class PermissionMissing(ConnectorFault):
    """The application may not make this call: fatal until the platform grants the package."""


class PlatformFault(ConnectorFault):
    """The platform failed; the call may be made again, each time after a longer pause.

    `outcome_unknown`: the request may have taken effect, because the answer and not the request was lost.
    """

    def __init__(self, message: str, *, code: str = "", sub_code: str = "", outcome_unknown: bool = False) -> None:
        super().__init__(message, code=code, sub_code=sub_code)
        self.outcome_unknown = outcome_unknown

    def wait(self, now: datetime, attempt: int) -> timedelta | None:  # noqa: ARG002 — the pause grows from the answer.
        return timedelta(seconds=5 * 4 ** (attempt - 1)) if attempt <= attempts_max else None


class UnreadableAnswer(PlatformFault):
    """Garbage where an answer should be, or far too much of it; a gateway in trouble looks like this."""


class OurFault(ConnectorFault):
    """We asked wrongly: trying again changes nothing, the call becomes a dead letter."""


class NotOffered(OurFault):
    """The platform has no such call, as its own declaration says."""


class MovedOn(OurFault):
    """The document has come to another state there, in which this can no longer be said: a person looks anew."""


class UnknownThere(OurFault):
    """The partner has no such document."""


class MappingGone(ConnectorFault):
    """The listing or SKU no longer exists there: the mapping is deleted."""


class LockedByCampaign(ConnectorFault):
    """聚划算, 活动商品: the platform forbids changes; the sync of this item rests until a person wakes it."""
