"""The books as clients see them; the words they share are declared here, before any type that uses them."""

import strawberry

from domain import finance

strawberry.enum(finance.AccountKind, description="On which side an account stands.")
strawberry.enum(finance.EntryPurpose, description="What an entry books about its source.")
strawberry.enum(finance.TaxRounding, description="When the tax that prices contain is rounded half up.")
