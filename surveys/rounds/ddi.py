"""The round's metadata as DDI-Codebook 2.5: what was asked, of whom, how it was drawn, what the columns mean."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from surveys.questionnaires import Questionnaire
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan
from surveys.rounds.row_files import DESIGN, Column, columns_of, design_columns
from surveys.rounds.weighting import CLASSES, RULE, Weighting
from surveys.texts import say

NAMESPACE = "ddi:codebook:2_5"
_TITLES = {"simple": "ngẫu nhiên đơn", "stratified": "phân tầng", "multistage": "nhiều giai đoạn"}


def codebook(survey: SurveyRound, form: Questionnaire, *, threshold: int) -> bytes:
    """The XML file. It holds no answer and no count of answers."""
    root = Element("codeBook", {"xmlns": NAMESPACE, "version": "2.5", "xml:lang": "vi", "ID": _id(survey.code)})
    _study(root, survey, form, threshold=threshold)
    data = SubElement(root, "dataDscr")
    for name, label in design_columns(survey).items():
        numeric = name == "fpc" or name.startswith("trong_so")
        _variable(data, name, label, numeric=numeric, weight=name == "trong_so")
    for column in columns_of(form):
        _question(data, column)
    indent(root)
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def _id(code: str) -> str:
    return f"LN.{code}"


def _study(root: Element, survey: SurveyRound, form: Questionnaire, *, threshold: int) -> None:
    study = SubElement(root, "stdyDscr")
    citation = SubElement(SubElement(study, "citation"), "titlStmt")
    SubElement(citation, "titl").text = survey.title
    SubElement(citation, "IDNo", {"agency": "Lắng Nghe"}).text = survey.code
    information = SubElement(study, "stdyInfo")
    summary = SubElement(information, "sumDscr")
    SubElement(summary, "collDate", {"event": "start", "date": survey.opens_on.isoformat()})
    SubElement(summary, "collDate", {"event": "end", "date": survey.closes_on.isoformat()})
    SubElement(summary, "nation", {"abbr": "VN"}).text = "Việt Nam"
    SubElement(summary, "geogCover").text = f"Đơn vị hành chính theo {survey.geo_version}"
    SubElement(summary, "universe").text = f"{survey.frame_kind}, {survey.frame_size} đơn vị"
    SubElement(summary, "dataKind").text = "Phiếu khảo sát ẩn danh"
    method = SubElement(SubElement(study, "method"), "dataColl")
    plan = SamplePlan.from_data(survey.plan)
    words = f"Mẫu {_TITLES[plan.kind]}, cỡ {plan.size}, số gieo “{survey.seed}”, khung mẫu {survey.frame_sha256}"
    SubElement(method, "sampProc").text = words
    SubElement(method, "collMode").text = "Trò chuyện, trang web, phiếu giấy, điện thoại"
    SubElement(method, "resInstru").text = f"{form.title} ({form.code}); nguồn: {form.source}"
    weighting = Weighting.from_data(survey.weighting)
    totals = f", sau đó theo tổng thể của {', '.join(weighting.margins)}" if weighting.margins else ""
    adjusted = f"trọng số thiết kế, không trả lời {CLASSES[weighting.classes]}{totals} ({RULE})"
    SubElement(method, "weight").text = f"{DESIGN['trong_so']}: {adjusted}"
    access = SubElement(SubElement(study, "dataAccs"), "useStmt")
    SubElement(access, "restrctn").text = say("suppression_rule", least=threshold)


def _variable(data: Element, name: str, label: str, *, numeric: bool, weight: bool = False) -> Element:
    variable = SubElement(data, "var", {"ID": f"V.{name}", "name": name} | ({"wgt": "wgt"} if weight else {}))
    SubElement(variable, "labl").text = label
    SubElement(variable, "varFormat", {"type": "numeric" if numeric else "character"})
    return variable


def _question(data: Element, column: Column) -> None:
    kind = {"nature": "ordinal" if column.question.kind == "scale" else "nominal"}
    variable = SubElement(data, "var", {"ID": f"V.{column.name}", "name": column.name} | kind)
    SubElement(variable, "labl").text = column.label
    SubElement(SubElement(variable, "qstn"), "qstnLit").text = column.question.text
    for value, label in column.value_labels.items():
        category = SubElement(variable, "catgry")
        SubElement(category, "catValu").text = str(int(value))
        SubElement(category, "labl").text = label
    SubElement(variable, "varFormat", {"type": "numeric"})
