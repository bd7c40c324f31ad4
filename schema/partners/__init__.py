"""Partners as clients see them; the word of their kinds is declared here, before any type that uses it."""

import strawberry

from domain import partners

strawberry.enum(partners.PartnerKind, description="What a partner is to the company.")
