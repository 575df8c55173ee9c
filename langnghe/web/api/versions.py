"""What a change says of what it was based on: the version that was read (If-Match), the key of a sent-twice change."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated
from uuid import uuid4

from fastapi import Header

from feedback.errors import InvalidInput
from langnghe.web.errors import WebError

IfMatch = Annotated[
    str | None,
    Header(description='Phiên bản vụ việc đã đọc, như trong ETag: `"3"`. Cũ thì 412.', max_length=40, examples=['"3"']),
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        description="Khóa do chương trình đặt (nên là UUID); gửi lại cùng khóa là một lần.",
        max_length=200,
        examples=["6f9619ff-8b86-4d01-b42d-00cf4fc964ff"],
    ),
]
_VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?')


def version_of(if_match: str | None) -> int:
    """428 without a version, InvalidInput for what is none."""
    if if_match is None:
        message = 'Ghi phiên bản vụ việc đã đọc trong If-Match, ví dụ If-Match: "3".'
        raise WebError(428, "version_needed", message)
    found = _VERSION.fullmatch(if_match.strip())
    if found is None:
        raise InvalidInput('If-Match phải là một phiên bản, ví dụ "3".')
    return int(found.group(1))


def effect_of(key: str | None, move: str = "") -> str:
    """A short word for the key, so that any text fits; without a key each request stands for itself.

    One key with another `move` is another thing.
    """
    return hashlib.sha256(f"{move}:{key}".encode()).hexdigest()[:32] if key else uuid4().hex


def etag(version: int) -> str:
    return f'"{version}"'
