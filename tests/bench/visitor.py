"""A visitor of the bench page without a browser: what the page gets and posts, over real HTTP. Holds no test."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any
from urllib.parse import urlsplit

PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    type: str
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the server said
        return json.loads(self.body)


@dataclass(slots=True)
class Visitor:
    """One page: keeps the values as they come, like the page's own script."""

    address: str
    values: dict[str, Any] = field(default_factory=dict)
    wholes: int = 0
    """How often it got the state whole."""
    _news: threading.Condition = field(default_factory=threading.Condition)

    @property
    def _host(self) -> str:
        return urlsplit(self.address).netloc

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        return self.request("GET", path, headers=headers)

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        connection = HTTPConnection(self._host, timeout=PATIENCE_S)
        try:
            connection.request(method, path, body, dict(headers or {}))
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers.get_content_type(), answer.read())
        finally:
            connection.close()

    def post(self, path: str, value: object) -> Answer:
        return self.request("POST", path, json.dumps(value).encode(), {"Content-Type": "application/json"})

    def do(self, action: str, **given: str) -> Answer:
        return self.post(f"/do/{action}", given)

    @contextmanager
    def looking(self) -> Iterator["Visitor"]:
        """Listen to what happens, from the moment the state was got whole."""
        connection = HTTPConnection(self._host, timeout=PATIENCE_S)
        connection.request("GET", "/happenings")
        answer = connection.getresponse()
        self._event(answer)
        thread = threading.Thread(target=self._listen, args=(answer,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            if connection.sock is not None:
                connection.sock.close()
            answer.close()
            connection.close()

    def until(self, done: Callable[[dict[str, Any]], object], what: str, patience_s: float = PATIENCE_S) -> None:
        with self._news:
            assert self._news.wait_for(lambda: done(self.values), patience_s), f"waited for {what}: {self.values}"

    def _listen(self, answer: HTTPResponse) -> None:
        with suppress(OSError, HTTPException, ValueError, AttributeError):  # the test leaves, or the server ends
            while self._event(answer):
                """Until the stream ends."""

    def _event(self, answer: HTTPResponse) -> bool:
        lines = []
        while line := answer.readline().decode().rstrip("\n"):
            lines.append(line)
        if not lines:
            return False
        name, data = (line.split(": ", 1)[1] for line in lines)
        with self._news:
            if name == "whole":
                self.values = json.loads(data)
                self.wholes += 1
            else:
                for change in json.loads(data):
                    self._take(change)
            self._news.notify_all()
        return True

    def _take(self, change: Mapping[str, Any]) -> None:
        self.values |= change.get("set", {})
        for name, rows in change.get("add", {}).items():
            self.values[name] = [*self.values[name], *rows]
