"""Reading tables strictly: each key is asked for once with what is allowed; every fault is kept, not only the first.

Holds how a fault is worded. It must not know which keys exist, nor whether a table came from a file or a database.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

LONGEST_ECHO = 40
SECRET_WORDS = ("secret", "password", "passphrase", "passwd", "token", "private", "pin", "access_code", "key")

NO_SECRETS = "no secret is allowed here; secrets are credentials of the service, or files named under [secrets]"

CHOICE = TypeVar("CHOICE", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: in which file, at which key, and what is allowed there."""

    file: str
    key: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.allowed}"


class DocumentError(ValueError):
    """A stored document is not what this version would have written; ``faults`` says where."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True)
class Text:
    """A kind of text: the whole of it must match ``pattern``, which ``allowed`` says in words."""

    pattern: re.Pattern[str]
    allowed: str
    echo: bool = True
    """Whether a refused text may be repeated in the fault."""


ID = Text(re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}"), "1 to 32 letters, digits, '.', '_' or '-'")
NAME = Text(
    re.compile(r"(?!\s)[^\x00-\x1f\x7f-\x9f]{1,80}(?<!\s)"), "1 to 80 characters without blanks around", echo=False
)
FILE = Text(re.compile(r"[^\x00-\x1f\x7f]{1,255}"), "a path, absolute or beside this file,")


class Table:
    """One table while it is read. A faulty value is recorded and a stand-in returned; `sound` tells."""

    def __init__(self, data: Mapping[str, object], faults: list[Fault], file: str, where: str = "") -> None:
        self._data = data
        self._faults = faults
        self._file = file
        self._where = where
        self._known: list[str] = []
        self._before = len(faults)

    @property
    def sound(self) -> bool:
        """Whether nothing was faulty since this table was begun, inner tables included."""
        return len(self._faults) == self._before

    def refuse(self, key: str, allowed: str) -> None:
        """Record a fault at ``key`` of this table."""
        where = f"{self._where}.{key}" if self._where and key else self._where or key
        self._faults.append(Fault(self._file, where, allowed))

    def has(self, key: str) -> bool:
        return key in self._data

    # Values

    def text(self, key: str, kind: Text, default: str | None = None) -> str:
        """A text of this kind; the default if there is none."""
        value = self._take(key, kind.allowed, missing_is_fine=default is not None)
        if value is None:
            return default or ""
        if isinstance(value, str) and kind.pattern.fullmatch(value):
            return value
        self._refuse_value(key, f"{kind.allowed} is allowed", value, echo=kind.echo)
        return ""

    def texts(self, key: str, kind: Text) -> tuple[str, ...]:
        """A list of such texts; none if the key is missing."""
        allowed = f"a list, each {kind.allowed}"
        value = self._take(key, allowed, missing_is_fine=True)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(each, str) and kind.pattern.fullmatch(each) for each in value):
            return tuple(value)
        self.refuse(key, f"{allowed} is allowed")
        return ()

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from ``low`` to ``high``; the default if there is none."""
        found = self.number_if_any(key, low, high, required=default is None)
        if found is not None:
            return found
        return low if default is None else default

    def number_if_any(self, key: str, low: int, high: int, *, required: bool = False) -> int | None:
        """The same, or None if there is none."""
        allowed = f"a whole number from {low} to {high}"
        value = self._take(key, allowed, missing_is_fine=not required)
        if value is None:
            return None
        if type(value) is int and low <= value <= high:
            return value
        self._refuse_value(key, f"{allowed} is allowed", value)
        return low

    def numbers(self, key: str, low: int, high: int) -> frozenset[int]:
        """A list of different whole numbers; none if the key is missing."""
        allowed = f"a list of different whole numbers from {low} to {high}"
        value = self._take(key, allowed, missing_is_fine=True)
        if value is None:
            return frozenset()
        if isinstance(value, list) and all(type(each) is int and low <= each <= high for each in value):
            found = frozenset(value)
            if len(found) == len(value):
                return found
        self.refuse(key, f"{allowed} is allowed")
        return frozenset()

    def fraction(self, key: str, low: float, high: float) -> float:
        """A number from ``low`` to ``high``, whole or not."""
        allowed = f"a number from {low} to {high}"
        value = self._take(key, allowed)
        if value is None:
            return low
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        told = f"{value:g}" if isinstance(value, float) else _told(value)
        self.refuse(key, f"{allowed} is allowed, not {told}")
        return low

    def one_number_of(self, key: str, allowed_numbers: Sequence[int], default: int | None = None) -> int:
        """One of these numbers; the default if there is none."""
        allowed = f"one of {', '.join(str(each) for each in allowed_numbers)}"
        value = self._take(key, allowed, missing_is_fine=default is not None)
        if value is None:
            return allowed_numbers[0] if default is None else default
        if type(value) is int and value in allowed_numbers:
            return value
        self._refuse_value(key, f"{allowed} is allowed", value)
        return allowed_numbers[0]

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false; the default if there is none."""
        value = self._take(key, "true or false", missing_is_fine=True)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        self._refuse_value(key, "true or false is allowed", value)
        return default

    def one_of(
        self,
        key: str,
        names: Iterable[str],
        default: str | None = None,
        *,
        why_not: Callable[[str], str] = lambda _: "",
    ) -> str:
        """One of these words; "" if it is none of them. ``why_not`` may know what speaks against one that is not."""
        words = tuple(names)
        allowed = f"one of {', '.join(words)}"
        value = self._take(key, allowed, missing_is_fine=default is not None)
        if value is None:
            return default or ""
        if isinstance(value, str) and value in words:
            return value
        why = why_not(value) if isinstance(value, str) else ""
        self._refuse_value(key, f"{why}; {allowed} is allowed" if why else f"{allowed} is allowed", value)
        return ""

    def choice(self, key: str, choices: type[CHOICE], default: CHOICE | None = None) -> CHOICE:
        """One of the values of ``choices``; its first one stands in for a faulty one."""
        found = self.one_of(key, [each.value for each in choices], default)
        return choices(found) if found else next(iter(choices))

    # Tables

    def table(self, key: str) -> "Table":
        """The table at ``key``; an empty one if there is none, so that what must be in it is missed there."""
        value = self._take(key, "a table", missing_is_fine=True)
        if value is not None and not isinstance(value, dict):
            self._refuse_value(key, f"a table [{key}] is allowed", value)
        return Table(value if isinstance(value, dict) else {}, self._faults, self._file, key)

    def tables(self, key: str, name: str, *, required: bool = False) -> Iterator["Table"]:
        """The tables [[key]], one after the other; ``name`` is the key by which a person tells them apart."""
        value = self._take(key, f"at least one table [[{key}]]", missing_is_fine=not required)
        if value is None:
            return iter(())
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value) or (required and not value):
            self.refuse(key, f"tables [[{key}]] are allowed{', at least one' if required else ''}")
            return iter(())
        names = [each.get(name) for each in value]
        labels = [each if isinstance(each, str) and each else f"#{n}" for n, each in enumerate(names, 1)]
        pairs = zip(value, labels, strict=True)
        return (Table(each, self._faults, self._file, f"{key}[{_short(label)}]") for each, label in pairs)

    def end(self) -> bool:
        """Refuse every key that nobody asked for; then whether the table was sound."""
        for key in self._data:
            if key not in self._known:
                self._refuse_unknown(key)
        return self.sound

    def _refuse_unknown(self, key: str) -> None:
        nearest = get_close_matches(key, self._known, n=1)
        if nearest:
            self.refuse(_short(key), f"is no key here; did you mean {nearest[0]}?")
        elif any(word in key.lower() for word in SECRET_WORDS):
            self.refuse(_short(key), NO_SECRETS)
        else:
            self.refuse(_short(key), f"is no key here; allowed are {', '.join(sorted(self._known))}")

    def _take(self, key: str, allowed: str, *, missing_is_fine: bool = False) -> object:
        self._known.append(key)
        value = self._data.get(key)
        if value is None and not missing_is_fine:
            self.refuse(key, f"is missing; {allowed} is allowed")
        return value

    def _refuse_value(self, key: str, allowed: str, value: object, *, echo: bool = True) -> None:
        self.refuse(key, f"{allowed}, not {_told(value) if echo else _kind(value)}")


def _told(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return _short(repr(value)) if isinstance(value, int | str) else _kind(value)


def _kind(value: object) -> str:
    kinds = {str: "this text", int: "this number", float: "a fraction", list: "a list", dict: "a table"}
    return kinds.get(type(value), "this")


def _short(text: str) -> str:
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    return printable if len(printable) <= LONGEST_ECHO else printable[:LONGEST_ECHO] + "…"


def only_once(table: Table, key: str, name: str, names: set[str]) -> None:
    """Refuse a name that another table of the kind has; it is among ``names`` from then on."""
    if name and name in names:
        table.refuse(key, f"{name!r} is there already; each name is allowed once")
    names.add(name)
