"""A small company (样本公司) for stories about stock: two variants in two warehouses, defective goods apart."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from domain import inventory
from domain.kernel import Quantity, Work
from tests.domain.inventory.builders import a_variant, a_warehouse, a_zone, bin_named

TO_REVIEW, TO_SHIP = inventory.ClaimClass.TO_REVIEW, inventory.ClaimClass.TO_SHIP
PREORDER = inventory.ClaimClass.PREORDER
VARIANTS, WAREHOUSES = 2, 2


@dataclass
class Company:
    """Two variants in two warehouses, and the orders that hold some of them."""

    variants: list[UUID]
    warehouses: list[inventory.WarehouseId]
    orders: dict[UUID, list[inventory.WantedLine]] = field(default_factory=dict)
    served: dict[UUID, UUID] = field(default_factory=dict)
    preorders: dict[UUID, inventory.WantedLine] = field(default_factory=dict)
    bins: list[inventory.BinId] = field(default_factory=list)
    apart: inventory.WarehouseId | None = None
    parcels: list[tuple[UUID, list[inventory.BroughtBack]]] = field(default_factory=list)
    day: date = date(2030, 1, 1)

    def expiry(self, lot: str | None) -> date | None:
        """Say when a lot expires: the first never does, of the second all are sold with luck, the third is near."""
        return {"L1": self.day + timedelta(days=40), "L2": self.day + timedelta(days=9)}.get(lot or "")

    def order(self, turn: int) -> UUID | None:
        return list(self.orders)[turn % len(self.orders)] if self.orders else None

    def shared(self) -> "Company":
        """Give the same goods and places to a clerk with orders of his own."""
        return Company(self.variants, self.warehouses, bins=self.bins, apart=self.apart, day=self.day)


async def a_company(work: Work) -> Company:
    variants = [await a_variant(work) for _ in range(VARIANTS)]
    warehouses = [await a_warehouse(work) for _ in range(WAREHOUSES)]
    apart = await a_warehouse(work, sellable=False, kind=inventory.WarehouseKind.DEFECTIVE)
    company = Company(variants, warehouses, apart=apart, day=inventory.today(work.now))
    for warehouse in company.warehouses:
        await a_zone(work, warehouse, 1, inventory.NewBin(code="A1", walking_order=1, capacity=Quantity(30)))
        company.bins.append(await bin_named(work, warehouse, "A1"))
    return company


@dataclass(frozen=True)
class Step:
    """One thing that happens; the numbers say to what, and how much."""

    what: str
    variant: int
    warehouse: int
    quantity: int
    turn: int
