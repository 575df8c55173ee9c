"""The commands `index qd766`, `index par` and `index tt01`: score sheets from files, or from the database."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from surveys.count_files import read_counts
from surveys.errors import InvalidOption, SurveyError
from surveys.petition_files import read_petitions
from surveys.petitions import Period, Petition, Verdict, digest, satisfaction_reasons
from surveys.score_reports import SHIPPED, judged, petition_rule, sheet_of, warnings_of
from surveys.score_rules import ScoreRule, parse_rule, read_rule, score_rule
from surveys.score_sheets import Entry, ScoreSheet

if TYPE_CHECKING:
    from langnghe.commands.index_database import Records

OK, BAD_INPUT = 0, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRequest:
    """What the command line asks for. Without a file the cases come from the database; `database` adds them to files.

    `rule` is a file of the same form as the shipped ones; `details` lists each petition with its checks.
    """

    index: str
    since: str
    until: str
    agency: str | None = None
    cases: str | None = None
    counts: str | None = None
    rule: str | None = None
    database: bool = False
    details: bool = False


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a sheet was computed from: where each part lay, and the SHA-256 of its content."""

    sources: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return sha256(json.dumps([source["sha256"] for source in self.sources]).encode())


@dataclass(frozen=True, slots=True)
class Computed:
    """A finished sheet with all that must be kept to compute it again."""

    request: ScoreRequest
    rule: ScoreRule
    sheet: ScoreSheet
    inputs: Inputs
    document: dict[str, Any]


def run_scores(
    request: ScoreRequest, *, as_json: bool, save: bool = False, out: TextIO | None = None, err: TextIO | None = None
) -> int:
    """Print the sheet to `out`, warnings and errors to `err`; exit code 0, or 2 for bad input."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        computed = compute_scores(request)
        document = computed.document | ({"id": _saved(computed)} if save else {})
    except SurveyError as error:
        print(error, file=err)
        return BAD_INPUT
    for warning in computed.inputs.warnings:
        print(f"Cảnh báo: {warning}", file=err)
    print(json.dumps(document, ensure_ascii=False, allow_nan=False) if as_json else _page(computed), file=out)
    if save and not as_json:
        print(f"Đã lưu kết quả số {document['id']}.", file=out)
    return OK


def compute_scores(request: ScoreRequest, *, rule_text: str | None = None, records: Records | None = None) -> Computed:
    """`rule_text` is a stored rule, for computing a result again; `records` stand in for the installation's.

    Raises SurveyError for bad input.
    """
    period = Period(_date(request.since, "--from"), _date(request.until, "--to"))
    if period.until < period.since:
        raise InvalidOption("--to trước --from.")
    rule = parse_rule(rule_text) if rule_text else _rule(request)
    inputs = Inputs()
    petitions = _petitions(request, period, rule, inputs, records)
    official = _official(period, inputs, records) if request.index == "par" and _asks_database(request) else {}
    found = None if petitions is None else judged(petitions, period, rule, index=request.index)
    inputs.warnings.extend(found.warnings if found else ())
    counted = found.entries if found else {}
    counts: dict[str, Entry] = {}
    if request.counts:
        path = Path(request.counts)
        counts = read_counts(path, rule, agency=request.agency, taken=counted)
        _add_file(inputs, "counts", path)
    sheet = sheet_of(rule, official, counted, counts)
    inputs.warnings.extend(warnings_of(rule, period, sheet))
    document = _document(request, rule, sheet, inputs, found.verdicts if found else None)
    return Computed(request, rule, sheet, inputs, document)


def _date(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidOption(f"{option}: “{text[:20]}” không phải một ngày, như 2026-10-01.") from None


def _rule(request: ScoreRequest) -> ScoreRule:
    return read_rule(Path(request.rule)) if request.rule else score_rule(SHIPPED[request.index])


def _petitions(
    request: ScoreRequest, period: Period, rule: ScoreRule, inputs: Inputs, records: Records | None
) -> Sequence[Petition] | None:
    """None where no cases were asked for: counts alone, or a sheet that has nothing to do with feedback."""
    if request.cases and request.database:
        raise InvalidOption("Chọn một trong hai: --cases hoặc --database.")
    if request.cases:
        path = Path(request.cases)
        found = read_petitions(path, petition_rule(rule), agency=request.agency)
        _add_file(inputs, "cases", path)
        inputs.warnings.extend(found.warnings)
        return found.petitions
    return _from_database(request, period, rule, inputs, records) if _asks_database(request) else None


def _asks_database(request: ScoreRequest) -> bool:
    without_files = not request.cases and not request.counts
    return request.index != "tt01" and (request.database or without_files)


def _official(period: Period, inputs: Inputs, records: Records | None) -> Mapping[str, Entry]:
    """The year's official SIPAS of the installation's province."""
    from surveys.official import sipas_entry

    asked = records or _records()
    with asked.open() as session:
        found = sipas_entry(session, year=period.until.year, unit=asked.home_province)
    content = json.dumps({code: [entry.num, entry.evidence] for code, entry in found.items()}, sort_keys=True)
    inputs.sources.append({"kind": "official", "sha256": sha256(content.encode())})
    return found


def _records() -> Records:
    from langnghe.commands.index_database import records_of_installation

    return records_of_installation()


def _from_database(
    request: ScoreRequest, period: Period, rule: ScoreRule, inputs: Inputs, records: Records | None
) -> Sequence[Petition]:
    from feedback import agencies
    from surveys.petition_records import petitions_of

    if request.agency is not None and request.agency not in agencies.catalogue():
        raise InvalidOption(f"Không có cơ quan “{request.agency}” trong danh mục cơ quan.")
    with (records or _records()).open() as session:
        found = petitions_of(session, until=period.until, rule=petition_rule(rule), agency=request.agency)
    if found.samples:
        inputs.warnings.append(f"{found.samples} vụ việc là dữ liệu mẫu.")
    content = digest(found.petitions, until=period.until)
    inputs.sources.append({"kind": "database", "petitions": len(found.petitions), "sha256": content})
    return found.petitions


def _add_file(inputs: Inputs, kind: str, path: Path) -> None:
    inputs.sources.append({"kind": kind, "path": str(path.resolve()), "sha256": sha256(path.read_bytes())})


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _document(
    request: ScoreRequest,
    rule: ScoreRule,
    sheet: ScoreSheet,
    inputs: Inputs,
    judged: Sequence[Verdict] | None,
) -> dict[str, Any]:
    document = {
        "index": request.index,
        "rule": rule.as_json(),
        "from": request.since,
        "to": request.until,
        "agency": request.agency,
        **sheet.as_json(),
        "inputs": {"sha256": inputs.digest, "sources": inputs.sources},
    }
    if judged is not None and request.index == "qd766":
        document["satisfaction"] = satisfaction_reasons(judged)
    if judged is not None and request.details:
        document["petitions"] = [verdict.as_json() for verdict in judged if verdict.counted or verdict.accepted]
    return document


def _saved(computed: Computed) -> int:
    from langnghe.commands.index_results import save_scores

    return save_scores(computed)


def _page(computed: Computed) -> str:
    rule, sheet, request = computed.rule, computed.sheet, computed.request
    head = f"{rule.title}: từ {request.since} đến {request.until}"
    lines = [f"{head}, cơ quan {request.agency}" if request.agency else head]
    for code, group in sheet.groups.items():
        lines.append(f"{code}. {group.group.name}: {_of(group.points, group.group.max)}")
        for name, one in group.metrics.items():
            counted = (
                f"{one.entry.num:g}/{one.entry.den:g}"
                if one.entry.num is not None and one.entry.den is not None
                else "-"
            )
            rate = f" = {100 * one.entry.rate:.2f} %" if one.entry.rate is not None else ""
            points = "thông tin" if one.metric.informs_only else _of(one.points, one.metric.max)
            lines.append(f"   {name} ({one.metric.name}): {counted}{rate}; {points}")
    band = f" - {sheet.band}" if sheet.band else ""
    lines.append(f"Tổng: {_of(sheet.total, rule.max)}{band}{'' if not sheet.missing else ' (chưa đủ số liệu)'}")
    return "\n".join(lines)


def _of(points: float | None, most: float) -> str:
    return f"chưa có / {most:g}" if points is None else f"{points:.2f} / {most:g} điểm"
