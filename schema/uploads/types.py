"""Uploads (上传) as clients see them, and announcing one."""

from datetime import datetime
from typing import Any

import strawberry

from domain import uploads
from schema.base import Info, Node, entity
from schema.mutating import Call, mutation

UploadKind = uploads.UploadKind
VIEW = "uploads.view"


@entity(reader=uploads.uploads_by_id, needs=VIEW, description="A file you announced and send; only you see it.")
class Upload(Node):
    """It is kept for three days."""

    kind: UploadKind = strawberry.field(description="Which kind of file.")
    name: str = strawberry.field(description="What it is called.")
    size: int = strawberry.field(description="How many bytes it has.")
    sha256: str = strawberry.field(description="Its SHA-256, in lower-case hexadecimal.")
    created_at: datetime = strawberry.field(description="When it was announced, in UTC.")
    received_at: datetime | None = strawberry.field(description="When it had come, in UTC; null until then.")

    @strawberry.field(
        description="Where it is sent by PUT, its bytes as the body, within 15 minutes; null once it has come."
    )
    def upload_path(root: strawberry.Parent[Any], info: Info) -> str | None:  # noqa: N805
        if root.received_at is not None:
            return None
        path: str = info.context.services["upload_link"](root.id)
        return path


@strawberry.input(description="A file that shall be sent.")
class AnnounceUploadInput:
    """Nothing comes but what was announced."""

    kind: UploadKind = strawberry.field(description="Which kind of file.")
    name: str = strawberry.field(description="What it is called, in 1 to 200 characters.")
    size: int = strawberry.field(description="How many bytes it has, at most 10 MiB.")
    sha256: str = strawberry.field(description="Its SHA-256, in lower-case hexadecimal.")


@strawberry.type
class UploadsMutation:
    """Mutations."""

    @mutation(Upload)
    async def announce_upload(self, call: Call, input: AnnounceUploadInput) -> Any:  # noqa: A002
        upload = uploads.NewUpload(kind=input.kind, name=input.name, size=input.size, sha256=input.sha256)
        return await call.perform(uploads.announce_upload, upload)
