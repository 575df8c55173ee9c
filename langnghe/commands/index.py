"""The command `index sipas`: satisfaction indices of a file of responses, on the file alone."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TextIO

from surveys.comparisons import Tier, tiers
from surveys.design import SurveyDesign, survey_design
from surveys.errors import InvalidDesign, InvalidOption, SurveyError
from surveys.figures import Figure, IndexOptions, IndexResult, IndexTable
from surveys.indices import compute_index
from surveys.methods import IndexMethod, index_method
from surveys.questionnaire_files import parse_text, questionnaire_text
from surveys.questionnaires import Questionnaire
from surveys.response_files import ResponseTable, read_responses
from surveys.suppression import suppressed

OK, BAD_INPUT = 0, 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SipasRequest:
    """What the command line asks for.

    `stratum`, `cluster`, `weight`, `fpc` and `by` name columns of the file. `factor_weights` is "c1=0.3,c2=0.2,..." for
    the method `weighted`. `suppress` hides figures of fewer respondents than that, with complementary cells. `on` is
    the day of the round (ISO): a form or method that was not in force then is warned of. `save` keeps the result.

    `responded` names a column of 1 and 0: who did not respond hands their weight to those of the same
    `response_class`. `margins` is a file of population totals that the weights are fitted to. `deff` adds design
    effects.
    """

    questionnaire: str
    responses: Path
    method: str = "pooled"
    stratum: str | None = None
    cluster: str | None = None
    weight: str | None = None
    fpc: str | None = None
    lonely: str = "adjust"
    interval: str = "logit_t"
    by: str | None = None
    suppress: int | None = None
    factor_weights: str | None = None
    responded: str | None = None
    response_class: str | None = None
    margins: str | None = None
    deff: bool = False
    on: str | None = None
    save: bool = False
    as_json: bool = True


@dataclass(frozen=True, slots=True)
class Computed:
    """Finished indices with all that must be kept to compute them again; `form_text` is the questionnaire's file."""

    request: SipasRequest
    form: Questionnaire
    form_text: str
    result: IndexResult
    document: dict[str, Any]
    warnings: tuple[str, ...]


def run_sipas(request: SipasRequest, *, out: TextIO | None = None, err: TextIO | None = None) -> int:
    """Print the indices to `out`, warnings and errors to `err`; returns the exit code: 0, or 2 for bad input."""
    out, err = out or sys.stdout, err or sys.stderr
    try:
        computed = compute_sipas(request)
        document = computed.document | ({"id": _saved(computed)} if request.save else {})
    except SurveyError as error:
        print(error, file=err)
        return BAD_INPUT
    for warning in computed.warnings:
        print(f"Cảnh báo: {warning}", file=err)
    if request.as_json:
        print(json.dumps(document, ensure_ascii=False, allow_nan=False), file=out)
        return OK
    print(_page(computed.form, computed.result), file=out)
    if request.save:
        print(f"Đã lưu kết quả số {document['id']}.", file=out)
    return OK


def _saved(computed: Computed) -> int:
    from langnghe.commands.index_results import save_sipas

    return save_sipas(computed)


def compute_sipas(request: SipasRequest, *, form_text: str | None = None) -> Computed:
    """`form_text` is a stored questionnaire, for computing a result again. Raises SurveyError for bad input."""
    options = IndexOptions.checked(
        method=request.method,
        lonely=request.lonely,
        interval=request.interval,
        factor_weights=_factor_weights(request.factor_weights),
        deff=request.deff,
    )
    if request.suppress is not None and request.suppress < 1:
        raise InvalidOption("--suppress phải là số nguyên từ 1.")
    text = form_text or questionnaire_text(request.questionnaire)
    form = parse_text(text) if form_text else Questionnaire.load(request.questionnaire)
    totals = _totals(request)
    table = read_responses(request.responses, form, columns=_columns(request, totals))
    design = _weighted(_design(table, request), table, request, totals)
    labels = table.labels[request.by] if request.by else None
    result = compute_index(form, table.answers, design, options=options, by=labels)
    shown = suppressed(result, form, threshold=request.suppress) if request.suppress else result
    document = _document(form, shown) | {"inputs": _inputs(request)}
    warnings = (*_warnings(table, request), *_validity_warnings(form, request))
    return Computed(request, form, text, shown, document, warnings)


def _totals(request: SipasRequest) -> dict[str, dict[str, float]]:
    if not request.margins:
        return {}
    from surveys.population_files import read_population

    return read_population(Path(request.margins))


def _weighted(
    design: SurveyDesign, table: ResponseTable, request: SipasRequest, totals: Mapping[str, Mapping[str, float]]
) -> SurveyDesign:
    if not request.responded and not totals:
        return design
    from surveys.weights import for_nonresponse, for_population

    if request.responded:
        design = for_nonresponse(design, table, responded=request.responded, classes=request.response_class)
    return for_population(design, table, totals) if totals else design


def _columns(request: SipasRequest, totals: Mapping[str, Mapping[str, float]]) -> list[str]:
    """The columns beside the criteria that are needed."""
    named = [request.stratum, request.cluster, request.weight, request.fpc, request.by]
    named += [request.responded, request.response_class]
    return [name for name in named if name] + [name for variable in totals for name in variable.split("*")]


def _inputs(request: SipasRequest) -> dict[str, Any]:
    paths = {"responses": request.responses} | ({"margins": Path(request.margins)} if request.margins else {})
    sources = [
        {"kind": kind, "path": str(path.resolve()), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
        for kind, path in paths.items()
    ]
    whole = hashlib.sha256("".join(source["sha256"] for source in sources).encode()).hexdigest()
    return {"sha256": whole, "sources": sources}


def _validity_warnings(form: Questionnaire, request: SipasRequest) -> Iterator[str]:
    if form.incomplete:
        yield f"mẫu phiếu {form.id} chưa đầy đủ: thiếu {'; '.join(form.missing)}."
    if request.on is None:
        return
    day = _day(request.on)
    if not form.is_valid_on(day):
        yield f"ngày {day:%d/%m/%Y} nằm ngoài thời hạn hiệu lực của mẫu phiếu {form.id} ({_span(form)})."
    method = index_method(request.method)
    if form.confidence != "own" and not method.is_valid_on(day):
        yield f"ngày {day:%d/%m/%Y} nằm ngoài thời hạn hiệu lực của cách tính {method.id} ({_span(method)})."


def _span(dated: Questionnaire | IndexMethod) -> str:
    until = f"{dated.valid_to:%d/%m/%Y}" if dated.valid_to else "nay"
    return f"{dated.valid_from:%d/%m/%Y} đến {until}"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidOption(f"--on: “{text[:20]}” không phải một ngày, như 2026-10-01.") from None


def _factor_weights(text: str | None) -> dict[str, float] | None:
    if text is None:
        return None
    try:
        return {name.strip(): float(value) for name, value in (part.split("=") for part in text.split(","))}
    except ValueError:
        raise InvalidOption("Trọng số yếu tố phải có dạng c1=0.3,c2=0.2,...") from None


def _design(table: ResponseTable, request: SipasRequest) -> SurveyDesign:
    """Names the file's column where the design knows only a role."""
    try:
        return survey_design(
            table.rows,
            stratum=table.filled(request.stratum) if request.stratum else None,
            cluster=table.filled(request.cluster) if request.cluster else None,
            weight=table.numbers(request.weight) if request.weight else None,
            fpc=table.numbers(request.fpc) if request.fpc else None,
        )
    except InvalidDesign as error:
        where = table.place(error.row, getattr(request, error.role))
        raise InvalidOption(f"{where}: {error.reason}.") from None


def _warnings(table: ResponseTable, request: SipasRequest) -> Iterator[str]:
    if table.missing:
        yield f"tệp thiếu cột tiêu chí {', '.join(table.missing)}; coi như để trống."
    if request.fpc and not request.weight:
        yield "không có --weight; mỗi dòng có trọng số N/n của tầng, tính từ --fpc."
    if request.response_class and not request.responded:
        yield "--response-class chỉ dùng cùng --responded."
    if request.margins and not request.weight:
        yield "không có --weight; trước khi khớp với tổng thể, mọi dòng có trọng số như nhau."
    if request.method == "weighted" and request.factor_weights is None:
        yield "không có --factor-weights; dùng trọng số yếu tố ghi trong mẫu phiếu."
    if request.by:
        labels = table.labels[request.by]
        blank = int((labels == labels.dtype.type()).sum())
        if blank:
            yield f"{blank} dòng để trống cột {request.by}; có trong số chung, không thuộc nhóm nào."


def _document(form: Questionnaire, result: IndexResult) -> dict[str, Any]:
    design = result.design
    return {
        "questionnaire": form.id,
        "method": result.options.method,
        "lonely": result.options.lonely,
        "interval": result.options.interval,
        "level": result.options.level,
        "design": {
            "rows": design.rows,
            "strata": design.strata,
            "clusters": design.clusters,
            "degrees_of_freedom": design.degrees_of_freedom,
            "calibrated_to": [margin.name for margin in design.calibration.margins] if design.calibration else [],
        },
        **result.total.as_json(),
        "by": {label: table.as_json() for label, table in result.by.items()},
        "tiers": [{"rank": tier.rank, "labels": list(tier.labels)} for tier in _tiers(result)],
    }


def _tiers(result: IndexResult) -> list[Tier]:
    """Domains by their overall figure: a rank only where the intervals tell them apart."""
    return tiers({label: table.overall for label, table in result.by.items()})


def _page(form: Questionnaire, result: IndexResult) -> str:
    lines = [f"{form.title} ({form.code}) - ước tính nội bộ, cách tính {result.options.method}"]
    lines += _lines("Toàn mẫu", form, result.total)
    for label, table in result.by.items():
        lines += ["", *_lines(label, form, table)]
    if result.by:
        lines += ["", "Xếp bậc (cùng bậc: khác biệt chưa đủ tin cậy):"]
        lines += [f"  từ thứ {tier.rank}: {', '.join(tier.labels)}" for tier in _tiers(result)]
    return "\n".join(lines)


def _lines(title: str, form: Questionnaire, table: IndexTable) -> list[str]:
    names = {factor.code: factor.name for factor in form.factors}
    headings = {part.code: part.name for part in form.parts}
    parts = [f" {code}. {headings[code]}: {_words(figure)}" for code, figure in table.parts.items()]
    factors = [f"  {code} {names[code]}: {_words(figure)}" for code, figure in table.factors.items()]
    criteria = [f"    {code}: {_words(figure)}" for code, figure in table.criteria.items()]
    return [f"{title}: {_words(table.overall)}", *parts, *factors, *criteria]


def _words(figure: Figure | None) -> str:
    if figure is None:
        return "không có câu trả lời"
    if figure.suppressed:
        return "ẩn, quá ít người trả lời"
    if figure.ci_low is None or figure.ci_high is None:
        return f"{figure.estimate:.2f} % (không tính được sai số; n = {figure.n})"
    return f"{figure.estimate:.2f} % ({figure.ci_low:.2f} - {figure.ci_high:.2f}; n = {figure.n})"
