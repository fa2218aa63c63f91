"""The feed: what the bench's page shows, as named values, and the changes of them for whoever listens.

Holds the newest of everything, so that a page that comes late, or again, gets the state whole. It must not know HTTP,
nor what a value means. Any thread may publish.
"""

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any

KEPT = 300
"""Rows of each growing list that a page which comes late still gets."""
Change = Mapping[str, Any]
"""``{"set": {name: value}}``, or ``{"add": {name: [row, ...]}}``."""


@dataclass(slots=True)
class Listener:
    """One page's changes since it got the state whole."""

    whole: Mapping[str, Any]
    ended: bool = False
    """Nothing comes any more."""
    _changes: SimpleQueue[Change | None] = field(default_factory=SimpleQueue)

    def put(self, change: Change | None) -> None:
        self._changes.put(change)

    def changes(self, patience_s: float) -> list[Change]:
        """Everything since the last call, waited for up to so long; none if nothing happened, or the feed has ended."""
        found: list[Change] = []
        with suppress(Empty):
            while not self.ended:
                change = self._changes.get(timeout=0 if found else patience_s)
                if change is None:
                    self.ended = True
                else:
                    found.append(change)
        return found


@dataclass(slots=True)
class Feed:
    """Values by name. Lists that only grow are kept as far as ``KEPT``."""

    _values: dict[str, Any] = field(default_factory=dict)
    _rows: dict[str, deque[Any]] = field(default_factory=dict)
    _listeners: list[Listener] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: bool = False

    def set(self, name: str, value: object) -> None:
        """Publish a value; nothing happens if it is the same as before."""
        with self._lock:
            if self._values.get(name) != value:
                self._values[name] = value
                self._tell({"set": {name: value}})

    def add(self, name: str, rows: Iterable[object]) -> None:
        """Publish rows at the end of a list."""
        new = list(rows)
        with self._lock:
            self._rows.setdefault(name, deque(maxlen=KEPT)).extend(new)
            if new:
                self._tell({"add": {name: new}})

    def value(self, name: str) -> Any:  # noqa: ANN401 - whatever was published under the name
        """The newest value of this name, None if there is none; or the newest rows as a list."""
        with self._lock:
            return list(self._rows[name]) if name in self._rows else self._values.get(name)

    @property
    def watched(self) -> bool:
        """Whether any page listens."""
        return bool(self._listeners)

    @contextmanager
    def listener(self) -> Iterator[Listener]:
        """Listen: the state whole as of now, then every change after it, none missed and none twice."""
        with self._lock:
            whole = {**self._values, **{name: list(rows) for name, rows in self._rows.items()}}
            listener = Listener(whole)
            self._listeners.append(listener)
            if self._ended:
                listener.put(None)
        try:
            yield listener
        finally:
            with self._lock:
                self._listeners.remove(listener)

    def end(self) -> None:
        """No more changes come; every listener is told."""
        with self._lock:
            self._ended = True
            self._tell(None)

    def _tell(self, change: Change | None) -> None:
        for listener in self._listeners:
            listener.put(change)
