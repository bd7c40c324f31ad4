"""Reports as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import reporting

strawberry.enum(reporting.Span, description="How finely time is cut.")
strawberry.enum(reporting.WorthBy, description="By what the worth of stock is told apart.")
strawberry.enum(reporting.CostEffect, description="What a movement does to the average cost.")
strawberry.enum(reporting.ReserveClass, description="What is wrong with a reserve.")
strawberry.enum(reporting.DemandClass, description="How evenly a variant is sold from week to week (XYZ).")
strawberry.enum(reporting.Suggestion, description="What to do about a reserve.")
strawberry.enum(reporting.FlowBy, description="By what in and out are told apart.")
strawberry.enum(reporting.ReportKind, description="Which report.")
