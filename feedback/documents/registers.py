"""Registers and the periodic report as XLSX: rows as they stand in the database, totals as visible formulas."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from sqlalchemy.orm import Session

from feedback import agencies, states, taxonomy
from feedback.base import VIETNAM
from feedback.channels import channel_words
from feedback.documents import repository
from feedback.documents.paper import UNVERIFIED
from feedback.documents.repository import Period, RegimeCounts
from feedback.law import load_yaml
from feedback.models import Case
from feedback.working_calendar import short_date
from nlu import places

MOST_MATTER = 2_000
A3 = 8
"""The paper of a wide register, by the number that spreadsheets have for it."""
WIDEST_A4 = 200
LINE, HIGHEST_ROW = 15.0, 405.0
"""Points: of one line, and of the highest row that a spreadsheet can have."""
FRAME = Border(*[Side(style="thin")] * 4)
_ALLOWED_CONTROLS = "\n\t"


@dataclass(frozen=True, slots=True)
class Register:
    """One register: which regimes it holds, and its columns as (heading, value, width in characters)."""

    slug: str
    title: str
    regimes: tuple[str, ...]
    columns: tuple[tuple[str, str, int], ...]


def all_registers() -> dict[str, Register]:
    """The registers by slug, from feedback/data/registers.yml."""
    table = load_yaml("registers.yml")
    columns = tuple((str(title), str(value), int(width)) for title, value, width in table["columns"])
    return {
        slug: Register(slug, row["title"], tuple(row["regimes"]), columns) for slug, row in table["registers"].items()
    }


def register_workbook(session: Session, register: Register, period: Period) -> bytes:
    """The cases received in the period, in the order of receipt; restricted ones never among them."""
    sheet = _Sheet(register.title, [width for _, _, width in register.columns])
    sheet.heading(register.title, _subtitle(session, period))
    sheet.head([title for title, _, _ in register.columns])
    for number, case in enumerate(repository.registered_cases(session, register.regimes, period), start=1):
        values = _case_values(case, number=number)
        sheet.words([values[name] for _, name, _ in register.columns])
    return sheet.file()


def report_workbook(session: Session, period: Period, *, now: datetime) -> bytes:
    """Received, carried over, answered, late: by regime, with the totals and shares as formulas."""
    table = load_yaml("registers.yml")["report"]
    counts = repository.regime_counts(session, period, now=now)
    sheet = _Sheet(table["title"], [48, *[14] * 10])
    sheet.heading(table["title"], _subtitle(session, period))
    sheet.head(REPORT_COLUMNS)
    first = sheet.rows + 1
    for title, regime in table["lines"]:
        sheet.row(_report_row(title, counts.get(regime, RegimeCounts()), at=sheet.rows + 1))
    last = sheet.rows
    sums: list[object] = [f"=SUM({letter}{first}:{letter}{last})" for letter in "BCDEFGHI"]
    sheet.row(["Tổng cộng", *sums, *_shares(sheet.rows + 1)], bold=True)
    return sheet.file()


REPORT_COLUMNS = (
    "Chế độ xử lý", "Kỳ trước chuyển sang", "Nhận trong kỳ", "Tổng phải xử lý", "Đã trả lời đúng hạn",
    "Đã trả lời quá hạn", "Kết thúc khác (từ chối, rút, gộp)", "Đang xử lý trong hạn", "Đang xử lý quá hạn",
    "Tỷ lệ đúng hạn", "Đánh giá trung bình",
)  # fmt: skip


def _report_row(title: str, counts: RegimeCounts, *, at: int) -> list[object]:
    """`at`: the number of the row, to which its formulas refer."""
    return [
        title,
        counts.carried_over,
        counts.received,
        f"=B{at}+C{at}",
        counts.answered_in_time,
        counts.answered_late,
        counts.ended_otherwise,
        f"=D{at}-E{at}-F{at}-G{at}-I{at}",
        counts.open_late,
        _shares(at)[0],
        counts.mean_score if counts.mean_score is not None else "",
    ]


def _shares(at: int) -> list[object]:
    """On time: of the answered and of the open ones that are late already; empty where there are none."""
    late = f"E{at}+F{at}+I{at}"
    return [f'=IF({late}=0,"",E{at}/({late}))']


def _case_values(case: Case, *, number: int) -> Mapping[str, object]:
    due, answered = _local(case.due_at), _local(case.answered_at)
    return {
        "number": number,
        "code": case.code,
        "national_code": case.national_code or "",
        "received": _local(case.received_at),
        "channel": channel_words(case.channel),
        "citizen_name": case.contact_name or "",
        "citizen_phone": case.contact_phone or "",
        "matter": case.text[:MOST_MATTER],
        "kind": taxonomy.kind_name(case.kind),
        "field": taxonomy.field_name(case.field) or "",
        "place": _place(case),
        "office": case.office.name,
        "state": states.STATES[case.state],
        "due": due or "",
        "answered": answered or "",
        "on_time": ("có" if answered <= due else "không") if due and answered else "",
        "score": case.rating.score if case.rating else "",
    }


def _place(case: Case) -> str:
    unit = case.commune_code or case.province_code
    return (agencies.unit_name(unit, places=places) if unit else case.place_text) or ""


def _local(moment: datetime | None) -> datetime | None:
    """As a spreadsheet holds it: Vietnam's time without a zone."""
    return moment.astimezone(VIETNAM).replace(tzinfo=None, microsecond=0) if moment else None


def _subtitle(session: Session, period: Period) -> str:
    first, last = period.since.astimezone(VIETNAM).date(), period.last_day
    office = repository.office_title(session, period.office_id)
    mark = "" if load_yaml("registers.yml")["verified"] else f" · {UNVERIFIED}"
    return f"{office} · từ {short_date(first)} đến {short_date(last)}{mark}"


def _printable(value: object) -> object:
    """Without the control characters that a spreadsheet refuses."""
    if not isinstance(value, str):
        return value
    return "".join(letter for letter in value if letter.isprintable() or letter in _ALLOWED_CONTROLS)


def _lines(value: object, width: int) -> int:
    """About how many lines a value takes in a column of so many characters."""
    words = "" if isinstance(value, str) and value.startswith("=") else str(value if value is not None else "")
    return sum(-(-max(len(line), 1) // max(width - 1, 1)) for line in words.splitlines() or [""])


@dataclass
class _Sheet:
    """A worksheet that is written row by row, so that memory does not grow with the register."""

    title: str
    widths: Sequence[int]
    rows: int = 0
    _book: Workbook = field(default_factory=lambda: Workbook(write_only=True))

    def __post_init__(self) -> None:
        self._sheet = self._book.create_sheet(self.title[:31].replace("/", "-"))
        self._sheet.freeze_panes = "A4"
        for number, width in enumerate(self.widths, start=1):
            self._sheet.column_dimensions[get_column_letter(number)].width = width
        self._sheet.page_setup.orientation = "landscape"
        if sum(self.widths) > WIDEST_A4:
            self._sheet.page_setup.paperSize = A3
        self._sheet.page_setup.fitToHeight = 0
        self._sheet.sheet_properties.pageSetUpPr.fitToPage = True

    def heading(self, title: str, subtitle: str) -> None:
        """Two lines over the whole width: they run on over the narrow first column."""
        large, small = (
            Font(name="Times New Roman", size=14, bold=True),
            Font(name="Times New Roman", size=11, italic=True),
        )
        for words, font in ((title, large), (subtitle, small)):
            cell = self._cell(words, font=font)
            cell.alignment = Alignment(vertical="top", wrap_text=False)
            self._append([cell])

    def head(self, names: Iterable[str]) -> None:
        """The names of the columns, on each printed page."""
        self.row(list(names), bold=True)
        self._sheet.print_title_rows = f"{self.rows}:{self.rows}"

    def row(self, values: Sequence[object], *, bold: bool = False) -> None:
        """Numbers, dates, words, and formulas of our own making."""
        font = Font(name="Times New Roman", size=11, bold=bold)
        self._append([self._cell(value, font=font) for value in values])

    def words(self, values: Sequence[object]) -> None:
        """As `row`, for what people wrote: it stays text, whatever it begins with."""
        cells = [self._cell(_printable(value), font=Font(name="Times New Roman", size=11)) for value in values]
        for cell in cells:
            if cell.data_type == "f":
                cell.data_type = "s"
        self._append(cells)

    def file(self) -> bytes:
        written = BytesIO()
        self._book.save(written)
        return written.getvalue()

    def _append(self, cells: list[Any]) -> None:
        """With the height that its longest cell needs: programs that do not fit rows on opening would cut words off."""
        self.rows += 1
        wrapped = [(cell, width) for cell, width in zip(cells, self.widths, strict=False) if cell.alignment.wrap_text]
        lines = max((_lines(cell.value, width) for cell, width in wrapped), default=1)
        self._sheet.row_dimensions[self.rows].height = min(HIGHEST_ROW, LINE * lines + 2)
        for cell, _ in wrapped:
            cell.border = FRAME
        self._sheet.append(cells)

    def _cell(self, value: object, *, font: Font) -> Any:
        cell = WriteOnlyCell(self._sheet, value=value)
        cell.font = font
        cell.alignment = Alignment(vertical="top", wrap_text=True)
        if isinstance(value, datetime):
            cell.number_format = "dd/mm/yyyy hh:mm"
        if isinstance(value, str) and value.startswith("=IF("):
            cell.number_format = "0.0%"
        return cell
