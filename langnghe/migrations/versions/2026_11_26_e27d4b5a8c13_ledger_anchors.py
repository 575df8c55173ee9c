"""anchors of the ledger, keys of its marks

Revision ID: e27d4b5a8c13
Revises: 91b0c6d2f4aa
Create Date: 2026-11-26 02:00:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "e27d4b5a8c13"
down_revision = "91b0c6d2f4aa"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ledger_anchor",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("after_event_id", sa.Integer(), nullable=False),
        sa.Column("up_to_event_id", sa.Integer(), nullable=False),
        sa.Column("heads", sa.Integer(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_anchor")),
        sa.UniqueConstraint("hash", name=op.f("uq_ledger_anchor_hash")),
    )
    op.create_table(
        "ledger_head",
        sa.Column("anchor_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["anchor_id"], ["ledger_anchor.id"], name=op.f("fk_ledger_head_anchor_id_ledger_anchor")
        ),
        sa.PrimaryKeyConstraint("anchor_id", "case_id", name=op.f("pk_ledger_head")),
    )
    op.create_index("ix_ledger_head_case", "ledger_head", ["case_id", "seq"])
    op.add_column("case", sa.Column("ledger_key", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "ledger_key")
    op.drop_table("ledger_head")
    op.drop_table("ledger_anchor")
