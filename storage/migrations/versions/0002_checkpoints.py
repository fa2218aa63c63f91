"""Checkpoints: a table for the signed heads of the tree, and its fence.

Holds statements only. It must not import the schema.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE checkpoints (
        epoch INTEGER NOT NULL,
        size INTEGER NOT NULL,
        note TEXT NOT NULL,
        leaves BLOB NOT NULL,
        PRIMARY KEY (epoch, size)
    ) STRICT
    """,
    """
    CREATE TRIGGER checkpoints_stay BEFORE UPDATE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END
    """,
    """
    CREATE TRIGGER checkpoints_remain BEFORE DELETE ON checkpoints
    BEGIN SELECT RAISE(ABORT, 'a checkpoint is never deleted'); END
    """,
    """
    CREATE TRIGGER checkpoints_continue BEFORE INSERT ON checkpoints
    WHEN EXISTS (SELECT 1 FROM checkpoints WHERE epoch = NEW.epoch AND size >= NEW.size)
    OR EXISTS (SELECT 1 FROM checkpoints WHERE rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'a checkpoint continues those before it'); END
    """,
)


def upgrade() -> None:
    """Create the table and its triggers."""
    for statement in STATEMENTS:
        op.execute(statement)
