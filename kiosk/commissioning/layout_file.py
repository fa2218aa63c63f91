"""Layout file: a layout written the way people write it, to be read by the kiosk again.

Holds the writing. It must not know what a key means: the stored form has the same keys as the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from kiosk.config import layout_to_json
from kiosk.core.layout import Layout


def write_layout(layout: Layout, path: Path) -> None:
    """Write a file that is not there yet. Raises FileExistsError, or another OSError."""
    with path.open("x", encoding="utf-8") as file:
        file.write(layout_toml(layout))


def layout_toml(layout: Layout) -> str:
    """The text of a layout file."""
    tables = json.loads(layout_to_json(layout))
    return "\n".join(_table(name, each) for name in ("size", "compartment") for each in tables[name])


def _table(name: str, values: Mapping[str, object]) -> str:
    rows = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items())
    return f"[[{name}]]\n{''.join(rows)}"
