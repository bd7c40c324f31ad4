"""Print templates (打印模板): how a paper looks; a shop or a warehouse may have its own."""

from datetime import datetime
from typing import NewType
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from domain.kernel import Table, identifier, optional_reference, primary_key
from domain.printing import PrintKind

PrintTemplateId = NewType("PrintTemplateId", UUID)


class PrintTemplate(Table):
    """An own template of a kind of paper, for a shop, a warehouse, or all; without a source, that of the house."""

    __tablename__ = "print_templates"
    __table_args__ = (
        Index(
            "uq_print_templates_of",
            "kind",
            "channel_id",
            "warehouse_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[PrintTemplateId] = primary_key(default_factory=identifier)
    kind: Mapped[PrintKind]
    channel_id: Mapped[UUID | None] = optional_reference("channels.id", index=True, default=None)
    warehouse_id: Mapped[UUID | None] = optional_reference("warehouses.id", index=True, default=None)
    source: Mapped[str | None] = mapped_column(default=None)
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[str]
    changed_at: Mapped[datetime]
