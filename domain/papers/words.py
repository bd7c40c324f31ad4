"""Words on papers (单证用语): moments on the clock of the company, quantities without idle zeros, names of kinds."""

from datetime import datetime

from domain import inventory
from domain.kernel import Measure

KINDS = inventory.MovementKind
STATES = inventory.DocumentStatus

OF_KIND: dict[inventory.MovementKind, str] = {
    KINDS.RECEIPT: "入库单",
    KINDS.SALE: "销售出库单",
    KINDS.SALE_RETURN: "销售退货单",
    KINDS.ADJUSTMENT_IN: "其他入库单",
    KINDS.ADJUSTMENT_OUT: "其他出库单",
    KINDS.TRANSFER_OUT: "调拨出库单",
    KINDS.TRANSFER_IN: "调拨入库单",
    KINDS.SUPPLIER_RETURN: "采购退货单",
    KINDS.SCRAP: "报废单",
    KINDS.ASSEMBLY: "组装单",
    KINDS.DISASSEMBLY: "拆卸单",
    KINDS.BIN_MOVE: "移库单",
    KINDS.LOT_CHANGE: "批次调整单",
}
OF_STATE: dict[inventory.DocumentStatus, str] = {
    STATES.DRAFT: "草稿",
    STATES.APPROVED: "已审核",
    STATES.POSTED: "已过账",
    STATES.VOIDED: "已作废",
    STATES.DISCARDED: "已废弃",
}


def moment(at: datetime | None) -> str:
    """Write a moment as the company's clock shows it; nothing when there is none."""
    return at.astimezone(inventory.CHINA).strftime("%Y-%m-%d %H:%M") if at is not None else ""


def measure(given: Measure | None, places: int = 0) -> str:
    """Write a measure with at least so many places and no idle zeros: 2.5000 is 2.5."""
    if given is None:
        return ""
    whole, _, rest = str(given).partition(".")
    rest = rest.rstrip("0").ljust(places, "0")
    return f"{whole}.{rest}" if rest else whole
