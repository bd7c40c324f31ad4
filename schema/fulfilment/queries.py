"""What can be asked about shipping (发货查询)."""

from typing import Any

import strawberry

from domain import fulfilment, shipping
from schema.base import Info, query
from schema.fulfilment.package_inputs import ManifestFilter, PackageFilter
from schema.fulfilment.packages import Manifest, Package
from schema.fulfilment.stage_inputs import PutBackFilter, ReleaseFilter, WaveFilter
from schema.fulfilment.stages import VIEW, PutBack, Release, Wave
from schema.inventory.queries import keys_in
from schema.paging import Connection, page_request
from schema.shipping.types import Carrier


@strawberry.type
class FulfilmentQuery:
    """Root fields."""

    @query(list[Carrier], "The carriers a parcel can be handed to, the first choice first.", needs="fulfilment.view")
    async def carriers(self, info: Info) -> Any:
        return await shipping.carriers(info.context.read)

    @query(Connection[Release], "The orders in the hands of warehouses, the first released first.", needs=VIEW)
    async def releases(
        self,
        info: Info,
        where: ReleaseFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or ReleaseFilter()
        wanted = fulfilment.ReleaseFilter(
            stages=given.stages,
            warehouses=keys_in(given.warehouse, "Warehouse"),
            order_ids=keys_in(given.order, "Order"),
            carrier_codes=given.carrier_codes,
            single=given.single,
        )
        return await fulfilment.releases_page(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[Wave], "The waves, the last made first.", needs=VIEW)
    async def waves(
        self,
        info: Info,
        where: WaveFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or WaveFilter()
        wanted = fulfilment.WaveFilter(
            statuses=given.statuses,
            warehouses=keys_in(given.warehouse, "Warehouse"),
            pickers=keys_in(given.picker, "Staff"),
        )
        return await fulfilment.waves_page(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[PutBack], "Picked goods to be put back on a shelf, the first asked for first.", needs=VIEW)
    async def put_backs(
        self,
        info: Info,
        where: PutBackFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or PutBackFilter()
        return await fulfilment.put_backs_page(
            info.context.read,
            keys_in(given.warehouse, "Warehouse"),
            page_request(first, after, last, before),
            done=given.done,
        )

    @query(Connection[Package], "The packages, the last begun first.", needs=VIEW)
    async def packages(
        self,
        info: Info,
        where: PackageFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or PackageFilter()
        wanted = fulfilment.PackageFilter(
            statuses=given.statuses,
            warehouses=keys_in(given.warehouse, "Warehouse"),
            order_ids=keys_in(given.order, "Order"),
            carrier_codes=given.carrier_codes,
            waybills=given.waybills,
        )
        return await fulfilment.packages_page(info.context.read, wanted, page_request(first, after, last, before))

    @query(Connection[Manifest], "What couriers take along, the last begun first.", needs=VIEW)
    async def manifests(
        self,
        info: Info,
        where: ManifestFilter | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Any:
        given = where or ManifestFilter()
        return await fulfilment.manifests_page(
            info.context.read,
            keys_in(given.warehouse, "Warehouse"),
            page_request(first, after, last, before),
            closed=given.closed,
        )
