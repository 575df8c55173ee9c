"""The pages of survey rounds: who may see, run and read what, and a whole round through the pages."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select, update

from feedback.database import Database
from feedback.models import Staff
from surveys.models import SurveyResponse
from surveys.questionnaires import Questionnaire
from surveys.rounds import repository
from surveys.rounds.models import RowLook, SurveyRound
from tests.factories import HAC_THANH, HAM_RONG
from tests.web.staff_cast import Cast

FORM = Questionnaire.load("qd2640")
PLAN = {
    "code": "SIPAS-2026-D1", "title": "Khảo sát thử", "questionnaire": "qd2640", "opens_on": "2026-11-01",
    "closes_on": "2026-12-31", "frame_kind": "households", "kind": "multistage", "size": "3",
    "stages": "commune; village 2", "reserve": "40", "margin": "5", "design_effect": "1.5",
    "response_rate": "70", "recheck": "10",
}  # fmt: skip


def households() -> bytes:
    lines = ["Mã hộ,Mã xã,Thôn,Chủ hộ,SĐT"]
    for commune in (HAC_THANH, HAM_RONG):
        lines += [
            f"{commune}{v}{n:02d},{commune},Thôn {v},Người Mẫu {n},095{v}{n:06d}" for v in range(4) for n in range(10)
        ]
    return "\n".join(lines).encode()


@pytest.fixture
def team(cast: Cast, database: Database) -> Cast:
    """`boss` runs surveys, `reader` reads rows of answers."""
    with database.write() as session:
        session.execute(update(Staff).where(Staff.username == "boss").values(runs_surveys=True))
        session.execute(update(Staff).where(Staff.username == "reader").values(reads_survey_rows=True))
    return cast


async def planned(team: Cast, **fields: str) -> str:
    answer = await team.boss.post("/console/rounds", **{**PLAN, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def upload(team: Cast, path: str, data: bytes, **fields: str) -> str:
    sent = {"csrf": team.boss.csrf, **fields}
    return (await team.boss.http.post(path, data=sent, files={"file": ("a.csv", data)})).text


async def drawn(team: Cast) -> str:
    at = await planned(team)
    assert "Đã nạp khung mẫu 80 đơn vị" in await upload(team, f"{at}/frame", households())
    assert "Đã chọn 12 đơn vị mẫu" in (await team.boss.post(f"{at}/draw", seed="24/11/2026")).text
    return at


def collected(*numbers: int) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Số phiếu", "Hình thức", "Ngày", *FORM.criteria, "da_gop_y"])
    writer.writerows([number, "giấy", "20/11/2026", *[1 + number % 5] * 22, "co"] for number in numbers)
    return out.getvalue().encode()


async def closed(team: Cast) -> str:
    at = await drawn(team)
    await team.boss.post(f"{at}/open")
    assert "Đã nhập 12 phiếu" in await upload(team, f"{at}/forms", collected(*range(1, 13)))
    assert "Đã đóng kỳ khảo sát" in (await team.boss.post(f"{at}/close")).text
    return at


async def test_a_round_goes_through_its_pages(team: Cast, database: Database) -> None:
    at = await drawn(team)
    page = (await team.boss.get(at)).text
    assert "Đã chọn mẫu" in page and "n = N/(1+Ne²)" in page and ">67 <" in page  # 80 / (1 + 80 · 0.05²)
    assert "Đã giao 10 đơn vị" in (await team.boss.post(f"{at}/interviewers", names=f"ĐTV Một: {HAC_THANH}")).text
    assert "Đang khảo sát" in (await team.boss.post(f"{at}/open")).text
    assert (
        "Đã ghi kết quả phiếu 1. Phiếu "
        in (await team.boss.post(f"{at}/disposition", number=1, slug="refusal", attempts=1)).text
    )
    assert "Thử: sẽ nhập 2 phiếu" in await upload(team, f"{at}/forms", collected(2, 3), trial="1")
    assert "Đã nhập 5 phiếu" in await upload(team, f"{at}/forms", collected(2, 3, 4, 5, 6))
    typed = dict.fromkeys(FORM.criteria[:18], "4") | {"mode": "phone", "day": "2026-11-21"}
    assert "Đã nhập phiếu 7" in (await team.boss.post(f"{at}/forms/7", **typed)).text
    page = (await team.boss.post(f"{at}/close")).text
    assert "ước tính nội bộ" in page and "6 phiếu" in page
    with database.read() as session:
        assert {one.mode for one in session.scalars(select(SurveyResponse))} == {"paper", "phone"}
        survey = session.scalars(select(SurveyRound)).one()
        assert survey.state == "closed" and repository.dispositions(session, survey.id)["complete"] == 6


async def test_every_wrong_line_of_a_file_is_shown_and_nothing_is_taken(team: Cast) -> None:
    at = await planned(team)
    page = await upload(team, f"{at}/frame", "mã hộ,mã xã\nA,99999\nA,14797\n".encode())
    assert "Tệp có 2 lỗi; chưa nhập dòng nào" in page and "Dòng 2, cột commune" in page and "Dòng 3, cột key" in page
    assert "0 đơn vị" in (await team.boss.get(at)).text
    assert "Thử: tệp đúng, 80 đơn vị" in await upload(team, f"{at}/frame", households(), trial="1")


async def test_a_plan_that_cannot_be_is_told_and_the_form_keeps_what_was_typed(team: Cast) -> None:
    answer = await team.boss.post("/console/rounds", **{**PLAN, "closes_on": "2026-10-01", "title": "Tên đã gõ"})
    assert answer.status_code == 422
    assert "Ngày đóng phải sau ngày mở" in answer.text and "Tên đã gõ" in answer.text


async def test_officers_see_no_round_and_managers_change_none(team: Cast) -> None:
    at = await drawn(team)
    for person in (team.an, team.binh, team.chi):
        for path in ("/console/rounds", at, f"{at}/sample", f"{at}/files/bao-cao.pdf", f"{at}/pack/mau.pdf"):
            assert (await person.get(path)).status_code == 403, path
    assert (await team.leader.get(at)).status_code == 200
    assert (await team.leader.get(f"{at}/sample")).status_code == 403  # names of those who were drawn
    assert (await team.leader.get(f"{at}/pack/mau.pdf")).status_code == 403
    for step in (
        "draw",
        "open",
        "close",
        "invite",
        "links",
        "interviewers",
        "discard",
        "forms",
        "frame",
        "disposition",
    ):
        for person in (team.an, team.leader, team.reader):
            assert (await person.post(f"{at}/{step}")).status_code == 403, step
    assert (await team.nobody.get(at)).status_code == 303


async def test_a_step_without_the_sessions_token_is_refused(team: Cast) -> None:
    at = await drawn(team)
    team.boss.csrf = "wrong"
    assert (await team.boss.post(f"{at}/open")).status_code == 403


async def test_results_are_for_overseers_and_rows_for_readers_who_are_written_down(
    team: Cast, database: Database
) -> None:
    at = await closed(team)
    for name in ("bao-cao.pdf", "bao-cao.docx", "du-lieu-mo.csv", "du-lieu-mo.json", "sieu-du-lieu.xml"):
        answer = await team.leader.get(f"{at}/files/{name}")
        assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"], name
    for person in (team.boss, team.leader, team.admin, team.an):
        assert (await person.get(f"{at}/files/phieu.csv")).status_code == 403
    for name in ("phieu.csv", "phieu.xlsx", "phieu.sav"):
        assert (await team.reader.get(f"{at}/files/{name}")).status_code == 200
    with database.read() as session:
        looks = session.scalars(select(RowLook).order_by(RowLook.id)).all()
        reader = session.scalars(select(Staff.id).where(Staff.username == "reader")).one()
        assert [(look.what, look.rows, look.staff_id) for look in looks] == [
            (name, 12, reader) for name in ("phieu.csv", "phieu.xlsx", "phieu.sav")
        ]


async def test_nothing_of_the_answers_can_be_had_while_the_round_is_open(team: Cast) -> None:
    at = await drawn(team)
    await team.boss.post(f"{at}/open")
    await upload(team, f"{at}/forms", collected(*range(1, 13)))
    for name in ("bao-cao.pdf", "du-lieu-mo.csv", "phieu.csv", "phieu.sav", "khac.exe"):
        assert (await team.reader.get(f"{at}/files/{name}")).status_code == 404
    assert "ước tính nội bộ" not in (await team.boss.get(at)).text


async def test_the_field_work_pack_and_the_links_are_drawn(team: Cast) -> None:
    at = await drawn(team)
    for slug in ("mau", "phieu", "phuc-tra", "ho-tro", "so"):
        assert (await team.boss.get(f"{at}/pack/{slug}.pdf")).content.startswith(b"%PDF")
    assert (await team.boss.get(f"{at}/pack/mau.docx")).content.startswith(b"PK")
    assert (await team.boss.get(f"{at}/pack/la.pdf")).status_code == 404
    assert (await team.boss.post(f"{at}/links")).status_code == 409  # not open yet
    await team.boss.post(f"{at}/open")
    lines = list(csv.DictReader(io.StringIO((await team.boss.post(f"{at}/links")).content.decode("utf-8-sig"))))
    assert len(lines) == 12 and all("/surveys/" in line["lien_ket"] for line in lines)


async def test_a_round_that_is_not_there_is_not_found(team: Cast) -> None:
    for path in ("/console/rounds/999", "/console/rounds/999/files/bao-cao.pdf", "/console/rounds/x"):
        assert (await team.boss.get(path)).status_code == 404


async def test_a_frame_of_cases_is_taken_without_a_file(team: Cast) -> None:
    at = await planned(
        team, frame_kind="cases", frame_since="2026-11-01", frame_until="2026-11-30", kind="simple", size="5"
    )
    assert "Đã nạp khung mẫu 0 đơn vị" in (await team.boss.post(f"{at}/frame")).text


async def test_who_runs_surveys_sets_the_weights_of_a_round_until_it_is_closed(team: Cast, database: Database) -> None:
    at = await drawn(team)
    fields = {"classes": "commune", "least": "3", "limit": "2,5"}
    wrong = await upload(team, f"{at}/weighting", b"variable,level,population\ntuoi,a,10\n", **fields)
    assert "không có biến này" in wrong
    totals = f"variable;level;population\nxa;{HAC_THANH};40\nxa;{HAM_RONG};40\n".encode("utf-8-sig")
    page = await upload(team, f"{at}/weighting", totals, **fields)
    assert "Đã đặt cách tính trọng số" in page and "mỗi xã, phường một lớp" in page and "a.csv, mã kiểm tra" in page
    with database.read() as session:
        survey = session.scalars(select(SurveyRound)).one()
        assert survey.weighting["limit"] == 2.5 and survey.weighting["margins"] == {"xa": {HAC_THANH: 40, HAM_RONG: 40}}
    assert (await team.reader.post(f"{at}/weighting", **fields)).status_code == 403
    await team.boss.post(f"{at}/open")
    await upload(team, f"{at}/forms", collected(*range(1, 13)))
    page = (await team.boss.post(f"{at}/close")).text
    assert "Hệ số Kish" in page and "hậu phân tầng theo xa" in page and "2,5 lần trung bình" in page
    assert "đang ở bước" in (await team.boss.post(f"{at}/weighting", **fields)).text
    files = await team.reader.get(f"{at}/files/tong-the.csv")
    assert f"hieu_chinh_1,{HAC_THANH},40" in files.text


@pytest.mark.parametrize("stages", ["commune; village 2", "xã; thôn 2", "Xã\nThôn 2"])
async def test_stages_are_written_in_vietnamese_or_as_in_a_plan(team: Cast, database: Database, stages: str) -> None:
    await planned(team, stages=stages)
    with database.read() as session:
        plan = session.scalars(select(SurveyRound)).one().plan
        assert [(one["column"], one["take"]) for one in plan["stages"]] == [("commune", None), ("village", 2)]


async def test_a_stage_that_cannot_be_read_is_told(team: Cast) -> None:
    answer = await team.boss.post("/console/rounds", **{**PLAN, "stages": "xã; 3 thôn"})
    assert answer.status_code == 422 and "“3 thôn” phải có dạng" in answer.text


async def test_the_sample_names_places_and_ends_in_vietnamese(team: Cast) -> None:
    at = await drawn(team)
    await team.boss.post(f"{at}/open")
    await upload(team, f"{at}/forms", collected(2, 3))
    page = (await team.boss.get(f"{at}/sample")).text
    assert "Đã trả lời đủ" in page and ">complete<" not in page and f"phường Hạc Thành ({HAC_THANH})" in page
