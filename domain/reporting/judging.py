"""Reserve analysis (储备分析): what is too much, too little, does not move or moves too slowly, and what to do."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue, inventory
from domain.kernel import BadInput, Event, NotFound, Rate, Work, action, identifier
from domain.reporting.models import Reserve, ReservePolicy, ReservePolicyId
from domain.reporting.reserve_statements import ANALYSE

DAYS_MAX = 1_000
NIGHT_ENDS = 3
PATIENCE = text("SET LOCAL statement_timeout = '110s'")
EMPTY = text("DELETE FROM reserves")
ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('analyse_reserves'))")


class ReservePolicySet(Event):
    """Other rules hold for judging stock; it is judged anew."""

    policy_id: ReservePolicyId


@dataclass(frozen=True, kw_only=True)
class ReserveRules:
    """By what rules stock is judged; see the definitions in `docs/reports.md`."""

    category_id: UUID | None = None
    product_id: UUID | None = None
    slow_days: int = 90
    days_max: int = 180
    overstock_days: int | None = None
    turnover_days: int = 90
    turnover_min: Rate | None = None
    sales_days: int = 30
    lead_days: int = 7
    cover_days: int = 30
    service_level: Rate = Rate("0.95")  # noqa: RUF009 — A measure never changes.


@action
async def set_reserve_policy(work: Work, rules: ReserveRules) -> ReservePolicy:
    """Set by what rules the stock of a product, of a category with all below it, or of everything is judged."""
    await _check(work, rules)
    level = rules.service_level.value
    row: dict[str, Any] = vars(rules) | {
        "z": Rate.rounded(type(level)(str(NormalDist().inv_cdf(float(level))))),
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }
    new = insert(ReservePolicy).values(row | {"id": identifier()})
    changed = new.on_conflict_do_update(index_elements=["category_id", "product_id"], set_=row)
    policy_id = (await work.rows(changed.returning(ReservePolicy.id)))[0][0]
    work.record(ReservePolicySet(policy_id=policy_id))
    return await work.session.get_one(ReservePolicy, policy_id, populate_existing=True)


async def _check(work: Work, rules: ReserveRules) -> None:
    if rules.category_id is not None and rules.product_id is not None:
        raise BadInput(field="productId", problem="of a product or of a category, not of both").at("input", "productId")
    for name in ("slow_days", "days_max", "overstock_days", "turnover_days", "sales_days", "lead_days", "cover_days"):
        days = getattr(rules, name)
        if days is not None and not 1 <= days <= DAYS_MAX:
            head, *tail = name.split("_")
            field = head + "".join(each.title() for each in tail)
            raise BadInput(field=field, problem=f"must lie between 1 and {DAYS_MAX}").at("input", field)
    if not Rate("0.5") <= rules.service_level <= Rate("0.9999"):
        raise BadInput(field="serviceLevel", problem="must lie between 0.5 and 0.9999").at("input", "serviceLevel")
    if rules.turnover_min is not None and rules.turnover_min < Rate(0):
        raise BadInput(field="turnoverMin", problem="must not be negative").at("input", "turnoverMin")
    for table, key in ((catalogue.Category, rules.category_id), (catalogue.Product, rules.product_id)):
        if key is not None and await work.session.get(table, key) is None:
            raise NotFound(what=table.__name__.lower(), which=str(key)).at("input", f"{table.__name__.lower()}Id")


async def analyse_reserves(
    work: Work,
    fact: ReservePolicySet | inventory.WatchPolicySet | None = None,  # noqa: ARG001 — As a reaction.
) -> None:
    """Judge all stock anew; readers see the old judgement until the new one is complete."""
    await work.execute(ONE_AT_A_TIME)
    await work.execute(PATIENCE)
    await work.execute(EMPTY)
    await work.execute(ANALYSE, {"today": inventory.today(work.now), "now": work.now})


async def analyse_daily(work: Work) -> None:
    """Judge all stock once a day, after the night (UTC+8), when nobody has done so yet."""
    last = (await work.rows(select(func.max(Reserve.analysed_at))))[0][0]
    local = work.now.astimezone(inventory.CHINA)
    if local.hour >= NIGHT_ENDS and (last is None or inventory.today(last) < local.date()):
        await analyse_reserves(work)
