"""Which warehouses may serve an order: one table per step, decided from facts alone."""

from uuid import UUID

import pytest

from domain.inventory import Served, ServingPlace, candidates_for, kilometres

A, B, C, GONE = (UUID(int=each) for each in (1, 2, 3, 9))
PLACES = {
    A: ServingPlace(id=A, code="SHA", areas=frozenset({"310000", "330100"}), province="310000"),
    B: ServingPlace(id=B, code="CAN", areas=frozenset({"440000"}), province="440000"),
    C: ServingPlace(id=C, code="ALL"),
}
HANGZHOU, GUANGZHOU = ("330000", "330100", "330106"), ("440000", "440100")


def served(
    *shop: UUID, external: str | None = None, path: tuple[str, ...] = HANGZHOU, designated: tuple[set[UUID], ...] = ()
) -> Served:
    return Served(shop=shop, external=external, path=path, designated=[frozenset(each) for each in designated])


@pytest.mark.parametrize(
    ("order", "found"),
    [
        # The order's own number locks it, also beyond its shop; one nobody knows does not.
        (served(A, B, external="CAN"), (B,)),
        (served(A, C, external="NOWHERE"), (A, C)),
        # Goods go before the shop: the warehouses of all goods that have any, the shop's own first.
        (served(A, B, designated=({B, C},)), (B, C)),
        (served(A, designated=({B, C}, set(), {C})), (C,)),
        (served(A, C, designated=({B}, {C})), (A, C)),
        (served(A, C, designated=({GONE},)), (A, C)),
        (served(A, B, external="SHA", designated=({B},)), (A,)),
        # The shop has none, one (wherever it serves), or several: those that cover the address, else all.
        (served(), (A,)),
        (served(B), (B,)),
        (served(B, GONE), (B,)),
        (served(GONE), ()),
        (served(A, B, C), (A, C)),
        (served(B, C, A), (C, A)),
        (served(A, B, path=GUANGZHOU), (B,)),
        (served(A, B, path=("510000",)), (A, B)),
        (served(A, B, path=()), (A, B)),
    ],
)
def test_who_may_serve(order: Served, found: tuple[UUID, ...]) -> None:
    assert candidates_for(PLACES, order).warehouses == found


def test_further_criteria_go_before_the_order_of_the_shop() -> None:
    by_cost = candidates_for(PLACES, served(A, C), lambda each: (5 if each == A else 3,))
    assert by_cost.warehouses == (C, A)
    assert candidates_for(PLACES, served(A, C), lambda _: (1,)).warehouses == (A, C)


def test_each_step_is_explained() -> None:
    tried = candidates_for(PLACES, served(A, B, C, external="X", designated=({B}, {C}))).tried
    assert [(each.rule, each.outcome) for each in tried] == [
        ("the order names warehouse X", "is none of ours that is open"),
        ("warehouses designated for the goods", "no warehouse is named for all of the goods"),
        ("warehouses of the shop that cover the address", "SHA, ALL"),
    ]


def test_distances_rank_provinces() -> None:
    assert kilometres("310000", "310000") == 0
    near, far = kilometres("310000", "330000"), kilometres("310000", "440000")
    assert near is not None
    assert far is not None
    assert 100 < near < 250
    assert 1000 < far < 1400
    assert kilometres("310000", None) is kilometres("999999", "310000") is None
