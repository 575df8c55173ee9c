"""Finds where a message names a place: whole words, an optional unit word before them ("phường", "tp", "q"), and signs of trust."""

import csv
import re
from dataclasses import dataclass, replace
from functools import lru_cache

from nlu.gazetteer import (
    DATA,
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
from nlu.text import fold, views

_UNIT_WORDS: dict[tuple[str, ...], frozenset[str]] = {
    ("phuong",): frozenset({"phường"}),
    ("p",): frozenset({"phường"}),
    ("xa",): frozenset({"xã"}),
    ("x",): frozenset({"xã"}),
    ("dac", "khu"): frozenset({"đặc khu"}),
    ("thi", "tran"): frozenset({"thị trấn"}),
    ("tt",): frozenset({"thị trấn"}),
    ("thi", "xa"): frozenset({"thị xã"}),
    ("tx",): frozenset({"thị xã"}),
    ("thanh", "pho"): frozenset({"thành phố"}),
    ("tp",): frozenset({"thành phố"}),
    ("quan",): frozenset({"quận"}),
    ("q",): frozenset({"quận"}),
    ("huyen",): frozenset({"huyện"}),
    ("h",): frozenset({"huyện"}),
    ("tinh",): frozenset({"tỉnh"}),
    ("t",): frozenset({"tỉnh"}),
}
_SPELT_OUT = {"phuong": "phường", "xa": "xã", "quan": "quận", "huyen": "huyện", "tinh": "tỉnh"}
_COMMUNE_TYPES = frozenset({"phường", "xã", "đặc khu", "thị trấn"})
_DISTRICT_TYPES = frozenset({"thị xã", "thành phố", "quận", "huyện"})
# Names in the highland languages are written with many spellings: their marks are not compared.
_FREE_WORDS = frozenset({"dak", "lak", "krong", "drak"})
_QUANTITIES = frozenset(
    "trieu lan thang ngay nguoi ho nam tuan nghin ngan cay phut gio dong ty cai met m km buoi tieng k tr".split()
)


@dataclass(frozen=True, slots=True)
class Token:
    word: str
    key: str
    start: int
    end: int
    title: bool
    upper: bool
    gap: str


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


@lru_cache(maxsize=1)
def _context_words() -> dict[str, frozenset[str]]:
    groups: dict[str, set[str]] = {}
    with (DATA / "place_context.csv").open(encoding="utf-8", newline="") as file:
        for group, words in list(csv.reader(file))[1:]:
            groups.setdefault(group, set()).update(words.split(";"))
    return {group: frozenset(words) for group, words in groups.items()}


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
    types, name_at = _unit_word(tokens, at)
    found = _longest(tokens, at, name_at, types, table, marked)
    return found or (_longest(tokens, at, at, frozenset(), table, marked) if types else None)


def _longest(
    tokens: list[Token], at: int, name_at: int, types: frozenset[str], table: Gazetteer, marked: bool
) -> Mention | None:
    if not types and tokens[at].word == "o":
        return None  # "o dien bien" is "ở Điện Biên", not the commune Ô Diên
    for length in range(min(table.longest, len(tokens) - name_at), 0, -1):
        words = tokens[name_at : name_at + length]
        if any(_breaks_name(token.gap) for token in words[1:]):
            continue
        entries = table.find([token.key for token in words])
        mention = _mention(tokens, at, name_at, length, types, entries, marked) if entries else None
        if mention is not None:
            return mention
    return None


def _unit_word(tokens: list[Token], at: int) -> tuple[frozenset[str], int]:
    """The unit types that the words at `at` announce, and where the name begins."""
    for length in (2, 1):
        words = tokens[at : at + length]
        types = _UNIT_WORDS.get(tuple(token.key for token in words))
        if types is None or len(words) < length or at + length >= len(tokens):
            continue
        spelt = _SPELT_OUT.get(words[0].key, words[0].word)
        after = tokens[at + length]
        if length == 1 and words[0].word not in (words[0].key, spelt) and not after.title:
            continue
        if _breaks_name(after.gap.replace(".", "", 1)) or not _short_form_is_clear(words[0], after):
            continue
        if _follows_ordinary_phrase(tokens, at, length):
            continue
        return types, at + length
    return frozenset(), at


def _short_form_is_clear(word: Token, after: Token) -> bool:
    """ "x", "h" and "t" alone are letters of chat: they need a full stop; "p" and "q" may stand before a name or number."""
    return word.key not in ("x", "h", "t") or after.gap.startswith(".")


def _follows_ordinary_phrase(tokens: list[Token], at: int, length: int) -> bool:
    """ "xã hội an ...": a unit word that belongs to a common phrase with the next word is no unit word."""
    pair = " ".join(token.key for token in tokens[at : at + length + 1])
    if pair not in _context_words()["phrase"]:
        return False
    titled = tokens[at + length].title and not tokens[at].title
    return not titled and not _is_told_of(tokens, at, "locative")


def _breaks_name(gap: str) -> bool:
    return bool(re.search(r"[^\s'\-–]", gap))


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
    if joined.isdigit() and name_at + length < len(tokens) and tokens[name_at + length].key in _QUANTITIES:
        return None
    wide = any(isinstance(unit, Province | OldDistrict) for unit in units)
    return Mention(
        start=at,
        end=name_at + length,
        types=types,
        units=tuple(dict.fromkeys(units)),
        name=" ".join(token.word for token in words),
        exact=best == 3 or (best == 2 and not marked),
        title=all(token.title for token in words) and not joined.isdigit(),
        located=_is_told_of(tokens, at, "locative"),
        ordinary=_is_phrase(words) if types else _is_ordinary(tokens, at, name_at + length, wide=wide),
        marked=marked,
        alone=length == len(tokens),
        landmark=_is_told_of(tokens, at, "landmark"),
        former=_is_former(tokens, at, name_at + length),
    )


def _is_former(tokens: list[Token], start: int, end: int) -> bool:
    """ "X cũ", "từ X về Y", "quê X": named, but less likely to be where the matter is."""
    after = tokens[end].word if end < len(tokens) else ""
    before = tokens[start - 1].word if start else ""
    return after in ("cũ", "cu") or before in ("từ", "tu", "quê", "que")


def _is_told_of(tokens: list[Token], at: int, group: str) -> bool:
    """One of the group's words, or pairs of words, stands directly before."""
    before = [token.key for token in tokens[max(0, at - 2) : at]]
    words = _context_words()[group]
    return bool(before) and (before[-1] in words or " ".join(before) in words)


def _is_ordinary(tokens: list[Token], start: int, end: int, *, wide: bool) -> bool:
    """Without a unit word this is more likely a common phrase, a person or a street than a place.

    `wide`: it may be a province or an old district, which people name without a unit word.
    """
    words = tokens[start:end]
    context = _context_words()
    joined = " ".join(token.key for token in words)
    titled = all(token.title for token in words)
    located = _is_told_of(tokens, start, "locative")
    if len(words) == 1 and joined not in context["safe"] and (not titled or not _has_mark(words)):
        beside = located or words[0].upper or _is_told_of(tokens, start, "landmark") or "," in words[0].gap
        return not (beside and (titled or joined in context["safe_located"]))
    if joined in context["never_bare"] or (_is_person(words) and not (located and wide)):
        return True
    if joined in context["phrase"] and not titled:
        return not (located and wide) or joined == "hai duong"
    if _is_told_of(tokens, start, "not_before") and not located:
        return True
    if titled and _in_longer_name(tokens, start, end):
        return True
    if not wide and _in_institution(tokens, start):
        return True
    around = tokens[max(0, start - 1) : end + 1]
    pairs = {f"{one.key} {two.key}" for one, two in zip(around, around[1:], strict=False)}
    return not titled and not pairs.isdisjoint(common_pairs())


def _is_phrase(words: list[Token]) -> bool:
    """After a unit word too, "xã biên giới" and "xa dong cua" are common words when nothing is a capital."""
    if all(token.title for token in words) or words[0].key.isdigit():
        return False
    if len(words) == 1:
        return words[0].word == words[0].key
    pairs = {f"{one.key} {two.key}" for one, two in zip(words, words[1:], strict=False)}
    return not pairs.isdisjoint(common_pairs() | _context_words()["phrase"])


def _is_person(words: list[Token]) -> bool:
    first = words[0]
    surnames = _context_words()["surname"]
    unmarked = not any(token.word != fold(token.word) for token in words) and first.word in _bare_surnames()
    return len(words) > 1 and (first.word in surnames or unmarked)


@lru_cache(maxsize=1)
def _bare_surnames() -> frozenset[str]:
    return frozenset(map(fold, _context_words()["surname"]))


def _in_longer_name(tokens: list[Token], start: int, end: int) -> bool:
    """ "Tân Phú" in "Nguyễn Tân Phú Đông": capitals go on at either side, with a space only between."""
    after = (
        end < len(tokens)
        and tokens[end].title
        and tokens[end].word.isalpha()
        and tokens[end].gap == " "
        and len(tokens[end].word) > 1
    )
    if after and _mention_starts(tokens, end):
        after = False
    before = (
        start > 1
        and tokens[start - 1].title
        and tokens[start - 1].word.isalpha()
        and tokens[start].gap == " "
        and not _ends_sentence(tokens[start - 1].gap)
    )
    if before and (_is_told_of(tokens, start, "locative") or tokens[start - 1].upper):
        before = False
    return after or before


def _in_institution(tokens: list[Token], start: int) -> bool:
    """ "bệnh viện đa khoa X", "công ty cổ phần X": the name of a body, not the place where the sender is."""
    before = tokens[max(0, start - 5) : start]
    for at in range(len(before) - 1, -1, -1):
        if f"{before[at - 1].key} {before[at].key}" in _context_words()["institution"] and at:
            return True
        if before[at].gap.strip() or before[at].key in ("o", "tai"):
            return False
    return False


def _mention_starts(tokens: list[Token], at: int) -> bool:
    """A unit word or a province follows: "Quảng Điền Huế" are two names."""
    if _unit_word(tokens, at)[0] or tokens[at].upper:
        return True
    table = gazetteer()
    return any(
        isinstance(entry.unit, Province | OldDistrict)
        for length in (4, 3, 2, 1)
        for entry in table.find([token.key for token in tokens[at : at + length]])
    )


def _ends_sentence(gap: str) -> bool:
    return any(mark in gap for mark in ".?!;:\n")


@lru_cache(maxsize=1)
def common_pairs() -> frozenset[str]:
    """Pairs of folded words that are ordinary speech in citizens' messages."""
    return frozenset((DATA / "common_pairs.txt").read_text(encoding="utf-8").splitlines())


def _marks_fit(words: list[Token], name: tuple[str, ...], marked: bool, prefixed: bool) -> int:
    """3 = as written, 2 = the writer leaves marks out, 1 = another tone of the same name, 0 = another name."""
    if not marked and not _has_mark(words):
        return 2
    fit = 3
    for token, true in zip(words, name, strict=True):
        if token.word == true or token.key.isdigit() or token.key in _FREE_WORDS:
            continue
        if token.word == fold(token.word):
            fit = min(fit, 1 if not prefixed or _has_mark(words) else 2)
        elif prefixed and _toneless(token.word) == _toneless(true):
            fit = min(fit, 1)
        else:
            return 0
    return fit


def _has_mark(words: list[Token]) -> bool:
    return any(token.word != fold(token.word) for token in words)


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
