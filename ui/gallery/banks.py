"""Two banks to picture screens with: a small one of 24 compartments, and one of 60 beside a column for the screen.

Holds their layouts. It must not know what is in a compartment.
"""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from kiosk.core.ids import BoardId, CompartmentId, SizeName
from kiosk.core.layout import ACCESSIBLE_REACH_MM, Contact, ContactSource, Layout, Output, Place, Size

DEPTH_MM, PLINTH_MM, CHANNELS = 550, 100, 24
COLUMN_MM = 450


def _size(name: str, height_mm: int) -> Size:
    return Size(SizeName(name), height_mm, 420, DEPTH_MM)


def _bank(sizes: Sequence[Size], doors_mm: Mapping[str, int], columns: Sequence[str], left_mm: int) -> Layout:
    """Each column is told by the sizes from the top down; ``left_mm`` is kept free for the screen."""
    places = tuple(
        place
        for number, column in enumerate(columns, start=1)
        for place in _column(number, column.split(), doors_mm, left_mm + COLUMN_MM * (number - 1))
    )
    return Layout(1, tuple(sizes), places)


def _column(number: int, sizes: Sequence[str], doors_mm: Mapping[str, int], left_mm: int) -> list[Place]:
    tops = list(accumulate((doors_mm[size] for size in reversed(sizes)), initial=PLINTH_MM))
    return [
        _place(number, row, size, (left_mm, tops[-1 - row]), doors_mm[size]) for row, size in enumerate(sizes, start=1)
    ]


def _place(column: int, row: int, size: str, corner_mm: tuple[int, int], height_mm: int) -> Place:
    left_mm, bottom_mm = corner_mm
    board = BoardId(f"board-{column}")
    low, high = ACCESSIBLE_REACH_MM
    return Place(
        compartment=CompartmentId(f"{chr(ord('A') + column - 1)}{row:02}"),
        size=SizeName(size),
        column=column,
        row=row,
        left_mm=left_mm,
        bottom_mm=bottom_mm,
        width_mm=COLUMN_MM,
        height_mm=height_mm,
        output=Output(board, row),
        contact=Contact(ContactSource.BOARD_FEEDBACK, board, row),
        accessible=column == 1 and low <= bottom_mm + height_mm // 2 <= high,
    )


BANK_24 = _bank(
    sizes=(_size("S", 110), _size("M", 200), _size("L", 400)),
    doors_mm={"S": 130, "M": 220, "L": 420},
    columns=("S S M L S S M L",) * 3,
    left_mm=0,
)
BANK_60 = _bank(
    sizes=(_size("S", 90), _size("M", 200), _size("L", 430), _size("XL", 660)),
    doors_mm={"S": 113, "M": 226, "L": 456, "XL": 686},
    columns=(
        "M M S S S S S S L L",
        "M M S S S S M M M L",
        "M M S S S S M M M L",
        "M M M S S S S S S XL",
        "M M S S S S M M M L",
        "M M S S S S S S L L",
    ),
    left_mm=COLUMN_MM,
)
