"""What the company tells a SITE shop (商品、价格、库存推送): goods, prices, stock by version, freight templates."""

from decimal import Decimal, InvalidOperation
from typing import Any

from simulators.clock import from_iso
from simulators.parsing import MalformedError, cents
from simulators.records import Item, yuan
from simulators.shop import Shop
from simulators.site.errors import SiteError
from simulators.site.gateway import Call, Operation

QUANTITY_MAX = 100_000_000
SKUS_PER_QUERY_MAX = 100


class Shelf:
    """Pushed goods, prices and stock of one shop, as last received; kept in the storage under `pushed`."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self.entries: dict[str, dict[str, dict[str, Any]]] = {}
        for key, body in shop.storage.all("pushed"):
            code, kind, name = key.split("/", 2)
            if code == shop.code:
                self.entries.setdefault(kind, {})[name] = body

    def get(self, kind: str, name: str) -> dict[str, Any] | None:
        return self.entries.get(kind, {}).get(name)

    def put(self, kind: str, name: str, body: dict[str, Any]) -> None:
        known = self.get(kind, name)
        stored = body | {"pushes": (known or {}).get("pushes", 0) + 1, "received_at": self._shop.clock.now()}
        self.entries.setdefault(kind, {})[name] = stored
        self._shop.storage.put("pushed", f"{self._shop.code}/{kind}/{name}", stored)


def operations(shelf: Shelf) -> dict[str, Operation]:
    """Bind the push operations of one shop over its shelf."""
    return {
        "goods.push": lambda call: _goods_push(call, shelf),
        "goods.offline": lambda call: _goods_offline(call, shelf),
        "price.push": lambda call: _price_push(call, shelf),
        "stock.push": lambda call: _stock_push(call, shelf),
        "stock.query": lambda call: _stock_query(call, shelf),
        "freight.push": lambda call: _freight_push(call, shelf),
    }


def _goods_push(call: Call, shelf: Shelf) -> dict[str, Any]:
    number, title, specs = str(call.need("goods_no")), str(call.need("title")), call.need("specs")
    if not isinstance(specs, list) or not all(isinstance(spec, dict) and spec.get("sku_no") for spec in specs):
        raise SiteError(202, "specs must be a list of objects with sku_no")
    if len({spec["sku_no"] for spec in specs}) < len(specs):
        raise SiteError(202, "sku_no must be unique within goods")
    for spec in specs:
        weight = spec.get("weight_g")
        if weight is not None and (not isinstance(weight, int) or weight < 0):
            raise SiteError(202, "weight_g must be whole grams")
        _show(call.shop, number, spec, title)
    shelf.put("goods", number, call.body | {"online": True})
    return {"goods_no": number}


def _show(shop: Shop, number: str, spec: dict[str, Any], title: str) -> None:
    code = str(spec["sku_no"])
    known = shop.by_sku.get(code)
    item = known or Item(shop.code, number, code, code, str(spec.get("barcode") or ""), title, 0)
    item.title, item.barcode, item.deleted = title, str(spec.get("barcode") or ""), False
    shop.save_item(item)


def _goods_offline(call: Call, shelf: Shelf) -> dict[str, Any]:
    number = str(call.need("goods_no"))
    known = shelf.get("goods", number)
    if known is None:
        raise SiteError(310, "no such goods")
    shelf.put("goods", number, known | {"online": False})
    return {"goods_no": number}


def _price_push(call: Call, shelf: Shelf) -> dict[str, Any]:
    code = str(call.need("sku_no"))
    item = _item(call.shop, code)
    prices = {"price": call.need("price"), "market_price": call.body.get("market_price")}
    prices |= {f"member_prices.{tier}": price for tier, price in (call.body.get("member_prices") or {}).items()}
    for name, price in prices.items():
        if price is not None:
            _price(name, price)
    for name in ("effective_from", "effective_to"):
        _instant(name, call.body.get(name))
    item.price_cents = _price("price", call.body["price"])
    call.shop.save_item(item)
    shelf.put("price", code, call.body)
    return {"sku_no": code, "price": yuan(item.price_cents)}


def _stock_push(call: Call, shelf: Shelf) -> dict[str, Any]:
    """Absolute stock; what is not newer than what is known is ignored, and says so."""
    code, quantity, version = str(call.need("sku_no")), call.need("quantity"), call.need("version")
    item = _item(call.shop, code)
    if not isinstance(quantity, int) or isinstance(quantity, bool) or not 0 <= quantity <= QUANTITY_MAX:
        raise SiteError(202, "quantity must be a whole number from 0")
    if not isinstance(version, int) or isinstance(version, bool):
        raise SiteError(202, "version must be a whole number")
    known = shelf.get("stock", code)
    if known is not None and known["version"] >= version:
        return {"sku_no": code, "quantity": item.quantity, "applied": False, "version": known["version"]}
    item.quantity = quantity
    item.pushes += 1
    call.shop.save_item(item)
    shelf.put("stock", code, {"sku_no": code, "quantity": quantity, "version": version})
    return {"sku_no": code, "quantity": quantity, "applied": True, "version": version}


def _stock_query(call: Call, shelf: Shelf) -> dict[str, Any]:
    """Say what is shown of SKUs, with the version it was told last; what is unknown is left out."""
    codes = call.need("sku_nos")
    if not isinstance(codes, list) or not all(isinstance(code, str) and code for code in codes):
        raise SiteError(202, "sku_nos must be a list of texts")
    if len(codes) > SKUS_PER_QUERY_MAX or len(set(codes)) < len(codes):
        raise SiteError(204, f"sku_nos must be at most {SKUS_PER_QUERY_MAX}, each once")
    known = [(code, call.shop.by_sku[code]) for code in codes if code in call.shop.by_sku]
    return {
        "items": [
            {
                "goods_no": item.item,
                "sku_no": code,
                "quantity": item.quantity,
                "version": (shelf.get("stock", code) or {}).get("version"),
            }
            for code, item in known
            if not item.deleted
        ]
    }


def _freight_push(call: Call, shelf: Shelf) -> dict[str, Any]:
    template = call.need("template")
    if not isinstance(template, dict) or not template.get("name"):
        raise SiteError(202, "template must be an object with a name")
    shelf.put("freight", str(template["name"]), template)
    return {"template": template["name"]}


def _item(shop: Shop, code: str) -> Item:
    item = shop.by_sku.get(code) or next(iter(shop.by_seller_code.get(code, ())), None)
    if item is None or item.deleted:
        raise SiteError(310, f"no such sku {code}")
    return item


def _price(name: str, value: Any) -> int:
    try:
        amount = cents(value, name)
        negative = Decimal(str(value)) < 0
    except (MalformedError, InvalidOperation) as error:
        raise SiteError(202, str(error)) from None
    if negative:
        raise SiteError(202, f"{name} must not be negative")
    return amount


def _instant(name: str, value: Any) -> None:
    if value is None:
        return
    try:
        from_iso(str(value))
    except ValueError:
        raise SiteError(202, f"{name} is no ISO 8601 instant") from None
