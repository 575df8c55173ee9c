"""official index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '3b9d5e17c0a8'
down_revision = '475587a921d6'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('official_index',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('index', sa.String(length=12), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('unit', sa.String(length=5), nullable=False),
    sa.Column('value', sa.Double(), nullable=False),
    sa.Column('source', sa.String(length=300), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_official_index')),
    sa.UniqueConstraint('index', 'year', 'unit', name=op.f('uq_official_index_index_year_unit'))
    )


def downgrade() -> None:
    op.drop_table('official_index')
