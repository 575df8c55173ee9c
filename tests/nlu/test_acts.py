"""Dialogue acts: short messages do something; messages that only contain such words do not."""

import pytest

from nlu import sources
from nlu.acts import ActRules, compiled

RULES = ActRules.load(sources.project_path("nlu/data/dialogue_acts.yml"))


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("đúng rồi", "dong_y"),
        ("Đúng rồiiii!", "dong_y"),
        ("dung r", "dong_y"),
        ("dạ đúng rồi ạ", "dong_y"),
        ("ok", "dong_y"),
        ("OKKKK", "dong_y"),
        ("uh", "dong_y"),
        ("ừ", "dong_y"),
        ("👍", "dong_y"),
        ("ok cảm ơn", "dong_y"),
        ("da dung a, em xac nhan", "dong_y"),
        ("thôi được rồi", "dong_y"),
        ("không phải", "khong_dong_y"),
        ("chưa đúng", "khong_dong_y"),
        ("không đúng", "khong_dong_y"),
        ("sai rồi", "khong_dong_y"),
        ("ko dung", "khong_dong_y"),
        ("dạ không ạ", "khong_dong_y"),
        ("Không phải, bạn hiểu sai ý tôi rồi.", "khong_dong_y"),
        ("thôi hủy", "huy"),
        ("thoi huy", "huy"),
        ("hủy đi", "huy"),
        ("không, hủy đi", "huy"),
        ("dừng", "huy"),
        ("gặp cán bộ", "gap_can_bo"),
        ("cho gặp người thật", "gap_can_bo"),
        ("muon noi chuyen voi nguoi that", "gap_can_bo"),
        ("Có thể cho tôi gặp cán bộ không?", "gap_can_bo"),
        ("ý lộn", "sua_lai"),
        ("nhầm", "sua_lai"),
        ("ý lộn, phường Đông Sơn", "sua_lai"),
        ("y lon, phuong dong son", "sua_lai"),
        ("à quên, ở phường Hạc Thành", "sua_lai"),
        ("không phải phường Hạc Thành, phường Đông Quang", "sua_lai"),
        ("dạ em ghi nhầm, xã Hoằng Lộc ạ", "sua_lai"),
        ("bỏ qua", "bo_qua"),
        ("k co", "bo_qua"),
        ("xóa dữ liệu của tôi", "xoa_du_lieu"),
        ("xoá dữ liệu của tôi", "xoa_du_lieu"),
        ("xoa thong tin cua em", "xoa_du_lieu"),
        ("Bạn làm được gì?", "tro_giup"),
        ("xin chào", "chao"),
        ("alo có ai không", "chao"),
        ("cảm ơn nhiều nha", "cam_on"),
        ("tạm biệt", "tam_biet"),
    ],
)
def test_a_short_message_is_the_act_that_it_performs(text, act):
    assert RULES.find(text) == act


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "không phải tôi khiếu nại, tôi chỉ hỏi",
        "đúng không?",
        "đừng",
        "dung hay sai",
        "tôi lên phường gặp cán bộ thì bị quát",
        "nhầm tên trên giấy khai sinh thì sửa ở đâu",
        "tui bấm nhầm quảng cáo, nó trừ tiền hoài",
        "cán bộ nói ok rồi mà ba tháng chưa có sổ",
        "hồ sơ của tôi đúng hết mà phường vẫn bắt làm lại",
        "Đèn đường hư, cảm ơn",
        "xóa dữ liệu của tôi trên VNeID thế nào",
        "quên mật khẩu cổng dịch vụ công",
        "không, đúng rồi",
        "1",
        "😊",
    ],
)
def test_a_message_that_only_contains_such_words_is_no_act(text):
    assert RULES.find(text) is None


@pytest.mark.parametrize(
    "text", ["tôi ghi nhầm, biển quảng cáo chứ không phải biển báo", "tôi viết nhầm, là biển quảng cáo"]
)
def test_a_correction_may_speak_of_what_else_is_mistaken_for(text):
    assert RULES.find(text) == "sua_lai"


def test_no_labelled_message_outside_small_talk_is_taken_for_an_act():
    from nlu.training import read_rasa

    folder = sources.project_path("bot/dialogue/data/nlu")
    taken = [m.text for m in read_rasa(folder) if m.kind != "giao_tiep" and RULES.find(m.text)]
    assert taken == []


def test_a_word_written_without_marks_agrees_with_any_marks_but_other_marks_do_not():
    pattern = compiled("đúng", parts={})
    assert pattern.fullmatch("đúng")
    assert pattern.fullmatch("dung")
    assert not pattern.fullmatch("đừng")


def test_a_word_after_an_equals_sign_must_have_its_marks():
    assert not compiled("=dừng", parts={}).fullmatch("dung")
    assert compiled("=dừng", parts={}).fullmatch("dừng")


def test_ten_thousand_characters_are_no_act_and_take_no_time():
    assert RULES.find("không " * 2_000) is None
