"""Takes out of a photo what its sender did not mean to tell: where and when it was taken, and with which device.

JPEG, PNG and WebP lose EXIF (GPS above all), XMP, IPTC, comments and whatever lies behind the picture's end; a JPEG
keeps its orientation, which viewers need, and its colour profile. HEIC is left as it is: its metadata cannot be cut out
without rewriting the file's index. The chat page re-encodes every photo in the browser, which drops it there.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

_ORIENTATION = 0x0112
_EXIF = b"Exif\0\0"
_PROFILE = b"ICC_PROFILE\0"
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_TOLD = (b"eXIf", b"tEXt", b"iTXt", b"zTXt", b"tIME")
_WEBP_TOLD = (b"EXIF", b"XMP ")
_WEBP_FLAGS = 0x08 | 0x04  # the bits of VP8X that announce EXIF and XMP


class DamagedPhoto(ValueError):
    """The bytes do not have the structure of the type that they claim."""


def without_metadata(data: bytes, content_type: str) -> bytes:
    """The same picture without its metadata; other types come back unchanged. Raises DamagedPhoto."""
    try:
        if content_type == "image/jpeg":
            return b"".join(_jpeg_parts(data))
        if content_type == "image/png":
            return b"".join(_png_parts(data))
        if content_type == "image/webp":
            return _webp(data)
    except (struct.error, IndexError) as error:
        raise DamagedPhoto(content_type) from error
    return data


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    if data[:2] != b"\xff\xd8":
        raise DamagedPhoto("image/jpeg")
    yield data[:2]
    at = 2
    while True:
        while data[at] == 0xFF and data[at + 1] == 0xFF:  # fill bytes
            at += 1
        if data[at] != 0xFF:
            raise DamagedPhoto("image/jpeg")
        marker = data[at + 1]
        if marker == 0xD9:
            yield b"\xff\xd9"
            return
        (length,) = struct.unpack_from(">H", data, at + 2)
        end = at + 2 + length
        if length < 2 or end > len(data):
            raise DamagedPhoto("image/jpeg")
        segment = data[at:end]
        if marker == 0xDA:
            end = _end_of_scan(data, end)
            yield data[at:end]
            if end >= len(data):  # cut off on its way: viewers show what there is
                yield b"\xff\xd9"
                return
        else:
            yield _kept(marker, segment)
        at = end


def _kept(marker: int, segment: bytes) -> bytes:
    """The segment, b"" for what tells something, a two-byte orientation instead of the whole EXIF."""
    if marker == 0xE1 and segment[4:10] == _EXIF:
        orientation = _orientation(segment[10:])
        return _orientation_segment(orientation) if orientation else b""
    if marker == 0xE2 and not segment[4:].startswith(_PROFILE):
        return b""
    told = marker in (0xE1, 0xFE) or 0xE3 <= marker <= 0xED or marker == 0xEF
    return b"" if told else segment


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the next marker stands that is no restart and no stuffed byte."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 1 >= len(data):
            return len(data)
        following = data[at + 1]
        if following == 0xFF:
            at += 1
        elif following == 0x00 or 0xD0 <= following <= 0xD7:
            at += 2
        else:
            return at


def _orientation(tiff: bytes) -> int | None:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 8:
        return None
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return None
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for index in range(count):
        entry = start + 2 + 12 * index
        if entry + 12 > len(tiff):
            return None
        tag, kind = struct.unpack_from(order + "HH", tiff, entry)
        if tag == _ORIENTATION and kind == 3:
            (value,) = struct.unpack_from(order + "H", tiff, entry + 8)
            return int(value) if 1 < value <= 8 else None
    return None


def _orientation_segment(value: int) -> bytes:
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, _ORIENTATION, 3, 1, value, 0, 0)
    return b"\xff\xe1" + struct.pack(">H", 2 + len(_EXIF) + len(tiff)) + _EXIF + tiff


def _png_parts(data: bytes) -> Iterator[bytes]:
    if not data.startswith(_PNG_START):
        raise DamagedPhoto("image/png")
    yield _PNG_START
    at = len(_PNG_START)
    while True:
        (length,) = struct.unpack_from(">I", data, at)
        name, end = data[at + 4 : at + 8], at + 12 + length
        if end > len(data):
            raise DamagedPhoto("image/png")
        if name not in _PNG_TOLD:
            yield data[at:end]
        if name == b"IEND":
            return
        at = end


def _webp(data: bytes) -> bytes:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise DamagedPhoto("image/webp")
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise DamagedPhoto("image/webp")
    chunks = b"".join(_webp_chunks(data, size + 8))
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks


def _webp_chunks(data: bytes, size: int) -> Iterator[bytes]:
    at = 12
    while at + 8 <= size:
        name = data[at : at + 4]
        (length,) = struct.unpack_from("<I", data, at + 4)
        end = at + 8 + length + length % 2
        if at + 8 + length > size:
            raise DamagedPhoto("image/webp")
        chunk = data[at:end]
        if name == b"VP8X" and length >= 1:
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_FLAGS]) + chunk[9:]
        if name not in _WEBP_TOLD:
            yield chunk
        at = end
