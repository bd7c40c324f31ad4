"""The one port of all SMS gateways (短信网关): a template, its words and a phone; nothing is sent twice on its own."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

shown_digits = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsMessage:
    """One message to one phone; `reference` comes back with the gateway's receipt."""

    phone: str = field(repr=False)
    template: str
    parameters: dict[str, str] = field(default_factory=dict, repr=False)
    reference: str

    @property
    def masked_phone(self) -> str:
        """As a log may show it."""
        return f"{'*' * max(len(self.phone) - shown_digits, 0)}{self.phone[-shown_digits:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsReceipt:
    """The gateway took the message under this number."""

    gateway_number: str


class SmsGateway(ABC):
    """Sends messages; what the gateway refuses is raised as a fault of connectors/faults.py."""

    @abstractmethod
    async def send(self, message: SmsMessage) -> SmsReceipt:
        """Hand one message over; after a fault with `outcome_unknown` it may have been sent."""
