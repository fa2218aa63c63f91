"""`kiosk screens`: a picture of every screen, in every state, language, mode and size of panel.

Holds the command and the names of the files. It must not know a screen.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import DONE, BadInput, complain, print_json

if TYPE_CHECKING:
    from kiosk.cli.common import Commands

EXAMPLE = """examples:
  kiosk screens --out pictures
  kiosk screens --out pictures --language en --mode night --size 800x480 --json

Writes DIR/NUMBER-SCREEN.LANGUAGE.MODE.SIZE.png; what is not named is pictured in every way there is. Files of the same
name are replaced. Exit code 0, or 2 if a name is not known or a picture cannot be written."""
SHOWN_EVERY = 200


def register(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "screens",
        help="a picture of every screen",
        description="Picture every screen in every state, language, mode and size of panel. Needs no display.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", metavar="DIR", type=Path, required=True, help="the folder; it is made if need be")
    parser.add_argument("--language", metavar="L", help="one language only, such as en")
    parser.add_argument("--mode", metavar="M", help="one mode only: normal, night, or high contrast")
    parser.add_argument("--size", metavar="WxH", help="one size of panel only, in pixels, such as 1280x800")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output: screens")
    parser.set_defaults(run=screens)


def screens(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    try:
        told = []
        for screen in _pictured(arguments):
            told.append(screen)
            if not arguments.json and len(told) % SHOWN_EVERY == 0:
                print(f"{len(told)} pictures …", flush=True)
    except BadInput as error:
        return complain(f"kiosk screens: {error}")
    except OSError as error:
        return complain(f"kiosk screens: cannot write {error.filename or arguments.out}: {error.strerror}")
    if arguments.json:
        print_json({"screens": told})
    else:
        print(f"{len(told)} pictures in {arguments.out}")
    return DONE


def _pictured(arguments: argparse.Namespace) -> Iterator[Mapping[str, object]]:
    """Each picture's facts once it is written."""
    from ui.gallery import SAMPLES, SIZES, Studio  # noqa: PLC0415 - pygame, which only this command needs
    from ui.text import LANGUAGES  # noqa: PLC0415
    from ui.theme import Mode  # noqa: PLC0415

    languages = _one_or_all("--language", arguments.language, list(LANGUAGES))
    modes = _one_or_all("--mode", arguments.mode, [mode.value for mode in Mode])
    sizes = _one_or_all("--size", arguments.size, list(SIZES))
    arguments.out.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        studio = Studio(SIZES[size])
        for (number, sample), language, mode in product(enumerate(SAMPLES, start=1), languages, modes):
            name = f"{number:03}-{sample.name}.{language}.{mode.replace(' ', '-')}.{size}.png"
            (arguments.out / name).write_bytes(studio.take(sample, language, Mode(mode)).png())
            yield {"file": name, "screen": sample.name, "language": language, "mode": mode, "size": size}


def _one_or_all(option: str, given: str | None, known: Sequence[str]) -> Sequence[str]:
    if given is None:
        return known
    if given not in known:
        message = f"{option} {given!a} is not known; allowed: {', '.join(known)}"
        raise BadInput(message)
    return [given]
