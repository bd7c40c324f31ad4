"""Uploads (上传): files that somebody announced and sent."""

from domain.uploads import models as models
from domain.uploads.announcing import NewUpload as NewUpload
from domain.uploads.announcing import TooManyUploads as TooManyUploads
from domain.uploads.announcing import announce_upload as announce_upload
from domain.uploads.announcing import expired_uploads as expired_uploads
from domain.uploads.announcing import forget_uploads as forget_uploads
from domain.uploads.announcing import receive_upload as receive_upload
from domain.uploads.announcing import received_upload as received_upload
from domain.uploads.models import Upload as Upload
from domain.uploads.models import UploadId as UploadId
from domain.uploads.models import UploadKind as UploadKind
from domain.uploads.queries import announced_upload as announced_upload
from domain.uploads.queries import uploads_by_id as uploads_by_id
