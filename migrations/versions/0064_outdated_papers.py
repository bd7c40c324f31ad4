"""What of an order is on paper, and whether it changed since."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0064'
down_revision: str | None = '0063'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    stops = sa.Column('stops_outdated_papers', sa.Boolean(), server_default='false', nullable=False)
    op.add_column('order_policies', stops)
    op.add_column('orders', sa.Column('content_version', sa.BigInteger(), server_default='1', nullable=False))
    op.add_column('prints', sa.Column('subject_version', sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column('prints', 'subject_version')
    op.drop_column('orders', 'content_version')
    op.drop_column('order_policies', 'stops_outdated_papers')
