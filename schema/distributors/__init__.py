"""Distributors as clients see them; the word of their entries is declared here, before any type that uses it."""

import strawberry

from domain import distributors

strawberry.enum(distributors.FundsKind, description="Why the balance of a distributor changed.")
