"""Carriers, their rules and freight as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import shipping

strawberry.enum(shipping.UnitRounding, description="How a begun unit of weight counts.")
