"""The demo company's accounts (演示账号): five people, four programs, their random secrets in one private file."""

import importlib
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from domain import (
    bundles,
    desk,
    drafts,
    exchange,
    feedback,
    fulfilment,
    identity,
    inventory,
    orders,
    papers,
    refunds,
    reporting,
    stocktaking,
    transfers,
)
from domain import wiring as wiring  # Every capability is there: its permissions are known.
from domain.identity import ApiClient, ClientKind, Credentials, NewApiClient, NewStaff, Role, Staff
from domain.kernel import Work, permission_of
from domain.orders import HoldReason

FILE_NAME = "demo-accounts.json"
PASSWORD_BYTES = 12
SEEING = tuple(
    f"{capability}.view"
    for capability in (
        "alerts",
        "catalogue",
        "channels",
        "customers",
        "desk",
        "drafts",
        "fulfilment",
        "inventory",
        "orders",
        "papers",
        "partners",
        "pricing",
        "promotions",
        "refunds",
        "shipping",
    )
)

EDITING = (
    orders.add_order_gift,
    orders.add_order_line,
    orders.change_order_discount,
    orders.change_order_freight,
    orders.change_order_line_price,
    orders.change_order_line_quantity,
    orders.change_order_memo,
    orders.change_order_receiver,
    orders.change_order_remark,
    orders.remove_order_line,
)

COMBINING = (
    orders.merge_orders,
    orders.unmerge_order,
    orders.set_combining_rule,
    orders.split_order,
    orders.split_order_by,
    orders.undo_order_split,
)

DRAFTING = (
    drafts.copy_order,
    drafts.discard_order_draft,
    drafts.place_order_draft,
    drafts.save_order_draft,
    drafts.start_order_draft,
    drafts.take_order_draft,
)

REFUNDING = (refunds.agree_refund, refunds.refuse_refund, refunds.confirm_refund_goods)

COUNTING = (
    stocktaking.start_stocktake,
    stocktaking.count_stock,
    stocktaking.close_count,
    stocktaking.approve_stocktake,
    stocktaking.post_stocktake,
    stocktaking.cancel_stocktake,
)

TRANSFERRING = (
    transfers.request_transfer,
    transfers.approve_transfer,
    transfers.ship_transfer,
    transfers.receive_transfer,
    transfers.close_transfer,
    transfers.cancel_transfer,
)

# Money is finance's to look at; what a buyer said or wants is for those who talk to buyers.
OF_FINANCE = (HoldReason.AMOUNT_UNUSUAL, HoldReason.PRICE_BELOW_FLOOR, HoldReason.FUNDS_SHORT, HoldReason.PART_PAID)
OF_SERVICE = (HoldReason.BUYER_MESSAGE, HoldReason.SELLER_MEMO, HoldReason.PAUSED_BY_HAND, HoldReason.REFUND_REQUESTED)
RELEASING = tuple(right for reason, right in orders.RELEASED_BY.items() if reason not in OF_FINANCE)


@dataclass(frozen=True, slots=True)
class DemoRole:
    """A post in the company and what who holds it may do beyond seeing the business."""

    code: str
    name: str
    person: str
    permissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A program that calls with a key: what it may do, and on which channels (none named: all)."""

    code: str
    name: str
    kind: ClientKind
    channels: tuple[str, ...]
    permissions: tuple[str, ...]
    origins: tuple[str, ...] = ()


ROLES = (
    DemoRole("admin", "管理员", "王掌柜", ("*",)),
    DemoRole(
        "reviewer",
        "审单员",
        "李审单",
        (
            *SEEING,
            "alerts.snooze_alert",
            "customers.see_phone",
            permission_of(desk.resend_digest),
            permission_of(exchange.announce_order),
            permission_of(exchange.announce_return),
            "exchange.view",
            permission_of(identity.set_duty),
            "orders.allocate_order",
            permission_of(orders.assign_order),
            permission_of(orders.accept_shipped_anyway),
            "orders.cancel_order",
            "orders.choose_order_carrier",
            "orders.hand_over_order",
            "orders.hold_order",
            "orders.match_order_line",
            "orders.release_order_hold",
            "orders.review_order",
            "orders.send_back_order",
            "orders.set_order_carrier",
            "orders.take_order",
            *(permission_of(each) for each in EDITING),
            permission_of(papers.print_papers),
            "orders.view_blacklist",
            "orders.view_rehearsals",
            permission_of(orders.add_to_blacklist),
            permission_of(orders.offer_preorder),
            permission_of(feedback.resend_order_feedback),
            permission_of(feedback.give_up_order_feedback),
            permission_of(orders.end_preorder),
            *RELEASING,
            *(permission_of(each) for each in COMBINING),
        ),
    ),
    DemoRole(
        "warehouse",
        "仓库",
        "张仓管",
        (
            *SEEING,
            "alerts.snooze_alert",
            "customers.see_phone",
            "erp.*",
            "exchange.*",
            permission_of(refunds.confirm_refund_goods),
            "fulfilment.*",
            "inventory.*",
            "orders.allocate_order",
            "shipping.*",
            *(permission_of(each) for each in COUNTING),
            "stocktaking.view",
            *(permission_of(each) for each in TRANSFERRING),
            "transfers.view",
            permission_of(reporting.export_report),
            permission_of(reporting.replenish),
            permission_of(reporting.set_reserve_policy),
            permission_of(bundles.draft_assembly),
            permission_of(bundles.draft_disassembly),
            "papers.*",
            "partners.*",
            "sheets.*",
            "uploads.*",
        ),
    ),
    DemoRole(
        "finance",
        "财务",
        "陈会计",
        (
            *SEEING,
            "erp.view",
            "erp.resend_sales_feed",
            "finance.*",
            "distributors.*",
            permission_of(inventory.set_cost_method),
            permission_of(inventory.set_cost_scope),
            permission_of(inventory.reprice_receipt),
            permission_of(inventory.write_down_stock),
            permission_of(inventory.close_stock_period),
            permission_of(inventory.reopen_stock_period),
            "kernel.view_audit_log",
            "orders.confirm_order_payment",
            permission_of(papers.print_papers),
            "orders.release_order_hold",
            *(orders.RELEASED_BY[reason] for reason in OF_FINANCE),
            permission_of(orders.approve_order_finance),
            permission_of(orders.confirm_order_deposit),
            permission_of(orders.change_balance_deadline),
            permission_of(orders.forfeit_order_deposit),
            permission_of(orders.return_order_finance),
            permission_of(reporting.export_report),
        ),
    ),
    DemoRole(
        "customer-service",
        "客服",
        "赵客服",
        (
            *SEEING,
            "customers.*",
            *(permission_of(each) for each in DRAFTING),
            permission_of(orders.change_order_discount),
            permission_of(orders.confirm_order_deposit),
            permission_of(orders.change_balance_deadline),
            permission_of(orders.exchange_order),
            permission_of(fulfilment.receive_exchange_return),
            permission_of(orders.resend_order),
            permission_of(orders.accept_shipped_anyway),
            *(permission_of(each) for each in REFUNDING),
            permission_of(fulfilment.record_delivery),
            permission_of(feedback.resend_order_feedback),
            permission_of(feedback.give_up_order_feedback),
            permission_of(exchange.announce_return),
            "exchange.view",
            "orders.cancel_order",
            "orders.confirm_order_payment",
            "orders.hold_order",
            "orders.place_order",
            "orders.release_order_hold",
            "sheets.*",
            "uploads.*",
            permission_of(orders.change_order_memo),
            permission_of(orders.change_order_receiver),
            permission_of(orders.change_order_remark),
            *(orders.RELEASED_BY[reason] for reason in OF_SERVICE),
        ),
    ),
)

SHOPPING = (
    "catalogue.view",
    "channels.view",
    "customers.*",
    "identity.view_schema",
    "inventory.view",
    "orders.cancel_order",
    "orders.confirm_order_payment",
    "orders.place_order",
    "orders.view",
    "pricing.view",
)

CLIENTS = (
    DemoClient(
        "official-site",
        "官网",
        ClientKind.OFFICIAL_SITE,
        ("site-main",),
        SHOPPING,
        ("http://127.0.0.1:3000", "http://localhost:3000"),
    ),
    DemoClient("mobile-app", "手机应用", ClientKind.MOBILE_APP, ("site-main",), SHOPPING),
    DemoClient(
        "call-centre-console",
        "呼叫中心",
        ClientKind.CALL_CENTRE,
        (),
        (*SEEING, "customers.*", "drafts.*", "identity.view_schema", "orders.*"),
    ),
    DemoClient(
        "partner",
        "合作伙伴",
        ClientKind.PARTNER,
        ("pharmacy818-main",),
        ("catalogue.view", "channels.view", "identity.view_schema", "inventory.view", "orders.view"),
    ),
)


async def open_accounts(
    work: Work, directory: Path, credentials: Credentials, channel_ids: Mapping[str, UUID]
) -> list[dict[str, str]]:
    """Add the people and programs that are missing; their secrets are on disk before they count in the database."""
    importlib.import_module("domain.wiring")  # A permission is known only where its capability was loaded: all of them.
    place = directory / FILE_NAME
    known = {_name(entry): entry for entry in read_accounts(place)}
    entries = [await _person(work, role, known, credentials) for role in ROLES]
    await _stand_above(work)
    entries += [await _client(work, client, known, channel_ids) for client in CLIENTS]
    _write(place, entries)
    return entries


async def _stand_above(work: Work) -> None:
    """Let the manager stand above all who have no superior yet, and the reviewer be on duty."""
    people = {each.email: each for each in await work.session.scalars(select(Staff).order_by(Staff.email))}
    boss, *below = (people[f"{role.code}@demo.zhanggui.example"] for role in ROLES)
    for each in below:
        if each.superior_id is None:
            await identity.set_superior(work, each.id, boss.id)
    if not below[0].on_duty:
        await identity.set_duty(work, below[0].id, on_duty=True)


def read_accounts(place: Path) -> list[dict[str, str]]:
    """Read the file of accounts; nothing when there is none yet."""
    try:
        entries: list[dict[str, str]] = json.loads(place.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return entries


async def _person(
    work: Work, role: DemoRole, known: Mapping[str, dict[str, str]], credentials: Credentials
) -> dict[str, str]:
    email = f"{role.code}@demo.zhanggui.example"
    entry = {"email": email, "password": secrets.token_urlsafe(PASSWORD_BYTES), "role": role.code}
    if await work.session.scalar(select(Staff.id).where(Staff.email == email)):
        return known.get(email, entry | {"password": ""})
    role_id = await work.session.scalar(select(Role.id).where(Role.code == role.code))
    if role_id is None:
        role_id = (await identity.create_role(work, role.code, role.name, role.permissions)).id
    staff = NewStaff(email=email, name=role.person, role_id=role_id, password=entry["password"])
    await identity.add_staff(work, staff, credentials)
    return entry


async def _client(
    work: Work, client: DemoClient, known: Mapping[str, dict[str, str]], channel_ids: Mapping[str, UUID]
) -> dict[str, str]:
    entry = {"client": client.code, "kind": client.kind.value, "key": ""}
    if await work.session.scalar(select(ApiClient.id).where(ApiClient.code == client.code)):
        return known.get(client.code, entry)
    given = NewApiClient(
        code=client.code,
        name=client.name,
        kind=client.kind,
        permissions=client.permissions,
        channel_ids=tuple(channel_ids[each] for each in client.channels) or None,
        origins=client.origins,
    )
    return entry | {"key": (await identity.create_api_client(work, given)).key}


def _name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("email") or entry.get("client"))


def _write(place: Path, entries: list[dict[str, str]]) -> None:
    unfinished = place.with_name(f"{place.name}.{os.getpid()}")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(entries, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(place)
