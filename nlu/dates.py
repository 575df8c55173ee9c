"""Dates in a message, absolute ("12/3/2026") and relative ("tuần trước"), over the folded text."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from nlu.text import fold

_NUMERIC = re.compile(
    r"(?<![\d/.,-])(?:ngay\s*|mung\s*|mong\s*|hom\s*)?(?P<day>[0-3]?\d)\s?(?P<sep>[/.-])\s?(?P<month>[01]?\d)"
    r"(?:\s?(?P=sep)\s?(?P<year>20\d\d|19\d\d|\d\d))?(?![\d/]|[.,-]\d|\s?(?:trieu|tr|ty|k|m2|%|kg|gio|"
    r"dien tich|so nguoi|so tien|so ho|sao|diem))"
)
# "số 12/3 đường ...", "hẻm 4/5", "tỉnh lộ 8/2": an address before; "1/2 diện tích" is caught by the share words behind.
_NOT_A_DATE = re.compile(
    r"\b(?:so|so nha|nha|hem|ngo|ngach|kiet|duong|to|thua|lo|can|phong|quyet dinh|nghi dinh|dieu)\s*(?:so\s*)?$"
)
_ISO = re.compile(r"(?<![\d/.-])(?P<year>20\d\d|19\d\d)-(?P<month>\d\d)-(?P<day>\d\d)(?![\d-])")
_WORDS = re.compile(
    r"\b(?:ngay|mung|mong)\s*(?P<day>[0-3]?\d)\s*(?:thang\s*|t)(?P<month>1[0-2]|0?[1-9])(?:\s*(?:nam\s*|[/.,-]\s*)"
    r"(?P<year>20\d\d|19\d\d))?\b"
)
_MONTH = re.compile(
    r"\b(?:dau |giua |cuoi )?(?:thang\s*(?P<month>1[0-2]|0?[1-9])(?:\s*(?:nam\s*|/\s*)(?P<year>20\d\d|19\d\d)|"
    r"\s*(?P<back>vua roi|vua qua|nam ngoai|nam nay|nam truoc|roi)\b)?"
    r"|t(?P<short>1[0-2]|0?[1-9])/(?P<in>20\d\d))(?![\d/])\b"
)
_AGO = re.compile(
    r"\b(?:(?:cach day|tu)\s*)?(?P<n>\d{1,3}|mot|hai|ba|bon|nam|sau|bay|tam|chin|muoi)\s*"
    r"(?P<unit>ngay|tuan|thang|nam|bua|hom)\s*(?:truoc|nay roi|nay)\b"
)
# Days from today; the written marks are compared, since "tới nay" is not "tối nay" and "nằm ngoài" is not "năm ngoái".
_DAY_NAMES = {
    "hôm nay": 0, "bữa nay": 0, "sáng nay": 0, "chiều nay": 0, "tối nay": 0, "trưa nay": 0, "hnay": 0,
    "hôm qua": -1, "bữa qua": -1, "tối qua": -1, "sáng qua": -1, "đêm qua": -1, "chiều qua": -1, "hqua": -1,
    "hôm kia": -2, "bữa kia": -2, "ngày mai": 1, "sáng mai": 1, "chiều mai": 1, "ngày kia": 2, "ngày mốt": 2,
}  # fmt: skip
_PERIOD_NAMES = (
    "tuần trước", "tuần rồi", "tuần qua", "tuần vừa rồi", "tuần vừa qua", "tháng trước", "tháng rồi", "tháng vừa rồi",
    "tháng vừa qua", "tháng qua", "năm ngoái", "năm trước", "năm rồi",
)  # fmt: skip
_DAYS = {fold(name): (name, days) for name, days in _DAY_NAMES.items()}
_DAY = re.compile(r"\b(?:" + "|".join(_DAYS) + r")\b")
_PERIODS = {fold(name): name for name in _PERIOD_NAMES}
_PERIOD = re.compile(r"\b(?<!\d )(?:" + "|".join(sorted(_PERIODS, key=len, reverse=True)) + r")\b")
_WEEKDAYS = {"hai": 0, "2": 0, "ba": 1, "3": 1, "tu": 2, "4": 2, "nam": 3, "5": 3, "sau": 4, "6": 4, "bay": 5, "7": 5}
_WEEKDAY = re.compile(
    r"\b(?:(?:thu\s*)(?P<day>hai|ba|tu|nam|sau|bay|[2-7])|(?P<sunday>chu nhat|cn))\s*"
    r"(?P<which>tuan truoc|tuan roi|vua roi|vua qua|tuan nay|tuan sau)\b"
)
_NUMBERS = {"mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9, "muoi": 10}


def find_dates(folded: str, normalised: str, *, today: date | None = None) -> Iterator[tuple[int, int, str]]:
    """(start, end, value): ISO date or month where it is known, else the words themselves.

    A date without a year is "--MM-DD" and a month without one "--MM" when `today` is not given.
    """
    taken: list[tuple[int, int]] = []
    for pattern, value_of in _RULES:
        for match in pattern.finditer(folded):
            if not _is_spelt_so(match, normalised):
                continue
            value = value_of(match, today)
            if value and all(match.end() <= start or match.start() >= end for start, end in taken):
                taken.append(match.span())
                yield match.start(), match.end(), value


def _is_spelt_so(match: re.Match[str], normalised: str) -> bool:
    true = _DAYS[match[0]][0] if match[0] in _DAYS else _PERIODS.get(match[0])
    if true is None:
        return True
    written = normalised[match.start() : match.end()].lower().split()
    return all(word in (real, fold(real)) for word, real in zip(written, true.split(), strict=False))


def _absolute(match: re.Match[str], today: date | None) -> str | None:
    groups = match.groupdict()
    day, month, year = int(groups["day"]), int(groups["month"]), groups.get("year")
    if groups.get("sep") in (".", "-") and not year:
        return None
    if not year and groups.get("sep") == "/" and _NOT_A_DATE.search(match.string[: match.start()]):
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
    for year in (today.year + 1, today.year, today.year - 1, today.year - 2, today.year - 3, today.year - 4):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found <= today + timedelta(days=60):
            return found
    raise ValueError("no such date")


def _month(match: re.Match[str], today: date | None) -> str | None:
    month, year, back = int(match["month"] or match["short"]), match["year"] or match["in"], match["back"]
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
    return _shifted(today, _DAYS[match[0]][1], match[0])


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
