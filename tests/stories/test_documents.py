"""The documents tell the truth: every operation in them is run on a small demo company, in the order of the page."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import uvicorn
from websockets.asyncio.client import connect

from api.app import create_app
from configuration.settings import Settings
from demo.accounts import CLIENTS, FILE_NAME, ROLES, read_accounts
from demo.goods import DemoGoods
from demo.load import Loaded, load
from demo.sending import CHINA, Control
from demo.trades import listing_of, number_of
from domain import desk
from domain.channels import ChannelId
from domain.kernel import begin, system
from operations.embedded_postgres import EmbeddedPostgres
from operations.ports import listening_socket
from schema.root import schema
from simulators.server import description
from simulators.world import World
from tests.conftest import database_copy
from tests.demo.conftest import few_goods, settings_on
from tests.demo.platforms import serving
from tests.stories.documents import DOCS, Example, filled, found_in, from_operations, from_page
from workers import inbound, outbox
from workers.reactions import react, reactions_by_event
from workers.runner import Outside, open_outside

OPERATIONS = sorted((DOCS / "clients").glob("*.graphql"))
PAGES = [DOCS / "first-look.md", DOCS / "clients" / "README.md", DOCS / "trusted-documents.md"]


@dataclass
class Company:
    """A small company that is open: its API, its workers at hand, its accounts."""

    url: str
    outside: Outside
    http: aiohttp.ClientSession
    credentials: dict[str, dict[str, str]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    async def settle(self) -> None:
        """Do what the workers would have done by now."""
        while True:
            async with begin(self.outside.sessions, system("relay")) as work:
                facts = await outbox.owe(work, reactions_by_event())
            async with begin(self.outside.sessions, system("relay")) as work:
                due = await outbox.due(work)
            for owed in due:
                await react(self.outside, owed)
            if not facts and not due:
                return

    async def ask(self, operation: str, variables: Any, headers: dict[str, str]) -> Any:
        body = {"query": operation, "variables": variables}
        async with self.http.post(f"{self.url}/graphql", json=body, headers=headers) as response:
            answer = await response.json()
        assert "errors" not in answer, answer["errors"]
        return answer["data"]

    async def listen(self, operation: str, variables: Any, headers: dict[str, str]) -> Any:
        """Take the first event of a subscription."""
        payload = {"authorization": headers.get("Authorization"), "apiKey": headers.get("X-Api-Key")}
        url = self.url.replace("http", "ws", 1) + "/graphql"
        async with connect(url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]  # A NewType.
            await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
            assert json.loads(await socket.recv()) == {"type": "connection_ack"}
            asked = {"query": operation, "variables": variables}
            await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": asked}))
            event = json.loads(await socket.recv())
        assert event["type"] == "next", event
        assert "errors" not in event["payload"], event["payload"]
        return event["payload"]["data"]

    async def run(self, example: Example, values: dict[str, str]) -> None:
        """Run an example and keep what later ones need; a refusal is as wrong here as an error."""
        await self.settle()
        headers = {name: filled(value, values) for name, value in example.headers.items()}
        headers |= self.credentials.get(example.by, {})
        variables = json.loads(filled(example.variables, values))
        send = self.listen if example.is_subscription else self.ask
        data = await send(filled_operation(example, values), variables, headers)
        assert refusals(data) == [], example.name
        assert not is_empty(data), example.name
        values |= {name: found_in(data, path) for name, path in example.kept.items()}


def filled_operation(example: Example, values: dict[str, str]) -> str:
    """Bodies of curl carry their values inside; operations with variables must not."""
    return filled(example.operation, values) if not example.by else example.operation


def refusals(value: Any) -> list[Any]:
    """Collect the refusals anywhere in an answer."""
    if isinstance(value, list):
        return [found for each in value for found in refusals(each)]
    if not isinstance(value, dict):
        return []
    own = value.get("refusals") or []
    return [*own, *(found for each in value.values() for found in refusals(each))]


def is_empty(data: dict[str, Any]) -> bool:
    """Whether a root field shows nothing: a null, or a list without rows."""
    return any(value is None or (isinstance(value, dict) and value.get("nodes") == []) for value in data.values())


@pytest.fixture(scope="module")
async def company(postgres: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Company]:
    directory = tmp_path_factory.mktemp("company")
    world = World(tmp_path_factory.mktemp("platforms"))
    async with database_copy(postgres) as url, serving(world) as platforms, aiohttp.ClientSession() as http:
        settings, ports, goods = settings_on(url, directory), description(world, platforms), few_goods()
        loaded = await load(settings, film=False, platforms=ports, goods=goods)
        outside = open_outside(settings, name="documents")
        async with served(settings) as address:
            company = Company(address, outside, http)
            await company.settle()
            await trade(company, Control(http, ports), loaded, goods)
            await introduce(company, directory)
            yield company
        await outside.close()
    world.close()


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[str]:
    listener = listening_socket("127.0.0.1", 0)
    configuration = uvicorn.Config(
        create_app(settings, schema), ws="websockets-sansio", log_config=None, lifespan="on", access_log=False
    )
    server = uvicorn.Server(configuration)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    async with asyncio.timeout(20):
        while not server.started:  # noqa: ASYNC110 — uvicorn has no event for it.
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    await running


async def trade(company: Company, control: Control, loaded: Loaded, goods: list[DemoGoods]) -> None:
    """Let buyers order on two platforms a while ago, and read them: some wait for review, one is on hold."""
    for shop, wanted in (
        ("taobao-main", goods[0].variants[0].sku),
        ("taobao-main", goods[1].variants[0].sku),
        ("taobao-main", "POST"),
        ("pharmacy818-main", "RX1001"),
    ):
        await control.post(f"shops/{shop}/trades", {"trades": [trade_body(shop, wanted)]})
    for shop in ("taobao-main", "pharmacy818-main"):
        await inbound.pull(company.outside, ChannelId(loaded.channels[shop]))
    await company.settle()
    async with begin(company.outside.sessions, system("schedule")) as work:
        await desk.remind(work)


def trade_body(shop: str, sku: str) -> dict[str, Any]:
    number, moment = number_of("story", shop, sku), datetime.now(UTC).astimezone(CHINA) - timedelta(minutes=10)
    item, outside_sku = listing_of(shop, sku)
    line = {"number": str(int(number) + 1), "item": item, "sku": outside_sku, "seller_code": sku, "title": sku}
    return {
        "number": number,
        "paid_at": moment.isoformat(),
        "created_at": moment.isoformat(),
        "modified_at": moment.isoformat(),
        "buyer": {"id": f"buyer of {sku}", "name": "王小明"},
        "receiver": {
            "name": "王小明",
            "phone": "13812345678",
            "province": "浙江省",
            "city": "杭州市",
            "district": "西湖区",
            "detail": "文三路1号",
        },
        "lines": [line | {"quantity": 2, "price": "10.00"}],
    }


async def introduce(company: Company, directory: Path) -> None:
    """Sign everybody in, as the file of accounts says."""
    sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { accessToken refusals { message } } }"
    for entry in read_accounts(directory / FILE_NAME):
        if "key" in entry:
            company.credentials[entry["client"]] = {"X-Api-Key": entry["key"]}
            company.secrets[camel(entry["client"]) + "Key"] = entry["key"]
            continue
        given = {"input": {"email": entry["email"], "password": entry["password"]}}
        token = (await company.ask(sign_in, given, {}))["signIn"]["accessToken"]
        company.credentials[entry["role"]] = {"Authorization": f"Bearer {token}"}
        company.secrets[camel(entry["role"]) + "Password"] = entry["password"]


def camel(code: str) -> str:
    first, *others = code.split("-")
    return first + "".join(each.title() for each in others)


def beginnings(company: Company) -> dict[str, str]:
    """Collect what a reader knows without having asked: secrets, the day, a moment for numbers of their own."""
    now = datetime.now(CHINA)
    return company.secrets | {"today": now.date().isoformat(), "moment": f"{now:%H%M%S%f}"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(DOCS)))
async def test_a_page_can_be_followed_from_top_to_bottom(company: Company, page: Path) -> None:
    examples, values = from_page(page), beginnings(company)
    assert examples
    for example in examples:
        await company.run(example, values)


@pytest.mark.parametrize("file", OPERATIONS, ids=lambda file: file.stem)
async def test_a_client_can_do_all_its_operations(company: Company, file: Path) -> None:
    examples, values = from_operations(file), beginnings(company)
    assert len(examples) >= 3
    for example in examples:
        await company.run(example, values)


def test_the_first_look_goes_from_sign_in_to_paid_with_a_subscription() -> None:
    told = " ".join(example.operation for example in from_page(PAGES[0]))
    for word in ("signIn", "subscription", "takeOrder", "reviewOrder", "shipOrder", "postReceipt", "trialBalance"):
        assert word in told


def test_each_client_and_each_signature_of_the_page_exists() -> None:
    assert {file.stem for file in OPERATIONS} == {client.code for client in CLIENTS}
    assert all((DOCS / "clients" / f"{file.stem}.md").exists() for file in OPERATIONS)
    assert {example.by for example in from_page(PAGES[0])} <= {role.code for role in ROLES} | {""}
