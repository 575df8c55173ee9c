"""Places and long texts in a few words for citizens; dates are in bot.core_texts."""

from __future__ import annotations

import re

from feedback.agencies import province_type
from nlu import places

_AMOUNT = re.compile(r"\d{1,3}(?:,\d{3})+")
_SAYS_NOTHING = frozenset({"", "n/a", "-"})


def unit_name(code: str | None) -> str:
    """ "phường Hạc Thành" or "tỉnh Thanh Hóa"; empty for an unknown code."""
    if not code:
        return ""
    if len(code) == 2:
        province = places.province(code)
        return f"{province_type(code)} {province.name}" if province else ""
    commune = places.commune(code)
    return f"{commune.type} {commune.name}" if commune else ""


def place_name(commune_code: str | None, province_code: str | None) -> str:
    """ "phường Hạc Thành, tỉnh Thanh Hóa", as much as is known."""
    return ", ".join(name for name in (unit_name(commune_code), unit_name(province_code)) if name)


def spoken(figure: str | None) -> str | None:
    """A time or fee of the catalogue as people write it: "70.000 đồng"; None where the source says nothing."""
    if figure is None or figure.strip().lower() in _SAYS_NOTHING:
        return None
    amounts = _AMOUNT.sub(lambda found: found[0].replace(",", "."), figure)
    return amounts.replace("Việt Nam Đồng", "đồng").replace(" | ", "; ")


def short(text: str, limit: int) -> str:
    """The text on one line, cut at a word with "…"."""
    line = " ".join(text.split())
    if len(line) <= limit:
        return line
    return line[:limit].rsplit(" ", 1)[0].rstrip(",.;:") + "…"
