"""The scissors: they end the kiosk at a moment that was planned, between two of its deeds or in the midst of a write.

Holds the moments and the card whose power fails. It must not know how a kiosk ends, nor what must hold.
"""

from dataclasses import replace
from pathlib import Path
from random import Random

from hardware_sim.card.cut import CutCard
from hardware_sim.card.disk import Fate
from hardware_sim.soak.plan import Cut, FailedCommit
from kiosk.ports import JournalError


class PowerCutError(Exception):
    """The kiosk's process ends here. Nobody catches it but who planned it."""


class Scissors:
    """Ends the kiosk at a moment that was planned."""

    def __init__(self, card: CutCard | None) -> None:
        """``card`` is what the record lies on; if there is none whose power can fail, a cut at a write comes after a
        commit.
        """
        self.planned: Cut | FailedCommit | None = None
        self._card = card
        self._left = 0
        self._cut = False

    @property
    def cut(self) -> bool:
        """Whether the moment has come: from then on the process must be over."""
        return self._cut or self.card_gone

    @property
    def card_gone(self) -> bool:
        """Whether it came in the midst of a write, so that what is on the card must be laid anew."""
        return self._card is not None and self._card.gone

    def open(self, planned: Cut | FailedCommit, directory: Path) -> None:
        """``directory`` holds the record."""
        self.put_away()
        if isinstance(planned, Cut) and planned.moment == "write":
            if self._card is None:
                planned = replace(planned, moment="commit")
            else:
                self._card.fail_at_write(directory, planned.skipped)
        self.planned, self._left = planned, planned.skipped

    def put_away(self) -> None:
        self.planned, self._cut = None, False
        if self._card is not None:
            self._card.put_right()

    def lay_card(self, chance: Random) -> Fate:
        """The card holds what the cut left of it. Nobody may have a file of it open."""
        assert self._card is not None  # noqa: S101 - it is gone
        return self._card.lay_what_is_left(chance)

    def at_commit(self) -> None:
        """A commit is durable, and nothing follows from it yet. Raises PowerCutError or JournalError."""
        match self.planned:
            case Cut(moment="commit"):
                self._count(PowerCutError("after a commit"))
            case FailedCommit():
                self._count(JournalError("the commit failed"))
            case _:
                pass

    def at_effect(self) -> None:
        """An effect is about to reach its edge. Raises PowerCutError."""
        if isinstance(self.planned, Cut) and self.planned.moment == "effect":
            self._count(PowerCutError("before an effect"))

    def _count(self, end: Exception) -> None:
        self._left -= 1
        if self._left < 0:
            self._cut = True
            raise end
