"""index results."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '7d40c1a9e3b5'
down_revision = '8f98c7ae8658'
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')


def upgrade() -> None:
    op.create_table('index_result',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('index', sa.String(length=12), nullable=False),
    sa.Column('method', sa.String(length=40), nullable=False),
    sa.Column('rule', sa.String(length=80), nullable=False),
    sa.Column('rule_sha256', sa.String(length=64), nullable=False),
    sa.Column('rule_text', sa.Text(), nullable=False),
    sa.Column('request', JSON, nullable=False),
    sa.Column('inputs', JSON, nullable=False),
    sa.Column('inputs_sha256', sa.String(length=64), nullable=False),
    sa.Column('document', JSON, nullable=False),
    sa.Column('program', sa.String(length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_index_result'))
    )


def downgrade() -> None:
    op.drop_table('index_result')
