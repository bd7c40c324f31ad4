"""A number in a sheet is one of its kind: transfers and stock documents may have the same."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = '0059'
down_revision: str | None = '0058'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ('STOCK_DOCUMENTS', 'STOCK_COUNTS', 'TRANSFERS', 'TRANSFER_ARRIVALS', 'ORDERS')


def upgrade() -> None:
    kind = sa.Enum(*KINDS, name='sheetkind', native_enum=False, length=40)
    op.add_column('imported_documents', sa.Column('kind', kind, nullable=False, server_default='STOCK_DOCUMENTS'))
    op.alter_column('imported_documents', 'kind', server_default=None)
    op.drop_constraint(op.f('pk_imported_documents'), 'imported_documents', type_='primary')
    op.create_primary_key(op.f('pk_imported_documents'), 'imported_documents', ['kind', 'sheet_number'])


def downgrade() -> None:
    op.execute("DELETE FROM imported_documents WHERE kind <> 'STOCK_DOCUMENTS'")
    op.drop_constraint(op.f('pk_imported_documents'), 'imported_documents', type_='primary')
    op.create_primary_key(op.f('pk_imported_documents'), 'imported_documents', ['sheet_number'])
    op.drop_column('imported_documents', 'kind')
