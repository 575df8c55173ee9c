"""Says what a file is by its first bytes, whatever its name or the channel claims."""

_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"OggS", "audio/ogg"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (8, b"WAVE", "audio/wav"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole"),
)

_OFFICE = "application/vnd.openxmlformats-officedocument."
_BY_EXTENSION = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "heic": "image/heic",
    "mp4": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "amr": "audio/amr",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "ogg": "audio/ogg",
    "oga": "audio/ogg",
    "wav": "audio/wav",
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": _OFFICE + "wordprocessingml.document",
    "xls": "application/vnd.ms-excel",
    "xlsx": _OFFICE + "spreadsheetml.sheet",
    "csv": "text/csv",
    "txt": "text/plain",
}
_MOVING = ("audio/", "video/")
_FAMILIES: tuple[tuple[str | tuple[str, ...], str | tuple[str, ...]], ...] = (  # declared -> what the bytes may be
    ("image/", "image/"),
    (_MOVING, _MOVING),
    ("application/pdf", "application/pdf"),
    (_OFFICE, "application/zip"),
    (("application/msword", "application/vnd.ms-excel"), ("application/x-ole", "application/zip")),
    (("text/plain", "text/csv"), "text/plain"),
)


def type_of_name(name: str) -> str | None:
    """The content type that a file name (or a bare extension) promises, None when it is not one of ours."""
    return _BY_EXTENSION.get(name.rpartition(".")[2].lower())


def sniff(data: bytes) -> str | None:
    """The content type by magic bytes; `text/plain` for readable UTF-8 that is no mark-up; None for the rest."""
    for offset, magic, content_type in _SIGNATURES:
        if data[offset : offset + len(magic)] == magic:
            return content_type
    return "text/plain" if _is_plain_text(data) else None


def is_as_declared(content_type: str, data: bytes) -> bool:
    """Whether the bytes are of the declared family; a family that we do not know is refused."""
    declared = content_type.partition(";")[0].strip().lower()
    found = sniff(data) or ""
    return any(declared.startswith(family) and found.startswith(accepted) for family, accepted in _FAMILIES)


def _is_plain_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return bool(text) and "\0" not in text and not text.lstrip().startswith(("<", "#!"))
