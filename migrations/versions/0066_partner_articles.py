"""Partners know articles, wait with papers, and take goods back from buyers."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0066'
down_revision: str | None = '0065'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('partner_articles',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('partner_id', sa.Uuid(), nullable=False),
    sa.Column('warehouse_id', sa.Uuid(), nullable=False),
    sa.Column('variant_id', sa.Uuid(), nullable=False),
    sa.Column('item_code', sa.Text(), nullable=False),
    sa.Column('their_number', sa.Text(), nullable=True),
    sa.Column('told_hash', sa.Text(), nullable=True),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['partner_id'], ['partner_warehouses.id'], name=op.f('fk_partner_articles_partner_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouses.id'], name=op.f('fk_partner_articles_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partner_articles')),
    sa.UniqueConstraint('partner_id', 'variant_id', name=op.f('uq_partner_articles_partner_id_variant_id'))
    )
    op.create_index('ix_partner_articles_item', 'partner_articles', ['partner_id', 'item_code', 'id'], unique=False)
    op.create_index('ix_partner_articles_variant', 'partner_articles', ['variant_id'], unique=False)
    op.create_index(op.f('ix_partner_articles_warehouse_id'), 'partner_articles', ['warehouse_id'], unique=False)
    op.add_column('exchange_papers', sa.Column('reason', sa.Text(), nullable=True))
    op.add_column('exchange_papers', sa.Column('carrier_code', sa.Text(), nullable=True))
    op.add_column('exchange_papers', sa.Column('waybill', sa.Text(), nullable=True))
    op.add_column('exchange_papers', sa.Column('receiver_hash', sa.Text(), nullable=True))
    wanted = sa.Column('pause_wanted', sa.Boolean(), nullable=False, server_default=sa.text('false'))
    op.add_column('exchange_papers', wanted)
    op.alter_column('exchange_papers', 'pause_wanted', server_default=None)
    op.add_column('exchange_papers', sa.Column('paused_at', sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column('exchange_papers', 'paused_at')
    op.drop_column('exchange_papers', 'pause_wanted')
    op.drop_column('exchange_papers', 'receiver_hash')
    op.drop_column('exchange_papers', 'waybill')
    op.drop_column('exchange_papers', 'carrier_code')
    op.drop_column('exchange_papers', 'reason')
    op.drop_index(op.f('ix_partner_articles_warehouse_id'), table_name='partner_articles')
    op.drop_index('ix_partner_articles_variant', table_name='partner_articles')
    op.drop_index('ix_partner_articles_item', table_name='partner_articles')
    op.drop_table('partner_articles')
