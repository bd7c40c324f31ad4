"""Reading gift rules (赠品查询), in the order in which they are tried."""

from uuid import UUID

from sqlalchemy import select

from domain.kernel import Ordering, Page, PageRequest, Read, Reading, constant, page
from domain.promotions.models import GiftRule

RULES = constant(select(*GiftRule.__table__.columns))
gift_rules_by_id = Reading(RULES, GiftRule.id)
OLDEST_FIRST = Ordering("gift_rules.id", (GiftRule.id,), ("id",), (UUID,))


async def gift_rules(read: Read, request: PageRequest) -> Page:
    """Read a page of the gift rules, the oldest first."""
    return await page(read, RULES, OLDEST_FIRST, request)
