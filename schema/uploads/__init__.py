"""Uploads as clients see them. Enums are registered before any field names them."""

import strawberry

from domain import uploads

strawberry.enum(uploads.UploadKind, description="Which kind of file is sent.")
