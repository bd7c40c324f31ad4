"""The one port of webhooks that take digests (汇总接收端口): the repetition of a number and sequence is one message."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.faults import OurFault


class NoticeRefused(OurFault):
    """The receiver understood and said no: the same again changes nothing, a person must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeAccount:
    """Where and as whom a webhook is called; neither is ever printed."""

    url: str = field(repr=False)
    key: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A digest for one recipient."""

    number: str
    sequence: int
    channel: str
    recipient: str
    digest: Mapping[str, Any]
    mail: str | None = field(default=None, repr=False)
    """To which mailbox, where the receiver is a mail gateway."""


class NoticePort(ABC):
    """One receiver; what it refuses is raised as a fault of connectors/faults.py."""

    @abstractmethod
    async def send(self, notice: Notice) -> str:
        """Hand a notice over and answer the receiver's own number, or nothing if it gives none."""
