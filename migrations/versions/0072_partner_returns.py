"""Whether buyers send goods back to a partner's warehouse."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0072'
down_revision: str | None = '0071'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    taken = sa.Column('takes_returns', sa.Boolean(), nullable=False, server_default=sa.text('false'))
    op.add_column('partner_warehouses', taken)
    op.alter_column('partner_warehouses', 'takes_returns', server_default=None)


def downgrade() -> None:
    op.drop_column('partner_warehouses', 'takes_returns')
