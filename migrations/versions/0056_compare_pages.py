"""Comparisons with partners go page by page, and know who keeps a book of what is under way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0056'
down_revision: str | None = '0055'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('compare_runs', sa.Column('reached', sa.Text(), nullable=False, server_default=''))
    op.alter_column('compare_runs', 'reached', server_default=None)
    told = sa.Column('tells_under_way', sa.Boolean(), nullable=False, server_default=sa.text('false'))
    op.add_column('partner_warehouses', told)
    op.alter_column('partner_warehouses', 'tells_under_way', server_default=None)


def downgrade() -> None:
    op.drop_column('partner_warehouses', 'tells_under_way')
    op.drop_column('compare_runs', 'reached')
