"""More may be taken than is there, by a right with a reason: how much, and why."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0048'
down_revision: str | None = '0047'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


CHECKS = (
    ('stock_items', 'not_negative', 'on_hand >= 0', 'on_hand + overdrawn >= 0 AND overdrawn >= 0'),
    ('stock_items', 'blocked', 'blocked >= 0 AND blocked <= on_hand', 'blocked >= 0 AND blocked <= on_hand + overdrawn'),
    ('stock_items', 'not_oversold', 'unpaid + to_review + to_ship + held <= on_hand',
     'unpaid + to_review + to_ship + held <= greatest(on_hand, 0)'),
    ('stock_balances', 'not_negative', 'on_hand >= 0', 'on_hand >= 0 OR lot_id IS NULL AND bin_id IS NULL'),
    ('stock_costs', 'nothing_is_worth_nothing', 'quantity >= 0 AND (quantity <> 0 OR value = 0)',
     '(quantity <> 0 OR value = 0) AND (quantity >= 0 OR value <= 0)'),
)


def upgrade() -> None:
    op.add_column('stock_documents', sa.Column('override_reason', sa.Text(), nullable=True))
    op.add_column('stock_items', sa.Column('overdrawn', sa.Numeric(precision=20, scale=4), server_default='0', nullable=False))
    op.add_column('stock_ledger', sa.Column('override_reason', sa.Text(), nullable=True))
    op.create_index('ix_stock_ledger_overdrawn', 'stock_ledger', ['variant_id', 'warehouse_id'], unique=False, postgresql_where=sa.text('override_reason IS NOT NULL'))

    for table, name, _, now in CHECKS:
        op.drop_constraint(op.f(f'ck_{table}_{name}'), table, type_='check')
        op.create_check_constraint(op.f(f'ck_{table}_{name}'), table, now)


def downgrade() -> None:
    for table, name, before, _ in CHECKS:
        op.drop_constraint(op.f(f'ck_{table}_{name}'), table, type_='check')
        op.create_check_constraint(op.f(f'ck_{table}_{name}'), table, before)
    op.drop_index('ix_stock_ledger_overdrawn', table_name='stock_ledger', postgresql_where=sa.text('override_reason IS NOT NULL'))
    op.drop_column('stock_ledger', 'override_reason')
    op.drop_column('stock_items', 'overdrawn')
    op.drop_column('stock_documents', 'override_reason')
