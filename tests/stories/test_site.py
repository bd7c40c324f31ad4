"""Our own site: it is told goods, prices and stock by signed posts, and tells us of its orders by signed notices."""

import io
import json
import secrets
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from connectors.signatures import site_signature
from tests.stories.company import Company, until

PATH = "/webhooks/site-main"


async def told(company: Company) -> Any:
    return await company.simulated.ask("GET", "/shops/site-main/pushed")


async def test_goods_and_prices_are_told_and_told_again(company: Company) -> None:
    goods = await company.goods("SITE1", price="12.00", stock=8, shops=("site-main",))
    pushed = await told(company)
    page = pushed["goods"]["site1"]
    assert (page["title"], [each["sku_no"] for each in page["specs"]]) == ("商品 SITE1", ["SITE1"])
    assert (pushed["price"]["SITE1"]["price"], pushed["stock"]["SITE1"]["quantity"]) == ("12.00", 8)

    product = (await company.admin.ask('{ product(slug: "site1") { id version } }'))["product"]
    given = {"id": product["id"], "name": "新名字", "expectedVersion": product["version"]}
    await company.admin.done("editProduct", "version", given)
    price = {"variantId": goods.id, "unitPrice": {"amount": "11.50"}}
    await company.admin.done("setPrice", "id", {"priceListId": company.price_list, "price": price})
    await company.receive(goods, 2)
    await company.settle()
    pushed = await told(company)
    assert pushed["goods"]["site1"]["title"] == "新名字"
    assert (pushed["price"]["SITE1"]["price"], pushed["stock"]["SITE1"]["quantity"]) == ("11.50", 10)

    # A refusal that passes by itself is tried again, and nothing is told twice when nothing changed.
    calls = (await company.simulated.ask("GET", "/state"))["calls"]
    await company.clock("owe_pushes")
    assert (await company.simulated.ask("GET", "/state"))["calls"] == calls
    owed = "query ($id: ID!) { variant(id: $id) { listings { stockOwed goodsOwed priceOwed shownQuantity } } }"
    (listing,) = (await company.admin.ask(owed, id=goods.id))["variant"]["listings"]
    assert listing == {"stockOwed": False, "goodsOwed": False, "priceOwed": False, "shownQuantity": "10.0000"}

    await company.admin.done("retireProduct", "status", {"id": product["id"]})
    await company.settle()
    assert (await told(company))["goods"]["site1"]["online"] is False


@pytest.fixture
async def noticed(company: Company) -> AsyncIterator[None]:
    """Let the site post its notices to our door."""
    await company.simulated.ask("POST", "/shops/site-main/webhook", {"url": f"{company.nobody.url}{PATH}", "copies": 2})
    yield
    await company.simulated.ask("POST", "/shops/site-main/webhook", {"url": ""})


@pytest.mark.usefixtures("noticed")
async def test_a_notice_leads_to_the_order(company: Company) -> None:
    goods = await company.goods("SITE2", shops=("site-main",))
    number = await company.sell("site-main", (goods, 2))

    async def arrived() -> Any:
        await company.settle()
        return await company.order(number, "status totalAmount { amount } receiver { phone }")

    order = await until(arrived)
    assert order == {"status": "UNREVIEWED", "totalAmount": {"amount": "20.00"}, "receiver": {"phone": "13812345678"}}
    await company.simulated.act("site-main", number, "cancel")

    async def gone() -> bool:
        await company.settle()
        return str((await company.order(number))["status"]) != "UNREVIEWED"

    await until(gone)
    assert (await company.stock_of(goods))["available"] == "20.0000"


async def post(company: Company, body: bytes, **changes: str) -> int:
    account = company.simulated.account("site-main")
    headers = {"X-App-Key": account.app_key, "X-Timestamp": str(int(time.time())), "X-Nonce": secrets.token_hex(8)}
    headers |= {name.replace("_", "-"): each for name, each in changes.items()}
    signed = site_signature(account.app_secret, "POST", PATH, headers["X-Timestamp"], headers["X-Nonce"], body)
    sent = io.BytesIO(body)  # aiohttp warns of large bodies in one piece.
    url = f"{company.nobody.url}{PATH}"
    async with company.nobody.http.post(url, data=sent, headers={"X-Sign": signed} | headers) as response:
        return response.status


async def test_a_notice_that_is_not_believed_changes_nothing(company: Company) -> None:
    event = {
        "event": "order.changed",
        "event_id": "e1",
        "order_no": "1",
        "version": 1,
        "modified_at": "2026-11-23T06:00:00Z",
    }
    body = json.dumps(event).encode()
    assert await post(company, body, X_Nonce="the-same") == 200
    await company.settle()
    assert await post(company, body, X_Nonce="the-same") == 409
    assert await post(company, body, X_Sign="0" * 64) == 401
    assert await post(company, body, X_Timestamp=str(int(time.time()) - 3600)) == 401
    assert await post(company, b'{"event": ') == 400
    assert await post(company, b" " * 10_000_000) == 413
    assert await company.order("1") is None
