"""A distributor's account is opened, read and changed through GraphQL."""

import dataclasses
from typing import Any

import strawberry
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncEngine
from strawberry.schema.config import StrawberryConfig

from domain.channels import Channel, Platform
from domain.kernel import Actor, Read, Sessions, begin, system
from schema.base import Context
from schema.distributors.mutations import DistributorsMutation
from schema.distributors.queries import DistributorsQuery
from schema.refusals import REFUSAL_TYPES
from schema.scalars import SCALARS, global_id
from tests.domain.distributors.test_distributors import paid_in
from tests.domain.orders.builders import a_shop

CONFIG = StrawberryConfig(scalar_map=SCALARS)
SCHEMA = strawberry.Schema(query=DistributorsQuery, mutation=DistributorsMutation, types=REFUSAL_TYPES, config=CONFIG)
OPEN = """mutation ($input: OpenDistributorInput!) { openDistributor(input: $input) {
  distributor { id code balance { amount } creditLimit { amount currency } version } refusals { code path } } }"""
CHANGE = """mutation ($input: ChangeDistributorInput!) { changeDistributor(input: $input) {
  distributor { name active version } refusals { code path ... on VersionConflict { current } } } }"""
FUNDS = """query ($id: ID!) { distributors { totalCount nodes { code balance { amount } } }
  distributorFunds(distributorId: $id) { nodes { kind amount { amount currency } reference madeBy } } }"""


async def ask(engine: AsyncEngine, sessions: Sessions, operation: str, actor: Actor | None = None, **given: Any) -> Any:
    who = actor or system("tests")
    context = Context(read=Read(engine=engine, actor=who), sessions=sessions, actor=who)
    try:
        return await SCHEMA.execute(operation, variable_values=given, context_value=context)
    finally:
        await context.close()


async def test_an_account_is_opened_filled_and_changed(own_engine: AsyncEngine, sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        shop = await a_shop(work)
        await work.execute(update(Channel).where(Channel.id == shop.channel_id).values(platform=Platform.DIRECT))
    channel = global_id("Channel", shop.channel_id)
    given = {"code": "EAST", "name": "华东经销", "channelId": channel, "creditLimit": "1000.00"}
    opened = (await ask(own_engine, sessions, OPEN, input=given)).data["openDistributor"]
    distributor = opened["distributor"]
    assert (opened["refusals"], distributor["creditLimit"]) == ([], {"amount": "1000.00", "currency": "CNY"})
    again = (await ask(own_engine, sessions, OPEN, input=given | {"code": "WEST"})).data["openDistributor"]
    assert again["refusals"] == [{"code": "DISTRIBUTOR_KNOWN", "path": ["input", "channelId"]}]
    assert (await ask(own_engine, sessions, OPEN, input=given | {"creditLimit": "0.001"})).errors is not None

    async with begin(sessions, system("cashier")) as work:
        await paid_in(work, shop, "88.00", "BANK-1")
    told = (await ask(own_engine, sessions, FUNDS, id=distributor["id"])).data
    assert told["distributors"]["nodes"] == [{"code": "EAST", "balance": {"amount": "88.00"}}]
    assert told["distributorFunds"]["nodes"] == [
        {
            "kind": "RECEIPT",
            "amount": {"amount": "88.00", "currency": "CNY"},
            "reference": "BANK-1",
            "madeBy": "cashier",
        }
    ]
    change = {"id": distributor["id"], "active": False, "expectedVersion": 1}
    changed = (await ask(own_engine, sessions, CHANGE, input=change)).data["changeDistributor"]
    assert changed["distributor"] == {"name": "华东经销", "active": False, "version": 2}
    late = (await ask(own_engine, sessions, CHANGE, input=change)).data["changeDistributor"]
    assert late["refusals"] == [{"code": "VERSION_CONFLICT", "path": ["input", "expectedVersion"], "current": 2}]

    elsewhere = dataclasses.replace(system("elsewhere"), channels=frozenset())
    unseen = (await ask(own_engine, sessions, FUNDS, elsewhere, id=distributor["id"])).data
    assert (unseen["distributors"]["totalCount"], unseen["distributorFunds"]["nodes"]) == (0, [])
    assert (await ask(own_engine, sessions, FUNDS, id=channel)).errors is not None
