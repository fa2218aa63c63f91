"""Shapes: how a flat frozen dataclass of the books becomes a row, and a row the dataclass again.

Holds one generic mapping both ways, read off the dataclass itself. It must not know any table, nor what a field means.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, fields
from enum import StrEnum
from typing import Any, Generic, NewType, TypeVar, get_origin

T = TypeVar("T")

SqlValue = str | int


@dataclass(frozen=True, slots=True)
class Cell:
    """One field as a column: what it is called, whether SQL sees an integer, and the two directions if they differ."""

    name: str
    integer: bool
    to_sql: Callable[[Any], SqlValue] | None = None
    from_sql: Callable[[Any], Any] | None = None


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """The cells of one dataclass, in the order of its fields."""

    thing: type[T]
    cells: tuple[Cell, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(cell.name for cell in self.cells)

    def row(self, thing: T) -> tuple[SqlValue, ...]:
        """The row that stands for ``thing``."""
        values = ((cell, getattr(thing, cell.name)) for cell in self.cells)
        return tuple(value if cell.to_sql is None else cell.to_sql(value) for cell, value in values)

    def values(self, row: Sequence[Any]) -> dict[str, Any]:
        """The fields behind ``row``. Raises ValueError for a row that `row` cannot have written."""
        pairs = zip(self.cells, row, strict=True)
        return {cell.name: value if cell.from_sql is None else cell.from_sql(value) for cell, value in pairs}

    def build(self, row: Sequence[Any]) -> T:
        """The dataclass behind ``row``. Raises ValueError for a row that `row` cannot have written."""
        return self.thing(**self.values(row))


def shape_of(thing: type[T], leaving_out: Sequence[str] = ()) -> Shape[T]:
    """The shape of a dataclass whose fields are str, int, bool, enums of str, or tuples of str or int.

    Raises TypeError for a field of any other type, so that a new kind of field is noticed when the program starts.
    """
    kept = (f for f in fields(thing) if f.name not in leaving_out)  # type: ignore[arg-type]
    return Shape(thing, tuple(_cell(f) for f in kept))


def _cell(described: Field[Any]) -> Cell:
    kind = described.type
    if isinstance(kind, NewType):
        kind = kind.__supertype__
    if kind in (str, int):
        return Cell(described.name, integer=kind is int)
    if kind is bool:
        return Cell(described.name, integer=True, to_sql=int, from_sql=_flag)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return Cell(described.name, integer=False, to_sql=str, from_sql=kind)
    if get_origin(kind) is tuple:
        return Cell(described.name, integer=False, to_sql=_packed, from_sql=_unpacked)
    message = f"field {described.name!r} of type {kind!r} has no column type"
    raise TypeError(message)


def _flag(stored: int) -> bool:
    if stored not in (0, 1):
        message = f"{stored!r} is neither 0 nor 1"
        raise ValueError(message)
    return stored == 1


def _packed(values: Sequence[str | int]) -> str:
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False)


def _unpacked(stored: str) -> tuple[Any, ...]:
    values = json.loads(stored)
    if not isinstance(values, list):
        message = f"{stored!r} is not a list"
        raise ValueError(message)  # noqa: TRY004 - the row is at fault, not the caller
    return tuple(values)
