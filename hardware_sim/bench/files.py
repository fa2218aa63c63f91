"""The page's own files: its HTML, CSS and scripts, the typeface, and the colours of the kiosk's design as CSS.

Holds bytes and their types. It must not know what the page does. Nothing comes from anywhere else: the bench works
without a network.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ui

PAGE = Path(__file__).parent / "page"
UI = Path(ui.__file__).parent
TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}
DARK = "@media (prefers-color-scheme: dark)"


@dataclass(frozen=True, slots=True)
class File:
    content: bytes
    type: str


def page_files() -> Mapping[str, File]:
    """Every file of the page by the path it has on the server."""
    files = {f"/{path.name}": path for path in PAGE.iterdir() if path.suffix in TYPES}
    fonts = {f"/fonts/{path.name}": path for path in (UI / "fonts").glob("*.ttf")}
    found = {name: File(path.read_bytes(), TYPES[path.suffix]) for name, path in {**files, **fonts}.items()}
    colours = File(colours_css().encode(), TYPES[".css"])
    return {**found, "/": found["/index.html"], "/colours.css": colours}


def colours_css() -> str:
    """The design's colours as custom properties, by day and by night: ``--canvas``, ``--field-open-fill``."""
    colour = json.loads((UI / "tokens.json").read_text(encoding="utf-8"))["colour"]
    return f":root {{{_properties(colour['normal'])}}}\n{DARK} {{ :root {{{_properties(colour['night'])}}} }}\n"


def _properties(colours: Mapping[str, Any]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in _flat(colours))


def _flat(colours: Mapping[str, Any], front: str = "") -> Iterator[tuple[str, str]]:
    for name, value in colours.items():
        key = f"{front}{name}".replace("_", "-")
        if isinstance(value, str):
            yield key, value
        else:
            yield from _flat(value, f"{key}-")
