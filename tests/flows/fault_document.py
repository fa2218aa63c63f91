"""The table of faults as a document, for people who ask what the kiosk does when something breaks.

Holds its form, and the command that writes it. It must not know why a fault is answered as it is.
"""

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from drivers.boards import BOARDS
from tests.flows.fault_case import Seen, lived
from tests.flows.fault_table import ELSEWHERE, TABLE, Fault, rows_of

DOCUMENT = Path(__file__).parents[2] / "docs" / "faults.md"
COMMAND = "python -m tests.flows.fault_document"
INTRODUCTION = f"""# Faults, and what the kiosk does then

Written by `{COMMAND}` from a run of each case, and held against one by
`tests/flows/test_fault_table.py`: real engine, record, line masters and codecs, on boards simulated at the level of
bytes, in virtual time. The rules stand in `tests/flows/fault_table.py`.

In each case a parcel lies in A01, behind a board of the family; every second door hangs on a board of another family
on the other line. The fault begins, the resident tries to collect, a courier brings the next parcel, then everything
is mended, doors are shut, and a resident whose parcel is still there comes again. Below each family stands what was
seen. F and X are rows of the project's list of faults and of cases from the field.
"""


def cell(fault: Fault, family: str, seen: Callable[[], Seen]) -> str:
    """What one family's column says."""
    if family in fault.cannot:
        return f"cannot be: {fault.cannot[family]}"
    return outcome(seen())


def outcome(seen: Seen) -> str:
    """What was seen, in few words."""
    return "; ".join(_outcome(seen))


def _outcome(seen: Seen) -> Iterator[str]:
    yield seen.told.words + (", but it was" if seen.told.open_anyway else "")
    yield f"{seen.pulses} pulse{'' if seen.pulses == 1 else 's'}"
    if seen.longest_ms > ASKED_MS:
        yield f"for {seen.longest_ms} ms"
    if seen.boards:
        yield "board lost"
    yield from (f"alarm: {words}" for words in seen.alarms)
    if seen.compartment.out_of_order:
        yield "out of order"
    yield seen.compartment.custody.value
    yield f"next parcel in {seen.elsewhere}" if seen.elsewhere else "no next parcel"
    yield f"at last {seen.at_last.value}{' after a start' if seen.anew else ''}"


ASKED_MS = 300


def written(cells: Mapping[tuple[str, str], str]) -> str:
    """The whole document; ``cells`` by fault and family."""
    return "\n".join(_lines(cells)) + "\n"


def _lines(cells: Mapping[tuple[str, str], str]) -> Iterator[str]:
    yield INTRODUCTION
    yield _row(("Fault", "Rows", "When", "What the kiosk does", *BOARDS))
    yield _row("---" for _ in range(4 + len(BOARDS)))
    for name, fault in TABLE.items():
        what = f"`{name}`: {fault.what}"
        own = (cells[name, family] for family in BOARDS)
        yield _row((what, ", ".join(rows_of(name)), (fault.moment.__doc__ or "").rstrip("."), required(fault), *own))
    yield "\nFaults that no family of boards makes a difference to are tried in other places:\n"
    yield from (f"- `{name}` ({', '.join(rows_of(name))}): `{file}`" for name, file in ELSEWHERE.items())


def required(fault: Fault) -> str:
    """What is required of all families, then what of single ones, and why."""
    usual = "; ".join(check.says for check in fault.checks)
    others = [
        f"{family} ({why}): {'; '.join(check.says for check in checks)}"
        for family, (why, checks) in fault.other.items()
    ]
    return ". ".join((usual, *others))


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Live through every case, and write what was seen."""
    cells = {}
    for name, fault in TABLE.items():
        for family in BOARDS:
            with tempfile.TemporaryDirectory() as directory:
                path = Path(directory)
                cells[name, family] = cell(fault, family, lambda: lived(path, family, name, fault.moment))  # noqa: B023 - called at once
    DOCUMENT.write_text(written(cells), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
