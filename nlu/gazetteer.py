"""The tables of current and former administrative units, indexed by folded name for whole-word look-up."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from nlu.text import fold, normalise

DATA = Path(__file__).parent / "data"
TOKEN = re.compile(r"[^\W\d_]+|\d+")
_MODERN_I = {"my": "mi", "ly": "li", "ky": "ki", "sy": "si", "ty": "ti", "hy": "hi", "quy": "qui", "vy": "vi"}


class Province(NamedTuple):
    """A current province, or the old one of that name that is now part of it (`old` is true)."""

    name: str
    code: str
    old: bool


class Commune(NamedTuple):
    code: str
    name: str
    type: str
    province_code: str


class OldDistrict(NamedTuple):
    id: str
    name: str
    type: str
    old_province: str
    province_code: str


class OldWard(NamedTuple):
    """A ward of before July 2025; `codes` are the communes that it went to, the largest part first."""

    district: str
    name: str
    type: str
    codes: tuple[str, ...]


Unit = Province | Commune | OldDistrict | OldWard


class Entry(NamedTuple):
    unit: Unit
    words: tuple[str, ...]


@dataclass(frozen=True)
class Gazetteer:
    provinces: dict[str, Province] = field(default_factory=dict)
    communes: dict[str, Commune] = field(default_factory=dict)
    districts: dict[str, OldDistrict] = field(default_factory=dict)
    by_name: dict[str, list[Entry]] = field(default_factory=dict)
    codes_of_district: dict[str, set[str]] = field(default_factory=dict)
    codes_of_old_province: dict[str, set[str]] = field(default_factory=dict)
    codes_of_province: dict[str, set[str]] = field(default_factory=dict)
    longest_from: dict[str, int] = field(default_factory=dict)  # first word -> words of the longest name that it begins

    def find(self, words: list[str]) -> list[Entry]:
        return self.by_name.get(" ".join(words), [])


def name_words(name: str) -> tuple[str, ...]:
    """Lower-case words of a name, with marks; punctuation separates."""
    return tuple(TOKEN.findall(name.lower()))


def key_word(folded: str) -> str:
    """One word of a look-up key: y and i alike ("Mỹ", "Mĩ"), numbers without leading zeros."""
    return (folded.lstrip("0") or "0") if folded.isdigit() else _MODERN_I.get(folded, folded)


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """Read the tables once, at first use."""
    table = Gazetteer()
    for code, name, kind, province_code, province in _rows("units.csv"):
        table.provinces.setdefault(province_code, Province(province, province_code, old=False))
        table.communes[code] = Commune(code, name, kind, province_code)
        table.codes_of_province.setdefault(province_code, set()).add(code)
        for part in dict.fromkeys((name, name.split(" - ")[0])):
            _index(table, part, table.communes[code])
    current = {unit.name for unit in table.provinces.values()}
    for identifier, name, kind, old_province, province_code in _rows("old_districts.csv"):
        table.districts[identifier] = OldDistrict(identifier, name, kind, old_province, province_code)
        _index(table, name, table.districts[identifier])
        if old_province not in current and old_province not in table.codes_of_old_province:
            _index(table, old_province, Province(old_province, province_code, old=True))
        table.codes_of_old_province.setdefault(old_province, set())
    for unit in table.provinces.values():
        _index(table, unit.name, unit)
    for district, name, kind, codes in _rows("old_units.csv"):
        ward = OldWard(district, name, kind, tuple(codes.split()))
        table.codes_of_district.setdefault(district, set()).update(ward.codes)
        table.codes_of_old_province[table.districts[district].old_province].update(ward.codes)
        _index(table, name, ward)
    _index_aliases(table)
    return table


def _index(table: Gazetteer, name: str, unit: Unit) -> None:
    words = name_words(name)
    keys = [key_word(fold(word)) for word in words]
    table.by_name.setdefault(" ".join(keys), []).append(Entry(unit, words))
    table.longest_from[keys[0]] = max(len(keys), table.longest_from.get(keys[0], 0))


def _index_aliases(table: Gazetteer) -> None:
    levels: dict[str, tuple[type, ...]] = {
        "province": (Province,),
        "district": (OldDistrict,),
        "commune": (Commune, OldDistrict),
    }
    for alias, level, name in _rows("place_aliases.csv"):
        words = name_words(normalise(name))
        key = " ".join(key_word(fold(word)) for word in words)
        for entry in list(table.by_name.get(key, ())):
            if isinstance(entry.unit, levels[level]) and entry.words == words:
                _index(table, normalise(alias), entry.unit)


def _rows(name: str) -> Iterator[list[str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        yield from reader
