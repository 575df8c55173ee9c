"""what programs sent and were told when they entered cases

Revision ID: a71d3e5c9b24
Revises: c64e1d8b70f5
Create Date: 2026-11-26 13:00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "a71d3e5c9b24"
down_revision = "c64e1d8b70f5"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("effect_key", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_api_entry_case_id_case"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["office_id"], ["office.id"], name=op.f("fk_api_entry_office_id_office")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_entry")),
        sa.UniqueConstraint("effect_key", name=op.f("uq_api_entry_effect_key")),
    )
    op.create_index(op.f("ix_api_entry_case_id"), "api_entry", ["case_id"])


def downgrade() -> None:
    op.drop_table("api_entry")
