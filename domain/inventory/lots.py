"""Lots (批号): what expires first goes out first (先到期先出), and what has expired is never sold."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from uuid import UUID

from sqlalchemy import any_, bindparam, select

from domain.inventory.averages import NOTHING
from domain.inventory.models import BinId, Lot, LotId
from domain.inventory.statements import TEXTS, UUIDS, statement
from domain.inventory.watch_rules import rules_of
from domain.kernel import Quantity, Refusal, Work, identifier

CHINA = timezone(timedelta(hours=8))
"""Expiry dates are dates of the warehouse; China has one zone and no summer time, so no zone database is needed."""

NOT_PUT_AWAY = (2**62, 0)
"""What lies in no bin is taken after what the shelves hold."""


class LotMismatch(Refusal):
    """Lot {lot_code} was received before with another expiry date: {expires_on}."""

    lot_code: str
    expires_on: str
    chinese = "批号 {lot_code} 此前入库的有效期为 {expires_on}，不一致"


def today(now: datetime) -> date:
    return now.astimezone(CHINA).date()


@dataclass(slots=True)
class LotStock:
    """What is left of one lot (or of goods without a lot) in one bin of a warehouse (or in none)."""

    lot_id: LotId | None
    expires_on: date | None
    on_hand: Quantity
    bin_id: BinId | None = None
    walk: tuple[int, int] = NOT_PUT_AWAY
    blocked: bool = False
    staged: bool = False
    frozen: bool = False
    sold_until: date | None = None
    changed: bool = False

    def turn(self) -> tuple[date, str, tuple[int, int], str]:
        """Say when it is its turn to be taken: the earliest expiry first, then the way through the warehouse."""
        return (self.expires_on or date.max, str(self.lot_id or ""), self.walk, str(self.bin_id or ""))

    def over(self, on: date) -> bool:
        """Whether its last day of sale is over, also when nobody has counted it as blocked yet."""
        last = self.sold_until or self.expires_on
        return last is not None and last < on


def first_expired_first_out(lots: Iterable[LotStock], wanted: Quantity) -> list[tuple[LotStock, Quantity]]:
    """Share an issue out over lots, the earliest expiry first; what never expires goes last. May give too little."""
    shares = []
    for lot in sorted(lots, key=LotStock.turn):
        share = min(lot.on_hand, wanted)
        if share > NOTHING:
            shares.append((lot, share))
            wanted -= share
    return shares


@dataclass(frozen=True, kw_only=True, slots=True)
class NewLot:
    """A lot as a document names it."""

    variant_id: UUID
    code: str
    produced_on: date | None
    expires_on: date | None


# A lot that is over as it comes in is never for sale.
MAKE = statement(f"""
    INSERT INTO lots (id, variant_id, code, produced_on, expires_on, status, sold_until, sold_until_since, sale_ended)
    SELECT given.id, given.variant_id, given.code, given.produced_on, given.expires_on, 'GOOD', last.day, :now,
        coalesce(last.day < :today, false)
    FROM unnest(:ids, :variant_ids, :codes, :produced, :expires)
        AS given (id, variant_id, code, produced_on, expires_on)
    {rules_of("given.variant_id")}
    CROSS JOIN LATERAL (SELECT given.expires_on - coalesce(rules.sale_ban_days, 0)::int AS day) AS last
    ORDER BY given.variant_id, given.code
    ON CONFLICT DO NOTHING
""")  # noqa: S608 — The formula is ours.
KNOWN = select(Lot.id, Lot.variant_id, Lot.code, Lot.expires_on).where(
    Lot.variant_id == any_(bindparam("variant_ids", type_=UUIDS)), Lot.code == any_(bindparam("codes", type_=TEXTS))
)


async def lots_named(work: Work, lines: Sequence[NewLot | None]) -> dict[tuple[UUID, str], LotId]:
    """Find the lots that lines name, or make them; one that is known with another expiry date is refused."""
    named = [each for each in lines if each is not None]
    if not named:
        return {}
    by_key = {(each.variant_id, each.code): each for each in named}
    ordered = [by_key[key] for key in sorted(by_key)]
    await work.execute(
        MAKE,
        {
            "ids": [identifier() for _ in ordered],
            "variant_ids": [each.variant_id for each in ordered],
            "codes": [each.code for each in ordered],
            "produced": [each.produced_on for each in ordered],
            "expires": [each.expires_on for each in ordered],
            "today": today(work.now),
            "now": work.now,
        },
    )
    given = {"variant_ids": [each.variant_id for each in named], "codes": [each.code for each in named]}
    known = {(row.variant_id, row.code): row for row in await work.rows(KNOWN, given)}
    for index, line in enumerate(lines):
        expires_on = known[line.variant_id, line.code].expires_on if line is not None else None
        if line is not None and line.expires_on not in (None, expires_on):
            mismatch = LotMismatch(lot_code=line.code, expires_on=str(expires_on or "none"))
            raise mismatch.at("input", "lines", str(index), "expiresOn")
    return {key: row.id for key, row in known.items()}
