"""Looking ahead (预看): what a place of a program looks at of the rows it reads, so that nothing else is read.

Which columns Python looks at is not declared but seen: the first run reads all of them and notes each that is looked
at. A later run that looks at another one leaves the fast way, once, and the column is read from then on.
"""

from typing import Any

from sqlalchemy import Select

from domain.kernel import Actor
from domain.kernel.reading import Direct
from schema.compiled.shapes import NoShapeError, Shape
from schema.compiled.surprises import SurpriseError
from schema.compiled.texts import Texts, named


class LookAhead:
    """One place of a program where rows are read."""

    def __init__(self) -> None:
        self.shapes: list[Shape] = []
        self.columns: frozenset[str] | None = None
        self.version = 0
        self._noted: set[str] = set()
        self._saw_rows = False

    @property
    def is_learning(self) -> bool:
        return self.columns is None

    def note(self, name: str) -> None:
        """Note a column that is looked at."""
        self._noted.add(name)

    def saw_rows(self) -> None:
        self._saw_rows = True

    def learn(self) -> None:
        """After a whole run: read only what was looked at from now on."""
        if self.columns is None and self._saw_rows:
            self.columns = frozenset(self._noted)
            self.version += 1

    def miss(self, name: str) -> None:
        """Meet a column that was not read: read it from now on, and leave the fast way this time."""
        self.columns = (self.columns or frozenset()) | {name}
        self.version += 1
        raise SurpriseError("column")

    def reshaped(self, statement: Any, actor: Actor) -> tuple[Select[Any], tuple[str, ...]] | None:
        """Ask a statement for what is looked at; also name what it had. None for one that is better left alone."""
        if not isinstance(statement, Select) or _is_special(statement):
            return None
        try:
            columns = named(statement.selected_columns)
        except NoShapeError:
            return None
        texts = [each for shape in self.shapes if (each := _text(shape, columns, actor)) is not None]
        if len(columns) == 1 and not texts:
            return None
        if self.columns is None:
            return statement.add_columns(*texts), tuple(columns)
        wanted = [column for name, column in columns.items() if name in self.columns]
        asked = [*wanted, *texts] or list(columns.values())[:1]  # Somebody may still count the rows.
        return statement.with_only_columns(*asked, maintain_column_froms=True), tuple(columns)


def _is_special(statement: Select[Any]) -> bool:
    """Say whether the rows depend on which columns are asked for."""
    parts = ("_distinct", "_distinct_on", "_group_by_clauses", "_having_criteria", "_independent_ctes")
    return any(getattr(statement, each, None) for each in parts)


def _text(shape: Shape, columns: Any, actor: Actor) -> Any:
    try:
        return Texts(actor).object(shape.parts, columns).label(shape.name)
    except NoShapeError:
        return None


class Looking:
    """The direct way to rows, as one place of a program uses it for one actor."""

    def __init__(self, direct: Direct, ahead: LookAhead, actor: Actor) -> None:
        self._direct, self._ahead, self._actor = direct, ahead, actor
        self.key = (ahead, ahead.version, actor.channels, actor.warehouses)
        self.is_learning, self.note, self.miss = ahead.is_learning, ahead.note, ahead.miss

    def reshaped(self, statement: Any) -> tuple[Select[Any], tuple[str, ...]] | None:
        return self._ahead.reshaped(statement, self._actor)

    async def fetch(self, statement: Any, parameters: Any = None, ahead: Any = None) -> list[Any] | None:
        rows = await self._direct.fetch(statement, parameters, ahead or self)
        if rows and self.is_learning:
            self._ahead.saw_rows()
        return rows
