"""Lists cost the same however long they are, and their pages join without gap or repeat."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from tests.counting import statements
from tests.stories.client import Client
from tests.stories.company import Company, Goods

EVERYTHING = """query ($where: OrderFilter, $first: Int) {
  orders(where: $where, first: $first, orderBy: {field: UPDATED_AT, direction: DESC}) { totalCount nodes {
  number channel { name } customer { name addresses { city } } warehouse { code } holds { reason } timeline { action }
  alerts { kind } lines { variant { sku product { name } stock { onHand } } }
  shipments { waybill lines { quantity } }
  receivables { restAmount { amount } allocations { amount { amount } } } } } }"""
PAGE = """query ($where: OrderFilter, $by: OrderOrder, $first: Int, $after: String, $last: Int, $before: String) {
  orders(where: $where, orderBy: $by, first: $first, after: $after, last: $last, before: $before) {
    nodes { number } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
ORDERS = 50
PREFIX = "770770770"


@pytest.fixture(scope="module")
async def many(company: Company) -> dict[str, Any]:
    """Let fifty orders arrive that a filter finds; some of them wait, some are shipped."""
    goods = await company.goods("LIST1", stock=45, shops=("jd-main",))
    receiver = {"name": "刘一", "phone": "13900000050", "province": "浙江省", "city": "宁波市", "detail": "一号"}
    trades = [trade(goods, number, receiver) for number in range(ORDERS)]
    answer = await company.simulated.ask("POST", "/shops/jd-main/trades", {"trades": trades})
    await company.pull("jd-main")
    for number in answer["numbers"][:6]:
        order = await company.order(number, "id")
        await company.admin.done("reviewOrder", "id", {"id": order["id"]})
        parcel = {"orderId": order["id"], "carrierCode": "SF", "waybill": f"SF{int(number) % 10**13:013d}"}
        await company.admin.done("shipOrder", "id", parcel)
    await company.settle()
    return {"channelId": {"eq": company.channels["jd-main"]}, "number": {"contains": PREFIX}}


def trade(goods: Goods, number: int, receiver: dict[str, str]) -> dict[str, Any]:
    line = {"item": goods.item, "sku": goods.external_sku, "seller_code": goods.sku, "title": goods.sku}
    return {
        "number": f"{PREFIX}{number:03d}",
        "paid_at": f"2026-01-01T00:{number:02d}:00+08:00",
        "buyer": {"id": f"list-{number % 7}", "name": "刘一"},
        "receiver": receiver,
        "lines": [line | {"quantity": 1, "price": "3.00"}],
    }


@dataclass
class Counted:
    """The shorter way to rows, with each statement noted."""

    direct: Any
    sent: list[str]

    async def fetch(self, statement: Any, parameters: Any = None, ahead: Any = None) -> Any:
        self.sent.append(str(statement))
        return await self.direct.fetch(statement, parameters, ahead)


@contextmanager
def reads(door: Any) -> Iterator[list[str]]:
    """Collect what the API sends to the database, on either of its ways."""
    with statements(door.engine) as sent:
        direct, door.direct = door.direct, Counted(door.direct, sent)
        try:
            yield sent
        finally:
            door.direct = direct


@pytest.mark.one_way
async def test_a_list_takes_a_constant_number_of_statements(company: Company, many: dict[str, Any]) -> None:
    counts = []
    for first in (5, ORDERS):
        await company.admin.ask(EVERYTHING, where=many, first=first)
        with reads(company.door) as sent:
            found = (await company.admin.ask(EVERYTHING, where=many, first=first))["orders"]
        assert (len(found["nodes"]), found["totalCount"]) == (first, ORDERS)
        # Who asks is looked up anew every few seconds, whatever is asked.
        counts.append(sum("FROM sign_in_sessions" not in each for each in sent))
    assert 10 <= counts[0] == counts[1] <= 20
    assert sum(bool(each["shipments"]) for each in found["nodes"]) == 6
    assert sum(bool(each["holds"]) for each in found["nodes"]) == 5


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["PLACED_AT", "UPDATED_AT"])
async def test_pages_join_without_gap_or_repeat(
    company: Company, many: dict[str, Any], field: str, direction: str
) -> None:
    by = {"field": field, "direction": direction}
    whole = await page(company.admin, where=many, by=by, first=100)
    numbers = [each["number"] for each in whole["nodes"]]
    assert len(set(numbers)) == ORDERS
    forward, cursor = [], None
    while True:
        found = await page(company.admin, where=many, by=by, first=8, after=cursor)
        assert found["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        forward += [each["number"] for each in found["nodes"]]
        cursor = found["pageInfo"]["endCursor"]
        if not found["pageInfo"]["hasNextPage"]:
            break
    assert forward == numbers
    backward: list[str] = []
    cursor = None
    while True:
        found = await page(company.admin, where=many, by=by, last=8, before=cursor)
        backward = [each["number"] for each in found["nodes"]] + backward
        cursor = found["pageInfo"]["startCursor"]
        if not found["pageInfo"]["hasPreviousPage"]:
            break
    assert backward == numbers


async def page(client: Client, **variables: Any) -> Any:
    return (await client.ask(PAGE, **variables))["orders"]


async def test_what_is_no_page_is_refused(company: Company, many: dict[str, Any]) -> None:
    other = (await company.admin.ask("{ variants(first: 1) { pageInfo { endCursor } } }"))["variants"]["pageInfo"]
    for wrong in (
        {"first": 100_000},
        {"first": 101},
        {"first": -1},
        {"first": 2**31 - 1},
        {"first": 5, "last": 5},
        {"first": 5, "after": "nonsense"},
        {"first": 5, "after": "eyJ4IjoxfQ"},
        {"first": 5, "after": other["endCursor"]},
        {"first": 5, "after": "' OR 1=1--"},
    ):
        answer = await company.admin.send(PAGE, {"where": many, **wrong})
        assert answer.codes == ["BAD_INPUT"], (wrong, answer.body)
    text = {"number": {"contains": "'; SELECT pg_sleep(4)--"}}
    assert (await page(company.admin, where=text))["nodes"] == []
