"""stage and words of a case, and an index for each list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '5b1f0c7d2e94'
down_revision = 'd0a0c35b9b1c'
branch_labels = None
depends_on = None

ANSWERED = ('da_tra_loi', 'da_cong_khai', 'da_danh_gia', 'da_dong')
ENDED = ('tu_choi', 'da_huong_dan', 'da_rut', 'da_gop')

CASE = sa.table(
    'case',
    sa.column('state', sa.String),
    sa.column('stage', sa.String),
)


def _words_type() -> sa.types.TypeEngine:
    return sa.Text().with_variant(postgresql.ARRAY(sa.Text()), 'postgresql')


def _fill() -> None:
    """The stage of each case; the words found a better place before anybody had them (next migration)."""
    connection = op.get_bind()
    stage = sa.case((CASE.c.state.in_(ANSWERED), 'answered'), (CASE.c.state.in_(ENDED), 'ended'), else_='open')
    connection.execute(sa.update(CASE).values(stage=stage))


def upgrade() -> None:
    on_postgresql = op.get_context().dialect.name == 'postgresql'
    with op.batch_alter_table('case', schema=None) as batch_op:
        batch_op.drop_index('ix_case_queue')
        batch_op.drop_index('ix_case_received')
        batch_op.drop_index(batch_op.f('ix_case_province_code'))
        batch_op.drop_column('folded')
        batch_op.add_column(sa.Column('stage', sa.String(length=8), nullable=False, server_default='open'))
        batch_op.add_column(sa.Column('words', _words_type(), nullable=False, server_default='{}' if on_postgresql else ''))
    _fill()
    with op.batch_alter_table('case', schema=None) as batch_op:
        batch_op.alter_column('stage', server_default=None)
        batch_op.alter_column('words', server_default=None)

    lists = {'open': "stage = 'open' AND restricted IS false", 'answered': "stage = 'answered' AND restricted IS false"}
    _index('ix_case_open', 'office_id', sa.text('urgent DESC'), 'due_at', 'id', where=lists['open'])
    _index('ix_case_open_all', sa.text('urgent DESC'), 'due_at', 'id', where=lists['open'])
    _index('ix_case_office', 'office_id', 'received_at', 'id', where='restricted IS false')
    _index('ix_case_received', 'received_at', 'id')
    _index('ix_case_restricted', 'office_id', 'received_at', 'id', where='restricted IS true')
    if on_postgresql:
        newest = (sa.text('answered_at DESC NULLS LAST'), sa.text('id DESC'))
        _index('ix_case_answered', 'office_id', *newest, where=lists['answered'])
        _index('ix_case_answered_all', *newest, where=lists['answered'])
        # The visibility map, by which counts need no row, is kept fresh.
        op.execute(
            'ALTER TABLE "case" SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02)'
        )


def _index(name: str, *columns: object, where: str | None = None) -> None:
    """SQLite writes its truth values as numbers."""
    small = where and where.replace('IS false', 'IS 0').replace('IS true', 'IS 1')
    op.create_index(
        name,
        'case',
        list(columns),
        postgresql_where=where and sa.text(where),
        sqlite_where=small and sa.text(small),
    )


def downgrade() -> None:
    names = ['open', 'open_all', 'office', 'received', 'restricted']
    if op.get_context().dialect.name == 'postgresql':
        names += ['answered', 'answered_all']
        op.execute('ALTER TABLE "case" RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_insert_scale_factor)')
    with op.batch_alter_table('case', schema=None) as batch_op:
        for name in names:
            batch_op.drop_index(f'ix_case_{name}')
        batch_op.drop_column('words')
        batch_op.drop_column('stage')
        batch_op.add_column(sa.Column('folded', sa.Text(), nullable=False, server_default=''))
        batch_op.create_index(batch_op.f('ix_case_province_code'), ['province_code'], unique=False)
        batch_op.create_index('ix_case_received', ['received_at'], unique=False)
        batch_op.create_index('ix_case_queue', ['office_id', 'restricted', 'state', 'due_at'], unique=False)
