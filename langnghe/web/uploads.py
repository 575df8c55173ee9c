"""A file that staff or their programs send along: recognised by its bytes, cleaned, not too large."""

from __future__ import annotations

from fastapi import UploadFile

from feedback.notes import Upload
from langnghe.web.attachments import checked_file
from langnghe.web.services import WebServices


def upload_of(services: WebServices, file: UploadFile) -> Upload:
    """Raises what `checked_file` raises."""
    limit = services.settings.max_photo_mb * 1024 * 1024
    checked = checked_file(
        name=file.filename or "tep", content_type=file.content_type or "", data=file.file.read(limit + 1), limit=limit
    )
    return Upload(checked.name, checked.content_type, checked.data)
