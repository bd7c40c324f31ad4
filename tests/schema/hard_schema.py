"""A schema with what the real one has seldom: unions, nested lists, values that lie, failures anywhere."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from types import SimpleNamespace
from typing import Annotated, Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from domain import kernel
from schema.base import Info, edge, field_of, query
from schema.scalars import SCALARS, DecimalValue, QuantityValue, bad_input


@strawberry.enum
class Colour(Enum):
    """An enum whose names differ from its values."""

    RED = 1
    BLUE = "blau"


CALLS: list[list[Any]] = []


async def things_by_id(_read: kernel.Read, keys: Any) -> dict[Any, Any]:
    """Find a thing by its number; 13 is nobody, 99 breaks the reader."""
    CALLS.append(list(keys))
    if 99 in keys:
        raise RuntimeError("the reader failed")
    return {key: thing(key) for key in keys if key != 13}


async def parts_of(_read: kernel.Read, keys: Any) -> dict[Any, Any]:
    return {key: [thing(key * 10 + number) for number in range(key % 4)] for key in keys}


def thing(number: int, **more: Any) -> Any:
    """Make a thing; what it is made of follows from its number."""
    values = {
        "number": number,
        "name": f"thing {number}",
        "maybe": None if number % 2 else "given",
        "colour": Colour.RED if number % 2 else Colour.BLUE,
        "amount": kernel.Money(number),
        "quantity": Decimal(number),
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "on": date(2026, 1, 1),
        "other_id": number + 1 if number < 5 else None,
        "matrix": [[number, 1], [], [2]],
        "holes": [1, None, number],
        "json": {"number": number, "list": [1.5, None]},
        "ratio": number / 3,
    }
    return SimpleNamespace(**(values | more))


@strawberry.interface
class Named:
    """Its types are told apart by their rows."""

    name: str

    @classmethod
    def resolve_type(cls, row: Any, _info: Any, _abstract: Any) -> Any:
        return getattr(row, "type_name", "Thing")


@strawberry.type
class Thing(Named):
    """All kinds of leaves."""

    number: int
    maybe: str | None
    colour: Colour
    amount: DecimalValue
    quantity: QuantityValue
    at: datetime
    on: date
    matrix: list[list[int]]
    holes: list[int | None]
    json: strawberry.scalars.JSON
    ratio: float
    other: Annotated["Thing", strawberry.lazy("tests.schema.hard_schema")] | None = edge(
        Annotated["Thing", strawberry.lazy("tests.schema.hard_schema")] | None, things_by_id, "other_id", "Another."
    )
    sure: Annotated["Thing", strawberry.lazy("tests.schema.hard_schema")] = edge(
        Annotated["Thing", strawberry.lazy("tests.schema.hard_schema")], things_by_id, "other_id", "Another, surely."
    )
    secret: Annotated["Thing", strawberry.lazy("tests.schema.hard_schema")] | None = edge(
        Annotated["Thing", strawberry.lazy("tests.schema.hard_schema")] | None,
        things_by_id,
        "number",
        "A secret.",
        needs="hard.secret",
    )
    parts: list[Annotated["Thing", strawberry.lazy("tests.schema.hard_schema")]] = edge(
        list[Annotated["Thing", strawberry.lazy("tests.schema.hard_schema")]], parts_of, "number", "Parts."
    )

    @classmethod
    def is_type_of(cls, row: Any, _info: Any) -> bool:
        return getattr(row, "type_name", "Thing") == "Thing"

    @strawberry.field
    def where(root: strawberry.Parent[Any], info: Info) -> str:  # noqa: N805
        return "/".join(str(each) for each in info.path.as_list()) + root.name

    @strawberry.field
    def added(root: strawberry.Parent[Any], to: int = 1, text: str | None = None) -> str:  # noqa: N805
        return f"{root.number + to}{text}"

    @strawberry.field
    async def slow(root: strawberry.Parent[Any]) -> int | None:  # noqa: N805
        await asyncio.sleep(0)
        return None if root.number == 3 else int(root.number)

    @field_of(str | None, "Guarded, and not asynchronous.", needs="hard.guarded")
    def guarded(root: strawberry.Parent[Any], info: Info) -> Any:  # noqa: N805, ARG002 — it carries the permission.
        return root.name

    @strawberry.field
    def fails_at_two(root: strawberry.Parent[Any]) -> str | None:  # noqa: N805
        if root.number == 2:
            raise ValueError("two")
        return root.name

    @strawberry.field
    async def fails_at_three(root: strawberry.Parent[Any]) -> str:  # noqa: N805
        await asyncio.sleep(0)
        if root.number == 3:
            raise bad_input("three")
        return str(root.name)


@strawberry.type
class Box(Named):
    """Another type of the interface and of the union."""

    things: list[Thing]

    @classmethod
    def is_type_of(cls, row: Any, _info: Any) -> bool:
        return getattr(row, "type_name", "") == "Box"

    @strawberry.field
    def first(root: strawberry.Parent[Any]) -> Named | None:  # noqa: N805
        return root.things[0] if root.things else None


@strawberry.type
class Parcel:
    """A type of the union that is no Named."""

    weight: int


Content = Annotated[Thing | Parcel, strawberry.union("Content")]


def box(*things: Any) -> Any:
    return SimpleNamespace(type_name="Box", name="box", things=list(things))


LIES: dict[str, Any] = {
    "null": {"name": None},
    "number as text": {"name": 7},
    "text as number": {"number": "12"},
    "large": {"number": 2**31},
    "no number": {"number": "x"},
    "exception": {"maybe": ValueError("as a value")},
    "enum by value": {"colour": 1},
    "no enum": {"colour": "GREEN"},
    "no list": {"matrix": 5},
    "tuple": {"matrix": ((1, 2), (3,))},
    "set": {"holes": {1: None}.keys()},
    "hole": {"matrix": [[1, None]]},
    "no list inside": {"matrix": [None]},
    "decimal as text": {"amount": "x"},
    "measure": {"quantity": kernel.Quantity("1.5")},
    "no moment": {"at": "yesterday"},
    "moment as date": {"on": datetime(2026, 1, 1, tzinfo=UTC)},
    "infinite": {"ratio": float("inf")},
    "integer as ratio": {"ratio": 3},
    "null json": {"json": None},
    "list json": {"json": [1, {"a": Decimal(1)}]},
    "missing reader row": {"other_id": 13},
    "broken reader": {"other_id": 99},
}


@strawberry.type
class Query:
    """Root fields."""

    @strawberry.field
    def thing(self, number: int = 1) -> Thing | None:
        found: Any = None if number == 0 else thing(number)
        return found  # type: ignore[no-any-return]

    @strawberry.field
    async def things(self, numbers: list[int]) -> list[Thing]:
        await asyncio.sleep(0)
        found: Any = [thing(each) for each in numbers]
        return found  # type: ignore[no-any-return]

    @strawberry.field
    def lie(self, name: str) -> Thing | None:
        found: Any = thing(4, **LIES[name])
        return found  # type: ignore[no-any-return]

    @strawberry.field
    def lies(self, names: list[str]) -> list[Thing | None]:
        found: Any = [thing(number, **LIES[name]) for number, name in enumerate(names)]
        return found  # type: ignore[no-any-return]

    @strawberry.field
    def named(self, unknown: bool = False) -> list[Named | None]:
        strange = SimpleNamespace(type_name="Nothing", name="?")
        found: Any = [thing(1), box(thing(2), thing(3)), None, *([strange] if unknown else [])]
        return found  # type: ignore[no-any-return]

    @strawberry.field
    def contents(self) -> list[Content]:
        return [Parcel(weight=3)]

    @strawberry.field
    def wrong_type(self) -> Thing | None:
        return box()  # type: ignore[no-any-return]

    @query(list[Thing], "Guarded.", needs="hard.things")
    async def guarded_things(self, info: Info) -> Any:  # noqa: ARG002 — it carries the permission.
        return [thing(1), thing(2)]

    @strawberry.field
    async def refusing(self) -> str | None:
        raise bad_input("no")


schema = strawberry.Schema(
    query=Query,
    types=[Box, Parcel],
    config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=True),
)
