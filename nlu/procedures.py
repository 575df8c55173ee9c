"""The catalogue of administrative procedures, and retrieval of those that a message is about."""

import csv
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from nlu.text import expand, fold

_DATA = Path(__file__).parent / "data"
_ACRONYM = re.compile(r"[A-ZĐ]{2}")
_WORD = re.compile(r"[a-z0-9]+")
# Said in every name and every message: no evidence for one procedure. Folded, so "do" (đỏ) and "sao" (sao y) must stay.
_STOP_WORDS = "thu tuc ve viec va cac cho cua tai theo trong voi nhung la duoc o toi em minh thi ma nay khong xin"
_STOP = frozenset(_STOP_WORDS.split())
_NEVER_EMPTY = frozenset({"code", "name", "aliases"})
_COVERAGE_POWER = 1.5
_BIGRAM_WEIGHT = 0.6
_GRAM_WEIGHT = 0.25
_MIN_SCORE = 5.0


@dataclass(frozen=True, slots=True)
class ProcedureMatch:
    code: str
    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Procedure:
    """One row of the catalogue; None = the source says nothing, and nothing may be inferred."""

    code: str
    name: str
    aliases: tuple[str, ...]
    topic: str | None
    field: str | None
    level: str | None
    agency: str | None
    issuing_body: str | None
    scope: str | None
    processing_time: str | None
    processing_time_max: str | None
    fee: str | None
    decision: str | None
    code_status: str | None
    url: str | None


class Catalogue:
    """Each name and alias is a phrase, scored by the weight of its words that were found and by how much of it was."""

    def __init__(self, procedures: Iterable[Procedure]) -> None:
        self._procedures = {procedure.code: procedure for procedure in procedures}
        phrases = [(p.code, phrase) for p in self._procedures.values() for phrase in (p.name, *p.aliases)]
        bags = [_features(expand(phrase) if _ACRONYM.search(phrase) else phrase) for _, phrase in phrases]
        self._codes = [code for code, _ in phrases]
        self._idf = _inverse_frequency(bags)
        self._mass = [sum(self._idf[f] for f in bag) for bag in bags]
        self._least = [_least_found(mass) for mass in self._mass]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for number, bag in enumerate(bags):
            for feature in bag:
                self._postings[feature].append(number)

    @classmethod
    def load(cls) -> "Catalogue":
        """The shipped catalogue, read once."""
        return _shipped()

    def __len__(self) -> int:
        return len(self._procedures)

    def codes(self) -> list[str]:
        return list(self._procedures)

    def get(self, code: str) -> Procedure:
        """Raises KeyError for a code that the catalogue does not have."""
        return self._procedures[code]

    def with_names(self, names: Mapping[str, Sequence[str]]) -> "Catalogue":
        """The same catalogue with more names for some codes; codes that it does not have are passed over."""
        if not names:
            return self
        return Catalogue(
            replace(one, aliases=tuple(dict.fromkeys((*one.aliases, *names.get(code, ())))))
            for code, one in self._procedures.items()
        )

    def find(
        self, text: str, n: int = 3, *, prefer: Mapping[str, tuple[str | None, float]] | None = None
    ) -> list[ProcedureMatch]:
        """The best n procedures, best first; none when nothing in `text` points to one.

        `prefer` {column: (value, factor)}: a procedure that has this value there scores so much higher.
        """
        best: dict[str, float] = {}
        for phrase, found in self._found_mass(text):
            score = _score(found, self._mass[phrase])
            code = self._codes[phrase]
            if score >= _MIN_SCORE and score > best.get(code, 0.0):
                best[code] = score
        for column, (value, factor) in (prefer or {}).items():
            for code in best:
                if value is not None and getattr(self._procedures[code], column) == value:
                    best[code] *= factor
        ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))[:n]
        return [ProcedureMatch(code, self._procedures[code].name, round(score, 3)) for code, score in ranked]

    def _found_mass(self, text: str) -> Iterator[tuple[int, float]]:
        """(phrase, weight of its features that the text has), of each phrase of which that is enough for a match."""
        found = [0.0] * len(self._mass)
        for feature in sorted(self._idf.keys() & _features(expand(text))):
            weight = self._idf[feature]
            for phrase in self._postings[feature]:
                found[phrase] += weight
        pairs = zip(found, self._least, strict=True)
        return ((phrase, mass) for phrase, (mass, least) in enumerate(pairs) if mass >= least)


def _score(found: float, mass: float) -> float:
    """The weight that was found of a phrase, by how much of the phrase that is."""
    covered: float = (found / mass) ** _COVERAGE_POWER
    return found * covered


def _least_found(mass: float) -> float:
    """How much of a phrase must be found for a score of _MIN_SCORE: never too much, for all rounding."""
    least: float = (_MIN_SCORE * mass**_COVERAGE_POWER) ** (1 / (1 + _COVERAGE_POWER))
    return max(least, _MIN_SCORE) * (1 - 1e-9)


@lru_cache(maxsize=1)
def _shipped() -> Catalogue:
    more = {row["code"]: _split(row["aliases"]) for row in _rows("procedure_aliases.csv")}
    return Catalogue([_procedure(row, more.get(row["code"], ())) for row in _rows("procedures.csv")])


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _procedure(row: dict[str, str], aliases: tuple[str, ...]) -> Procedure:
    values = {field.name: row[field.name] or None for field in fields(Procedure) if field.name not in _NEVER_EMPTY}
    names = tuple(dict.fromkeys((*_split(row["aliases"]), *aliases)))
    return Procedure(code=row["code"], name=row["name"], aliases=names, **values)


def _split(aliases: str) -> tuple[str, ...]:
    return tuple(alias.strip() for alias in aliases.split(";") if alias.strip())


def _features(text: str) -> set[str]:
    """Folded words, pairs of neighbours ("a_b") and character 4-grams of the words ("#abcd")."""
    words = [word for word in _WORD.findall(fold(text)) if word not in _STOP]
    pairs = {f"{one}_{two}" for one, two in pairwise(words)}
    line = f" {' '.join(words)} "
    grams = {f"#{line[i : i + 4]}" for i in range(len(line) - 3)}
    return set(words) | pairs | grams


def _inverse_frequency(bags: list[set[str]]) -> dict[str, float]:
    seen = Counter(feature for bag in bags for feature in bag)
    weights = {}
    for feature, count in seen.items():
        kind = _GRAM_WEIGHT if feature[0] == "#" else _BIGRAM_WEIGHT if "_" in feature else 1.0
        weights[feature] = kind * math.log(1 + (len(bags) - count + 0.5) / (count + 0.5))
    return weights
