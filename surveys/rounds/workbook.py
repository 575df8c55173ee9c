"""The round as a workbook whose index is computed by visible formulas from the rows beside it."""

from __future__ import annotations

import io
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from surveys.questionnaires import Questionnaire
from surveys.rounds.models import SurveyRound
from surveys.rounds.row_files import columns_of, design_columns, design_of, index_command
from surveys.rounds.rows import Rows

_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")
_RISKY = ("=", "+", "-", "@", "\t")


def workbook(survey: SurveyRound, form: Questionnaire, rows: Rows) -> bytes:
    """Sheets: Chỉ số (formulas), Phiếu (rows), Mã (codes and labels), Ghi chú."""
    book = Workbook()
    figures, answers = book.active, book.create_sheet("Phiếu")
    figures.title = "Chỉ số"
    _answers(answers, survey, form, rows)
    _figures(figures, survey, form, rows)
    _codes(book.create_sheet("Mã"), form)
    _notes(book.create_sheet("Ghi chú"), survey, rows)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _answers(sheet: Any, survey: SurveyRound, form: Questionnaire, rows: Rows) -> None:
    columns = columns_of(form)
    sheet.append([*design_columns(survey), *(column.name for column in columns)])
    for design, one in zip(design_of(rows), rows.responses, strict=True):
        numbers = [column.number(one.answers) for column in columns]
        sheet.append([*(_safe(value) for value in design.values()), *(None if n is None else int(n) for n in numbers)])
    sheet.freeze_panes = "A2"
    _bold_head(sheet)


def _safe(value: Any) -> Any:
    """Text that a spreadsheet would take for a formula is kept as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) and len(value) > 1 else value


def _figures(sheet: Any, survey: SurveyRound, form: Questionnaire, rows: Rows) -> None:
    """By weight: satisfied answers over valid ones. Factors and the whole pool their criteria (method `pooled`)."""
    last, names = len(rows.responses) + 1, [*design_columns(survey), *(column.name for column in columns_of(form))]
    weight = _range(names.index("trong_so"), last)
    sheet.append(["Mã", "Tiêu chí", "Chỉ số (%)", "Số câu trả lời", "Tổng trọng số hài lòng", "Tổng trọng số hợp lệ"])
    lines: dict[str, list[int]] = {}
    for factor in form.factors:
        for code, text in factor.criteria.items():
            at = sheet.max_row + 1
            answers = _range(names.index(code), last)
            sheet.append(
                [
                    code,
                    text,
                    f'=IF(F{at}=0,"",100*E{at}/F{at})',
                    f"=COUNT({answers})",
                    f"=SUMPRODUCT(({answers}>={form.scale.satisfied_from})*{weight})",
                    f"=SUMPRODUCT(({answers}>=1)*{weight})",
                ]
            )
            lines.setdefault(factor.code, []).append(at)
    sheet.append([None, "Gộp mọi câu trả lời của các tiêu chí"])
    for factor in form.factors:
        _pooled(sheet, factor.code, f"Yếu tố: {factor.name}", lines[factor.code])
    for part in form.parts:
        _pooled(sheet, part.code, f"Phần: {part.name}", [at for code in part.factors for at in lines[code]])
    _pooled(sheet, "overall", "Chung", [at for found in lines.values() for at in found])
    _bold_head(sheet)
    for letter, width in zip("ABCDEF", (12, 70, 14, 14, 18, 18), strict=True):
        sheet.column_dimensions[letter].width = width
    for (cell,) in sheet.iter_rows(min_col=2, max_col=2):
        cell.alignment = _WRAPPED


def _pooled(sheet: Any, code: str, title: str, lines: list[int]) -> None:
    at = sheet.max_row + 1
    sums = {letter: ",".join(f"{letter}{line}" for line in lines) for letter in "DEF"}
    formulas = [f"=SUM({sums[letter]})" for letter in "DEF"]
    sheet.append([code, title, f'=IF(F{at}=0,"",100*E{at}/F{at})', *formulas])


def _range(position: int, last: int) -> str:
    letter = get_column_letter(position + 1)
    return f"'Phiếu'!${letter}$2:${letter}${last}"


def _codes(sheet: Any, form: Questionnaire) -> None:
    sheet.append(["Cột", "Câu hỏi", "Giá trị", "Nhãn"])
    for column in columns_of(form):
        for value, label in column.value_labels.items():
            sheet.append([column.name, column.label, int(value), label])
    _bold_head(sheet)
    sheet.column_dimensions["B"].width = 70


def _notes(sheet: Any, survey: SurveyRound, rows: Rows) -> None:
    for line in (
        f"{survey.code}: {survey.title}",
        "Ước tính nội bộ từ phiếu ẩn danh; không phải SIPAS do Bộ Nội vụ công bố.",
        "Ô trống là câu không trả lời: không tính vào tử số, cũng không vào mẫu số.",
        "Sai số theo thiết kế mẫu không tính bằng công thức bảng tính; dùng tệp CSV và lệnh:",
        index_command(survey, rows, f"{survey.code}.csv"),
        "Dữ liệu từng phiếu chỉ dành cho người có quyền; không chuyển tiếp, không công bố.",
    ):
        sheet.append([line])
    sheet.column_dimensions["A"].width = 110


def _bold_head(sheet: Any) -> None:
    for cell in sheet[1]:
        cell.font = _BOLD
