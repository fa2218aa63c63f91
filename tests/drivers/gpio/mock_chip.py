"""gpiozero's own mock of a Pi, as the thread of a chip takes it. Holds no level of its own: `pin(n)` is driven."""

from collections.abc import Sequence

from gpiozero.pins.mock import MockFactory, MockPin


class MockChip(MockFactory):  # type: ignore[misc] # gpiozero ships no types
    """Its edges are told in the thread that drives a pin, as those of a factory with a thread of its own."""

    def __init__(self) -> None:
        super().__init__(revision="a02082", pin_class=MockPin)

    def files(self) -> Sequence[int]:
        return ()

    def dispatch(self, file: int) -> None:
        message = f"nobody can wait for file {file}"
        raise AssertionError(message)
