"""From where on stock is abnormal: what is said of the goods goes before what is said of the place."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from domain import catalogue, inventory
from domain.inventory.watch_policies import WatchRules, set_watch_policy
from domain.inventory.watch_rules import rules_of
from domain.kernel import BadInput, NotFound, Quantity, Rate, Refusal, Work
from tests.domain.inventory.builders import a_variant, a_warehouse, facts_of

CHOSEN = text(f"SELECT rules.frozen_days FROM (SELECT 1) AS one {rules_of(':variant', ':warehouse')}")  # noqa: S608


async def a_category(work: Work, path: str) -> UUID:
    category = catalogue.Category(code=path, name=path, path=path)
    work.session.add(category)
    await work.session.flush()
    return category.id


async def counts(work: Work, variant: UUID, warehouse: UUID) -> int:
    found: int = (await work.rows(CHOSEN, {"variant": variant, "warehouse": warehouse}))[0].frozen_days
    return found


async def test_the_nearest_goods_count_and_of_two_the_warehouses_own(work: Work) -> None:
    variant, here, there = await a_variant(work), await a_warehouse(work), await a_warehouse(work)
    upper, lower = await a_category(work, "/drugs"), await a_category(work, "/drugs/cold")
    product = await work.session.get_one(
        catalogue.Product, (await work.session.get_one(catalogue.Variant, variant)).product_id
    )
    product.category_id = lower
    await work.session.flush()
    assert await counts(work, variant, here) == 30  # What the house begins with.
    for days, of in (
        (21, {"warehouse_id": here}),
        (22, {"category_id": upper}),
        (23, {"category_id": upper, "warehouse_id": here}),
        (24, {"category_id": lower}),
        (25, {"product_id": product.id}),
        (26, {"product_id": product.id, "warehouse_id": here}),
    ):
        await set_watch_policy(work, WatchRules(frozen_days=days, **of))  # type: ignore[arg-type]
        assert await counts(work, variant, here) == days
    assert await counts(work, variant, there) == 25
    assert await counts(work, await a_variant(work), here) == 21
    again = await set_watch_policy(work, WatchRules(frozen_days=27, product_id=product.id))
    assert again.product_id == product.id
    assert await counts(work, variant, there) == 27
    assert facts_of(work, inventory.WatchPolicySet)[-1].policy_id == again.id


@pytest.mark.parametrize(
    ("given", "field", "problem"),
    [
        ({"safety": Quantity(-1)}, "safety", "must not be negative"),
        ({"safety": Quantity(5), "maximum": Quantity(4)}, "maximum", "below the safety stock"),
        ({"deviation_factor": Rate("0.5")}, "deviationFactor", "between 1 and 100"),
        ({"count_tolerance": Rate(101)}, "countTolerance", "between 0 and 100"),
        ({"stock_out_days": 0}, "stockOutDays", "between 1 and 3650"),
        ({"frozen_days": 4_000}, "frozenDays", "between 1 and 3650"),
        ({"expiry_tiers": [30, 0]}, "expiryTiers", "between 1 and 3650"),
        ({"expiry_tiers": range(1, 12)}, "expiryTiers", "at most 10"),
        ({"product_id": uuid4(), "category_id": uuid4()}, "productId", "not of both"),
        ({"product_id": uuid4(), "idle_bin_days": 9}, "idleBinDays", "all goods"),
    ],
)
async def test_what_makes_no_sense_is_refused(work: Work, given: dict[str, object], field: str, problem: str) -> None:
    with pytest.raises(BadInput, match=problem) as refused:
        await set_watch_policy(work, WatchRules(**given))  # type: ignore[arg-type]
    assert refused.value.path == ("input", field)


@pytest.mark.parametrize("name", ["product_id", "category_id", "warehouse_id"])
async def test_what_is_not_there_has_no_figures(work: Work, name: str) -> None:
    with pytest.raises(NotFound) as refused:
        await set_watch_policy(work, WatchRules(**{name: uuid4()}))
    assert refused.value.path[0] == "input"
    assert isinstance(refused.value, Refusal)
