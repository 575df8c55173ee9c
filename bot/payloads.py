"""What a pressed button says: its grammar, and how it enters the dialogue engine as a trusted intent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from bot import understanding

Name = Literal[
    "act", "kind", "more", "next", "place", "prov", "proc", "rate", "reopen", "seal", "status", "sv", "withdraw"
]

ACTS = understanding.ACTS | frozenset(understanding.MENDS)
KINDS = frozenset(
    [
        "phan_anh",
        "kien_nghi",
        "khieu_nai",
        "to_cao",
        "hoi_dap",
        "tra_cuu",
        "khen_ngoi",
        "giao_tiep",
        "ngoai_pham_vi",
    ]
)
MAX_BYTES = 64

_CASE_CODE = r"LN-[0-9HKM]{4}-[0-9HKM]{4}"
_GRAMMAR: dict[Name, re.Pattern[str]] = {
    "act": re.compile("|".join(sorted(ACTS))),
    "kind": re.compile("|".join(sorted(KINDS))),
    "more": re.compile(f"({_CASE_CODE})"),
    "next": re.compile("on|off"),
    "place": re.compile(r"[0-9]{5}"),
    "prov": re.compile(r"[0-9]{2}"),
    "proc": re.compile(r"[0-9]{1,2}\.[0-9A-Z.]{1,40}"),
    "rate": re.compile(rf"({_CASE_CODE}):([1-5])"),
    "reopen": re.compile(f"({_CASE_CODE})"),
    "seal": re.compile("off"),
    "status": re.compile(f"({_CASE_CODE})"),
    "sv": re.compile(r"[\x21-\x7e]{1,61}"),
    "withdraw": re.compile(f"({_CASE_CODE})"),
}


@dataclass(frozen=True, slots=True)
class Payload:
    """A payload that fits the grammar: `value` is what stands after the first colon, `code` and `score` a case's."""

    name: Name
    value: str
    code: str | None = None
    score: int | None = None

    @property
    def raw(self) -> str:
        return f"{self.name}:{self.value}"

    @property
    def needs_engine(self) -> bool:
        return self.name in ("act", "kind", "place", "prov", "proc")


def parse(raw: str) -> Payload | None:
    """The payload, or None for anything that does not match the grammar exactly."""
    name, colon, value = raw.strip().partition(":")
    pattern = _GRAMMAR.get(name)  # type: ignore[call-overload]
    if not colon or pattern is None or len(raw.strip()) > MAX_BYTES:
        return None
    found = pattern.fullmatch(value)
    if found is None:
        return None
    groups = found.groups()
    score = int(groups[1]) if len(groups) > 1 else None
    return Payload(name, value, code=groups[0] if groups else None, score=score)  # type: ignore[arg-type]


def intent_text(payload: Payload) -> str:
    """The text that the engine obeys as an intent: the only kind of text that may begin with a slash."""
    if payload.name == "act":
        return f"/{payload.value}"
    intent, entity = {
        "kind": ("chon_loai", "loai"),
        "place": ("chon_noi", "commune_code"),
        "prov": ("chon_noi", "province_code"),
        "proc": ("chon_thu_tuc", "procedure_code"),
    }[payload.name]
    return f"/{intent}{json.dumps({entity: payload.value})}"


def location_text(lat: float, lon: float) -> str:
    return f"/gui_vi_tri{json.dumps({'lat': round(lat, 6), 'lon': round(lon, 6)})}"


def files_text(count: int) -> str:
    return f"/gui_tep{json.dumps({'so_tep': count})}"


GREETING_TEXT = "/chao"


def neutral(text: str) -> str:
    """A citizen's words without what the engine would obey: they never begin with a slash, seen or hidden.

    Rasa strips white space before it looks for the slash; nothing else that is dropped may uncover one either.
    """
    start = next((index for index, char in enumerate(text) if char.isprintable() and char not in " /"), len(text))
    return text[start:].rstrip()
