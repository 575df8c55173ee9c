"""Rules that find codes, numbers, sums and dates in a message; each number goes to the one rule that fits it best."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from nlu.dates import find_dates
from nlu.text import TextViews, views


@dataclass(frozen=True, slots=True)
class Entity:
    """`start` and `end` are offsets into the original text: `text == original[start:end]`."""

    entity: str
    value: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class _Find:
    entity: str
    value: str
    start: int
    end: int


# Codes of the province of birth registration in a personal identification number (TT 59/2021/TT-BCA, the 63 old ones).
_BIRTH_PROVINCE_CODES = """
    001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 044
    045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 089 091
    092 093 094 095 096
    """
_BIRTH_PROVINCES = frozenset(_BIRTH_PROVINCE_CODES.split())
_TAX_WEIGHTS = (31, 29, 23, 19, 17, 13, 7, 5, 3)

_OLD_DOSSIER = re.compile(r"(?<![\w.])(\d{3}\.\d{2}\.\d{2}\.[gh]\d{2})\s?-\s?(\d{6})\s?-\s?(\d{4,6})(?!\d)", re.I)
_NEW_DOSSIER = re.compile(
    r"(?:(?<![\w.])|(?<=\bma)|(?<=\bso))([gh]\d{2}(?:\.[gh]?\d{1,3}){0,4}|[a-z]{2,3})"
    r"\s?-\s?(\d{6})\s?-\s?(\d{4,6})(?!\d)"
)
_INSURANCE_DOSSIER = re.compile(r"(?<![\d/])(\d{4,6})/(20\d{2})/(\d{5})(?![\d/])")
_PHONE = re.compile(
    r"(?<![\d.,-])(?:\(?\+?0?84\)?[\s.-]?(?:\(0\))?|\(?0)"
    r"(?P<mobile>(?:3[2-9]|5[25689]|7[06-9]|8[1-9]|9\d)(?:[\s.)-]{0,2}\d){7})(?!\d|[.,-]\d)"
)
_LANDLINE = re.compile(r"(?<![\d.,/-])(?:\+?84[\s.-]?|0)(?P<fixed>2\d{1,2}(?:[\s.-]?\d){7,8})(?![\d/]|[.,-]\d)")
_HOTLINE = re.compile(r"(?<![\d.,/-])(1[89]00(?:[\s.-]?\d){4,6})(?![\d/]|[.,-]\d)")
_NATIONAL_ID = re.compile(r"(?<![\d.,/-])0\d{2}(?:[\s.-]?\d){9}(?![\d/]|[.,-]\d)")
_OLD_ID = re.compile(r"(?<![\d.,/-])\d{3}[\s.]?\d{3}[\s.]?\d{3}(?![\d/]|[.,-]\d)")
_TAX_CODE = re.compile(r"(?<![\d.,/-])(\d(?:[\s.]?\d){9})(?:\s?-\s?(\d{3}))?(?![\d/]|[.,-]\d)")
_PROCEDURE_CODE = re.compile(r"(?<![\d.])[1-9]\.\d{6}(?:\.\d{3}\.\d{2}\.\d{2}\.h\d{2}|\.h\d{2})?(?![\d.]*\d)", re.I)
_CAR_PLATE = re.compile(
    r"(?<![\w/.])(\d{2}(?:[a-hk-nps-vx-z]{1,2}|ld|kt|mk))(?:[-\s.]{0,2})(\d{3}[.\s]?\d{2}|\d{4})(?!\w|[.,]\d)", re.I
)
_BIKE_PLATE = re.compile(
    r"(?<![\w/.])(\d{2})[-\s]?([a-hk-nps-vx-z][a-hk-nps-vx-z0-9])[-\s.]{1,3}(\d{3}[.\s]?\d{2}|\d{4})(?!\w|[.,]\d)", re.I
)
_LAND_PLOT = re.compile(r"\bthua\s*(?:dat)?\s*(?:so)?\s*[:.]?\s*(\d{1,5}(?:-\d+)?)(?![\d.,]*\d)")
_MAP_SHEET = re.compile(r"\bto\s*(?:ban\s*do|bd)?\s*(?:dia\s*chinh\s*)?(?:so)?\s*[:.]?\s*(\d{1,4}(?:-\d+)?)\b")

_ID_WORDS = re.compile(r"cccd|cmnd|cmt|can cuoc|chung minh|dinh danh|so ca nhan")
_TAX_WORDS = re.compile(r"\bmst\b|ma so thue|ma thue|ma so doanh nghiep|\bmsdn\b")
_INSURANCE_WORDS = re.compile(r"\bbhxh\b|so bao hiem|ma bao hiem|\bbhyt\b|the bao hiem")
_PLATE_WORDS = re.compile(r"bien so|bien kiem soat|\bbks\b|\bbien\b|\bxe\b|o to|xe may")

_SCALES = {
    "dong": 1,
    "vnd": 1,
    "d": 1,
    "k": 1_000,
    "nghin": 1_000,
    "ngan": 1_000,
    "ng": 1_000,
    "tram": 100,
    "tr": 10**6,
}
_SCALES |= {"trieu": 10**6, "chai": 10**6, "cu": 10**6, "ty": 10**9, "ti": 10**9, "xi": 100_000, "lit": 100_000}
# "10 cũ" and "5 lít" are no sums, "10 củ" and "5 cu" are: the marks decide where there are any.
_SCALE_WORDS = "đồng đông dong vnd đ d k nghìn nghin ngàn ngan triệu triêu trieu tr chai củ cu tỷ tỉ ty ti xị"
_WRITTEN_SCALES = frozenset(_SCALE_WORDS.split())
_AMOUNT = re.compile(
    r"(?<![\w.,/-])(?P<number>\d{1,3}(?:[.,]\d{3})+|\d+(?:[.,]\d{1,2})?)\s?"
    r"(?P<scale>ty|ti|trieu|tr|nghin|ngan|k|cu|chai|xi|lit|dong|vnd|d)(?!\w*[^\W\d_])"
    r"(?:\s?(?P<rest>\d{1,3})(?![\d/]|[.,]\d)(?:\s?(?P<rest_scale>trieu|tr|nghin|ngan|k|tram)\b)?)?(?:\s?(?:dong|vnd|d)\b)?"
)


def extract(text: str, *, today: date | None = None) -> list[Entity]:
    """Entities in order of appearance, never overlapping; a relative date has an ISO value only if `today` is given."""
    view = views(text)
    taken: list[_Find] = []
    for find in _FINDERS:
        for found in find(view):
            if all(found.end <= other.start or found.start >= other.end for other in taken):
                taken.append(found)
    for start, end, value in find_dates(view.folded, view.normalised, today=today):
        if all(end <= other.start or start >= other.end for other in taken):
            taken.append(_Find("date", value, start, end))
    return [_entity(view, found) for found in sorted(taken, key=lambda found: found.start)]


def _entity(view: TextViews, found: _Find) -> Entity:
    start, end = view.original_span(found.start, found.end)
    return Entity(found.entity, found.value, start, end, view.original[start:end])


def _dossiers(view: TextViews) -> Iterator[_Find]:
    for pattern in (_OLD_DOSSIER, _NEW_DOSSIER):
        for match in pattern.finditer(view.folded):
            if _is_received_on(match[2]):
                yield _Find("dossier", f"{match[1].upper()}-{match[2]}-{match[3]}", *match.span())
    for match in _INSURANCE_DOSSIER.finditer(view.folded):
        yield _Find("dossier", match[0], *match.span())


def _is_received_on(day: str) -> bool:
    """The middle of a dossier code is the day of receipt, YYMMDD."""
    try:
        return date(2000 + int(day[:2]), int(day[2:4]), int(day[4:])) >= date(2010, 1, 1)
    except ValueError:
        return False


def _procedure_codes(view: TextViews) -> Iterator[_Find]:
    for match in _PROCEDURE_CODE.finditer(view.folded):
        if not re.match(r"\s?(?:d|dong|vnd|trieu|tr|k)\b", view.folded[match.end() :]):
            yield _Find("procedure_code", match[0][:8], *match.span())


def _keyword_ids(view: TextViews) -> Iterator[_Find]:
    for match in _NATIONAL_ID.finditer(view.folded):
        digits = _digits(match[0])
        if _said_before(view, match.start(), _ID_WORDS) and _is_national_id(digits):
            yield _Find("national_id", digits, *match.span())
    for match in _OLD_ID.finditer(view.folded):
        if _said_before(view, match.start(), _ID_WORDS, reach=25):
            yield _Find("national_id", _digits(match[0]), *match.span())


def _tax_codes(view: TextViews) -> Iterator[_Find]:
    for match in _TAX_CODE.finditer(view.folded):
        digits = _digits(match[1])
        if _said_before(view, match.start(), _TAX_WORDS) and is_tax_code(digits):
            yield _Find("tax_code", digits + (f"-{match[2]}" if match[2] else ""), *match.span())
    for match in _NATIONAL_ID.finditer(view.folded):
        # A household business uses its owner's personal number as its tax code (TT 86/2024/TT-BTC).
        if _said_before(view, match.start(), _TAX_WORDS, reach=20) and _is_national_id(_digits(match[0])):
            yield _Find("tax_code", _digits(match[0]), *match.span())


def _phones(view: TextViews) -> Iterator[_Find]:
    for pattern in (_PHONE, _LANDLINE):
        for match in pattern.finditer(view.folded):
            number = "0" + _digits(match[1])
            if _is_phone(number) and not _said_before(view, match.start(), _INSURANCE_WORDS, reach=20):
                yield _Find("phone", number, *match.span())
    for match in _HOTLINE.finditer(view.folded):
        yield _Find("phone", _digits(match[1]), *match.span())


def _bare_ids(view: TextViews) -> Iterator[_Find]:
    for match in _NATIONAL_ID.finditer(view.folded):
        if _is_national_id(_digits(match[0])):
            yield _Find("national_id", _digits(match[0]), *match.span())


def _plates(view: TextViews) -> Iterator[_Find]:
    for match in _CAR_PLATE.finditer(view.folded):
        if _said_before(view, match.start(), _PLATE_WORDS, reach=30) or view.normalised[match.start(1) + 2].isupper():
            yield _Find("plate", f"{match[1].upper()}-{_digits(match[2])}", *match.span())
    for match in _BIKE_PLATE.finditer(view.folded):
        if _said_before(view, match.start(), _PLATE_WORDS, reach=30) or view.normalised[match.start(2)].isupper():
            yield _Find("plate", f"{match[1]}{match[2].upper()}-{_digits(match[3])}", *match.span())


def _land_plots(view: TextViews) -> Iterator[_Find]:
    for match in _LAND_PLOT.finditer(view.folded):
        if view.normalised[match.start() : match.start() + 4].lower() not in ("thửa", "thua"):
            continue
        sheet = _MAP_SHEET.search(view.folded, match.end(), match.end() + 60)
        if sheet is None:
            sheet = _MAP_SHEET.search(view.folded, max(0, match.start() - 40), match.start())
        value = f"{match[1]}/{sheet[1]}" if sheet else match[1]
        start = min(match.start(), sheet.start()) if sheet else match.start()
        yield _Find("land_plot", value, start, max(match.end(), sheet.end()) if sheet else match.end())


def _amounts(view: TextViews) -> Iterator[_Find]:
    for match in _AMOUNT.finditer(view.folded):
        written = view.normalised[match.start("scale") : match.end("scale")].lower()
        is_plate = written == "k" and _said_before(view, match.start(), _PLATE_WORDS, reach=12)
        if written in _WRITTEN_SCALES and not is_plate:
            yield _Find("amount", str(_dong(match)), *match.span())


def _dong(match: re.Match[str]) -> int:
    """The sum in đồng: "1tr5" = 1,500,000; "2 tỷ 3" = 2,300,000,000; "800k" = 800,000; "15 triệu 500" = 15,500,000."""
    scale = _SCALES[match["scale"]]
    number = match["number"]
    grouped = re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", number)
    amount = round(float(re.sub(r"[.,]", "", number) if grouped else number.replace(",", ".")) * scale)
    if match["rest"]:
        rest = int(match["rest"])
        if match["rest_scale"]:
            amount += rest * (_SCALES[match["rest_scale"]] * (scale // 1000 if match["rest_scale"] == "tram" else 1))
        else:
            amount += rest * scale // 10 ** len(match["rest"])
    return amount


_FINDERS: tuple[Callable[[TextViews], Iterator[_Find]], ...] = (
    _dossiers,
    _procedure_codes,
    _tax_codes,
    _keyword_ids,
    _phones,
    _bare_ids,
    _plates,
    _land_plots,
    _amounts,
)


def _said_before(view: TextViews, at: int, words: re.Pattern[str], *, reach: int = 40) -> bool:
    """A key word stands before the number, with no other number between."""
    before = view.folded[max(0, at - reach) : at]
    return words.search(re.split(r"\d{6,}", before)[-1]) is not None


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _is_national_id(digits: str) -> bool:
    """12 digits: province of birth, century and sex, year (NĐ 137/2015, Điều 13); no check digit exists."""
    if len(digits) != 12 or digits[:3] not in _BIRTH_PROVINCES or digits[3] not in "0123":
        return False
    century, year = int(digits[3]) // 2, int(digits[4:6])
    return century == 0 or year <= 40


def is_tax_code(digits: str) -> bool:
    """Ten digits whose last is 10 - (weighted sum mod 11)."""
    if len(digits) != 10 or digits[2:9] == "0000000":
        return False
    total = sum(weight * int(digit) for weight, digit in zip(_TAX_WEIGHTS, digits, strict=False))
    return (10 - total % 11) % 11 == int(digits[9])


def _is_phone(number: str) -> bool:
    if number.startswith("02"):
        return len(number) == 11
    return len(number) == 10
