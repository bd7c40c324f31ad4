"""What packing, weighing and handover are told (打包与交接输入)."""

import strawberry

from domain import fulfilment
from domain.kernel import Quantity
from schema.filters import IdFilter
from schema.scalars import QuantityValue


@strawberry.input(description="One beep of the scanner.")
class ScanInput:
    """Each adds to what is in the package."""

    barcode: str = strawberry.field(description="The barcode, or the SKU of an article that has none.")
    quantity: QuantityValue = strawberry.field(default=QuantityValue(Quantity(1)), description="How many of it.")


@strawberry.input(description="Goods scanned for a picked order.")
class ScanGoodsInput:
    """They go into its open package; the first scan opens one."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    scans: list[ScanInput] = strawberry.field(description="What was scanned, 1 to 500; all of it or nothing.")


@strawberry.input(description="A package to close.")
class SealPackageInput:
    """It holds something."""

    package_id: strawberry.ID = strawberry.field(description="The package.")


@strawberry.input(description="One piece scanned from a wave of single pieces.")
class PackSingleInput:
    """The next order that waits for it gets it."""

    wave_id: strawberry.ID = strawberry.field(description="The wave.")
    barcode: str = strawberry.field(description="The barcode, or the SKU.")


@strawberry.input(description="An order whose packages are to be taken apart.")
class CancelPackingInput:
    """What was handed over stays handed over."""

    order_id: strawberry.ID = strawberry.field(description="The order.")
    reason: str = strawberry.field(description="Why; people read it later.")


@strawberry.input(description="A carrier's number for a package, as it was read or typed.")
class LabelPackageInput:
    """Replaces the one before."""

    package_id: strawberry.ID = strawberry.field(description="The package.")
    carrier_code: str = strawberry.field(description="Who takes it, by code.")
    waybill: str = strawberry.field(description="The carrier's number, never used before.")


@strawberry.input(description="A package whose carrier shall give a number.")
class RequestWaybillInput:
    """Again, if it failed."""

    package_id: strawberry.ID = strawberry.field(description="The package.")
    carrier_code: str | None = strawberry.field(default=None, description="Another carrier than it is for.")


@strawberry.input(description="Through which shop a warehouse gets the electronic waybills of a carrier.")
class SetWaybillAccountInput:
    """The sender stands on every label."""

    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    carrier_code: str = strawberry.field(description="The carrier, by code.")
    channel_id: strawberry.ID = strawberry.field(description="A shop on Taobao or Tmall that has an account there.")
    template_url: str = strawberry.field(description="The form of the label, as Cainiao names it.")
    sender_name: str = strawberry.field(description="Who sends.")
    sender_phone: str = strawberry.field(description="The sender's phone.")
    province: str = strawberry.field(description="The sender's province.")
    detail: str = strawberry.field(description="The sender's street and number.")
    city: str | None = strawberry.field(default=None, description="The sender's city.")
    district: str | None = strawberry.field(default=None, description="The sender's district.")
    active: bool = strawberry.field(default=True, description="Whether numbers are asked for there.")


@strawberry.input(description="What a sealed package weighs.")
class WeighPackageInput:
    """Weighing again replaces it."""

    package_id: strawberry.ID = strawberry.field(description="The package.")
    grams: int = strawberry.field(description="Its weight in grams, 1 to 1,000,000.")


@strawberry.input(description="A manifest to begin.")
class OpenManifestInput:
    """Of one courier in one warehouse."""

    warehouse_id: strawberry.ID = strawberry.field(description="The warehouse.")
    carrier_code: str = strawberry.field(description="The courier, by code.")


@strawberry.input(description="Packages scanned onto a manifest.")
class ListPackagesInput:
    """All of them or none."""

    manifest_id: strawberry.ID = strawberry.field(description="The manifest.")
    waybills: list[str] = strawberry.field(description="The numbers on the packages, 1 to 200.")


@strawberry.input(description="A package to take off its manifest.")
class UnlistPackageInput:
    """It stays sealed."""

    package_id: strawberry.ID = strawberry.field(description="The package.")


@strawberry.input(description="A manifest whose packages the courier takes.")
class HandOverManifestInput:
    """All of them or none."""

    manifest_id: strawberry.ID = strawberry.field(description="The manifest.")


@strawberry.input(description="Which packages; conditions are combined by AND.")
class PackageFilter:
    """What is not given does not matter."""

    statuses: list[fulfilment.PackageStatus] | None = strawberry.field(default=None, description="Having come so far.")
    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    order: IdFilter | None = strawberry.field(default=None, description="Of these orders.")
    carrier_codes: list[str] | None = strawberry.field(default=None, description="For these carriers.")
    waybills: list[str] | None = strawberry.field(default=None, description="With these numbers.")


@strawberry.input(description="Which manifests; conditions are combined by AND.")
class ManifestFilter:
    """What is not given does not matter."""

    warehouse: IdFilter | None = strawberry.field(default=None, description="In these warehouses.")
    closed: bool | None = strawberry.field(default=None, description="Handed over already, or not yet.")
