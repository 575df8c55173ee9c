"""round weighting."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "c4a8e19f7d30"
down_revision = "e27d4b5a8c13"
branch_labels = None
depends_on = None


def upgrade() -> None:
    kind = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
    with op.batch_alter_table("survey_round", schema=None) as batch_op:
        batch_op.add_column(sa.Column("weighting", kind, nullable=False, server_default="{}"))
    # What was published by design weights alone stays so.
    rounds = sa.table("survey_round", sa.column("state", sa.String), sa.column("weighting", kind))
    op.execute(sa.update(rounds).where(rounds.c.state == "closed").values(weighting={"classes": "none"}))


def downgrade() -> None:
    with op.batch_alter_table("survey_round", schema=None) as batch_op:
        batch_op.drop_column("weighting")
