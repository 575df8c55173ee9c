"""Reading a CSV of feedback (PAKN), one petition a row, for QĐ 766 group 5."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from feedback import agencies, taxonomy
from feedback.working_calendar import VIETNAM
from surveys.csv_files import LONGEST_SHOWN, Row, Table, read_table
from surveys.errors import InvalidOption
from surveys.petitions import Event, Happening, Petition
from surveys.score_rules import PetitionRule

REQUIRED = ("code", "sent_at", "accepted_at", "finished_at")
OPTIONAL = (
    "agency",
    "regime",
    "transferred_at",
    "asked_at",
    "rejected_at",
    "published_at",
    "likes",
    "dislikes",
    "reraised",
    "note",
)
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)

_EVENTS: Mapping[str, Event] = {
    "sent_at": "sent",
    "transferred_at": "transferred",
    "asked_at": "asked",
    "accepted_at": "accepted",
    "rejected_at": "rejected",
    "finished_at": "finished",
    "published_at": "published",
}
_NOT_BEFORE = {
    "transferred_at": ("sent_at",),
    "asked_at": ("sent_at",),
    "accepted_at": ("sent_at",),
    "rejected_at": ("sent_at",),
    "finished_at": ("sent_at", "transferred_at"),
    "published_at": ("sent_at", "transferred_at", "finished_at"),
}
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")
_DAY_FIRST = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?:\s+\d{1,2}:\d{2}(?::\d{2})?)?")
_YES_NO = {"1": True, "0": False, "": False, "có": True, "co": True, "không": False, "khong": False}


@dataclass(frozen=True, slots=True)
class PetitionFile:
    petitions: tuple[Petition, ...]
    warnings: tuple[str, ...]
    first_day: date | None
    """The earliest day in use, for the calendar's sake."""


def read_petitions(path: Path, rule: PetitionRule, *, agency: str | None = None) -> PetitionFile:
    """The petitions of the file, of one agency only where asked for.

    Rows of a regime that is no PAKN are left out with a warning. Raises InvalidTable naming row and column, and
    InvalidOption for an agency that neither the file nor the catalogue knows.
    """
    table = read_table(path, required=REQUIRED, optional=OPTIONAL)
    if agency is not None:
        _check_agency(path, table, agency)
    petitions, others, seen = [], 0, set()
    for row in table.rows:
        if not row["code"]:
            raise row.wrong("code", "để trống")
        if row["code"] in seen:
            raise row.wrong("code", f"{row['code'][:LONGEST_SHOWN]} đã có ở một dòng trước")
        seen.add(row["code"])
        about = _about(row, table, rule)
        petition = Petition(
            code=row["code"],
            about=about or "",
            happenings=tuple(_happenings(row)),
            disliked=_count(row, "dislikes") > _count(row, "likes"),
            reraised=_yes_or_no(row, "reraised"),
        )
        others += about is None
        if about is not None and agency in (None, row["agency"]):
            petitions.append(petition)
    days = [happening.day for petition in petitions for happening in petition.happenings]
    return PetitionFile(tuple(petitions), tuple(_warnings(table, petitions, others)), min(days, default=None))


def _check_agency(path: Path, table: Table, agency: str) -> None:
    if "agency" not in table.columns:
        raise InvalidOption(f"Tệp {path.name} không có cột agency để chọn cơ quan {agency}.")
    if agency not in {row["agency"] for row in table.rows} and agency not in agencies.catalogue():
        raise InvalidOption(f"Không có cơ quan “{agency}” trong tệp và trong danh mục cơ quan.")


def _about(row: Row, table: Table, rule: PetitionRule) -> str | None:
    """What the petition is about; empty where the file has no such column, None for what is no PAKN."""
    if "regime" not in table.columns:
        return ""
    regime = row["regime"]
    if not regime:
        raise row.wrong("regime", "để trống")
    if regime not in taxonomy.regimes():
        known = ", ".join(taxonomy.regimes())
        raise row.wrong("regime", f"không có chế độ “{regime[:LONGEST_SHOWN]}”; các chế độ: {known}")
    return next((about for about, name in rule.regimes.items() if name == regime), None)


def _happenings(row: Row) -> Iterator[Happening]:
    found: dict[str, Happening] = {}
    for column, event in _EVENTS.items():
        moment = _day(row, column)
        if moment is None:
            continue
        happening = Happening(event, moment)
        for earlier in _NOT_BEFORE.get(column, ()):
            if earlier in found and happening.day < found[earlier].day:
                raise row.wrong(column, f"{row[column]} trước {earlier} ({row[earlier]})")
        found[column] = happening
    if "sent_at" not in found:
        raise row.wrong("sent_at", "để trống")
    yield from found.values()


def _day(row: Row, column: str) -> date | None:
    """The day in Vietnam of 2026-11-23, of 2026-11-23 09:30 (Vietnam's time unless it has a zone), of 23/11/2026."""
    text = row[column]
    if not text:
        return None
    try:
        day = _parsed(text)
    except (ValueError, OverflowError):
        raise row.wrong(column, f"“{text[:LONGEST_SHOWN]}” không phải một ngày (2026-11-23 hoặc 23/11/2026)") from None
    if not EARLIEST <= day <= LATEST:
        raise row.wrong(column, f"{text[:LONGEST_SHOWN]} ngoài khoảng {EARLIEST.year}-{LATEST.year}")
    return day


def _parsed(text: str) -> date:
    day_first = _DAY_FIRST.fullmatch(text)
    if day_first:
        return date(int(day_first[3]), int(day_first[2]), int(day_first[1]))
    if not _ISO.match(text):
        raise ValueError(text)
    if len(text) == len("2026-11-23"):
        return date.fromisoformat(text)
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(VIETNAM) if moment.tzinfo else moment).date()


def _count(row: Row, column: str) -> int:
    text = row[column] or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise row.wrong(column, f"“{text[:LONGEST_SHOWN]}” không phải số nguyên không âm")
    return int(text)


def _yes_or_no(row: Row, column: str) -> bool:
    answer = _YES_NO.get(row[column].casefold())
    if answer is None:
        raise row.wrong(column, f"“{row[column][:LONGEST_SHOWN]}” phải là 1 hoặc 0")
    return answer


def _warnings(table: Table, petitions: list[Petition], others: int) -> Iterator[str]:
    if others:
        yield f"{others} dòng không phải phản ánh, kiến nghị về quy định hoặc hành vi; không tính."
    if "regime" not in table.columns:
        yield "tệp không có cột regime; coi mọi dòng là phản ánh, kiến nghị, không phân loại."
    absent = [name for name in ("likes", "dislikes", "reraised") if name not in table.columns]
    if absent:
        yield f"tệp không có cột {', '.join(absent)}; coi như không có đánh giá hoặc phản ánh lại."
    events = [{happening.event for happening in petition.happenings} for petition in petitions]
    unaccepted = sum(bool(one & {"finished", "published"}) and "accepted" not in one for one in events)
    if unaccepted:
        yield f"{unaccepted} dòng xử lý xong mà không có ngày tiếp nhận (accepted_at); không vào số đo hài lòng."
