"""Reports as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import reporting

strawberry.enum(reporting.Span, description="How finely time is cut.")
strawberry.enum(reporting.WorthBy, description="By what the worth of stock is told apart.")
strawberry.enum(reporting.CostEffect, description="What a movement does to the average cost.")
strawberry.enum(reporting.ReportKind, description="Which report.")
