"""Stock is judged by its rules: the golden numbers of each class, and what is advised."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from math import sqrt
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from domain import catalogue, inventory, reporting
from domain.inventory.models import CUSTOMERS, SUPPLIERS, StockCost
from domain.kernel import BadInput, Money, NotFound, Quantity, Rate, Work
from tests.domain.inventory.builders import a_variant, a_warehouse, facts_of

PERIOD = 90
Z = Decimal("1.644854")


@dataclass
class Stock:
    """Writes a past for articles, all at the cost of 1, and judges it."""

    work: Work
    here: inventory.WarehouseId
    there: inventory.WarehouseId
    days: dict[UUID, dict[int, int]] = field(default_factory=dict)

    async def of(self, sku: str, *moves: tuple[int, int], at: inventory.WarehouseId | None = None) -> UUID:
        """Receive (positive) or sell (negative) on days before today."""
        variant = await self.work.session.scalar(select(catalogue.Variant.id).where(catalogue.Variant.sku == sku))
        variant = variant or await a_variant(self.work, sku)
        warehouse, on_hand = at or self.here, sum(quantity for _, quantity in moves)
        kinds = inventory.MovementKind
        for ago, quantity in moves:
            moment = self.work.now - timedelta(days=ago)
            self.work.session.add(
                inventory.Movement(
                    variant_id=variant,
                    warehouse_id=warehouse,
                    counterpart_id=SUPPLIERS if quantity > 0 else CUSTOMERS,
                    quantity=Quantity(quantity),
                    cost_amount=Money(quantity),
                    kind=kinds.RECEIPT if quantity > 0 else kinds.SALE,
                    document_type="Test",
                    document_id=uuid4(),
                    document_line=1,
                    actor_name="test",
                    effective_at=moment,
                    posted_at=moment,
                )
            )
            if at is None:
                self.days.setdefault(variant, {})[ago] = self.days.get(variant, {}).get(ago, 0) + quantity
        zero = Quantity(0)
        self.work.session.add(
            inventory.StockItem(
                variant_id=variant,
                warehouse_id=warehouse,
                on_hand=Quantity(on_hand),
                unpaid=zero,
                to_review=zero,
                to_ship=zero,
                preorder=zero,
            )
        )
        self.work.session.add(
            StockCost(variant_id=variant, scope_id=warehouse, quantity=Quantity(on_hand), value=Money(on_hand))
        )
        await self.work.session.flush()
        return variant

    async def judged(self) -> dict[tuple[str, bool], Any]:
        await reporting.analyse_reserves(self.work)
        columns = (*reporting.Reserve.__table__.columns, catalogue.Variant.sku)
        joined = select(*columns).join(catalogue.Variant, catalogue.Variant.id == reporting.Reserve.variant_id)
        rows = await self.work.rows(joined.order_by(reporting.Reserve.place))
        assert [row.place for row in rows] == list(range(1, len(rows) + 1))
        assert [row.tied_up for row in rows] == sorted((row.tied_up for row in rows), reverse=True)
        return {(row.sku, row.warehouse_id == self.here): row for row in rows}

    def average(self, variant: UUID) -> Decimal:
        """Average what was there as each day of the period ended, day by day."""
        moved = self.days[variant]
        ends = [sum(quantity for ago, quantity in moved.items() if ago >= day) for day in range(PERIOD)]
        return Decimal(sum(ends)) / PERIOD


@pytest.fixture
async def stock(work: Work) -> Stock:
    return Stock(work, await a_warehouse(work), await a_warehouse(work))


def about(value: Any) -> Any:
    return pytest.approx(float(value), abs=0.0001)


async def test_a_shortage_is_served_by_the_neighbour_who_has_too_much(stock: Stock) -> None:
    short = await stock.of("SHORT", (100, 65), *((ago, -4) for ago in range(0, 30, 2)))
    await stock.of("SHORT", (100, 100), at=stock.there)
    rows = await stock.judged()
    row, other = rows["SHORT", True], rows["SHORT", False]
    minimum = float(Z) * 2 * sqrt(7)
    assert (row.shortage, row.overstock, row.slow, row.backlog) == (True, False, False, False)
    assert (str(row.daily_sales), str(row.daily_deviation)) == ("2.0000", "2.0000")
    assert float(row.minimum.value) == about(minimum)
    assert float(row.lack.value) == about(minimum - 5)
    assert float(row.reorder_point.value) == about(14 + minimum)
    assert float(row.days_of_stock.value) == 2.5
    assert float(row.average_on_hand.value) == about(stock.average(short))
    assert float(row.turnover.value) == about(60 / stock.average(short))
    assert (row.suggestion, str(row.suggested_quantity), row.other_warehouse_id) == (
        "TRANSFER_IN",
        "78.0000",
        stock.there,
    )
    assert (other.slow, other.shortage, other.suggestion) == (True, False, "TRANSFER_OUT")
    assert (str(other.suggested_quantity), other.other_warehouse_id) == ("78.0000", stock.here)
    assert str(other.tied_up) == "100.00"


async def test_each_class_by_its_definition(stock: Stock) -> None:
    await stock.of("BUY", (100, 65), *((ago, -4) for ago in range(0, 30, 2)))
    await stock.of("ONCE", (200, 50), (120, -1))
    await stock.of("NEVER", (95, 20))
    heap = await stock.of("HEAP", (100, 1000), *((ago, -1) for ago in range(84)))
    over = await stock.of("OVER", (60, 110), *((ago, -1) for ago in range(30)))
    await stock.of("NEW", (10, 20))
    gap = await stock.of("GAP", (80, 10), (50, -10), (20, 5))
    await stock.work.execute(
        update(inventory.StockItem).where(inventory.StockItem.variant_id == over).values(maximum=Quantity(50))
    )
    rows = {sku: row for (sku, _), row in (await stock.judged()).items()}
    told = {
        sku: (
            "".join(name[0] for name in ("overstock", "shortage", "Slow", "backlog") if getattr(row, name.lower())),
            str(row.suggestion),
            str(row.suggested_quantity),
            str(row.tied_up),
            f"{row.value_class}{row.demand_class}",
        )
        for sku, row in rows.items()
    }
    assert told == {
        "BUY": ("s", "PURCHASE", "78.0000", "0.00", "AZ"),
        "ONCE": ("S", "PROMOTE", "49.0000", "49.00", "CZ"),
        "NEVER": ("S", "RETURN_TO_SUPPLIER", "20.0000", "20.00", "CZ"),
        "HEAP": ("b", "PROMOTE", "879.0000", "736.00", "AX"),
        "OVER": ("o", "PROMOTE", "43.0000", "30.00", "AZ"),
        "NEW": ("", "NONE", "0.0000", "0.00", "CZ"),
        "GAP": ("", "NONE", "0.0000", "0.00", "BZ"),
    }
    assert float(rows["HEAP"].average_on_hand.value) == about(stock.average(heap))
    assert float(rows["GAP"].average_on_hand.value) == about(stock.average(gap))
    assert float(rows["GAP"].in_stock_rate.value) == about(1 - Decimal(30) / 81)
    assert float(rows["NEW"].in_stock_rate.value) == 1
    assert rows["NEVER"].last_sold_on is None
    assert rows["ONCE"].days_of_stock is None


async def test_a_turnover_below_the_standard_is_a_backlog(stock: Stock) -> None:
    """Thirty went out of a hundred and less: 30 by the average of what was there as each of ninety days ended."""
    variant = await stock.of("HEAP", (100, 100), *((ago, -1) for ago in range(30)))
    told = []
    turnover = 30 / stock.average(variant)
    for standard in (turnover - Decimal("0.01"), turnover + Decimal("0.01")):
        rules = reporting.ReserveRules(turnover_min=Rate.rounded(standard))
        await reporting.set_reserve_policy(stock.work, rules)
        row = (await stock.judged())["HEAP", True]
        assert float(row.turnover.value) == about(turnover)
        told.append((row.backlog, row.suggestion, str(row.tied_up)))
    assert told == [(False, "NONE", "0.00"), (True, "PROMOTE", "70.00")]


async def test_the_nearest_rules_hold(stock: Stock) -> None:
    variant = await stock.of("HEAP", (70, 100))
    work = stock.work
    product = await work.session.scalar(select(catalogue.Variant.product_id).where(catalogue.Variant.id == variant))
    top = await catalogue.create_category(work, "all", "All")
    below = await catalogue.create_category(work, "masks", "Masks", parent_id=top.id)
    await work.execute(update(catalogue.Product).where(catalogue.Product.id == product).values(category_id=below.id))
    slow: list[bool] = []
    for rules in (
        reporting.ReserveRules(category_id=top.id, slow_days=60),
        reporting.ReserveRules(category_id=below.id, slow_days=71),
        reporting.ReserveRules(product_id=product, slow_days=70),
        reporting.ReserveRules(product_id=product, slow_days=75),
    ):
        await reporting.set_reserve_policy(work, rules)
        slow.append((await stock.judged())["HEAP", True].slow)
    assert slow == [True, False, True, False]
    assert len(facts_of(work, reporting.ReservePolicySet)) == 4
    assert (await work.rows(select(func.count(reporting.ReservePolicy.id))))[0][0] == 4


async def test_limits_of_a_watch_policy_hold_where_stock_has_none_of_its_own(stock: Stock) -> None:
    """What the watch calls too little or too much is a shortage or an overstock here, too."""
    variant, work, told = await stock.of("CALM", (10, 20)), stock.work, []
    own = inventory.StockLimits(variant_id=variant, warehouse_id=stock.here, safety=Quantity(5), maximum=Quantity(18))
    for rules in (
        inventory.WatchRules(safety=Quantity(20), maximum=Quantity(20)),
        inventory.WatchRules(safety=Quantity(30)),
        inventory.WatchRules(warehouse_id=stock.here, maximum=Quantity(15)),
        own,
    ):
        if isinstance(rules, inventory.WatchRules):
            await inventory.set_watch_policy(work, rules)
        else:
            await inventory.set_stock_limits(work, rules)
        await work.session.flush()
        row = (await stock.judged())["CALM", True]
        told.append((row.shortage, row.overstock, str(row.lack), str(row.excess), row.suggestion, row.safety_set))
    assert told == [
        (False, False, "0.0000", "0.0000", "NONE", True),
        (True, False, "10.0000", "0.0000", "PURCHASE", True),
        (False, True, "0.0000", "5.0000", "PROMOTE", False),
        (False, True, "0.0000", "2.0000", "PROMOTE", True),
    ]


async def test_rules_that_make_no_sense_are_refused(work: Work) -> None:
    policy = await reporting.set_reserve_policy(work, reporting.ReserveRules(service_level=Rate("0.99")))
    assert float(policy.z.value) == about(2.326348)
    for refusal, rules in (
        (BadInput, reporting.ReserveRules(slow_days=0)),
        (BadInput, reporting.ReserveRules(service_level=Rate(1))),
        (BadInput, reporting.ReserveRules(turnover_min=Rate(-1))),
        (BadInput, reporting.ReserveRules(category_id=uuid4(), product_id=uuid4())),
        (NotFound, reporting.ReserveRules(category_id=uuid4())),
        (NotFound, reporting.ReserveRules(product_id=uuid4())),
    ):
        with pytest.raises(refusal):
            await reporting.set_reserve_policy(work, rules)


async def test_once_a_day_after_the_night(stock: Stock) -> None:
    await stock.of("ANY", (5, 1))
    work, moment = stock.work, stock.work.now
    analysed = select(func.max(reporting.Reserve.analysed_at))
    seen = []
    for hours in (-10, 0, 5, 24):  # 23:00 the day before, 9:00, 14:00, and 9:00 the day after (UTC+8).
        work.now = moment + timedelta(hours=hours) if hours != -10 else moment - timedelta(hours=8)
        await reporting.analyse_daily(work)
        seen.append((await work.rows(analysed))[0][0])
    assert seen == [None, moment, moment, moment + timedelta(hours=24)]
