"""result of a round."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "6d2b7f08e5c1"
down_revision = "c4f0a7e91d25"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("index_result", schema=None) as batch_op:
        batch_op.add_column(sa.Column("round_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_index_result_round_id"), ["round_id"], unique=False)
        batch_op.create_foreign_key(
            batch_op.f("fk_index_result_round_id_survey_round"), "survey_round", ["round_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("index_result", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_index_result_round_id_survey_round"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_index_result_round_id"))
        batch_op.drop_column("round_id")
