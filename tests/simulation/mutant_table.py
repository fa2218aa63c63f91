"""The mutants: each one thing that the kiosk could do wrong, as an edit of one line or two, and what has to notice it.

Holds data only. It must not import anything of the kiosk: a mutant is put in place before the first of it is loaded.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Soak:
    """The simulation notices it within so many seeds from the first one on."""

    faults: str = "all"
    seeds: int = 12
    hours: float = 6.0
    first: int = 1


@dataclass(frozen=True, slots=True)
class Tests:
    """Tests notice it: files or single tests, as pytest takes them."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """``old`` stands in the module exactly once, and ``new`` in its place."""

    name: str
    breaks: str
    """The invariant, or what is required."""
    module: str
    old: str
    new: str
    caught_by: Soak | Tests = Soak()


MUTANTS: tuple[Mutant, ...] = (
    Mutant(
        "a picture of a label stays for ever",
        "retention",
        "storage.photos",
        "fresh = [path for made_ms, path in known if 0 <= now_ms - made_ms < hours * HOUR_MS]",
        "fresh = [path for _, path in known]",
        Tests(("tests/storage/test_photos.py", "tests/flows/test_label_photo.py")),
    ),
    Mutant(
        "pulse before commit",
        "S1",
        "kiosk.engine",
        """        if decision.durable:
            self._journal.commit(decision.durable)
        self.state = decision.state
        for effect in decision.outward:
            self._outlet.send(effect)
""",
        """        for effect in decision.outward:
            self._outlet.send(effect)
        if decision.durable:
            self._journal.commit(decision.durable)
        self.state = decision.state
""",
        Soak("none", seeds=2, hours=2),
    ),
    Mutant(
        "a failed commit is passed over",
        "S14",
        "kiosk.engine",
        """            self._journal.commit(decision.durable)
""",
        """            try:
                self._journal.commit(decision.durable)
            except Exception:
                pass
""",
        Soak("failed-commit"),
    ),
    Mutant(
        "the screen runs ahead of the record",
        "S4",
        "kiosk.engine",
        """        if decision.durable:
            self._journal.commit(decision.durable)
        self.state = decision.state
""",
        """        self.state = decision.state
        self._publish(decision)
        if decision.durable:
            self._journal.commit(decision.durable)
""",
        Soak("none", seeds=2, hours=2),
    ),
    Mutant(
        "recovery frees a compartment",
        "S3",
        "kiosk.core.recovery",
        'custody.check(draft, found.compartment, "power failed during an opening")',
        'draft.record(e.CompartmentFreed(found.compartment, "power failed"))',
        Soak("cut", seeds=40),
    ),
    Mutant(
        "recovery forgets openings",
        "S3, L2",
        "kiosk.core.recovery",
        """        if opening.opened:
            _wait_for_door(draft, opening)
        else:
            _abandon(draft, opening)
""",
        """        if opening.opened:
            _wait_for_door(draft, opening)
""",
        Soak("cut", seeds=40),
    ),
    Mutant(
        "recovery drops what may be inside",
        "S3",
        "kiosk.core.recovery",
        "if parcel.state is ParcelState.RESERVED and not blamed:",
        "if parcel.pending:",
        Tests(("tests/core/test_recovery.py", "tests/core/test_cut_off.py")),
    ),
    Mutant(
        "code spent by typing",
        "S8",
        "kiosk.core.visits.resident",
        """    draft.change_visit(resident=parcel.resident, credential=credential)
""",
        """    draft.change_visit(resident=parcel.resident, credential=credential)
    draft.record(e.CodeMoved(parcel.parcel, CodeLife.SPENT, reason="typed"))
""",
        Soak("none", seeds=3, hours=3),
    ),
    Mutant(
        "code never spent",
        "S3, S8",
        "kiosk.core.custody",
        """        draft.record(e.CodeMoved(parcel.parcel, CodeLife.SPENT, reason="grace over"))
""",
        """        draft.record(e.CodeMoved(parcel.parcel, CodeLife.LIVE, reason="grace over"))
""",
        Soak("none", seeds=3, hours=3),
    ),
    Mutant(
        "a contact that was not read since the pulse counts as shut",
        "F2",
        "kiosk.core.pulses",
        "if door.state is not DoorState.CLOSED or not opening.still_shut:",
        "if door.state is not DoorState.CLOSED:",
        Tests(("tests/core/test_openings.py", "tests/flows/test_families.py")),
    ),
    Mutant(
        "a worn lock goes on taking parcels",
        "F2",
        "kiosk.core.custody",
        "if not verdict.fit:",
        "if verdict.score < 0:",
        Tests(("tests/core/test_health.py",)),
    ),
    Mutant(
        "a work order for each reason of one repair",
        "F2",
        "kiosk.core.custody",
        "if not before.out_of_order and not before.suspected:",
        "if before.compartment:",
        Tests(("tests/core/test_health.py",)),
    ),
    Mutant(
        "a dead supply is held against every lock",
        "X4",
        "kiosk.core.health",
        "return Bank({**bank.compartments, **forgiven}, supply_failing=True)",
        "return bank",
        Tests(("tests/core/test_health.py",)),
    ),
    Mutant(
        "a failure of the supply ends the openings without one",
        "X4",
        "kiosk.core.health",
        "since_failure=health.before_failure",
        "since_failure=health.since_failure",
        Tests(("tests/core/test_health.py",)),
    ),
    Mutant(
        "a supply that was pulled down is not waited for",
        "F1",
        "kiosk.core.supply",
        "return max(supply.free_at_ms, supply.rest_until_ms.get(compartment, 0), sag_over_ms)",
        "return max(supply.free_at_ms, supply.rest_until_ms.get(compartment, 0))",
        Tests(("tests/core/test_brown_out.py",)),
    ),
    Mutant(
        "what an item sensor sees is freed",
        "S3",
        "kiosk.core.custody",
        "if seen_inside(draft.state, name) is Inside.SOMETHING:",
        "if seen_inside(draft.state, name) is None:",
        Tests(("tests/core/test_items.py", "tests/simulation/test_families.py")),
    ),
    Mutant(
        "a grace ends while its door cannot be read",
        "S3, S8",
        "kiosk.core.custody",
        "return parcel.code_until_ms if seen_shut or is_blind(state, parcel.compartment) else None",
        "return parcel.code_until_ms",
        Tests(("tests/simulation/test_found.py",)),
    ),
    Mutant(
        "a late vault answer opens",
        "S17",
        "kiosk.core.visits.typing",
        "return owner if waits else None",
        "return owner",
        Tests(("tests/core/test_pickup.py", "tests/core/test_cut_off.py", "tests/flows/test_codes.py")),
    ),
    Mutant(
        "the attempt is not debited",
        "S1, S11",
        "kiosk.core.visits.typing",
        """    draft.record(e.AttemptDebited(visit.visit, attempt, place.kind, bucket.level - 1, bucket.since_ms))
""",
        "",
        Soak("none", seeds=2, hours=2),
    ),
    Mutant(
        "an empty bucket still verifies",
        "S11",
        "kiosk.core.visits.typing",
        "if bucket.level < 1:",
        "if bucket.level < -99:",
        Tests(("tests/core/test_codes.py", "tests/core/test_pickup.py", "tests/flows/test_codes.py")),
    ),
    Mutant(
        "bucket refilled by wall clock",
        "S11",
        "kiosk.core.visits.typing",
        "bucket = refilled(state.books.bucket, draft.now_ms, state.policy)",
        "bucket = refilled(state.books.bucket, draft.stamp.wall_ms, state.policy)",
        Tests(("tests/core/test_codes.py", "tests/core/test_pickup.py", "tests/flows/test_codes.py")),
    ),
    Mutant(
        "bucket filled by success",
        "S11",
        "kiosk.core.visits.typing",
        "level = min(draft.state.policy.bucket_capacity, draft.state.books.bucket.level + 1)",
        "level = draft.state.policy.bucket_capacity",
        Tests(("tests/core/test_codes.py", "tests/core/test_pickup.py", "tests/flows/test_codes.py")),
    ),
    Mutant(
        "somebody else's parcels are offered",
        "S10",
        "kiosk.core.visits.resident",
        "if other.resident == parcel.resident and other.state is",
        "if other.state is",
        Soak("none", seeds=3, hours=3),
    ),
    Mutant(
        "occupied compartments are given away",
        "S2",
        "kiosk.core.allocation",
        "and compartment.custody is Custody.FREE",
        "and compartment.custody in (Custody.FREE, Custody.OCCUPIED)",
        Soak("none", seeds=20),
    ),
    Mutant(
        "compartments in grace are given away",
        "S2, S8",
        "kiosk.core.allocation",
        "and compartment.custody is Custody.FREE",
        "and compartment.custody in (Custody.FREE, Custody.GRACE)",
        Soak("none", seeds=3, hours=6),
    ),
    Mutant(
        "what is Check is given away",
        "S2, S16",
        "kiosk.core.allocation",
        "and compartment.custody is Custody.FREE",
        "and compartment.custody in (Custody.FREE, Custody.CHECK)",
        Soak("doors", seeds=6),
    ),
    Mutant(
        "what is out of order is given away",
        "S2",
        "kiosk.core.allocation",
        """        and compartment.custody is Custody.FREE
        and not compartment.out_of_order
""",
        """        and compartment.custody is Custody.FREE
""",
        Soak("doors", seeds=40),
    ),
    Mutant(
        "Check is cleared by the next pickup",
        "S16",
        "kiosk.core.custody",
        "    elif draft.compartment(name).custody is not Custody.CHECK:\n        draft.record(e.CompartmentFreed",
        "    else:\n        draft.record(e.CompartmentFreed",
        Soak("doors", seeds=12),
    ),
    Mutant(
        "the next pulse does not wait for the last one",
        "S9",
        "kiosk.core.supply",
        "return max(supply.free_at_ms, supply.rest_until_ms.get(compartment, 0), sag_over_ms)",
        "return max(supply.rest_until_ms.get(compartment, 0), sag_over_ms)",
        Tests(("tests/core/test_openings.py", "tests/flows/test_lines.py", "tests/core/test_unseen.py")),
    ),
    Mutant(
        "locks get no rest",
        "the duty of intermittent solenoids",
        "kiosk.core.supply",
        "return max(supply.free_at_ms, supply.rest_until_ms.get(compartment, 0), sag_over_ms)",
        "return supply.free_at_ms",
        Tests(("tests/core/test_openings.py", "tests/flows/test_cut_off.py")),
    ),
    Mutant(
        "a stale pulse is sent",
        "S17",
        "drivers.bank",
        "if too_long_ms is not None or now_us >= pulse.not_after_ms * 1000:",
        "if too_long_ms is not None:",
        Tests(("tests/drivers/test_bank.py",)),
    ),
    Mutant(
        "a board that returns is not read before a pulse",
        "F1",
        "kiosk.core.boards",
        "_put_board(draft, replace(board, polled_fast=None))",
        "_put_board(draft, replace(board, status=BoardStatus.ALIVE, polled_fast=None))",
        Tests(("tests/core/test_openings.py", "tests/flows/test_lines.py")),
    ),
    Mutant(
        "an unreadable door is pulsed again",
        "F2",
        "kiosk.core.pulses",
        "if door.state is not DoorState.CLOSED or not opening.still_shut:",
        "if door.state is DoorState.OPEN:",
        Tests(("tests/core/test_openings.py", "tests/flows/test_lines.py")),
    ),
    Mutant(
        "debounce off",
        "X2",
        "kiosk.core.doors",
        "stable_ms = policy.closed_stable_ms if door.raw is Reading.CLOSED else policy.opened_stable_ms",
        "stable_ms = 0",
        Tests(("tests/core/test_doors.py", "tests/flows/test_cut_off.py")),
    ),
    Mutant(
        "a lock that relocks counts as a pickup",
        "X1, S3",
        "kiosk.core.openings",
        "if opening.witnessed and open_ms < draft.state.policy.relock_ms:",
        "if False:",
        Soak("auto-relock", seeds=60),
    ),
    Mutant(
        "swapped wires are not noticed",
        "X3",
        "kiosk.core.contacts",
        "if seen and pulsed is not None:",
        "if False:",
        Tests(("tests/core/test_openings.py", "tests/flows/test_drop_door.py")),
    ),
    Mutant(
        "a forced door changes nothing",
        "F3",
        "kiosk.core.contacts",
        '    custody.check(draft, name, "opened by itself")\n',
        "",
        Tests(("tests/core/test_openings.py", "tests/flows/test_lines.py", "tests/flows/test_drop_door.py")),
    ),
    Mutant(
        "notices leave before a drop can no longer be undone",
        "the mis-delivery guard",
        "kiosk.core.custody",
        "return None if busy else parcel.undo_until_ms",
        "return None if busy else 0",
        Tests(("tests/core/test_drop.py", "tests/flows/test_courier.py")),
    ),
    Mutant(
        "a late reply is accepted",
        "F1",
        "drivers.exchange",
        '            self._received = b""  # only the gap tells a cut-off reply from the beginning of the next\n',
        "            pass\n",
        Tests(("tests/drivers/test_exchange.py",)),
    ),
    Mutant(
        "frames are not checked",
        "codecs",
        "drivers.boards.waveshare",
        "    if crc16(frame) != 0:\n",
        "    if False:\n",
        Tests(("tests/drivers/boards",)),
    ),
    Mutant(
        "commits are not synced",
        "S4",
        "storage.database",
        '"synchronous": 2,',
        '"synchronous": 1,',
        Soak("cut-at-write", seeds=4),
    ),
    Mutant(
        "what an entry changes is stored after the entry",
        "S4, S15",
        "storage.journal",
        "            self._write_head(connection, head)\n",
        "            self._write_head(connection, head)\n"
        '        connection.exec_driver_sql("COMMIT")\n'
        '        connection.exec_driver_sql("BEGIN IMMEDIATE")\n',
        Soak("cut-at-write", seeds=30),
    ),
    Mutant(
        "a code in the log",
        "S12",
        "kiosk.vault",
        "code = draw_code(self._entropy, digits, self._house_number)\n",
        "code = draw_code(self._entropy, digits, self._house_number)\n"
        "                __import__('logging').warning('\"%s\"', code.reveal())\n",
        Soak("none", seeds=2, hours=2),
    ),
    Mutant(
        "a restored record frees what it knows to be free",
        "S3",
        "kiosk.core.recovery",
        '        custody.check(draft, name, "the record was restored")\n',
        "        pass\n",
        Soak("record"),
    ),
    Mutant(
        "codes of a restored record open doors",
        "S8",
        "kiosk.core.recovery",
        "        draft.record(e.CodeMoved(parcel.parcel, CodeLife.SUSPENDED, reason=RESTORED))\n",
        "        pass\n",
        Tests(("tests/core/test_recovery.py", "tests/storage/test_restore.py")),
    ),
    Mutant(
        "a restored record goes on in its old epoch",
        "S5",
        "storage.restore",
        "return max(known, books.epoch) + 1 if known else",
        "return books.epoch + 1 if known else",
        Tests(("tests/storage/test_restore.py",)),
    ),
    Mutant(
        "the year closes while a door is open",
        "S5",
        "kiosk.core.keeping",
        "    if not at_rest(draft.state):\n        return\n",
        "",
        Tests(("tests/core/test_keeping.py",)),
    ),
    Mutant(
        "what is erased stays in older copies",
        "retention",
        "kiosk.wiring.archivist",
        "1 if self._erased else keep",
        "keep",
        Tests(("tests/wiring/test_archivist.py",)),
    ),
    Mutant(
        "an erasure leaves in the projections what it says is gone",
        "S15",
        "storage.deletion",
        "        _clear(connection, parcel, entry)\n",
        "",
        Soak("year-over", seeds=20),
    ),
    Mutant(
        "a second process writes to the record",
        "one writer",
        "storage.claim",
        "fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)",
        "fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)",
        Tests(("tests/storage/test_claim.py",)),
    ),
    Mutant(
        "a grace ends while its door is being opened",
        "S8",
        "kiosk.core.custody",
        " or _is_opening(state, parcel.compartment) or _is_asked_about(state, parcel.compartment)",
        "",
        Tests(("tests/core/test_pickup.py",)),
    ),
    Mutant(
        "a door given up and left open is believed to be empty",
        "S3",
        "kiosk.core.custody",
        "    there = draft.state.visit is not None and draft.state.visit.visit == opening.visit\n",
        "    there = True\n",
        Tests(("tests/core/test_drop.py",)),
    ),
    Mutant(
        "what deleted epochs added up to is forgotten",
        "S15",
        "storage.deletion",
        "return closing_bytes(tidy(rebuilt(connection, up_to)))",
        "return closing_bytes(tidy(rebuilt(connection, 0)))",
        Soak("record", seeds=40),
    ),
    Mutant(
        "an epoch goes before its time",
        "retention",
        "kiosk.cli.prune",
        "if ended is None or not is_due(ended, stamp, days):",
        "if ended is None:",
        Tests(("tests/flows/test_prune.py",)),
    ),
    Mutant(
        "a supply that fails is as many broken locks",
        "X4",
        "kiosk.core.books",
        """        case e.SupplyAlarm():
            return _supply_blamed(books, body)
""",
        """        case e.SupplyAlarm():
            return books
""",
        Tests(("tests/core/test_openings.py",)),
    ),
    Mutant(
        "a supply that sagged gets no moment to recover",
        "S9",
        "kiosk.core.sags",
        "free_at_ms=max(supply.free_at_ms, draft.now_ms + SETTLE_MS)",
        "free_at_ms=supply.free_at_ms",
        Soak("sag", seeds=40, first=12),
    ),
    Mutant(
        "a parcel is put to one whose pickup a power cut ended",
        "S2",
        "kiosk.core.allocation",
        "    waits = parcel.state is ParcelState.STORED and parcel.code_life in (CodeLife.NONE, CodeLife.LIVE)\n",
        "    waits = parcel.state is ParcelState.STORED\n",
        Tests(("tests/core/test_allocation.py",)),
    ),
)
