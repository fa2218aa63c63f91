"""What commands about one kiosk share: the settings that name it, and the person who has something done.

Holds options and their checks. It must not know a command.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from kiosk.cli.common import BadInput
from kiosk.config import Refusal, Site, read_site

LONGEST_TEXT = 200


def takes_config(parser: argparse.ArgumentParser) -> None:
    """The option --config."""
    parser.add_argument("--config", metavar="FILE", type=Path, required=True, help="the settings file")


def takes_person(parser: argparse.ArgumentParser) -> None:
    """The options --person and --reason."""
    parser.add_argument("--person", metavar="NAME", required=True, help="who has it done; goes into the record")
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why; goes into the record")


def site_of(path: Path) -> Site:
    """The site whose settings file is ``path``. Raises BadInput."""
    site = read_site(path)
    if isinstance(site, Refusal):
        raise BadInput("; ".join(map(str, site.faults)))
    return site


def check_person_and_reason(arguments: argparse.Namespace, names: Sequence[str] = ("person", "reason")) -> None:
    """They stay in the record for ever. Raises BadInput."""
    for name in names:
        text = getattr(arguments, name)
        if not text.strip() or not text.isprintable() or len(text) > LONGEST_TEXT:
            message = f"--{name.replace('_', '-')}: 1 to {LONGEST_TEXT} printable characters are allowed"
            raise BadInput(message)
