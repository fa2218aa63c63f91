"""`kiosk run`: the controller, as a service or in a terminal.

Holds the process around one kiosk: its settings, keys, signals and exit code. It must not know what a kiosk does.
"""

import argparse
import gc
import logging
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.cli.common import ANSWER_IS_NO, WRONG_INPUT, complain
from kiosk.config import DisplayKind, Refusal, Secrets, Site, read_site, warnings_of
from kiosk.core.view import ScreenModel
from kiosk.ports import JournalError
from kiosk.vault import KeyFiles, VaultKeyError, VaultKeys, load_keys

if TYPE_CHECKING:
    from kiosk.cli.common import Commands
    from kiosk.wiring.face import Face
    from kiosk.wiring.process import Kiosk

CREDENTIALS = "CREDENTIALS_DIRECTORY"
PRIVATE_UMASK = 0o077
EXAMPLE = """example:
  kiosk run --config /etc/kiosk/kiosk.toml

Ends cleanly on SIGTERM and SIGINT; on SIGUSR1 it signs a checkpoint over everything recorded so far.
Exit code 0 after a clean end, 1 if it had to give up (start it again), 2 if settings, keys or database cannot be
used."""

log = logging.getLogger(__name__)


def register(commands: "Commands") -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "run",
        help="the controller",
        description="Run the kiosk: drive the locks, read the doors, keep the record. Type=notify for systemd.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--config", metavar="FILE", type=Path, required=True, help="the settings file")
    parser.set_defaults(run=run)


class NoDisplay:
    """The screen of a kiosk without a display: the newest page is only named in the text log."""

    def show(self, model: ScreenModel) -> None:
        log.debug("page %s", type(model.page).__name__)


def run(arguments: argparse.Namespace) -> int:
    """Run the command; the exit code."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    os.umask(PRIVATE_UMASK)
    site = read_site(arguments.config)
    if isinstance(site, Refusal):
        complain("\n".join(map(str, site.faults)))
        return WRONG_INPUT
    for warning in warnings_of(arguments.config, site.machine):
        log.warning("%s", warning)
    try:
        return _run(site, keys_of(site.machine.secrets))
    except VaultKeyError as error:
        return complain(str(error))


def keys_of(secrets: Secrets) -> VaultKeys:
    """The keys of a desk's files, or of the service's credentials. Raises VaultKeyError."""
    if secrets.code_key is not None and secrets.notice_key is not None:
        return load_keys(KeyFiles(secrets.code_key, secrets.notice_key, secrets.signing_key))
    directory = os.environ.get(CREDENTIALS)
    if directory is None:
        message = "no keys: name two files under [secrets], or start as a service with credentials code-key, notice-key"
        raise VaultKeyError(message)
    return load_keys(KeyFiles.in_credentials(Path(directory)), guarded_by_service_manager=True)


def _run(site: Site, keys: VaultKeys) -> int:
    face = _face(site)
    from kiosk.wiring.boot import StartRefusedError  # noqa: PLC0415 - heavy: the display shows a picture before
    from kiosk.wiring.process import Kiosk  # noqa: PLC0415
    from storage.claim import ClaimedError  # noqa: PLC0415

    try:
        kiosk = Kiosk(site, keys, NoDisplay() if face is None else face.models)
    except StartRefusedError as error:
        return complain(str(error))
    except ClaimedError as error:
        complain(str(error))
        return ANSWER_IS_NO
    except JournalError as error:
        complain(f"the record cannot be written: {error}")
        return ANSWER_IS_NO
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda number, _frame: kiosk.ask_to_stop(signal.Signals(number).name))
    signal.signal(signal.SIGUSR1, lambda _number, _frame: kiosk.demand_checkpoint())
    kiosk.start()
    gc.freeze()  # what a start makes lives as long as the process; later collections need not look at it
    if face is not None:
        _show(face, kiosk)
    while not kiosk.wait(1.0):
        """Without a display, signals are taken between two waits."""
    return kiosk.close()


def _face(site: Site) -> "Face | None":
    """The display with its first picture; a kiosk whose display fails still hands out parcels by its scanner."""
    if site.machine.display.kind is DisplayKind.NONE:
        return None
    from kiosk.wiring.face import Face  # noqa: PLC0415 - pygame, which no kiosk without a display needs
    from kiosk.wiring.screen import open_display  # noqa: PLC0415
    from ui.display import DisplayError  # noqa: PLC0415

    try:
        display = open_display(site.machine.display)
        return Face(site, display) if display is not None else None
    except DisplayError as error:
        log.error("no display: %s", error)  # noqa: TRY400 - the sentence says it all
        return None


def _show(face: "Face", kiosk: "Kiosk") -> None:
    from ui.display import DisplayError  # noqa: PLC0415

    try:
        face.run(kiosk)
    except DisplayError as error:
        log.error("the display is lost: %s", error)  # noqa: TRY400 - the sentence says it all
    finally:
        face.close()
