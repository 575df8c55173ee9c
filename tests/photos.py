"""Small pictures with things in them that must not be kept."""

from __future__ import annotations

import struct
import zlib


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif(orientation: int) -> bytes:
    """EXIF with an orientation and something that stands for GPS."""
    tiff = b"II*\0" + struct.pack("<IH", 8, 1) + struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    return segment(0xE1, b"Exif\0\0" + tiff + b"\0\0\0\0GPS-SECRET")


def jpeg_with_gps(*, orientation: int = 6, trailer: bytes = b"hidden video") -> bytes:
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            exif(orientation),
            segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>XMP-SECRET</x:xmpmeta>"),
            segment(0xED, b"Photoshop 3.0\0IPTC-SECRET"),
            segment(0xE2, b"ICC_PROFILE\0\x01\x01profile"),
            segment(0xE2, b"MPF\0MPF-SECRET"),
            segment(0xFE, b"COMMENT-SECRET"),
            segment(0xDB, b"\0" + bytes(range(1, 65))),
            segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56",
            segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x78\xff\x00\x9a",
            b"\xff\xd9",
            trailer,
        )
    )


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(*extra: tuple[bytes, bytes]) -> bytes:
    """One white dot."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    chunks = [_chunk(b"IHDR", header), *(_chunk(*each) for each in extra)]
    chunks += [_chunk(b"IDAT", zlib.compress(b"\0\xff\xff\xff")), _chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def webp() -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)

    chunks = chunk(b"VP8X", bytes((0x2C, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
    chunks += chunk(b"VP8 ", b"picture") + chunk(b"EXIF", b"GPS-SECRET!") + chunk(b"XMP ", b"XMP-SECRET")
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WEBP" + chunks
