"""Readers of print templates (打印模板查询): those a person may change, and what each kind looks like without."""

from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from domain.kernel import Actor, Ordering, Page, PageRequest, Read, Reading, page, within
from domain.papers.models import PrintTemplate

TEMPLATES = select(*PrintTemplate.__table__.columns)
# Own templates name shops and warehouses, and say nothing of what is sold there.
print_templates_by_id = Reading(TEMPLATES, PrintTemplate.id)
IN_ORDER = Ordering(name="print-templates.id", columns=(PrintTemplate.id,), keys=("id",), parsers=(UUID,))


async def print_templates(read: Read, request: PageRequest) -> Page:
    """Read one page of own templates, the oldest first."""
    return await page(read, TEMPLATES.where(*_seen(read.actor)), IN_ORDER, request)


def _seen(actor: Actor) -> list[Any]:
    pairs = ((PrintTemplate.channel_id, actor.channels), (PrintTemplate.warehouse_id, actor.warehouses))
    conditions = [(column, within(column, allowed)) for column, allowed in pairs]
    return [or_(column.is_(None), condition) for column, condition in conditions if condition is not None]
