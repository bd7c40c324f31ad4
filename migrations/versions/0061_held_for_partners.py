"""Goods are held for what a partner was asked to let out."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0061'
down_revision: str | None = '0060'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    held = sa.Column('held', sa.Numeric(precision=20, scale=4), nullable=False, server_default='0')
    op.add_column('exchange_paper_lines', held)
    op.alter_column('exchange_paper_lines', 'held', server_default=None)
    op.create_check_constraint(
        op.f('ck_exchange_paper_lines_held_of_it'), 'exchange_paper_lines', 'held BETWEEN 0 AND planned'
    )


def downgrade() -> None:
    op.drop_constraint(op.f('ck_exchange_paper_lines_held_of_it'), 'exchange_paper_lines')
    op.drop_column('exchange_paper_lines', 'held')
