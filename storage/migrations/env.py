"""Alembic's environment: runs the migrations on the connection it is handed, inside the transaction that is open there.

Holds nothing else: copy, checks and commit belong to `storage.migrate`. It must not know a database's path.
Alembic executes this file instead of importing it, hence the call at its end.
"""

from alembic import context


def run() -> None:
    """Run what is due; with Alembic's own default for SQLite a power cut would leave half a migration."""
    context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


run()
