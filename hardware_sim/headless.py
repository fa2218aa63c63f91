"""A kiosk process without a display: what `kiosk run` runs, screen models out as JSON lines, touches in as JSON lines.

Holds the process's two streams. It must not know the bank: that hangs on the ports of the settings file, in another
process, and killing this one is what the power button does.

    python -m hardware_sim.headless SITE/kiosk.toml

Out: `{"page": "Welcome", "door": "A01", "stage": "open", "offers": [["pick_up", ""]], …}` for each new screen model.
In: `["touch", CHOICE, VALUE]`, `["key", TEXT]`, `["scan", TEXT]` or `["stop"]`.
"""

import json
import logging
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from queue import SimpleQueue

from kiosk.cli.run import keys_of
from kiosk.config import Refusal, read_site
from kiosk.core.events import Choice, Chose, Event, KeyPressed, Scanned
from kiosk.core.ids import Secret
from kiosk.core.view import ScreenModel
from kiosk.wiring.process import Kiosk

WRONG_INPUT = 2


class LineScreen:
    """Writes each screen model from a thread of its own: the engine only enqueues."""

    def __init__(self) -> None:
        self._models: SimpleQueue[ScreenModel] = SimpleQueue()

    def start(self) -> None:
        threading.Thread(target=self._run, name="screen", daemon=True).start()

    def show(self, model: ScreenModel) -> None:
        self._models.put(model)

    def _run(self) -> None:
        while True:
            print(json.dumps(told(self._models.get())), flush=True)


def told(model: ScreenModel) -> Mapping[str, object]:
    """As much of a screen model as somebody needs who acts on it."""
    page = model.page
    door, stage = getattr(page, "door", None), getattr(page, "stage", None)
    return {
        "page": type(page).__name__,
        "door": door.compartment if door is not None else "",
        "stage": stage.value if stage is not None else "",
        "kind": getattr(page, "kind", ""),
        "why": getattr(page, "why", ""),
        "offers": [[offer.choice.value, offer.value] for offer in model.offers],
        "busy": model.busy,
    }


def read_touches(kiosk: Kiosk) -> None:
    """Take what a person does, line by line, until the stream ends; then the kiosk is asked to end as well."""
    for line in sys.stdin:
        kind, *values = json.loads(line)
        if kind == "stop":
            break
        kiosk.inbox.put(event_of(kind, values))
    kiosk.ask_to_stop("the bench went away")


def event_of(kind: str, values: list[str]) -> Event:
    match kind:
        case "touch":
            return Chose(Choice(values[0]), values[1])
        case "key":
            return KeyPressed(Secret(values[0]))
        case _:
            return Scanned(Secret(values[0]))


def main(arguments: list[str]) -> int:
    """Run one kiosk until it is asked to end; the exit code."""
    logging.basicConfig(level=logging.WARNING)
    site = read_site(Path(arguments[0]))
    if isinstance(site, Refusal):
        sys.stderr.writelines(f"{fault}\n" for fault in site.faults)
        return WRONG_INPUT
    screen = LineScreen()
    kiosk = Kiosk(site, keys_of(site.machine.secrets), screen)
    screen.start()
    kiosk.start()
    threading.Thread(target=read_touches, args=(kiosk,), name="touches", daemon=True).start()
    while not kiosk.wait(1.0):
        """The engine ends it."""
    return kiosk.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
