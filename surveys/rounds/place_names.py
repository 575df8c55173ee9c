"""The names of the places of a round's responses."""

from __future__ import annotations

from nlu import places

UNKNOWN = "Không rõ"


def commune_name(code: str) -> str:
    commune = places.commune(code)
    return f"{commune.type} {commune.name}" if commune else UNKNOWN


def province_name(code: str) -> str:
    province = places.province(code)
    return province.name if province else UNKNOWN
