"""What goes back to a supplier names the line of the receipt it came with."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op


revision: str = '0044'
down_revision: str | None = '0043'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column('stock_document_lines', sa.Column('receipt_id', sa.Uuid(), nullable=True))
    op.add_column('stock_document_lines', sa.Column('receipt_position', sa.BigInteger(), nullable=True))
    op.create_index('ix_stock_document_lines_receipt', 'stock_document_lines', ['receipt_id', 'receipt_position'], unique=False, postgresql_where=sa.text('receipt_id IS NOT NULL'))
    op.create_foreign_key(op.f('fk_stock_document_lines_receipt_id'), 'stock_document_lines', 'stock_documents', ['receipt_id'], ['id'])
    op.create_check_constraint('names_a_line_of_a_receipt', 'stock_document_lines', '(receipt_id IS NULL) = (receipt_position IS NULL)')


def downgrade() -> None:
    op.drop_constraint(op.f('ck_stock_document_lines_names_a_line_of_a_receipt'), 'stock_document_lines', type_='check')
    op.drop_constraint(op.f('fk_stock_document_lines_receipt_id'), 'stock_document_lines', type_='foreignkey')
    op.drop_index('ix_stock_document_lines_receipt', table_name='stock_document_lines', postgresql_where=sa.text('receipt_id IS NOT NULL'))
    op.drop_column('stock_document_lines', 'receipt_position')
    op.drop_column('stock_document_lines', 'receipt_id')
