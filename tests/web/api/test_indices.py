"""Indices over the API: computed from files and from cases, kept, computed again, and few answers hidden."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select, update

from feedback.database import Database
from feedback.models import Staff
from surveys.models import IndexResult
from tests.langnghe.test_index_scores import CASES, COUNTS
from tests.langnghe.test_index_sipas import HEADER, ROWS
from tests.web.api.conftest import ALL, Issue, Programs, program
from tests.web.api.test_rounds import closed

ANSWERS = "\n".join([HEADER, *ROWS, ""]).encode()
PERIOD = {"since": "2026-11-01", "until": "2026-11-30"}


def file(data: bytes | str) -> tuple[str, bytes, str]:
    return ("phieu.csv", data if isinstance(data, bytes) else data.encode(), "text/csv")


async def sipas(client: httpx.AsyncClient, data: bytes = ANSWERS, **fields: object) -> httpx.Response:
    sent = {"questionnaire": "qd2640", **{name: str(value) for name, value in fields.items()}}
    return await client.post("/api/v1/indices/compute/sipas", data=sent, files={"responses": file(data)})


async def test_satisfaction_is_computed_from_the_senders_own_rows(programs: Programs) -> None:
    said = await sipas(programs.an, stratum="tinh", cluster="cum", weight="w", fpc="n", by="tinh")
    document = said.json()["document"]
    assert document["overall"]["n"] == 9 and set(document["by"]) == {"A", "B"}
    assert document["inputs"]["sources"][0]["path"] == "phieu.csv", "nothing of this machine's folders"
    assert any("c1_2" in warning for warning in said.json()["warnings"])
    hidden = (await sipas(programs.an, by="tinh", suppress=3)).json()["document"]["by"]["A"]["overall"]
    assert hidden["suppressed"] is True and hidden["estimate"] is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"method": "la"}, 422), ({"questionnaire": "la"}, 404), ({"stratum": "la"}, 422), ({"suppress": 0}, 422)],
)
async def test_what_cannot_be_computed_is_told(programs: Programs, fields: dict[str, object], status: int) -> None:
    assert (await sipas(programs.an, **fields)).status_code == status
    assert (await sipas(programs.an, b"c1_1\n9\n")).status_code == 422


async def test_score_sheets_come_from_files(programs: Programs) -> None:
    files = {"cases": file(CASES), "counts": file(COUNTS)}
    said = await programs.an.post("/api/v1/indices/compute/qd766", data=PERIOD, files=files)
    assert said.status_code == 200, said.text
    assert said.json()["document"]["groups"]["5"]["points"] == pytest.approx(13.2)
    assert (await programs.an.post("/api/v1/indices/compute/la", data=PERIOD, files=files)).status_code == 422


async def test_figures_over_all_cases_are_for_managers(programs: Programs) -> None:
    programs.open_case("Hồ sơ quá hẹn.", regime="pakn_hanh_vi")
    for index in ("qd766", "par", "tt01"):
        assert (await programs.boss.get(f"/api/v1/indices/scores/{index}", params=PERIOD)).status_code == 200
        assert (await programs.an.get(f"/api/v1/indices/scores/{index}", params=PERIOD)).status_code == 403
        assert (await programs.leader.post(f"/api/v1/indices/compute/{index}", data=PERIOD)).status_code == 403
    detailed = await programs.boss.get("/api/v1/indices/scores/qd766", params={**PERIOD, "details": True})
    assert "petitions" in detailed.json()["document"]
    wrong = {"since": "2026-12-01", "until": "2026-11-01"}
    assert (await programs.boss.get("/api/v1/indices/scores/qd766", params=wrong)).status_code == 422


async def test_a_kept_result_is_computed_again_and_agrees(programs: Programs) -> None:
    files = {"cases": file(CASES), "counts": file(COUNTS)}
    sent = {**PERIOD, "save": "true"}
    kept = (await programs.boss.post("/api/v1/indices/compute/qd766", data=sent, files=files)).json()
    at = f"/api/v1/indices/results/{kept['id']}"
    assert [one["id"] for one in (await programs.boss.get("/api/v1/indices/results")).json()] == [kept["id"]]
    assert (await programs.boss.get(at)).json()["document"]["total"] == kept["document"]["total"]
    again = (await programs.boss.post(f"{at}/replay", files=files)).json()
    assert again["agrees"] is True and again["inputs_unchanged"] is True
    other = {**files, "cases": file(CASES.replace("A3,2026-11-20", "A3,2026-11-19"))}
    assert (await programs.boss.post(f"{at}/replay", files=other)).json()["inputs_unchanged"] is False
    assert (await programs.boss.post(f"{at}/replay")).status_code == 422, "its files are kept nowhere"
    assert (await programs.an.get(at)).status_code == 403
    assert (await programs.boss.get("/api/v1/indices/results/999")).status_code == 404


async def test_a_result_from_the_database_is_computed_again_without_files(programs: Programs) -> None:
    sent = {**PERIOD, "save": "true", "database": "true"}
    kept = (await programs.boss.post("/api/v1/indices/compute/qd766", data=sent)).json()
    again = await programs.boss.post(f"/api/v1/indices/results/{kept['id']}/replay")
    assert again.json()["agrees"] is True, again.text


async def test_keeping_needs_a_scope_of_its_own(programs: Programs, api_app: object, issue: Issue) -> None:
    poor = issue("boss", scopes=[scope for scope in ALL if scope != "indices:write"])
    async with program(api_app, poor) as client:  # type: ignore[arg-type]
        assert (await sipas(client)).status_code == 200
        assert (await sipas(client, save="true")).status_code == 403
    assert (await sipas(programs.an, save="true")).status_code == 403


async def test_figures_of_few_people_that_were_kept_unhidden_are_read_by_the_named_right_only(
    programs: Programs, database: Database
) -> None:
    open_one = (await sipas(programs.boss, save="true", by="tinh")).json()["id"]
    hidden = (await sipas(programs.boss, save="true", by="tinh", suppress=5)).json()["id"]
    assert (await programs.boss.get(f"/api/v1/indices/results/{open_one}")).status_code == 403
    assert (await programs.boss.post(f"/api/v1/indices/results/{open_one}/replay")).status_code == 403
    assert (await programs.boss.get(f"/api/v1/indices/results/{hidden}")).status_code == 200
    with database.write() as session:
        session.execute(update(Staff).where(Staff.username == "boss").values(reads_survey_rows=True))
    assert (await programs.boss.get(f"/api/v1/indices/results/{open_one}")).status_code == 200


async def test_the_result_of_a_round_is_kept_and_replayed(programs: Programs, database: Database) -> None:
    await closed(programs)
    with database.read() as session:
        kept = session.scalars(select(IndexResult.id)).one()
    assert (await programs.boss.get("/api/v1/rounds/SIPAS-2026-D1")).json()["result"] == kept
    again = await programs.boss.post(f"/api/v1/indices/results/{kept}/replay")
    assert again.json()["agrees"] is True, again.text


async def test_the_offices_figures_keep_the_three_satisfactions_apart(programs: Programs) -> None:
    programs.open_case()
    lines = ("year,unit,sipas,source", "2025,38,84.5,Bộ Nội vụ công bố")
    table = ("sipas.csv", "\n".join(lines).encode(), "text/csv")
    imported = await programs.boss.post("/api/v1/indices/official/import", files={"file": table})
    assert imported.json()["added"] == 1, imported.text
    said = (await programs.boss.get("/api/v1/indices/offices")).json()
    assert said["official_sipas"]["value"] == 84.5 and said["total"]["received"] == 1
    assert said["offices"][0]["survey"] is None
    assert len((await programs.leader.get("/api/v1/indices/offices")).json()["offices"]) == 1
    assert (await programs.an.get("/api/v1/indices/offices")).status_code == 403
    assert (await programs.an.post("/api/v1/indices/official/import", files={"file": table})).status_code == 403
