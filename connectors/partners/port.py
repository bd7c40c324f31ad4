"""The one port of all ERPs (ERP 接口): their changes by cursor, our movements and sales by number.

Every call may be made again: what was told twice under its number is there once.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field

from connectors.faults import OurFault
from domain import erp


class ErpRefused(OurFault):
    """The ERP understood and said no: the same again changes nothing, a person must look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpAccount:
    """Where and as whom an ERP is reached; the secret is unsealed by the caller and never printed."""

    base_url: str
    app_key: str
    app_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PulledChanges:
    """Changes after a cursor, the cursor behind the last of them, and whether there are more."""

    changes: tuple[erp.RawChange, ...]
    cursor: str
    more: bool


class PartnerErpPort(ABC):
    """One ERP; what it refuses is raised as a fault of connectors/faults.py."""

    @abstractmethod
    async def ping(self) -> None:
        """Ask something harmless for which it must verify who asks."""

    @abstractmethod
    async def pull_changes(self, cursor: str) -> PulledChanges:
        """Read what it changed after a cursor of its own; the empty one is its beginning."""

    @abstractmethod
    async def push_movements(self, movements: Sequence[erp.ToldMovement]) -> None:
        """Tell what moved in our books, in the order of the ledger."""

    @abstractmethod
    async def push_sales(self, feed: erp.FeedToSend) -> str:
        """Tell the sales of a day and answer the ERP's own number, by which it acknowledges them."""
