"""What a photo keeps and what it loses; checked on made pictures whose secrets are plain text."""

from __future__ import annotations

import pytest

from integrations.photo_metadata import DamagedPhoto, without_metadata
from tests.photos import jpeg_with_gps, png, webp


def test_a_jpeg_loses_every_secret_and_what_lies_behind_its_end() -> None:
    cleaned = without_metadata(jpeg_with_gps(), "image/jpeg")
    assert b"SECRET" not in cleaned
    assert b"hidden video" not in cleaned
    assert cleaned.endswith(b"\xff\xd9")


def test_a_jpeg_keeps_its_picture_orientation_and_colour_profile() -> None:
    cleaned = without_metadata(jpeg_with_gps(orientation=6), "image/jpeg")
    assert b"ICC_PROFILE" in cleaned
    assert b"\x12\xff\x00\x34\xff\xd0\x56" in cleaned
    assert b"\x78\xff\x00\x9a" in cleaned
    assert b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06" in cleaned


def test_an_upright_jpeg_keeps_no_exif_at_all() -> None:
    assert b"Exif" not in without_metadata(jpeg_with_gps(orientation=1), "image/jpeg")


def test_cleaning_twice_changes_nothing_more() -> None:
    once = without_metadata(jpeg_with_gps(), "image/jpeg")
    assert without_metadata(once, "image/jpeg") == once


def test_a_png_loses_its_texts_and_keeps_its_picture() -> None:
    told = png((b"tEXt", b"Comment\0SECRET"), (b"eXIf", b"GPS-SECRET"), (b"tIME", b"SECRET!"))
    assert without_metadata(told, "image/png") == png()


def test_a_webp_loses_exif_and_xmp_and_says_so_in_its_header() -> None:
    cleaned = without_metadata(webp(), "image/webp")
    assert b"SECRET" not in cleaned
    assert b"picture" in cleaned
    assert cleaned[20] == 0x20
    assert int.from_bytes(cleaned[4:8], "little") == len(cleaned) - 8


def test_other_types_are_left_alone() -> None:
    assert without_metadata(b"%PDF-1.7", "application/pdf") == b"%PDF-1.7"


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\xff\xd8\xff\xe0\xff\xff", "image/jpeg"),
        (b"\xff\xd8\xff\xe0\x00\x00", "image/jpeg"),
        (b"\xff\xd8\x00\x00", "image/jpeg"),
        (png()[:-6], "image/png"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (webp()[:40], "image/webp"),
        (b"RIFF", "image/webp"),
    ],
)
def test_a_damaged_photo_is_told_apart(data: bytes, content_type: str) -> None:
    with pytest.raises(DamagedPhoto):
        without_metadata(data, content_type)
