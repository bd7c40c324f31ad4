"""The one port of all partners' warehouses (外仓接口): papers out, stock asked for; what they report comes by itself.

Every call may be made again: a paper told twice under its number is one paper.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.faults import OurFault
from domain import exchange


class PartnerRefused(OurFault):
    """The partner understood and said no: the same paper again changes nothing, a person must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WmsAccount:
    """Where and as whom a partner's warehouse is reached; the secret is unsealed by the caller and never printed."""

    base_url: str
    customer_id: str
    owner_code: str
    warehouse_code: str
    sender: exchange.Person
    app_key: str
    app_secret: str = field(repr=False)


class Wms(ABC):
    """One warehouse of one partner; what it refuses is raised as a fault of connectors/faults.py."""

    @abstractmethod
    async def synchronize(self, article: exchange.ArticleToSend) -> str:
        """Let the partner know an article as it now is, and answer the partner's own number for it."""

    @abstractmethod
    async def send(self, paper: exchange.PaperToSend) -> str:
        """Hand a paper over and answer the partner's own number for it."""

    @abstractmethod
    async def cancel(self, number: str, type_: exchange.PaperType) -> None:
        """Ask for a paper not to be done; `PartnerRefused` when it is too late."""

    @abstractmethod
    async def pause(self, number: str, type_: exchange.PaperType, reason: str) -> None:
        """Ask the partner to wait with a paper; `PartnerRefused` when it is too late."""

    @abstractmethod
    async def resume(self, number: str, type_: exchange.PaperType) -> None:
        """Ask the partner to go on with a paper it waits with."""

    @abstractmethod
    async def stock(self, item_codes: Sequence[str]) -> list[exchange.HeldGoods]:
        """Ask what is there of these articles, by condition and lot."""
