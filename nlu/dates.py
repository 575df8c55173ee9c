"""Dates in a message, absolute ("12/3/2026") and relative ("tuần trước"), over the folded text."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

_NUMERIC = re.compile(
    r"(?<![\d/.,-])(?:ngay\s*|mung\s*|mong\s*|hom\s*)?(?P<day>[0-3]?\d)\s?(?P<sep>[/.-])\s?(?P<month>[01]?\d)"
    r"(?:\s?(?P=sep)\s?(?P<year>20\d\d|19\d\d|\d\d))?(?![\d/]|[.,-]\d|\s?(?:trieu|tr|ty|k|m2|%|kg|gio))"
)
_ISO = re.compile(r"(?<![\d/.-])(?P<year>20\d\d|19\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])")
_WORDS = re.compile(
    r"\b(?:ngay|mung|mong)\s*(?P<day>[0-3]?\d)\s*(?:thang\s*|t)(?P<month>1[0-2]|0?[1-9])(?:\s*(?:nam\s*|[/.,-]\s*)(?P<year>20\d\d|19\d\d))?\b"
)
_MONTH = re.compile(
    r"\b(?:dau |giua |cuoi )?(?:thang\s*|t)(?P<month>1[0-2]|0?[1-9])(?:\s*(?:nam\s*|/\s*)(?P<year>20\d\d|19\d\d)|"
    r"\s*(?P<back>vua roi|vua qua|nam ngoai|nam nay|nam truoc|roi))\b"
)
_AGO = re.compile(
    r"\b(?:(?:cach day|tu)\s*)?(?P<n>\d{1,3}|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)\s*(?P<unit>ngay|tuan|thang|nam|bua|hom)\s*"
    r"(?:truoc|nay roi|nay)\b"
)
_DAY_NAMES = {
    "hom nay": 0, "bua nay": 0, "sang nay": 0, "chieu nay": 0, "toi nay": 0, "trua nay": 0, "hnay": 0,
    "hom qua": -1, "bua qua": -1, "toi qua": -1, "sang qua": -1, "dem qua": -1, "chieu qua": -1, "hqua": -1,
    "hom kia": -2, "bua kia": -2, "bua hom": -2, "ngay mai": 1, "sang mai": 1, "chieu mai": 1, "ngay kia": 2, "ngay mot": 2,
}  # fmt: skip
_DAY = re.compile(r"\b(?:" + "|".join(_DAY_NAMES) + r")\b")
_PERIODS = {"tuan truoc": 7, "tuan roi": 7, "tuan qua": 7, "tuan vua roi": 7, "thang truoc": 30, "thang roi": 30}
_PERIODS |= {"thang vua roi": 30, "thang qua": 30, "nam ngoai": 365, "nam truoc": 365, "nam roi": 365}
_PERIOD = re.compile(r"\b(?<!\d )(?:" + "|".join(sorted(_PERIODS, key=len, reverse=True)) + r")\b")
_WEEKDAYS = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5}
_WEEKDAY = re.compile(
    r"\b(?:(?:thu\s*)(?P<day>hai|ba|tu|nam|sau|bay|[2-7])|(?P<sunday>chu nhat|cn))\s*(?P<which>tuan truoc|tuan roi|vua roi|vua qua|tuan nay|tuan sau)\b"
)
_NUMBERS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10}


def find_dates(folded: str, *, today: date | None = None) -> Iterator[tuple[int, int, str]]:
    """(start, end, value): ISO date or month where it is known, else the words themselves."""
    taken: list[tuple[int, int]] = []
    for pattern, value_of in _RULES:
        for match in pattern.finditer(folded):
            value = value_of(match, today)
            if value and all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                yield match.start(), match.end(), value


def _absolute(match: re.Match[str], today: date | None) -> str | None:
    groups = match.groupdict()
    day, month, year = int(groups["day"]), int(groups["month"]), groups.get("year")
    if groups.get("sep") in (".", "-") and not year:
        return None
    try:
        if year:
            full = int(year) if len(year) == 4 else 2000 + int(year)
            return date(full, month, day).isoformat()
        date(2024, month, day)
        return _nearest_past(day, month, today).isoformat() if today else f"--{month:02d}-{day:02d}"
    except ValueError:
        return None


def _nearest_past(day: int, month: int, today: date) -> date:
    """Without a year: this year's date unless it lies more than 60 days ahead; people tell what has happened."""
    for year in (today.year, today.year - 1, today.year - 2, today.year - 3, today.year - 4):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today + timedelta(days=60):
            return found
    raise ValueError("no such date")


def _month(match: re.Match[str], today: date | None) -> str | None:
    month, year, back = int(match["month"]), match["year"], match["back"]
    if year:
        return f"{int(year)}-{month:02d}"
    if today is None:
        return f"--{month:02d}"
    if back in ("nam ngoai", "nam truoc"):
        return f"{today.year - 1}-{month:02d}"
    return f"{today.year - (month > today.month and back != 'nam nay')}-{month:02d}"


def _ago(match: re.Match[str], today: date | None) -> str | None:
    number = int(match["n"]) if match["n"].isdigit() else _NUMBERS[match["n"]]
    days = {"ngay": 1, "bua": 1, "hom": 1, "tuan": 7, "thang": 30, "nam": 365}[match["unit"]]
    return _shifted(today, -number * days, match[0])


def _day_name(match: re.Match[str], today: date | None) -> str | None:
    return _shifted(today, _DAY_NAMES[match[0]], match[0])


def _period(match: re.Match[str], today: date | None) -> str | None:
    if today is None:
        return match[0]
    if match[0].startswith("tuan"):
        return _shifted(today, -7, match[0])
    if match[0].startswith("thang"):
        last = today.replace(day=1) - timedelta(days=1)
        return f"{last.year}-{last.month:02d}"
    return str(today.year - 1)


def _weekday(match: re.Match[str], today: date | None) -> str | None:
    if today is None:
        return match[0]
    day = 6 if match["sunday"] else _WEEKDAYS[match["day"]]
    monday = today - timedelta(days=today.weekday())
    if match["which"] in ("vua roi", "vua qua"):
        found = monday + timedelta(days=day)
        return (found if found < today else found - timedelta(days=7)).isoformat()
    shift = {"tuan nay": 0, "tuan sau": 7}.get(match["which"], -7)
    return _shifted(monday, day + shift, match[0])


def _shifted(today: date | None, days: int, words: str) -> str:
    if today is None:
        return words
    try:
        return (today + timedelta(days=days)).isoformat()
    except OverflowError:
        return words


_RULES = (
    (_ISO, _absolute),
    (_WORDS, _absolute),
    (_NUMERIC, _absolute),
    (_MONTH, _month),
    (_WEEKDAY, _weekday),
    (_AGO, _ago),
    (_DAY, _day_name),
    (_PERIOD, _period),
)
