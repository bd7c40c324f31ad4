"""A small company that runs: its API serves, its shops are the simulated platforms, its workers are driven here."""

import asyncio
import itertools
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import uvicorn
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy import text

from api.app import create_app
from api.door import Door
from configuration.settings import Settings
from domain import finance, identity, orders, wiring
from domain.channels import ChannelId
from domain.kernel import Table, begin, system
from operations.audit import audit
from operations.ports import listening_socket
from schema.root import schema
from schema.scalars import key_of
from tests.connectors.simulated import PLATFORMS, RECEIVER, Simulated
from tests.stories.client import Client
from workers import inbound, outbox, reactions, schedule
from workers.runner import Outside

PASSWORD = "correct horse battery"
WAIT_SECONDS_MAX = 15
SHOPS = ("taobao-main", "tmall-main", "jd-main", "site-main")
NUMBERS = itertools.count(6_382_359_948_881_000_001)
BUSY = """SELECT EXISTS (SELECT FROM events WHERE dispatched_at IS NULL)
  OR EXISTS (SELECT FROM reactions WHERE state = 'PENDING')"""
UNCOUNTED = {"sign_in_sessions", "sign_in_attempts"}
REVIEWING = (
    "orders.view", "orders.take_order", "orders.review_order", "orders.hold_order", "orders.release_order_hold",
    "orders.cancel_order", "orders.send_back_order", "orders.hand_over_order", "orders.allocate_order",
    "alerts.view", "customers.view", "catalogue.view", "inventory.view", "channels.view", "pricing.view",
    *orders.RELEASED_BY.values(),
)  # fmt: skip
SHIPPING = ("fulfilment.*", "inventory.*", "orders.view", "catalogue.view", "alerts.view", "channels.view")
BOOKING = ("finance.*", "orders.view", "kernel.view_audit_log", "channels.view", "fulfilment.view", "customers.view")
SELLING = (
    "orders.place_order", "orders.view", "orders.confirm_order_payment", "orders.cancel_order", "catalogue.view",
    "pricing.view", "customers.*", "channels.view", "inventory.view",
)  # fmt: skip


def settings_for(database_url: str, simulated: Simulated | None = None, **more: Any) -> Settings:
    """Make settings as in production, but with cheap passwords, long visits and no patience with platforms."""
    given: dict[str, Any] = {
        "database_url": database_url,
        "broker_url": "redis://127.0.0.1:1/0",
        "signing_key": SecretStr("a signing key of the tests, long enough"),
        "secrets_key": SecretStr(Fernet.generate_key().decode()),
        "password_memory_kib": 64,
        "connector_calls_per_second": 2000,
        # On a slow machine all stories take longer than the quarter of an hour that a token lives for.
        "access_token_seconds": 14_400,
    }
    if simulated is not None:
        sms, notices = simulated.ports["sms"], simulated.ports["notices"]
        given |= {
            "sms_gateway": "aliyun",
            "sms_address": sms["url"],
            "sms_access_key_id": sms["access_key_id"],
            "sms_access_key_secret": SecretStr(sms["access_key_secret"]),
            "sms_sign_name": sms["sign_names"][0],
            "sms_template_code": "SMS_100001",
            "mail_gateway_address": f"{notices['url']}/mail",
            "mail_gateway_key": notices["key"],
            "mail_gateway_secret": SecretStr(notices["secret"]),
        }
    return Settings(**(given | more))


@contextmanager
def served(settings: Settings) -> Iterator[tuple[str, Door]]:
    """Serve the API as production does, on a loop of its own; gives its address and what it stands on."""
    app = create_app(settings, schema)
    listener = listening_socket("127.0.0.1", 0)
    configuration = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
        access_log=False,
    )
    server = uvicorn.Server(configuration)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="api")
    thread.start()
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", app.state.door
    finally:
        server.should_exit = True
        thread.join(WAIT_SECONDS_MAX)


@dataclass(frozen=True)
class Goods:
    """One article of the company."""

    id: str
    sku: str
    item: str
    external_sku: str


@dataclass
class Company:
    """The company, its administrator, and our hand on the platforms."""

    outside: Outside
    door: Door
    simulated: Simulated
    nobody: Client
    admin: Client
    channels: dict[str, str] = field(default_factory=dict)
    warehouses: dict[str, str] = field(default_factory=dict)
    price_list: str = ""
    names: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    has_workers: bool = False

    async def person(
        self,
        permissions: tuple[str, ...],
        *,
        shops: tuple[str, ...] | None = None,
        warehouses: tuple[str, ...] | None = None,
        name: str = "某人",
    ) -> Client:
        """Add a colleague with these permissions and this scope, who signs in."""
        email = await self.account(permissions, shops=shops, warehouses=warehouses, name=name)
        return self.nobody.with_token((await self.sign_in(email))["accessToken"])

    async def account(
        self,
        permissions: tuple[str, ...],
        *,
        shops: tuple[str, ...] | None = None,
        warehouses: tuple[str, ...] | None = None,
        name: str = "某人",
    ) -> str:
        """Add a colleague; gives the e-mail address."""
        code = f"role-{next(self.names)}"
        role = await self.admin.done("createRole", "id", {"code": code, "name": code, "permissions": permissions})
        scope = {
            "channelIds": None if shops is None else [self.channels[each] for each in shops],
            "warehouseIds": None if warehouses is None else [self.warehouses[each] for each in warehouses],
        }
        email = f"{code}@example.com"
        given = {"email": email, "name": name, "password": PASSWORD, "roleId": role["id"], "scope": scope}
        await self.admin.done("addStaff", "id", given)
        return email

    async def sign_in(self, email: str, password: str = PASSWORD) -> Any:
        return await self.nobody.do(
            "signIn", "accessToken refreshToken expiresAt", {"email": email, "password": password}
        )

    async def program(self, *shops: str, kind: str = "OFFICIAL_SITE") -> Client:
        """Add an API client that sells on these channels."""
        code = f"program-{next(self.names)}"
        given = {"code": code, "name": code, "kind": kind, "permissions": SELLING}
        scope = {"channelIds": [self.channels[each] for each in shops]}
        outcome = await self.admin.do("createApiClient", "id", given | scope)
        assert outcome["refusals"] == []
        return self.nobody.with_key(outcome["key"])

    async def goods(
        self, sku: str, *, price: str = "10.00", stock: int = 20, cost: str = "4.00", shops: tuple[str, ...] = ()
    ) -> Goods:
        """Take up an article: product, price, stock, and a place on the shelves of these shops."""
        given = {"slug": sku.lower(), "name": f"商品 {sku}", "variants": [{"sku": sku, "weightGrams": 200}]}
        product = await self.admin.done("createProduct", "variants { id }", given)
        number = next(NUMBERS)
        made = Goods(product["variants"][0]["id"], sku, str(number), str(number + 10**15))
        amount = {"variantId": made.id, "unitPrice": {"amount": price}}
        await self.admin.done("setPrice", "id", {"priceListId": self.price_list, "price": amount})
        if stock:
            await self.receive(made, stock, cost=cost)
        for shop in shops:
            await self.shelve(made, shop, price)
        await self.settle()
        return made

    async def receive(self, goods: Goods, quantity: int, *, cost: str = "4.00", **lot: Any) -> None:
        line = {"variantId": goods.id, "quantity": str(quantity), "unitCost": cost} | lot
        given = {"warehouseId": self.warehouses["main"], "reason": "purchase", "lines": [line]}
        await self.admin.done("receiveStock", "id", given)

    async def shelve(self, goods: Goods, shop: str, price: str) -> None:
        """Show an article in a shop; a marketplace holds its own page, a site is told by us."""
        site = shop == "site-main"
        item, sku = (goods.sku.lower(), goods.sku) if site else (goods.item, goods.external_sku)
        if not site:
            page = {"item": item, "sku": sku, "seller_code": goods.sku, "title": goods.sku, "price": price}
            await self.simulated.ask("POST", f"/shops/{shop}/items", {"items": [page | {"quantity": 0}]})
        listing = {"channelId": self.channels[shop], "variantId": goods.id, "externalItem": item, "externalSku": sku}
        await self.admin.done("listVariant", "id", listing)

    async def shown(self, shop: str, goods: Goods) -> int | None:
        """Look what stock a shop shows its buyers."""
        items = (await self.simulated.ask("GET", f"/shops/{shop}/items"))["items"]
        return next((each["quantity"] for each in items if each["seller_code"] == goods.sku), None)

    async def sell(self, shop: str, *lines: tuple[Goods, int], price: str = "10.00", **trade: Any) -> str:
        """Let a buyer order in a shop; gives the platform's number."""
        bought = [
            {
                "item": each.item,
                "sku": each.external_sku,
                "seller_code": each.sku,
                "title": each.sku,
                "quantity": quantity,
                "price": price,
            }
            for each, quantity in lines
        ]
        return (await self.simulated.trades(shop, {"lines": bought} | trade))[0]

    async def pull(self, *shops: str) -> None:
        """Read shops as the clock makes the workers do, and let everything follow."""
        for shop in shops:
            key = key_of("Channel", self.channels[shop])
            assert key is not None
            await inbound.pull(self.outside, ChannelId(key))
        await self.settle()

    async def order(self, external_number: str, wanted: str = "id status", asker: Client | None = None) -> Any:
        """Find an order by the platform's number."""
        operation = (
            f"query ($n: String!) {{ orders(where: {{externalNumber: {{eq: $n}}}}) {{ nodes {{ {wanted} }} }} }}"
        )
        nodes = (await (asker or self.admin).ask(operation, n=external_number))["orders"]["nodes"]
        return nodes[0] if nodes else None

    async def sold(self, shop: str, *lines: tuple[Goods, int], wanted: str = "id status", **trade: Any) -> Any:
        """Let a buyer order, read the shop, and find the order."""
        number = await self.sell(shop, *lines, **trade)
        await self.pull(shop)
        return await self.order(number, f"externalNumber {wanted}")

    async def settle(self) -> None:
        """Carry every fact to its reactions until nothing is due, as relay, broker and worker do if there are any."""
        if self.has_workers:
            await until(self._is_idle)
            return
        while True:
            async with begin(self.outside.sessions, system("relay")) as work:
                facts = await outbox.owe(work, reactions.reactions_by_event())
            async with begin(self.outside.sessions, system("relay")) as work:
                due = await outbox.due(work)
            for owed in due:
                await reactions.react(self.outside, owed)
            if not facts and not due:
                return

    async def _is_idle(self) -> bool:
        async with self.outside.engine.connect() as connection:
            return not await connection.scalar(text(BUSY))

    async def clock(self, *names: str) -> None:
        """Let the clock strike for these entries."""
        for name in names:
            await schedule.run(self.outside, name)
        await self.settle()

    async def stock_of(self, goods: Goods) -> Any:
        """Ask what of an article is where, in the main warehouse."""
        wanted = "stock { onHand toReview toShip unpaid preorder available warehouse { code } }"
        found = await self.admin.ask(f"query ($id: ID!) {{ variant(id: $id) {{ {wanted} }} }}", id=goods.id)
        return next((each for each in found["variant"]["stock"] if each["warehouse"]["code"] == "main"), None)

    async def rows(self) -> dict[str, int]:
        """Count everything that is written down, but for who signed in."""
        names = sorted(set(Table.metadata.tables) - UNCOUNTED)
        each = (f"SELECT '{name}', count(*) FROM {name}" for name in names)  # noqa: S608 — our own names.
        async with self.outside.engine.connect() as connection:
            return {row[0]: row[1] for row in await connection.execute(text(" UNION ALL ".join(each)))}

    async def broken_invariants(self) -> list[Any]:
        """Check the books as `./run audit` does."""
        findings = await audit(self.outside.settings.database_url, wiring.INVARIANTS)
        return [each for each in findings if not each.holds]


async def opened(company: Company, shops: tuple[str, ...] = SHOPS) -> Company:
    """Open the company through its own schema: a warehouse, a price list, the shops."""
    admin = company.admin
    for code in ("main", "second"):
        made = await admin.done("openWarehouse", "id", {"code": code, "name": code, "kind": "CDC"})
        company.warehouses[code] = made["id"]
    company.price_list = (await admin.done("createPriceList", "id", {"code": "base", "name": "Base"}))["id"]
    for shop in shops:
        account = company.simulated.account(shop)
        credentials = {"appKey": account.app_key, "appSecret": account.app_secret, "session": account.session}
        given = {
            "code": shop,
            "name": shop,
            "platform": PLATFORMS.get(shop.rpartition("-")[0], "OFFICIAL_SITE"),
            "baseUrl": account.base_url,
            "credentials": credentials,
            "warehouseIds": [company.warehouses["main"]],
        }
        company.channels[shop] = (await admin.done("openChannel", "id", given))["id"]
    return company


async def first_admin(outside: Outside, credentials: identity.Credentials) -> str:
    """Enter what an installation begins with: the chart of accounts and one person who may do everything."""
    async with begin(outside.sessions, system("tests")) as work:
        await finance.lay_chart(work)
        role = await identity.create_role(work, "admin", "Admin", ("*",))
        person = identity.NewStaff(email="admin@example.com", name="王掌柜", role_id=role.id, password=PASSWORD)
        await identity.add_staff(work, person, credentials)
    return person.email


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = WAIT_SECONDS_MAX) -> Any:
    """Wait until a condition holds and give what it found."""
    deadline = time.monotonic() + seconds
    while not (found := await condition()):
        assert time.monotonic() < deadline, "it never came true"
        await asyncio.sleep(0.05)
    return found


def receiver(**changes: Any) -> dict[str, Any]:
    """Say where a parcel goes, as a client of ours writes it."""
    return {**RECEIVER, **changes}


def uuid_of(kind: str, opaque_id: str) -> UUID:
    key = key_of(kind, opaque_id)
    assert key is not None
    return key


def placement(channel_id: str, *lines: tuple[str, str], **changes: Any) -> dict[str, Any]:
    """Write an order as a client of ours places it: each line is a SKU and a quantity."""
    return {
        "channelId": channel_id,
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "customer": {"name": "王小明", "phone": RECEIVER["phone"]},
        "receiver": receiver(),
        **changes,
    }
