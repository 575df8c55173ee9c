"""The report of a round: a paper with charts and a plain reading of each, from published figures alone."""

from __future__ import annotations

from collections.abc import Iterator

from feedback.documents.paper import Bar, Bars, Block, Facts, Heading, Paper, Paragraph, Table
from surveys.comparisons import Difference
from surveys.figures import Figure
from surveys.keeping import MODES
from surveys.rounds.dispositions import TITLES
from surveys.rounds.plans import SamplePlan
from surveys.rounds.public_figures import Breakdown, Publication, QuestionShares
from surveys.rounds.weighting import CLASSES, WeightFacts
from surveys.texts import say

HIDDEN = "ẩn để bảo vệ người trả lời"
NOBODY = "không có câu trả lời"
WIDE = 10.0
"""Percentage points between the bounds from which a figure is called rough."""


def report(found: Publication) -> Paper:
    """The whole report."""
    blocks = [
        *_summary(found),
        *_factors(found),
        *_criteria(found),
        *(block for one in found.breakdowns for block in _breakdown(one)),
        *_questions(found),
        *_method(found),
    ]
    period = f"từ {found.survey.opens_on:%d/%m/%Y} đến {found.survey.closes_on:%d/%m/%Y}"
    return Paper(
        style="plain",
        name="Báo cáo kết quả khảo sát",
        subject=f"{found.survey.title} ({period})",
        blocks=tuple(blocks),
        mark=f"{found.survey.code} · ước tính nội bộ, không phải SIPAS do Bộ Nội vụ công bố",
    )


def number(value: float, digits: int = 1) -> str:
    """With a decimal comma."""
    return f"{value:.{digits}f}".replace(".", ",")


def words_of(figure: Figure | None) -> str:
    """A figure with its interval, or why there is none."""
    if figure is None:
        return NOBODY
    if figure.suppressed or figure.estimate is None:
        return HIDDEN
    if figure.ci_low is None or figure.ci_high is None:
        return f"{number(figure.estimate)} % (không tính được sai số)"
    return f"{number(figure.estimate)} % ({number(figure.ci_low)} - {number(figure.ci_high)})"


def _bar(label: str, figure: Figure | None) -> Bar:
    shown = figure if figure is not None and not figure.suppressed else None
    return Bar(
        label,
        shown.estimate if shown else None,
        words_of(figure),
        shown.ci_low if shown else None,
        shown.ci_high if shown else None,
    )


def _summary(found: Publication) -> Iterator[Block]:
    yield Heading("1. Tóm tắt")
    yield Paragraph(say("internal_estimate"))
    total = found.total.overall
    yield Bars("", (_bar("Mức hài lòng chung", total), *_parts(found)))
    yield Paragraph(_reading("Mức hài lòng chung", total))
    if found.earlier is not None:
        yield Paragraph(f"So với kỳ {found.earlier.code}: {_change(found.changes.get('overall'))}.")
    rr1, rr2 = found.rates.rr1, found.rates.rr2
    yield Facts(
        (
            ("Số phiếu", str(found.responses)),
            ("Tỷ lệ trả lời RR1, RR2 (AAPOR)", f"{_percent(rr1)}, {_percent(rr2)} của {found.rates.issued} đơn vị mẫu"),
            ("Hình thức", ", ".join(f"{dict(MODES)[mode]} {n}" for mode, n in found.modes.items()) or HIDDEN),  # type: ignore[index]
        )
    )


def _percent(value: float | None) -> str:
    return f"{number(value)} %" if value is not None else "chưa có"


def _parts(found: Publication) -> tuple[Bar, ...]:
    names = {part.code: part.name for part in found.form.parts}
    return tuple(_bar(f"{code}. {names[code]}", figure) for code, figure in found.total.parts.items())


def _reading(name: str, figure: Figure | None) -> str:
    """What a figure says, for a reader who knows no statistics."""
    if figure is None or figure.estimate is None or figure.suppressed:
        return f"{name}: {words_of(figure)}."
    tens = round(figure.estimate / 10)
    said = f"{name}: cứ 10 câu trả lời thì khoảng {tens} câu là hài lòng hoặc rất hài lòng."
    if figure.ci_low is None or figure.ci_high is None:
        return f"{said} Mẫu không đủ để nói sai số."
    between = f"{number(figure.ci_low)} đến {number(figure.ci_high)} %"
    sure = f"Nếu hỏi tất cả mọi người, con số nhiều khả năng nằm trong khoảng {between}."
    rough = " Khoảng này rộng, chỉ nên dùng để tham khảo." if figure.ci_high - figure.ci_low > WIDE else ""
    return f"{said} {sure}{rough}"


def _change(change: Difference | None) -> str:
    return change.reading if change is not None else "không so sánh được"


def _factors(found: Publication) -> Iterator[Block]:
    yield Heading("2. Theo yếu tố")
    names = {factor.code: factor.name for factor in found.form.factors}
    yield Bars("Tỷ lệ hài lòng, khoảng tin cậy 95 %", tuple(_bar(names[c], f) for c, f in found.total.factors.items()))
    known = {code: figure for code, figure in found.total.factors.items() if figure and figure.ci_low is not None}
    if len(known) > 1:
        lowest = min(known, key=lambda code: known[code].estimate or 0)
        highest = max(known, key=lambda code: known[code].estimate or 0)
        apart = (known[highest].ci_low or 0) > (known[lowest].ci_high or 0)
        sure = "khác biệt này rõ ràng" if apart else "khác biệt này chưa đủ tin cậy"
        yield Paragraph(f"Cao nhất là “{names[highest]}”, thấp nhất là “{names[lowest]}”; {sure}.")


def _criteria(found: Publication) -> Iterator[Block]:
    yield Heading("3. Theo tiêu chí")
    rows = tuple(
        (
            code,
            text,
            words_of(found.total.criteria.get(code)),
            _n(found.total.criteria.get(code)),
            *_changed(found, code),
        )
        for factor in found.form.factors
        for code, text in factor.criteria.items()
    )
    more = ("So kỳ trước",) if found.earlier is not None else ()
    yield Table(("Mã", "Tiêu chí", "Hài lòng", "n", *more), (0.9, 5, 2.4, 0.8, *(2.4 for _ in more)), rows)


def _n(figure: Figure | None) -> str:
    return str(figure.n) if figure is not None and figure.n is not None else "–"


def _changed(found: Publication, code: str) -> tuple[str, ...]:
    return (_change(found.changes.get(code)),) if found.earlier is not None else ()


def _breakdown(one: Breakdown) -> Iterator[Block]:
    yield Heading(one.title)
    if one.withheld:
        yield Paragraph(say("withheld"))
        return
    yield Bars("", tuple(_bar(label, table.overall) for label, table in one.tables.items()))
    if len(one.tiers) > 1:
        ranks = "; ".join(f"nhóm {at}: {', '.join(tier.labels)}" for at, tier in enumerate(one.tiers, start=1))
        yield Paragraph(f"Xếp nhóm theo khoảng tin cậy: {ranks}. Trong một nhóm, khác biệt chưa đủ tin cậy.")
    else:
        yield Paragraph("Các khoảng tin cậy chồng lên nhau: khác biệt này chưa đủ tin cậy để xếp hạng.")


def _questions(found: Publication) -> Iterator[Block]:
    if not found.shares:
        return
    yield Heading("Các câu hỏi khác")
    for one in found.shares:
        yield Bars(f"{one.question.text} (n = {one.n if one.n is not None else 'ẩn'})", _options(one))


def _options(one: QuestionShares) -> tuple[Bar, ...]:
    return tuple(
        Bar(share.label, share.percent, HIDDEN if share.percent is None else f"{number(share.percent)} %")
        for share in one.options
    )


def weight_lines(facts: WeightFacts) -> Iterator[tuple[str, str]]:
    """What a reader must know of the weights, a line each."""
    yield "Trọng số", f"từ {number(facts.least, 2)} đến {number(facts.greatest, 2)}; quy tắc {facts.rule}"
    yield "Hệ số Kish (trọng số không đều)", number(facts.kish, 3)
    if facts.factors is not None:
        low, high = (number(factor, 2) for factor in facts.factors)
        joined = f", {facts.joined} lớp ít phiếu được gộp" if facts.joined else ""
        words = f"{CLASSES[facts.classes]}: {facts.number_of_classes} lớp{joined}; hệ số từ {low} đến {high}"
        yield "Điều chỉnh không trả lời", words
    else:
        yield "Điều chỉnh không trả lời", CLASSES[facts.classes]
    if facts.limit is not None:
        yield "Giới hạn trọng số", f"{number(facts.limit)} lần trung bình; {facts.limited} phiếu bị cắt"
    if facts.margins:
        kind = "hậu phân tầng" if len(facts.margins) == 1 else "raking"
        yield "Tổng thể đã biết", f"{kind} theo {', '.join(facts.margins)} ({facts.source or 'không ghi nguồn'})"


def _method(found: Publication) -> Iterator[Block]:
    survey, design = found.survey, found.design
    plan = SamplePlan.from_data(survey.plan)
    effect = found.total.overall.deff if found.total.overall else None
    yield Heading("Phương pháp")
    yield Facts(
        (
            ("Mẫu phiếu", f"{found.form.title} ({found.form.code}); nguồn: {found.form.source}"),
            ("Khung mẫu", f"{survey.frame_size} đơn vị, mã kiểm tra {survey.frame_sha256[:16]}"),
            ("Thiết kế", f"{plan.kind}, {design.strata} tầng, {design.clusters} cụm có phiếu; số gieo “{survey.seed}”"),
            (
                "Cách tính",
                f"{found.options.method}, khoảng {found.options.interval}, tầng một cụm: {found.options.lonely}",
            ),
            ("Hệ số thiết kế (deff)", number(effect, 2) if effect is not None else "không tính được"),
            *weight_lines(found.weights),
            ("Địa bàn theo", survey.geo_version),
        )
    )
    counted = tuple((TITLES[slug], str(many)) for slug, many in found.rates.counts.items())
    yield Table(("Kết quả tiếp cận", "Số đơn vị"), (4, 1), counted)
    yield Paragraph(say("suppression_rule", least=found.threshold))
