"""Real time: one thread in which a world follows the monotonic clock, and which reads the files that belong to it.

Holds the waiting. It must not know boards, doors or ports. Everything of a world that runs here happens in this thread;
other threads hand in what they want done.
"""

import os
import selectors
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Self, TypeVar

from hardware_sim.world import World

T = TypeVar("T")
ASK_TIMEOUT_S = 10.0
READ_SIZE = 4096


def real_now_us() -> int:
    """The monotonic clock, which all processes of a machine share. A world that is to run here begins at it."""
    return time.monotonic_ns() // 1000


class RealTime:
    """Runs one world. Between two things that happen the thread waits for the next, or for bytes, or for a wish."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._wishes: SimpleQueue[Callable[[], object]] = SimpleQueue()
        self._wake_out, self._wake_in = os.pipe()
        self._selector = selectors.SelectSelector()  # waits by microseconds; the others round up to milliseconds
        self._selector.register(self._wake_out, selectors.EVENT_READ, self._take_wishes)
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="world", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the thread and let go of its files. Ports that hang here are to be unplugged before."""
        self.call(self._stop)
        self._thread.join(ASK_TIMEOUT_S)
        self._selector.close()
        os.close(self._wake_out)
        os.close(self._wake_in)

    def call(self, what: Callable[[], object]) -> None:
        """Have something done in the world's thread, soon; any thread may ask."""
        self._wishes.put(what)
        os.write(self._wake_in, b"!")

    def ask(self, what: Callable[[], T]) -> T:
        """Have something done in the world's thread, and wait for what comes of it; any other thread may ask."""
        answer: Future[T] = Future()
        self.call(lambda: _settle(answer, what))
        return answer.result(ASK_TIMEOUT_S)

    def watch(self, fd: int, heard: Callable[[bytes], object]) -> None:
        """Read this file from now on. Only in the world's thread."""
        self._selector.register(fd, selectors.EVENT_READ, lambda: self._read(fd, heard))

    def unwatch(self, fd: int) -> None:
        """Only in the world's thread."""
        self._selector.unregister(fd)

    # The world's thread

    def _run(self) -> None:
        while not self._stopping:
            self.world.run_until(real_now_us())
            ready = self._selector.select(self._patience_s())
            self.world.run_until(real_now_us())
            for key, _ in ready:
                if key.fd in self._selector.get_map():
                    key.data()

    def _patience_s(self) -> float | None:
        next_us = self.world.next_us()
        return None if next_us is None else max(0, next_us - real_now_us()) / 1_000_000

    def _take_wishes(self) -> None:
        os.read(self._wake_out, READ_SIZE)
        with suppress(Empty):
            while True:
                self._wishes.get_nowait()()

    def _read(self, fd: int, heard: Callable[[bytes], object]) -> None:
        with suppress(BlockingIOError):
            heard(os.read(fd, READ_SIZE))

    def _stop(self) -> None:
        self._stopping = True


def _settle(answer: Future[T], what: Callable[[], T]) -> None:
    """Whatever goes wrong belongs to who asked, not to the world's thread."""
    try:
        answer.set_result(what())
    except Exception as error:  # noqa: BLE001 - raised again where it was asked
        answer.set_exception(error)
