"""the words of cases in a table of their own, and small indexes for what waits."""

from __future__ import annotations

from datetime import UTC

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from feedback.search_models import Numbers, entry

revision = 'c64e1d8b70f5'
down_revision = '6d2b7f08e5c1'
branch_labels = None
depends_on = None

BATCH = 1_000
SAID = sa.table(
    'case',
    sa.column('id', sa.Integer),
    sa.column('text', sa.Text),
    sa.column('code', sa.String),
    sa.column('dossier', sa.String),
    sa.column('office_id', sa.Integer),
    sa.column('received_at', sa.DateTime(timezone=True)),
    sa.column('restricted', sa.Boolean),
)
KEPT = sa.table(
    'case_words',
    sa.column('case_id', sa.Integer),
    sa.column('received_at', sa.DateTime(timezone=True)),
    sa.column('words', Numbers),
)
WAITING = {
    'notice': ('ix_notice_waiting', ['id'], 'handled_at IS NULL', ['handled_at', 'id']),
    'reminder': ('ix_reminder_due', ['due_at'], 'done_at IS NULL', ['done_at', 'due_at']),
}


def _fill() -> None:
    """In batches, by the program's own rule for words: what it would write for the case today."""
    connection, c, last = op.get_bind(), SAID.c, 0
    said = sa.select(c.id, c.text, c.code, c.dossier, c.office_id, c.received_at).where(c.restricted.is_(sa.false()))
    while rows := connection.execute(said.where(c.id > last).order_by(c.id).limit(BATCH)).mappings().all():
        last = rows[-1]['id']
        connection.execute(
            sa.insert(KEPT), [_entry(row) for row in rows]
        )


def _entry(row: sa.RowMapping) -> dict[str, object]:
    """SQLite gives times without a zone: they are UTC."""
    said = {name: value for name, value in row.items() if name != 'id'}
    if said['received_at'].tzinfo is None:
        said['received_at'] = said['received_at'].replace(tzinfo=UTC)
    return entry(case_id=row['id'], **said)


def upgrade() -> None:
    on_postgresql = op.get_context().dialect.name == 'postgresql'
    op.create_table(
        'case_words',
        sa.Column('case_id', sa.Integer(), nullable=False),
        sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('words', sa.Text().with_variant(postgresql.ARRAY(sa.Integer()), 'postgresql'), nullable=False),
        sa.ForeignKeyConstraint(
            ['case_id'], ['case.id'], name=op.f('fk_case_words_case_id_case'), ondelete='CASCADE'
        ),
        sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_words')),
    )
    _fill()
    if on_postgresql:
        op.execute('DROP INDEX IF EXISTS ix_case_words')
        op.create_index(
            'ix_case_words_words',
            'case_words',
            ['words'],
            postgresql_using='gin',
            postgresql_with={'fastupdate': 'off'},
        )
    op.drop_column('case', 'words')
    op.drop_index('ix_case_office', 'case')
    op.create_index(
        'ix_case_office',
        'case',
        ['office_id', 'received_at', 'id'],
        postgresql_where=sa.text('restricted IS false'),
        postgresql_include=['stage'],
        sqlite_where=sa.text('restricted IS 0'),
    )
    for table, (name, columns, where, _before) in WAITING.items():
        op.drop_index(name, table)
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    left = sa.text("state <> 'done'")
    op.create_index('ix_inbox_left', 'inbox_message', ['state', 'id'], postgresql_where=left, sqlite_where=left)


def downgrade() -> None:
    """The old column of words comes back empty: the program before finds cases by their codes only."""
    on_postgresql = op.get_context().dialect.name == 'postgresql'
    op.drop_index('ix_inbox_left', 'inbox_message')
    for table, (name, _columns, _where, before) in WAITING.items():
        op.drop_index(name, table)
        op.create_index(name, table, before)
    op.drop_table('case_words')
    words = sa.Text().with_variant(postgresql.ARRAY(sa.Text()), 'postgresql')
    op.add_column('case', sa.Column('words', words, nullable=False, server_default='{}' if on_postgresql else ''))
