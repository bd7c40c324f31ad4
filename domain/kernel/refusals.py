"""Refusals (拒绝): what the business may say no to; an answer with data, never a failure.

The class name is the code (`StockShort` → STOCK_SHORT), the docstring is the message with its fields in braces,
`chinese` the same sentence for staff. `path` names the input field that stands in the way.
"""

import re
from dataclasses import dataclass, fields
from typing import ClassVar, dataclass_transform

from domain.kernel.events import Event


@dataclass_transform()
@dataclass
class Refusal(Exception):  # noqa: N818 — A refusal is an answer, not an error.
    """The business refuses this."""

    retryable: ClassVar[bool] = False
    chinese: ClassVar[str] = ""
    known: ClassVar[dict[str, type["Refusal"]]] = {}

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        dataclass(cls)  # Not frozen: contextlib assigns __traceback__.
        if cls.code() in Refusal.known and Refusal.known[cls.code()].__module__ != cls.__module__:
            raise TypeError(f"two refusals are named {cls.__name__}")
        Refusal.known[cls.code()] = cls

    def __post_init__(self) -> None:
        super().__init__(self.message())
        self.path: tuple[str, ...] = ()

    @classmethod
    def code(cls) -> str:
        """Say the code clients see, made from the class name."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).upper()

    def at(self, *path: str) -> "Refusal":
        """Name the input field that stands in the way."""
        self.path = path
        return self

    def within(self, *place: str) -> "Refusal":
        """Say that the field in the way is part of another one."""
        return self.at("input", *place, *self.path[1:])

    def message(self) -> str:
        """Fill the sentence of the docstring with the fields."""
        sentence = (self.__doc__ or "").strip().split("\n")[0]
        return sentence.format(**{each.name: getattr(self, each.name) for each in fields(self)})

    def message_in_chinese(self) -> str:
        """Say it as staff would; falls back to English."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return self.chinese.format(**values) if self.chinese else self.message()

    def fact(self) -> Event | None:
        """Return a fact worth keeping although the action was refused, such as an attempt to go negative."""
        return None


class NotFound(Refusal):
    """There is no {what} {which} that you may see."""

    what: str
    which: str
    chinese = "没有您可以查看的{what}：{which}"


class BadInput(Refusal):
    """{field}: {problem}."""

    field: str
    problem: str
    chinese = "{field}：{problem}"


class NotAllowed(Refusal):
    """You lack the permission {permission}."""

    permission: str
    chinese = "您没有权限：{permission}"


class VersionConflict(Refusal):
    """{changed_by} changed this at {changed_at}; it is now version {current}."""

    current: int
    changed_by: str
    changed_at: str
    chinese = "{changed_by} 已于 {changed_at} 修改，当前版本 {current}"


class WrongState(Refusal):
    """{what} {which} is {state}; this needs {needed}."""

    what: str
    which: str
    state: str
    needed: str
    changed_by: str | None = None
    changed_at: str | None = None
    chinese = "{what} {which} 当前状态为 {state}，此操作需要 {needed}"

    def message(self) -> str:
        """Say the state, and who made it so if that is known."""
        return super().message() + (f" {self.changed_by} changed it at {self.changed_at}." if self.changed_by else "")

    def message_in_chinese(self) -> str:
        """Say it as staff would."""
        told = f"（{self.changed_by} 于 {self.changed_at} 修改）" if self.changed_by else ""
        return super().message_in_chinese() + told


class KeyReused(Refusal):
    """The idempotency key {key} was used before with another input."""

    key: str
    chinese = "幂等键 {key} 已用于其他输入"
