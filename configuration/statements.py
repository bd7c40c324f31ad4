"""Statements (语句): SQLAlchemy's, compiled once, and what is bound to them, exactly as SQLAlchemy would.

A statement may be asked for other columns than its own (`Ahead`): it is then compiled anew, once per such wish.
"""

# ruff: noqa: SLF001 — What SQLAlchemy's own execution calls is called here too; its version is pinned and tests compare.

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

from configuration.rows import row_kind

compiled_statements_max = 1_000


class Ahead(Protocol):
    """What somebody looks at of the rows of any statement; equal keys ask for equal columns."""

    key: Hashable
    is_learning: bool

    def note(self, name: str) -> None:
        """Be told that a column is looked at, while learning."""

    def miss(self, name: str) -> None:
        """Be told that a column is looked at that was not read; raises."""

    def reshaped(self, statement: Any) -> tuple[Any, tuple[str, ...]] | None:
        """Ask for other columns; also name those the statement had. None leaves it as it is."""


class Prepared:
    """A compiled statement; `names` are the columns it had before it was asked for others."""

    def __init__(self, compiled: Any, names: tuple[str, ...], ahead: Ahead | None) -> None:
        self.compiled, self.names, self.ahead = compiled, names, ahead
        self.has_kind = False
        self.kind: Any = None

    def make_kind(self, dialect: Dialect, types: Sequence[int]) -> None:
        """Make the class of the rows from SQLAlchemy's types of the columns and the database's."""
        self.has_kind = True
        columns = self.compiled._result_columns
        found = [each.keyname for each in columns]
        if not len(types) == len(found) == len(set(found)):
            return
        processors = [
            each.type._cached_result_processor(dialect, number) for each, number in zip(columns, types, strict=True)
        ]
        told: dict[str, Any] = {}
        if self.ahead is not None and self.names:
            note = self.ahead.note if self.ahead.is_learning else None
            told = {"names": self.names, "miss": self.ahead.miss, "note": note}
        self.kind = row_kind(list(zip(found, processors, strict=True)), **told)


class Bound(NamedTuple):
    """What is sent to the driver, and the statement it comes from."""

    prepared: Prepared
    text: str
    values: list[Any]


@dataclass(frozen=True)
class Constant:
    """A statement that is built once: what is bound to it is a parameter, or the same each time."""

    statement: Any
    prepared: Prepared
    parts: tuple[tuple[str | None, Any, Any], ...]

    @classmethod
    def of(cls, statement: Any, prepared: Prepared, parameters: Mapping[str, Any]) -> "Constant | None":
        """Note the places of the parameters; None where SQLAlchemy must look at the values to write the statement."""
        compiled = prepared.compiled
        if compiled.literal_execute_params or compiled.post_compile_params:
            return None
        fixed = compiled.construct_params(parameters, escape_names=False)
        parts = []
        for name in compiled.positiontup:
            process = compiled._bind_processors.get(name)
            key = compiled.binds[name].key
            value = fixed[name] if key in parameters or process is None else process(fixed[name])
            parts.append((key if key in parameters else None, process, value))
        return cls(statement, prepared, tuple(parts))

    def values(self, parameters: Mapping[str, Any]) -> list[Any]:
        return [
            value if key is None else parameters[key] if process is None else process(parameters[key])
            for key, process, value in self.parts
        ]


class Statements:
    """The statements that were compiled lately."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._compiled: LRUCache[Any, Prepared] = LRUCache(compiled_statements_max)
        self._constant: LRUCache[Any, Any] = LRUCache(compiled_statements_max)

    def bound(self, statement: Any, given: Mapping[str, Any] | None, ahead: Ahead | None = None) -> Bound:
        """Compile a statement, or find that it is, and convert what is bound to it.

        Who names parameters, be it none, says that the statement is built once.
        """
        parameters = given or {}
        key = (id(statement), None if ahead is None else ahead.key)
        known = self._constant.get(key)
        if known is not None:
            return Bound(known.prepared, known.prepared.compiled.string, known.values(parameters))
        prepared, extracted, collected = self._prepared(statement, parameters, ahead)
        if given is not None:
            constant = Constant.of(statement, prepared, parameters)
            if constant is not None:
                self._constant[key] = constant
        compiled = prepared.compiled
        values_of = compiled.construct_params(
            parameters, extracted_parameters=extracted, escape_names=False, _collected_params=collected
        )
        text, names, processors = compiled.string, compiled.positiontup, compiled._bind_processors
        if compiled.literal_execute_params or compiled.post_compile_params:
            expanded = compiled._process_parameters_for_postcompile(values_of)
            text, names, values_of = expanded.statement, expanded.positiontup, expanded.parameters
            processors = {**processors, **expanded.processors}
        values = [processors[each](values_of[each]) if each in processors else values_of[each] for each in names]
        return Bound(prepared, text, values)

    def _prepared(
        self, statement: Any, parameters: Mapping[str, Any], ahead: Ahead | None
    ) -> tuple[Prepared, Any, Any]:
        cache_key, names = statement._generate_cache_key(), tuple(sorted(parameters))
        if cache_key is None:
            return Prepared(statement._compiler(self._dialect, cache_key=None, column_keys=names), (), None), None, None
        key = (cache_key.key, names, None if ahead is None else ahead.key)
        prepared = self._compiled.get(key)
        if prepared is None:
            reshaped, had = (ahead.reshaped(statement) if ahead is not None else None) or (statement, ())
            # With the key of the statement as it was, SQLAlchemy finds the values of its like by their places.
            compiled = reshaped._compiler(
                self._dialect, cache_key=cache_key, column_keys=names, for_executemany=False, schema_translate_map=None
            )
            prepared = self._compiled[key] = Prepared(compiled, had, ahead)
        return prepared, cache_key.bindparams, cache_key.params
