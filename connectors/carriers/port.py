"""The one port of all who give waybill numbers (电子面单): asked for by an id of ours, given back, and confirmed."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who sends or gets a parcel; `token` stands for what a platform masks."""

    name: str = field(repr=False)
    phone: str = field(repr=False)
    province: str
    city: str | None = None
    district: str | None = None
    detail: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillOrder:
    """A parcel that needs a number; asking twice with one `object_id` gives the same number."""

    object_id: str
    carrier_code: str
    template_url: str
    order_number: str
    trade_number: str | None
    sender: Party
    recipient: Party
    items: tuple[tuple[str, int], ...]
    grams: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedWaybill:
    """The number, and what a printer makes the label of."""

    number: str
    print_data: str | None = field(default=None, repr=False)


class WaybillOffice(ABC):
    """Gives numbers; what it refuses is raised as a fault of connectors/faults.py."""

    @abstractmethod
    async def get(self, order: WaybillOrder) -> IssuedWaybill:
        """Get the number of a parcel."""

    @abstractmethod
    async def cancel(self, carrier_code: str, number: str) -> None:
        """Give a number back that is not used; giving it back twice does no harm."""

    @abstractmethod
    async def confirm(self, object_id: str, carrier_code: str, number: str) -> None:
        """Say that a number left with its parcel."""
