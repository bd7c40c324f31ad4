"""Examples of papers (单证样例): what a template is tried with, at its longest and at its emptiest."""

from typing import Any

from domain.printing import PrintKind

LINES = 30


def sample_of(kind: PrintKind) -> dict[str, Any]:
    """Make an example of a kind of paper; it has every field that a real one has."""
    printed = {"copy": 2, "printed_by": "王掌柜", "printed_at": "2026-11-11 09:30"}
    return SAMPLES[kind] | printed


def _lines(**fields: Any) -> list[dict[str, Any]]:
    return [{"position": str(position), **fields} for position in range(1, LINES + 1)]


GOODS = {"sku": "818-0001", "name": "连花清瘟胶囊 *24 粒*", "specification": "0.35g×24 粒"}
ORDER: dict[str, Any] = {
    "number": "SO26111100000001",
    "external_number": "2026111100001",
    "channel": "天猫旗舰店",
    "warehouse": "上海总仓",
    "placed_at": "2026-11-11 00:01",
    "paid_at": "2026-11-11 00:02",
    "receiver": "王小明",
    "phone": "138****0000",
    "address": "浙江省 杭州市 西湖区 文三路 1 号",
    "buyer_message": "请尽快发货",
    "seller_memo": "",
    "cash_on_delivery": True,
    "currency": "CNY",
    "goods_amount": "750.00",
    "discount_amount": "50.00",
    "freight_amount": "0.00",
    "total_amount": "700.00",
    "paid_amount": "0.00",
    "total_in_words": "柒佰元整",
    "lines": _lines(
        code="818-0001",
        title="连花清瘟胶囊 *24 粒*",
        bundle="",
        specification="0.35g×24 粒",
        ordered="2",
        quantity="1",
        unit_price="25.00",
        amount="25.00",
    ),
}
SAMPLES: dict[PrintKind, dict[str, Any]] = {
    PrintKind.ORDER: ORDER,
    PrintKind.PACKING_SLIP: ORDER,
    PrintKind.INVOICE_LIST: ORDER,
    PrintKind.STOCK_DOCUMENT: {
        "number": "SD000000001",
        "title": "入库单",
        "state": "已过账",
        "warehouse": "上海总仓",
        "to_warehouse": "",
        "partner": "杭州康宁医疗器械有限公司",
        "reason": "采购到货 PO-7",
        "drafted": "张仓管 2026-11-11 09:00",
        "approved": "李主管 2026-11-11 09:10",
        "posted": "",
        "costs": True,
        "lines": _lines(
            **GOODS,
            lot="L20261101",
            expires_on="2028-11-01",
            bin="A-01-01",
            to_bin="",
            quantity="12",
            unit_cost="3.50",
            amount="42.00",
        ),
    },
    PrintKind.STOCK_TRANSFER: {
        "number": "TR000000001",
        "warehouse": "上海总仓",
        "to_warehouse": "广州分仓",
        "reason": "补货",
        "requested": "张仓管 2026-11-11 09:00",
        "approved": "",
        "lines": _lines(**GOODS, wanted="12", approved="10", shipped="10", received="0"),
    },
    PrintKind.STOCKTAKE: {
        "number": "ST000000001",
        "warehouse": "上海总仓",
        "reason": "月末盘点",
        "blind": False,
        "started": "张仓管 2026-11-11 09:00",
        "lines": _lines(**GOODS, lot="L20261101", bin="A-01-01", book="12", counted=""),
    },
    PrintKind.PICK_LIST: {
        "number": "WV000000001",
        "warehouse": "上海总仓",
        "mode": "播种",
        "carrier": "SF",
        "picker": "张仓管",
        "made": "王掌柜 2026-11-11 09:00",
        "orders": "2",
        "pieces": "150",
        "lines": _lines(**GOODS, lot="L20261101", bin="A-01-01", quantity="5", slots="1×2 2×3", order=""),
    },
    PrintKind.WAYBILL_LABEL: {
        "number": "PG000000001",
        "waybill": "SF1234567890123",
        "carrier": "顺丰速运",
        "channel": "天猫旗舰店",
        "warehouse": "上海总仓",
        "order": "SO26111100000001",
        "external_number": "2026111100001",
        "receiver": "王小明",
        "phone": "138****0000",
        "address": "浙江省 杭州市 西湖区 文三路 1 号",
        "sender": "上海总仓",
        "sender_phone": "021-00000000",
        "sender_address": "上海市 浦东新区 世纪大道 1 号",
        "collect": "CNY 700.00",
        "grams": "1200",
        "message": "请尽快发货",
        "lines": _lines(**GOODS, quantity="2"),
    },
}
