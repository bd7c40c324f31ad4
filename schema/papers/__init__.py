"""Papers and prints as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import printing

strawberry.enum(printing.PrintKind, description="Which paper is printed.")
