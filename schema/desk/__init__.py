"""The desk as clients see it (工作台). Enums are registered before any field names them."""

import strawberry

from domain import desk

strawberry.enum(desk.DeliveryState, description="What became of a digest for one who is to have it.")
