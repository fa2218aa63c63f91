"""First schema: what `storage.schema` defines at version 0001, spelled out so that later changes to the code do not
change this step.

Holds statements only. It must not import the schema.
"""

from alembic import op

revision = "0001"
down_revision: str | None = None
branch_labels = None
depends_on = None

TABLES = (
    """
    CREATE TABLE entries (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (epoch, seq)
    ) STRICT
    """,
    """
    CREATE TABLE head (
        epoch INTEGER NOT NULL,
        size INTEGER NOT NULL,
        frontier BLOB NOT NULL,
        PRIMARY KEY (epoch)
    ) STRICT
    """,
    """
    CREATE TABLE layouts (
        version INTEGER NOT NULL,
        digest TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (version)
    ) STRICT
    """,
    """
    CREATE TABLE policies (
        version INTEGER NOT NULL,
        digest TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (version)
    ) STRICT
    """,
    """
    CREATE TABLE directories (
        version INTEGER NOT NULL,
        digest TEXT NOT NULL,
        body BLOB NOT NULL,
        PRIMARY KEY (version)
    ) STRICT
    """,
    """
    CREATE TABLE compartments (
        compartment TEXT NOT NULL,
        custody TEXT NOT NULL,
        parcels TEXT NOT NULL,
        reason TEXT NOT NULL,
        out_of_order TEXT NOT NULL,
        suspected TEXT NOT NULL,
        pulses INTEGER NOT NULL,
        last_resident TEXT NOT NULL,
        door_open INTEGER NOT NULL,
        PRIMARY KEY (compartment)
    ) STRICT
    """,
    """
    CREATE TABLE parcels (
        parcel TEXT NOT NULL,
        state TEXT NOT NULL,
        compartment TEXT NOT NULL,
        resident TEXT NOT NULL,
        courier TEXT NOT NULL,
        visit TEXT NOT NULL,
        carrier TEXT NOT NULL,
        "check" TEXT NOT NULL,
        unit TEXT NOT NULL,
        tracking_number TEXT NOT NULL,
        aliases TEXT NOT NULL,
        reserved_at_ms INTEGER NOT NULL,
        stored_at_ms INTEGER NOT NULL,
        collected_at_ms INTEGER NOT NULL,
        ended_at_ms INTEGER NOT NULL,
        confirmed INTEGER NOT NULL,
        place TEXT NOT NULL,
        code_life TEXT NOT NULL,
        code_until_ms INTEGER NOT NULL,
        verifier TEXT NOT NULL,
        notice TEXT NOT NULL,
        notice_seq INTEGER NOT NULL,
        undo_until_ms INTEGER NOT NULL,
        finished INTEGER NOT NULL,
        PRIMARY KEY (parcel)
    ) STRICT
    """,
    "CREATE INDEX parcels_unfinished ON parcels (finished) WHERE finished = 0",
    """
    CREATE TABLE openings (
        opening TEXT NOT NULL,
        compartment TEXT NOT NULL,
        purpose TEXT NOT NULL,
        parcels TEXT NOT NULL,
        visit TEXT NOT NULL,
        "by" TEXT NOT NULL,
        credential TEXT NOT NULL,
        intent_seq INTEGER NOT NULL,
        pulse_number INTEGER NOT NULL,
        requested_ms INTEGER NOT NULL,
        opened INTEGER NOT NULL,
        PRIMARY KEY (opening)
    ) STRICT
    """,
    """
    CREATE TABLE state (
        id INTEGER NOT NULL,
        kiosk TEXT NOT NULL,
        epoch INTEGER NOT NULL,
        next_seq INTEGER NOT NULL,
        boot INTEGER NOT NULL,
        mono_ms INTEGER NOT NULL,
        wall_ms INTEGER NOT NULL,
        clean_stop INTEGER NOT NULL,
        layout_version INTEGER NOT NULL,
        layout_digest TEXT NOT NULL,
        policy_version INTEGER NOT NULL,
        policy_digest TEXT NOT NULL,
        directory_version INTEGER NOT NULL,
        directory_digest TEXT NOT NULL,
        failed_in_a_row TEXT NOT NULL,
        bank_stopped TEXT NOT NULL,
        bucket_level INTEGER NOT NULL,
        bucket_since_ms INTEGER NOT NULL,
        bucket_failures TEXT NOT NULL,
        bucket_guarded INTEGER NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT state_is_one_row CHECK (id = 1)
    ) STRICT
    """,
    """
    CREATE TABLE probe (
        id INTEGER NOT NULL,
        starts INTEGER NOT NULL,
        PRIMARY KEY (id),
        CONSTRAINT probe_is_one_row CHECK (id = 1)
    ) STRICT
    """,
    """
    CREATE TABLE attachments (
        epoch INTEGER NOT NULL,
        seq INTEGER NOT NULL,
        kind TEXT NOT NULL,
        bytes BLOB NOT NULL,
        record_key BLOB,
        expires_ms INTEGER,
        PRIMARY KEY (epoch, seq, kind),
        FOREIGN KEY(epoch, seq) REFERENCES entries (epoch, seq),
        CONSTRAINT attachments_have_their_key
            CHECK (kind = 'notice' OR (kind = 'private' AND record_key IS NOT NULL AND length(record_key) = 32))
    ) STRICT
    """,
)

FENCES = (
    """
    CREATE TRIGGER entries_stay BEFORE UPDATE ON entries
    BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END
    """,
    """
    CREATE TRIGGER entries_remain BEFORE DELETE ON entries
    BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END
    """,
    """
    CREATE TRIGGER entries_continue BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries WHERE epoch = NEW.epoch AND seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM entries WHERE rowid = NEW.rowid)
    OR NEW.seq < 0
    OR (NEW.seq > 0 AND NOT EXISTS (SELECT 1 FROM entries WHERE epoch = NEW.epoch AND seq = NEW.seq - 1))
    BEGIN SELECT RAISE(ABORT, 'an entry continues its epoch'); END
    """,
    """
    CREATE TRIGGER attachments_stay BEFORE UPDATE OF epoch, seq, kind, bytes, record_key ON attachments
    BEGIN SELECT RAISE(ABORT, 'an attachment is erased or kept, never changed'); END
    """,
    """
    CREATE TRIGGER attachments_continue BEFORE INSERT ON attachments
    WHEN EXISTS (SELECT 1 FROM attachments WHERE epoch = NEW.epoch AND seq = NEW.seq AND kind = NEW.kind)
    OR EXISTS (SELECT 1 FROM attachments WHERE rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'an attachment is never replaced'); END
    """,
    """
    CREATE TRIGGER head_remains BEFORE DELETE ON head
    BEGIN SELECT RAISE(ABORT, 'a head is never deleted'); END
    """,
    """
    CREATE TRIGGER head_grows BEFORE UPDATE ON head
    WHEN NEW.size < OLD.size OR NEW.epoch <> OLD.epoch
    BEGIN SELECT RAISE(ABORT, 'a head only grows'); END
    """,
    """
    CREATE TRIGGER head_begins BEFORE INSERT ON head
    WHEN NEW.size <> 0 OR EXISTS (SELECT 1 FROM head WHERE epoch = NEW.epoch)
    BEGIN SELECT RAISE(ABORT, 'a head begins empty'); END
    """,
    """
    CREATE TRIGGER layouts_stay BEFORE UPDATE ON layouts
    BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END
    """,
    """
    CREATE TRIGGER policies_stay BEFORE UPDATE ON policies
    BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END
    """,
    """
    CREATE TRIGGER directories_stay BEFORE UPDATE ON directories
    BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END
    """,
)

FIRST_ROWS = ("INSERT INTO probe (id, starts) VALUES (1, 0)",)


def upgrade() -> None:
    """Create everything."""
    for statement in (*TABLES, *FENCES, *FIRST_ROWS):
        op.execute(statement)
