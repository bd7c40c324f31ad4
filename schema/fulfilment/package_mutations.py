"""The mutations of packing, weighing and handover (打包、称重、交接)."""

import functools
from typing import Any

import strawberry

from domain import fulfilment
from schema.fulfilment import package_inputs as inputs
from schema.fulfilment.packages import Manifest, Package
from schema.fulfilment.stages import Release
from schema.inventory.types import Warehouse
from schema.mutating import Call, OnRefusal, bulk_mutation, mutation


def asked(call: Call, given: inputs.RequestWaybillInput) -> dict[str, Any]:
    """Read which package asks for a number as the action wants it."""
    return {"package_id": call.key("Package", given.package_id), "carrier_code": given.carrier_code}


@strawberry.type
class PackagesMutation:
    """Mutations."""

    @mutation(Package)
    async def scan_goods(self, call: Call, input: inputs.ScanGoodsInput) -> Any:  # noqa: A002
        scans = [fulfilment.Scan(barcode=each.barcode, quantity=each.quantity) for each in input.scans]
        return await call.perform(fulfilment.scan_goods, call.key("Order", input.order_id), scans)

    @mutation(Package)
    async def seal_package(self, call: Call, input: inputs.SealPackageInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.seal_package, call.key("Package", input.package_id))

    @mutation(Package)
    async def pack_single(self, call: Call, input: inputs.PackSingleInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.pack_single, call.key("Wave", input.wave_id), input.barcode)

    @mutation(Release)
    async def cancel_packing(self, call: Call, input: inputs.CancelPackingInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.cancel_packing, call.key("Order", input.order_id), input.reason)

    @mutation(Package)
    async def label_package(self, call: Call, input: inputs.LabelPackageInput) -> Any:  # noqa: A002
        package_id = call.key("Package", input.package_id)
        return await call.perform(fulfilment.label_package, package_id, input.carrier_code, input.waybill)

    @mutation(Package)
    async def request_waybill(self, call: Call, input: inputs.RequestWaybillInput) -> Any:  # noqa: A002
        package_id = call.key("Package", input.package_id)
        return await call.perform(fulfilment.request_waybill, package_id, input.carrier_code)

    @bulk_mutation(Package)
    async def request_waybills(
        self, call: Call, inputs: list[inputs.RequestWaybillInput], on_refusal: OnRefusal
    ) -> Any:
        given = [functools.partial(asked, call, each) for each in inputs]
        return await call.perform_each(fulfilment.request_waybill, given, on_refusal)

    @mutation(Warehouse)
    async def set_waybill_account(self, call: Call, input: inputs.SetWaybillAccountInput) -> Any:  # noqa: A002
        account = fulfilment.NewWaybillAccount(
            warehouse_id=call.key("Warehouse", input.warehouse_id),
            carrier_code=input.carrier_code,
            channel_id=call.key("Channel", input.channel_id),
            template_url=input.template_url,
            sender=fulfilment.Address(
                name=input.sender_name,
                phone=input.sender_phone,
                province=input.province,
                city=input.city,
                district=input.district,
                detail=input.detail,
            ),
            active=input.active,
        )
        return await call.perform(fulfilment.set_waybill_account, account)

    @mutation(Package)
    async def weigh_package(self, call: Call, input: inputs.WeighPackageInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.weigh_package, call.key("Package", input.package_id), input.grams)

    @mutation(Manifest)
    async def open_manifest(self, call: Call, input: inputs.OpenManifestInput) -> Any:  # noqa: A002
        warehouse_id = call.key("Warehouse", input.warehouse_id)
        return await call.perform(fulfilment.open_manifest, warehouse_id, input.carrier_code)

    @mutation(Manifest)
    async def list_packages(self, call: Call, input: inputs.ListPackagesInput) -> Any:  # noqa: A002
        manifest_id = call.key("Manifest", input.manifest_id)
        return await call.perform(fulfilment.list_packages, manifest_id, input.waybills)

    @mutation(Package)
    async def unlist_package(self, call: Call, input: inputs.UnlistPackageInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.unlist_package, call.key("Package", input.package_id))

    @mutation(Manifest)
    async def hand_over_manifest(self, call: Call, input: inputs.HandOverManifestInput) -> Any:  # noqa: A002
        return await call.perform(fulfilment.hand_over_manifest, call.key("Manifest", input.manifest_id))
