"""The commands `questionnaire list` and `questionnaire lint`, on files alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TextIO

from surveys.errors import InvalidQuestionnaire
from surveys.questionnaire_checks import problems, problems_between
from surveys.questionnaire_files import FOLDER, load, questionnaire_ids, read
from surveys.questionnaires import Questionnaire

OK, PROBLEM, BAD_INPUT = 0, 1, 2


def show(*, as_json: bool, out: TextIO | None = None) -> int:
    """Print the shipped questionnaires."""
    out = out or sys.stdout
    forms = [load(name) for name in questionnaire_ids()]
    if as_json:
        print(json.dumps([_summary(form) for form in forms], ensure_ascii=False), file=out)
        return OK
    for form in forms:
        until = f"đến {form.valid_to:%d/%m/%Y}" if form.valid_to else "không thời hạn"
        state = " · CHƯA ĐẦY ĐỦ" if form.incomplete else ""
        print(f"{form.id}: {form.title} ({form.code}){state}", file=out)
        print(f"    từ {form.valid_from:%d/%m/%Y} {until} · {_size(form)} · nguồn: {form.source}", file=out)
        for gap in form.missing:
            print(f"    còn thiếu: {gap}", file=out)
    return OK


def lint(files: Sequence[Path], *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Print what is wrong, one line each. Files of one series are also checked against each other."""
    out, err = out or sys.stdout, err or sys.stderr
    forms: list[Questionnaire] = []
    found, unreadable = 0, False
    for path in files or sorted(FOLDER.glob("*.yml")):
        try:
            form = read(path)
        except InvalidQuestionnaire as error:
            print(f"{path.name}: {error}", file=err)
            unreadable = True
            continue
        forms.append(form)
        lines = problems(form) + ([f"id {form.id} khác tên tệp"] if form.id != path.stem else [])
        found += len(lines)
        for line in lines:
            print(f"{path.name}: {line}", file=out)
        if not lines:
            print(f"{path.name}: đạt, {_size(form)}{'; chưa đầy đủ' if form.incomplete else ''}", file=out)
    between = problems_between(forms)
    for line in between:
        print(line, file=out)
    if unreadable:
        return BAD_INPUT
    return PROBLEM if found or between else OK


def _size(form: Questionnaire) -> str:
    return f"{len(form.factors)} yếu tố, {len(form.criteria)} tiêu chí, {len(form.questions)} câu hỏi"


def _summary(form: Questionnaire) -> dict[str, Any]:
    return {
        "id": form.id,
        "code": form.code,
        "title": form.title,
        "valid_from": form.valid_from.isoformat(),
        "valid_to": form.valid_to.isoformat() if form.valid_to else None,
        "source": form.source,
        "confidence": form.confidence,
        "factors": len(form.factors),
        "criteria": len(form.criteria),
        "questions": len(form.questions),
        "incomplete": form.incomplete,
        "missing": list(form.missing),
    }
