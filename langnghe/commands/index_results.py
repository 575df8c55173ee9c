"""Results that were kept: saving them with their rule and the hash of their inputs, and computing them again."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy.orm import Session

from feedback.base import VIETNAM, utc_now
from langnghe.commands import index as sipas
from langnghe.commands import index_scores as scores
from langnghe.commands.index_database import Records, session_of_installation
from surveys import repository
from surveys.errors import InvalidOption, SurveyError, UnknownResult
from surveys.models import IndexResult

AGREES, DIFFERS, BAD_INPUT = 0, 1, 2
TOLERANCE = 1e-9
"""Percent or points: what another processor may add up differently."""
LARGEST_ID = 2**31 - 1


def save_scores(computed: scores.Computed) -> int:
    """Keep a score sheet; returns its number."""
    return _save(result_of_scores(computed))


def save_sipas(computed: sipas.Computed) -> int:
    """Keep satisfaction indices; returns their number."""
    return _save(result_of_sipas(computed))


def result_of_scores(computed: scores.Computed, *, now: datetime | None = None) -> IndexResult:
    """The row that keeps a score sheet."""
    rule = computed.rule
    return _result(
        index=computed.request.index,
        method=rule.id,
        rule=f"{rule.id}@{rule.version}",
        rule_text=rule.text,
        request=asdict(computed.request),
        document=computed.document,
        now=now,
    )


def result_of_sipas(computed: sipas.Computed, *, now: datetime | None = None) -> IndexResult:
    """The row that keeps satisfaction indices."""
    form = computed.form
    request = {
        name: str(value) if isinstance(value, Path) else value for name, value in asdict(computed.request).items()
    }
    return _result(
        index="sipas",
        method=computed.request.method,
        rule=f"{form.id}@{form.valid_from}",
        rule_text=computed.form_text,
        request=request,
        document=computed.document,
        now=now,
    )


def _result(
    *,
    index: str,
    method: str,
    rule: str,
    rule_text: str,
    request: dict[str, Any],
    document: dict[str, Any],
    now: datetime | None,
) -> IndexResult:
    inputs = document["inputs"]
    return IndexResult(
        index=index,
        method=method,
        rule=rule,
        rule_sha256=scores.sha256(rule_text.encode()),
        rule_text=rule_text,
        request=request,
        inputs={"sources": inputs["sources"]},
        inputs_sha256=inputs["sha256"],
        document=document,
        program=version("langnghe"),
        created_at=now or utc_now(),
    )


def _save(result: IndexResult) -> int:
    with session_of_installation(write=True) as session:
        session.add(result)
        session.flush()
        return result.id


def replay(
    result_id: int, files: Mapping[str, Path], *, as_json: bool, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Compute a kept result again, under the rule that was kept with it.

    `files` (responses, margins, cases, counts) stand in for files that were moved. Exit code 0 when every figure
    agrees, 1 when one does not or the inputs have changed, 2 when the result or a file is not there.
    """
    out, err = out or sys.stdout, err or sys.stderr
    try:
        with session_of_installation() as session:
            kept = repository.index_result(session, result_id) if 0 < result_id <= LARGEST_ID else None
            if kept is None:
                raise UnknownResult(f"Không có kết quả số {result_id}.")
            report = replayed(session, kept, files)
    except SurveyError as error:
        print(error, file=err)
        return BAD_INPUT
    print(json.dumps(report, ensure_ascii=False) if as_json else _page(report, kept), file=out)
    return AGREES if report["inputs_unchanged"] and report["agrees"] else DIFFERS


def replayed(
    session: Session, kept: IndexResult, files: Mapping[str, Path], *, records: Records | None = None
) -> dict[str, Any]:
    """What came of computing it again. `records` stand in for the installation's. Raises SurveyError."""
    again = _round_again(session, kept, files) if kept.round_id else _computed_again(kept, files, records)
    same_inputs = again["inputs"]["sha256"] == kept.inputs_sha256
    differences = list(_differences(_figures(kept.document), _figures(again)))
    return {
        "id": kept.id,
        "index": kept.index,
        "method": kept.method,
        "rule": kept.rule,
        "created_at": kept.created_at.isoformat(),
        "inputs_unchanged": same_inputs,
        "agrees": not differences,
        "differences": [{"figure": name, "kept": before, "now": now} for name, before, now in differences],
    }


def _computed_again(kept: IndexResult, files: Mapping[str, Path], records: Records | None) -> dict[str, Any]:
    unused = set(files) - {source["kind"] for source in kept.inputs["sources"]}
    if unused:
        raise InvalidOption(f"Kết quả số {kept.id} không được tính từ --{', --'.join(sorted(unused))}.")
    paths = {
        source["kind"]: files.get(source["kind"], Path(source["path"]))
        for source in kept.inputs["sources"]
        if "path" in source
    }
    if kept.index == "sipas":
        moved = {"responses": paths["responses"]} | ({"margins": str(paths["margins"])} if "margins" in paths else {})
        request = sipas.SipasRequest(**{**kept.request, **moved})
        return sipas.compute_sipas(request, form_text=kept.rule_text).document
    moved = {kind: str(path) for kind, path in paths.items()}
    request_again = scores.ScoreRequest(**{**kept.request, **moved})
    return scores.compute_scores(request_again, rule_text=kept.rule_text, records=records).document


def _round_again(session: Session, kept: IndexResult, files: Mapping[str, Path]) -> dict[str, Any]:
    from surveys.rounds.kept_results import computed_again

    if files:
        raise InvalidOption(f"Kết quả số {kept.id} được tính từ phiếu của một kỳ khảo sát, không phải từ tệp.")
    document: dict[str, Any] = json.loads(json.dumps(computed_again(session, kept)))
    return document


def _figures(document: Mapping[str, Any]) -> dict[str, Any]:
    """What must agree: everything but where the inputs lay and how the rule's file looks."""
    return {name: value for name, value in document.items() if name not in ("inputs", "rule", "id")}


def _differences(before: Any, now: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(now, dict):
        for key in sorted(before.keys() | now.keys()):
            yield from _differences(before.get(key), now.get(key), f"{name}.{key}" if name else key)
    elif isinstance(before, list) and isinstance(now, list) and len(before) == len(now):
        for position, (one, other) in enumerate(zip(before, now, strict=True)):
            yield from _differences(one, other, f"{name}[{position}]")
    elif not _same(before, now):
        yield name, before, now


def _same(before: Any, now: Any) -> bool:
    if isinstance(before, float) or isinstance(now, float):
        both = isinstance(before, int | float) and isinstance(now, int | float)
        return both and math.isclose(before, now, rel_tol=0, abs_tol=TOLERANCE)
    return bool(before == now)


def _page(report: Mapping[str, Any], kept: IndexResult) -> str:
    made = kept.created_at.astimezone(VIETNAM)
    lines = [
        f"Kết quả số {kept.id}: {kept.index}, cách tính {kept.method}, quy tắc {kept.rule}, lưu ngày {made:%d/%m/%Y}."
    ]
    if not report["inputs_unchanged"]:
        lines.append("Dữ liệu vào đã khác so với khi tính.")
    if report["agrees"]:
        lines.append("Tính lại: mọi con số đều khớp.")
    for difference in report["differences"]:
        lines.append(f"Không khớp {difference['figure']}: đã lưu {difference['kept']}, tính lại {difference['now']}")
    return "\n".join(lines)


def show(*, as_json: bool, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """List the kept results, the latest first."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        with session_of_installation() as session:
            kept = repository.index_results(session)
    except SurveyError as error:
        print(error, file=err)
        return BAD_INPUT
    rows = [
        {
            "id": one.id,
            "index": one.index,
            "method": one.method,
            "rule": one.rule,
            "inputs_sha256": one.inputs_sha256,
            "created_at": one.created_at.isoformat(),
        }
        for one in kept
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False), file=out)
    else:
        for row in rows:
            print("{id}\t{created_at}\t{index}\t{method}\t{rule}\t{inputs_sha256}".format(**row), file=out)
    return AGREES
