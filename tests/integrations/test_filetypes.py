"""A file is what its first bytes say."""

import pytest
from loopback import PDF, PNG

from integrations.filetypes import is_as_declared, sniff, type_of_name
from integrations.phones import national_phone

DOCX = type_of_name("don.docx") or ""


@pytest.mark.parametrize(
    ("declared", "data", "accepted"),
    [
        ("image/jpeg", b"\xff\xd8\xff\xe0" + b"\0" * 9, True),
        ("image/jpeg", PNG, True),
        ("image/jpeg", PDF, False),
        ("image/png", b"<svg onload=alert(1)>", False),
        ("image/svg+xml", b"<svg onload=alert(1)>", False),
        ("application/pdf", PDF, True),
        ("application/pdf; charset=binary", PDF, True),
        ("application/pdf", b"MZ\x90\0", False),
        (DOCX, b"PK\x03\x04rest", True),
        (DOCX, PDF, False),
        ("application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", True),
        ("audio/amr", b"#!AMR\n", True),
        ("audio/ogg", b"OggS\0", True),
        ("video/mp4", b"\0\0\0\x18ftypmp42", True),
        ("text/csv", "họ tên;số\n".encode(), True),
        ("text/plain", b"<html><script>", False),
        ("text/plain", b"#!/bin/sh\n", False),
        ("application/octet-stream", b"\x7fELF", False),
        ("application/zip", b"PK\x03\x04", False),
        ("image/png", b"", False),
    ],
)
def test_a_file_is_taken_only_when_its_bytes_agree(declared: str, data: bytes, accepted: bool) -> None:
    assert is_as_declared(declared, data) is accepted


def test_sniff_names_the_exact_type() -> None:
    assert (sniff(PNG), sniff(PDF), sniff(b"\0\1\2\xff")) == ("image/png", "application/pdf", None)


@pytest.mark.parametrize(
    ("raw", "phone"),
    [
        ("84950001234", "0950001234"),
        ("+84 950 001 234", "0950001234"),
        ("0950001234", "0950001234"),
        (84950001234, "0950001234"),
        ("+1 202 555 0100", "+12025550100"),
        ("gọi tôi", None),
        ("", None),
        (None, None),
        (True, None),
    ],
)
def test_phones_come_in_the_national_form(raw: object, phone: str | None) -> None:
    assert national_phone(raw) == phone
