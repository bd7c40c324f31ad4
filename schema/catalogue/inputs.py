"""What the mutations of goods are given (商品录入)."""

import strawberry

from domain import catalogue
from schema.mutating import Call

EXPECTED_VERSION = "Refuse if somebody edited it since this version."


@strawberry.input(description="A variant to be added.")
class VariantInput:
    """Only the SKU is required."""

    sku: str = strawberry.field(description="Our own code; unique, and it never changes.")
    specification: str = strawberry.field(default="", description="What tells it from its siblings.")
    weight_grams: int = strawberry.field(default=0, description="Its weight.")
    volume_millilitres: int = strawberry.field(default=0, description="Its volume.")
    prescription: bool = strawberry.field(default=False, description="Whether it needs a reviewed prescription.")
    barcodes: list[str] = strawberry.field(default_factory=list, description="Its barcodes, at most 20.")


@strawberry.input(description="An optional fact of a product.")
class ProductAttributeInput:
    """Free names."""

    name: str = strawberry.field(description="Which fact.")
    value: str = strawberry.field(description="What it is.")


@strawberry.input(description="A product to be added, with everything that belongs to it.")
class CreateProductInput:
    """Variants may also be added later."""

    slug: str = strawberry.field(description="Its unique name in addresses: a-z, 0-9 and hyphens.")
    name: str = strawberry.field(description="Its name.")
    description: str = strawberry.field(default="", description="What buyers read about it.")
    brand_id: strawberry.ID | None = strawberry.field(default=None, description="Its brand.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Its category.")
    attributes: list[ProductAttributeInput] = strawberry.field(default_factory=list, description="Optional facts.")
    images: list[str] = strawberry.field(default_factory=list, description="The addresses of its pictures, in order.")
    variants: list[VariantInput] = strawberry.field(default_factory=list, description="Its variants, in order.")


@strawberry.input(description="What changes about a product; what is not given stays.")
class EditProductInput:
    """Pictures and facts are replaced as a whole."""

    id: strawberry.ID = strawberry.field(description="The product.")
    name: str | None = strawberry.field(default=None, description="Its name.")
    description: str | None = strawberry.field(default=None, description="What buyers read about it.")
    brand_id: strawberry.ID | None = strawberry.field(default=None, description="Its brand.")
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Its category.")
    attributes: list[ProductAttributeInput] | None = strawberry.field(default=None, description="All optional facts.")
    images: list[str] | None = strawberry.field(default=None, description="The addresses of all its pictures.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


@strawberry.input(description="The product that is no longer sold.")
class RetireProductInput:
    """It is unlisted on every channel."""

    id: strawberry.ID = strawberry.field(description="The product.")


@strawberry.input(description="The retired product that is sold again.")
class RestoreProductInput:
    """List it anew where it shall be shown."""

    id: strawberry.ID = strawberry.field(description="The product.")


@strawberry.input(description="A variant for a product.")
class AddVariantInput:
    """It comes after the others."""

    product_id: strawberry.ID = strawberry.field(description="The product.")
    variant: VariantInput = strawberry.field(description="The variant.")


@strawberry.input(description="What changes about a variant; what is not given stays.")
class EditVariantInput:
    """The SKU never changes: shops and papers know it."""

    id: strawberry.ID = strawberry.field(description="The variant.")
    specification: str | None = strawberry.field(default=None, description="What tells it from its siblings.")
    weight_grams: int | None = strawberry.field(default=None, description="Its weight.")
    volume_millilitres: int | None = strawberry.field(default=None, description="Its volume.")
    prescription: bool | None = strawberry.field(default=None, description="Whether it needs a prescription.")
    active: bool | None = strawberry.field(default=None, description="Whether it may be sold.")
    expected_version: int | None = strawberry.field(default=None, description=EXPECTED_VERSION)


@strawberry.input(description="One more barcode of a variant.")
class AddBarcodeInput:
    """A barcode belongs to one variant only."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    code: str = strawberry.field(description="The barcode.")


@strawberry.input(description="The barcode a variant loses.")
class RemoveBarcodeInput:
    """Another variant may have it afterwards."""

    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    code: str = strawberry.field(description="The barcode.")


@strawberry.input(description="A brand to be added.")
class CreateBrandInput:
    """Names are unique."""

    name: str = strawberry.field(description="Its name.")


@strawberry.input(description="A category to be added.")
class CreateCategoryInput:
    """At the root or under another one."""

    code: str = strawberry.field(description="Its unique code: a-z, 0-9 and hyphens.")
    name: str = strawberry.field(description="Its name.")
    parent_id: strawberry.ID | None = strawberry.field(default=None, description="The category above.")


def variant_of(given: VariantInput) -> catalogue.NewVariant:
    return catalogue.NewVariant(
        sku=given.sku,
        specification=given.specification,
        weight_grams=given.weight_grams,
        volume_millilitres=given.volume_millilitres,
        prescription=given.prescription,
        barcodes=tuple(given.barcodes),
    )


def attributes_of(given: list[ProductAttributeInput]) -> dict[str, str]:
    return {each.name: each.value for each in given}


def product_of(call: Call, given: CreateProductInput) -> catalogue.NewProduct:
    return catalogue.NewProduct(
        slug=given.slug,
        name=given.name,
        description=given.description,
        brand_id=call.key("Brand", given.brand_id) if given.brand_id else None,
        category_id=call.key("Category", given.category_id) if given.category_id else None,
        attributes=attributes_of(given.attributes),
        images=tuple(given.images),
        variants=tuple(variant_of(each) for each in given.variants),
    )


def product_changes_of(call: Call, given: EditProductInput) -> catalogue.ProductChanges:
    return catalogue.ProductChanges(
        name=given.name,
        description=given.description,
        brand_id=call.key("Brand", given.brand_id) if given.brand_id else None,
        category_id=call.key("Category", given.category_id) if given.category_id else None,
        attributes=None if given.attributes is None else attributes_of(given.attributes),
        images=None if given.images is None else tuple(given.images),
    )


def variant_changes_of(given: EditVariantInput) -> catalogue.VariantChanges:
    return catalogue.VariantChanges(
        specification=given.specification,
        weight_grams=given.weight_grams,
        volume_millilitres=given.volume_millilitres,
        prescription=given.prescription,
        active=given.active,
    )
