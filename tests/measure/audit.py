"""How fast a whole record is verified: entries per second, signatures and attachments included.

Holds the writing of a record of all kinds of entries with a signed checkpoint over every fifty, and the median of some
verifications by the wall and of the processor. Run it alone.

    .venv/bin/python -m tests.measure.audit --entries 1000000
"""

import argparse
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import sha256
from itertools import cycle, islice
from pathlib import Path
from statistics import median

from hardware_sim.site import KEYS
from kiosk.core.entries import Entry, PersonalDataErased, canonical, commitment, encode, private_fields
from kiosk.core.merkle import Frontier, extend, leaf_hash, root
from kiosk.core.notes import Checkpoint, origin_of, signed
from kiosk.signing import check_signature
from storage.audit import verify
from storage.marks import Keys
from storage.record_file import record_file
from storage.start import Opened, open_storage
from tests.storage.histories import KIOSK, history_of

EVERY = 50
RUNS = 5
WANTED_PER_S = 150_000
RECORD = "lockers.example/kiosk-7"
RECORD_KEY = bytes(32)
Row = tuple[bytes, tuple[str, bytes, bytes | None] | None]


def rows(count: int) -> Iterator[Row]:
    """Bodies and attachments of one epoch: a history over and over, each entry under its own number; without erasures,
    which name entries by theirs.
    """
    lived = [entry for commit in history_of(1, 3_000).commits for entry in commit]
    history = [entry for entry in lived if not isinstance(entry.body, PersonalDataErased)]
    first, rest = history[0], history[1:]
    for seq, entry in enumerate(islice(cycle(rest), count - 1), 1):
        if seq == 1:
            yield row_of(first, 0)
        yield row_of(entry, seq)


def row_of(entry: Entry, seq: int) -> Row:
    numbered = replace(entry, epoch=1, seq=seq)
    if personal := private_fields(entry.body):
        stored = canonical(personal)
        return encode(numbered, commitment(RECORD_KEY, stored)), ("private", stored, RECORD_KEY)
    if entry.notice is not None:
        return encode(numbered, "", sha256(entry.notice).hexdigest()), ("notice", entry.notice, None)
    return encode(numbered), None


def write(path: Path, count: int) -> None:
    opened = open_storage(path, KIOSK)
    assert isinstance(opened, Opened)
    opened.database.close()
    signer = KEYS.signer
    assert signer is not None
    key = signer.verifier_key(origin_of(RECORD, 1))
    frontier: Frontier = ()
    made = rows(count)
    with closing(sqlite3.connect(path)) as connection, connection:
        for size in range(0, count, EVERY):
            chunk = list(islice(made, EVERY))
            bodies = [(1, seq, body) for seq, (body, _) in enumerate(chunk, size)]
            attached = [(1, seq, *given, None) for seq, (_, given) in enumerate(chunk, size) if given is not None]
            connection.executemany("INSERT INTO entries VALUES (?, ?, ?)", bodies)
            connection.executemany("INSERT INTO attachments VALUES (?, ?, ?, ?, ?, ?)", attached)
            leaves = [leaf_hash(body) for body, _ in chunk]
            frontier = extend(frontier, size, leaves)
            text = Checkpoint(key.name, size + len(chunk), root(frontier)).text
            note = str(signed(text, key, signer.sign(text.encode())))
            connection.execute(
                "INSERT INTO checkpoints VALUES (1, ?, ?, ?)", (size + len(chunk), note, b"".join(leaves))
            )
        connection.execute("INSERT INTO head VALUES (1, 0, x'')")
        connection.execute("UPDATE head SET size = ?, frontier = ?", (count, b"".join(frontier)))


def seconds(path: Path, count: int) -> tuple[float, float]:
    """By the wall and of the processor."""
    signer = KEYS.signer
    assert signer is not None
    keys = Keys((signer.verifier_key(origin_of(RECORD, 1)),), check_signature)
    begun, worked = time.perf_counter(), time.process_time()
    with record_file(path) as connection:
        verdict = verify(connection, (), keys)
    took = time.perf_counter() - begun, time.process_time() - worked
    assert (verdict.faults, verdict.entries, verdict.unsigned_tail) == ((), count, 0), verdict.faults
    return took


def report(count: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "kiosk.db"
        write(path, count)
        walls, processors = zip(*(seconds(path, count) for _ in range(RUNS)), strict=True)
        wall_s, processor_s = median(walls), median(processors)
        print(f"{count:,} entries, {path.stat().st_size / 1e6:.0f} MB, a signed checkpoint over every {EVERY}")
        for name, taken_s in (("by the wall", wall_s), ("of the processor", processor_s)):
            print(f"  verified in {taken_s:6.2f} s {name:18}{count / taken_s:12,.0f} entries/s")
        print(f"  by the wall, beside {WANTED_PER_S:,} entries/s: {count / wall_s / WANTED_PER_S:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000, help="how many (1000000)")
    report(parser.parse_args().entries)


if __name__ == "__main__":
    main()
