"""How people really write in the middle of a conversation, and that nothing which they said is lost."""

from __future__ import annotations

from typing import Any

import pytest

from bot.texts import load_texts
from feedback.database import Database
from tests.bot.talk import HAC_THANH, HAM_RONG, Talk
from tests.bot.test_actions import BRIBE, LATE_LAND, POTHOLE, SECRET, YES, cases
from tests.conftest import FakeClock

HERE = "ổ gà to trước cổng chợ phường Hạc Thành, Thanh Hóa"
LATE = "làm sổ đỏ ở phường Hạc Thành, Thanh Hóa chậm 3 tháng"
TALK: dict[str, Any] = {"kind": "giao_tiep"}


def words(name: str, **values: object) -> str:
    return load_texts().say(name, **values)


@pytest.fixture
def talk(database: Database, clock: FakeClock) -> Talk:
    return Talk(database, clock)


async def test_ok_but_a_wrong_address_asks_for_the_address_and_adds_nothing(talk: Talk) -> None:
    await talk.say(HERE, **POTHOLE)
    asked = await talk.say("ok nhưng sai địa chỉ")
    assert asked.text == words("ask_place_mend") and talk.slots["report"]["text"] == HERE
    await talk.say("phường Hàm Rồng")
    assert talk.slots["report"]["commune_code"] == HAM_RONG


async def test_yes_but_more_adds_only_the_more(talk: Talk) -> None:
    await talk.say(HERE, **POTHOLE)
    await talk.say("đúng rồi nhưng mà thêm là tối qua có hai người ngã", sure=0.9)
    assert talk.slots["report"]["text"] == f"{HERE}\ntối qua có hai người ngã"


@pytest.mark.parametrize("answer", ["ko cho", "không muốn nói tên", "không nói"])
@pytest.mark.parametrize("number_first", [True, False])
async def test_who_will_not_be_named_is_not_asked_again(talk: Talk, answer: str, number_first: bool) -> None:
    await talk.say(LATE, **LATE_LAND)
    if number_first:
        await talk.say("0951112224", kind="giao_tiep")
    read = await talk.say(answer, kind="phan_anh", problem="tu_choi")
    assert read.buttons[0] == "act:dong_y"
    assert ("0951112224" in read.text) == number_first


async def test_an_answer_that_never_comes_is_asked_for_twice_at_most(talk: Talk) -> None:
    await talk.say(LATE, **LATE_LAND)
    assert (await talk.say("ờ thì", **TALK)).text == words("ask_contact_again")
    assert (await talk.say("ờ thì", **TALK)).buttons[0] == "act:dong_y"


async def test_why_my_name_is_answered_and_is_not_taken_for_a_name(talk: Talk) -> None:
    await talk.say(LATE, **LATE_LAND)
    told = await talk.say("hỏi tên làm gì", kind="giao_tiep")
    assert words("why_contact") in told.text and talk.slots["report"]["name"] is None


async def test_a_place_told_before_its_province_is_found_when_the_province_comes(talk: Talk) -> None:
    await talk.say("nước ngập tới đầu gối mỗi bận mưa", **POTHOLE)
    await talk.say("ấp 3 xã Tân Thành", **TALK)
    read = await talk.say("tỉnh Cà Mau", **TALK)
    assert "phường Tân Thành, tỉnh Cà Mau" in read.text and read.buttons[0] == "act:dong_y"


async def test_an_old_ward_now_in_many_is_not_asked_for_its_province_again(talk: Talk) -> None:
    await talk.say("loa phường Minh Khai ồn quá trời từ 5 giờ sáng", **POTHOLE)
    asked = await talk.say("Hà Nội", **TALK)
    assert "phường Bạch Mai" in asked.text and "tỉnh hoặc thành phố nào" not in asked.text


async def test_a_guess_never_leaves_the_province_that_was_named(talk: Talk) -> None:
    await talk.say("nước ngập tới đầu gối mỗi bận mưa", **POTHOLE)
    await talk.say("nhà ở Hà Nội, khu Minh Khai", **TALK)
    assert talk.slots["report"]["province_code"] in (None, "01")


async def test_a_bare_place_is_kept_and_the_matter_is_asked_for(talk: Talk) -> None:
    asked = await talk.say("phường Hạc Thành, Thanh Hóa", kind="khen_ngoi", kinds=[["khen_ngoi", 0.4], ["to_cao", 0.3]])
    assert asked.text == words("ask_details")
    read = await talk.say("đường bể nát hết trơn", **POTHOLE)
    assert "phường Hạc Thành" in read.text and read.buttons[0] == "act:dong_y"


async def test_a_place_given_where_the_kind_was_asked_is_kept(talk: Talk) -> None:
    unsure = [["phan_anh", 0.45], ["hoi_dap", 0.4]]
    assert "kind:phan_anh" in (await talk.say("cột điện nghiêng sắp đổ", kinds=unsure, **POTHOLE)).buttons
    asked = await talk.say("phường Hạc Thành", kind="tra_cuu")
    assert "kind:phan_anh" in asked.buttons and talk.slots["report"]["commune_code"] == HAC_THANH


async def test_a_location_first_and_then_the_matter_needs_no_choice_of_kind(talk: Talk) -> None:
    await talk.obey('/gui_vi_tri{"lat": 19.8, "lon": 105.7}')
    asked = await talk.say("cột điện nghiêng sắp đổ", kinds=[["phan_anh", 0.45], ["hoi_dap", 0.4]], **POTHOLE)
    assert "kind:hoi_dap" not in asked.buttons and talk.slots["report"]["lat"] == 19.8


async def test_the_first_short_words_stay_part_of_the_matter(talk: Talk) -> None:
    await talk.say("sổ đỏ", kind="hoi_dap", kinds=[["hoi_dap", 0.5], ["phan_anh", 0.45]], field="dat_dai")
    await talk.say("3 tháng rồi chưa xong", problem="cham_tre")
    report = talk.slots["report"]
    assert report["text"] == "sổ đỏ\n3 tháng rồi chưa xong" and report["field"] == "dat_dai"


async def test_abuse_is_met_calmly_and_asks_for_no_place(talk: Talk) -> None:
    assert (await talk.say("đm chúng mày ăn hại", field="chung_thuc", sure=0.61)).text == words("insulted")
    assert not talk.active
    asked = await talk.say("đm đường hỏng mãi không sửa", **POTHOLE)
    assert "phường hoặc xã nào" in asked.text
    again = await talk.say("lũ vô dụng", **TALK)
    assert words("insulted") in again.text and "phường hoặc xã nào" in again.text


async def test_a_letter_case_does_not_promise_that_its_body_answers_here(talk: Talk) -> None:
    await talk.say(
        "bảo hiểm xã hội phường Hạc Thành, Thanh Hóa trả chậm thai sản", topic="bhxh", field="bao_hiem_xa_hoi"
    )
    if talk.slots["requested_slot"] == "contact":
        await talk.press("act:bo_qua")
    told = await talk.say("đúng rồi", **YES)
    assert "chưa dùng hệ thống này" in told.text
    assert words("opened_next_letter") in told.text and words("opened_next") not in told.text


async def test_taking_up_the_words_of_an_offer_is_a_yes(talk: Talk) -> None:
    await talk.say("cán bộ một cửa phường Hạc Thành, Thanh Hóa rất nhiệt tình", kind="khen_ngoi")
    await talk.say("chuyển đi", kind="giao_tiep")
    assert cases(talk)[0].kind == "khen_ngoi"


async def test_a_question_about_secrecy_in_a_denunciation_is_answered_at_once(talk: Talk) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    told = await talk.say("có bị lộ tên không?", kind="hoi_dap")
    assert "Luật Tố cáo (Điều 8)" in told.text and "act:dong_y" in told.buttons and "Tuấn" not in told.text


async def test_a_declined_deletion_leads_back_to_the_matter(talk: Talk) -> None:
    await talk.say(HERE, **POTHOLE)
    await talk.say("xóa dữ liệu của tôi", kind="giao_tiep", act="xoa_du_lieu")
    back = await talk.press("act:huy")
    assert words("erase_declined") in back.text and HERE in back.text
    await talk.say("đúng rồi", **YES)
    assert [case.text for case in cases(talk)] == [HERE]


async def test_a_declined_deletion_outside_a_matter_just_ends(talk: Talk) -> None:
    await talk.say("xóa dữ liệu của tôi", kind="giao_tiep", act="xoa_du_lieu")
    assert (await talk.say("không", kind="giao_tiep", act="khong_dong_y")).text == words("erase_declined")
    assert not talk.active and cases(talk) == []


async def test_a_name_and_number_after_the_case_are_not_waved_away(talk: Talk) -> None:
    told = await talk.say("Trần Văn Nam 0951231231", kind="ngoai_pham_vi")
    assert told.text == words("contact_alone")


async def test_a_denunciation_is_marked_secret_until_it_is_sent_or_turns_out_to_be_none(talk: Talk) -> None:
    assert (await talk.say(SECRET, kind="to_cao", **BRIBE)).custom == {"secret": True}
    assert (await talk.say("à mà làm căn cước ở đâu", kind="hoi_dap")).custom == {"secret": True}
    assert (await talk.press("kind:phan_anh")).custom == {"secret": False}


async def test_a_denunciation_left_for_a_deletion_stays_marked(talk: Talk) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    said = await talk.say("xóa dữ liệu của tôi", kind="giao_tiep", act="xoa_du_lieu")
    assert "secret" not in said.custom


@pytest.mark.parametrize("answer", ["để tôi nghĩ đã", "thôi để sau"])
async def test_who_wants_to_think_is_left_in_peace_and_mends_nothing(talk: Talk, answer: str) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    told = await talk.say(answer, **TALK)
    assert words("no_hurry") in told.text and "act:dong_y" in told.buttons


async def test_only_feedback_after_all_may_be_said_in_words(talk: Talk) -> None:
    await talk.say("cán bộ hộ tịch phường Hạc Thành, Thanh Hóa quát mắng dân", kind="to_cao", **BRIBE)
    await talk.say("tôi chỉ muốn phản ánh thôi", kind="phan_anh")
    report = talk.slots["report"]
    assert (report["kind"], report["secret"]) == ("phan_anh", False)


async def test_another_matter_during_a_denunciation_is_asked_about_and_waits_its_turn(talk: Talk) -> None:
    other = "đường hỏng ở phường Hàm Rồng Thanh Hóa sửa giúp"
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    asked = await talk.say(other, **POTHOLE)
    assert asked.text == words("ask_belongs") and asked.buttons == ["act:khong_dong_y", "act:dong_y"]
    told = await talk.say("việc khác", **TALK)
    report = talk.slots["report"]
    assert told.custom == {"secret": True, "further": [other]} and words("kept_apart") in told.text
    assert (report["text"], report["commune_code"]) == (SECRET, HAC_THANH)
    await talk.press("act:dong_y")
    assert [case.text for case in cases(talk)] == [SECRET]


async def test_more_of_a_denunciation_is_added_only_on_a_yes(talk: Talk) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    await talk.say("ổng còn bắt dân nộp tiền làm đường", **POTHOLE)
    told = await talk.say("thêm vào", **TALK)
    assert words("noted_secret") in told.text and "nộp tiền làm đường" in talk.slots["report"]["text"]


async def test_who_does_not_say_whether_it_belongs_is_asked_twice_and_then_it_is_kept_apart(talk: Talk) -> None:
    await talk.say(SECRET, kind="to_cao", **BRIBE)
    await talk.say("đèn đường hỏng cả tháng nay rồi", **POTHOLE)
    assert (await talk.say("ờ", **TALK)).text == words("ask_belongs")
    told = await talk.say("ờ", **TALK)
    assert told.custom["further"] == ["đèn đường hỏng cả tháng nay rồi"] and talk.slots["report"]["text"] == SECRET


async def test_place_and_province_in_two_messages_before_the_matter_are_kept(talk: Talk) -> None:
    await talk.say("xã Tân Thành", kind="khen_ngoi", kinds=[["khen_ngoi", 0.4], ["to_cao", 0.3]])
    await talk.say("thanh hóa", kind="tra_cuu")
    read = await talk.say("đường lầy lội trẻ con đi học ngã suốt", **POTHOLE)
    assert "xã Tân Thành, tỉnh Thanh Hóa" in read.text and read.buttons[0] == "act:dong_y"


async def test_a_long_piece_of_small_talk_is_kept_in_case_it_was_a_matter(talk: Talk) -> None:
    angry = "LÀM ĂN KIỂU GÌ THẾ??? HỒ SƠ TÔI NỘP 2 THÁNG KHÔNG AI TRẢ LỜI!!!"
    told = await talk.say(angry, kind="giao_tiep", kinds=[["giao_tiep", 0.8], ["phan_anh", 0.15]])
    assert told.buttons[0] == "kind:phan_anh"
    await talk.press("kind:phan_anh")
    assert talk.slots["report"]["text"] == angry


async def test_not_what_i_asked_leads_to_a_person(talk: Talk) -> None:
    await talk.say("mất thẻ bảo hiểm y tế thì làm sao", kind="hoi_dap")
    told = await talk.say("không phải", kind="giao_tiep", act="khong_dong_y")
    assert words("question_offer") in told.text
    plain = await Talk(talk.database, talk.clock).say("không", kind="giao_tiep", act="khong_dong_y")
    assert plain.text == words("nothing_to_confirm")


async def test_thanks_in_the_middle_is_answered_briefly(talk: Talk) -> None:
    await talk.say(HERE, **POTHOLE)
    told = await talk.say("cảm ơn nhé", kind="giao_tiep", act="cam_on")
    assert told.texts[0] == words("thanks_short") and told.buttons[0] == "act:dong_y"


async def test_thanks_end_the_offer_to_send_a_question_on(talk: Talk) -> None:
    asked = await talk.say("xyzzy qwerty ở đâu vậy", kind="hoi_dap")
    assert "gửi cho cán bộ trả lời" in asked.text
    told = await talk.say("cảm ơn", kind="giao_tiep", act="cam_on")
    assert told.text == words("thanks_short") and not talk.active and cases(talk) == []


async def test_a_greeting_at_an_offer_is_no_report_to_come_back_to(talk: Talk) -> None:
    await talk.say("xyzzy qwerty ở đâu vậy", kind="hoi_dap")
    told = await talk.say("alo", kind="giao_tiep", act="chao")
    assert words("back_to_report") not in told.text and "gửi cho cán bộ trả lời" in told.text


async def test_figures_of_the_catalogue_are_written_as_people_write_them(talk: Talk) -> None:
    told = await talk.say("cấp lại thẻ căn cước bị mất ở công an xã", kind="hoi_dap")
    told = await talk.press("proc:1.014064") if "70.000 đồng" not in told.text else told
    assert "70.000 đồng" in told.text and "Việt Nam Đồng" not in told.text


async def test_a_name_that_sounds_like_a_kind_leaves_the_complaint_one_and_is_taken(talk: Talk) -> None:
    await talk.say(LATE, **LATE_LAND)
    before = talk.slots["report"]["kind"]
    await talk.say("Nguyễn Phan Anh 0951112224", kind="phan_anh")
    report = talk.slots["report"]
    assert (report["kind"], report["name"], report["phone"]) == (before, "Nguyễn Phan Anh", "0951112224")


async def test_what_is_told_of_a_number_stays_in_the_report(talk: Talk) -> None:
    await talk.say("ổ gà to trước cổng chợ", **POTHOLE)
    await talk.say("0951112224 lừa đảo", kind="phan_anh")
    assert not talk.slots["report"].get("phone") and "lừa đảo" in talk.slots["report"]["text"]
