"""Costing a variant anew, without a database: the golden moving average, and what follows another movement."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.inventory.averages import Worth
from domain.inventory.models import IN_TRANSIT, MovementId, MovementKind
from domain.inventory.replaying import Carried, Happened, NegativeThen, NotCostedAnew, Replay
from domain.kernel import Money, Quantity
from tests.conftest import NOW

KIND = MovementKind
HERE, THERE, VARIANT = UUID(int=1), UUID(int=2), UUID(int=9)


def happened(number: int, kind: MovementKind, quantity: int, amount: int | str, **given: Any) -> Happened:
    facts: dict[str, Any] = {"warehouse_id": HERE, "lot_id": None, "effective_at": NOW + timedelta(minutes=number)}
    number_id = MovementId(UUID(int=number))
    return Happened(id=number_id, kind=kind, quantity=Quantity(quantity), amount=Money(amount), **(facts | given))


def replayed(*events: Happened, **given: Any) -> Replay:
    valued = {HERE: True, THERE: True, IN_TRANSIT: True}
    replay = Replay(variant_id=VARIANT, worths={}, there={}, valued=valued, **given)
    replay.run(list(events), frozenset((each.warehouse_id, each.lot_id) for each in events))
    return replay


def costs(replay: Replay) -> list[str]:
    return [str(cost) for cost in replay.costs.values()]


def test_the_golden_moving_average() -> None:
    replay = replayed(
        happened(1, KIND.RECEIPT, 100, 1000),
        happened(2, KIND.RECEIPT, 50, 650),
        happened(3, KIND.SALE, -60, 0),
        happened(4, KIND.SALE_RETURN, 5, 0, stated=False),
        happened(5, KIND.SUPPLIER_RETURN, -20, -260),
    )
    assert costs(replay) == ["1000.00", "650.00", "-660.00", "55.00", "-260.00"]
    assert replay.worths == {HERE: Worth(Quantity(75), Money(785))}


def test_the_cost_of_a_transfer_goes_with_it_also_in_parts_and_back() -> None:
    out = happened(2, KIND.TRANSFER_OUT, -3, -999)
    replay = replayed(
        happened(1, KIND.RECEIPT, 3, 10),
        out,
        happened(3, KIND.TRANSFER_IN, 3, 999, warehouse_id=IN_TRANSIT, carries_id=out.id),
        happened(4, KIND.TRANSFER_OUT, -1, 0, warehouse_id=IN_TRANSIT, carries_id=MovementId(UUID(int=3))),
        happened(5, KIND.TRANSFER_IN, 1, 0, warehouse_id=THERE, carries_id=MovementId(UUID(int=4))),
        happened(6, KIND.TRANSFER_OUT, -2, 0, warehouse_id=IN_TRANSIT, carries_id=MovementId(UUID(int=3))),
        happened(7, KIND.TRANSFER_IN, 2, 0, warehouse_id=HERE, carries_id=MovementId(UUID(int=6))),
        happened(8, KIND.TRANSFER_IN, -2, 0, warehouse_id=HERE, reverses_id=MovementId(UUID(int=7))),
    )
    assert costs(replay)[1:] == ["-10.00", "10.00", "-3.33", "3.33", "-6.67", "6.67", "-6.67"]
    assert replay.worths[IN_TRANSIT] == replay.worths[HERE] == Worth()


def test_what_was_never_there_cannot_leave() -> None:
    with pytest.raises(NegativeThen) as refused:
        replayed(happened(1, KIND.RECEIPT, 3, 10), happened(2, KIND.SCRAP, -4, 0), happened(3, KIND.RECEIPT, 3, 10))
    assert (refused.value.wanted, refused.value.available) == (Quantity(4), Quantity(3))


def test_nothing_left_that_is_worth_something_is_refused() -> None:
    with pytest.raises(NotCostedAnew):
        replayed(
            happened(1, KIND.RECEIPT, 2, 10),
            happened(2, KIND.RECEIPT, 2, 30),
            happened(3, KIND.SALE, -2, 0),
            happened(4, KIND.RECEIPT, -2, -30, reverses_id=MovementId(UUID(int=2))),
        )


def test_without_costs_only_quantities_are_watched() -> None:
    replay = replayed(happened(1, KIND.RECEIPT, 3, 10), happened(2, KIND.SALE, -3, -1), costed=False)
    assert (replay.costs, replay.there) == ({}, {(HERE, None): Quantity(0)})


def test_parts_of_what_is_carried_add_up() -> None:
    carried = Carried(Quantity(3), Money(10))
    assert [str(carried.share(Quantity(1))) for _ in range(3)] == ["3.33", "3.34", "3.33"]
