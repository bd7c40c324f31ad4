"""Matching buyers (会员匹配): the customer behind a buyer of a channel, made when there is none yet, many at a time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Text, any_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from domain.customers.models import Customer, CustomerId, CustomerIdentity
from domain.kernel import BadInput, NotFound, Work, identifier

MATCHED_MAX = 1_000

# Foreign keys are checked when the statement ends, so the identity may win or lose its place before the customer
# exists; only the customers of the winners are made, and a lost race leaves no orphan.
INSERT_BUYERS = text(
    """
    WITH given AS (
        SELECT * FROM unnest(CAST(:ids AS uuid[]), CAST(:customer_ids AS uuid[]), CAST(:external_ids AS text[]),
                             CAST(:names AS text[]), CAST(:phones AS text[]))
                      AS each (id, customer_id, external_id, name, phone)
    ), won AS (
        INSERT INTO customer_identities (id, customer_id, channel_id, external_id)
        SELECT id, customer_id, :channel_id, external_id FROM given ORDER BY external_id
        ON CONFLICT (channel_id, external_id) DO NOTHING
        RETURNING customer_id, external_id
    ), made AS (
        INSERT INTO customers (id, name, phone, version, created_at)
        SELECT given.customer_id, given.name, given.phone, 1, :now FROM given JOIN won USING (customer_id)
        ORDER BY given.external_id
    )
    SELECT external_id, customer_id FROM won
    """
)

IDENTITIES = select(CustomerIdentity.external_id, CustomerIdentity.customer_id).where(
    CustomerIdentity.channel_id == bindparam("channel_id"),
    CustomerIdentity.external_id == any_(bindparam("external_ids", type_=ARRAY(Text))),
)

INSERT_UNLESS_KNOWN = text(
    """
    WITH known AS (
        SELECT id FROM customers WHERE phone = :phone AND name = :name ORDER BY created_at, id LIMIT 1
    ), made AS (
        INSERT INTO customers (id, name, phone, email, version, created_at)
        SELECT :id, :name, :phone, :email, 1, :now WHERE NOT EXISTS (SELECT FROM known)
        RETURNING id
    )
    SELECT id FROM known UNION ALL SELECT id FROM made
    """
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """A buyer as a channel names them; the name and phone may be masked there."""

    external_id: str
    name: str | None = None
    phone: str | None = None


async def match_customers(work: Work, channel_id: UUID, buyers: Sequence[Buyer]) -> Mapping[str, CustomerId]:
    """Find or make the customers of many buyers in at most three statements; a buyer is made once, whoever races."""
    if len(buyers) > MATCHED_MAX:
        raise ValueError(f"match at most {MATCHED_MAX} buyers at once")
    by_external_id = {each.external_id: each for each in buyers if each.external_id}
    found = await _identities(work, channel_id, list(by_external_id))
    unknown = sorted(by_external_id.keys() - found.keys())
    if unknown:
        found |= await _insert(work, channel_id, [by_external_id[each] for each in unknown])
        lost = sorted(by_external_id.keys() - found.keys())
        found |= await _identities(work, channel_id, lost) if lost else {}
    return found


async def _identities(work: Work, channel_id: UUID, external_ids: Sequence[str]) -> dict[str, CustomerId]:
    rows = await work.rows(IDENTITIES, {"channel_id": channel_id, "external_ids": list(external_ids)})
    return {row.external_id: row.customer_id for row in rows}


async def _insert(work: Work, channel_id: UUID, buyers: Sequence[Buyer]) -> dict[str, CustomerId]:
    columns: dict[str, Any] = {
        "ids": [identifier() for _ in buyers],
        "customer_ids": [identifier() for _ in buyers],
        "external_ids": [each.external_id for each in buyers],
        "names": [each.name or each.external_id for each in buyers],
        "phones": [each.phone for each in buyers],
    }
    rows = await work.rows(INSERT_BUYERS, {**columns, "channel_id": channel_id, "now": work.now})
    return {row.external_id: row.customer_id for row in rows}


async def customer_for(
    work: Work,
    *,
    customer_id: CustomerId | None = None,
    name: str | None = None,
    phone: str | None = None,
    email: str | None = None,
) -> CustomerId:
    """Find the customer of an order placed here: by id, or by name and phone, made when there is none yet."""
    if customer_id is not None:
        if not await work.rows(select(Customer.id).where(Customer.id == customer_id)):
            raise NotFound(what="customer", which=str(customer_id)).at("input", "customer", "customerId")
        return customer_id
    if not name or not phone:
        raise BadInput(field="customer", problem="needs an id, or a name and a phone").at("input", "customer")
    same = select(Customer.id).where(Customer.phone == phone, Customer.name == name)
    known = await work.rows(same.order_by(Customer.created_at, Customer.id).limit(1))
    if known:
        first: CustomerId = known[0].id
        return first
    # Two first orders of one person at the same moment: the second waits here and then finds the first's customer.
    await work.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"customer:{phone}", 0))))
    given = {"id": identifier(), "name": name, "phone": phone, "email": email, "now": work.now}
    made: CustomerId = (await work.rows(INSERT_UNLESS_KNOWN, given))[0].id
    return made
