"""The bench's web server: the page, its pictures, what happens as a stream, what people do as posts.

Holds HTTP. It must not know what an action means. It answers only on this machine (127.0.0.1) and only to a page that
it served itself: a foreign Host or Origin is refused, so that no web site a person visits can reach into the bench.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from urllib.parse import urlsplit

from hardware_sim.bench.bench import Bench
from hardware_sim.bench.files import TYPES, File, page_files
from hardware_sim.bench.lobby import CannotError

HERE = "127.0.0.1"
LARGEST_BODY = 64 * 1024
MOST_TOUCHES = 500
FARTHEST_PX = 10_000
HEARTBEAT_S = 10.0
"""A page that went away is noticed at the next thing written to it."""
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
TOUCH_KINDS = ("down", "move", "up")

Given = Mapping[str, str]
ACTIONS: Mapping[str, Callable[[Bench, Given], object]] = {
    "pull": lambda bench, given: bench.hands(lambda lobby: lobby.pull(given["door"])),
    "push": lambda bench, given: bench.hands(lambda lobby: lobby.push(given["door"])),
    "put_in": lambda bench, given: bench.hands(lambda lobby: lobby.put_in(given["door"], given.get("parcel", ""))),
    "take_out": lambda bench, given: bench.hands(lambda lobby: lobby.take_out(given["door"])),
    "spoil": lambda bench, given: bench.hands(lambda lobby: lobby.spoil(given["door"], given["fault"])),
    "mend": lambda bench, _: bench.hands(lambda lobby: lobby.mend()),
    "scan": lambda bench, given: bench.hands(lambda lobby: lobby.scan_label(given["parcel"])),
    "write_label": lambda bench, given: bench.hands(lambda lobby: lobby.write_label(given["text"])),
    "bring_parcels": lambda bench, _: bench.hands(lambda lobby: lobby.bring_parcels()),
    "show_code": lambda bench, given: bench.show_code(_number(given["notice"])),
    "power": lambda bench, _: bench.cut_power(),
}
"""What can be posted to /do/NAME, with a JSON object of strings."""


class BadRequestError(Exception):
    """A request that means nothing; the text says what is allowed."""


def _number(text: str) -> int:
    return int(text) if text.isdecimal() else -1


class BenchServer(ThreadingHTTPServer):
    """Serves one bench. ``address`` is what a browser opens."""

    daemon_threads = True

    def __init__(self, bench: Bench, port: int = 0) -> None:
        """``port`` 0 takes any free one. Raises OSError for one that cannot be had."""
        self.bench = bench
        self.files: Mapping[str, File] = page_files()
        super().__init__((HERE, port), Handler)
        names = (HERE, "localhost")
        self.hosts = frozenset(f"{name}:{self.server_port}" for name in names)
        self.origins = frozenset(f"http://{host}" for host in self.hosts)
        self.address = f"http://{HERE}:{self.server_port}/"

    def server_bind(self) -> None:
        """Without the look-up of this machine's name, which may take seconds without a network."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HERE, self.server_address[1]

    def handle_error(self, *_: object) -> None:
        """A page that goes away in the middle of an answer is nothing to tell."""


@contextmanager
def serving(bench: Bench, port: int = 0) -> Iterator[BenchServer]:
    """A server that answers until the context is left. Raises OSError for a port that cannot be had."""
    server = BenchServer(bench, port)
    thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="http", daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: BenchServer

    def log_message(self, *_: object) -> None:
        """Nothing: the terminal belongs to the person who started the bench."""

    # Requests

    def do_GET(self) -> None:
        if not self._is_ours():
            return
        path = urlsplit(self.path).path
        if path == "/happenings":
            self._stream()
        elif path in self.server.files:
            file = self.server.files[path]
            self._answer(HTTPStatus.OK, file.content, file.type)
        else:
            self._picture(path)

    def do_POST(self) -> None:
        if not self._is_ours():
            return
        try:
            self._act(urlsplit(self.path).path, self._body())
        except BadRequestError as error:
            self._refuse(HTTPStatus.BAD_REQUEST, str(error))
        except CannotError as error:
            self._refuse(HTTPStatus.CONFLICT, str(error))

    def _is_ours(self) -> bool:
        """Whether the request is meant for this server and comes from its own page, or from no page at all."""
        origin = self.headers.get("Origin")
        if self.headers.get("Host") in self.server.hosts and (origin is None or origin in self.server.origins):
            return True
        self.close_connection = True
        self._refuse(HTTPStatus.FORBIDDEN, f"only {self.server.address} is answered, and only to its own page")
        return False

    def _body(self) -> object:
        """The JSON value that was posted. Raises BadRequestError."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LARGEST_BODY:
            self.close_connection = True
            message = f"a body of a known length up to {LARGEST_BODY} bytes is allowed"
            raise BadRequestError(message)
        body = self.rfile.read(int(length))
        if self.headers.get_content_type() != "application/json":
            message = "only application/json is allowed"
            raise BadRequestError(message)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            message = f"the body is not JSON: {error}"
            raise BadRequestError(message) from error

    # Answers

    def _act(self, path: str, body: object) -> None:
        if path == "/touches":
            self._done(touched=self.server.bench.touch(_touches(body)))
            return
        action = ACTIONS.get(path.removeprefix("/do/")) if path.startswith("/do/") else None
        if action is None:
            self._refuse(HTTPStatus.NOT_FOUND, f"there is no action {path}; /do/ and {', '.join(ACTIONS)} are allowed")
            return
        try:
            action(self.server.bench, _strings(body))
        except KeyError as error:
            message = f"{error.args[0]!r} is missing"
            raise BadRequestError(message) from error
        self._done()

    def _picture(self, path: str) -> None:
        bench = self.server.bench
        try:
            match path.removesuffix(".svg").split("/")[1:]:
                case ["screen.png"]:
                    self._screen(bench.screen.png())
                case ["labels", parcel]:
                    self._answer(HTTPStatus.OK, bench.symbol_svg(parcel).encode(), TYPES[".svg"])
                case ["notices", number]:
                    self._answer(HTTPStatus.OK, bench.code_svg(_number(number)).encode(), TYPES[".svg"])
                case _:
                    self._refuse(HTTPStatus.NOT_FOUND, "there is no such page")
        except CannotError as error:
            self._refuse(HTTPStatus.NOT_FOUND, str(error))

    def _screen(self, picture: bytes | None) -> None:
        if picture is None:
            self._refuse(HTTPStatus.NOT_FOUND, "the screen is dark")
        else:
            self._answer(HTTPStatus.OK, picture, "image/png")

    def _stream(self) -> None:
        """Server-sent events: the state whole, then lists of changes, an empty one when nothing happens for long."""
        self.close_connection = True
        self.send_response(HTTPStatus.OK)
        self._headers("text/event-stream")
        self.end_headers()
        with self.server.bench.feed.listener() as listener, suppress(OSError):
            self._event("whole", listener.whole)
            while not listener.ended:
                self._event("changes", listener.changes(HEARTBEAT_S))

    def _event(self, name: str, data: object) -> None:
        self.wfile.write(f"event: {name}\ndata: {json.dumps(data)}\n\n".encode())
        self.wfile.flush()

    def _done(self, **more: object) -> None:
        self._json(HTTPStatus.OK, {"ok": True, **more})

    def _refuse(self, status: HTTPStatus, error: str) -> None:
        self._json(status, {"ok": False, "error": error})

    def _json(self, status: HTTPStatus, value: Mapping[str, object]) -> None:
        self._answer(status, json.dumps(value).encode(), "application/json")

    def _answer(self, status: HTTPStatus, content: bytes, content_type: str) -> None:
        self.send_response(status)
        self._headers(content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _headers(self, content_type: str) -> None:
        self.send_header("Content-Type", content_type)
        for name, value in HEADERS.items():
            self.send_header(name, value)


def _strings(body: object) -> Given:
    if isinstance(body, dict) and all(isinstance(value, str) for value in body.values()):
        return body
    message = "a JSON object whose values are strings is allowed"
    raise BadRequestError(message)


def _touches(body: object) -> list[tuple[str, int, int]]:
    """Raises BadRequestError."""
    if isinstance(body, list) and len(body) <= MOST_TOUCHES:
        return [_touch(item) for item in body]
    message = f"a list of up to {MOST_TOUCHES} touches is allowed"
    raise BadRequestError(message)


def _touch(item: object) -> tuple[str, int, int]:
    match item:
        case [str(kind), int(x), int(y)] if kind in TOUCH_KINDS and abs(x) <= FARTHEST_PX and abs(y) <= FARTHEST_PX:
            return kind, int(x), int(y)
        case _:
            message = f"a touch is [{' or '.join(TOUCH_KINDS)}, x, y] in whole pixels"
            raise BadRequestError(message)
