"""Transfers as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import transfers

strawberry.enum(transfers.TransferStatus, description="How far a transfer has come.")
