"""Channels as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import channels

strawberry.enum(channels.Platform, description="Whose protocol a channel speaks; DIRECT orders are placed here.")
strawberry.enum(channels.ChannelStatus, description="Whether a channel is read and told.")
strawberry.enum(channels.WarehouseCriterion, description="By what else warehouses are told apart.")
