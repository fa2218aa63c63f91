"""How the tests run: hypothesis repeats itself in CI and explores at a desk; slow tests are not counted for coverage.

Must not hold parts that tests share.
"""

import os
from collections.abc import Generator, Iterator

import pytest
from coverage import Coverage
from hypothesis import settings

settings.register_profile("desk", deadline=None, print_blob=True)
settings.register_profile("ci", deadline=None, print_blob=True, derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "desk")

os.environ.pop("COVERAGE_PROCESS_CONFIG", None)  # with it each process that a test starts counts its lines as well


@pytest.fixture(autouse=True, scope="session")
def own_priority() -> Iterator[None]:
    """Commands that give way to the kiosk are called in this process, and must not slow down the tests after them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "nice", lambda _by: 0)
        yield


LONGEST = ("simulation", "powercut")
"""Directories whose files take minutes each."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """They come first: processes that share the tests file by file then end together."""
    items.sort(key=lambda item: item.path.parent.name not in LONGEST)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, bool | None, bool | None]:
    """What has to be covered is covered by the quick tests alone: counting lines makes a slow one two to three times as
    slow.
    """
    counts: list[Coverage] = []
    if item.get_closest_marker("slow") is not None:
        while (count := Coverage.current()) is not None:  # a process of several that share the tests has two
            count.stop()
            counts.append(count)
    try:
        return (yield)
    finally:
        for count in reversed(counts):
            count.start()
