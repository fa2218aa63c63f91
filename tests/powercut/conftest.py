"""The power-cut tests need the very SQLite that Python's own module uses, by its names."""

import pytest

from hardware_sim.card.sqlite_files import NotToBeHeardError, ear


@pytest.fixture(autouse=True, scope="session")
def heard() -> None:
    """Left out, and said so, on a Python with SQLite built in behind hidden names; Debian's and CI's have it apart."""
    try:
        ear()
    except NotToBeHeardError as error:
        pytest.skip(str(error))
