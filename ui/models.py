"""Models: the screen models on their way from the engine's thread to the main thread.

Holds the queue between both. It must not know what a model shows.
"""

from queue import Empty, SimpleQueue

from kiosk.core.view import ScreenModel


class Models:
    """The screen models on their way from the engine's thread to the main thread; only the newest counts."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[ScreenModel] = SimpleQueue()

    def show(self, model: ScreenModel) -> None:
        """From any thread; never waits."""
        self._queue.put(model)

    def newest(self, wait_s: float) -> ScreenModel | None:
        """The newest one that is not taken yet, waiting at most so long for one."""
        try:
            model = self._queue.get(timeout=wait_s)
            while not self._queue.empty():
                model = self._queue.get_nowait()
        except Empty:
            return None
        return model
