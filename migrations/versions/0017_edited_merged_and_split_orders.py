"""Orders that were changed, merged and split here."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0017'
down_revision: str | None = '0016'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('order_lines', sa.Column('origin_order_id', sa.Uuid(), nullable=True))
    op.add_column('order_lines', sa.Column('split_from_line_id', sa.Uuid(), nullable=True))
    op.drop_constraint(op.f('uq_order_lines_order_id_external_number'), 'order_lines', type_='unique')
    op.create_index('ix_order_lines_origin', 'order_lines', ['origin_order_id'], unique=False, postgresql_where=sa.text('origin_order_id IS NOT NULL'))
    op.create_index('uq_order_lines_external_number', 'order_lines', ['order_id', sa.literal_column('coalesce(origin_order_id, order_id)'), 'external_number'], unique=True)
    op.add_column('orders', sa.Column('kept', postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False))
    op.add_column('orders', sa.Column('sent_back_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('orders', sa.Column('merged_into_id', sa.Uuid(), nullable=True))
    op.add_column('orders', sa.Column('split_from_id', sa.Uuid(), nullable=True))
    op.create_index('ix_orders_merged_into', 'orders', ['merged_into_id'], unique=False, postgresql_where=sa.text('merged_into_id IS NOT NULL'))
    op.create_index('ix_orders_split_from', 'orders', ['split_from_id'], unique=False, postgresql_where=sa.text('split_from_id IS NOT NULL'))
    op.create_foreign_key(op.f('fk_orders_merged_into_id'), 'orders', 'orders', ['merged_into_id'], ['id'])
    op.create_foreign_key(op.f('fk_orders_split_from_id'), 'orders', 'orders', ['split_from_id'], ['id'])


def downgrade() -> None:
    op.drop_constraint(op.f('fk_orders_split_from_id'), 'orders', type_='foreignkey')
    op.drop_constraint(op.f('fk_orders_merged_into_id'), 'orders', type_='foreignkey')
    op.drop_index('ix_orders_split_from', table_name='orders', postgresql_where=sa.text('split_from_id IS NOT NULL'))
    op.drop_index('ix_orders_merged_into', table_name='orders', postgresql_where=sa.text('merged_into_id IS NOT NULL'))
    op.drop_column('orders', 'split_from_id')
    op.drop_column('orders', 'merged_into_id')
    op.drop_column('orders', 'sent_back_at')
    op.drop_column('orders', 'kept')
    op.drop_index('uq_order_lines_external_number', table_name='order_lines')
    op.drop_index('ix_order_lines_origin', table_name='order_lines', postgresql_where=sa.text('origin_order_id IS NOT NULL'))
    op.create_unique_constraint(op.f('uq_order_lines_order_id_external_number'), 'order_lines', ['order_id', 'external_number'], postgresql_nulls_not_distinct=False)
    op.drop_column('order_lines', 'split_from_line_id')
    op.drop_column('order_lines', 'origin_order_id')
