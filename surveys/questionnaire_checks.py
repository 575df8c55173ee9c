"""The linter of questionnaires: everything that would make a form mislead its respondents or its reader."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any, get_args

from surveys.questionnaires import BlockRole, Questionnaire, Scale

CONFIDENCE_MARKS = frozenset({"S", "R-high", "R-med", "R-low", "D", "own", "?"})
CODE = re.compile(r"[a-z][a-z0-9_]{0,19}")
"""What a button's payload and a column of a file can carry."""
OPTION_CODE = re.compile(r"[a-z0-9_]{1,20}")
MOST_OPTIONS = 12
LONGEST_QUESTION = 300
"""Characters: one message on a small screen."""

_FIELDS: Mapping[str, frozenset[str]] = {
    "": frozenset(
        {
            "id",
            "code",
            "title",
            "intro",
            "valid_from",
            "valid_to",
            "source",
            "confidence",
            "scale",
            "factors",
            "factor_weights",
            "note",
            "series",
            "parts",
            "before",
            "after",
            "identification",
            "missing",
            "incomplete",
        }
    ),
    "scale": frozenset({"levels", "satisfied_from"}),
    "factor_weights": frozenset({"values", "source", "confidence"}),
    "factors": frozenset({"code", "name", "criteria", "gate"}),
    "gate": frozenset({"code", "text", "options", "asks_when", "question"}),
    "parts": frozenset({"code", "name", "factors"}),
    "before": frozenset({"code", "title", "role", "options", "items", "several"}),
    "after": frozenset({"code", "title", "role", "options", "items", "several"}),
    "identification": frozenset({"code", "label", "valid_to"}),
}


def unknown_fields(data: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """Names that no form has: a misspelt field would otherwise be left out in silence."""
    for name, value in data.items():
        if name not in _FIELDS[place]:
            yield f"{place}.{name}" if place else str(name)
        elif name in _FIELDS:
            for entry in value if isinstance(value, list) else [value]:
                if isinstance(entry, Mapping):
                    yield from unknown_fields(entry, name)


def problems(form: Questionnaire) -> list[str]:
    """What is wrong with a form, one line each; an empty list means that it can be used."""
    return [
        *_problems_of_dates_and_source(form),
        *_problems_of_scale(form.scale),
        *_problems_of_codes(form),
        *_problems_of_factors(form),
        *_problems_of_blocks(form),
        *_problems_of_parts(form),
        *_problems_of_weights(form),
        *_problems_of_completeness(form),
    ]


def problems_between(forms: Sequence[Questionnaire]) -> list[str]:
    """What is wrong between the forms: two of one series that are in force on the same day."""
    return [
        f"{one.id} và {other.id} cùng loạt {one.series} và cùng có hiệu lực"
        for one, other in combinations(forms, 2)
        if one.series and one.series == other.series and _overlap(one, other)
    ]


def _overlap(one: Questionnaire, other: Questionnaire) -> bool:
    ends = [form.valid_to or date.max for form in (one, other)]
    return one.valid_from <= ends[1] and other.valid_from <= ends[0]


def _problems_of_dates_and_source(form: Questionnaire) -> Iterator[str]:
    for name in ("id", "code", "title", "intro", "source"):
        if not str(getattr(form, name) or "").strip():
            yield f"mục {name} để trống"
    if form.confidence not in CONFIDENCE_MARKS:
        yield f"mức tin cậy “{form.confidence}” không có trong danh sách"
    if not isinstance(form.valid_from, date) or not isinstance(form.valid_to, date | None):
        yield "ngày hiệu lực phải có dạng năm-tháng-ngày"
    elif form.valid_to is not None and form.valid_to < form.valid_from:
        yield "ngày hết hiệu lực trước ngày có hiệu lực"


def _problems_of_scale(scale: Scale) -> Iterator[str]:
    if list(scale.labels) != list(range(1, len(scale.labels) + 1)) or not 2 <= len(scale.labels) <= 9:
        yield "các mức của thang đo phải là 1, 2, 3, ... (2 đến 9 mức)"
    if not all(str(label).strip() for label in scale.labels.values()):
        yield "có mức của thang đo không có nhãn"
    yield from _repeated_labels("thang đo", scale.labels.values())
    if scale.satisfied_from not in scale.labels:
        yield "satisfied_from không phải một mức của thang đo"


def _problems_of_codes(form: Questionnaire) -> Iterator[str]:
    asked = [question.code for question in form.questions]
    codes = asked + [factor.code for factor in form.factors] + [part.code for part in form.parts]
    codes += [field.code for field in form.identification]
    for code, times in Counter(codes).items():
        if times > 1:
            yield f"mã {code} bị trùng"
    for code in (*asked, *(factor.code for factor in form.factors)):
        if not CODE.fullmatch(str(code)):
            yield f"mã {code} phải là chữ thường không dấu, số, gạch dưới, dài đến 20 ký tự"
    for question in form.questions:
        if len(question.text) > LONGEST_QUESTION:
            yield f"câu {question.code} dài quá {LONGEST_QUESTION} ký tự"


def _problems_of_factors(form: Questionnaire) -> Iterator[str]:
    if not form.factors:
        yield "không có yếu tố nào"
    wordings = Counter(str(text).strip() for factor in form.factors for text in factor.criteria.values())
    for factor in form.factors:
        if not str(factor.name or "").strip():
            yield f"yếu tố {factor.code} không có tên"
        if not factor.criteria:
            yield f"yếu tố {factor.code} không có tiêu chí"
        for code, text in factor.criteria.items():
            if not str(code).startswith(f"{factor.code}_"):
                yield f"mã tiêu chí {code} không bắt đầu bằng {factor.code}_"
            if not str(text or "").strip():
                yield f"tiêu chí {code} không có câu chữ"
            elif wordings[str(text).strip()] > 1:
                yield f"tiêu chí {code} trùng câu chữ với tiêu chí khác"
        if factor.gate and not factor.gate.asks_when < set(factor.gate.options):
            yield f"câu hỏi lọc {factor.gate.code} không lọc được gì"
        if factor.gate and form.question(factor.gate.code).kind != "choice":
            yield f"câu hỏi lọc {factor.gate.code} phải là câu chọn một"


def _problems_of_blocks(form: Questionnaire) -> Iterator[str]:
    for block in (*form.before, *form.after):
        if block.role not in get_args(BlockRole):
            yield f"nhóm câu {block.code}: không có loại {block.role}"
        if not str(block.title or "").strip():
            yield f"nhóm câu {block.code} không có lời dẫn"
        if not block.items:
            yield f"nhóm câu {block.code} không có câu nào"
        if len(block.items) > 1 and not all(str(text or "").strip() for text in block.items.values()):
            yield f"nhóm câu {block.code} có câu không có câu chữ"
        if not 2 <= len(block.options) <= MOST_OPTIONS:
            yield f"nhóm câu {block.code} phải có 2 đến {MOST_OPTIONS} lựa chọn"
        for code, label in block.options.items():
            if not isinstance(code, str) or not OPTION_CODE.fullmatch(code) or not str(label or "").strip():
                yield f"nhóm câu {block.code}: lựa chọn {code} sai mã hoặc không có nhãn"
        yield from _repeated_labels(f"nhóm câu {block.code}", block.options.values())


def _repeated_labels(place: str, labels: Any) -> Iterator[str]:
    for label, times in Counter(str(label).strip().casefold() for label in labels).items():
        if times > 1 and label:
            yield f"{place}: nhãn “{label}” bị trùng"


def _problems_of_parts(form: Questionnaire) -> Iterator[str]:
    listed = [code for part in form.parts for code in part.factors]
    if form.parts and listed != [factor.code for factor in form.factors]:
        yield "các phần phải chứa mỗi yếu tố đúng một lần, theo thứ tự của phiếu"


def _problems_of_weights(form: Questionnaire) -> Iterator[str]:
    if form.factor_weights is None:
        return
    values = form.factor_weights.values
    if set(values) != {factor.code for factor in form.factors}:
        yield "trọng số không khớp với các yếu tố"
    if any(value < 0 for value in values.values()) or abs(sum(values.values()) - 1) > 1e-9:
        yield "trọng số phải không âm và cộng lại bằng 1"


def _problems_of_completeness(form: Questionnaire) -> Iterator[str]:
    if form.incomplete and not form.missing:
        yield "phiếu chưa đầy đủ phải nói rõ còn thiếu gì (missing)"
