"""Items over TOP (商品接口): listings, prices, stock in full or in steps; two APIs treat a shortfall differently."""

from typing import Any

import orjson

from simulators.clock import china_text
from simulators.parsing import MalformedError, cents
from simulators.records import Item, yuan
from simulators.top.errors import invalid, missing, service
from simulators.top.gateway import Call, Method
from simulators.top.orders import moment_of

SKUS_MAX = 20
ITEMS_MAX = 40
PAGE_SIZE_MAX = 200
REACH_MAX = 100_000
QUANTITY_MAX = 100_000_000
FULL, STEP = 1, 2
_FOREVER = 2**40


def item_quantity_update(call: Call) -> dict[str, Any]:
    """Write the stock of one item or SKU; a step below zero is an error here."""
    number, kind = call.need("num_iid"), call.number("type", FULL, FULL, STEP)
    quantity = call.number("quantity", None, -QUANTITY_MAX, QUANTITY_MAX)
    item = _one(call, number)
    target = quantity if kind == FULL else item.quantity + quantity
    if target < 0:
        raise service("isv.invalid-parameter:quantity", "商品库存数量不能小于0")
    _check_lock(item, kind, target)
    _write(call, item, target)
    return {"item": _quantities(call, number)}


def skus_quantity_update(call: Call) -> dict[str, Any]:
    """Write up to twenty SKUs of one item; a step below zero silently becomes zero here."""
    number, kind = call.need("num_iid"), call.number("type", FULL, FULL, STEP)
    by_code = bool(call.get("outerid_quantities"))
    wanted = _pairs(call.get("outerid_quantities") or call.need("skuid_quantities"), kind)
    items = _alive(call, number)
    changes = []
    for name, quantity in wanted:
        item = next((one for one in items if name == (one.seller_code if by_code else one.sku)), None)
        if item is None:
            raise service("isv.invalid-parameter:sku-properties", f"SKU不存在:{name}")
        target = quantity if kind == FULL else max(item.quantity + quantity, 0)
        _check_lock(item, kind, target)
        changes.append((item, target))
    for item, target in changes:
        _write(call, item, target)
    return {"item": _quantities(call, number)}


def items_onsale_get(call: Call) -> dict[str, Any]:
    """List what the shop shows, newest change first; unreachable beyond a hundred thousand rows."""
    fields = set(call.need("fields").split(","))
    size, page = call.number("page_size", 40, 1, PAGE_SIZE_MAX), call.number("page_no", 1, 1)
    if size * page > REACH_MAX:
        raise invalid("page_no")
    start, end = moment_of(call, "start_modified", 0), moment_of(call, "end_modified", _FOREVER)
    heads: dict[str, Item] = {}
    for item in call.shop.items.values():
        if not item.deleted and start <= item.modified_at <= end and call.get("q") in item.title:
            heads.setdefault(item.item, item)
    rows = sorted(heads.values(), key=lambda item: (-item.modified_at, item.item))
    part = [_listing(call, item, fields) for item in rows[(page - 1) * size : page * size]]
    return {"total_results": len(rows)} | ({"items": {"item": part}} if part else {})


def item_skus_get(call: Call) -> dict[str, Any]:
    fields, numbers = set(call.need("fields").split(",")), call.need("num_iids").split(",")
    if len(numbers) > ITEMS_MAX:
        raise invalid("num_iids")
    rows = [_sku(item) for number in numbers for item in call.shop.items_of(number) if not item.deleted and item.sku]
    return {"skus": {"sku": [{name: value for name, value in row.items() if name in fields} for row in rows]}}


def sku_price_update(call: Call) -> dict[str, Any]:
    number, properties = call.need("num_iid"), call.need("properties")
    price = _price("price", call.need("price"))
    items = _alive(call, number)
    item = next((one for one in items if one.properties == properties), None)
    if item is None:
        raise service("isv.invalid-parameter:sku-properties", "SKU属性不存在")
    item.price_cents = price
    call.shop.save_item(item)
    return {"sku": _sku(item)}


def tmall_price_update(call: Call) -> dict[str, Any]:
    """Write the prices of a Tmall item; `sku_prices` is a JSON list of {sku_id, price}."""
    number = call.need("item_id")
    items = _alive(call, number)
    changes: list[tuple[Item, int]] = []
    if call.get("item_price"):
        changes += [(item, _price("item_price", call.get("item_price"))) for item in items]
    for one in _json_list(call, "sku_prices"):
        item = next((item for item in items if item.sku == str(one.get("sku_id"))), None)
        if item is None:
            raise service("isv.invalid-parameter:sku-properties", "SKU不存在")
        changes.append((item, _price("sku_prices", one.get("price"))))
    if not changes:
        raise missing("item_price")
    for item, price in changes:
        item.price_cents = price
        call.shop.save_item(item)
    return {"price_update_result": number}


def _one(call: Call, number: str) -> Item:
    items, sku, code = _alive(call, number), call.get("sku_id"), call.get("outer_id")
    if sku:
        items = [item for item in items if item.sku == sku]
    elif code:
        items = [item for item in items if item.seller_code == code]
    elif len(items) > 1:
        raise missing("sku_id")
    if not items:
        raise service("isv.invalid-parameter:sku-properties", "SKU不存在")
    return items[0]


def _alive(call: Call, number: str) -> list[Item]:
    items = call.shop.items_of(number)
    if not items:
        raise service("isv.item-not-exist:num_iid", "商品不存在")
    alive = [item for item in items if not item.deleted]
    if not alive:
        suffix = "-tmall" if call.shop.platform == "tmall" else ""
        raise service(f"isv.item-is-delete:invalid-numIid-or-iid{suffix}", "商品已被删除")
    return alive


def _check_lock(item: Item, kind: int, target: int) -> None:
    """Refuse while a campaign holds the item; some locks still let the quantity grow or be changed in steps."""
    if not item.lock:
        return
    if "只能增加" in item.lock and target >= item.quantity:
        return
    if "全量" in item.lock and kind == STEP:
        return
    raise service("isv.item-quantity-update-service-error", item.lock)


def _write(call: Call, item: Item, quantity: int) -> None:
    item.quantity = quantity
    item.pushes += 1
    call.shop.save_item(item)


def _pairs(text: str, kind: int) -> list[tuple[str, int]]:
    """Read `id:quantity;id:quantity`, each id once, at most twenty."""
    pairs = []
    for part in text.strip(";").split(";"):
        name, _, quantity = part.partition(":")
        try:
            pairs.append((name, int(quantity)))
        except ValueError:
            raise invalid("skuid_quantities") from None
    if len(pairs) > SKUS_MAX or len(dict(pairs)) < len(pairs):
        raise invalid("skuid_quantities", f"最多{SKUS_MAX}个，不能重复")
    if kind == FULL and any(quantity < 0 for _, quantity in pairs):
        raise invalid("skuid_quantities", "全量更新库存不能小于0")
    return pairs


def _quantities(call: Call, number: str) -> dict[str, Any]:
    items = call.shop.items_of(number)
    return {
        "num_iid": int(number) if number.isdigit() else number,
        "num": sum(item.quantity for item in items),
        "modified": china_text(call.shop.clock.now()),
        "skus": {"sku": [{"sku_id": item.sku, "quantity": item.quantity} for item in items if item.sku]},
    }


def _listing(call: Call, item: Item, fields: set[str]) -> dict[str, Any]:
    row = {
        "num_iid": int(item.item) if item.item.isdigit() else item.item,
        "title": item.title,
        "outer_id": item.seller_code,
        "price": yuan(item.price_cents),
        "num": sum(one.quantity for one in call.shop.items_of(item.item)),
        "modified": china_text(item.modified_at),
        "approve_status": "onsale",
    }
    return {name: value for name, value in row.items() if name in fields}


def _sku(item: Item) -> dict[str, Any]:
    return {
        "sku_id": item.sku,
        "num_iid": int(item.item) if item.item.isdigit() else item.item,
        "outer_id": item.seller_code,
        "barcode": item.barcode,
        "properties": item.properties,
        "quantity": item.quantity,
        "price": yuan(item.price_cents),
        "modified": china_text(item.modified_at),
    }


def _price(name: str, value: Any) -> int:
    try:
        amount = cents(value, name)
    except MalformedError:
        raise invalid(name) from None
    if amount <= 0:
        raise invalid(name)
    return amount


def _json_list(call: Call, name: str) -> list[dict[str, Any]]:
    if not call.get(name):
        return []
    try:
        value = orjson.loads(call.get(name))
    except orjson.JSONDecodeError:
        raise invalid(name) from None
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise invalid(name)
    return value


METHODS: dict[str, Method] = {
    "taobao.item.quantity.update": item_quantity_update,
    "taobao.skus.quantity.update": skus_quantity_update,
    "taobao.items.onsale.get": items_onsale_get,
    "taobao.item.skus.get": item_skus_get,
    "taobao.item.sku.price.update": sku_price_update,
    "tmall.item.price.update": tmall_price_update,
}
