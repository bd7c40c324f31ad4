"""The ERP connector against the strict stranger: signed, repeatable, refused with a reason, and read exactly."""

import dataclasses
import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

import pytest

from connectors.faults import Blocked, ConnectorFault, OurFault, PlatformFault, SessionDead
from connectors.http import Http
from connectors.partners.changes import read_change
from connectors.partners.port import ErpAccount, ErpRefused
from connectors.partners.signed_json import SignedJsonErp
from connectors.payloads import Unreadable
from domain.erp import ErpChangeKind, FedLine, FeedToSend, SalesLineKind, ToldMovement
from domain.kernel import Money, Quantity
from tests.connectors.simulated import Simulated

CHANGE = {
    "change_id": "1",
    "kind": "receipt",
    "warehouse": "main",
    "occurred_at": "2026-11-26T08:00:00Z",
    "lines": [{"sku": "A", "quantity": "2", "unit_cost": "1.50", "lot": "L1", "expires_on": "2029-01-31"}],
}


def opened(simulated: Simulated, http: Http, **changes: Any) -> SignedJsonErp:
    told = simulated.ports["erp"]
    known = {"base_url": told["url"], "app_key": told["app_key"], "app_secret": told["app_secret"]}
    return SignedJsonErp(ErpAccount(**(known | changes)), http)


def a_movement(position: int, quantity: str = "2") -> ToldMovement:
    return ToldMovement(
        number=uuid4(),
        position=position,
        kind="RECEIPT",
        warehouse="main",
        sku="A",
        lot=None,
        quantity=Quantity(quantity),
        cost=None,
        document="stock_document 1 1",
        effective_at=datetime(2026, 11, 26, tzinfo=UTC),
    )


def a_feed(**changes: Any) -> FeedToSend:
    line = FedLine(
        kind=SalesLineKind.SOLD,
        sku="A",
        quantity=Quantity(2),
        amount=Money("9.50"),
        discount=Money("0.50"),
        cost=None,
    )
    given: dict[str, Any] = {
        "number": f"SF{uuid4().hex[:9]}",
        "day": date(2026, 11, 26),
        "channel": uuid4().hex[:8],
        "sequence": 1,
        "currency": "CNY",
        "goods_amount": Money("9.50"),
        "discount_amount": Money("0.50"),
        "freight_amount": Money("6.00"),
        "returned_amount": Money("0.00"),
        "lines": (line,),
    }
    given |= changes
    head = f"{given['day']}|{given['sequence']}|{given['currency']}|{given['freight_amount']}"
    words = f"{head}\nSOLD|A|2.0000|9.50|0.50"
    return FeedToSend(**({"content_hash": hashlib.sha256(words.encode()).hexdigest()} | given))


async def books(platform: Simulated) -> dict[str, Any]:
    return await platform.ask("GET", "/erp/books")


async def test_changes_are_read_by_cursor(platform: Simulated, http: Http) -> None:
    port = opened(platform, http)
    made = [CHANGE | {"change_id": uuid4().hex} for _ in range(101)]
    before = len((await books(platform))["changes"])
    await platform.ask("POST", "/erp/changes", {"changes": made})
    first = await port.pull_changes(f"c{before}" if before else "")
    assert (len(first.changes), first.more) == (100, True)
    rest = await port.pull_changes(first.cursor)
    assert [each.change_id for each in (*first.changes, *rest.changes)] == [each["change_id"] for each in made]
    nothing = await port.pull_changes(rest.cursor)
    assert (nothing.changes, nothing.cursor, nothing.more) == ((), rest.cursor, False)
    with pytest.raises(OurFault):
        await port.pull_changes("c999999")


async def test_a_movement_told_twice_is_there_once(platform: Simulated, http: Http) -> None:
    port, first, second = opened(platform, http), a_movement(7), a_movement(9, "-1")
    await platform.trouble("erp", "disconnect", method="movements.push", phase="after")
    with pytest.raises(PlatformFault):
        await port.push_movements([first])
    await port.push_movements([first, second])
    held = {each["body"]["number"]: each for each in (await books(platform))["movements"]}
    assert (held[str(first.number)]["times"], held[str(second.number)]["times"]) == (2, 1)
    with pytest.raises(ErpRefused):
        await port.push_movements([dataclasses.replace(first, quantity=Quantity(3))])
    with pytest.raises(OurFault, match="positions must grow"):
        await port.push_movements([second, first])


async def test_a_feed_told_twice_is_acknowledged_by_one_number(platform: Simulated, http: Http) -> None:
    port, feed = opened(platform, http), a_feed()
    await platform.trouble("erp", "truncated", method="sales.push", phase="after")
    with pytest.raises(ConnectorFault):
        await port.push_sales(feed)
    number = await port.push_sales(feed)
    told = next(each for each in (await books(platform))["feeds"] if each["body"]["feed_no"] == feed.number)
    assert (told["times"], told["ack"]) == (2, number)
    assert (await books(platform))["sales"][f"{feed.day}/{feed.channel}"] == "9.50"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"goods_amount": Money("9.49")}, "321"),
        ({"content_hash": "0" * 64}, "324"),
        ({"returned_amount": Money("1.00")}, "321"),
    ],
)
async def test_a_feed_that_does_not_add_up_is_refused(
    platform: Simulated, http: Http, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(ErpRefused) as refused:
        await opened(platform, http).push_sales(a_feed(**changes))
    assert refused.value.code == code


async def test_the_same_day_under_another_number_is_refused(platform: Simulated, http: Http) -> None:
    port, feed = opened(platform, http), a_feed()
    await port.push_sales(feed)
    with pytest.raises(ErpRefused) as refused:
        await port.push_sales(dataclasses.replace(feed, number="SF-OTHER"))
    assert refused.value.code == "322"


async def test_who_asks_is_verified(platform: Simulated, http: Http) -> None:
    await opened(platform, http).ping()
    for wrong in ({"app_secret": "x"}, {"app_key": "nobody"}):
        with pytest.raises(SessionDead):
            await opened(platform, http, **wrong).ping()
    await platform.trouble("erp", "error", method="ping", body={"code": 429, "msg": "slowly", "retry_after": 9})
    with pytest.raises(Blocked):
        await opened(platform, http).ping()
    for kind in ("html", "empty", "http"):
        await platform.trouble("erp", kind, method="ping")
        with pytest.raises(PlatformFault):
            await opened(platform, http).ping()


def text_of(**changes: Any) -> str:
    return json.dumps(CHANGE | changes)


def test_a_change_is_read_exactly() -> None:
    told = read_change(text_of())
    assert (told.kind, told.warehouse, told.occurred_at) == (
        ErpChangeKind.RECEIPT,
        "main",
        datetime(2026, 11, 26, 8, tzinfo=UTC),
    )
    (line,) = told.lines
    assert (line.sku, str(line.quantity), str(line.unit_cost), line.lot_code) == ("A", "2.0000", "1.500000", "L1")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"kind": "gift"}, "kind"),
        ({"warehouse": None}, "warehouse"),
        ({"occurred_at": "2026-11-26 08:00:00"}, "offset"),
        ({"lines": []}, "lines"),
        ({"lines": [{"sku": "A", "quantity": "0", "unit_cost": "1"}]}, "quantity"),
        ({"lines": [{"sku": "A", "quantity": "1.00001", "unit_cost": "1"}]}, "quantity"),
        ({"lines": [{"sku": "A", "quantity": "1"}]}, "unit_cost"),
        ({"lines": [{"sku": "A", "quantity": "1", "unit_cost": "-1"}]}, "unit_cost"),
        ({"lines": [{"sku": "A", "quantity": "1", "unit_cost": "NaN"}]}, "unit_cost"),
        ({"lines": [{"sku": "A", "quantity": "1", "unit_cost": "1", "expires_on": "31.1."}]}, "expires_on"),
        ({"lines": [{"sku": "A", "quantity": "1", "unit_cost": "1"}] * 2}, "two lines"),
    ],
)
def test_what_is_odd_about_a_change_is_named(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(Unreadable, match=problem):
        read_change(text_of(**changes))


def test_garbage_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        read_change("no JSON")
