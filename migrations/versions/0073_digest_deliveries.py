"""Where digests are sent, and what became of each."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = '0073'
down_revision: str | None = '0072'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table('digest_addresses',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=True),
    sa.Column('channel_ids', postgresql.ARRAY(sa.Uuid()), nullable=True),
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('sealed_credentials', sa.Text(), nullable=False),
    sa.Column('version', sa.BigInteger(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('staff_id IS NULL OR channel_ids IS NULL', name=op.f('ck_digest_addresses_person_or_team')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_digest_addresses_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digest_addresses'))
    )
    op.create_index('uq_digest_addresses_name', 'digest_addresses', ['name'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_index('uq_digest_addresses_staff', 'digest_addresses', ['staff_id'], unique=True, postgresql_where=sa.text('removed_at IS NULL'))
    op.create_table('digest_deliveries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('digest_id', sa.Uuid(), nullable=False),
    sa.Column('channel_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('staff_id', sa.Uuid(), nullable=True),
    sa.Column('address_id', sa.Uuid(), nullable=True),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('state', sa.Enum('SHOWN', 'OWED', 'SENT', 'FAILED', name='deliverystate', native_enum=False, length=40), nullable=False),
    sa.Column('sequence', sa.BigInteger(), nullable=False),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('owed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('receipt', sa.Text(), nullable=True),
    sa.Column('problem', sa.Text(), nullable=True),
    sa.CheckConstraint("(state = 'SENT') = (sent_at IS NOT NULL)", name=op.f('ck_digest_deliveries_sent')),
    sa.CheckConstraint("state NOT IN ('OWED', 'SENT') OR address_id IS NOT NULL", name=op.f('ck_digest_deliveries_addressed')),
    sa.CheckConstraint('staff_id IS NOT NULL OR address_id IS NOT NULL', name=op.f('ck_digest_deliveries_somebody')),
    sa.ForeignKeyConstraint(['address_id'], ['digest_addresses.id'], name=op.f('fk_digest_deliveries_address_id')),
    sa.ForeignKeyConstraint(['channel_id'], ['channels.id'], name=op.f('fk_digest_deliveries_channel_id')),
    sa.ForeignKeyConstraint(['digest_id'], ['desk_digests.id'], name=op.f('fk_digest_deliveries_digest_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_digest_deliveries_staff_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digest_deliveries'))
    )
    op.create_index(op.f('ix_digest_deliveries_address_id'), 'digest_deliveries', ['address_id'], unique=False)
    op.create_index('uq_digest_deliveries_person', 'digest_deliveries', ['digest_id', 'staff_id'], unique=True)
    op.create_index('uq_digest_deliveries_team', 'digest_deliveries', ['digest_id', 'address_id'], unique=True, postgresql_where=sa.text('staff_id IS NULL'))


def downgrade() -> None:
    op.drop_index('uq_digest_deliveries_team', table_name='digest_deliveries', postgresql_where=sa.text('staff_id IS NULL'))
    op.drop_index('uq_digest_deliveries_person', table_name='digest_deliveries')
    op.drop_index(op.f('ix_digest_deliveries_address_id'), table_name='digest_deliveries')
    op.drop_table('digest_deliveries')
    op.drop_index('uq_digest_addresses_staff', table_name='digest_addresses', postgresql_where=sa.text('removed_at IS NULL'))
    op.drop_index('uq_digest_addresses_name', table_name='digest_addresses', postgresql_where=sa.text('removed_at IS NULL'))
    op.drop_table('digest_addresses')
