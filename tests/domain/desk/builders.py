"""Short words for the desk in tests."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from domain import desk, identity, orders
from domain.alerts import Alert
from domain.desk import Desk
from domain.kernel import Work
from tests.domain.orders.builders import START, ShopHere


async def a_colleague(
    work: Work, name: str, superior: identity.Staff | None = None, *, on_duty: bool = True, **changes: Any
) -> identity.Staff:
    """Add a person who may review orders."""
    role = identity.models.Role(code=f"role-{uuid4().hex[:8]}", name="r", permissions=["orders.review_order"])
    work.session.add(role)
    await work.session.flush()
    staff = identity.Staff(
        email=f"{uuid4().hex[:8]}@x", name=name, role_id=role.id, password_hash="", on_duty=on_duty,
        superior_id=superior.id if superior else None, created_at=work.now, **changes,
    )  # fmt: skip
    work.session.add(staff)
    await work.session.flush()
    return staff


async def a_rule(work: Work, shop: ShopHere, **rule: Any) -> desk.DeskRule:
    return await desk.set_desk_rule(work, shop.channel_id, Desk(**rule))


async def remind_at(work: Work, minutes: int) -> None:
    """Let the clock pass at a minute after the start (08:00 in China on 11 November)."""
    work.now = START + timedelta(minutes=minutes)
    await desk.remind(work)
    await desk.escalate(work)


async def said(work: Work, order: orders.Order) -> list[str]:
    """Say which reminders of an order are open, and whom they ask."""
    columns = (Alert.kind, Alert.level, Alert.addressed_to_name)
    rows = await work.rows(select(*columns).where(Alert.subject_id == order.id, Alert.resolved_at.is_(None)))
    return sorted(f"{row.kind} {row.level}" + (f" {row.addressed_to_name}" if row[2] else "") for row in rows)


async def owner_of(work: Work, order_id: UUID) -> str | None:
    statement = select(orders.Order.responsible_name).where(orders.Order.id == order_id)
    return (await work.rows(statement))[0].responsible_name
