"""Whatever people do in a warehouse, in whatever order: goods, claims, plans and packages agree at the end of it."""

import random
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from domain import fulfilment, orders
from domain.kernel import Quantity, Refusal, Work
from domain.orders import OrderStatus
from tests.domain.fulfilment.builders import broken
from tests.domain.fulfilment.warehouse import House, a_house

STEPS = 40
AT_WORK = (OrderStatus.REVIEWED, OrderStatus.RELEASED, OrderStatus.PICKED, OrderStatus.PACKED)


class Crowd:
    """People who do the next best thing, or the worst."""

    def __init__(self, house: House, goods: list[UUID], seed: int) -> None:
        self.house, self.work, self.goods = house, house.work, goods
        self.dice = random.Random(seed)
        self.done: set[str] = set()

    async def some(self, column: Any, *conditions: Any) -> Any:
        """Choose one row, if there is any."""
        found = [row[0] for row in await self.work.rows(select(column).where(*conditions).order_by(column))]
        return self.dice.choice(found) if found else None

    async def order(self) -> None:
        lines = [(each, self.dice.randint(1, 3)) for each in self.dice.sample(self.goods, self.dice.randint(1, 2))]
        await self.house.order(*lines)

    async def release(self) -> None:
        if found := await self.some(orders.Order.id, orders.Order.status == OrderStatus.REVIEWED):
            await fulfilment.release_order(self.work, found)

    async def wave(self) -> None:
        await self.house.wave(size=self.dice.randint(1, 3))

    async def pick(self) -> None:
        line = fulfilment.PickLine
        chosen = await self.some(line.id, line.picked < line.quantity)
        if chosen is None:
            return
        found = await self.work.session.get_one(line, chosen)
        much = found.quantity - found.picked
        missing = self.dice.random() < 0.15
        taken = fulfilment.PickedGoods(
            variant_id=found.variant_id,
            quantity=Quantity(0) if missing else much,
            bin_id=found.bin_id,
            release_id=found.release_id,
            missing=missing,
        )
        await fulfilment.confirm_picks(self.work, found.wave_id, [taken])

    async def scan(self) -> None:
        found = await self.some(orders.Order.id, orders.Order.status == OrderStatus.PICKED)
        if found is None:
            return
        rows = await self.work.rows(
            text("""
                SELECT sku, line.quantity FROM release_lines AS line JOIN variants ON variants.id = variant_id
                JOIN releases ON releases.id = release_id AND ended_at IS NULL AND order_id = :order_id
                WHERE line.quantity > 0
            """),
            {"order_id": found},
        )
        row = self.dice.choice(rows)
        scan = fulfilment.Scan(barcode=row.sku, quantity=Quantity(self.dice.randint(1, int(row.quantity))))
        await fulfilment.scan_goods(self.work, found, [scan])

    async def seal(self) -> None:
        package = fulfilment.Package
        if found := await self.some(package.id, package.status == fulfilment.PackageStatus.OPEN):
            await fulfilment.seal_package(self.work, found)
            await fulfilment.label_package(self.work, found, "OTHER", uuid4().hex)

    async def hand_over(self) -> None:
        package = fulfilment.Package
        if found := await self.some(package.waybill, package.status == fulfilment.PackageStatus.SEALED):
            manifest = await fulfilment.open_manifest(self.work, self.house.place, "OTHER")
            await fulfilment.list_packages(self.work, manifest.id, [found])
            await fulfilment.hand_over_manifest(self.work, manifest.id)

    async def unpack(self) -> None:
        package = fulfilment.Package
        if found := await self.some(package.order_id, package.status == fulfilment.PackageStatus.SEALED):
            await fulfilment.cancel_packing(self.work, found, "again")

    async def recall(self) -> None:
        if found := await self.some(orders.Order.id, orders.Order.status.in_(AT_WORK)):
            await fulfilment.recall_order(self.work, found, "the desk wants it back")

    async def cancel(self) -> None:
        if found := await self.some(orders.Order.id, orders.Order.status.in_(AT_WORK)):
            await orders.cancel_order(self.work, found, "no more")
            await fulfilment.follow_cancelled(self.work, orders.OrderCancelled(order_id=found, reason="no more"))

    async def put_back(self) -> None:
        task = fulfilment.PutBack
        if found := await self.some(task.id, task.done_at.is_(None)):
            await fulfilment.put_back_goods(self.work, found)

    async def step(self) -> None:
        """Do something; what is refused changes nothing."""
        often: list[Callable[[], Awaitable[None]]] = [
            self.order,
            self.release,
            self.wave,
            self.hand_over,
            self.put_back,
        ]
        often += [self.pick, self.scan] * 3 + [self.seal] * 2
        often += [self.unpack, self.recall, self.cancel] if self.dice.random() < 0.3 else []
        chosen = self.dice.choice(often)
        try:
            async with self.work.session.begin_nested():
                await chosen()
                await self.work.session.flush()
            self.done.add(chosen.__name__)
        except Refusal:
            self.work.session.expire_all()


@pytest.mark.parametrize("seed", range(5))
async def test_goods_claims_and_packages_agree_after_any_sequence(work: Work, seed: int) -> None:
    house = await a_house(work)
    await house.shelves("A", "B", "C")
    goods = [await house.goods(A=6, B=6), await house.goods(B=9, C=3), await house.goods(C=12)]
    crowd = Crowd(house, goods, seed)
    for _ in range(4):
        await crowd.order()
        await crowd.release()
    for number in range(STEPS):
        await crowd.step()
        if number % 20 == 19:
            assert await broken(work) == {}
    assert len(crowd.done) >= 6
    assert await broken(work) == {}
