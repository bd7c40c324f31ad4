"""The columns of each report (报表栏目), in English and Chinese: what stands in them, and whether it tells cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from domain.inventory import MovementKind
from domain.reporting.card import CostEffect
from domain.reporting.models import Suggestion
from domain.reporting.requests import ReportKind

Names = Mapping[Any, str]

TITLES: dict[ReportKind, tuple[str, str]] = {
    ReportKind.RECEIPTS_AND_ISSUES: ("Receipts and issues", "进销存"),
    ReportKind.STOCK_CARD: ("Stock card", "商品账页"),
    ReportKind.STOCK_WORTH: ("Stock worth", "库存金额"),
    ReportKind.STOCK_LEVELS: ("Stock", "库存"),
    ReportKind.STOCK_MOVEMENTS: ("Stock movements", "出入库明细"),
    ReportKind.RESERVES: ("Reserves", "储备分析"),
    ReportKind.STOCK_FLOWS: ("In and out", "出入库汇总"),
    ReportKind.STOCKTAKES: ("Stocktakes", "盘点报表"),
    ReportKind.TRANSFERS: ("Transfers", "调拨报表"),
}
KIND_NAMES: dict[str, str] = {
    MovementKind.RECEIPT: "入库",
    MovementKind.SALE: "销售出库",
    MovementKind.SALE_RETURN: "销售退货",
    MovementKind.ADJUSTMENT_IN: "其他入库",
    MovementKind.ADJUSTMENT_OUT: "其他出库",
    MovementKind.TRANSFER_OUT: "调拨出库",
    MovementKind.TRANSFER_IN: "调拨入库",
    "SUPPLIER_RETURN": "采购退货",
    "SCRAP": "报废",
    "ASSEMBLY": "组装",
    "DISASSEMBLY": "拆卸",
    "BIN_MOVE": "移库",
    "LOT_CHANGE": "批号调整",
    "REVALUATION": "成本调整",
    CostEffect.ENTERS_AT_ITS_PRICE: "按进价入账",
    CostEffect.LEAVES_AT_AVERAGE: "按均价出账",
    CostEffect.REVALUES: "金额调整",
    Suggestion.PURCHASE: "采购",
    Suggestion.TRANSFER_IN: "调入",
    Suggestion.TRANSFER_OUT: "调出",
    Suggestion.PROMOTE: "促销",
    Suggestion.RETURN_TO_SUPPLIER: "退供应商",
}


@dataclass(frozen=True)
class Column:
    """A column: its heading in both languages, and how its cell is read off a row."""

    heading: tuple[str, str]
    read: Callable[[Any, Names], Any]
    cost: bool = False
    width: int = 14


def plain(name: str, english: str, chinese: str, *, cost: bool = False, width: int = 14) -> Column:
    return Column((english, chinese), lambda row, _: getattr(row, name), cost, width)


def named(name: str, english: str, chinese: str) -> Column:
    """Show what a row refers to by its name."""
    return Column((english, chinese), lambda row, names: names.get(getattr(row, name), ""), width=20)


def yes(name: str, english: str, chinese: str) -> Column:
    """Mark what holds, and leave the rest empty: the eye finds marks."""
    return Column((english, chinese), lambda row, _: "✓" if getattr(row, name) else None, width=8)


def worded(name: str, english: str, chinese: str) -> Column:
    """Show a value of an enum, in the words of the house and of staff."""
    return Column((english, chinese), lambda row, _: _in_words(getattr(row, name)), width=26)


def _in_words(value: Any) -> str:
    if value is None:
        return ""
    return f"{value} {KIND_NAMES[value]}" if value in KIND_NAMES else str(value)


GOODS = (
    plain("sku", "SKU", "商家编码", width=20),
    plain("product_name", "Product", "商品名称", width=32),
    named("warehouse_id", "Warehouse", "仓库"),
)
MOVEMENT = (
    plain("effective_at", "Effective", "生效时间", width=19),
    plain("posted_at", "Posted", "记账时间", width=19),
    worded("kind", "Kind", "类型"),
    plain("quantity", "Quantity", "数量"),
    plain("cost_amount", "Cost", "成本金额", cost=True),
)
ORIGIN = (
    plain("reason", "Reason", "事由", width=32),
    plain("document_type", "Document", "单据类型", width=18),
    Column(("Document id", "单据标识"), lambda row, _: str(row.document_id), width=38),
    plain("document_line", "Line", "行号", width=8),
    plain("actor_name", "Person", "经手人"),
)
COLUMNS: dict[ReportKind, tuple[Column, ...]] = {
    ReportKind.RECEIPTS_AND_ISSUES: (
        plain("period", "Period from", "期间起"),
        *GOODS,
        plain("opening_quantity", "Opening", "期初数量"),
        plain("opening_value", "Opening value", "期初金额", cost=True),
        plain("received", "Received", "采购入库"),
        plain("returned", "Returned", "销售退货"),
        plain("transferred_in", "Transferred in", "调拨入库"),
        plain("other_in", "Other in", "其他入库"),
        plain("in_quantity", "In", "入库合计"),
        plain("in_value", "In value", "入库金额", cost=True),
        plain("sold", "Sold", "销售出库"),
        plain("transferred_out", "Transferred out", "调拨出库"),
        plain("other_out", "Other out", "其他出库"),
        plain("out_quantity", "Out", "出库合计"),
        plain("out_value", "Out value", "出库金额", cost=True),
        plain("sold_value", "Cost of goods sold", "销售成本", cost=True),
        plain("closing_quantity", "Closing", "期末数量"),
        plain("closing_value", "Closing value", "期末金额", cost=True),
    ),
    ReportKind.STOCK_CARD: (
        plain("sku", "SKU", "商家编码", width=20),
        named("warehouse_id", "Warehouse", "仓库"),
        *MOVEMENT,
        plain("unit_cost", "Unit cost", "单位成本", cost=True),
        worded("effect", "Effect on cost", "成本影响"),
        plain("quantity_after", "Stock after", "结存数量"),
        Column(("Value after", "结存金额"), lambda line, _: line.after.value, cost=True),
        Column(("Average before", "此前均价"), lambda line, _: line.scope_before.average(), cost=True),
        Column(("Average after", "结存均价"), lambda line, _: line.scope_after.average(), cost=True),
        *ORIGIN,
    ),
    ReportKind.STOCK_WORTH: (
        named("key", "Of", "名称"),
        plain("quantity", "Quantity", "数量"),
        plain("value", "Value", "金额", cost=True),
    ),
    ReportKind.STOCK_LEVELS: (
        *GOODS,
        plain("on_hand", "On hand", "在库"),
        plain("available", "Available", "可用"),
        plain("unpaid", "Claimed, unpaid", "待付款占用"),
        plain("to_review", "Claimed, to review", "待审核占用"),
        plain("to_ship", "Claimed, to ship", "待发货占用"),
        plain("preorder", "Promised before it is there", "预售占用"),
        plain("safety", "Safety", "安全库存"),
        plain("maximum", "Maximum", "库存上限"),
        plain("value", "Value", "金额", cost=True),
    ),
    ReportKind.RESERVES: (
        *GOODS,
        plain("on_hand", "On hand", "在库"),
        plain("available", "Available", "可用"),
        plain("value", "Value", "金额", cost=True),
        plain("tied_up", "Tied up", "占用资金", cost=True),
        yes("overstock", "Overstock", "超储"),
        yes("shortage", "Shortage", "短缺"),
        yes("slow", "Slow", "呆滞"),
        yes("backlog", "Backlog", "积压"),
        plain("excess", "Excess", "超储数量"),
        plain("lack", "Lack", "短缺数量"),
        plain("minimum", "Minimum", "下限"),
        plain("maximum", "Maximum", "上限"),
        plain("reorder_point", "Reorder point", "订货点"),
        plain("daily_sales", "Daily sales", "日均销量"),
        plain("days_of_stock", "Days of stock", "可销天数"),
        plain("turnover", "Turnover", "周转次数"),
        plain("last_sold_on", "Last sold", "最后销售日"),
        plain("in_stock_rate", "In stock", "有货率"),
        plain("value_class", "ABC", "ABC"),
        plain("demand_class", "XYZ", "XYZ"),
        worded("suggestion", "Suggestion", "建议"),
        plain("suggested_quantity", "Suggested quantity", "建议数量"),
        named("other_warehouse_id", "Other warehouse", "对方仓库"),
        named("supplier_id", "Supplier", "供应商"),
    ),
    ReportKind.STOCK_FLOWS: (
        plain("day", "Day", "日期"),
        plain("month", "Month", "月份"),
        plain("sku", "SKU", "商家编码", width=20),
        named("category_id", "Category", "类目"),
        named("warehouse_id", "Warehouse", "仓库"),
        worded("kind", "Kind", "类型"),
        plain("person", "Person", "经手人"),
        named("partner_id", "Partner", "往来方"),
        named("channel_id", "Channel", "渠道"),
        plain("in_quantity", "In", "入库数量"),
        plain("in_value", "In value", "入库金额", cost=True),
        plain("out_quantity", "Out", "出库数量"),
        plain("out_value", "Out value", "出库金额", cost=True),
        plain("movements", "Movements", "笔数"),
    ),
    ReportKind.STOCKTAKES: (
        plain("number", "Stocktake", "盘点单号", width=16),
        plain("began_at", "Begun", "开始时间", width=19),
        plain("status", "State", "状态"),
        plain("scope", "Scope", "范围"),
        *GOODS,
        plain("bin_code", "Bin", "库位"),
        plain("lot_code", "Lot", "批号"),
        plain("book_quantity", "Book", "账面数量"),
        plain("first_quantity", "First count", "初盘数量"),
        plain("counted_quantity", "Counted", "实盘数量"),
        plain("difference", "Difference", "盈亏数量"),
        plain("difference_value", "Difference in value", "盈亏金额", cost=True),
        plain("counted_at", "Counted at", "盘点时间", width=19),
        plain("counted_by", "Counted by", "盘点人", width=20),
        plain("started_by", "Begun by", "发起人"),
        plain("approved_by", "Approved by", "审核人"),
        plain("posted_by", "Posted by", "过账人"),
        plain("posted_at", "Posted", "过账时间", width=19),
    ),
    ReportKind.TRANSFERS: (
        plain("number", "Transfer", "调拨单号", width=16),
        plain("began_at", "Requested", "申请时间", width=19),
        plain("status", "State", "状态"),
        named("from_warehouse_id", "From", "调出仓"),
        named("to_warehouse_id", "To", "调入仓"),
        named("partner_id", "Partner", "往来方"),
        plain("sku", "SKU", "商家编码", width=20),
        plain("product_name", "Product", "商品名称", width=32),
        plain("wanted", "Wanted", "申请数量"),
        plain("approved", "Approved", "批准数量"),
        plain("shipped", "Left", "发出数量"),
        plain("shipped_value", "Left at cost", "发出金额", cost=True),
        plain("received", "Arrived", "收到数量"),
        plain("lost", "Lost", "丢失数量"),
        plain("under_way", "Under way", "在途数量"),
        plain("requested_by", "Requested by", "申请人"),
        plain("approved_by", "Approved by", "批准人"),
        plain("closed_by", "Closed by", "结单人"),
        plain("shipped_at", "Left at", "发出时间", width=19),
        plain("closed_at", "Closed at", "结单时间", width=19),
        plain("reason", "Reason", "事由", width=32),
    ),
    ReportKind.STOCK_MOVEMENTS: (
        *GOODS,
        plain("lot_code", "Lot", "批号"),
        *MOVEMENT,
        named("partner_id", "Partner", "往来方"),
        *ORIGIN,
    ),
}
