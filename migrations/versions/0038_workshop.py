"""The workshop: where parts go and what is made of them comes from."""

from collections.abc import Sequence

from alembic import op


revision: str = '0038'
down_revision: str | None = '0037'
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


WORKSHOP = """
    INSERT INTO warehouses (id, code, name, kind, sellable, valued, areas, active, created_at) VALUES
        ('00000000-0000-7000-8000-000000000005', 'WORKSHOP', '加工', 'WORKSHOP', false, true, '{}', true, now())
"""


def upgrade() -> None:
    op.execute(WORKSHOP)


def downgrade() -> None:
    op.execute("DELETE FROM warehouses WHERE id = '00000000-0000-7000-8000-000000000005'")
