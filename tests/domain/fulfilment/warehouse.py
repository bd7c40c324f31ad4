"""A warehouse with shelves and reviewed orders, as the people who work there find it."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from domain import catalogue, fulfilment, inventory, orders
from domain.kernel import Money, Quantity, UnitPrice, Work
from tests.domain.fulfilment.builders import a_head, a_line, a_shop
from tests.domain.inventory.builders import a_variant, a_warehouse, a_zone, bin_named, stock


class House:
    """One warehouse with a shop, and what its tests say often."""

    def __init__(self, work: Work, shop: UUID, place: inventory.WarehouseId) -> None:
        self.work, self.shop, self.place = work, shop, place
        self.bins: dict[str, inventory.BinId] = {}

    async def shelves(self, *codes: str) -> None:
        """Open bins, walked to in this order."""
        new = [inventory.NewBin(code=code, walking_order=order) for order, code in enumerate(codes)]
        await a_zone(self.work, self.place, 1, *new)
        self.bins |= {code: await bin_named(self.work, self.place, code) for code in codes}

    async def goods(self, **there: int) -> UUID:
        """Make a variant and put so many into each of these bins."""
        variant = await a_variant(self.work)
        for code, much in there.items():
            await stock(self.work, variant, self.place, much, "2", bin_id=self.bins.get(code))
        return variant

    async def order(self, *lines: tuple[UUID, int]) -> orders.Order:
        """Make a reviewed order of these variants, all of it promised."""
        head = a_head(self.shop, self.place, Money(10 * len(lines)), Money(0))
        head.reviewed_at = self.work.now
        self.work.session.add(head)
        await self.work.session.flush()
        rows = [a_line(head.id, at, variant, str(much), "10") for at, (variant, much) in enumerate(lines, 1)]
        self.work.session.add_all(rows)
        await self.work.session.flush()
        wanted = [inventory.WantedLine(row.id, row.variant_id, row.quantity, UnitPrice(1)) for row in rows]  # type: ignore[arg-type]
        await inventory.claim(self.work, head.id, [self.place], wanted, inventory.ClaimClass.TO_SHIP)
        return head

    async def released(self, *lines: tuple[UUID, int]) -> orders.Order:
        order = await self.order(*lines)
        await fulfilment.release_order(self.work, order.id)
        return order

    async def wave(
        self, *, size: int = 50, mode: fulfilment.PickMode = fulfilment.PickMode.BY_WAVE, named: Sequence[UUID] = ()
    ) -> fulfilment.Wave:
        new = fulfilment.NewWave(warehouse_id=self.place, mode=mode, size=size, order_ids=named or None)
        return await fulfilment.make_wave(self.work, new)

    async def pick(
        self, wave: fulfilment.Wave, variant: UUID, code: str, much: int, *, missing: bool = False
    ) -> fulfilment.Wave:
        taken = fulfilment.PickedGoods(
            variant_id=variant, quantity=Quantity(much), bin_id=self.bins[code], missing=missing
        )
        return await fulfilment.confirm_picks(self.work, wave.id, [taken])

    async def barcode(self, variant: UUID, grams: int = 0) -> str:
        """Give a variant a barcode and a weight."""
        code = uuid4().hex[:13]
        self.work.session.add(catalogue.Barcode(code=code, variant_id=catalogue.VariantId(variant)))
        found = await self.work.session.get_one(catalogue.Variant, variant)
        found.weight_grams = grams
        await self.work.session.flush()
        return code

    async def picked(self, *lines: tuple[UUID, int], code: str = "A") -> orders.Order:
        """Release an order and pick all of it out of one bin."""
        order = await self.released(*lines)
        wave = await self.wave(named=[order.id])
        for variant, much in lines:
            await self.pick(wave, variant, code, much)
        return order

    async def scan(self, order: orders.Order, *codes: str, much: int = 1) -> fulfilment.Package:
        scans = [fulfilment.Scan(barcode=each, quantity=Quantity(much)) for each in codes]
        return await fulfilment.scan_goods(self.work, order.id, scans)

    async def packed(self, order: orders.Order, *codes: str, waybill: str | None = None) -> fulfilment.Package:
        """Scan everything into one package, seal it and label it."""
        package = await self.scan(order, *codes)
        await fulfilment.seal_package(self.work, package.id)
        return await fulfilment.label_package(self.work, package.id, "OTHER", waybill or uuid4().hex)

    async def manifest(self, *packages: fulfilment.Package) -> fulfilment.Manifest:
        manifest = await fulfilment.open_manifest(self.work, self.place, "OTHER")
        await fulfilment.list_packages(self.work, manifest.id, [each.waybill or "" for each in packages])
        return manifest


async def a_house(work: Work) -> House:
    """Open a warehouse that a shop sells from."""
    return House(work, await a_shop(work), await a_warehouse(work))
