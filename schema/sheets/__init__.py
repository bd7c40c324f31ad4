"""Imports of spreadsheets as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import sheets

strawberry.enum(sheets.SheetKind, description="What a spreadsheet says.")
strawberry.enum(sheets.SheetState, description="How far an import has come.")
