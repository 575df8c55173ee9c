"""drafts, covers, templates, links, checks; official answers and staff's files

Revision ID: 91b0c6d2f4aa
Revises: 3b9d5e17c0a8
Create Date: 2026-11-26 00:10:00
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "91b0c6d2f4aa"
down_revision = "3b9d5e17c0a8"
branch_labels = None
depends_on = None


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}_{target}"))


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "answer_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        _moment("at"),
        _key("answer_draft", "case_id", "case"),
        _key("answer_draft", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_draft")),
    )
    op.create_index(op.f("ix_answer_draft_case_id"), "answer_draft", ["case_id"])
    op.create_table(
        "cover",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("leader_id", sa.Integer(), nullable=False),
        sa.Column("deputy_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=False),
        _moment("at"),
        _moment("ended_at", nullable=True),
        sa.CheckConstraint("first_day <= last_day", name=op.f("ck_cover_days")),
        _key("cover", "leader_id", "staff"),
        _key("cover", "deputy_id", "staff"),
        _key("cover", "made_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cover")),
    )
    op.create_index("ix_cover_deputy", "cover", ["deputy_id", "last_day"])
    op.create_table(
        "answer_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        _moment("at"),
        _moment("retired_at", nullable=True),
        _key("answer_template", "office_id", "office"),
        _key("answer_template", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_template")),
    )
    op.create_index(op.f("ix_answer_template_office_id"), "answer_template", ["office_id"])
    op.create_table(
        "case_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        _moment("at"),
        sa.CheckConstraint("kind in ('split','related')", name=op.f("ck_case_link_kind")),
        _key("case_link", "case_id", "case"),
        _key("case_link", "other_id", "case"),
        _key("case_link", "staff_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_link")),
        sa.UniqueConstraint("case_id", "other_id", "kind", name=op.f("uq_case_link_case_id_other_id_kind")),
    )
    op.create_index(op.f("ix_case_link_other_id"), "case_link", ["other_id"])
    op.create_table(
        "answer_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("answer_id", sa.Integer(), nullable=False),
        sa.Column("office_id", sa.Integer(), nullable=False),
        _moment("drawn_at"),
        sa.Column("checked_by_id", sa.Integer(), nullable=True),
        _moment("checked_at", nullable=True),
        sa.Column("verdict", sa.String(length=10), nullable=True),
        sa.Column("remark", sa.Text(), nullable=True),
        sa.CheckConstraint("verdict is null or verdict in ('good','poor')", name=op.f("ck_answer_check_verdict")),
        _key("answer_check", "answer_id", "answer"),
        _key("answer_check", "office_id", "office"),
        _key("answer_check", "checked_by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_check")),
        sa.UniqueConstraint("answer_id", name=op.f("uq_answer_check_answer_id")),
    )
    op.create_index("ix_answer_check_waiting", "answer_check", ["office_id", "checked_at"])
    op.add_column("answer", sa.Column("number", sa.String(length=60), nullable=True))
    op.add_column("answer", sa.Column("dated", sa.Date(), nullable=True))
    op.add_column("answer", sa.Column("signer", sa.String(length=120), nullable=True))
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("answer_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("for_citizen", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.create_foreign_key(op.f("fk_case_file_staff_id_staff"), "staff", ["staff_id"], ["id"])
        batch_op.create_foreign_key(op.f("fk_case_file_answer_id_answer"), "answer", ["answer_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("case_file") as batch_op:
        batch_op.drop_constraint(op.f("fk_case_file_answer_id_answer"), type_="foreignkey")
        batch_op.drop_constraint(op.f("fk_case_file_staff_id_staff"), type_="foreignkey")
        batch_op.drop_column("for_citizen")
        batch_op.drop_column("answer_id")
        batch_op.drop_column("staff_id")
    for column in ("signer", "dated", "number"):
        op.drop_column("answer", column)
    for table in ("answer_check", "case_link", "answer_template", "cover", "answer_draft"):
        op.drop_table(table)
