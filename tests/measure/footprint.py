"""What `kiosk run` costs: seconds from start to ready, resident memory, processor while idle.

Holds the measurement of the real command on a simulated bank in another process. It must not know the kiosk's insides.

    .venv/bin/python -m tests.measure.footprint --seconds 30
"""

import argparse
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.measure.bench import PATIENCE_S, ROOT, bank_process, bench_site

STARTS = 5
DISPLAY = """
[display]
kind = "memory"
width_px = 1280
height_px = 800
px_per_mm = 5.88
frames = "screen.frames"
touches = "screen.touches"
"""
"""No mode: by the time of day."""


def started(directory: Path, settings: Path) -> tuple["subprocess.Popen[bytes]", float]:
    """The command, and the seconds until it said READY=1."""
    address = directory / "notify"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(address))
        listener.settimeout(PATIENCE_S)
        environment = {**os.environ, "NOTIFY_SOCKET": str(address)}
        begun = time.monotonic()
        command = [sys.executable, "-m", "kiosk", "run", "--config", str(settings)]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        while b"READY=1" not in listener.recv(100):
            """Something else was said."""
        return process, time.monotonic() - begun


def stopped(process: "subprocess.Popen[bytes]") -> float:
    """Seconds from SIGTERM to a clean end."""
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    if process.wait(PATIENCE_S) != 0:
        message = f"the kiosk ended with {process.returncode}"
        raise RuntimeError(message)
    return time.monotonic() - begun


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


def processor_s(pid: int) -> float:
    """Processor seconds so far, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def report(seconds: float, display: str) -> None:
    with tempfile.TemporaryDirectory() as place:
        directory = Path(place)
        bench_site(directory, display=display)
        with bank_process(directory):
            for _ in range(STARTS):
                once, ready_s = started(directory, directory / "kiosk.toml")
                print(f"ready after {ready_s:.2f} s, ended {stopped(once):.2f} s after SIGTERM")
            process, _ = started(directory, directory / "kiosk.toml")
            select.select([], [], [], 3)
            before, begun = processor_s(process.pid), time.monotonic()
            select.select([], [], [], seconds)
            share = (processor_s(process.pid) - before) / (time.monotonic() - begun)
            print(f"resident memory {resident_mb(process.pid):.1f} MB, idle processor {100 * share:.2f} % of one core")
            stopped(process)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--display", action="store_true", help="with a display of 1280x800 in memory")
    arguments = parser.parse_args()
    report(arguments.seconds, DISPLAY if arguments.display else "")


if __name__ == "__main__":
    main()
