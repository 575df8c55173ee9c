"""Brings the phone numbers that channels hand over into the form that people in Vietnam write."""

import re

_NOT_DIGITS = re.compile(r"[^0-9]")


def national_phone(raw: object) -> str | None:
    """`0950001234` for +84, 84 or 0 numbers of Vietnam, `+<digits>` for other countries, None for what is no number."""
    if not isinstance(raw, str | int) or isinstance(raw, bool):
        return None
    written = str(raw).strip()
    digits = _NOT_DIGITS.sub("", written)
    if not 8 <= len(digits) <= 15:
        return None
    if digits.startswith("84") and len(digits) in (11, 12):
        return "0" + digits[2:]
    if digits.startswith("0"):
        return digits
    return "+" + digits
