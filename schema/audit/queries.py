"""The audit log (审计日志): who did what to which document."""

from datetime import datetime
from typing import Any

import strawberry

from domain import kernel
from schema.base import Info, Node, entity, query
from schema.filters import PeriodFilter, TextFilter, of_period, of_text
from schema.paging import Connection, page_request
from schema.scalars import global_id, split_id


@entity(
    reader=kernel.audit_entries_by_id,
    needs="kernel.view_audit_log",
    description="One action that was done: who, when, to what, with which input and which changes.",
)
class AuditEntry(Node):
    """Never edited; sealed into a hash chain."""

    at: datetime = strawberry.field(description="When, in UTC.")
    actor_kind: str = strawberry.field(description="STAFF, CLIENT or SYSTEM.")
    actor_name: str = strawberry.field(description="Who did it.")
    action: str = strawberry.field(description="The permission of the action, such as orders.review_order.")
    request_id: str = strawberry.field(description="The request in which it was done.")

    @strawberry.field(description="The document it was done to, as an id for `node`.")
    def subject_id(root: strawberry.Parent[Any]) -> strawberry.ID | None:  # noqa: N805
        return strawberry.ID(global_id(root.subject_type, root.subject_id)) if root.subject_id else None

    @strawberry.field(description="The input, with secrets replaced by ***.")
    def input(root: strawberry.Parent[Any]) -> strawberry.scalars.JSON:  # noqa: N805
        return strawberry.scalars.JSON(root.input)

    @strawberry.field(description="The changed fields with their values before and after.")
    def changes(root: strawberry.Parent[Any]) -> strawberry.scalars.JSON:  # noqa: N805
        return strawberry.scalars.JSON(root.changes)


@strawberry.input(description="Which entries of the audit log.")
class AuditFilter:
    """Combined by AND."""

    action: TextFilter | None = strawberry.field(default=None, description="The action.")
    subject_id: strawberry.ID | None = strawberry.field(default=None, description="The document.")
    at: PeriodFilter | None = strawberry.field(default=None, description="When.")


@strawberry.type
class AuditQuery:
    """Root fields."""

    @query(Connection[AuditEntry], "The audit log, newest first.", needs="kernel.view_audit_log")
    async def audit_log(
        self,
        info: Info,
        where: AuditFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given, columns = where or AuditFilter(), kernel.AuditEntry
        conditions = [*of_text(columns.action, given.action, "action"), *of_period(columns.at, given.at)]
        if given.subject_id is not None:
            kind, key = split_id(given.subject_id) or ("", "")
            conditions += [columns.subject_type == kind, columns.subject_id == key]
        return await kernel.audit_log(info.context.read, conditions, page_request(first, after, last, before))
