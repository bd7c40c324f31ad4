"""Bundles as clients see them; the word of their kinds is declared here, before any type that uses it."""

import strawberry

from domain import bundles

strawberry.enum(bundles.BundleKind, description="Whether a bundle is sold by its components, or made of them before.")
