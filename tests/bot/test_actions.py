"""The conversation through the real actions and the real database, with parses given by hand."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from bot.models import ActionReceipt
from feedback.database import Database
from feedback.models import Case, Citizen
from feedback.offices import office_of
from tests.bot.talk import HAC_THANH, HAM_RONG, Talk
from tests.conftest import FakeClock

POTHOLE: dict[str, Any] = {"field": "giao_thong", "topic": "ha_tang", "problem": "ha_tang"}
LATE_LAND: dict[str, Any] = {"field": "dat_dai", "topic": "dat_dai", "problem": "cham_tre"}
LAND_TAKEN: dict[str, Any] = {"field": "dat_dai", "topic": "boi_thuong_gpmb", "problem": "sai_ket_qua"}
BRIBE: dict[str, Any] = {"field": "dat_dai", "topic": "dat_dai", "problem": "nhung_nhieu"}
YES: dict[str, Any] = {"kind": "giao_tiep", "act": "dong_y"}
SECRET = "cán bộ địa chính phường Hạc Thành, Thanh Hóa tên Mẫu Tuấn nhận 50 triệu làm sổ đỏ"


@pytest.fixture
def talk(database: Database, clock: FakeClock) -> Talk:
    return Talk(database, clock)


def cases(talk: Talk) -> list[Case]:
    with talk.database.read() as session:
        found = list(session.scalars(select(Case).order_by(Case.id)))
        for case in found:
            assert case.office.name
        return found


def receipts(talk: Talk, inbox_id: int) -> list[tuple[str, bool, str | None]]:
    with talk.database.read() as session:
        rows = session.scalars(
            select(ActionReceipt).where(ActionReceipt.inbox_id == inbox_id).order_by(ActionReceipt.id)
        )
        return [(row.action, row.ok, row.error) for row in rows]


async def test_a_pothole_needs_only_its_place_and_a_yes(talk: Talk) -> None:
    asked = await talk.say("đường trước cổng trường có ổ gà to như ao", **POTHOLE)
    assert "phường hoặc xã nào" in asked.text
    read = await talk.say("phường Hạc Thành")
    assert "UBND phường Hạc Thành" in read.text and read.buttons[0] == "act:dong_y"
    told = await talk.say("đúng rồi", **YES)
    case = cases(talk)[0]
    assert case.code in told.text and case.regime == "hien_truong" and case.commune_code == HAC_THANH
    assert "Thời hạn cam kết: thứ" in told.text and "Luật không ấn định" in told.text
    assert told.custom == {"session": "end"}


async def test_conduct_asks_for_name_and_phone_and_names_the_legal_deadline(talk: Talk) -> None:
    await talk.say("toi nop ho so lam so do 3 thang roi chua co ket qua o phuong hac thanh thanh hoa", **LATE_LAND)
    read = await talk.say("Nguyễn Văn Mẫu 0950000123", kind="giao_tiep")
    assert "Nguyễn Văn Mẫu, 0950000123" in read.text
    told = await talk.press("act:dong_y")
    case = cases(talk)[0]
    # 15 working days from Monday 23/11/2026, with 24/11 a holiday: Tuesday 15/12.
    assert "thứ Ba, 15/12/2026 (NĐ 20/2008/NĐ-CP)" in told.text
    assert (case.contact_name, case.contact_phone, case.due_committed) == ("Nguyễn Văn Mẫu", "0950000123", False)


async def test_who_gave_name_and_phone_once_is_not_asked_again(talk: Talk) -> None:
    with talk.database.write() as session:
        citizen = session.get(Citizen, talk.citizen_id)
        assert citizen is not None
        citizen.name, citizen.phone = "Trần Thị Mẫu", "0950000777"
    read = await talk.say("nộp hồ sơ sổ đỏ ba tháng chưa có kết quả ở phường Hạc Thành, Thanh Hóa", **LATE_LAND)
    assert "Trần Thị Mẫu, 0950000777" in read.text and "act:dong_y" in read.buttons


async def test_leaving_out_the_contact_is_possible_and_honestly_told(talk: Talk) -> None:
    await talk.say("nộp hồ sơ sổ đỏ ba tháng chưa có kết quả ở phường Hạc Thành, Thanh Hóa", **LATE_LAND)
    read = await talk.press("act:bo_qua")
    assert "có thể từ chối" in read.text
    await talk.press("act:dong_y")
    assert cases(talk)[0].contact_phone is None


@pytest.mark.parametrize("words", ["ý lộn, phường Hàm Rồng", "không phải phường đó, ở phường Hàm Rồng"])
async def test_a_correction_of_the_place_is_taken_and_read_back(talk: Talk, words: str) -> None:
    await talk.say("rác đổ tràn đường ở phường Hạc Thành, Thanh Hóa", **POTHOLE)
    act = "sua_lai" if "lộn" in words else "khong_dong_y"
    read = await talk.say(words, kind="giao_tiep", act=act)
    assert "UBND phường Hàm Rồng" in read.text
    await talk.press("act:dong_y")
    assert cases(talk)[0].commune_code == HAM_RONG


async def test_a_corrected_phone_keeps_the_name(talk: Talk) -> None:
    await talk.say("nộp hồ sơ sổ đỏ ba tháng chưa có kết quả ở phường Hạc Thành, Thanh Hóa", **LATE_LAND)
    await talk.say("Nguyễn Văn Mẫu 0950000123", kind="giao_tiep")
    read = await talk.say("sđt 0950000456 mới đúng", kind="giao_tiep")
    assert "Nguyễn Văn Mẫu, 0950000456" in read.text


async def test_details_are_added_and_labels_stay_frozen(talk: Talk) -> None:
    await talk.say("đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa", **POTHOLE)
    await talk.say("thêm nữa hôm qua có hai cháu té xe", kind="phan_anh", field="y_te", topic="y_te", problem="khac")
    await talk.press("act:dong_y")
    case = cases(talk)[0]
    assert "ổ gà" in case.text and "hai cháu" in case.text
    assert (case.field, case.topic, case.problem) == ("giao_thong", "ha_tang", "ha_tang")


async def test_no_asks_what_to_mend_and_the_new_words_replace_the_old(talk: Talk) -> None:
    await talk.say("đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa", **POTHOLE)
    asked = await talk.say("không phải", kind="giao_tiep", act="khong_dong_y")
    assert "act:sua_noi_dung" in asked.buttons
    await talk.press("act:sua_noi_dung")
    await talk.say("nắp cống vỡ trước cổng chợ", **POTHOLE)
    await talk.press("act:dong_y")
    assert cases(talk)[0].text == "nắp cống vỡ trước cổng chợ"


async def test_cancel_keeps_nothing_as_a_case(talk: Talk) -> None:
    await talk.say("đường có ổ gà to như ao", **POTHOLE)
    told = await talk.say("thôi hủy đi", kind="giao_tiep", act="huy")
    assert "Đã hủy" in told.text and told.custom == {"session": "end"}
    assert cases(talk) == [] and not talk.active


async def test_an_ambiguous_place_is_chosen_by_button(talk: Talk) -> None:
    asked = await talk.say("đường hỏng nặng ở phường Tân Thành", **POTHOLE)
    assert all(payload.startswith("place:") for payload in asked.buttons[:-1]) and len(asked.buttons) >= 3
    read = await talk.press(asked.buttons[0])
    assert "act:dong_y" in read.buttons
    await talk.press("act:dong_y")
    assert cases(talk)[0].commune_code == asked.buttons[0].removeprefix("place:")


async def test_an_ambiguous_place_is_settled_by_naming_the_province(talk: Talk) -> None:
    await talk.say("đường hỏng nặng ở phường Tân Thành", **POTHOLE)
    read = await talk.say("Cà Mau", kind="hoi_dap", sure=0.4)
    assert "tỉnh Cà Mau" in read.text and "act:dong_y" in read.buttons


async def test_a_bare_name_answers_the_question_for_the_place(talk: Talk) -> None:
    await talk.say("đường hỏng nặng, ổ gà to", **POTHOLE)
    assert "phường Hạc Thành" in (await talk.say("hac thanh", kind="ngoai_pham_vi")).text


async def test_a_location_is_kept_and_the_commune_still_asked(talk: Talk) -> None:
    await talk.say("đường hỏng nặng, ổ gà to", **POTHOLE)
    asked = await talk.obey('/gui_vi_tri{"lat": 19.8, "lon": 105.78}')
    assert "vẫn cần" in asked.text
    await talk.say("phường Hạc Thành")
    await talk.press("act:dong_y")
    assert (cases(talk)[0].lat, cases(talk)[0].lon) == (19.8, 105.78)


@pytest.mark.parametrize("words", ["tôi muốn phản ánh", "cho tôi phản ánh với ạ"])
async def test_too_little_is_asked_what_happened(talk: Talk, words: str) -> None:
    asked = await talk.say(words, kind="giao_tiep")
    assert "chuyện gì" in asked.text
    asked = await talk.say("đèn đường tắt cả tháng", **POTHOLE)
    assert "phường hoặc xã" in asked.text
    assert talk.slots["report"]["text"] == "đèn đường tắt cả tháng"


async def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(talk: Talk) -> None:
    await talk.say("đường hỏng nặng, ổ gà to", **POTHOLE)
    told = await talk.say("làm khai sinh cho con ở đâu", kind="hoi_dap")
    assert "1.001193" in told.text and "phường hoặc xã nào" in told.text
    assert talk.active and talk.slots["report"]["text"] == "đường hỏng nặng, ổ gà to"


async def test_a_person_is_reached_with_what_was_written_so_far(talk: Talk) -> None:
    await talk.say("đường hỏng nặng, ổ gà to ở phường Hạc Thành, Thanh Hóa", **POTHOLE)
    told = await talk.say("cho tôi gặp cán bộ", kind="giao_tiep", act="gap_can_bo")
    case = cases(talk)[0]
    assert case.kind == "hoi_dap" and "ổ gà" in case.text and case.commune_code == HAC_THANH
    assert case.code in told.text and "cam kết" in told.text and "Trung tâm Phục vụ hành chính công" in told.text


async def test_a_person_with_no_place_is_reached_at_the_home_province(talk: Talk) -> None:
    await talk.say("gặp cán bộ", kind="giao_tiep", act="gap_can_bo")
    await talk.press("act:bo_qua")
    told = await talk.press("act:bo_qua")
    case = cases(talk)[0]
    assert case.office.province_code == "38" and case.office.agency == "vp_ubnd_tinh"
    assert "Văn phòng UBND tỉnh Thanh Hóa" in told.text


# --- khiếu nại, tố cáo ---


async def test_a_complaint_waits_for_its_petition_and_no_clock_runs(talk: Talk) -> None:
    text = "Tôi khiếu nại quyết định thu hồi đất của tôi ở phường Hạc Thành, Thanh Hóa"
    read = await talk.say(text, kind="khieu_nai", **LAND_TAKEN)
    assert "chưa phải là nộp đơn" in read.text and "Chủ tịch UBND phường Hạc Thành" in read.text
    told = await talk.press("act:dong_y")
    case = cases(talk)[0]
    assert (case.state, case.due_at, case.regime) == ("cho_nop_don", None, "khieu_nai")
    assert (
        "ĐƠN KHIẾU NẠI" in told.text and "Kính gửi: Chủ tịch UBND phường Hạc Thành" in told.text and text in told.text
    )


async def test_a_complaint_against_a_power_company_is_no_khieu_nai_in_law(talk: Talk) -> None:
    labels = {"field": "dien_nuoc", "topic": "dien", "problem": "sai_ket_qua"}
    text = "khiếu nại hóa đơn tiền điện tăng gấp ba ở phường Hạc Thành, Thanh Hóa"
    read = await talk.say(text, kind="khieu_nai", **labels)
    assert "Luật Khiếu nại" not in read.text
    await talk.press("act:dong_y")
    assert (cases(talk)[0].kind, cases(talk)[0].regime) == ("khieu_nai", "hien_truong")


async def test_a_matter_of_the_court_is_guided_there_with_papers_and_address_and_opens_nothing(talk: Talk) -> None:
    with talk.database.write() as session:
        court = office_of(session, agency="tand_khu_vuc", unit=HAC_THANH)
        court.address = "5 phố Mẫu"
    labels = {"field": "khac", "topic": "toa_an_thi_hanh_an", "problem": "cham_tre"}
    told = await talk.say("tòa án để vụ ly hôn của tôi hơn một năm ở phường Hạc Thành, Thanh Hóa", **labels)
    assert "không mở vụ việc và không tính hạn" in told.text
    assert "Địa chỉ: 5 phố Mẫu" in told.text and "đơn khởi kiện" in told.text
    assert "Điện thoại: chưa có dữ liệu" in told.text and cases(talk) == []


async def test_a_denunciation_echoes_nothing_and_gives_no_code(talk: Talk) -> None:
    asked = await talk.say(SECRET, kind="to_cao", **BRIBE)
    told = await talk.press("act:dong_y")
    case = cases(talk)[0]
    for text in (asked.text, told.text):
        assert "Tuấn" not in text and "50 triệu" not in text and case.code not in text and "LN-" not in text
    assert case.restricted and case.state == "cho_nop_don" and case.text == SECRET
    assert told.custom == {"session": "end", "purge": True}
    assert "không cấp mã" in told.text and "nơi tiếp công dân" in told.text


async def test_a_denunciation_of_the_head_goes_above_the_head(talk: Talk) -> None:
    await talk.say("tố cáo chủ tịch phường Hạc Thành, Thanh Hóa nhận hối lộ", kind="to_cao", **BRIBE)
    await talk.press("act:dong_y")
    assert (cases(talk)[0].office.agency, cases(talk)[0].office.unit) == ("ubnd_tinh", "38")


@pytest.mark.parametrize(("channel", "warned"), [("zalo", True), ("telegram", True), ("webchat", False)])
async def test_an_open_channel_warns_against_details(
    database: Database, clock: FakeClock, channel: str, warned: bool
) -> None:
    asked = await Talk(database, clock, channel=channel).say(SECRET, kind="to_cao", **BRIBE)
    assert ("đừng viết thêm" in asked.text) is warned


async def test_a_cancelled_denunciation_is_purged_as_well(talk: Talk) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    told = await talk.press("act:huy")
    assert told.custom == {"session": "end", "purge": True} and cases(talk) == []


async def test_a_possible_denunciation_is_asked_about_and_secret_meanwhile(talk: Talk) -> None:
    kinds = [["phan_anh", 0.5], ["to_cao", 0.4], ["hoi_dap", 0.1]]
    asked = await talk.say(SECRET, kind="phan_anh", kinds=kinds, **BRIBE)
    assert {"kind:to_cao", "kind:phan_anh"} <= set(asked.buttons) and "giữ kín" in asked.text
    assert "Tuấn" not in asked.text and talk.slots["report"]["secret"]
    await talk.say("không biết nữa", kind="giao_tiep")
    still = await talk.say("sao cũng được", kind="giao_tiep")
    assert "act:dong_y" in still.buttons and talk.slots["report"]["kind"] == "to_cao"


async def test_it_was_only_feedback_after_all(talk: Talk) -> None:
    await talk.say("cán bộ hộ tịch phường Hạc Thành, Thanh Hóa quát mắng dân", kind="to_cao", **BRIBE)
    asked = await talk.press("kind:phan_anh")
    assert "số điện thoại" in asked.text and not talk.slots["report"]["secret"]


async def test_feedback_that_turns_into_a_denunciation_is_asked_about(talk: Talk) -> None:
    await talk.say("làm sổ đỏ ở phường Hạc Thành, Thanh Hóa chậm quá", **LATE_LAND)
    asked = await talk.say("anh Mẫu Tuấn địa chính đòi 20 triệu, tôi tố cáo", kind="to_cao")
    assert "kind:to_cao" in asked.buttons and "Tuấn" not in asked.text
    await talk.press("kind:to_cao")
    await talk.press("act:dong_y")
    assert "20 triệu" in cases(talk)[0].text and cases(talk)[0].restricted


@pytest.mark.parametrize("answer", ["tối qua lại có người ngã ở đó", "chỗ đó " + "rất nguy hiểm " * 6])
async def test_more_of_the_matter_instead_of_an_answer_is_not_lost(talk: Talk, answer: str) -> None:
    await talk.say("đường hỏng nặng, ổ gà to", **POTHOLE)
    asked = await talk.say(answer)
    assert "phường hoặc xã" in asked.text and answer.strip() in talk.slots["report"]["text"]


async def test_a_person_is_not_given_a_denunciation(talk: Talk) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    told = await talk.say("gặp cán bộ", kind="giao_tiep", act="gap_can_bo")
    assert cases(talk) == [] and "không chuyển cho cán bộ tiếp nhận thông thường" in told.text


# --- questions, look-ups, praise, deletion, talk ---


async def test_a_clear_question_is_answered_from_the_catalogue(talk: Talk) -> None:
    told = await talk.say("làm khai sinh cho con ở đâu mất bao lâu", kind="hoi_dap")
    assert "1.001193" in told.text and "1 ngày" in told.text and "Lệ phí: chưa có dữ liệu" in told.text
    assert "dichvucong.gov.vn" in told.text and cases(talk) == []


async def test_a_question_with_several_answers_is_chosen_by_button(talk: Talk) -> None:
    asked = await talk.say("làm thẻ căn cước cho bé 6 tuổi", kind="hoi_dap")
    assert sum(payload.startswith("proc:") for payload in asked.buttons) >= 2 and "act:gap_can_bo" in asked.buttons
    told = await talk.press(asked.buttons[0])
    assert asked.buttons[0].removeprefix("proc:") in told.text


async def test_a_question_without_answer_goes_to_a_person_only_if_wanted(talk: Talk) -> None:
    asked = await talk.say("xyzzy qwerty ở đâu vậy", kind="hoi_dap")
    assert "không đoán" in asked.text and asked.buttons == ["act:dong_y", "act:huy"]
    await talk.press("act:dong_y")
    told = await talk.say("phường Hạc Thành")
    assert cases(talk)[0].kind == "hoi_dap" and cases(talk)[0].code in told.text


async def test_the_state_is_told_to_the_owner_only(talk: Talk, clock: FakeClock) -> None:
    await talk.say("đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa", **POTHOLE)
    await talk.press("act:dong_y")
    code = cases(talk)[0].code
    assert "UBND phường Hạc Thành" in (await talk.say(f"vụ {code} tới đâu rồi", kind="tra_cuu")).text
    stranger = Talk(talk.database, clock)
    told = await stranger.say(f"vụ {code} tới đâu rồi", kind="tra_cuu")
    assert "không tìm thấy" in told.text and "Hạc Thành" not in told.text


async def test_without_a_code_the_latest_cases_are_listed(talk: Talk) -> None:
    assert "chưa thấy vụ việc nào" in (await talk.say("tới đâu rồi", kind="tra_cuu")).text
    await talk.say("đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa", **POTHOLE)
    await talk.press("act:dong_y")
    assert (await talk.say("tới đâu rồi", kind="tra_cuu")).buttons == [f"status:{cases(talk)[0].code}"]


async def test_a_denunciation_never_shows_up_in_a_look_up(talk: Talk) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    await talk.press("act:dong_y")
    code = cases(talk)[0].code
    assert "chưa thấy" in (await talk.say("tới đâu rồi", kind="tra_cuu")).text
    assert "không tìm thấy" in (await talk.say(f"mã {code} tới đâu rồi", kind="tra_cuu")).text


@pytest.mark.parametrize("kind", ["to_cao", "tra_cuu"])
async def test_the_state_of_a_denunciation_is_told_in_person_only(talk: Talk, kind: str) -> None:
    told = await talk.say("việc tôi tố cáo tới đâu rồi", kind=kind)
    assert "trực tiếp" in told.text and not talk.active


async def test_a_dossier_is_the_national_portals_but_its_delay_can_be_reported(talk: Talk) -> None:
    dossier = {"entities": [{"entity": "dossier", "value": "H17.30-260226-0077"}]}
    told = await talk.say("tra giùm hồ sơ H17.30-260226-0077 tách hộ", kind="tra_cuu", **dossier)
    assert "dichvucong.gov.vn" in told.text and told.buttons == ["kind:phan_anh"]
    await talk.press("kind:phan_anh")
    assert talk.slots["report"]["dossier"] == "H17.30-260226-0077"


async def test_praise_is_passed_on_only_if_wanted_and_has_no_deadline(talk: Talk) -> None:
    asked = await talk.say(
        "cảm ơn chị hộ tịch phường Hạc Thành, Thanh Hóa rất tận tình", kind="khen_ngoi", field="ho_tich"
    )
    assert asked.buttons == ["act:dong_y", "act:huy"]
    await talk.press("act:dong_y")
    assert (cases(talk)[0].kind, cases(talk)[0].due_at) == ("khen_ngoi", None)


async def test_deletion_is_explained_and_asked_for(talk: Talk) -> None:
    asked = await talk.say("xóa hết dữ liệu của tôi", kind="giao_tiep", act="xoa_du_lieu")
    assert "2 ngày làm việc" in asked.text
    told = await talk.press("act:dong_y")
    assert "xóa dữ liệu cá nhân" in cases(talk)[0].text and cases(talk)[0].code in told.text


async def test_out_of_scope_twice_offers_a_person(talk: Talk) -> None:
    first = await talk.say("giá vàng hôm nay", kind="ngoai_pham_vi")
    second = await talk.say("kể chuyện cười đi", kind="ngoai_pham_vi")
    assert first.text != second.text and "act:gap_can_bo" in second.buttons


@pytest.mark.parametrize("words", ["😀😀", "???", "<script>alert(1)</script>", "<b></b>", "a" * 10_001])
@pytest.mark.parametrize("kind", ["phan_anh", "hoi_dap", "giao_tiep", "ngoai_pham_vi", "to_cao"])
async def test_what_cannot_be_read_opens_nothing_and_is_answered(talk: Talk, words: str, kind: str) -> None:
    told = await talk.say(words, kind=kind)
    assert told.text and not talk.active and cases(talk) == []
    assert "alert" not in told.text


async def test_an_unknown_intent_never_meets_silence(talk: Talk) -> None:
    told = await talk.send({"text": "zzz", "intent": {"name": None}, "entities": []})
    assert told.text and told.buttons


async def test_an_unclear_kind_never_asks_for_ever(talk: Talk) -> None:
    kinds = [["khen_ngoi", 0.45], ["phan_anh", 0.44], ["hoi_dap", 0.11]]
    asked = await talk.say("đường hỏng nặng ở phường Hạc Thành, Thanh Hóa", kind="khen_ngoi", kinds=kinds, **POTHOLE)
    assert "kind:phan_anh" in asked.buttons
    await talk.say("ờ", kind="giao_tiep")
    assert "act:dong_y" in (await talk.say("ờ", kind="giao_tiep")).buttons


async def test_the_engines_doubt_becomes_one_question_with_two_buttons(talk: Talk) -> None:
    unsure = {"unsure": ["phan_anh", "hoi_dap"], **POTHOLE}
    asked = await talk.say("đường hỏng nặng ở phường Hạc Thành, Thanh Hóa thì báo đâu", **unsure)
    assert asked.text == "Anh/chị muốn báo việc để cơ quan xử lý, hay chỉ hỏi thủ tục?"
    assert asked.buttons == ["kind:phan_anh", "kind:hoi_dap"]
    assert "act:dong_y" in (await talk.say("báo việc", kind="giao_tiep")).buttons


async def test_a_doubt_about_a_denunciation_is_answered_by_a_word(talk: Talk) -> None:
    asked = await talk.say(SECRET, kind="phan_anh", unsure=["phan_anh", "to_cao"], **BRIBE)
    assert "giữ kín" in asked.texts[0] and "tố cáo người làm sai, hay chỉ" in asked.text
    assert asked.buttons == ["kind:to_cao", "kind:phan_anh"] and asked.custom == {"secret": True}
    told = await talk.say("không tố cáo ai cả", kind="to_cao")
    assert told.custom == {"secret": False} and not talk.slots["report"]["secret"]


async def test_who_talks_past_the_question_is_asked_once_more_and_then_taken_at_the_likeliest(talk: Talk) -> None:
    labels = {"unsure": ["phan_anh", "hoi_dap"], **POTHOLE}
    await talk.say("đường hỏng nặng ở phường Hạc Thành, Thanh Hóa thì báo đâu", **labels)
    again = await talk.say("ờ", kind="giao_tiep")
    assert again.buttons == ["kind:phan_anh", "kind:hoi_dap", "act:gap_can_bo"]
    assert "act:dong_y" in (await talk.say("ờ", kind="giao_tiep")).buttons


async def test_a_matter_taken_for_small_talk_is_asked_about(talk: Talk) -> None:
    asked = await talk.say("điện yếu quá không nấu được cơm", kind="ngoai_pham_vi", field="dien_nuoc", topic="dien")
    assert "kind:phan_anh" in asked.buttons


async def test_a_dispute_between_neighbours_is_shown_its_way_and_no_clock_starts(talk: Talk) -> None:
    labels = {"field": "dat_dai", "topic": "dat_dai", "problem": "khac"}
    told = await talk.say("hàng xóm lấn đất nhà tôi 2 mét ở phường Hạc Thành, Thanh Hóa", **labels)
    assert "hòa giải" in told.text and cases(talk) == []


# --- effects and receipts ---


async def test_the_same_message_opens_one_case(talk: Talk) -> None:
    await talk.say("đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa", **POTHOLE)
    slots, message = dict(talk.slots), {"text": "/dong_y", "intent": {"name": "dong_y"}, "entities": []}
    first = await talk.send(message)
    talk.slots, talk.active = slots, True
    again = await talk.send(message, inbox_id=first.inbox_id)
    assert len(cases(talk)) == 1 and first.text == again.text


async def test_every_call_leaves_a_receipt(talk: Talk) -> None:
    await talk.say("đường có ổ gà to như ao ở phường Hạc Thành, Thanh Hóa", **POTHOLE)
    told = await talk.press("act:dong_y")
    assert receipts(talk, told.inbox_id) == [("validate_report_form", True, None), ("action_finish_report", True, None)]


async def test_a_referred_matter_of_a_province_not_served_opens_nothing(database: Database, clock: FakeClock) -> None:
    from bot.actions.executor import ActionServer
    from bot.actions.registry import all_actions

    talk = Talk(database, clock)
    talk.server = ActionServer(all_actions(home_province="38", served=frozenset({"38"})), database, clock)
    told = await talk.say("đường hỏng nặng ở phường Ba Đình, Hà Nội", **POTHOLE)
    assert "chưa dùng Lắng Nghe" in told.text and cases(talk) == []
