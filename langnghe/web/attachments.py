"""What a citizen may attach in the web chat: photos, PDF and Word files, recognised by their bytes and cleaned."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
import zipfile
from dataclasses import dataclass
from io import BytesIO

from integrations.filetypes import sniff
from integrations.photo_metadata import DamagedPhoto, without_metadata
from langnghe.web.errors import WebError

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
EXTENSION_OF = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "application/pdf": ".pdf",
    DOCX: ".docx",
}
_MOST_NAME = 120
_UNSAFE_IN_NAME = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200e\u200f\u202a-\u202e\u2066-\u2069]')


@dataclass(frozen=True, slots=True)
class Attachment:
    """A checked file: `content_type` is what the bytes are, whatever the sender called them."""

    name: str
    content_type: str
    data: bytes


def read_attachment(*, name: str, content_type: str, encoded: str, limit: int) -> Attachment:
    """The file in a message; raises a 422 (no base64) and what `checked_file` raises."""
    if len(encoded) > limit * 4 // 3 + 4:
        raise _too_large(limit)
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise WebError(422, "bad_base64", "Tệp gửi lên bị hỏng (không đọc được dữ liệu base64).") from None
    return checked_file(name=name, content_type=content_type, data=data, limit=limit)


def checked_file(*, name: str, content_type: str, data: bytes, limit: int) -> Attachment:
    """The file, recognised and cleaned; raises a 413 (larger than `limit` bytes), a 422 (empty) or a 415 (not ours)."""
    if len(data) > limit:
        raise _too_large(limit)
    if not data:
        raise WebError(422, "empty_file", "Tệp gửi lên không có nội dung.")
    found = _type_of(data)
    if found is None or content_type.split(";", maxsplit=1)[0].strip().lower() not in _declarations_of(found):
        raise _not_allowed()
    try:
        cleaned = without_metadata(data, found)
    except DamagedPhoto:
        raise WebError(415, "damaged_file", "Ảnh bị hỏng, không mở được. Mời anh/chị chọn ảnh khác.") from None
    return Attachment(name=_clean_name(name, found), content_type=found, data=cleaned)


def _type_of(data: bytes) -> str | None:
    found = sniff(data)
    if found == "application/zip":
        return DOCX if _is_docx(data) else None
    return found if found in EXTENSION_OF else None


def _is_docx(data: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return False
    return "word/document.xml" in names and not any(name.endswith("vbaProject.bin") for name in names)


def _declarations_of(found: str) -> tuple[str, ...]:
    """What a browser may call such a file. Phones mix up the kinds of pictures; a picture stays a picture."""
    if found.startswith("image/"):
        return ("image/jpeg", "image/jpg", "image/png", "image/webp", "image/heic", "image/heif")
    return (found,)


def _clean_name(name: str, content_type: str) -> str:
    """A name that is safe to show and to save under, with the extension of what the file really is."""
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    stem = _UNSAFE_IN_NAME.sub("", last).rsplit(".", 1)[0].strip(" .")[:_MOST_NAME]
    return (stem or "tep") + EXTENSION_OF[content_type]


def _too_large(limit: int) -> WebError:
    message = f"Tệp lớn quá {limit // (1024 * 1024)} MB. Mời anh/chị gửi tệp nhỏ hơn."
    return WebError(413, "file_too_large", message)


def _not_allowed() -> WebError:
    message = "Chỉ nhận ảnh (JPEG, PNG, WebP, HEIC), tệp PDF và tệp Word (.docx)."
    return WebError(415, "file_type_not_allowed", message)
