"""Files, papers and registers over the API."""

from __future__ import annotations

from io import BytesIO

import pytest
from openpyxl import load_workbook

from feedback.database import Database
from tests.factories import make_file
from tests.web.api.conftest import Programs
from tests.web.api.test_moves import PDF

PERIOD = {"first": "2026-10-01", "last": "2026-12-31"}


async def test_an_office_file_goes_in_and_out(programs: Programs) -> None:
    case = programs.open_case()
    files = {"file": ("bien-ban.pdf", PDF, "application/pdf")}
    kept = await programs.an.post(f"/api/v1/cases/{case.code}/files", files=files, data={"for_citizen": "true"})
    assert kept.status_code == 201 and kept.json()["for_citizen"] is True, kept.text
    for person, status in ((programs.binh, 200), (programs.boss, 200), (programs.chi, 404)):
        got = await person.get(f"/api/v1/files/{kept.json()['key']}")
        assert got.status_code == status
        assert status != 200 or got.content == PDF
    refused = await programs.an.post(
        f"/api/v1/cases/{case.code}/files", files={"file": ("x.exe", b"MZ" * 40, "application/octet-stream")}
    )
    assert refused.status_code == 415 and refused.headers["content-type"] == "application/problem+json"


async def test_a_citizens_picture_is_a_file_of_the_case(programs: Programs, database: Database) -> None:
    case = programs.open_case()
    with database.write() as session:
        png = b"\x89PNG\r\n\x1a\n" + b"0" * 40
        key = make_file(session, case, png, name="anh.png", content_type="image/png").key
    assert [one["key"] for one in (await programs.an.get(f"/api/v1/cases/{case.code}")).json()["files"]] == [key]
    assert (await programs.an.get(f"/api/v1/files/{key}")).headers["content-type"] == "image/png"


@pytest.mark.parametrize(("kind", "start"), [("pdf", b"%PDF"), ("docx", b"PK")])
async def test_the_receipt_is_drawn(programs: Programs, kind: str, start: bytes) -> None:
    case = programs.open_case()
    listed = (await programs.an.get(f"/api/v1/cases/{case.code}/papers")).json()
    receipt = next(one for one in listed["papers"] if "bien_nhan" in one["slug"])
    drawn = await programs.an.get(receipt[kind])
    assert drawn.status_code == 200 and drawn.content.startswith(start)
    assert (await programs.chi.get(receipt[kind])).status_code == 404
    assert (await programs.an.get(f"/api/v1/cases/{case.code}/papers/khong_co.{kind}")).status_code == 404


async def test_a_decision_is_listed_and_drawn_for_a_complaint_only(programs: Programs) -> None:
    complaint, report = programs.open_case("Đất bị thu hồi thừa.", kind="khieu_nai"), programs.open_case()
    slug = "quyet_dinh_giai_quyet_khieu_nai"
    listed = (await programs.an.get(f"/api/v1/cases/{complaint.code}/papers")).json()["papers"]
    [decision] = [one for one in listed if one["slug"] == slug]
    assert decision["unverified"] is True
    assert (await programs.an.get(decision["pdf"])).content.startswith(b"%PDF")
    assert (await programs.an.get(decision["docx"])).content.startswith(b"PK")
    others = (await programs.an.get(f"/api/v1/cases/{report.code}/papers")).json()["papers"]
    assert slug not in [one["slug"] for one in others]
    assert (await programs.an.get(f"/api/v1/cases/{report.code}/papers/{slug}.pdf")).status_code == 404


async def test_registers_are_for_who_answers_for_an_office(programs: Programs) -> None:
    programs.open_case(contact_name="Trần Văn Mẫu")
    assert (await programs.an.get("/api/v1/registers")).status_code == 403
    slugs = [one["slug"] for one in (await programs.leader.get("/api/v1/registers")).json()]
    assert "report" in slugs
    for slug in slugs:
        drawn = await programs.leader.get(f"/api/v1/registers/{slug}.xlsx", params=PERIOD)
        assert drawn.status_code == 200 and load_workbook(BytesIO(drawn.content)).sheetnames, slug
        assert (await programs.an.get(f"/api/v1/registers/{slug}.xlsx", params=PERIOD)).status_code == 403
    wrong = await programs.leader.get(
        "/api/v1/registers/report.xlsx", params={"first": "2026-12-31", "last": "2026-01-01"}
    )
    assert wrong.status_code == 422
    for day in ("0001-01-01", "9999-12-31"):
        odd = await programs.leader.get("/api/v1/registers/report.xlsx", params={"first": day, "last": day})
        assert odd.status_code == 422
    assert (await programs.leader.get("/api/v1/registers/la.xlsx", params=PERIOD)).status_code == 404
