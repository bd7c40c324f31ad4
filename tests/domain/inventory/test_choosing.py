from decimal import Decimal
from uuid import UUID, uuid4

from domain import inventory
from domain.kernel import Quantity
from tests.domain.inventory.builders import a_line

A, B, W1, W2 = (uuid4() for _ in range(4))


def free(**stock: dict[UUID, int]) -> dict[tuple[UUID, UUID], Quantity]:
    warehouses = {"w1": W1, "w2": W2}
    return {(variant, warehouses[name]): Quantity(n) for name, items in stock.items() for variant, n in items.items()}


def test_the_least_value_short_wins() -> None:
    lines = [a_line(A, 2, "50"), a_line(B, 1, "10")]
    choice = inventory.choose_warehouse(free(w1={A: 1, B: 5}, w2={A: 2, B: 0}), [W1, W2], lines)
    assert choice.warehouse_id == W2
    assert choice.score == Decimal(-10)
    assert [(line.variant_id, str(line.wanted), str(line.available)) for line in choice.short] == [
        (B, "1.0000", "0.0000")
    ]
    assert inventory.choose_warehouse(free(w1={A: 1, B: 5}), [W1], lines).score == Decimal(-50)


def test_among_equals_the_first_wins() -> None:
    stock = free(w1={A: 5}, w2={A: 9})
    assert inventory.choose_warehouse(stock, [W1, W2], [a_line(A, 5)]).warehouse_id == W1
    assert inventory.choose_warehouse(stock, [W2, W1], [a_line(A, 5)]).warehouse_id == W2


def test_a_whole_order_beats_a_higher_priority() -> None:
    assert inventory.choose_warehouse(free(w1={A: 4}, w2={A: 5}), [W1, W2], [a_line(A, 5)]).warehouse_id == W2


def test_a_missing_gift_counts_a_little() -> None:
    lines = [a_line(A, 1, "10"), a_line(B, 1, "0")]
    choice = inventory.choose_warehouse(free(w1={A: 1}, w2={A: 1, B: 1}), [W1, W2], lines)
    assert choice.warehouse_id == W2
    assert inventory.choose_warehouse(free(w1={A: 1}), [W1], lines).score == Decimal("-0.0001")


def test_two_lines_of_one_variant_do_not_share_the_same_piece() -> None:
    lines = [a_line(A, 2), a_line(A, 2)]
    choice = inventory.choose_warehouse(free(w1={A: 3}, w2={A: 4}), [W1, W2], lines)
    assert choice.warehouse_id == W2
    alone = inventory.choose_warehouse(free(w1={A: 3}), [W1], lines)
    assert [(line.order_line_id, str(line.available)) for line in alone.short] == [(lines[1].order_line_id, "1.0000")]


def test_no_warehouse_leaves_everything_short() -> None:
    choice = inventory.choose_warehouse({}, [], [a_line(A, 2)])
    assert choice.warehouse_id is None
    assert len(choice.short) == 1
