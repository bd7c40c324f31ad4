"""What every table of the house has in common (数据表): typed ids made in Python, UTC instants, exact measures.

Ids are UUID version 7 (RFC 9562): unguessable, and ordered by time so that inserts stay at the end of the index.
"""

import os
import time
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum as PythonEnum
from typing import Any, ClassVar, dataclass_transform
from uuid import UUID

from sqlalchemy import BigInteger, Date, DateTime, Enum, ForeignKey, MetaData, Text, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, MappedAsDataclass, mapped_column

from domain.kernel.measures import MeasureColumn, Money, Quantity, Rate, UnitPrice


def identifier() -> Any:
    """Make a new id (UUID version 7); `Any` because each table names its own id type."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | (random >> 68 & 0xFFF) << 64 | 0b10 << 62
    return UUID(int=value | random & 0x3FFFFFFFFFFFFFFF)


def primary_key(*, default_factory: Callable[[], Any]) -> Any:
    """Declare the id column of a table; its type is the NewType in the annotation."""
    return mapped_column(Uuid, primary_key=True, default_factory=default_factory)


def reference(target: str, *, index: bool = False, primary: bool = False) -> Any:
    """Declare a required foreign key to `table.id`."""
    return mapped_column(Uuid, ForeignKey(target), index=index, primary_key=primary)


def optional_reference(target: str, *, index: bool = False, default: None = None) -> Any:
    """Declare a foreign key to `table.id` that may be absent."""
    return mapped_column(Uuid, ForeignKey(target), index=index, nullable=True, default=default)


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


@dataclass_transform(kw_only_default=True, field_specifiers=(mapped_column, primary_key, reference, optional_reference))
class Table(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """One row of the house; `append_only` tables refuse UPDATE and DELETE by trigger and by grant.

    `told_of` names the document in whose story a change of the row is told: its type, and the attribute with its id.
    """

    append_only: ClassVar[bool] = False
    told_of: ClassVar[tuple[str, str] | None] = None
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        date: Date,
        Money: MeasureColumn(Money),
        UnitPrice: MeasureColumn(UnitPrice),
        Quantity: MeasureColumn(Quantity),
        Rate: MeasureColumn(Rate),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        list[UUID]: ARRAY(Uuid),
        UUID: Uuid,
        PythonEnum: Enum(PythonEnum, native_enum=False, length=40),
    }
