"""A reviewed order is shipped, booked, paid and put right, all through GraphQL."""

import dataclasses
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import strawberry
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from domain import finance, fulfilment
from domain.kernel import Actor, Read, Sessions, begin, now, system
from schema.base import Context, Info, Node, find_node
from schema.finance.mutations import FinanceMutation
from schema.finance.queries import FinanceQuery
from schema.fulfilment.mutations import FulfilmentMutation
from schema.fulfilment.queries import FulfilmentQuery
from schema.refusals import REFUSAL_TYPES
from schema.scalars import SCALARS, global_id
from tests.domain.finance.builders import statements_of
from tests.domain.finance.test_balances import only
from tests.domain.fulfilment.builders import NOW, a_reviewed_order


@strawberry.type
class Query(FinanceQuery, FulfilmentQuery):
    @strawberry.field
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:  # noqa: A002
        found: Any = await find_node(info.context, id)
        return found  # type: ignore[no-any-return]


@strawberry.type
class Mutation(FinanceMutation, FulfilmentMutation):
    pass


SCHEMA = strawberry.Schema(
    query=Query, mutation=Mutation, types=REFUSAL_TYPES, config=StrawberryConfig(scalar_map=SCALARS)
)


@dataclass
class Client:
    """Sends operations as one actor."""

    engine: AsyncEngine
    sessions: Sessions
    actor: Actor

    async def run(self, operation: str, **variables: Any) -> Any:
        context = Context(read=Read(engine=self.engine, actor=self.actor), sessions=self.sessions, actor=self.actor)
        try:
            return await SCHEMA.execute(operation, variable_values=variables, context_value=context)
        finally:
            await context.close()

    async def ask(self, operation: str, **variables: Any) -> Any:
        result = await self.run(operation, **variables)
        assert result.errors is None, result.errors
        return result.data


@pytest.fixture
def client(own_engine: AsyncEngine, sessions: Sessions) -> Client:
    return Client(own_engine, sessions, system("tests"))


@dataclass
class Given:
    order_id: str
    line_ids: list[str]
    channel_id: str
    channel_key: Any


@pytest.fixture
async def order(sessions: Sessions) -> Given:
    """Commit a reviewed order of 3 for 10.00 and 1 for 5.00, with freight 6.00."""
    async with begin(sessions, system("tests"), at=NOW) as work:
        await finance.lay_chart(work)
        order, lines = await a_reviewed_order(work, [("3", "10.00"), ("1", "5.00")])
    return Given(
        global_id("Order", order.id),
        [global_id("OrderLine", line.id) for line in lines],
        global_id("Channel", order.channel_id),
        order.channel_id,
    )


SHIP = """
mutation Ship($input: ShipOrderInput!, $rehearse: Boolean! = false, $key: String) {
  shipOrder(input: $input, validateOnly: $rehearse, idempotencyKey: $key) {
    shipment {
      id number waybill partial shippedBy shippedAt
      carrier { code nameChinese }
      goodsAmount { amount currency } freightAmount { amount } costAmount { amount }
      lines { position quantity amount { amount } costAmount { amount } orderLineId }
    }
    refusals { code message path ... on WaybillUsed { waybill number } }
  }
}
"""
RECEIPT = """
mutation Receive($input: PostReceiptInput!) {
  postReceipt(input: $input) {
    receipt { id number amount { amount } restAmount { amount } allocations { amount { amount } receivableId } }
    refusals { code path ... on SettlesTooMuch { rest } }
  }
}
"""
RECEIVABLES = """
query Owed($where: OpenItemFilter) {
  receivables(where: $where, orderBy: {field: DUE_ON}) {
    totalCount
    nodes {
      id number dueOn restAmount { amount currency } settledAmount { amount } orderId voidedAt
      customer { id } order { number } channel { code }
      shipment { id number warehouse { code } lines { variant { sku } } }
    }
  }
}
"""


def parcel(order: Given, waybill: str = "SF1234567890123", **more: Any) -> dict[str, Any]:
    return {"orderId": order.order_id, "carrierCode": "SF", "waybill": waybill, **more}


async def shipped(client: Client, order: Given) -> Any:
    """Ship the whole order and let the books react."""
    data = await client.ask(SHIP, input=parcel(order))
    assert data["shipOrder"]["refusals"] == []
    async with begin(client.sessions, system("tests"), at=now()) as work:
        for row in await work.rows(select(fulfilment.Shipment.id, fulfilment.Shipment.order_id)):
            fact = fulfilment.OrderShipped(shipment_id=row.id, order_id=row.order_id, channel_id=order.channel_key)
            await finance.open_receivable(work, fact)
    return data["shipOrder"]["shipment"]


def due_on(shipment: Any) -> str:
    """Say when a parcel of Taobao is paid: 15 days after it left."""
    shipped_at = datetime.fromisoformat(shipment["shippedAt"])
    return (finance.business_date(shipped_at) + timedelta(days=15)).isoformat()


async def owed(client: Client, **where: Any) -> list[Any]:
    found: list[Any] = (await client.ask(RECEIVABLES, where=where))["receivables"]["nodes"]
    return found


def money_in(order: Given, amount: str, *settles: tuple[str, str], reference: str = "B1") -> dict[str, Any]:
    return {
        "channelId": order.channel_id,
        "amount": {"amount": amount, "currency": "CNY"},
        "receivedOn": finance.business_date(now()).isoformat(),
        "reference": reference,
        "settles": [{"receivableId": item, "amount": part} for item, part in settles],
    }


async def test_a_parcel_shows_what_is_in_it(client: Client, order: Given) -> None:
    shipment = await shipped(client, order)
    assert (shipment["waybill"], shipment["partial"]) == ("SF1234567890123", False)
    assert shipment["carrier"] == {"code": "SF", "nameChinese": "顺丰速运"}
    assert shipment["goodsAmount"] == {"amount": "15.00", "currency": "CNY"}
    assert (shipment["freightAmount"]["amount"], shipment["costAmount"]["amount"]) == ("6.00", "12.00")
    assert [line["amount"]["amount"] for line in shipment["lines"]] == ["10.00", "5.00"]
    assert [line["orderLineId"] for line in shipment["lines"]] == order.line_ids
    node = await client.ask("query($id: ID!) { node(id: $id) { id ... on Shipment { number } } }", id=shipment["id"])
    assert node["node"] == {"id": shipment["id"], "number": shipment["number"]}


async def test_a_part_of_an_order_is_shipped_by_line(client: Client, order: Given) -> None:
    lines = [{"orderLineId": order.line_ids[0], "quantity": "1"}]
    data = await client.ask(SHIP, input=parcel(order, lines=lines))
    assert data["shipOrder"]["shipment"]["partial"] is True
    assert data["shipOrder"]["shipment"]["goodsAmount"]["amount"] == "3.33"


async def test_refusals_say_what_and_where(client: Client, order: Given) -> None:
    for given, code, path in (
        (parcel(order, "1"), "WAYBILL_IMPLAUSIBLE", ["input", "waybill"]),
        (parcel(order) | {"carrierCode": "DHL"}, "CARRIER_UNKNOWN", ["input", "carrierCode"]),
        (parcel(order) | {"orderId": order.channel_id}, "NOT_FOUND", ["input", "orderId"]),
        (parcel(order, lines=[]), "NOTHING_TO_SHIP", []),
    ):
        answer = (await client.ask(SHIP, input=given))["shipOrder"]
        assert (answer["shipment"], answer["refusals"][0]["code"], answer["refusals"][0]["path"]) == (None, code, path)


async def test_a_rehearsal_shows_the_parcel_and_ships_nothing(client: Client, order: Given) -> None:
    rehearsed = (await client.ask(SHIP, input=parcel(order), rehearse=True))["shipOrder"]
    assert rehearsed["shipment"]["goodsAmount"]["amount"] == "15.00"
    assert len(rehearsed["shipment"]["lines"]) == 2
    assert (await client.ask(SHIP, input=parcel(order)))["shipOrder"]["refusals"] == []


async def test_the_same_key_ships_once(client: Client, order: Given) -> None:
    first = await client.ask(SHIP, input=parcel(order), key="k1")
    assert await client.ask(SHIP, input=parcel(order), key="k1") == first


async def test_many_parcels_at_once_answer_one_by_one(client: Client, order: Given) -> None:
    operation = """mutation($inputs: [ShipOrderInput!]!) {
        shipOrders(inputs: $inputs) { shipment { waybill } refusals { code } } }"""
    answer = await client.ask(operation, inputs=[parcel(order), parcel(order, "SF0000000000001")])
    assert [each["shipment"] and each["shipment"]["waybill"] for each in answer["shipOrders"]] == [
        "SF1234567890123",
        None,
    ]
    assert [[refusal["code"] for refusal in each["refusals"]] for each in answer["shipOrders"]] == [
        [],
        ["WRONG_STATE"],
    ]


async def test_costs_are_for_those_who_may_see_them(client: Client, order: Given) -> None:
    packer = only(order.channel_key)
    client.actor = dataclasses.replace(packer, permissions=frozenset({"fulfilment.*"}))
    result = await client.run(SHIP, input=parcel(order))
    assert result.data["shipOrder"]["shipment"]["costAmount"] is None
    assert {error.extensions["code"] for error in result.errors} == {"FORBIDDEN"}


async def test_what_is_owed_is_paid_in_parts(client: Client, order: Given) -> None:
    shipment = await shipped(client, order)
    (item,) = await owed(client, openOnly=True, orders=[order.order_id])
    assert (item["restAmount"], item["dueOn"]) == ({"amount": "21.00", "currency": "CNY"}, due_on(shipment))
    assert (item["orderId"], item["shipment"]["id"], item["customer"]) == (order.order_id, shipment["id"], None)
    assert item["order"]["number"].startswith("SO")
    assert item["channel"]["code"]
    assert all(line["variant"]["sku"] for line in item["shipment"]["lines"])
    answer = (await client.ask(RECEIPT, input=money_in(order, "15.00", (item["id"], "10.00"))))["postReceipt"]
    receipt = answer["receipt"]
    assert receipt["restAmount"]["amount"] == "5.00"
    assert receipt["allocations"] == [{"amount": {"amount": "10.00"}, "receivableId": item["id"]}]
    settle = """mutation($input: SettleReceivableInput!) { settleReceivable(input: $input) {
        receivable { restAmount { amount } allocations { amount { amount } } } refusals { code } } }"""
    given = {"receiptId": receipt["id"], "receivableId": item["id"], "amount": "5.00"}
    settled = (await client.ask(settle, input=given))["settleReceivable"]
    assert settled["receivable"]["restAmount"]["amount"] == "6.00"
    assert len(settled["receivable"]["allocations"]) == 2
    again = (await client.ask(settle, input=given))["settleReceivable"]
    assert (again["receivable"], again["refusals"]) == (None, [{"code": "SETTLES_TOO_MUCH"}])


async def test_too_much_says_how_much_is_left(client: Client, order: Given) -> None:
    await shipped(client, order)
    (item,) = await owed(client)
    answer = (await client.ask(RECEIPT, input=money_in(order, "50.00", (item["id"], "21.01"))))["postReceipt"]
    expected = {"code": "SETTLES_TOO_MUCH", "path": ["input", "settles", "0"], "rest": "21.00"}
    assert answer == {"receipt": None, "refusals": [expected]}


async def test_an_amount_with_three_places_is_no_money(client: Client, order: Given) -> None:
    for given in (money_in(order, "1.005"), money_in(order, "1.00", ("x", "0.001"))):
        result = await client.run(RECEIPT, input=given)
        assert result.data is None or result.data["postReceipt"] is None or result.data["postReceipt"]["refusals"]


JOURNAL = """
query Journal($where: JournalEntryFilter) {
  journalEntries(where: $where) {
    nodes {
      id number date purpose summary reversal { number } reverses { number }
      lines { position account { code nameChinese } debit { amount } credit { amount } }
    }
  }
}
"""


async def test_a_wrong_receipt_is_voided_and_both_entries_know_each_other(client: Client, order: Given) -> None:
    await client.ask(RECEIPT, input=money_in(order, "15.00"))
    (entry,) = (await client.ask(JOURNAL))["journalEntries"]["nodes"]
    assert [line["account"]["nameChinese"] for line in entry["lines"]] == ["银行存款", "预收账款"]
    void = """mutation($input: VoidEntryInput!) {
        voidEntry(input: $input) { journalEntry { number } refusals { code message } } }"""
    given = {"entryId": entry["id"], "reason": "wrong account"}
    number = (await client.ask(void, input=given))["voidEntry"]["journalEntry"]["number"]
    newest, oldest = (await client.ask(JOURNAL))["journalEntries"]["nodes"]
    assert (newest["number"], newest["purpose"], oldest["reversal"]) == (number, "VOID", {"number": number})
    assert newest["reverses"] == {"number": oldest["number"]}
    again = (await client.ask(void, input=given))["voidEntry"]
    assert again["refusals"][0]["code"] == "ENTRY_VOIDED"


async def test_the_trial_balance_and_the_ages_of_what_is_owed(client: Client, order: Given) -> None:
    await shipped(client, order)
    data = await client.ask(
        """query($asOf: DateTime!) {
          trialBalance(asOf: $asOf) {
            asOf currency debit { amount } credit { amount } lines { account { code } balance { amount } }
          }
          receivableAgeing(asOf: $asOf) { channelId notDue { amount } days1To30 { amount } total { amount } }
          accounts { code kind }
        }""",
        asOf=(now() + timedelta(days=30)).isoformat(),
    )
    balance = data["trialBalance"]
    assert balance["debit"] == balance["credit"] == {"amount": "33.00"}
    assert {line["account"]["code"]: line["balance"]["amount"] for line in balance["lines"]}["1122"] == "21.00"
    aged = data["receivableAgeing"][0]
    assert (aged["channelId"], aged["notDue"]["amount"], aged["total"]["amount"]) == (order.channel_id, "0.00", "21.00")
    assert {"code": "1405", "kind": "ASSET"} in data["accounts"]


async def test_reading_the_books_needs_the_permission(client: Client) -> None:
    client.actor = dataclasses.replace(only(), permissions=frozenset({"orders.*"}))
    for operation in (RECEIVABLES, JOURNAL, "{ accounts { code } }", "{ carriers { code } }"):
        result = await client.run(operation)
        assert {error.extensions["code"] for error in result.errors} == {"FORBIDDEN"}


async def test_what_is_not_yours_is_not_in_the_list(client: Client, order: Given) -> None:
    await shipped(client, order)
    client.actor = only()
    assert await owed(client) == []
    assert (await client.ask(JOURNAL))["journalEntries"]["nodes"] == []


async def test_entries_take_the_same_statements_however_many(client: Client, order: Given) -> None:
    counts = []
    for turn in range(2):
        for each in range(3):
            await client.ask(RECEIPT, input=money_in(order, "1.00", reference=f"{turn}-{each}"))
        with statements_of(client.engine) as statements:
            await client.ask(JOURNAL)
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 6, counts


TAX = """
mutation Tax($terms: SetTaxTermsInput!, $rate: SetTaxRateInput!) {
  setTaxTerms(input: $terms) { taxTerms { rounding defaultRate freightRate setBy } refusals { code path } }
  setTaxRate(input: $rate) { product { taxRate } refusals { code path } }
}
"""


async def test_what_of_a_parcel_is_tax(client: Client, order: Given) -> None:
    (row,) = (await client.run("{ taxTerms { rounding } }")).data.items()
    assert row == ("taxTerms", None)
    nowhere = {"productId": global_id("Product", order.channel_key), "rate": "0.13"}
    terms = {"defaultRate": "0.13", "freightRate": "0.09"}
    done = await client.ask(TAX, terms=terms, rate=nowhere)
    assert done["setTaxTerms"]["taxTerms"] == {
        "rounding": "LINE", "defaultRate": "0.130000", "freightRate": "0.090000", "setBy": "tests"
    }  # fmt: skip
    assert done["setTaxRate"] == {"product": None, "refusals": [{"code": "NOT_FOUND", "path": ["input", "productId"]}]}
    wrong = await client.ask(TAX, terms=terms | {"defaultRate": "13"}, rate=nowhere)
    assert wrong["setTaxTerms"]["refusals"] == [{"code": "BAD_INPUT", "path": ["input", "defaultRate"]}]
    assert (await client.run(TAX, terms=terms | {"freightRate": "0.1234567"}, rate=nowhere)).errors is not None
    await shipped(client, order)
    found = await client.ask("{ receivables { nodes { amount { amount } taxAmount { amount } } } }")
    assert found["receivables"]["nodes"] == [{"amount": {"amount": "21.00"}, "taxAmount": {"amount": "2.23"}}]
