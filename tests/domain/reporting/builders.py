"""A past for reports: stock that moved on many days, not always in the order in which it was written down."""

import contextlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from domain import inventory
from domain.kernel import Quantity, Refusal, Sessions, begin, system
from tests.domain.inventory.builders import a_variant, a_warehouse, adjust, stock

BEGINNING = datetime(2026, 8, 20, 0, 0, tzinfo=UTC)
DAYS = 80


@dataclass
class Past:
    """Variants and warehouses with a past."""

    variants: list[UUID]
    warehouses: list[inventory.WarehouseId]


async def a_past(sessions: Sessions, seed: int) -> Past:
    """Open two warehouses and three articles."""
    async with begin(sessions, system("tests"), at=BEGINNING) as work:
        variants = [await a_variant(work, f"P{seed}-{n}") for n in range(3)]
        return Past(variants, [await a_warehouse(work) for _ in range(2)])


async def live(sessions: Sessions, past: Past, seed: int, steps: int) -> None:
    """Move stock at random moments of the period, back and forth in time."""
    chance = random.Random(seed)
    for _ in range(steps):
        moment = BEGINNING + timedelta(minutes=chance.randrange(DAYS * 1440))
        variant, (here, there) = chance.choice(past.variants), chance.sample(past.warehouses, 2)
        with contextlib.suppress(Refusal):
            async with begin(sessions, system("clerk"), at=moment) as work:
                match chance.randrange(4):
                    case 0 | 1:
                        cost = f"{chance.randrange(1, 30)}.{chance.randrange(100):02}"
                        await stock(work, variant, here, chance.randrange(1, 20), cost)
                    case 2:
                        await adjust(work, variant, here, -chance.randrange(1, 6))
                    case _:
                        line = inventory.TransferredLine(variant_id=variant, quantity=Quantity(chance.randrange(1, 6)))
                        await inventory.transfer_stock(
                            work,
                            inventory.Transfer(
                                from_warehouse_id=here, to_warehouse_id=there, reason="refill", lines=[line]
                            ),
                        )


async def added_up(sessions: Sessions, times: int = 2) -> None:
    """Let the clock add the ledger up: it looks, and when everybody has ended it adds."""
    for _ in range(times):
        async with begin(sessions, system("clock")) as work:
            await inventory.sum_ledger(work)
