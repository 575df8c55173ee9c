"""Importing agencies, procedures, staff and cases: what a file holds, all of it or nothing of it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select

from feedback import cases, importing, people
from feedback.database import Database
from feedback.importing import BadFile, Report, Row, read_rows
from feedback.importing import cases as case_rows
from feedback.importing import offices as office_rows
from feedback.importing.staff import new_passwords
from feedback.models import Case, Office, Staff
from feedback.offices import office_for, office_of
from feedback.registry_models import ImportedProcedure
from tests.factories import HAC_THANH, HAM_RONG, MONDAY, a_route, make_case, make_citizen


def table(*lines: str) -> list[Row]:
    """Rows as they are read from a CSV with these lines; the first names the columns."""
    header = lines[0].split("|")
    return [
        Row(number, {name: cell for name, cell in zip(header, line.split("|"), strict=False) if cell})
        for number, line in enumerate(lines[1:], start=2)
    ]


def bad(report: Report) -> list[tuple[int, str]]:
    return [(problem.row, problem.column) for problem in report.problems]


# --- files ---


def write(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        "agency,unit,name\nubnd_xa,14797,UBND phường\n".encode(),
        "\ufeffagency;unit;name\r\nubnd_xa;14797;UBND phường\r\n".encode(),
        'Agency,UNIT,name\n"ubnd_xa","14797","UBND phường"\n,,\n'.encode(),
    ],
)
def test_a_csv_is_read_whatever_its_delimiter_mark_and_case(tmp_path: Path, content: bytes) -> None:
    rows = read_rows(write(tmp_path, "a.csv", content), needed=office_rows.NEEDED, known=office_rows.COLUMNS)
    assert rows == [Row(2, {"agency": "ubnd_xa", "unit": "14797", "name": "UBND phường"})]


def test_a_spreadsheet_gives_the_same_rows_with_its_own_dates_and_numbers(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["agency", "unit", "valid_from", "staffed"])
    sheet.append(["ubnd_xa", 14797, date(2025, 7, 1), 1.0])
    path = tmp_path / "a.xlsx"
    book.save(path)
    [row] = read_rows(path, needed=office_rows.NEEDED, known=office_rows.COLUMNS)
    assert row.values == {"agency": "ubnd_xa", "unit": "14797", "valid_from": "2025-07-01", "staffed": "1"}
    assert row.day("valid_from") == date(2025, 7, 1) and row.flag("staffed")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.csv", b"agency\nx", "thiếu cột unit"),
        ("a.csv", b"agency,unit,colour\nx,y,z", "không biết cột colour"),
        ("a.csv", b"agency,unit,unit\nx,y,z", "hai lần"),
        ("a.csv", "agency,unit\nx,\xe9".encode("latin-1"), "UTF-8"),
        ("a.csv", b"", "thiếu cột"),
        ("a.csv", b"agency,unit\nx,y\nx,y,z", "dòng 3 có nhiều ô hơn số cột"),
        ("a.xlsx", b"not a zip", "không phải tệp XLSX"),
        ("missing.csv", None, "không đọc được"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_with_one_clear_line(
    tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    path = write(tmp_path, name, content) if content is not None else tmp_path / name
    with pytest.raises(BadFile, match=said) as refused:
        read_rows(path, needed=office_rows.NEEDED, known=office_rows.COLUMNS)
    assert "\n" not in str(refused.value)


# --- agencies ---


def test_the_registry_takes_identifiers_addresses_parents_and_dates(database: Database) -> None:
    rows = table(
        "agency|unit|official_id|parent|aliases|address|phone|mode|staffed|direct|valid_from",
        "ubnd_xa|14797|H56.12.3|ubnd_tinh:38|phường HT; xã cũ|12 Lê Lợi|0950000001||x|x|1/7/2025",
        "ubnd_tinh|38|H56||||0950000002||1||2025-07-01",
        "dien_luc|14797|||||19006769|online|x||",
    )
    with database.write() as session:
        report = importing.import_offices(session, rows)
        assert (bad(report), report.added) == ([], 3)
        ward = session.scalars(select(Office).where(Office.unit == HAC_THANH, Office.agency == "ubnd_xa")).one()
        province = session.scalars(select(Office).where(Office.agency == "ubnd_tinh")).one()
        assert (ward.official_id, ward.parent_id, ward.direct) == ("H56.12.3", province.id, True)
        assert ward.aliases == ["phường HT", "xã cũ"] and ward.valid_from == date(2025, 7, 1)
        again = importing.import_offices(session, rows)
        assert (again.added, again.changed, again.unchanged) == (0, 0, 3)
        importing.import_offices(session, table("agency|unit|phone|direct", "ubnd_xa|14797|-|0"))
        assert (ward.official_id, ward.address, ward.phone, ward.direct) == ("H56.12.3", "12 Lê Lợi", None, False)


def test_each_bad_row_of_the_registry_is_named_with_its_column_and_reason(database: Database) -> None:
    rows = table(
        "agency|unit|official_id|parent|mode|valid_from|valid_to|staffed",
        "nobody|38||||||",
        "ubnd_xa|38||||||",
        "so_nnmt|99||||||",
        "vp_hdnd_ubnd_xa|14797||||||",
        "so_nnmt|38|A1||telepathy|||",
        "so_xay_dung|38|A2|||2026-01-01|2025-01-01|",
        "so_tu_phap|38|A2|||hôm qua||",
        "so_noi_vu|38|A2|ubnd_tinh:77||||",
        "so_y_te|38|A2|||||maybe",
        "so_noi_vu|38||||||",
    )
    with database.write() as session:
        report = importing.import_offices(session, rows)
        assert bad(report) == [
            (2, "agency"),
            (3, "unit"),
            (4, "unit"),
            (5, "agency"),
            (6, "mode"),
            (7, "valid_to"),
            (8, "official_id"),
            (9, "official_id"),
            (10, "official_id"),
        ]
        assert all(problem.reason for problem in report.problems)


def test_a_body_that_logs_in_here_holds_its_own_cases(database: Database) -> None:
    with database.write() as session:
        route = a_route()
        letter = type(route)(
            agency="dien_luc", unit=HAC_THANH, desk=None, name="x", level="khu_vuc", why=("x",), rule_ids=("x",),
            mode="letter", province_code="38",
        )  # fmt: skip
        assert office_for(session, letter).agency == "vp_ubnd_tinh"
        importing.import_offices(session, table("agency|unit|mode", "dien_luc|14797|online"))
        assert office_for(session, letter).agency == "dien_luc"


def test_a_body_that_has_ended_gives_its_cases_to_its_successor(database: Database) -> None:
    with database.write() as session:
        rows = table("agency|unit|valid_to|successor", "ubnd_xa|14797|2026-11-30|ubnd_xa:14758", "ubnd_xa|14758||")
        assert bad(importing.import_offices(session, rows)) == []
        assert make_case(session, now=MONDAY).office.unit == HAC_THANH
        assert make_case(session, now=MONDAY + timedelta(days=10)).office.unit == HAM_RONG


def test_straight_to_the_expert_desk_is_opt_in(database: Database) -> None:
    with database.write() as session:
        route = type(a_route())(
            agency="ubnd_xa", unit=HAC_THANH, desk="vp_hdnd_ubnd_xa", expert="phong_kthtdt", name="UBND", level="xa",
            why=("x",), rule_ids=("x",), province_code="38",
        )  # fmt: skip
        draft = cases.CaseDraft(kind="phan_anh", regime="hien_truong", text="Rác.", route=route)
        owner = make_citizen(session)
        first = cases.open_case(session, draft, citizen_id=owner, effect_key="1", received_at=MONDAY, now=MONDAY)
        office_of(session, agency="ubnd_xa", unit=HAC_THANH).direct = True
        second = cases.open_case(session, draft, citizen_id=owner, effect_key="2", received_at=MONDAY, now=MONDAY)
        assert (first.desk, second.desk) == ("vp_hdnd_ubnd_xa", "phong_kthtdt")


def test_parents_that_go_in_a_circle_are_refused_with_the_rows_that_close_it(database: Database) -> None:
    rows = table(
        "agency|unit|parent",
        "so_nnmt|38|so_xay_dung:38",
        "so_xay_dung|38|so_y_te:38",
        "so_y_te|38|so_nnmt:38",
        "so_tu_phap|38|so_y_te:38",
        "ubnd_xa|14797|ubnd_tinh:38",
        "ubnd_tinh|38|",
    )
    with database.write() as session:
        report = importing.import_offices(session, rows)
        assert bad(report) == [(2, "parent"), (3, "parent"), (4, "parent")], "who stands under a circle closes none"
        said = report.problems[0].reason
        assert "thành vòng" in said and all(f"dòng {number}" in said for number in (2, 3, 4))


def test_a_circle_over_an_office_that_was_there_before_is_refused_too(database: Database) -> None:
    with database.write() as session:
        importing.import_offices(session, table("agency|unit|parent", "so_nnmt|38|so_y_te:38", "so_y_te|38|"))
        report = importing.import_offices(session, table("agency|unit|parent", "so_y_te|38|so_nnmt:38"))
        [problem] = report.problems
        assert (problem.row, problem.column) == (2, "parent") and "đã có trong hệ thống" in problem.reason


# --- procedures ---


def test_procedures_are_entered_by_code_and_an_empty_field_stays_empty(database: Database) -> None:
    rows = table(
        "code|name|field_slug|level|fee",
        "1.001193|Thủ tục đăng ký khai sinh|ho-tich|Cấp xã|",
        "1.010000|Thẻ bảo hiểm y tế|bhxh-bhyt||",
        "2.000635|Cấp bản sao trích lục hộ tịch|||Miễn phí",
    )
    with database.write() as session:
        assert importing.import_procedures(session, rows, now=MONDAY).added == 3
        assert session.get_one(ImportedProcedure, "1.010000").field == "bao_hiem_xa_hoi"
        first = session.get_one(ImportedProcedure, "1.001193")
        assert (first.field, first.fee, first.processing_time) == ("ho_tich", None, None)
        again = importing.import_procedures(session, rows, now=MONDAY)
        assert (again.added, again.unchanged) == (0, 3)
        changed = importing.import_procedures(session, table("code|name", "1.001193|Tên mới"), now=MONDAY)
        assert changed.changed == 1


def test_bad_procedure_rows_are_named(database: Database) -> None:
    rows = table("code|name|field_slug", "1.00119|x|", "1.001193||", "2.000635|x|land", "2.000636|x|", "2.000636|y|")
    with database.write() as session:
        report = importing.import_procedures(session, rows, now=MONDAY)
        assert bad(report) == [(2, "code"), (3, "name"), (4, "field_slug"), (6, "code")]


# --- staff ---


def test_staff_get_a_password_that_is_told_once(database: Database) -> None:
    rows = table(
        "username|name|role|agency|unit|email|sees_restricted|password",
        "an|Lê Mẫu An|officer|ubnd_xa|14797|an@xa.example||",
        "hoa|Ngô Mẫu Hòa|leader|ubnd_xa|14797||x|mat-khau-dai-lam",
        "quanly|Mai Mẫu Nam|manager|||||",
    )
    with database.write() as session:
        passwords = new_passwords(rows, people.usernames(session))
        report = importing.import_staff(session, rows, passwords=passwords)
        assert (bad(report), report.added) == ([], 3)
        told = dict(note.split(",") for note in report.notes)
        assert set(told) == {"an", "quanly"}
        an = session.scalars(select(Staff).where(Staff.username == "an")).one()
        assert people.password_fits(an, told["an"]) and an.office is not None and an.office.staffed
        hoa = session.scalars(select(Staff).where(Staff.username == "hoa")).one()
        assert people.password_fits(hoa, "mat-khau-dai-lam") and hoa.sees_restricted
        before = an.password_hash
        promoted = table("username|name|role|agency|unit", "an|Lê Mẫu An Mới|leader|ubnd_xa|14797")
        passwords = new_passwords(promoted, people.usernames(session))
        assert passwords == {}, "who is known and gets no new one costs no hash"
        again = importing.import_staff(session, promoted, passwords=passwords)
        assert an.email == "an@xa.example"
        assert again.changed == 1 and again.notes == [] and an.password_hash == before and an.role == "leader"


def test_bad_staff_rows_are_named(database: Database) -> None:
    rows = table(
        "username|name|role|agency|unit|email|password",
        "Ông An|x|officer|ubnd_xa|14797||",
        "an|x|king|ubnd_xa|14797||",
        "binh|x|officer||||",
        "chi|x|officer|ubnd_xa|38||",
        "dung|x|officer|ubnd_xa|14797|not-an-address|",
        "giang||officer|ubnd_xa|14797||",
        "hoa|x|officer|ubnd_xa|14797||short",
    )
    with database.write() as session:
        report = importing.import_staff(session, rows)
        assert [column for _, column in bad(report)] == [
            "username",
            "role",
            "agency",
            "unit",
            "email",
            "name",
            "password",
        ]


# --- cases ---


def test_an_imported_case_is_routed_and_counted_from_its_own_day_once(database: Database) -> None:
    rows = table(
        "external_id|kind|text|received_at|topic|problem|commune|contact_name|contact_phone|channel|national_code",
        "SO-1|phan_anh|Rác ở chợ không ai gom|20/11/2026|ve_sinh_rac|ha_tang|14797|Lê Mẫu|0950000001|dien_thoai|PA-7",
        "SO-2|khieu_nai|Không đồng ý quyết định thu hồi đất|2026-11-20T14:30|dat_dai|sai_ket_qua|14797||||",
        "SO-3|to_cao|Tố cáo cán bộ địa chính nhận tiền|2026-11-20|dat_dai|nhung_nhieu|14797||||",
    )
    with database.write() as session:
        report = importing.import_cases(session, rows, now=MONDAY)
        assert (bad(report), report.added) == ([], 3)
        rubbish, complaint, secret = session.scalars(select(Case).order_by(Case.id))
        assert (rubbish.office.agency, rubbish.channel, rubbish.national_code) == ("ubnd_xa", "dien_thoai", "PA-7")
        assert rubbish.due_at is not None and rubbish.due_proof[0]["date"] == "2026-11-20"
        assert (complaint.state, complaint.due_at) == ("cho_nop_don", None)
        assert secret.restricted and secret.regime == "to_cao"
        assert importing.import_cases(session, rows, now=MONDAY).unchanged == 3
        assert session.scalar(select(func.count(Case.id))) == 3


def test_bad_case_rows_are_named_and_no_phone_is_repeated(database: Database) -> None:
    rows = table(
        "external_id|kind|text|received_at|topic|commune|province|contact_phone|regime",
        "1|giao_tiep|x|2026-11-20||14797|||",
        "2|phan_anh||2026-11-20||14797|||",
        "3|phan_anh|x|2026-11-24||14797|||",
        "4|phan_anh|x|hôm qua||14797|||",
        "5|phan_anh|x|2026-11-20|nothing|14797|||",
        "6|phan_anh|x|2026-11-20||99999|||",
        "7|phan_anh|x|2026-11-20||14797|01||",
        "8|phan_anh|x|2026-11-20|||||",
        "9|phan_anh|x|2026-11-20||14797||09500abc|",
        "10|to_cao|x|2026-11-20||14797|||hien_truong",
        "1|phan_anh|x|2026-11-20||14797|||",
    )
    with database.write() as session:
        report = importing.import_cases(session, rows, now=MONDAY)
        assert [column for _, column in bad(report)] == [
            "kind",
            "text",
            "received_at",
            "received_at",
            "topic",
            "commune",
            "province",
            "province",
            "contact_phone",
            "regime",
            "external_id",
        ]
        assert not any("09500" in problem.reason for problem in report.problems)
        assert set(case_rows.NEEDED) <= set(case_rows.COLUMNS)


def test_a_day_that_no_rule_reaches_and_a_national_code_of_another_case_are_bad_rows(database: Database) -> None:
    rows = table(
        "external_id|kind|text|received_at|commune|national_code",
        "1|phan_anh|x|1999-12-31|14797|",
        "2|phan_anh|x|1900-01-01T08:00|14797|",
        "3|phan_anh|x|2026-11-20|14797|PAKN.1",
        "4|phan_anh|x|2026-11-20|14797|PAKN.1",
    )
    with database.write() as session:
        report = importing.import_cases(session, rows, now=MONDAY)
        assert bad(report) == [(2, "received_at"), (3, "received_at"), (5, "national_code")]


def test_a_procedures_address_is_one_of_the_web(database: Database) -> None:
    rows = table("code|name|url", "1.000001|Một|javascript:alert(1)", "1.000002|Hai|https://dichvucong.gov.vn/2")
    with database.write() as session:
        assert bad(importing.import_procedures(session, rows, now=MONDAY)) == [(2, "url")]
