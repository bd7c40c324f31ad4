"""Partners, among them those who were opened or connected before; stock documents may name one."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0068'
down_revision: str | None = '0067'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KNOWN = (
    """INSERT INTO partners (id, kind, code, name, active, channel_id, version, created_at)
        SELECT id, 'DISTRIBUTOR', code, name, active, channel_id, 1, created_at FROM distributors""",
    """INSERT INTO partners (id, kind, code, name, active, version, created_at)
        SELECT id, 'ERP', code, name, true, 1, opened_at FROM partner_erps""",
    """INSERT INTO partners (id, kind, code, name, active, warehouse_id, version, created_at)
        SELECT id, 'WMS', code, name, true, warehouse_id, 1, opened_at FROM partner_warehouses""",
)


def upgrade() -> None:
    op.create_table('partners',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Enum('SUPPLIER', 'CUSTOMER', 'DISTRIBUTOR', 'ERP', 'WMS', name='partnerkind', native_enum=False, length=40), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('contact', sa.Text(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=True),
    sa.Column('warehouse_id', sa.Uuid(), nullable=True),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['channel_id'], ['channels.id'], name=op.f('fk_partners_channel_id')),
    sa.ForeignKeyConstraint(['warehouse_id'], ['warehouses.id'], name=op.f('fk_partners_warehouse_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners')),
    sa.UniqueConstraint('kind', 'code', name=op.f('uq_partners_kind_code'))
    )
    op.create_index('ix_partners_name', 'partners', ['name', 'id'], unique=False)
    for statement in KNOWN:
        op.execute(statement)
    op.add_column('stock_documents', sa.Column('partner_id', sa.Uuid(), nullable=True))
    op.create_index('ix_stock_documents_partner', 'stock_documents', ['partner_id', 'drafted_at', 'id'], unique=False, postgresql_where=sa.text('partner_id IS NOT NULL'))
    op.create_foreign_key(op.f('fk_stock_documents_partner_id'), 'stock_documents', 'partners', ['partner_id'], ['id'])


def downgrade() -> None:
    op.drop_constraint(op.f('fk_stock_documents_partner_id'), 'stock_documents', type_='foreignkey')
    op.drop_index('ix_stock_documents_partner', table_name='stock_documents', postgresql_where=sa.text('partner_id IS NOT NULL'))
    op.drop_column('stock_documents', 'partner_id')
    op.drop_index('ix_partners_name', table_name='partners')
    op.drop_table('partners')
