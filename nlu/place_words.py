"""Reads the words around a name: unit words ("phường", "tp", "q") before it, and signs that it is no place at all."""

import csv
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from nlu.gazetteer import DATA, Commune, OldDistrict, Province, gazetteer, key_word
from nlu.text import fold

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
# Words of their own, not a slip in the marks of a unit word.
_OTHER_WORDS = frozenset({"quán", "quản", "quân", "quen", "xá", "xà", "tính", "tình", "phượng"})
_BREAK = re.compile(r"[^\s'\-–]")


@dataclass(frozen=True, slots=True)
class Token:
    word: str
    key: str
    start: int
    end: int
    title: bool
    upper: bool
    gap: str


@lru_cache(maxsize=1)
def context_words() -> dict[str, frozenset[str]]:
    """Groups of words and phrases, spelt like the keys of tokens; surnames as they are written."""
    groups: dict[str, set[str]] = {}
    with (DATA / "place_context.csv").open(encoding="utf-8", newline="") as file:
        for group, words in list(csv.reader(file))[1:]:
            phrases = words.split(";")
            if group not in ("surname", "not_locative"):
                phrases = [" ".join(map(key_word, phrase.split())) for phrase in phrases]
            groups.setdefault(group, set()).update(phrases)
    return {group: frozenset(words) for group, words in groups.items()}


def is_told_of(tokens: list[Token], at: int, group: str) -> bool:
    """One of the group's words, or pairs of words, stands directly before."""
    before = [token.key for token in tokens[max(0, at - 2) : at]]
    words = context_words()[group]
    if group == "locative" and at and tokens[at - 1].word in context_words()["not_locative"]:
        return " ".join(before) in words  # "bảo vệ X", "nhà thuốc X": not "về X", "thuộc X"
    return bool(before) and (before[-1] in words or " ".join(before) in words)


def is_landmark(tokens: list[Token], at: int) -> bool:
    """ "chợ X", "bản X": it bears a commune's name and lies there as a rule; "ban X" may be a friend ("bạn")."""
    if is_told_of(tokens, at, "landmark"):
        return True
    if at == 0 or at + 1 >= len(tokens) or not (tokens[at].title and tokens[at + 1].title):
        return False
    return tokens[at - 1].word == "bản" or (tokens[at - 1].word == "ban" and is_told_of(tokens, at - 1, "locative"))


def _lies_there(tokens: list[Token], at: int) -> bool:
    """A village of the highlands or a fork ("ngã ba"): no person ("bà X") and no estate ("chung cư X")."""
    return is_landmark(tokens, at) and tokens[at - 1].key in ("ban", "ba")


def unit_word(tokens: list[Token], at: int) -> tuple[frozenset[str], int]:
    """The unit types that the words at `at` announce, and where the name begins."""
    for length in (2, 1):
        words = tokens[at : at + length]
        types = _UNIT_WORDS.get(tuple(token.key for token in words))
        if types is None or len(words) < length or at + length >= len(tokens):
            continue
        spelt = _SPELT_OUT.get(words[0].key, words[0].word)
        after = tokens[at + length]
        slip = length == 1 and words[0].word not in (words[0].key, spelt)
        if slip and (words[0].word in _OTHER_WORDS or not (after.title and after.word.isalpha())):
            continue
        if breaks_name(after.gap.replace(".", "", 1)) or not _short_form_is_clear(words[0], after):
            continue
        if ends_phrase(tokens, at) or _follows_ordinary_phrase(tokens, at, length):
            continue
        return types, at + length
    return frozenset(), at


def ends_phrase(tokens: list[Token], at: int) -> bool:
    """ "hợp tác xã X", "bình quân 1": the word belongs to the one before it."""
    if at == 0 or tokens[at].title or tokens[at].word == "quận":
        return False
    return f"{tokens[at - 1].key} {tokens[at].key}" in context_words()["phrase"]


def _short_form_is_clear(word: Token, after: Token) -> bool:
    """ "x", "h" and "t" alone are letters of chat: they need a full stop; "p" and "q" do not."""
    return word.key not in ("x", "h", "t") or after.gap.startswith(".")


def _follows_ordinary_phrase(tokens: list[Token], at: int, length: int) -> bool:
    """ "xã hội an ...": a unit word that belongs to a common phrase with the next word is no unit word."""
    pair = " ".join(token.key for token in tokens[at : at + length + 1])
    if pair not in context_words()["phrase"]:
        return False
    titled = tokens[at + length].title and not tokens[at].title
    return not (titled or is_told_of(tokens, at, "locative") or _names_commune(tokens, at + length, alone=at == 0))


def _names_commune(tokens: list[Token], at: int, *, alone: bool) -> bool:
    """A commune's name stands here and a wider unit follows, or (`alone`) nothing else does: "phuong an lac, tphcm"."""
    table = gazetteer()
    for end in range(at + 2, min(at + 5, len(tokens) + 1)):
        found = any(isinstance(entry.unit, Commune) for entry in table.find([token.key for token in tokens[at:end]]))
        if found and (_mention_starts(tokens, end) if end < len(tokens) else alone):
            return True
    return False


def breaks_name(gap: str) -> bool:
    return gap != " " and _BREAK.search(gap) is not None


def is_ordinary(tokens: list[Token], start: int, end: int, *, wide: bool, province: bool) -> bool:
    """Without a unit word this is more likely a common phrase, a person or a street than a place.

    `wide`: it may be a province or an old district, which people name without a unit word.
    """
    words = tokens[start:end]
    context = context_words()
    joined = " ".join(token.key for token in words)
    titled = all(token.title for token in words)
    located = is_told_of(tokens, start, "locative")
    sure = located and wide and has_mark(words)
    if len(words) == 1 and joined not in context["safe"] and (not titled or not has_mark(words)):
        return not _single_word_is_placed(tokens, start, located=located, titled=titled)
    if joined in context["phrase"] and not titled:
        return not (located and wide) or joined in ("hai duong", "nga nam")
    if not titled and _is_everyday(words, marked=has_mark(words)) and not is_told_of(tokens, start, "at"):
        return True
    return (
        (joined in context["people"] and is_told_of(tokens, start, "before_people"))
        or is_told_of(tokens, start, "named_after")
        or _is_told_as_name(tokens, start, end)
        or (not located and _is_addressed(tokens, start))
        or joined in context["never_bare"]
        or (_is_person(words) and not (located and wide))
        or (is_told_of(tokens, start, "not_before") and not located and not _lies_there(tokens, start))
        or (not wide and is_told_of(tokens, start, "not_before_commune"))
        or (titled and _in_longer_name(tokens, start, end))
        or (not wide and _in_institution(tokens, start, "institution"))
        or (not province and not located and _in_institution(tokens, start, "firm"))
        or (not titled and _has_common_pair(words if sure else tokens[max(0, start - 1) : end + 1]))
    )


def _single_word_is_placed(tokens: list[Token], at: int, *, located: bool, titled: bool) -> bool:
    word = tokens[at]
    beside = located or word.upper or is_told_of(tokens, at, "landmark") or "," in word.gap
    return beside and (titled or word.key in context_words()["safe_located"])


def _is_everyday(words: list[Token], *, marked: bool) -> bool:
    """Small letters that writers of marks use as ordinary words: "hai chau" is "hai cháu" before it is Hải Châu."""
    folded, written = ordinary_pairs()
    pairs = [f"{a.word} {b.word}" if marked else f"{a.key} {b.key}" for a, b in pairwise(words)]
    return bool(pairs) and all(pair in (written if marked else folded) for pair in pairs)


def _is_told_as_name(tokens: list[Token], start: int, end: int) -> bool:
    """ "TRAN VAN LOC", "Nghệ An (tên thằng bé)": a surname stands before, or the writer says that it is a name."""
    if end < len(tokens) and "(" in tokens[end].gap and tokens[end].key == "ten":
        return True
    before = tokens[start - 1] if start else None
    if before is None or not before.upper or not tokens[start].upper or tokens[start].gap != " ":
        return False
    return before.word in _bare_surnames() or before.word in context_words()["surname"]


def _is_addressed(tokens: list[Token], start: int) -> bool:
    """ "Anh Sơn đòi tiền": the capital is the sentence's, the word is how a man is spoken of."""
    begins = start == 0 or _ends_sentence(tokens[start].gap)
    return begins and tokens[start].word in ("anh", "chị", "thầy")


def _has_common_pair(words: list[Token]) -> bool:
    pairs = {f"{one.key} {two.key}" for one, two in pairwise(words)}
    return not pairs.isdisjoint(common_pairs())


def is_phrase(words: list[Token], unit: Token) -> bool:
    """After a unit word too, "xã biên giới" and "xa dong cua" are common words when nothing is a capital."""
    if all(token.title for token in words) or words[0].key.isdigit():
        return False
    if len(words) == 1:
        return words[0].word == words[0].key
    marked = has_mark([unit, *words])
    if _is_everyday(words, marked=marked) and (marked or f"{unit.key} {words[0].key}" in ordinary_pairs()[0]):
        return True  # "xa tra don" is "xã trả đơn" before it is the commune Trà Đốn
    pairs = {f"{one.key} {two.key}" for one, two in pairwise(words)}
    return not pairs.isdisjoint(common_pairs() | context_words()["phrase"])


def _is_person(words: list[Token]) -> bool:
    first = words[0]
    surnames = context_words()["surname"]
    unmarked = not any(token.word != fold(token.word) for token in words) and first.word in _bare_surnames()
    return len(words) > 1 and (first.word in surnames or unmarked)


@lru_cache(maxsize=1)
def _bare_surnames() -> frozenset[str]:
    return frozenset(map(fold, context_words()["surname"]))


def name_goes_on(tokens: list[Token], end: int) -> bool:
    """A capital follows after a space only, and no other place begins there."""
    if end >= len(tokens) or not tokens[end].title or tokens[end].gap != " " or not tokens[end].word.isalpha():
        return False
    return len(tokens[end].word) > 1 and not _mention_starts(tokens, end)


def _in_longer_name(tokens: list[Token], start: int, end: int) -> bool:
    """ "Tân Phú" in "Nguyễn Tân Phú Đông": capitals go on at either side, with a space only between."""
    return name_goes_on(tokens, end) or _name_began_before(tokens, start)


def _name_began_before(tokens: list[Token], start: int) -> bool:
    if start < 2 or not tokens[start - 1].title or tokens[start].gap != " " or not tokens[start - 1].word.isalpha():
        return False
    before = tokens[start - 1]
    if _ends_sentence(before.gap) or (before.upper and len(before.word) > 1):
        return False
    return not is_told_of(tokens, start, "locative")


def _in_institution(tokens: list[Token], start: int, group: str) -> bool:
    """ "bệnh viện đa khoa X", "công ty cổ phần X": the name of a body, not the place where the sender is."""
    before = tokens[max(0, start - 5) : start]
    for at in range(len(before) - 1, -1, -1):
        pair = f"{before[at - 1].key} {before[at].key}" if at else ""
        if pair in context_words()[group] or before[at].key in context_words()[group]:
            return True
        if before[at].gap.strip() or before[at].key in ("o", "tai", "gan", "canh", "truoc", "sau", "cho"):
            return False
    return False


def _mention_starts(tokens: list[Token], at: int) -> bool:
    """A unit word or a province follows: "Quảng Điền Huế" are two names."""
    if unit_word(tokens, at)[0] or tokens[at].upper:
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


@lru_cache(maxsize=1)
def ordinary_pairs() -> tuple[frozenset[str], frozenset[str]]:
    """Pairs that read like a part of a place's name, folded and as written, and those of a unit word ("xa tra")."""
    written = (DATA / "ordinary_pairs.txt").read_text(encoding="utf-8").splitlines()
    folded = frozenset(" ".join(key_word(fold(word)) for word in pair.split()) for pair in written)
    return folded | context_words()["compound"], frozenset(written)


def has_mark(words: list[Token]) -> bool:
    return any(token.word != fold(token.word) for token in words)
