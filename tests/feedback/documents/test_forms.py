"""Every form is filled for every kind of case it is for, and says nothing that is not there."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from feedback import answering, approvals, cases, handling, taxonomy
from feedback.database import Database
from feedback.documents import case_papers, forms, pdf, word
from feedback.documents.case_papers import case_paper, papers_of
from feedback.documents.forms import all_forms, fill, form_on
from feedback.documents.paper import UNVERIFIED, Facts, Heading, Paragraph, Table
from feedback.law import LawDataError
from feedback.models import Case
from feedback.petitions import Petition, record_petition
from tests.factories import MONDAY, make_case, make_staff
from tests.feedback.documents.test_paper_files import words_of_pdf
from tests.office_programs import converted

TODAY = date(2026, 11, 23)
DECISION = "quyet_dinh_giai_quyet_khieu_nai"


def text_of(paper) -> str:
    parts = []
    for block in paper.blocks:
        match block:
            case Facts(rows) | Table(rows=rows):
                parts += [" ".join(row) for row in rows]
            case _:
                parts.append(block.text)
    return "\n".join([paper.name, paper.subject, *paper.addressees, *parts, *paper.recipients, paper.signer_name])


def test_each_form_is_dated_names_its_source_and_stands_unverified_until_a_person_lifts_the_mark() -> None:
    assert {form.slug for form in all_forms()} >= {
        "bien_nhan", "phieu_chuyen", "yeu_cau_bo_sung", "tra_loi", "xin_loi", "don_khieu_nai", "don_to_cao",
        "chung_minh_thoi_han", "quyet_dinh_giai_quyet_khieu_nai",
    }  # fmt: skip
    for form in all_forms():
        assert form.legal_source and form.validity.valid_from
        assert set(form.for_kinds) <= set(taxonomy.kinds())
        assert not form.verified


def test_a_form_is_found_only_while_it_is_in_force() -> None:
    assert form_on("bien_nhan", TODAY).slug == "bien_nhan"
    with pytest.raises(KeyError):
        form_on("bien_nhan", date(2020, 1, 1))


@pytest.mark.parametrize("kind", ["phan_anh", "khieu_nai", "to_cao", "khen_ngoi"])
def test_every_form_that_fits_a_kind_can_be_filled(database: Database, kind: str) -> None:
    with database.write() as session:
        case = make_case(session, "Rác bốn ngày không ai gom.", kind=kind)
        for form in papers_of(case, TODAY):
            paper = case_paper(session, case, form.slug, now=MONDAY)
            assert paper.name and paper.blocks and paper.mark == UNVERIFIED
            assert "None" not in text_of(paper) and "{{" not in text_of(paper)


def test_a_denunciation_has_no_transfer_letter_and_an_ordinary_report_no_petition(database: Database) -> None:
    with database.write() as session:
        denounced = {form.slug for form in papers_of(make_case(session, kind="to_cao"), TODAY)}
        reported = {form.slug for form in papers_of(make_case(session), TODAY)}
        assert "don_to_cao" in denounced and not denounced & {"phieu_chuyen", "don_khieu_nai"}
        assert not reported & {"don_to_cao", "don_khieu_nai", DECISION} and DECISION not in denounced
        for wrong in (make_case(session), make_case(session, kind="to_cao")):
            with pytest.raises(KeyError):
                case_paper(session, wrong, DECISION, now=MONDAY)
        with pytest.raises(KeyError):
            case_paper(session, make_case(session), "don_to_cao", now=MONDAY)


def test_the_receipt_carries_code_matter_deadline_and_the_hash_of_the_history(database: Database) -> None:
    with database.write() as session:
        case = make_case(session, "Rác bốn ngày không ai gom.", contact_name="Trần Thị Mẫu")
        said = text_of(case_paper(session, case, "bien_nhan", now=MONDAY))
        last = case.events[-1].hash if case.events else ""
    assert case.code in said and "Rác bốn ngày" in said and "Trần Thị Mẫu" in said
    assert "thời gian cam kết theo quy chế là thứ Ba 1/12/2026" in said
    assert last and last in said.replace(" ", "")


def test_the_proof_lists_each_day_of_the_deadline(database: Database) -> None:
    with database.write() as session:
        case = make_case(session)
        paper = case_paper(session, case, "chung_minh_thoi_han", now=MONDAY)
    (table,) = [block for block in paper.blocks if isinstance(block, Table)]
    assert len(table.rows) == len(case.due_proof)
    assert ("thứ Ba 24/11/2026", "") in [row[:2] for row in table.rows]


def test_a_citizens_words_are_never_read_as_a_template(database: Database) -> None:
    words = "{{ 7 * 7 }} {% for x in y %} #strong[x] $a$ \\ <w:t>"
    with database.write() as session:
        paper = case_paper(session, make_case(session, words), "bien_nhan", now=MONDAY)
    assert Paragraph(words) in paper.blocks


def test_a_template_that_asks_for_something_unknown_is_an_error_of_its_own() -> None:
    form = form_on("bien_nhan", TODAY)
    with pytest.raises(LawDataError, match="not there"):
        fill(form, {"office": "UBND"})


HEAD = "slug: a\ntitle: b\nsource: c\nverified: false\nhead: {name: x}\nbody: []\n"


@pytest.mark.parametrize("broken", ["slug: a", f"{HEAD}style: poster\nvalid_from: 2025-01-01", f"{HEAD}style: named"])
def test_a_malformed_template_is_refused_by_name(broken: str) -> None:
    with pytest.raises(LawDataError, match=r"forms/x\.yml"):
        forms._form("x", broken)


def test_the_head_names_the_body_in_full_and_the_signer_by_office_alone(database: Database) -> None:
    with database.write() as session:
        paper = case_paper(session, make_case(session), "tra_loi", now=MONDAY)
    assert (paper.above, paper.issuer) == ("UBND tỉnh Thanh Hóa", "Ủy ban nhân dân\nphường Hạc Thành")
    assert paper.signer_title == "TM. Ủy ban nhân dân\nChủ tịch"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("Chánh Văn phòng UBND tỉnh Thanh Hóa", "Chánh Văn phòng"),
        ("Giám đốc Sở Nông nghiệp và Môi trường tỉnh Thanh Hóa", "Giám đốc"),
        ("Trưởng Công an phường Hạc Thành", "Trưởng Công an"),
        ("Bộ trưởng Bộ Công an", "Bộ trưởng"),
        ("Thủ trưởng Đội quản lý", "Thủ trưởng"),
    ],
)
def test_a_signers_title_does_not_repeat_the_bodys_name(head: str, title: str) -> None:
    assert case_papers._signer_title("vp_ubnd_tinh", head) == title


def test_a_denunciations_papers_say_that_the_sender_is_kept_secret_and_lead_to_no_chat(database: Database) -> None:
    with database.write() as session:
        case = make_case(session, kind="to_cao", contact_name="Trần Thị Mẫu", contact_address="12 Trần Phú")
        said = {form.slug: text_of(case_paper(session, case, form.slug, now=MONDAY)) for form in papers_of(case, TODAY)}
    assert "giữ bí mật theo quy định" in said["bien_nhan"] and "tố cáo tiếp" in said["tra_loi"]
    assert all("Trần" not in words and "cuộc trò chuyện" not in words for words in said.values())


def test_who_came_to_the_counter_is_told_to_reply_there(database: Database) -> None:
    with database.write() as session:
        case = make_case(session, channel="truc_tiep")
        more, answer = (text_of(case_paper(session, case, slug, now=MONDAY)) for slug in ("yeu_cau_bo_sung", "tra_loi"))
    assert "nộp phần bổ sung tại UBND phường Hạc Thành" in more and "cuộc trò chuyện" not in more + answer


def test_a_petition_carries_the_address_that_was_given_and_names_the_way_after_an_answer(database: Database) -> None:
    with database.write() as session:
        case = make_case(session, kind="khieu_nai", contact_address="12 Trần Phú, phường Hạc Thành")
        petition, answer = (
            text_of(case_paper(session, case, slug, now=MONDAY)) for slug in ("don_khieu_nai", "tra_loi")
        )
    assert "Địa chỉ 12 Trần Phú, phường Hạc Thành" in petition
    assert "khiếu nại lần hai" in answer and "Tòa án" in answer


def test_an_apology_names_the_day_before_the_extension_and_only_the_reason_for_it(database: Database) -> None:
    with database.write() as session:
        officer = make_staff(session, "an")
        leader = make_staff(session, "leader", role="leader")
        case = make_case(session, kind="khieu_nai")
        petition = Petition("1/ĐKN", TODAY, "Hạc Thành")
        record_petition(session, case.id, staff=officer, petition=petition, version=case.version, now=MONDAY)
        handling.accept(session, case.id, staff=officer, version=case.version, now=MONDAY)
        handling.extend(session, case.id, staff=leader, reason="Cần đo lại đất.", version=case.version, now=MONDAY)
        approvals.submit(session, case.id, staff=officer, version=case.version, now=MONDAY)
        approvals.send_back(session, case.id, staff=leader, reason="Viết lại câu 2.", version=case.version, now=MONDAY)
        said = text_of(case_paper(session, case, "xin_loi", now=MONDAY))
    assert "hạn trả lời là thứ Tư 23/12/2026" in said and "hẹn trả lời vào thứ Năm 7/1/2027" in said
    assert "Cần đo lại đất." in said and "Viết lại" not in said


def test_a_transfer_letter_asks_for_no_reply_before_a_day_that_is_over(database: Database) -> None:
    with database.write() as session:
        case = make_case(session)
        in_time = text_of(case_paper(session, case, "phieu_chuyen", now=MONDAY))
        too_late = text_of(case_paper(session, case, "phieu_chuyen", now=MONDAY + timedelta(days=30)))
    assert "trước thứ Ba 1/12/2026" in in_time and "trước thứ" not in too_late


def a_lodged_complaint(session: Session, text: str = "Diện tích bị thu hồi nhiều hơn phương án.") -> Case:
    officer = make_staff(session, "an")
    parts = {"contact_name": "Trần Thị Mẫu", "contact_address": "12 Trần Phú, phường Hạc Thành"}
    case = make_case(session, text, kind="khieu_nai", **parts)
    petition = Petition("1/ĐKN", TODAY, "Hạc Thành")
    record_petition(session, case.id, staff=officer, petition=petition, version=case.version, now=MONDAY)
    handling.accept(session, case.id, staff=officer, version=case.version, now=MONDAY)
    wording = answering.Wording("Khiếu nại về loại đất là đúng một phần; giao đo lại thửa số 45 trước ngày 20/12/2026.")
    answering.submit(session, case.id, staff=officer, wording=wording, version=case.version, now=MONDAY)
    return case


def test_a_decision_on_a_complaint_has_each_thing_that_article_31_wants(database: Database) -> None:
    with database.write() as session:
        paper = case_paper(session, a_lodged_complaint(session), DECISION, now=MONDAY)
    said = text_of(paper)
    for expected in (
        "Về việc giải quyết khiếu nại của Trần Thị Mẫu (lần đầu)", "số 1/ĐKN nộp ngày 23/11/2026",
        "Địa chỉ người khiếu nại 12 Trần Phú, phường Hạc Thành", "Người bị khiếu nại ....",
        "Diện tích bị thu hồi nhiều hơn phương án.", "Kết quả xác minh", "Kết quả đối thoại", "Căn cứ pháp luật",
        "đúng, đúng một phần, sai toàn bộ", "giao đo lại thửa số 45", "Giữ nguyên, sửa đổi, hủy bỏ", "Bồi thường",
        "khiếu nại lần hai", "Điều 33", "khởi kiện vụ án hành chính",
    ):  # fmt: skip
        assert expected in said
    assert paper.style == "named" and paper.place_and_date == "Hạc Thành, ngày 23 tháng 11 năm 2026"
    assert [block.lead for block in paper.blocks if isinstance(block, Paragraph) and block.lead] == [
        "Điều 1.", "Điều 2.", "Điều 3.", "Điều 4."
    ]  # fmt: skip


def test_the_head_decides_in_the_own_name_and_not_for_the_committee(database: Database) -> None:
    with database.write() as session:
        paper = case_paper(session, a_lodged_complaint(session), DECISION, now=MONDAY)
    assert paper.signer_title == "Chủ tịch"
    assert Heading("CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG HẠC THÀNH", centred=True) in paper.blocks


def test_after_a_second_complaint_only_the_court_is_left(database: Database) -> None:
    with database.write() as session:
        case = make_case(session, "Tôi khiếu nại lần hai về quyết định thu hồi đất.", kind="khieu_nai")
        said = text_of(case_paper(session, case, DECISION, now=MONDAY))
    assert (
        "(lần hai)" in said and "Điều 42" in said and "Điều 33" not in said and "giải quyết khiếu nại lần đầu" in said
    )


def test_the_letter_to_sign_carries_the_approved_draft_until_a_later_answer(database: Database) -> None:
    with database.write() as session:
        case = a_lodged_complaint(session)
        assert "giao đo lại thửa số 45" in text_of(case_paper(session, case, "tra_loi", now=MONDAY))
        later, binh = MONDAY + timedelta(hours=1), make_staff(session, "binh")
        cases.keep_answer(session, case, "Bản đã gửi.", staff=binh, effect_key="e", now=later)
        session.expire(case)
        said = text_of(case_paper(session, case, "tra_loi", now=later))
    assert "Bản đã gửi." in said and "giao đo lại" not in said


def test_libreoffice_opens_the_decision_and_the_pdf_has_the_same_words(database: Database, tmp_path: Path) -> None:
    with database.write() as session:
        paper = case_paper(session, a_lodged_complaint(session), DECISION, now=MONDAY)
    (tmp_path / "a.docx").write_bytes(word.draw(paper))
    opened = words_of_pdf(converted(tmp_path / "a.docx", "pdf").read_bytes(), tmp_path)
    for said in (opened, words_of_pdf(pdf.draw(paper), tmp_path)):
        for expected in ("CHỦ TỊCH ỦY BAN NHÂN DÂN PHƯỜNG HẠC THÀNH", "QUYẾT ĐỊNH:", "Điều 1. (Giữ nguyên", UNVERIFIED):
            assert expected in said
