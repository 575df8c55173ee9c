"""Dates, codes, places and names in words for citizens."""

from __future__ import annotations

from datetime import datetime

from feedback.base import VIETNAM
from nlu import places

_WEEKDAYS = ("Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ nhật")


def day(at: datetime) -> str:
    """"Thứ Hai, 30/11/2026" in Vietnam's time."""
    local = at.astimezone(VIETNAM)
    return f"{_WEEKDAYS[local.weekday()]}, {local:%d/%m/%Y}"


def day_and_time(at: datetime) -> str:
    """The day; with the hour when it is not the end of the day."""
    local = at.astimezone(VIETNAM)
    return day(at) if (local.hour, local.minute) == (23, 59) else f"{local:%H:%M} {day(at)}"


def unit_name(code: str | None) -> str:
    """"phường Hạc Thành" or "tỉnh Thanh Hóa"; empty for an unknown code."""
    if not code:
        return ""
    unit = places.province(code) if len(code) == 2 else places.commune(code)
    return f"{unit.type} {unit.name}" if unit else ""


def place_name(commune_code: str | None, province_code: str | None) -> str:
    """"phường Hạc Thành, tỉnh Thanh Hóa", as much as is known."""
    return ", ".join(name for name in (unit_name(commune_code), unit_name(province_code)) if name)


def short(text: str, limit: int) -> str:
    """The text on one line, cut at a word with "…"."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0].rstrip(",.;:") + "…"
