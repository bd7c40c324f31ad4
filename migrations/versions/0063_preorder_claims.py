"""How much of a stock item may be promised before it is there."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0063'
down_revision: str | None = '0062'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('stock_items', sa.Column('preorder_limit', sa.Numeric(precision=20, scale=4), nullable=True))
    op.add_column('stock_items', sa.Column('expected_on', sa.Date(), nullable=True))
    op.create_check_constraint(op.f('ck_stock_items_preorders'), 'stock_items', 'preorder <= preorder_limit')


def downgrade() -> None:
    op.drop_constraint(op.f('ck_stock_items_preorders'), 'stock_items', type_='check')
    op.drop_column('stock_items', 'expected_on')
    op.drop_column('stock_items', 'preorder_limit')
