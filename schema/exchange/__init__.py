"""The exchange with partners' warehouses as clients see it. Enums are registered before any field names them."""

import strawberry

from domain import exchange

strawberry.enum(exchange.PartnerStatus, description="Whether a partner is told anything.")
strawberry.enum(exchange.PaperKind, description="What a paper asks of a partner.")
strawberry.enum(exchange.PaperType, description="Why goods come in or go out.")
strawberry.enum(exchange.PaperStatus, description="How far a paper has come between us and a partner.")
strawberry.enum(exchange.PaperSource, description="What a paper carries out.")
strawberry.enum(exchange.WarehouseStep, description="How far a partner says it is with a paper.")
strawberry.enum(exchange.ReportStatus, description="What became of a partner's report.")
strawberry.enum(exchange.RunStatus, description="How far a comparison has come.")
strawberry.enum(exchange.GoodsType, description="In which condition a partner holds goods.")
strawberry.enum(exchange.DifferenceCause, description="Why the books may differ, as far as the house knows.")
strawberry.enum(exchange.WhoIsRight, description="Whose figure counts, by rule.")
