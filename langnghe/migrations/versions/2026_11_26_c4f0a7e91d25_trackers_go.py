"""trackers of ordinary sessions that are over go after their time; those of the past are given theirs

Revision ID: c4f0a7e91d25
Revises: f3a9c2d17b60
Create Date: 2026-11-26 00:25:00
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "c4f0a7e91d25"
down_revision = "f3a9c2d17b60"
branch_labels = None
depends_on = None

KEEP = timedelta(days=30)


def upgrade() -> None:
    with op.batch_alter_table("forgotten_session") as table:
        table.add_column(sa.Column("only_tracker", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.execute(_sessions_of_the_past().bindparams(due_at=datetime.now(UTC) + KEEP))


def _sessions_of_the_past() -> sa.TextClause:
    """A due row for each session that is over and has none."""
    statement = sa.text(
        """
        INSERT INTO forgotten_session (sender, due_at, only_tracker)
        SELECT DISTINCT 'c' || m.conversation_id || 's' || m.session_no, CAST(:due_at AS {moment}), :yes
        FROM inbox_message m JOIN conversation c ON c.id = m.conversation_id
        WHERE m.session_no < c.session_no
          AND NOT EXISTS (
            SELECT 1 FROM forgotten_session f WHERE f.sender = 'c' || m.conversation_id || 's' || m.session_no
          )
        """.replace("{moment}", "TIMESTAMP WITH TIME ZONE" if op.get_bind().dialect.name == "postgresql" else "TEXT")
    )
    return statement.bindparams(sa.bindparam("due_at", type_=sa.DateTime(timezone=True)), yes=True)


def downgrade() -> None:
    # The program before knows due rows of secret sessions only, and would blank what these name.
    op.execute(sa.text("DELETE FROM forgotten_session WHERE only_tracker"))
    with op.batch_alter_table("forgotten_session") as table:
        table.drop_column("only_tracker")
