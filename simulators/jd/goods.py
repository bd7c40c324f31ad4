"""Goods over JD (京东商品): stock in full, or in steps with a key against repetition; price, up and down, SKU list."""

from typing import Any

from simulators.clock import china_text, from_china_text
from simulators.jd.errors import ResultError
from simulators.jd.gateway import Call, Method
from simulators.parsing import MalformedError, cents
from simulators.records import Item, yuan

PAGE_SIZE_MAX = 100
QUANTITY_MAX = 100_000_000
_FOREVER = 2**40


def update_stock(call: Call) -> dict[str, Any]:
    """Write a SKU's stock."""
    item, quantity = _sku(call), call.number("stockNum")
    if not 0 <= quantity <= QUANTITY_MAX:
        raise ResultError(10200002, "库存数量不合法", "invalid stockNum")
    return _write(call, item, quantity)


def increase_stock(call: Call) -> dict[str, Any]:
    """Change a SKU's stock by a step; the same stockRfId changes it once."""
    item, step, key = _sku(call), call.number("stockNum"), call.need("stockRfId")
    if item.quantity + step < 0:
        raise ResultError(10200003, "库存不足", "stock would fall below zero")
    if not call.world.new_nonce(f"{call.shop.code}/stock", key):
        return {"success": True}
    return _write(call, item, item.quantity + step)


def update_price(call: Call) -> dict[str, Any]:
    item = _sku(call)
    try:
        price = cents(call.need("jdPrice"), "jdPrice")
    except MalformedError as error:
        raise ResultError(10200004, "京东价不合法", "invalid jdPrice") from error
    if price <= 0:
        raise ResultError(10200004, "京东价不合法", "invalid jdPrice")
    item.price_cents = price
    call.shop.save_item(item)
    return {"success": True}


def up_or_down(call: Call) -> dict[str, Any]:
    items, kind = call.shop.items_of(call.need("wareId")), call.number("opType")
    if not items:
        raise ResultError(10200001, "商品不存在", "ware does not exist")
    if kind not in {1, 2}:
        raise ResultError(10200005, "操作类型不合法", "invalid opType")
    for item in items:
        item.lock = "" if kind == 1 else "已下架"
        call.shop.save_item(item)
    return {"success": True}


def search_skus(call: Call) -> dict[str, Any]:
    """SKUs by number, ware, seller's code or change, in pages."""
    size, page = call.number("pageSize", 20), call.number("pageNo", 1)
    if not 1 <= size <= PAGE_SIZE_MAX or page < 1:
        raise ResultError(10200006, "分页参数不合法", "invalid page")
    fields = set(call.body.get("fields") or ("skuId", "wareId", "outerId"))
    start, end = _moment(call, "startModifiedTime", 0), _moment(call, "endModifiedTime", _FOREVER)
    wanted = {name: {str(value) for value in call.body.get(name) or ()} for name in ("skuId", "wareId", "outId")}
    rows = [
        item
        for item in sorted(call.shop.by_sku.values(), key=lambda one: one.sku)
        if not item.deleted and start <= item.modified_at <= end and _matches(item, wanted)
    ]
    part = [_told(item, fields) for item in rows[(page - 1) * size : page * size]]
    return {"page": {"data": part, "totalItem": len(rows), "pageSize": size, "pageNo": page}}


def _matches(item: Item, wanted: dict[str, set[str]]) -> bool:
    values = {"skuId": item.sku, "wareId": item.item, "outId": item.seller_code}
    return all(not names or values[name] in names for name, names in wanted.items())


def _told(item: Item, fields: set[str]) -> dict[str, Any]:
    row = {
        "skuId": int(item.sku) if item.sku.isdigit() else item.sku,
        "wareId": int(item.item) if item.item.isdigit() else item.item,
        "outerId": item.seller_code,
        "barCode": item.barcode,
        "skuName": item.title,
        "jdPrice": yuan(item.price_cents),
        "stockNum": item.quantity,
        "status": 2 if item.lock == "已下架" else 1,
        "modified": china_text(item.modified_at),
    }
    return {name: value for name, value in row.items() if name in fields}


def _sku(call: Call) -> Item:
    item = call.shop.by_sku.get(call.need("skuId"))
    if item is None or item.deleted:
        raise ResultError(10200001, "SKU不存在", "sku does not exist")
    if item.lock and item.lock != "已下架":
        raise ResultError(10200007, item.lock, "sku is locked")
    return item


def _write(call: Call, item: Item, quantity: int) -> dict[str, Any]:
    item.quantity = quantity
    item.pushes += 1
    call.shop.save_item(item)
    return {"success": True}


def _moment(call: Call, name: str, default: int) -> int:
    text = call.get(name)
    try:
        return from_china_text(text) if text else default
    except ValueError:
        raise ResultError(10200008, f"时间格式不合法:{name}", f"invalid {name}") from None


def _failure(error: ResultError) -> dict[str, Any]:
    return {
        "success": False,
        "errorCode": str(error.number),
        "chineseErrCode": error.chinese,
        "englishErrCode": error.english,
    }


METHODS: dict[str, Method] = {
    "jingdong.stock.write.updateSkuStock": Method(update_stock, _failure),
    "jingdong.stock.write.increaseSkuStock": Method(increase_stock, _failure),
    "jingdong.price.write.updateSkuJdPrice": Method(update_price, _failure),
    "jingdong.ware.write.upOrDown": Method(up_or_down, _failure),
    "jingdong.sku.read.searchSkuList": Method(search_skus, _failure),
}
