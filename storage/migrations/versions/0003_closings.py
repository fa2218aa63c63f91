"""Closings: a table for what deleted epochs added up to, its fence, and the fences that let whole closed epochs go.

Holds statements only. It must not import the schema.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE closings (
        epoch INTEGER NOT NULL,
        by_epoch INTEGER NOT NULL,
        by_seq INTEGER NOT NULL,
        books BLOB NOT NULL,
        PRIMARY KEY (epoch)
    ) STRICT
    """,
    "DROP TRIGGER entries_remain",
    """
    CREATE TRIGGER entries_remain BEFORE DELETE ON entries
    WHEN NOT EXISTS (SELECT 1 FROM closings WHERE epoch >= OLD.epoch)
    BEGIN SELECT RAISE(ABORT, 'an entry is deleted with its whole epoch or never'); END
    """,
    "DROP TRIGGER entries_continue",
    """
    CREATE TRIGGER entries_continue BEFORE INSERT ON entries
    WHEN EXISTS (SELECT 1 FROM entries WHERE epoch = NEW.epoch AND seq = NEW.seq)
    OR EXISTS (SELECT 1 FROM entries WHERE rowid = NEW.rowid)
    OR NEW.seq < 0
    OR (NEW.seq > 0 AND NOT EXISTS (SELECT 1 FROM entries WHERE epoch = NEW.epoch AND seq = NEW.seq - 1))
    OR EXISTS (SELECT 1 FROM closings WHERE epoch >= NEW.epoch)
    BEGIN SELECT RAISE(ABORT, 'an entry continues its epoch'); END
    """,
    "DROP TRIGGER checkpoints_remain",
    """
    CREATE TRIGGER checkpoints_remain BEFORE DELETE ON checkpoints
    WHEN NOT EXISTS (SELECT 1 FROM closings WHERE epoch >= OLD.epoch)
    BEGIN SELECT RAISE(ABORT, 'a checkpoint goes with its epoch or never'); END
    """,
    """
    CREATE TRIGGER closings_stay BEFORE UPDATE ON closings
    BEGIN SELECT RAISE(ABORT, 'a closing is never changed'); END
    """,
    """
    CREATE TRIGGER closings_remain BEFORE DELETE ON closings
    BEGIN SELECT RAISE(ABORT, 'a closing is never deleted'); END
    """,
    """
    CREATE TRIGGER closings_continue BEFORE INSERT ON closings
    WHEN NOT EXISTS (SELECT 1 FROM head WHERE epoch > NEW.epoch AND size > 0)
    OR EXISTS (SELECT 1 FROM attachments WHERE epoch <= NEW.epoch)
    OR EXISTS (SELECT 1 FROM closings WHERE epoch >= NEW.epoch)
    OR EXISTS (SELECT 1 FROM closings WHERE rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'only closed epochs of which everything personal is erased are deleted'); END
    """,
)


def upgrade() -> None:
    """Create the table and its triggers, and exchange those that would never let an entry go."""
    for statement in STATEMENTS:
        op.execute(statement)
