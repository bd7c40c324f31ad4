"""Prices as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import pricing

strawberry.enum(pricing.Verdict, description="What became of a price that was considered.")
