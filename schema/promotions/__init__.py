"""Gift rules as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import promotions

strawberry.enum(promotions.GiftMeasure, description="What of an order a gift rule measures.")
strawberry.enum(promotions.GiftMoment, description="Which moment of an order must lie in the window of a gift rule.")
strawberry.enum(promotions.GiftPick, description="In which turn the gifts of a rule are tried.")
strawberry.enum(promotions.MultipleBy, description="Which of several multiples of a gift rule counts.")
