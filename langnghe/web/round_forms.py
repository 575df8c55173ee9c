"""What the fields of a round's planning form mean."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from nlu.text import fold
from surveys.errors import InvalidOption
from surveys.population_files import population_of
from surveys.questionnaires import Questionnaire
from surveys.rounds import collecting
from surveys.rounds.collecting import CollectedForm
from surveys.rounds.plans import SamplePlan
from surveys.rounds.steps import RoundDraft
from surveys.rounds.weighting import Weighting

COLUMNS = {
    "tinh": "province",
    "xa": "commune",
    "phuong": "commune",
    "thon": "village",
    "co quan": "office",
    "thu tuc": "procedure",
    "tang": "stratum",
}
"""What people call the columns of a frame -> their names in a plan."""
_STAGE = re.compile(r"([a-z ]*[a-z])(?: (\d{1,6}))?(?: (pps|theo quy mo))?")


def draft_of(fields: Mapping[str, str]) -> RoundDraft:
    """Raises InvalidOption naming the field that cannot be read."""
    kind = fields.get("kind", "simple")
    plan: dict[str, Any] = {
        "kind": kind,
        "size": _whole(fields, "size", "Cỡ mẫu"),
        "reserve": _share(fields, "reserve", "Dự phòng"),
        "one_adult": bool(fields.get("one_adult")),
        "precision": {
            "margin": _share(fields, "margin", "Sai số"),
            "design_effect": _number(fields, "design_effect", "Hệ số thiết kế"),
            "response_rate": _share(fields, "response_rate", "Tỷ lệ trả lời"),
        },
    }
    if kind == "stratified":
        plan |= {"strata": fields.get("strata", ""), "allocation": fields.get("allocation", "proportional")}
    if kind == "multistage":
        plan["stages"] = _stages(fields.get("stages", ""))
    return RoundDraft(
        code=fields.get("code", "").strip().upper(),
        title=fields.get("title", ""),
        questionnaire=fields.get("questionnaire", ""),
        opens_on=_day(fields, "opens_on", "Ngày mở"),
        closes_on=_day(fields, "closes_on", "Ngày đóng"),
        frame_kind=fields.get("frame_kind", ""),
        frame_since=_day(fields, "frame_since", "Từ ngày") if fields.get("frame_since") else None,
        frame_until=_day(fields, "frame_until", "Đến ngày") if fields.get("frame_until") else None,
        plan=SamplePlan.from_data(plan),
        recheck_share=_share(fields, "recheck", "Phúc tra"),
        quotas=_quotas(fields.get("quotas", "")),
    )


def _stages(text: str) -> list[dict[str, Any]]:
    """`tỉnh; xã 6 theo quy mô; thôn 2`: groups of each column, all of them where no number stands; plan words too."""
    stages = []
    for part in filter(None, (part.strip() for part in text.replace("\n", ";").split(";"))):
        found = _STAGE.fullmatch(fold(part))
        if found is None:
            raise InvalidOption(f"Giai đoạn “{part[:40]}” phải có dạng: xã 6 theo quy mô.")
        column, take, by = found.groups()
        stages.append(
            {"column": COLUMNS.get(column, column), "take": int(take) if take else None, "by": "pps" if by else "equal"}
        )
    return stages


def _quotas(text: str) -> list[dict[str, Any]]:
    """`gioi_tinh=nam 200`, one a line."""
    quotas = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        what, _, most = line.rpartition(" ")
        question, _, option = what.partition("=")
        if not (question and option and most.isdigit()):
            raise InvalidOption(f"Hạn mức “{line[:40]}” phải có dạng: câu=lựa_chọn số.")
        quotas.append({"question": question.strip(), "option": option.strip(), "most": int(most)})
    return quotas


def interviewers_of(text: str) -> list[dict[str, Any]]:
    """`Tên: 14797, Thôn 2`, one a line."""
    people = []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, _, areas = line.partition(":")
        people.append({"name": name.strip(), "areas": [area.strip() for area in areas.split(",") if area.strip()]})
    return people


def weighting_of(fields: Mapping[str, str], file: tuple[str, bytes], *, before: Weighting) -> Weighting:
    """The settings of a round's weights. `file`: name and content of population totals, empty for those of `before`.

    Raises InvalidOption naming the field, InvalidTable naming the row of the file.
    """
    name, data = file
    margins, source = before.margins, before.source
    if data:
        margins, source = (
            population_of(data, name or "tệp"),
            f"{name[:60]}, mã kiểm tra {sha256(data).hexdigest()[:12]}",
        )
    if fields.get("no_margins"):
        margins, source = {}, ""
    limit = fields.get("limit", "").strip()
    return Weighting(
        classes=fields.get("classes", ""),
        least=_whole(fields, "least", "Số phiếu ít nhất của một lớp"),
        limit=_number(fields, "limit", "Giới hạn trọng số") if limit else None,
        margins=margins,
        source=source,
    )


def collected_form(
    form: Questionnaire, number: int, chosen: Mapping[str, Sequence[str]], *, mode: str, day: date
) -> CollectedForm:
    """A paper or telephone form as it was typed in: question -> codes of the options; what is none is passed over."""
    given = {
        question.code: collecting.typed_answer(
            question, [code for code in chosen.get(question.code, ()) if code in question.options]
        )
        for question in form.questions
    }
    answers, dropped = collecting.form_answers(form, given)
    return CollectedForm(number=number, answers=answers, mode=mode, day=day, dropped=dropped)


def _day(fields: Mapping[str, str], name: str, title: str) -> date:
    try:
        return date.fromisoformat(fields.get(name, ""))
    except ValueError:
        raise InvalidOption(f"{title}: ngày chưa đúng.") from None


def _number(fields: Mapping[str, str], name: str, title: str) -> float:
    try:
        return float(fields.get(name, "").replace(",", "."))
    except ValueError:
        raise InvalidOption(f"{title}: phải là số.") from None


def _share(fields: Mapping[str, str], name: str, title: str) -> float:
    """Fields are in percent."""
    return _number(fields, name, title) / 100


def _whole(fields: Mapping[str, str], name: str, title: str) -> int:
    value = fields.get(name, "").strip()
    if not (value.isascii() and value.isdigit() and len(value) < 8):
        raise InvalidOption(f"{title}: phải là số nguyên.")
    return int(value)
