"""Refunds of platforms as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import refunds

strawberry.enum(refunds.RefundStage, description="Where a refund stands on its platform.")
strawberry.enum(refunds.RefundDecision, description="What was decided about a refund here.")
