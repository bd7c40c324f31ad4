"""Stocktakes as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import stocktaking

strawberry.enum(stocktaking.StocktakeScope, description="What of a warehouse is counted.")
strawberry.enum(stocktaking.StocktakeStatus, description="How far a stocktake has come.")
strawberry.enum(stocktaking.Uncounted, description="What lines mean that nobody counted.")
