"""Finds where a message names a place, and all the units that each name can mean."""

import re
from dataclasses import dataclass, replace

from nlu.gazetteer import (
    TOKEN,
    Commune,
    Entry,
    Gazetteer,
    OldDistrict,
    OldWard,
    Province,
    Unit,
    gazetteer,
    key_word,
)
from nlu.place_words import (
    Token,
    breaks_name,
    ends_phrase,
    has_mark,
    is_landmark,
    is_ordinary,
    is_phrase,
    is_told_of,
    name_goes_on,
    unit_word,
)
from nlu.text import fold, views

_COMMUNE_TYPES = frozenset({"phường", "xã", "đặc khu", "thị trấn"})
_BARE_UNIT_WORDS = frozenset({"xa", "phuong", "huyen", "quan", "tinh", "xã", "phường", "huyện", "quận", "tỉnh"})
_DISTRICT_TYPES = frozenset({"thị xã", "thành phố", "quận", "huyện"})
# Names in the highland languages are written with many spellings: their marks are not compared.
_FREE_WORDS = frozenset({"dak", "lak", "krong", "drak"})
_QUANTITY_WORDS = "trieu lan thang ngay nguoi ho nam tuan nghin ngan cay phut gio dong ty cai met m km buoi tieng k tr"
_QUANTITIES = frozenset(_QUANTITY_WORDS.split())


@dataclass(frozen=True, slots=True)
class Mention:
    """One name in the text and all units that it can mean; `start` and `end` count tokens, the unit word included."""

    start: int
    end: int
    types: frozenset[str]
    units: tuple[Unit, ...]
    name: str
    exact: bool
    title: bool
    located: bool
    ordinary: bool
    marked: bool
    alone: bool
    former: bool
    landmark: bool

    @property
    def prefixed(self) -> bool:
        return bool(self.types)

    def of(self, level: type) -> list[Unit]:
        return [unit for unit in self.units if isinstance(unit, level)]


@dataclass(frozen=True, slots=True)
class Reading:
    """A message cut into tokens, with the mentions in order."""

    original: str
    tokens: tuple[Token, ...]
    mentions: tuple[Mention, ...]
    spans: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Offsets in the original of the tokens start..end (end excluded)."""
        return self.spans[start][0], self.spans[end - 1][1]


def read(text: str) -> Reading:
    view = views(text)
    tokens: list[Token] = []
    at = 0
    for match in TOKEN.finditer(view.normalised):
        word = match[0].lower()
        key = key_word(view.folded[match.start() : match.end()])
        gap = view.normalised[at : match.start()]
        tokens.append(Token(word, key, match.start(), match.end(), not match[0][0].islower(), match[0].isupper(), gap))
        at = match.end()
    spans = tuple(view.original_span(token.start, token.end) for token in tokens)
    return Reading(text, tuple(tokens), tuple(_mentions(tokens)), spans)


def _mentions(tokens: list[Token]) -> list[Mention]:
    table = gazetteer()
    marked = sum(token.word != fold(token.word) for token in tokens) >= 0.3 * len(tokens)
    shouting = sum(token.title for token in tokens) > 0.8 * len(tokens) and len(tokens) > 8
    found: list[Mention] = []
    at = 0
    while at < len(tokens):
        mention = _mention_at(tokens, at, table, marked)
        if mention is None:
            at += 1
            continue
        found.append(replace(mention, title=False) if shouting else mention)
        at = mention.end
    return found


def _mention_at(tokens: list[Token], at: int, table: Gazetteer, marked: bool) -> Mention | None:
    types, name_at = unit_word(tokens, at)
    found = _longest(tokens, at, name_at, types, table, marked)
    return found or (_longest(tokens, at, at, frozenset(), table, marked) if types else None)


def _longest(
    tokens: list[Token], at: int, name_at: int, types: frozenset[str], table: Gazetteer, marked: bool
) -> Mention | None:
    if not types and (tokens[at].word == "o" or ends_phrase(tokens, at)):
        return None  # "o dien bien" is "ở Điện Biên", not the commune Ô Diên; "xa hoi an giang" has no Hội An
    longest = table.longest_from.get(tokens[name_at].key, 0) if name_at < len(tokens) else 0
    for length in range(min(longest, len(tokens) - name_at), 0, -1):
        words = tokens[name_at : name_at + length]
        entries = table.find([token.key for token in words])
        if not entries or any(breaks_name(token.gap) for token in words[1:]):
            continue
        if _is_torn(words, tokens[name_at + length : name_at + length + 1], prefixed=bool(types)):
            continue
        mention = _mention(tokens, at, name_at, length, types, entries, marked)
        if mention is not None:
            return mention
    return None


def _is_torn(words: list[Token], rest: list[Token], *, prefixed: bool) -> bool:
    """ "dai Hoang" of "dat dai Hoang Hoa", "dong xa" of "hoi dong xa My Loc": a name cut out of the wrong words."""
    if not words[0].title and any(token.title and token.word.isalpha() for token in words):
        return not prefixed or words[0].word in _BARE_UNIT_WORDS  # "cong chuc xa tinh An Giang"
    return not prefixed and bool(rest) and len(words) > 1 and not words[-1].title and words[-1].word in _BARE_UNIT_WORDS


def _mention(
    tokens: list[Token], at: int, name_at: int, length: int, types: frozenset[str], entries: list[Entry], marked: bool
) -> Mention | None:
    words = tokens[name_at : name_at + length]
    fits = [(entry, _marks_fit(words, entry.words, marked, bool(types))) for entry in entries]
    best = max(fit for _, fit in fits)
    if best == 0 or (best == 1 and not types and not all(w.title for w in words)):
        return None
    units = [entry.unit for entry, fit in fits if fit == best and _type_fits(entry.unit, types)]
    if not units:
        return None
    joined = " ".join(token.key for token in words)
    counted = joined.isdigit() or (words[-1].word.isdigit() and not words[0].title)  # "xa bao lam 2 km"
    if counted and name_at + length < len(tokens) and tokens[name_at + length].key in _QUANTITIES:
        return None
    if types and length == 1 and not joined.isdigit() and name_goes_on(tokens, name_at + length):
        return None  # "xã Krông Nnăg" is not the commune Krong
    is_province = any(isinstance(unit, Province) for unit in units)
    wide = is_province or any(isinstance(unit, OldDistrict) for unit in units)
    return Mention(
        start=at,
        end=name_at + length,
        types=types,
        units=tuple(dict.fromkeys(units)),
        name=" ".join(token.word for token in words),
        exact=best == 3 or (best == 2 and not marked),
        title=all(token.title for token in words) and not joined.isdigit(),
        located=is_told_of(tokens, at, "locative"),
        ordinary=is_phrase(words, tokens[name_at - 1])
        if types
        else is_ordinary(tokens, at, name_at + length, wide=wide, province=is_province),
        marked=marked,
        alone=length == len(tokens),
        landmark=not types and is_landmark(tokens, at),
        former=_is_former(tokens, at, name_at + length),
    )


def _is_former(tokens: list[Token], start: int, end: int) -> bool:
    """ "X cũ", "từ X về Y", "quê X": named, but less likely to be where the matter is."""
    after = tokens[end].word if end < len(tokens) else ""
    before = tokens[start - 1].word if start else ""
    return after in ("cũ", "cu") or before in ("từ", "tu", "quê", "que")


def _marks_fit(words: list[Token], name: tuple[str, ...], marked: bool, prefixed: bool) -> int:
    """3 = as written, 2 = the writer leaves marks out, 1 = another tone of the same name, 0 = another name."""
    if not marked and not has_mark(words):
        return 2
    fit = 3
    for token, true in zip(words, name, strict=True):
        if token.word == true or token.key.isdigit() or token.key in _FREE_WORDS:
            continue
        if token.word == fold(token.word):
            fit = min(fit, 1 if not prefixed or has_mark(words) else 2)
        elif prefixed and _toneless(token.word) == _toneless(true):
            fit = min(fit, 1)
        else:
            return 0
    return fit


_HOI_NGA = str.maketrans("ảẳẩẻểỉỏổởủửỷ", "ãẵẫẽễĩõỗỡũữỹ")


def _toneless(word: str) -> str:
    """Alike under the commonest misspellings: hỏi for ngã, i for y."""
    word = word.translate(_HOI_NGA)
    return re.sub(r"(?<=^[hklmstqv])[yýỳỹỵ]$", lambda m: "iíìĩị"["yýỳỹỵ".index(m[0])], word)


def _type_fits(unit: Unit, types: frozenset[str]) -> bool:
    if not types:
        return not (isinstance(unit, OldWard) and unit.name.isdigit()) and not (
            isinstance(unit, OldDistrict) and unit.name.isdigit()
        )
    if isinstance(unit, Commune):
        return bool(types & _COMMUNE_TYPES)
    if isinstance(unit, OldWard):
        return unit.type in types
    if isinstance(unit, OldDistrict):
        return bool(types & _DISTRICT_TYPES)
    return bool(types & {"tỉnh", "thành phố"}) if isinstance(unit, Province) else False
