"""How orders of channels are merged and split."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0034'
down_revision: str | None = '0033'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('combining_rules',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('merge_mode', sa.Enum('OFF', 'SAME_SHOP', 'SAME_GROUP', name='mergemode', native_enum=False, length=40), nullable=False),
    sa.Column('shop_group', sa.Text(), nullable=True),
    sa.Column('merges_by_itself', sa.Boolean(), nullable=False),
    sa.Column('merges_despite_refunds', sa.Boolean(), nullable=False),
    sa.Column('large_from_grams', sa.BigInteger(), nullable=True),
    sa.Column('preorder_words', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('ship_now', sa.Enum('IN_STOCK_AND_NO_WORD', 'IN_STOCK', 'NO_WORD', 'IN_STOCK_OR_NO_WORD', name='shipnow', native_enum=False, length=40), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_combining_rules')),
    sa.UniqueConstraint('channel_id', name=op.f('uq_combining_rules_channel_id'))
    )


def downgrade() -> None:
    op.drop_table('combining_rules')
