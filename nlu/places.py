"""Says which current commune and province a message names, or which question would settle it; it never guesses."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TypedDict

from nlu.gazetteer import Commune, OldDistrict, OldWard, Province, Unit, gazetteer
from nlu.mentions import Mention, Reading, read
from nlu.misspelt import find_slip

_CENTRAL_CITIES = frozenset({"01", "31", "46", "48", "75", "79", "92"})
_CONNECTORS = frozenset({"thuoc", "cua", "o", "tai", "nay", "cu", "moi", "la", "truoc", "day"})
_MAX_NAMED = 5


class UnitNames(TypedDict):
    """A current commune; `commune` is null where only the province is meant."""

    commune: str | None
    commune_code: str | None
    province: str
    province_code: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a message says about the place; `commune` is null with `candidates` and a `question` when several fit.

    `start` and `end` are offsets into the original text: `text == original[start:end]`.
    """

    text: str
    commune: str | None = None
    commune_code: str | None = None
    province: str | None = None
    province_code: str | None = None
    candidates: tuple[UnitNames, ...] = field(default=())
    question: str | None = None
    start: int = 0
    end: int = 0

    def as_dict(self) -> dict[str, object]:
        return {
            "text": self.text,
            "commune": self.commune,
            "commune_code": self.commune_code,
            "province": self.province,
            "province_code": self.province_code,
            "candidates": [dict(candidate) for candidate in self.candidates],
        }


@dataclass(frozen=True, slots=True)
class _Context:
    """A wider unit told beside a commune: the codes of today that lie in it, and the old units that it names."""

    mention: Mention
    codes: frozenset[str]
    districts: frozenset[str]
    old_provinces: frozenset[str]
    is_district: bool

    def admits(self, unit: Unit) -> bool:
        if isinstance(unit, Commune):
            return unit.code in self.codes
        if isinstance(unit, OldWard):
            return unit.district in self.districts or (
                not self.is_district and gazetteer().districts[unit.district].old_province in self.old_provinces
            )
        if isinstance(unit, OldDistrict):
            return not self.is_district and unit.old_province in self.old_provinces
        return False


def commune(code: str) -> Commune | None:
    return gazetteer().communes.get(code)


def province(code: str) -> Province | None:
    return gazetteer().provinces.get(code)


def provinces() -> list[Province]:
    """All provinces, by code."""
    return [found for _, found in sorted(gazetteer().provinces.items())]


def communes_of(province_code: str) -> list[Commune]:
    """The communes of a province, by code."""
    table = gazetteer()
    return [table.communes[code] for code in sorted(table.codes_of_province.get(province_code, ()))]


def resolve(text: str, home_province: str | None = None) -> Place | None:
    """The place that `text` names; `home_province` (a code) settles a name that also exists there."""
    reading = read(text)
    wider = [context for mention in reading.mentions if (context := _context(mention)) is not None]
    best: tuple[int, Mention, list[_Context]] | None = None
    for mention in reading.mentions:
        beside = _beside(mention, wider, reading)
        score = 2 * _commune_score(mention, beside)
        if score > 2:
            score -= 3 * mention.former
        if score and (best is None or score > best[0]):
            best = (score, mention, beside)
    if best is not None:
        return _commune_place(reading, best[1], best[2], wider, home_province)
    return (
        _misspelt_place(reading, wider, home_province)
        or _district_place(reading, wider, home_province)
        or _province_place(reading, wider)
    )


def _context(mention: Mention) -> _Context | None:
    table = gazetteer()
    provinces = _provinces(mention)
    districts = _districts(mention) if not provinces or mention.types else []
    if not provinces and not districts:
        return None
    codes: set[str] = set()
    for district in districts:
        codes |= table.codes_of_district[district.id]
    for unit in provinces:
        codes |= table.codes_of_old_province[unit.name] if unit.old else table.codes_of_province[unit.code]
    names = {unit.name for unit in provinces}
    new = {unit.code for unit in provinces if not unit.old}
    names |= {d.old_province for d in table.districts.values() if d.province_code in new}
    return _Context(mention, frozenset(codes), frozenset(d.id for d in districts), frozenset(names), not provinces)


def _provinces(mention: Mention) -> list[Province]:
    found = [unit for unit in mention.units if isinstance(unit, Province)]
    if "thành phố" in mention.types:
        return [unit for unit in found if unit.code in _CENTRAL_CITIES and not unit.old]
    return found


def _districts(mention: Mention) -> list[OldDistrict]:
    found = [unit for unit in mention.units if isinstance(unit, OldDistrict)]
    return [unit for unit in found if unit.type in mention.types] or found


def _beside(mention: Mention, wider: list[_Context], reading: Reading) -> list[_Context]:
    """The chain of wider units that follows a name directly: "phường X, quận Y, tỉnh Z"."""
    chain: list[_Context] = []
    end = mention.end
    for context in wider:
        if context.mention.start < end:
            continue
        between = reading.tokens[end : context.mention.start]
        if len(between) > 2 or any(token.key not in _CONNECTORS for token in between):
            break
        if not between and _ends_sentence(reading.tokens[context.mention.start].gap):
            break
        chain.append(context)
        end = context.mention.end
    return chain


def _ends_sentence(gap: str) -> bool:
    return any(mark in gap for mark in "?!;") or (gap.strip() == "." and gap.endswith(" "))


def _commune_score(mention: Mention, beside: list[_Context]) -> int:
    """How sure it is that a mention names a commune; 0 = it does not."""
    units = [unit for unit in mention.units if isinstance(unit, Commune | OldWard)]
    current = any(isinstance(unit, Commune) for unit in units)
    paired = any(context.admits(unit) for unit in units for context in beside)
    if not units:
        return 0
    if mention.prefixed:
        doubtful = mention.ordinary and not (paired or mention.alone or (mention.located and current))
        return 0 if doubtful else 6 + 3 * paired + mention.exact
    if mention.name.isdigit() or (_provinces(mention) and (mention.former or not paired)):
        return 0
    if paired and not mention.ordinary and (current or mention.title or beside[0].mention.prefixed):
        return 5
    if not current or (mention.ordinary and not mention.alone):
        return 0
    return _bare_score(mention, units)


def _bare_score(mention: Mention, units: list[Commune | OldWard]) -> int:
    """A current name with no unit word and no wider unit beside it."""
    if mention.title and mention.exact:
        return 3 + mention.located
    if mention.located or mention.alone:
        return 2
    return int(not mention.marked and mention.title and bool(_districts(mention)) and _one_province(units))


def _one_province(units: Iterable[Unit]) -> bool:
    return len({unit.province_code for unit in units if isinstance(unit, Commune)}) == 1


def _commune_place(
    reading: Reading, mention: Mention, beside: list[_Context], wider: list[_Context], home_province: str | None
) -> Place:
    units: list[Unit] = [unit for unit in mention.units if isinstance(unit, Commune | OldWard)]
    fitting = [context for context in beside if any(context.admits(unit) for unit in units)]
    elsewhere = [c for c in wider if c not in beside and c.mention is not mention and _trusted(c.mention)]
    for context in [*fitting, *([] if fitting else elsewhere)]:
        units = [unit for unit in units if context.admits(unit)] or units
    if home_province and not fitting:
        units = [unit for unit in units if home_province in _province_codes(unit)] or units
    codes = _codes(units, mention, in_district=any(context.is_district for context in fitting))
    end = max([mention.end, *(context.mention.end for context in fitting)])
    told = next((c for c in beside if not fitting and not c.is_district), None)
    if mention.landmark and not fitting and len(codes) == 1:
        return _to_confirm(reading, mention.start, mention.end, codes[0], sure_province=True)
    return _place(reading, mention.start, end, codes, told)


def _to_confirm(reading: Reading, first: int, last: int, code: str, *, sure_province: bool = False) -> Place:
    """A market or canal often bears the name of a commune near by, a misspelling may be another name: asked."""
    start, end = reading.span(first, last)
    found = _names(code)
    name = _with_type(gazetteer().communes[code])
    question = f"Có phải nơi anh/chị nói ở {name}, {found['province']} không?"
    place = Place(reading.original[start:end], candidates=(found,), question=question, start=start, end=end)
    if not sure_province:
        return place
    return replace(place, province=found["province"], province_code=found["province_code"])


def _misspelt_place(reading: Reading, wider: list[_Context], home_province: str | None) -> Place | None:
    """One slip away from one commune of the province told, it is taken; with no province told it is asked."""
    told = next((c for c in wider if _trusted(c.mention)), None)
    known = told.codes if told else gazetteer().codes_of_province.get(home_province or "")
    slip = find_slip(reading, known)
    if slip is None:
        return None
    codes = [unit.code for unit in slip.units]
    end = max(slip.end, told.mention.end) if told and 0 <= told.mention.start - slip.end <= 1 else slip.end
    if known is None and len(codes) == 1:
        return _to_confirm(reading, slip.start, slip.end, codes[0])
    return _place(reading, slip.start, end, codes, None)


def _trusted(mention: Mention) -> bool:
    return mention.prefixed or not mention.ordinary


def _codes(units: list[Unit], mention: Mention, *, in_district: bool) -> list[str]:
    """Codes of the communes that remain possible: today's names first, unless the old address was written out."""
    current = [unit for unit in units if isinstance(unit, Commune)]
    former = [unit for unit in units if isinstance(unit, OldWard)]
    same_type = [unit for unit in current if unit.type in mention.types]
    if in_district and former and not set(former[0].codes) & {unit.code for unit in current}:
        current = same_type = []
    codes = [unit.code for unit in same_type or current]
    if not codes or (mention.types and not same_type and "thị trấn" not in mention.types):
        codes += [code for unit in former for code in unit.codes]
    return list(dict.fromkeys(codes))


def _province_codes(unit: Unit) -> set[str]:
    table = gazetteer()
    if isinstance(unit, Commune | OldDistrict):
        return {unit.province_code}
    return {table.communes[code].province_code for code in unit.codes} if isinstance(unit, OldWard) else {unit.code}


def _district_place(reading: Reading, wider: list[_Context], home_province: str | None) -> Place | None:
    for context in sorted(wider, key=lambda context: context.mention.former):
        mention = context.mention
        if not context.is_district or not _district_is_meant(mention):
            continue
        units: list[Unit] = list(_districts(mention))
        beside = [c for c in _beside(mention, wider, reading) if any(c.admits(unit) for unit in units)]
        others = [c for c in wider if c is not context and not c.is_district and _trusted(c.mention)]
        for told in beside or others:
            units = [unit for unit in units if told.admits(unit)] or units
        if home_province:
            units = [unit for unit in units if home_province in _province_codes(unit)] or units
        table = gazetteer()
        codes = sorted(
            {code for unit in units if isinstance(unit, OldDistrict) for code in table.codes_of_district[unit.id]}
        )
        end = max([mention.end, *(c.mention.end for c in beside)])
        return _place(reading, mention.start, end, codes, None)
    return None


def _district_is_meant(mention: Mention) -> bool:
    if mention.prefixed or mention.alone:
        return True
    return not mention.ordinary and not mention.name.isdigit() and (mention.title or mention.located)


def _province_place(reading: Reading, wider: list[_Context]) -> Place | None:
    for context in sorted(wider, key=lambda context: context.mention.former):
        mention = context.mention
        provinces = _provinces(mention)
        if not provinces or not (mention.prefixed or not mention.ordinary):
            continue
        unit = gazetteer().provinces[provinces[0].code]
        start, end = reading.span(mention.start, mention.end)
        return Place(reading.original[start:end], province=unit.name, province_code=unit.code, start=start, end=end)
    return None


def _place(reading: Reading, first: int, last: int, codes: list[str], told: _Context | None) -> Place:
    """One code: decided. Several, or a province told that has none of them: the candidates and a question."""
    table = gazetteer()
    start, end = reading.span(first, last)
    text = reading.original[start:end]
    found = tuple(_names(code) for code in codes)
    if told is not None:
        holder = table.provinces[_provinces(told.mention)[0].code]
        question = f"{holder.name} không có nơi nào tên “{text}”. Anh/chị ở phường, xã nào?"
        return Place(text, None, None, holder.name, holder.code, found, question, start, end)
    if len(found) == 1:
        return Place(text, **found[0], start=start, end=end)
    inside = {unit["province_code"] for unit in found}
    shared = table.provinces[inside.pop()] if len(inside) == 1 else None
    name, code = (shared.name, shared.code) if shared else (None, None)
    return Place(text, None, None, name, code, found, _question(text, found), start, end)


def _names(code: str) -> UnitNames:
    table = gazetteer()
    unit = table.communes[code]
    holder = table.provinces[unit.province_code]
    return UnitNames(commune=unit.name, commune_code=code, province=holder.name, province_code=holder.code)


def _question(text: str, found: tuple[UnitNames, ...]) -> str:
    provinces = list(dict.fromkeys(unit["province"] for unit in found))
    if len(provinces) > 1:
        return f"Có nhiều nơi tên “{text}” ({_listed(provinces)}). Anh/chị ở tỉnh, thành phố nào?"
    return f"“{text}” nay thuộc nhiều phường, xã ({_listed_units(found)}). Anh/chị ở phường, xã nào?"


def _listed_units(found: tuple[UnitNames, ...]) -> str:
    table = gazetteer()
    return _listed([_with_type(table.communes[unit["commune_code"] or ""]) for unit in found])


def _with_type(unit: Commune) -> str:
    return f"{unit.type} {unit.name}"


def _listed(names: list[str]) -> str:
    return ", ".join(names[:_MAX_NAMED]) + (", ..." if len(names) > _MAX_NAMED else "")
