"""Why a line of a document cannot be posted (过账拒绝): too little is there, of good lots, or at a known cost."""

from uuid import UUID

from domain.inventory.events import NegativeStockAttempted
from domain.inventory.models import WarehouseId
from domain.kernel import Event, Quantity, Refusal


class NegativeStock(Refusal):
    """Only {available} are there and promised to nobody, {wanted} cannot be taken out."""

    variant_id: UUID
    warehouse_id: UUID
    wanted: Quantity
    available: Quantity
    chinese = "可出库数量只有 {available}，不能出库 {wanted}"

    def fact(self) -> Event:
        return NegativeStockAttempted(
            variant_id=self.variant_id,
            warehouse_id=WarehouseId(self.warehouse_id),
            wanted=self.wanted,
            available=self.available,
        )


class LotsExpired(Refusal):
    """Only {available} have not expired and may still be sold, {wanted} are to be."""

    variant_id: UUID
    wanted: Quantity
    available: Quantity
    chinese = "未过期且未到禁售期的只有 {available}，需要出库 {wanted}"


class LotsBlocked(Refusal):
    """Only {available} are of lots not frozen, recalled or past their sale, {wanted} are to be taken."""

    variant_id: UUID
    wanted: Quantity
    available: Quantity
    chinese = "未冻结、未召回且未停售的批次只有 {available}，需要出库 {wanted}"


class CostUnknown(Refusal):
    """Nothing of this is in stock that could tell its cost; state the unit cost."""

    variant_id: UUID
    chinese = "当前无库存，无法确定成本，请填写单位成本"


class MovedOn(Refusal):
    """What line {line} moved has since moved on or changed its value; correct it by another document."""

    variant_id: UUID
    line: int
    chinese = "第 {line} 行的货品已再次变动或成本已变，请用其他单据更正"
