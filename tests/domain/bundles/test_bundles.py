"""A bundle is made of single articles; what can be put together in each warehouse is what shops are shown."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from domain import bundles, channels, inventory
from domain.kernel import BadInput, NotFound, Quantity, Refusal, Sessions, VersionConflict, Work, begin, system
from tests.domain.inventory.builders import a_line, a_variant, a_warehouse, adjust, stock
from tests.domain.inventory.test_shown_stock import a_channel, a_listing, shown

VIRTUAL, ASSEMBLED = bundles.BundleKind.VIRTUAL, bundles.BundleKind.ASSEMBLED


def of(*parts: tuple[UUID, int | str]) -> list[bundles.Component]:
    return [bundles.Component(variant_id=variant, quantity=Quantity(quantity)) for variant, quantity in parts]


async def broken(work: Work) -> dict[str, list[object]]:
    await work.session.flush()
    found = {name: await work.rows(text(rule)) for name, rule in bundles.INVARIANTS.items()}
    return {name: rows for name, rows in found.items() if rows}


@pytest.mark.parametrize(
    ("free", "needed", "whole"),
    [((5, 9), (2, 1), 2), ((3, 1), (2, 1), 1), ((8, 10), (2, 1), 4), ((1, 9), (2, 1), 0), ((-3, 9), (2, 1), 0)],
)
def test_the_scarcest_component_decides(free: tuple[int, int], needed: tuple[int, int], whole: int) -> None:
    a, b = uuid4(), uuid4()
    parts = {a: Quantity(needed[0]), b: Quantity(needed[1])}
    assert bundles.pieces(parts, {a: Quantity(free[0]), b: Quantity(free[1])}) == Quantity(whole)
    assert bundles.pieces(parts, {a: Quantity(99)}) == Quantity(0)


async def test_warehouses_are_not_pooled(work: Work) -> None:
    """The figures of the order hubs: (5, 9) and (3, 1) with two and one make 2 + 1 = 3, and not 4."""
    a, b, gift_box = [await a_variant(work) for _ in range(3)]
    near, far = await a_warehouse(work), await a_warehouse(work)
    for warehouse, there in ((near, (5, 9)), (far, (3, 1))):
        for variant, quantity in zip((a, b), there, strict=True):
            await stock(work, variant, warehouse, quantity)
    listing = await a_listing(work, await a_channel(work, [near, far]), gift_box)
    await bundles.compose_bundle(work, gift_box, VIRTUAL, of((a, 2), (b, 1)))
    await bundles.show_changed(work, bundles.BundleChanged(variant_id=gift_box))
    assert await shown(work, listing) == [("3.0000", 1)]
    await inventory.claim(work, uuid4(), [near], [a_line(a, 2)], inventory.ClaimClass.TO_REVIEW)
    await bundles.show_bundles_of(work, inventory.StockChanged(variant_ids=(a,)))
    assert await shown(work, listing) == [("2.0000", 2)]
    assert await inventory.show_free_stock(work, [gift_box]) == 0, "a virtual bundle has no stock of its own to show"
    await bundles.dissolve_bundle(work, gift_box, expected_version=1)
    await bundles.show_changed(work, bundles.BundleChanged(variant_id=gift_box))
    assert await shown(work, listing) == [("0.0000", 3)]
    assert await broken(work) == {}


async def test_a_bundle_that_is_listed_shows_what_can_be_put_together(work: Work) -> None:
    part, box, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    await stock(work, part, warehouse, 7)
    await bundles.compose_bundle(work, box, VIRTUAL, of((part, 3)))
    channel = await a_channel(work, [warehouse])
    listing = await a_listing(work, channel, box)
    await bundles.show_listed(work, channels.VariantsListed(channel_id=channel.id, variant_ids=(box,)))
    assert await shown(work, listing) == [("2.0000", 1)]


async def test_a_virtual_bundle_is_never_put_into_stock(work: Work) -> None:
    part, box, warehouse = await a_variant(work), await a_variant(work), await a_warehouse(work)
    await stock(work, box, warehouse, 1)
    with pytest.raises(bundles.BundleInStock) as refused:
        await bundles.compose_bundle(work, box, VIRTUAL, of((part, 1)))
    assert refused.value.path == ("input", "kind")
    await bundles.compose_bundle(work, box, ASSEMBLED, of((part, 1)))
    await adjust(work, box, warehouse, -1)
    await bundles.compose_bundle(work, box, VIRTUAL, of((part, 2)), expected_version=1)
    with pytest.raises(inventory.NotStocked) as not_stocked:
        await stock(work, box, warehouse, 1)
    assert not_stocked.value.path == ("input", "lines", "0", "variantId")
    assert await broken(work) == {}


async def test_bundles_are_not_nested(work: Work) -> None:
    part, box, crate = [await a_variant(work) for _ in range(3)]
    await bundles.compose_bundle(work, box, VIRTUAL, of((part, 6)))
    with pytest.raises(bundles.BundleNested) as inner:
        await bundles.compose_bundle(work, crate, VIRTUAL, of((part, 1), (box, 2)))
    assert inner.value.path == ("input", "components", "1", "variantId")
    with pytest.raises(bundles.BundleNested) as outer:
        await bundles.compose_bundle(work, part, VIRTUAL, of((crate, 2)))
    assert outer.value.path == ("input", "variantId")
    await bundles.compose_bundle(work, box, VIRTUAL, of((part, 4)))
    assert (await bundles.parts_of(work, [box]))[box] == {part: Quantity(4)}
    assert await broken(work) == {}


async def test_two_who_compose_of_each_other_make_no_nest(sessions: Sessions) -> None:
    async with begin(sessions, system("tests")) as work:
        a, b = await a_variant(work), await a_variant(work)

    async def compose(outer: UUID, inner: UUID) -> bool:
        try:
            async with begin(sessions, system("clerk")) as work:
                await bundles.compose_bundle(work, outer, VIRTUAL, of((inner, 1)))
        except Refusal:
            return False
        return True

    assert sorted(await asyncio.gather(compose(a, b), compose(b, a))) == [False, True]
    async with begin(sessions, system("tests")) as work:
        assert await broken(work) == {}


async def test_what_makes_no_bundle_is_refused_by_its_field(work: Work) -> None:
    part, box = await a_variant(work), await a_variant(work)
    wrong: list[tuple[list[bundles.Component], tuple[str, ...]]] = [
        ([], ("input", "components")),
        (of((box, 1)), ("input", "components", "0", "variantId")),
        (of((part, 1), (part, 2)), ("input", "components", "1", "variantId")),
        (of((part, 0)), ("input", "components", "0", "quantity")),
        (of((part, "1.5")), ("input", "components", "0", "quantity")),
        (of((uuid4(), 1)), ("input", "components", "0", "variantId")),
    ]
    for components, path in wrong:
        with pytest.raises((BadInput, NotFound)) as refused:
            await bundles.compose_bundle(work, box, VIRTUAL, components)
        assert refused.value.path == path
    with pytest.raises(NotFound):
        await bundles.dissolve_bundle(work, box)
    await bundles.compose_bundle(work, box, VIRTUAL, of((part, 1)), expected_version=0)
    with pytest.raises(VersionConflict, match="tests"):
        await bundles.compose_bundle(work, box, VIRTUAL, of((part, 2)), expected_version=0)
