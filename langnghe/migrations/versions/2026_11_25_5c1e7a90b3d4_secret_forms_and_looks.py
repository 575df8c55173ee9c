"""secret forms, looks at identities, where an office is

Revision ID: 5c1e7a90b3d4
Revises: df65b2ae2257
Create Date: 2026-11-25 22:40:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "5c1e7a90b3d4"
down_revision = "df65b2ae2257"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "secret_form",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_secret_form")),
    )
    op.create_index(op.f("ix_secret_form_expires_at"), "secret_form", ["expires_at"])
    with op.batch_alter_table("restricted_look") as batch_op:
        batch_op.alter_column("case_id", existing_type=sa.Integer(), nullable=True)
        batch_op.add_column(sa.Column("inbox_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("what", sa.String(length=10), nullable=False, server_default="case"))
        batch_op.create_check_constraint(
            op.f("ck_restricted_look_what"), "what in ('case','identity','file','paper','message')"
        )
    op.add_column("staff", sa.Column("sees_identity", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("office", sa.Column("address", sa.String(length=200), nullable=True))
    op.add_column("office", sa.Column("phone", sa.String(length=40), nullable=True))
    op.add_column("case", sa.Column("contact_address", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "contact_address")
    op.drop_column("office", "phone")
    op.drop_column("office", "address")
    op.drop_column("staff", "sees_identity")
    with op.batch_alter_table("restricted_look") as batch_op:
        batch_op.drop_constraint(op.f("ck_restricted_look_what"), type_="check")
        batch_op.drop_column("what")
        batch_op.drop_column("inbox_id")
        batch_op.alter_column("case_id", existing_type=sa.Integer(), nullable=False)
    op.drop_index(op.f("ix_secret_form_expires_at"), table_name="secret_form")
    op.drop_table("secret_form")
