"""Whom an alert is addressed to (警示对象): who is in charge of its subject, and a superior when nothing is done."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Text, Uuid

from domain.alerts.models import AlertChangeKind, AlertId
from domain.alerts.raising import remember
from domain.kernel import Work

ADDRESS = text("""
    UPDATE alerts SET addressed_to_id = given.person, addressed_to_name = given.name,
        escalated_at = CASE WHEN :escalated THEN CAST(:now AS timestamptz) ELSE escalated_at END
    FROM unnest(:ids, :people, :names) AS given (id, person, name)
    WHERE alerts.id = given.id AND alerts.resolved_at IS NULL
    RETURNING alerts.id
""").bindparams(
    bindparam("ids", type_=ARRAY(Uuid)), bindparam("people", type_=ARRAY(Uuid)), bindparam("names", type_=ARRAY(Text))
)


@dataclass(frozen=True, slots=True)
class Address:
    """An open alert and the person it is to be addressed to; None is nobody in particular."""

    alert_id: AlertId
    person_id: UUID | None
    name: str | None


async def address_alerts(work: Work, addresses: Sequence[Address], *, escalated: bool = False) -> list[AlertId]:
    """Address open alerts to other people, and let who listens hear of it; says which were still open."""
    if not addresses:
        return []
    ordered = sorted(addresses, key=lambda each: each.alert_id)
    given = {
        "ids": [each.alert_id for each in ordered],
        "people": [each.person_id for each in ordered],
        "names": [each.name for each in ordered],
        "escalated": escalated,
        "now": work.now,
    }
    done = [AlertId(row.id) for row in await work.rows(ADDRESS, given)]
    remember(work, done, AlertChangeKind.ADDRESSED)
    return done
