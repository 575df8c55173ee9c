"""The papers of a case: for whoever may open the case, and for nobody else."""

from __future__ import annotations

from feedback.database import Database
from feedback.secrecy_models import RestrictedLook
from tests.web.staff_cast import Cast
from tests.web.test_console import count


async def test_an_officer_finds_the_forms_of_a_case_and_draws_each(cast: Cast) -> None:
    case = cast.open_case("Đèn đường tắt.")
    page = (await cast.an.get(f"/console/cases/{case.id}/papers")).text
    assert "Giấy biên nhận" in page and "Đơn tố cáo" not in page and "Mẫu chưa đối chiếu bản gốc" in page
    drawn = await cast.an.get(f"/console/cases/{case.id}/papers/bien_nhan.pdf")
    assert drawn.status_code == 200 and drawn.content.startswith(b"%PDF")
    edited = await cast.an.get(f"/console/cases/{case.id}/papers/bien_nhan.docx")
    assert edited.content.startswith(b"PK") and case.code in edited.headers["content-disposition"]


async def test_another_office_a_wrong_form_and_a_wrong_kind_of_file_are_not_found(cast: Cast) -> None:
    case = cast.open_case("Đèn đường tắt.")
    path = f"/console/cases/{case.id}/papers"
    for person, address in (
        (cast.chi, path),
        (cast.chi, f"{path}/bien_nhan.pdf"),
        (cast.an, f"{path}/don_to_cao.pdf"),
        (cast.an, f"{path}/la_gi.pdf"),
        (cast.an, f"{path}/bien_nhan.exe"),
    ):
        assert (await person.get(address)).status_code == 404


async def test_the_papers_of_a_denunciation_are_for_its_readers_and_each_look_is_written_down(
    cast: Cast, database: Database
) -> None:
    case = cast.open_case("Cán bộ nhận tiền.", kind="to_cao")
    for stranger in cast.strangers():
        assert (await stranger.get(f"/console/cases/{case.id}/papers/don_to_cao.pdf")).status_code == 404
    assert count(database, RestrictedLook) == 0
    assert (await cast.reader.get(f"/console/cases/{case.id}/papers/don_to_cao.pdf")).status_code == 200
    assert count(database, RestrictedLook) == 1


async def test_a_decision_is_drawn_for_a_complaint_only_in_the_console_and_over_no_other_office(cast: Cast) -> None:
    complaint, report = cast.open_case("Đất bị thu hồi thừa.", kind="khieu_nai"), cast.open_case("Đèn đường tắt.")
    slug = "quyet_dinh_giai_quyet_khieu_nai"
    page = (await cast.an.get(f"/console/cases/{complaint.id}/papers")).text
    assert "Quyết định giải quyết khiếu nại" in page
    for kind, start in (("pdf", b"%PDF"), ("docx", b"PK")):
        path = f"/papers/{slug}.{kind}"
        assert (await cast.an.get(f"/console/cases/{complaint.id}{path}")).content.startswith(start)
        assert (await cast.an.get(f"/console/cases/{report.id}{path}")).status_code == 404
        assert (await cast.chi.get(f"/console/cases/{complaint.id}{path}")).status_code == 404
