"""Figures of the watch (预警阈值): what counts as abnormal, by goods and warehouse; the nearest counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from domain import catalogue
from domain.inventory.events import WatchPolicySet
from domain.inventory.models import WarehouseId, WatchPolicy
from domain.inventory.places import open_place
from domain.inventory.sale_ends import judge_sale_ends
from domain.kernel import (
    BadInput,
    NotFound,
    Ordering,
    Page,
    PageRequest,
    Quantity,
    Rate,
    Read,
    Reading,
    Work,
    action,
    identifier,
    page,
)

DAYS_MAX = 3_650
TIERS_MAX = 10


@dataclass(frozen=True, kw_only=True)
class WatchRules:
    """From where on something is abnormal; None is not watched, no tiers watch no expiry."""

    category_id: UUID | None = None
    product_id: UUID | None = None
    warehouse_id: WarehouseId | None = None
    safety: Quantity | None = None
    maximum: Quantity | None = None
    deviation_factor: Rate | None = None
    stock_out_days: int | None = None
    count_tolerance: Rate | None = None
    idle_bin_days: int | None = None
    frozen_days: int | None = None
    expiry_tiers: Sequence[int] = ()
    sale_ban_days: int | None = None


@action
async def set_watch_policy(work: Work, rules: WatchRules) -> WatchPolicy:
    """Set from where on stock is abnormal: of a product, of a category with all below it, of a warehouse, or of all."""
    _check(rules)
    await _check_named(work, rules)
    row: dict[str, Any] = vars(rules) | {
        "expiry_tiers": sorted(set(rules.expiry_tiers), reverse=True),
        "updated_at": work.now,
        "updated_by": work.actor.name,
    }
    new = insert(WatchPolicy).values(row | {"id": identifier()})
    changed = new.on_conflict_do_update(index_elements=["category_id", "product_id", "warehouse_id"], set_=row)
    policy_id = (await work.rows(changed.returning(WatchPolicy.id)))[0][0]
    work.record(WatchPolicySet(policy_id=policy_id))
    if rules.warehouse_id is None:
        await judge_sale_ends(work)
    return await work.session.get_one(WatchPolicy, policy_id, populate_existing=True)


def _check(rules: WatchRules) -> None:
    if rules.category_id is not None and rules.product_id is not None:
        raise BadInput(field="productId", problem="of a product or of a category, not of both").at("input", "productId")
    if rules.idle_bin_days is not None and (rules.category_id or rules.product_id):
        problem = "is set for all goods of a warehouse, or of all warehouses"
        raise BadInput(field="idleBinDays", problem=problem).at("input", "idleBinDays")
    if rules.sale_ban_days is not None and rules.warehouse_id is not None:
        problem = "is set for all warehouses: a lot that may not be sold is sold nowhere"
        raise BadInput(field="saleBanDays", problem=problem).at("input", "saleBanDays")
    for problem, field in (*_limit_problems(rules), *_day_problems(rules), *_factor_problems(rules)):
        raise BadInput(field=field, problem=problem).at("input", field)


def _limit_problems(rules: WatchRules) -> list[tuple[str, str]]:
    limits = (("safety", rules.safety), ("maximum", rules.maximum))
    found = [("must not be negative", field) for field, given in limits if given is not None and given < Quantity(0)]
    if rules.safety is not None and rules.maximum is not None and rules.maximum < rules.safety:
        found.append(("must not be below the safety stock", "maximum"))
    return found


def _day_problems(rules: WatchRules) -> list[tuple[str, str]]:
    days = [
        ("stockOutDays", rules.stock_out_days),
        ("idleBinDays", rules.idle_bin_days),
        ("frozenDays", rules.frozen_days),
        ("saleBanDays", rules.sale_ban_days),
        *(("expiryTiers", each) for each in rules.expiry_tiers),
    ]
    problem = f"must lie between 1 and {DAYS_MAX}"
    found = [(problem, field) for field, given in days if given is not None and not 1 <= given <= DAYS_MAX]
    if len(rules.expiry_tiers) > TIERS_MAX:
        found.append((f"at most {TIERS_MAX}", "expiryTiers"))
    return found


def _factor_problems(rules: WatchRules) -> list[tuple[str, str]]:
    found = []
    if rules.deviation_factor is not None and not Rate(1) <= rules.deviation_factor <= Rate(100):
        found.append(("must lie between 1 and 100", "deviationFactor"))
    if rules.count_tolerance is not None and not Rate(0) <= rules.count_tolerance <= Rate(100):
        found.append(("must lie between 0 and 100 percent", "countTolerance"))
    return found


async def _check_named(work: Work, rules: WatchRules) -> None:
    if rules.warehouse_id is not None:
        await open_place(work, rules.warehouse_id)
    elif work.actor.warehouses is not None:
        problem = "must be one of yours; you cannot set what counts for all warehouses"
        raise BadInput(field="warehouseId", problem=problem).at("input", "warehouseId")
    for table, key in ((catalogue.Category, rules.category_id), (catalogue.Product, rules.product_id)):
        if key is not None and await work.session.get(table, key) is None:
            raise NotFound(what=table.__name__.lower(), which=str(key)).at("input", f"{table.__name__.lower()}Id")


COLUMNS = tuple(WatchPolicy.__table__.columns)
watch_policies_by_id = Reading(select(*COLUMNS), WatchPolicy.id)
BY_ID = Ordering(name="watch-policies", columns=(WatchPolicy.id,), keys=("id",), parsers=(UUID,))


async def watch_policies(read: Read, request: PageRequest) -> Page:
    """Read one page of the figures that are set, the oldest first."""
    return await page(read, select(*COLUMNS), BY_ID, request)
