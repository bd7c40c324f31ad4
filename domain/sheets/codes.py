"""What the codes of a sheet stand for (编码对照): warehouses, goods, bins and lots, looked up at once for all rows.

What is not there, or not the caller's to see, is a problem of its row.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import any_, bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text

from domain import catalogue, inventory
from domain.kernel import Work, visible
from domain.sheets.tables import Row, Sheet

TEXTS = bindparam("codes", type_=ARRAY(Text))
PLACE: tuple[Any, ...] = (inventory.Warehouse.id, inventory.Warehouse.code)
WAREHOUSES = select(*PLACE).where(inventory.Warehouse.code == any_(TEXTS))
GOODS: tuple[Any, ...] = (catalogue.Variant.id, catalogue.Variant.stocked)
SKUS = select(catalogue.Variant.sku.label("code"), *GOODS).where(catalogue.Variant.sku == any_(TEXTS))
BARCODES = (
    select(catalogue.Barcode.code, *GOODS)
    .join(catalogue.Variant, catalogue.Variant.id == catalogue.Barcode.variant_id)
    .where(catalogue.Barcode.code == any_(TEXTS))
)
# What nothing can be posted to is no bin of a sheet: a closed one, the trolley.
BINS = select(inventory.Bin.warehouse_id, inventory.Bin.code, inventory.Bin.id).where(
    inventory.Bin.code == any_(TEXTS), inventory.Bin.active, ~inventory.Bin.staging
)
LOTS = select(inventory.Lot.variant_id, inventory.Lot.code, inventory.Lot.id).where(inventory.Lot.code == any_(TEXTS))


@dataclass(frozen=True)
class Codes:
    """What the codes of a sheet stand for; a barcode stands for its article, a SKU before it."""

    warehouses: Mapping[str, UUID]
    goods: Mapping[str, Any]
    bins: Mapping[tuple[UUID, str], UUID]
    lots: Mapping[tuple[UUID, str], UUID]

    def place(self, row: Row, name: str) -> inventory.WarehouseId | None:
        code = row.text(name)
        if code and code not in self.warehouses:
            row.wrong(name, f"there is no warehouse {code} that you may see", f"没有您可以查看的仓库 {code}")
        found = self.warehouses.get(code)
        return None if found is None else inventory.WarehouseId(found)

    def variant(self, row: Row) -> UUID | None:
        """Find the article of a row; what is never in stock itself is none."""
        sku = row.text("sku")
        found = self.goods.get(sku)
        if sku and found is None:
            row.wrong("sku", f"there is no article {sku}", f"没有商品 {sku}")
        elif found is not None and not found.stocked:
            refusal = inventory.NotStocked(sku=sku)
            row.wrong("sku", refusal.message(), refusal.message_in_chinese())
            return None
        return None if found is None else UUID(str(found.id))

    def bin(self, row: Row, name: str, place: UUID | None) -> inventory.BinId | None:
        code = row.text(name)
        if not code or place is None:
            return None
        found = self.bins.get((place, code))
        if found is None:
            row.wrong(name, f"there is no bin {code}", f"没有库位 {code}")
            return None
        return inventory.BinId(found)

    def lot(self, row: Row, variant: UUID | None) -> inventory.LotId | None:
        """Find a lot that is there already."""
        code = row.text("lot", 100)
        if not code or variant is None:
            return None
        found = self.lots.get((variant, code))
        if found is None:
            row.wrong("lot", f"there is no lot {code} of it", f"该商品没有批号 {code}")
            return None
        return inventory.LotId(found)


async def codes_of(work: Work, sheet: Sheet) -> Codes:
    """Look all codes of a sheet up, within the caller's warehouses."""
    seen = visible(WAREHOUSES, work.actor, warehouse=inventory.Warehouse.id)
    articles = [*await work.rows(BARCODES, named_in(sheet, "sku")), *await work.rows(SKUS, named_in(sheet, "sku"))]
    bins, lots = named_in(sheet, "bin", "to_bin"), named_in(sheet, "lot")
    return Codes(
        warehouses={row.code: row.id for row in await work.rows(seen, named_in(sheet, "warehouse", "to_warehouse"))},
        goods={row.code: row for row in articles},
        bins={(row.warehouse_id, row.code): row.id for row in await work.rows(BINS, bins)},
        lots={(row.variant_id, row.code): row.id for row in await work.rows(LOTS, lots)},
    )


def named_in(sheet: Sheet, *names: str) -> dict[str, list[str]]:
    """List what stands in some columns, each once."""
    return {"codes": sorted({code for row in sheet.rows for name in names if (code := row.cells.get(name))})}
