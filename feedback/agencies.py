"""The catalogue of types of body, the display names of concrete offices, and which bodies a text names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from feedback.law import LawDataError, Validity, load_csv, load_yaml, validity
from feedback.phrases import Words

LEVELS = ("trung_uong", "khu_vuc", "tinh", "xa")
MODES = ("online", "letter", "referral")
CENTRE = "00"
_UNKNOWN_UNIT = {"xa": "xã, phường", "tinh": "tỉnh, thành phố", "nuoc": ""}


class ProvinceLike(Protocol):
    """A province as nlu.places gives it: its name without "tỉnh" or "thành phố"."""

    @property
    def name(self) -> str: ...


class CommuneLike(ProvinceLike, Protocol):
    """A commune as nlu.places gives it; its type is "phường", "xã" or "đặc khu"."""

    @property
    def type(self) -> str: ...
    @property
    def province_code(self) -> str: ...


class Places(Protocol):
    """The part of nlu.places (the module itself fits) that display names need."""

    def commune(self, code: str) -> CommuneLike | None: ...
    def province(self, code: str) -> ProvinceLike | None: ...


@dataclass(frozen=True, slots=True)
class Agency:
    """A type of body.

    `legal_body` is the body that answers in law: itself, or the body that a desk belongs to. `serves` is the
    unit that one such body covers as far as is known: xa, tinh or nuoc. `mode`: online works here, letter is written to
    by the coordination desk, referral is only named to the citizen.
    """

    slug: str
    name: str
    name_template: str
    aliases: tuple[str, ...]
    mentions: tuple[str, ...]
    type: str
    level: str
    serves: str
    parent: str | None
    legal_body: str
    topics: tuple[str, ...]
    mode: str
    head_template: str
    validity: Validity
    source: str

    @property
    def is_desk(self) -> bool:
        return self.legal_body != self.slug

    @property
    def head(self) -> str:
        """The title of such a body's head, without a place; `head_name` gives it for one office."""
        return _fill(self.head_template, None, self.serves)


def gazetteer() -> Places:
    """The gazetteer that names are made from unless another is given; loaded on first use."""
    from nlu import places

    return places


@cache
def catalogue() -> Mapping[str, Agency]:
    """All types of body by slug. Raises LawDataError for a row that contradicts the others."""
    loaded = {row["slug"]: _agency(row) for row in load_csv("agencies.csv")}
    for agency in loaded.values():
        known = agency.legal_body in loaded and (agency.parent is None or agency.parent in loaded)
        if not known or agency.level not in LEVELS or agency.mode not in MODES:
            raise LawDataError(f"agencies.csv: wrong parent, legal body, level or mode in {agency.slug}")
    return loaded


def get(slug: str) -> Agency:
    """One type of body. Raises KeyError for an unknown slug."""
    return catalogue()[slug]


def legal_body(slug: str) -> Agency:
    """The body that answers in law for a body or desk. Raises KeyError for an unknown slug."""
    return get(get(slug).legal_body)


def unit_of(agency: str, *, province_code: str | None, commune_code: str | None) -> str | None:
    """The code of the unit whose body of this type is meant; None where the place that decides it is unknown."""
    serves, level = get(agency).serves, get(agency).level
    if serves == "nuoc":
        return CENTRE
    if serves == "xa" and (commune_code or level == "xa"):
        return commune_code
    return province_code


def office_name(agency: str, unit: str | None, *, places: Places | None = None) -> str:
    """The display name of a body or desk in a commune, a province or "00": "UBND phường Hạc Thành"."""
    body = get(agency)
    return _fill(body.name_template, unit_name(unit, places=places), body.serves)


def head_name(agency: str, unit: str | None, *, places: Places | None = None) -> str:
    """The title of the body's head: "Chủ tịch UBND phường Hạc Thành"."""
    body = get(agency)
    return _fill(body.head_template, unit_name(unit, places=places), body.serves)


def unit_name(unit: str | None, *, places: Places | None = None) -> str | None:
    """The unit as written in a name: "phường Hạc Thành", "tỉnh Thanh Hóa".

    The bare code where the gazetteer does not have it; None for no unit and for the centre.
    """
    if unit is None or unit == CENTRE:
        return None
    places = places or gazetteer()
    if len(unit) == 2:
        province = places.province(unit)
        return f"{province_type(unit)} {province.name}" if province else f"{province_type(unit)} (mã {unit})"
    commune = places.commune(unit)
    return f"{commune.type} {commune.name}" if commune else f"xã, phường (mã {unit})"


def province_type(code: str) -> str:
    """ "thành phố" for the centrally run cities, else "tỉnh"."""
    return "thành phố" if code in load_yaml("units.yml")["central_cities"]["codes"] else "tỉnh"


def mentioned(text: str) -> tuple[str, ...]:
    """The slugs of the bodies that a text names, in the order of the text; the longer name wins where two overlap."""
    taken = _mentions(Words(text))
    return tuple(dict.fromkeys(taken[span] for span in sorted(taken)))


def _mentions(words: Words) -> dict[tuple[int, int], str]:
    taken: dict[tuple[int, int], str] = {}
    for phrase, slug in _mention_phrases():
        for start, end in words.spans(phrase):
            if not any(start < other_end and other_start < end for other_start, other_end in taken):
                taken[start, end] = slug
    return taken


def accused(text: str) -> str | None:
    """The first body that a text names without addressing it ("kính gửi ...", "đề nghị ..."); None if there is none."""
    words = Words(text)
    for (start, _), slug in sorted(_mentions(words).items()):
        if not any(words.stands_before(start, phrase) for phrase in load_yaml("signals.yml")["xung_ho"]["phrases"]):
            return slug
    return None


@cache
def _mention_phrases() -> tuple[tuple[str, str], ...]:
    pairs = [(phrase, agency.slug) for agency in catalogue().values() for phrase in agency.mentions]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0].split())))


def _fill(template: str, unit: str | None, serves: str) -> str:
    return template.replace("{unit}", unit or _UNKNOWN_UNIT[serves]).strip()


def _agency(row: Mapping[str, str]) -> Agency:
    return Agency(
        slug=row["slug"],
        name=row["name"],
        name_template=row["name_template"],
        aliases=_split(row["aliases"]),
        mentions=_split(row["mentions"]),
        type=row["type"],
        level=row["level"],
        serves=row["serves"],
        parent=row["parent"] or None,
        legal_body=row["legal_body"],
        topics=_split(row["topics"]),
        mode=row["mode"],
        head_template=row["head"],
        validity=validity(row),
        source=row["source"],
    )


def _split(cell: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in cell.split(";") if part.strip())
