"""Survey rounds over the API: a whole round, who may see and run what, suppression, rows behind their own right."""

from __future__ import annotations

import json
from datetime import date

import httpx
import pytest
from sqlalchemy import select, update

from feedback.database import Database
from feedback.models import Staff
from surveys.models import SurveyResponse
from surveys.questionnaire_files import questionnaire_ids, questionnaire_text
from surveys.rounds.models import RowLook
from tests.factories import HAC_THANH, HAM_RONG
from tests.web.api.conftest import Programs
from tests.web.test_rounds import FORM, collected, households

AT = "/api/v1/rounds/SIPAS-2026-D1"
PLAN = {
    "code": "SIPAS-2026-D1",
    "title": "Khảo sát thử",
    "questionnaire": "qd2640",
    "opens_on": "2026-11-01",
    "closes_on": "2026-12-31",
    "frame_kind": "households",
    "plan": {"kind": "multistage", "size": 3, "stages": [{"column": "commune"}, {"column": "village", "take": 2}]},
}


@pytest.fixture
def team(programs: Programs, database: Database) -> Programs:
    """`surveyor` runs surveys, `reader` reads rows of answers."""
    with database.write() as session:
        session.execute(update(Staff).where(Staff.username == "reader").values(reads_survey_rows=True))
    return programs


async def upload(client: httpx.AsyncClient, path: str, data: bytes, **query: object) -> httpx.Response:
    return await client.post(f"{AT}/{path}", files={"file": ("a.csv", data, "text/csv")}, params=query)


async def drawn(team: Programs) -> None:
    assert (await team.surveyor.post("/api/v1/rounds", json=PLAN)).status_code == 201
    assert (await upload(team.surveyor, "frame", households())).json()["number"] == 80
    assert (await team.surveyor.post(f"{AT}/draw", json={"seed": "24/11/2026"})).json() == {
        "state": "drawn",
        "number": 12,
        "dry_run": False,
    }


async def closed(team: Programs, *numbers: int) -> None:
    await drawn(team)
    await team.surveyor.post(f"{AT}/open")
    taken = await upload(team.surveyor, "forms", collected(*(numbers or range(1, 13))))
    assert taken.status_code == 200, taken.text
    assert (await team.surveyor.post(f"{AT}/close")).json()["state"] == "closed"


async def test_a_round_goes_from_plan_to_results(team: Programs, database: Database) -> None:
    await drawn(team)
    said = (await team.boss.get(AT)).json()
    assert said["state"] == "drawn" and said["sizes"]["by_rule"] == 67 and said["seed"] == "24/11/2026"
    crew = [{"name": "ĐTV Mẫu", "areas": [HAC_THANH]}]
    assert (await team.surveyor.post(f"{AT}/interviewers", json=crew)).json()["number"] >= 6
    weights = {"classes": "commune", "least": 3, "margins": {"xa": {HAC_THANH: 40, HAM_RONG: 40}}, "source": "Mẫu"}
    assert (await team.surveyor.post(f"{AT}/weighting", json=weights)).status_code == 200
    assert (await team.surveyor.post(f"{AT}/open")).json()["state"] == "open"
    assert (await team.surveyor.post(f"{AT}/invite")).json()["number"] == 0
    refused = await team.surveyor.post(f"{AT}/units/1/disposition", json={"disposition": "refusal", "attempts": 1})
    assert refused.json()["replaced_by"], refused.text
    tried = await upload(team.surveyor, "forms", collected(2, 3), dry_run=True)
    assert tried.json() == {"forms": 2, "dropped": 0, "dry_run": True}
    assert (await upload(team.surveyor, "forms", collected(*range(2, 9)))).json()["forms"] == 7
    typed = {"mode": "phone", "day": "2026-11-21", "answers": {code: ["4"] for code in FORM.criteria[:18]}}
    assert (await team.surveyor.post(f"{AT}/forms/9", json=typed)).status_code == 200
    again = await team.surveyor.post(f"{AT}/forms/9", json=typed)
    assert again.status_code == 422 and "mỗi người một phiếu" in again.json()["detail"]
    assert (await team.surveyor.get(f"{AT}/results")).status_code == 404
    assert (await team.surveyor.post(f"{AT}/close")).json()["state"] == "closed"
    results = (await team.boss.get(f"{AT}/results")).json()
    assert results["responses"] == 8 and "không phải SIPAS" in results["heading"]
    assert results["total"]["overall"]["n"] > 0 and results["weights"]
    with database.read() as session:
        assert {one.mode for one in session.scalars(select(SurveyResponse))} == {"paper", "phone"}
    assert [line["kind"] for line in (await team.boss.get(f"{AT}/log")).json()][-1] == "close"


async def test_steps_out_of_turn_are_a_conflict(team: Programs) -> None:
    await drawn(team)
    for step, body in (("draw", {"seed": "1"}), ("close", None)):
        answer = await team.surveyor.post(f"{AT}/{step}", json=body)
        assert answer.status_code == 409 and answer.json()["code"] == "wrong_step"
    assert (await team.surveyor.post(f"{AT}/links")).status_code in (409, 422)
    assert (await team.surveyor.post(f"{AT}/discard", json={"reason": "Khung mẫu thiếu hai thôn."})).status_code == 200


async def test_every_wrong_row_of_a_file_is_named(team: Programs) -> None:
    await team.surveyor.post("/api/v1/rounds", json=PLAN)
    answer = await upload(team.surveyor, "frame", "mã hộ,mã xã\nA,99999\nA,14797\n".encode())
    assert answer.status_code == 422 and answer.json()["code"] == "invalid_rows"
    assert [(one["line"], one["column"]) for one in answer.json()["errors"]] == [(2, "commune"), (3, "key")]
    assert (await upload(team.surveyor, "frame", households(), dry_run=True)).json()["number"] == 80
    assert (await team.boss.get(AT)).json()["frame_size"] == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"closes_on": "2026-10-01"},
        {"questionnaire": "la"},
        {"plan": {"kind": "multistage", "size": 3}},
        {"code": "x"},
        {"la": 1},
        {"quotas": [{"question": "la", "option": "x", "most": 1}]},
    ],
)
async def test_a_plan_that_cannot_be_is_told(team: Programs, wrong: dict[str, object]) -> None:
    assert (await team.surveyor.post("/api/v1/rounds", json={**PLAN, **wrong})).status_code in (404, 422)


async def test_officers_see_no_round_and_managers_change_none(team: Programs) -> None:
    await drawn(team)
    for person in (team.an, team.chi):
        for path in ("", "/results", "/files", "/files/bao-cao.pdf", "/log"):
            assert (await person.get(f"{AT}{path}")).status_code == 403, path
    for person in (team.an, team.leader, team.boss, team.admin, team.reader):
        for path in ("/sample", "/pack/mau.pdf"):
            assert (await person.get(f"{AT}{path}")).status_code == 403, path
        for step in ("open", "close", "invite", "links"):
            assert (await person.post(f"{AT}/{step}")).status_code == 403, step
    assert (await team.leader.get(AT)).status_code == 200
    units = (await team.surveyor.get(f"{AT}/sample", params={"limit": 5})).json()
    assert [one["number"] for one in units] == [1, 2, 3, 4, 5] and units[0]["phone"].startswith("095")


async def test_the_results_are_those_of_the_open_data(team: Programs) -> None:
    await closed(team)
    results = (await team.leader.get(f"{AT}/results")).json()
    published = json.loads((await team.leader.get(f"{AT}/files/du-lieu-mo.json")).content)
    overall = next(line for line in published["so_lieu"] if (line["bien"], line["ma"]) == ("", "overall"))
    assert round(results["total"]["overall"]["estimate"], 2) == overall["uoc_tinh"]


async def test_few_answers_are_hidden_and_cannot_be_had_by_differencing(team: Programs) -> None:
    await closed(team, *range(1, 9))
    said = (await team.leader.get(f"{AT}/results")).json()
    for code in FORM.criteria:
        total = said["total"]["criteria"][code]
        for breakdown in said["breakdowns"]:
            figures = [table["criteria"][code] for table in breakdown["groups"].values()]
            shown = [one["n"] for one in figures if one and not one["suppressed"]]
            assert all(n >= 5 for n in shown)
            if total and not total["suppressed"] and shown:
                left = total["n"] - sum(shown)
                assert left == 0 or left >= 5, (code, breakdown["code"])


async def test_a_round_of_four_answers_shows_no_figure(team: Programs) -> None:
    await closed(team, 1, 2, 3, 4)
    said = (await team.leader.get(f"{AT}/results")).json()
    assert said["total"]["overall"]["suppressed"] is True and said["total"]["overall"]["estimate"] is None
    assert all(share["n"] is None for share in said["shares"])
    assert all(one is None or one["suppressed"] for one in said["total"]["criteria"].values())


async def test_rows_of_answers_need_a_right_of_their_own_and_are_logged(team: Programs, database: Database) -> None:
    await closed(team)
    for person in (team.surveyor, team.leader, team.boss, team.admin, team.an):
        assert (await person.get(f"{AT}/files/phieu.csv")).status_code == 403
        listed = await person.get(f"{AT}/files")
        assert listed.status_code == 403 or "phieu.csv" not in listed.json()
    assert "phieu.sav" in (await team.reader.get(f"{AT}/files")).json()
    for name in ("phieu.csv", "phieu.xlsx", "phieu.sav"):
        assert (await team.reader.get(f"{AT}/files/{name}")).status_code == 200
    for name in ("bao-cao.pdf", "bao-cao.docx", "du-lieu-mo.csv", "sieu-du-lieu.xml"):
        assert (await team.leader.get(f"{AT}/files/{name}")).status_code == 200
    assert (await team.leader.get(f"{AT}/files/la.csv")).status_code == 404
    with database.read() as session:
        looks = session.scalars(select(RowLook.what).order_by(RowLook.id)).all()
    assert looks == ["phieu.csv", "phieu.xlsx", "phieu.sav"]


async def test_links_and_papers_are_for_who_runs_the_round(team: Programs) -> None:
    await drawn(team)
    assert (await team.surveyor.get(f"{AT}/pack/mau.pdf")).content.startswith(b"%PDF")
    assert (await team.surveyor.get(f"{AT}/pack/la.pdf")).status_code == 404
    await team.surveyor.post(f"{AT}/open")
    links = (await team.surveyor.post(f"{AT}/links")).json()
    assert len(links) == 12 and all("/surveys/" in one["link"] for one in links)


async def test_a_round_that_is_not_there_is_not_found(team: Programs) -> None:
    for path in ("", "/results", "/files/bao-cao.pdf", "/log"):
        assert (await team.boss.get(f"/api/v1/rounds/LA{path}")).status_code == 404


# ---- questionnaires


async def test_questionnaires_are_listed_previewed_and_walked_through(programs: Programs) -> None:
    listed = (await programs.an.get("/api/v1/questionnaires")).json()
    assert [one["id"] for one in listed] == questionnaire_ids()
    form = (await programs.an.get("/api/v1/questionnaires/qd2640")).json()
    assert len(form["question_list"]) == form["questions"] and len(form["factor_list"]) == 5
    assert date.fromisoformat(form["valid_from"])
    first = (await programs.an.post("/api/v1/questionnaires/qd2640/next", json={"answers": {}})).json()
    assert first["question"]["code"] == form["question_list"][0]["code"] and first["done"] == 0
    everything = {one["code"]: None for one in form["question_list"]}
    assert (await programs.an.post("/api/v1/questionnaires/qd2640/next", json={"answers": everything})).json()[
        "question"
    ] is None
    assert (await programs.an.get("/api/v1/questionnaires/la")).status_code == 404


async def test_a_form_of_ones_own_is_checked(programs: Programs) -> None:
    good = questionnaire_text("qd2640")
    cases = (
        (good, True, True),
        (good.replace("satisfied_from: 4", "satisfied_from: 9"), True, False),
        ("a", False, False),
        (":", False, False),
    )
    for text, readable, right in cases:
        said = (await programs.an.post("/api/v1/questionnaires/lint", json={"text": text})).json()
        assert (said["readable"], said["problems"] == []) == (readable, right), said
