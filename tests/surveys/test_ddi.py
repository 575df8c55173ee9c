"""The codebook has the structure of DDI-Codebook 2.5: which element may stand where, in which order, with what.

The official schema is not shipped with us. Its rules for the elements that we write stand below, from the field-level
documentation of DDI-Codebook 2.5; with LANGNGHE_DDI_SCHEMA=.../codebook.xsd the file is held against the schema itself.
"""

from __future__ import annotations

import os
import re
from datetime import date
from typing import Any

import pytest
from lxml import etree

from surveys.questionnaires import Questionnaire
from surveys.rounds.ddi import NAMESPACE, codebook
from surveys.rounds.models import SurveyRound
from surveys.rounds.plans import SamplePlan
from surveys.rounds.weighting import Weighting

ORDER = {
    "codeBook": "docDscr stdyDscr+ fileDscr dataDscr otherMat",
    "stdyDscr": "citation+ studyAuthorization stdyInfo studyDevelopment method dataAccs othrStdyMat notes",
    "citation": "titlStmt+ rspStmt prodStmt distStmt serStmt verStmt biblCit holdings notes",
    "titlStmt": "titl+ subTitl altTitl parTitl IDNo",
    "stdyInfo": "studyBudget subject abstract sumDscr qualityStatement notes exPostEvaluation",
    "sumDscr": "timePrd collDate nation geogCover geogUnit geoBndBox boundPoly anlyUnit universe dataKind",
    "method": "dataColl notes anlyInfo stdyClas dataProcessing codingInstructions",
    "dataColl": "timeMeth dataCollector collectorTraining frequenc sampProc sampleFrame targetSampleSize deviat "
    "collMode resInstru instrumentDevelopment sources collSitu actMin ConOps weight cleanOps",
    "dataAccs": "setAvail useStmt notes",
    "useStmt": "confDec specPerm restrctn contact citReq deposReq conditions disclaimer",
    "dataDscr": "varGrp nCubeGrp var nCube notes",
    "var": "location labl imputation security embargo respUnit anlysUnit qstn valrng invalrng undocCod universe "
    "TotlResp sumStat txt stdCatgry catgryGrp catgry codInstr verStmt concept derivation varFormat "
    "geoMap catLevel notes",
    "qstn": "preQTxt qstnLit postQTxt forward backward ivuInstr",
    "catgry": "catValu labl txt catStat mrow",
}
"""Element -> the children that it may have, in this order; + for those that it must have."""
ONCE = {"titlStmt", "titl", "restrctn", "varFormat", "catValu", "qualityStatement", "anlyInfo", "stdyClas"}
ATTRIBUTES: dict[str, dict[str, str]] = {
    "codeBook": {"version": r"2\.5", "ID": "", "lang": r"[a-z]{2}"},
    "IDNo": {"agency": ""},
    "collDate": {"event": "start|end|single", "date": r"\d{4}-\d\d-\d\d"},
    "nation": {"abbr": "[A-Z]{2}"},
    "var": {"ID": "", "name": "", "wgt": "wgt|not-wgt", "nature": "nominal|ordinal|interval|ratio|percent|other"},
    "varFormat": {"type": "numeric|character"},
}
"""Element -> the attributes that it may have here, with what may stand in them."""
TEXT = {"titl", "IDNo", "labl", "qstnLit", "catValu", "restrctn", "sampProc", "weight", "universe"}
NAME = re.compile(r"[A-Za-z_][\w.-]*")


def survey(questionnaire: str = "sipas2023", **parts: Any) -> SurveyRound:
    values: dict[str, Any] = {
        "code": "SIPAS-2026-D1", "title": "Khảo sát thử & <thật>", "questionnaire": questionnaire, "geo_version": "x",
        "opens_on": date(2026, 11, 1), "closes_on": date(2026, 12, 1), "frame_kind": "households", "frame_size": 10,
        "frame_sha256": "ab", "plan": SamplePlan(size=5).as_data(), "seed": "24/11", "weighting": {},
    }  # fmt: skip
    return SurveyRound(**values | parts)


def written(questionnaire: str, **parts: Any) -> Any:
    data = codebook(survey(questionnaire, **parts), Questionnaire.load(questionnaire), threshold=5)
    return etree.fromstring(data)


def problems(root: Any) -> list[str]:
    """What stands where it may not, by element."""
    found = []
    for element in root.iter():
        name = etree.QName(element).localname
        if etree.QName(element).namespace != NAMESPACE:
            found.append(f"{name}: another namespace")
        found += _children(element, name)
        rules = ATTRIBUTES.get(name, {})
        for attribute, value in element.attrib.items():
            plain = etree.QName(attribute).localname
            if plain not in rules or (rules[plain] and not re.fullmatch(rules[plain], value)):
                found.append(f"{name}: {plain}={value}")
        if name in TEXT and not (element.text or "").strip():
            found.append(f"{name}: no text")
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    found += [f"ID {one}" for one in ids if ids.count(one) > 1 or not NAME.fullmatch(one)]
    return found


def _children(element: Any, name: str) -> list[str]:
    names = [etree.QName(child).localname for child in element]
    if name not in ORDER:
        return [f"{name}: has children"] if names else []
    order = [one.rstrip("+") for one in ORDER[name].split()]
    needed = [one.rstrip("+") for one in ORDER[name].split() if one.endswith("+")]
    strange = [f"{name}: {child}" for child in names if child not in order]
    places = [order.index(child) for child in names if child in order]
    disorder = [f"{name}: order of {names}"] if places != sorted(places) else []
    missing = [f"{name}: no {child}" for child in needed if child not in names]
    repeated = [f"{name}: {child} twice" for child in ONCE & set(names) if names.count(child) > 1]
    return strange + disorder + missing + repeated


FORMS = ["qd2640", "sipas2023", "sau_vu_viec"]


@pytest.mark.parametrize("questionnaire", FORMS)
def test_every_element_stands_where_the_documentation_has_it(questionnaire: str) -> None:
    assert problems(written(questionnaire)) == []


def test_a_round_with_known_totals_describes_their_columns() -> None:
    weighting = Weighting(margins={"gioi_tinh": {"nam": 1.0, "nu": 1.0}}, source="a.csv").as_data()
    root = written("sipas2023", weighting=weighting)
    assert problems(root) == []
    names = [one.get("name") for one in root.iter(f"{{{NAMESPACE}}}var")]
    assert "hieu_chinh_1" in names and len(names) == len(set(names))
    [weight] = [one for one in root.iter(f"{{{NAMESPACE}}}var") if one.get("wgt") == "wgt"]
    assert weight.get("name") == "trong_so"
    assert "gioi_tinh" in root.findtext(f".//{{{NAMESPACE}}}dataColl/{{{NAMESPACE}}}weight")


def test_the_rules_find_what_is_wrong() -> None:
    root = written("qd2640")
    variable = next(root.iter(f"{{{NAMESPACE}}}var"))
    variable.append(variable[0])
    variable.set("nature", "guess")
    etree.SubElement(root[0], f"{{{NAMESPACE}}}answers")
    root.find(f".//{{{NAMESPACE}}}titl").text = " "
    assert {one.split(":")[0] for one in problems(root)} == {"var", "stdyDscr", "titl"}


@pytest.mark.skipif("LANGNGHE_DDI_SCHEMA" not in os.environ, reason="LANGNGHE_DDI_SCHEMA names no codebook.xsd")
@pytest.mark.parametrize("questionnaire", FORMS)
def test_the_official_schema_finds_nothing_wrong(questionnaire: str) -> None:
    schema = etree.XMLSchema(etree.parse(os.environ["LANGNGHE_DDI_SCHEMA"]))
    assert schema.validate(written(questionnaire)), list(schema.error_log)[:5]
