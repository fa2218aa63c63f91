"""Attacks on a copy of the record: each is found, and the first bad entry named. Real SQLite files, real signatures.

Knows what somebody can do who has the file, and what somebody can do who has the signing key as well.
"""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hardware_sim.site import KEYS
from kiosk.core.ages import DAY_MS
from kiosk.core.entries import RESTORED, EpochStarted, PersonalDataErased
from kiosk.core.merkle import Frontier, extend, leaf_hash, root
from kiosk.core.notes import Checkpoint, origin_of, signed
from kiosk.core.retention import erasures
from kiosk.signing import Ed25519Signer, Signer, check_signature
from storage.audit import Fault, Verdict, verify
from storage.checkpoints import keep_checkpoint, uncovered
from storage.erasure import due
from storage.journal import SqlJournal
from storage.marks import Held, Keys
from storage.record_file import RecordFileError, record_file
from storage.start import Opened, open_storage
from tests.storage.conftest import SeededEntropy
from tests.storage.histories import KIOSK, History, begin, history_of

RECORD = "lockers.example/kiosk-7"
assert KEYS.signer is not None
SIGNER: Signer = KEYS.signer
VKEYS = Keys((SIGNER.verifier_key(origin_of(RECORD, 1)),), check_signature)
EVERY = 50


def note_over(epoch: int, size: int, over: bytes, signer: Signer = SIGNER) -> str:
    checkpoint = Checkpoint(origin_of(RECORD, epoch), size, over)
    key = signer.verifier_key(checkpoint.origin)
    return str(signed(checkpoint.text, key, signer.sign(checkpoint.text.encode())))


def written(path: Path, history: History, tail: int = 0) -> None:
    """The record of a history, signed every fifty entries; at its end at least ``tail`` entries that are not."""
    opened = open_storage(path, KIOSK)
    assert isinstance(opened, Opened)
    database = opened.database
    with closing(database):
        journal = SqlJournal(database, SeededEntropy())
        for number, commit in enumerate(history.commits):
            journal.commit(commit)
            about = uncovered(database)
            if about is not None and about.entries >= EVERY and number < len(history.commits) - tail:
                keep_checkpoint(database, about, note_over(about.epoch, about.size, about.root))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "kiosk.db"
    written(path, history_of(3, 320), tail=10)
    return path


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(original, tmp_path / "copy.db"))


def verdict(path: Path, held: tuple[Held, ...] = (), keys: Keys | None = VKEYS) -> Verdict:
    with record_file(path) as connection:
        return verify(connection, held, keys)


def first_bad(path: Path, *held: Held) -> Fault:
    faults = verdict(path, held).faults
    assert faults, "nothing was found"
    return faults[0]


@pytest.fixture
def attack(copy: Path) -> Callable[[str], None]:
    """Runs statements on the copy, as somebody does who has taken down every trigger first."""
    with closing(sqlite3.connect(copy)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.commit()

    def run(statements: str) -> None:
        with closing(sqlite3.connect(copy)) as other:
            other.executescript(statements)

    return run


def bodies(path: Path, epoch: int = 1) -> list[bytes]:
    with closing(sqlite3.connect(path)) as other:
        return [row[0] for row in other.execute("SELECT body FROM entries WHERE epoch = ? ORDER BY seq", (epoch,))]


def sizes(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as other:
        return [row[0] for row in other.execute("SELECT size FROM checkpoints ORDER BY size")]


def held_at(path: Path, size: int) -> Held:
    """What the original was at this size, kept by somebody else."""
    return Held(1, size, root(extend((), 0, map(leaf_hash, bodies(path)[:size]))))


Attack = Callable[[str], None]


# --- nothing wrong ---


def test_an_honest_record_is_whole_and_says_what_is_not_protected(original: Path) -> None:
    found = verdict(original)
    (epoch,) = found.epochs
    entries = len(bodies(original))

    assert found.faults == ()
    assert (found.entries, epoch.entries, epoch.root) == (entries, entries, held_at(original, entries).root)
    assert (epoch.checkpoints, epoch.covered) == (len(sizes(original)), sizes(original)[-1])
    assert found.unsigned_tail == entries - sizes(original)[-1] > 0
    assert found.unprotected_tail == entries
    assert epoch.checkpoints >= 5


def test_a_checkpoint_held_elsewhere_protects_what_it_covers(original: Path) -> None:
    found = verdict(original, (held_at(original, 77),))

    assert found.faults == ()
    assert found.unprotected_tail == len(bodies(original)) - 77


def test_looking_changes_no_byte_and_leaves_no_file(copy: Path) -> None:
    before = copy.read_bytes()
    verdict(copy)

    assert copy.read_bytes() == before
    assert list(copy.parent.iterdir()) == [copy]


def test_a_record_is_read_whole_while_a_kiosk_writes_it(tmp_path: Path) -> None:
    history = history_of(4, 60)
    opened = open_storage(tmp_path / "kiosk.db", KIOSK)
    assert isinstance(opened, Opened)
    with closing(opened.database):
        journal = SqlJournal(opened.database, SeededEntropy())
        half = len(history.commits) // 2
        for commit in history.commits[:half]:
            journal.commit(commit)
        with record_file(opened.database.path) as connection:
            before = verify(connection).entries
            for commit in history.commits[half:]:
                journal.commit(commit)
            again = verify(connection)
        after = verdict(opened.database.path, keys=None)
    assert (before, again.faults, after.faults) == (again.entries, (), ())
    assert after.entries == sum(map(len, history.commits)) > before


def test_a_record_of_the_first_schema_is_verified_without_checkpoints(copy: Path, attack: Attack) -> None:
    attack("DROP TABLE checkpoints")
    found = verdict(copy)

    assert (found.faults, found.unsigned_tail) == ((), found.entries)


# --- what is personal ---


@pytest.fixture
def erased(tmp_path: Path) -> Path:
    """A record from which everything of every finished parcel was erased."""
    path = tmp_path / "erased.db"
    history = history_of(3, 320)
    written(path, history)
    opened = open_storage(path, KIOSK)
    assert isinstance(opened, Opened)
    with closing(opened.database):
        journal = SqlJournal(opened.database, SeededEntropy())
        now = replace(history.commits[-1][-1].stamp, mono_ms=400 * DAY_MS)
        found = list(erasures(due(path, now, 90, 10_000), PersonalDataErased("retention")))
        journal.commit(history.commit(*found))
        assert len({seq for body in found for seq in body.of_seqs}) > 20
    return path


def test_erasing_what_is_personal_leaves_the_record_whole(erased: Path) -> None:
    assert verdict(erased).faults == ()


@pytest.mark.parametrize("kind", ["private", "notice"])
def test_an_attachment_that_is_gone_without_an_entry_that_says_so_shows(copy: Path, attack: Attack, kind: str) -> None:
    with closing(sqlite3.connect(copy)) as other:
        (first,) = other.execute("SELECT min(seq) FROM attachments WHERE kind = ?", (kind,)).fetchone()
    attack(f"DELETE FROM attachments WHERE kind = '{kind}' AND seq = {first}")

    assert first_bad(copy) == Fault(
        1, first, first, f"lacks its {kind} attachment, and no entry says that it was erased"
    )


def test_an_attachment_that_is_there_although_it_was_erased_shows(erased: Path, original: Path) -> None:
    with closing(sqlite3.connect(erased)) as other, other:
        other.execute("ATTACH ? AS before", (str(original),))
        (seq,) = other.execute("SELECT min(seq) FROM before.attachments WHERE kind = 'notice'").fetchone()
        other.execute("INSERT INTO attachments SELECT * FROM before.attachments WHERE seq = ?", (seq,))

    assert str(first_bad(erased)).endswith("although an entry says that it was erased")
    assert {fault.seq for fault in verdict(erased).faults} == {seq}


def test_a_changed_entry_before_the_erasure_is_named_and_nothing_is_said_of_what_was_erased(erased: Path) -> None:
    with closing(sqlite3.connect(erased)) as other, other:
        other.execute("DROP TRIGGER entries_stay")
        other.execute("UPDATE entries SET body = CAST(body || ' ' AS BLOB) WHERE seq = 124")

    assert [fault.what for fault in verdict(erased).faults if "attachment" in fault.what] == []
    assert verdict(erased).faults


# --- somebody has the file ---


@pytest.mark.parametrize("seq", [0, 1, 49, 50, 51, 123])
def test_an_edited_entry_below_a_checkpoint_is_named(copy: Path, attack: Attack, seq: int) -> None:
    attack(f"UPDATE entries SET body = CAST(replace(body, 'mono_ms', 'mono_mt') AS BLOB) WHERE seq = {seq}")

    assert (first_bad(copy).seq, first_bad(copy).last) == (seq, seq)
    assert "it was changed" in str(first_bad(copy))


@pytest.mark.parametrize("seq", [0, 1, 49, 50, 123])
def test_a_deleted_entry_is_named(copy: Path, attack: Attack, seq: int) -> None:
    attack(f"DELETE FROM entries WHERE seq = {seq}")

    assert str(first_bad(copy)) == f"entry {seq} of epoch 1 is missing"


def test_a_deleted_entry_over_which_the_others_are_moved_is_named(copy: Path, attack: Attack) -> None:
    attack("DELETE FROM entries WHERE seq = 60; UPDATE entries SET seq = -seq WHERE seq > 60;")
    attack("UPDATE entries SET seq = -seq - 1 WHERE seq < 0")

    assert (first_bad(copy).seq, first_bad(copy).last) == (60, 60)


def test_of_two_swapped_entries_the_first_is_named(copy: Path, attack: Attack) -> None:
    attack("UPDATE entries SET seq = -1 WHERE seq = 30; UPDATE entries SET seq = 30 WHERE seq = 70")
    attack("UPDATE entries SET seq = 70 WHERE seq = -1")

    assert (first_bad(copy).seq, first_bad(copy).last) == (30, 30)


def test_an_inserted_entry_is_named(copy: Path, attack: Attack) -> None:
    attack("UPDATE entries SET seq = -seq WHERE seq >= 60; UPDATE entries SET seq = 1 - seq WHERE seq < 0")
    attack(
        "INSERT INTO entries SELECT epoch, 60, CAST(replace(body, ':59,', ':60,') AS BLOB) FROM entries WHERE seq = 59"
    )

    assert (first_bad(copy).seq, first_bad(copy).last) == (60, 60)


def test_an_edit_before_a_deletion_is_the_first_bad_entry(copy: Path, attack: Attack) -> None:
    attack("DELETE FROM entries WHERE seq = 30")
    attack("UPDATE entries SET body = CAST(replace(body, 'mono_ms', 'mono_mt') AS BLOB) WHERE seq = 20")

    assert first_bad(copy).seq == 20


def test_an_edit_whose_tree_and_leaf_list_were_made_anew_is_narrowed_to_its_checkpoint(
    copy: Path, attack: Attack
) -> None:
    low, high = sizes(copy)[1:3]
    attack(f"UPDATE entries SET body = CAST(replace(body, 'mono_ms', 'mono_mt') AS BLOB) WHERE seq = {low + 3}")
    leaves = b"".join(map(leaf_hash, bodies(copy)[low:high]))
    attack(f"UPDATE checkpoints SET leaves = x'{leaves.hex()}' WHERE size = {high}")
    frontier: Frontier = extend((), 0, map(leaf_hash, bodies(copy)))
    attack(f"UPDATE head SET frontier = x'{b''.join(frontier).hex()}'")

    assert (first_bad(copy).seq, first_bad(copy).last) == (low, high - 1)


def test_entries_cut_off_below_a_checkpoint_are_missing(copy: Path, attack: Attack) -> None:
    attack("DELETE FROM entries WHERE seq >= 90")

    assert str(first_bad(copy)) == "entry 90 of epoch 1 is missing"


def test_an_edited_entry_after_the_last_checkpoint_is_narrowed_by_the_head(copy: Path, attack: Attack) -> None:
    last = len(bodies(copy)) - 1
    attack(f"UPDATE entries SET body = CAST(replace(body, 'mono_ms', 'mono_mt') AS BLOB) WHERE seq = {last}")

    assert sizes(copy)[-1] <= first_bad(copy).seq <= last == first_bad(copy).last


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("INSERT INTO entries SELECT 1, max(seq) + 1, x'7b7d' FROM entries", "was added: the tree ends before it"),
        ("UPDATE head SET size = size + 1", "is missing"),
        ("DELETE FROM head", "was added"),
        ("UPDATE head SET frontier = x''", "is not what the head"),
        ("UPDATE checkpoints SET leaves = x'00' WHERE size < 60", "its leaves are not theirs"),
        ("UPDATE checkpoints SET note = 'x' WHERE size > 100", "is no note"),
        ("UPDATE checkpoints SET size = size + 1", "is one of epoch 1"),
        ("UPDATE checkpoints SET note = replace(note, 'kiosk-7', 'kiosk-8')", "not signed by a key that was given"),
        ("UPDATE attachments SET bytes = x'00' WHERE kind = 'private'", "another private attachment"),
        ("UPDATE attachments SET bytes = x'00' WHERE kind = 'notice'", "another notice attachment"),
        ("UPDATE attachments SET record_key = zeroblob(32) WHERE kind = 'private'", "another private attachment"),
    ],
)
def test_whatever_else_is_changed_shows(statement: str, why: str, copy: Path, attack: Attack) -> None:
    attack(statement)

    assert why in str(first_bad(copy))


def test_an_attachment_of_no_entry_shows(copy: Path, attack: Attack) -> None:
    attack("INSERT INTO attachments VALUES (1, 99999, 'notice', x'00', NULL, NULL)")

    assert (first_bad(copy).seq, "another notice" in first_bad(copy).what) == (99_999, True)


def test_a_page_that_cannot_be_read_is_named_by_its_entry_or_refused(copy: Path) -> None:
    data = bytearray(copy.read_bytes())
    page = 4096
    for number in range(8, len(data) // page, 5):
        data[number * page : (number + 1) * page] = b"\xff" * page
    copy.write_bytes(bytes(data))
    try:
        assert verdict(copy).faults
    except RecordFileError as error:
        assert "cannot be read as a kiosk's record" in str(error)  # noqa: PT017 - one of two outcomes


# --- somebody has the key as well ---


def resigned(copy: Path, attack: Attack, edit: str, signer: Signer = SIGNER) -> None:
    """Edit, then make tree, leaf lists and signatures anew."""
    attack(edit)
    leaves = [leaf_hash(body) for body in bodies(copy)]
    frontier: Frontier = ()
    before = 0
    for size in sizes(copy):
        frontier = extend(frontier, before, leaves[before:size])
        own = b"".join(leaves[before:size]).hex()
        note = note_over(1, size, root(frontier), signer)
        attack(f"UPDATE checkpoints SET note = '{note}', leaves = x'{own}' WHERE size = {size}")
        before = size
    whole = b"".join(extend((), 0, leaves)).hex()
    attack(f"UPDATE head SET frontier = x'{whole}', size = {len(leaves)}")


EDIT = "UPDATE entries SET body = CAST(replace(body, 'mono_ms', 'mono_mt') AS BLOB) WHERE seq = 33"


def test_a_record_signed_anew_with_the_stolen_key_fails_against_a_checkpoint_held_elsewhere(
    original: Path, copy: Path, attack: Attack
) -> None:
    resigned(copy, attack, EDIT)

    assert verdict(copy).faults == (), "not found by the file alone, as is said of it"
    assert (first_bad(copy, held_at(original, 120)).seq, first_bad(copy, held_at(original, 120)).last) == (0, 119)
    narrowed = first_bad(copy, held_at(original, 30), held_at(original, 40), held_at(original, 120))
    assert (narrowed.seq, narrowed.last) == (30, 39)


def test_a_record_signed_anew_by_another_key_is_not_signed(copy: Path, attack: Attack) -> None:
    resigned(copy, attack, EDIT, another_signer())

    assert "not signed by a key that was given" in str(first_bad(copy))


def another_signer() -> Signer:
    return Ed25519Signer(Ed25519PrivateKey.from_private_bytes(bytes(32)))


def test_entries_newer_than_the_checkpoint_held_elsewhere_can_be_rewritten_with_the_key_and_that_is_said(
    original: Path, copy: Path, attack: Attack
) -> None:
    resigned(copy, attack, EDIT.replace("33", "130"))
    found = verdict(copy, (held_at(original, 120),))

    assert found.faults == ()
    assert found.unprotected_tail == found.entries - 120


def test_an_old_copy_put_back_lacks_what_a_checkpoint_held_elsewhere_covers(original: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    written(old, replay(history_of(3, 320), 40))
    entries = len(bodies(old))
    assert bodies(old) == bodies(original)[:entries]

    assert verdict(old).faults == (), "a sound record by itself"
    assert str(first_bad(old, held_at(original, sizes(original)[-1]))) == f"entry {entries} of epoch 1 is missing"


def replay(history: History, commits: int) -> History:
    history.commits = history.commits[:commits]
    return history


# --- epochs ---


def two_epochs(path: Path, reason: str = "yearly", beyond: int = 0) -> None:
    """A second epoch that names the end of the first, or an end ``beyond`` it."""
    history = history_of(5, 40)
    written(path, history)
    over = held_at(path, len(bodies(path))).root
    begin(history)
    (started, *rest) = history.commits[-1]
    body = EpochStarted(reason, KIOSK, 1, len(bodies(path)) + beyond, over.hex())
    opened = open_storage(path, KIOSK)
    assert isinstance(opened, Opened)
    with closing(opened.database):
        SqlJournal(opened.database, SeededEntropy(2)).commit([replace(started, body=body), *rest])


def test_an_epoch_names_the_last_root_of_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "kiosk.db"
    two_epochs(path)
    found = verdict(path)

    assert (found.faults, [epoch.epoch for epoch in found.epochs]) == ((), [1, 2])
    newest = Held(2, len(bodies(path, 2)), found.epochs[-1].root)
    assert verdict(path, (newest,)).unprotected_tail == 0, "the newer epoch vouches for the older"
    assert verdict(path, (held_at(path, 10),)).unprotected_tail == found.entries - 10


@pytest.mark.parametrize(
    ("statements", "why"),
    [
        ("DELETE FROM entries WHERE epoch = 1 AND seq >= 40; UPDATE head SET size = 40 WHERE epoch = 1", "is missing"),
        (
            "UPDATE entries SET body = CAST(replace(body, '\"wall\"', '\"wal\"') AS BLOB) WHERE epoch = 1 AND seq = 7",
            "changed",
        ),
    ],
)
def test_a_closed_epoch_is_held_to_what_the_next_one_says_of_it(statements: str, why: str, copy: Path) -> None:
    copy.unlink()
    two_epochs(copy)
    with closing(sqlite3.connect(copy)) as other:
        for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            other.execute(f"DROP TRIGGER {name}")
        other.executescript(f"DELETE FROM checkpoints; {statements}")
        whole = b"".join(extend((), 0, map(leaf_hash, bodies(copy))))
        other.execute("UPDATE head SET frontier = ? WHERE epoch = 1", (whole,))
        other.commit()

    assert first_bad(copy).epoch == 1
    assert why in str(first_bad(copy))


def test_an_entry_added_to_a_closed_epoch_shows(copy: Path) -> None:
    copy.unlink()
    two_epochs(copy, beyond=-1)
    last = len(bodies(copy)) - 1

    assert {(fault.seq, fault.epoch) for fault in verdict(copy).faults} <= {(0, 1), (last, 1)}
    assert verdict(copy).faults


def test_after_a_restore_the_old_epoch_may_have_gone_on_elsewhere(copy: Path) -> None:
    copy.unlink()
    two_epochs(copy, RESTORED, beyond=5)

    assert verdict(copy).faults == ()


# --- no record ---


def test_what_is_no_record_is_told(tmp_path: Path, copy: Path, attack: Attack) -> None:
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE entries(a)")
    text = tmp_path / "text.db"
    text.write_text("no database, and long enough to be looked at as one" * 20)
    attack("ALTER TABLE entries RENAME TO kept; CREATE TABLE entries AS SELECT * FROM kept")
    for path, why in (
        (tmp_path / "nowhere.db", "is no file"),
        (other, "not a kiosk's record"),
        (text, "file is not a database"),
        (copy, "its table entries is not as a kiosk makes it"),
    ):
        with pytest.raises(RecordFileError, match=why) as refused:
            verdict(path)
        assert str(refused.value).startswith(str(path))
