"""By what orders of a channel are split unasked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0055'
down_revision: str | None = '0054'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    words = sa.Column('splits_by_itself', postgresql.ARRAY(sa.Text()), nullable=False, server_default='{}')
    op.add_column('combining_rules', words)
    op.alter_column('combining_rules', 'splits_by_itself', server_default=None)


def downgrade() -> None:
    op.drop_column('combining_rules', 'splits_by_itself')
