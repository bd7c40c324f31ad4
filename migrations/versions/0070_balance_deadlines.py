"""Until when the balance of a deposit order is to be paid, and how long before it is reminded of."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0070'
down_revision: str | None = '0069'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('desk_rules', sa.Column('balance_minutes', sa.BigInteger(), nullable=True))
    op.add_column('orders', sa.Column('balance_due_at', sa.DateTime(timezone=True), nullable=True))
    awaited = sa.text("status = 'AWAITING_PAYMENT' AND balance_due_at IS NOT NULL")
    op.create_index('ix_orders_balance_due', 'orders', ['balance_due_at', 'id'], unique=False, postgresql_where=awaited)


def downgrade() -> None:
    op.drop_index('ix_orders_balance_due', table_name='orders')
    op.drop_column('orders', 'balance_due_at')
    op.drop_column('desk_rules', 'balance_minutes')
