"""Goods as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import catalogue

strawberry.enum(catalogue.ProductStatus, description="Whether a product may be sold.")
strawberry.enum(catalogue.CostMethod, description="How the cost of a variant is kept.")
