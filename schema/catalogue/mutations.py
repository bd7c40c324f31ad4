"""The mutations of goods (商品变更)."""

from typing import Any

import strawberry

from domain import catalogue
from schema.catalogue import inputs
from schema.catalogue.types import Brand, Category, Product, Variant
from schema.mutating import Call, mutation


@strawberry.type
class CatalogueMutation:
    """Mutations."""

    @mutation(Product)
    async def create_product(self, call: Call, input: inputs.CreateProductInput) -> Any:  # noqa: A002
        return await call.perform(catalogue.create_product, inputs.product_of(call, input))

    @mutation(Product)
    async def edit_product(self, call: Call, input: inputs.EditProductInput) -> Any:  # noqa: A002
        key, changes = call.key("Product", input.id), inputs.product_changes_of(call, input)
        return await call.perform(catalogue.edit_product, key, changes, expected_version=input.expected_version)

    @mutation(Product)
    async def retire_product(self, call: Call, input: inputs.RetireProductInput) -> Any:  # noqa: A002
        return await call.perform(catalogue.retire_product, call.key("Product", input.id))

    @mutation(Product)
    async def restore_product(self, call: Call, input: inputs.RestoreProductInput) -> Any:  # noqa: A002
        return await call.perform(catalogue.restore_product, call.key("Product", input.id))

    @mutation(Variant)
    async def add_variant(self, call: Call, input: inputs.AddVariantInput) -> Any:  # noqa: A002
        key = call.key("Product", input.product_id)
        return await call.perform(catalogue.add_variant, key, inputs.variant_of(input.variant))

    @mutation(Variant)
    async def edit_variant(self, call: Call, input: inputs.EditVariantInput) -> Any:  # noqa: A002
        key, changes = call.key("Variant", input.id), inputs.variant_changes_of(input)
        return await call.perform(catalogue.edit_variant, key, changes, expected_version=input.expected_version)

    @mutation(Variant)
    async def add_barcode(self, call: Call, input: inputs.AddBarcodeInput) -> Any:  # noqa: A002
        return await call.perform(catalogue.add_barcode, call.key("Variant", input.variant_id), input.code)

    @mutation(Variant)
    async def remove_barcode(self, call: Call, input: inputs.RemoveBarcodeInput) -> Any:  # noqa: A002
        return await call.perform(catalogue.remove_barcode, call.key("Variant", input.variant_id), input.code)

    @mutation(Brand)
    async def create_brand(self, call: Call, input: inputs.CreateBrandInput) -> Any:  # noqa: A002
        return await call.perform(catalogue.create_brand, input.name)

    @mutation(Category)
    async def create_category(self, call: Call, input: inputs.CreateCategoryInput) -> Any:  # noqa: A002
        parent_id = call.key("Category", input.parent_id) if input.parent_id else None
        return await call.perform(catalogue.create_category, input.code, input.name, parent_id=parent_id)
