"""Staff, roles, API clients and sign-in as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import identity

strawberry.enum(identity.ClientKind, description="Which program calls.")
