"""Restarts: how often in a row the process ended soon after its start, counted in a file because nothing else survives.

Holds the count. It must not know why a process ended, nor what is done about it. Ends by power do not count: a new boot
of the machine begins anew, for a flickering mains must not put a kiosk out of service.
"""

from dataclasses import dataclass
from pathlib import Path

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
SOON_MS = 60_000
"""An end within this time of the start counts."""
CRASHES_UNTIL_SAFE = 3


@dataclass(frozen=True, slots=True)
class Restarts:
    """The count in ``file``. One that cannot be used counts nothing: it must not keep a kiosk from starting."""

    file: Path
    boot_id: Path = BOOT_ID

    def begin(self) -> int:
        """A start; how many starts before it, in a row and in this boot of the machine, ended too soon."""
        before = self._count()
        self._write(before + 1)
        return before

    def survived(self) -> None:
        """The process lived long enough, or was asked to end."""
        self._write(0)

    def _count(self) -> int:
        try:
            boot, count = self.file.read_text(encoding="ascii").split()
            return int(count) if boot == self._boot() else 0
        except (OSError, ValueError):
            return 0

    def _write(self, count: int) -> None:
        try:
            self.file.write_text(f"{self._boot()} {count}\n", encoding="ascii")
        except OSError:
            return

    def _boot(self) -> str:
        try:
            return self.boot_id.read_text(encoding="ascii").strip()
        except OSError:
            return "unknown"
