"""Papers that are out of date (打印后改单): an order changed after they were printed, and nobody printed them again.

They show it wherever they are listed. Where the policy of its channel says so, nothing of such an order is packed or
shipped before what goes into the parcel, or on it, is printed again.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select

from domain import orders, printing
from domain.fulfilment.packages import Package, PackageStatus
from domain.jobs import Job
from domain.kernel import Read, Refusal, Work
from domain.orders import Order
from domain.printing import Print, PrintKind

IN_THE_PARCEL = (PrintKind.PACKING_SLIP, PrintKind.INVOICE_LIST)
OF_AN_ORDER = (PrintKind.ORDER, *IN_THE_PARCEL)
ON_THE_WAY = (PackageStatus.OPEN, PackageStatus.SEALED)


class PapersOutdated(Refusal):
    """Order {number} was changed after these were printed: {papers}. Print them again first."""

    number: str
    papers: str
    chinese = "订单 {number} 打印后已修改，请先重新打印：{papers}"


async def refuse_outdated(work: Work, found: Sequence[Order]) -> None:
    """Refuse to pack or ship orders whose papers are out of date, where their channel says so. They are locked."""
    changed = {each.id: each for each in found if each.content_version > 1}
    if not changed:
        return
    policies = await orders.policies_for(work, [each.channel_id for each in changed.values()])
    stopped = [key for key, each in changed.items() if policies[each.channel_id].stops_outdated_papers]
    rows = await work.rows(_outdated(stopped)) if stopped else []
    papers = [row for row in rows if row.kind is not PrintKind.ORDER]
    if papers:
        order_id = papers[0].order_id
        named = sorted({row.kind.value for row in papers if row.order_id == order_id})
        raise PapersOutdated(number=changed[order_id].number, papers=", ".join(named))


async def outdated_papers_of(read: Read, order_ids: Sequence[UUID]) -> Mapping[UUID, list[PrintKind]]:
    """Say of orders that the caller has seen which of their papers are out of date."""
    found: dict[UUID, list[PrintKind]] = {each: [] for each in order_ids}
    for row in await read.rows(_outdated(order_ids)):
        found[row.order_id].append(row.kind)
    return found


def _outdated(order_ids: Sequence[UUID]) -> Select[Any]:
    """Find which papers of orders, and labels of packages that are still here, have a last copy that is too old."""
    own = and_(Print.subject_id == Order.id, Print.kind.in_(OF_AN_ORDER))
    label = and_(
        Print.kind == PrintKind.WAYBILL_LABEL,
        Print.subject_id.in_(
            select(Package.id).where(Package.order_id == Order.id, Package.status.in_(ON_THE_WAY)).correlate(Order)
        ),
    )
    last = func.max(printing.VERSION)
    statement: Select[Any] = select(Order.id.label("order_id")).add_columns(Print.kind)
    return (
        statement.join(Print, or_(own, label))
        .join(Job, Job.id == Print.job_id)
        .where(Order.id.in_(order_ids), Order.content_version > 1, Job.state.not_in(printing.CAME_TO_NOTHING))
        .group_by(Order.id, Print.kind, Print.subject_id)
        .having(last < Order.content_version)
        .order_by(Order.id, Print.kind)
        .distinct()
    )


async def outdated_prints(read: Read, print_ids: Sequence[UUID]) -> Mapping[UUID, bool]:
    """Say of copies that the caller has seen whether their order changed after they were printed."""
    package = select(Package.order_id).where(Package.id == Print.subject_id).scalar_subquery()
    statement = (
        select(Print.id)
        .join(Order, Order.id == func.coalesce(package, Print.subject_id))
        .where(Print.id.in_(print_ids), Order.content_version > printing.VERSION)
    )
    old = {row.id for row in await read.rows(statement)}
    return {each: each in old for each in print_ids}
