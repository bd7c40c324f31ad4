"""A refusal points at the field of the client's own input."""

from dataclasses import dataclass, field

import pytest

from domain.kernel import BadInput, NotFound, Refusal, WrongState
from schema.pointing import pointed


@dataclass
class Line:
    variant_id: str = "v"


@dataclass
class Given:
    warehouse_id: str = "w"
    to_warehouse_id: str = "t"
    expires_on: str = "2030-01-01"
    lines: list[Line] = field(default_factory=lambda: [Line("a"), Line("w")])


@dataclass
class OfLot:
    lot_id: str = "l"


@dataclass
class Flat:
    variant_id: str = "v"
    expires_on: str = "2030-01-01"


def bad(*path: str) -> Refusal:
    return BadInput(field=path[-1], problem="is wrong").at("input", *path)


def state(what: str) -> Refusal:
    return WrongState(what=what, which="1", state="GOOD", needed="FROZEN")


def test_what_is_in_another_state_is_what_was_named() -> None:
    assert pointed(state("lot"), OfLot()).path == ("input", "lotId")
    assert pointed(state("bin"), OfLot()).path == ()


@pytest.mark.parametrize(
    ("refusal", "given", "path"),
    [
        (bad("expiresOn"), Given(), ("expiresOn",)),
        (bad("lines", "1", "variantId"), Given(), ("lines", "1", "variantId")),
        # The domain makes lines of what the client says in one piece.
        (bad("lines", "0", "expiresOn"), Flat(), ("expiresOn",)),
        # One id is given twice, and is right as the one and wrong as the other.
        (
            NotFound(what="variant", which="w").at("input", "lines", "1", "variantId"),
            Given(),
            ("lines", "1", "variantId"),
        ),
        (NotFound(what="variant", which="w").at("input", "id"), Given(), ("lines", "1", "variantId")),
        (NotFound(what="warehouse", which="w").at("input", "id"), Given(), ("warehouseId",)),
        (NotFound(what="warehouse", which="t").at("input", "toWarehouseId"), Given(), ("toWarehouseId",)),
        (NotFound(what="lot", which="nowhere").at("input", "id"), Given(), ("id",)),
    ],
)
def test_it_names_the_field_that_was_given(refusal: Refusal, given: object, path: tuple[str, ...]) -> None:
    assert pointed(refusal, given).path == ("input", *path)
