"""Order drafts (订单草稿) as clients see and change them. Enums are registered before any field names them."""

import strawberry

from domain import drafts

strawberry.enum(drafts.DraftStatus, description="What became of a draft of an order.")
