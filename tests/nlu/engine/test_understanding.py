"""What the trained pipeline makes of messages: the cases that must never be lost."""

import time

import pytest

from nlu import sources

KINDS = {
    "phan_anh",
    "kien_nghi",
    "khieu_nai",
    "to_cao",
    "hoi_dap",
    "tra_cuu",
    "khen_ngoi",
    "giao_tiep",
    "ngoai_pham_vi",
}


def test_an_unmarked_report_of_a_delay_is_understood(parse):
    found = parse("toi nop ho so lam so do 3 thang roi chua co ket qua o phuong hac thanh thanh hoa")
    assert (found["intent"]["name"], found["kind"]) == ("phan_anh", "phan_anh")
    assert found["kinds"][0][1] > 0.7
    assert (found["field"], found["topic"], found["problem"]) == ("dat_dai", "dat_dai", "cham_tre")
    assert (found["place"]["commune"], found["place"]["province"]) == ("Hạc Thành", "Thanh Hóa")


@pytest.mark.parametrize(
    ("text", "kind", "field"),
    [
        ("không phải tôi khiếu nại, tôi chỉ hỏi", "hoi_dap", None),
        ("khong phai toi khieu nai, toi chi hoi", "hoi_dap", None),
        ("Làm giấy khai sinh cho con cần giấy tờ gì?", "hoi_dap", "ho_tich"),
        ("lm lại bằng lái xe bị mất thì cần j v ad", "hoi_dap", "giao_thong"),
        ("Tôi khiếu nại quyết định thu hồi đất số 15 của UBND xã, giá đền bù quá thấp", "khieu_nai", "dat_dai"),
        ("Cán bộ địa chính xã đòi tôi 5 triệu đồng mới chịu ký hồ sơ, tôi tố cáo", "to_cao", "dat_dai"),
        ("can bo dia chinh xa nhan cua toi 5 trieu roi im luon", "to_cao", "dat_dai"),
        ("Đề nghị tỉnh bỏ quy định phải nộp bản sao căn cước khi đăng ký tạm trú", "kien_nghi", "cu_tru"),
        ("hồ sơ của tôi tới đâu rồi", "tra_cuu", None),
        ("Cô nhân viên ở bộ phận một cửa rất nhiệt tình, xin cảm ơn", "khen_ngoi", "dich_vu_cong"),
        ("Rác chất đống trước cổng trường cả tuần không ai dọn", "phan_anh", "moi_truong"),
        ("duong hem nha toi o ga chi chit, mua la ngap", "phan_anh", "giao_thong"),
        ("Thời tiết ngày mai thế nào?", "ngoai_pham_vi", None),
        ("😊", "giao_tiep", None),
        ("điện yếu quá không nấu được cơm", "phan_anh", "dien_nuoc"),
        ("cột điện nghiêng sắp đổ", "phan_anh", "dien_nuoc"),
        ("tôi muốn khiếu nại", "khieu_nai", "khac"),
        ("đường hỏng nặng ở phường Hạc Thành", "phan_anh", "giao_thong"),
        ("nước máy đục ngầu ba hôm nay", "phan_anh", "dien_nuoc"),
        ("công an phường thái độ kém", "phan_anh", "dich_vu_cong"),
    ],
)
def test_kind_and_field(parse, text, kind, field):
    found = parse(text)
    assert found["kind"] == kind
    if field:
        assert found["field"] == field


def test_the_output_has_the_names_and_shapes_of_the_contract(parse):
    found = parse("Đèn đường hư ở phường Hạc Thành, gọi tôi 0955123456, hồ sơ H56.01.02-251103-0012")
    assert {name for name, _ in found["kinds"]} == KINDS
    assert [p for _, p in found["kinds"]] == sorted((p for _, p in found["kinds"]), reverse=True)
    assert sum(p for _, p in found["kinds"]) == pytest.approx(1, abs=0.01)
    assert len(found["fields"]) == 5
    assert found["urgent"] in (True, False)
    assert {"phone", "dossier", "place"} <= {entity["entity"] for entity in found["entities"]}
    for entity in found["entities"]:
        assert found["text"][entity["start"] : entity["end"]] == entity["text"]
    assert found["intent_ranking"][0]["name"] == found["kind"]


def test_a_problem_is_named_only_where_the_kind_has_one(parse):
    assert parse("Phường làm khai sinh cho con tôi trễ hẹn ba tuần")["problem"] == "cham_tre"
    assert "problem" not in parse("Làm khai sinh cho con cần giấy tờ gì?")


@pytest.mark.parametrize(
    ("text", "act"),
    [("đúng rồi", "dong_y"), ("chua dung", "khong_dong_y"), ("ý lộn, phường Đông Sơn", "sua_lai"), ("alo", "chao")],
)
def test_an_act_is_the_intent_and_small_talk(parse, text, act):
    found = parse(text)
    assert found["intent"] == {"name": act, "confidence": 1.0}
    assert found["act"] == act
    assert found["kind"] == "giao_tiep"


def test_a_report_that_says_ok_or_right_is_no_act(parse):
    found = parse("cán bộ nói ok đúng rồi mà ba tháng nay chưa trả sổ đỏ cho tôi")
    assert "act" not in found
    assert found["intent"]["name"] == found["kind"] == "phan_anh"


def test_odd_messages_get_a_label_and_no_error(parse):
    for text in ("", " ", "?", "🙏🙏", "<b>x</b>", "\u200b", "1", "a" * 5_000, "đường hư " * 1_000):
        assert parse(text)["kind"] in KINDS


TWO_MATTERS = [
    (
        "đường trước nhà tôi có ổ gà to như ao. Tiện thể cho tôi hỏi làm lại căn cước công dân bị mất thì làm ở đâu?",
        ("phan_anh", "ha_tang", "hoi_dap", "can_cuoc_dinh_danh"),
    ),
    (
        "chào em, cho chị hỏi thủ tục đăng ký kết hôn cần gì, với lại chỗ chị cái đèn đường hư cả tháng rồi",
        ("hoi_dap", "ho_tich", "phan_anh", "ha_tang"),
    ),
    (
        "rac hem 12 ca tuan khong ai hot hoi qua troi roi ho so lam so do cua toi nop thang truoc xong chua",
        ("phan_anh", "ve_sinh_rac", "tra_cuu", "dat_dai"),
    ),
]


@pytest.mark.parametrize(("text", "matters"), TWO_MATTERS)
def test_both_of_two_matters_are_read(parse, text, matters):
    found = parse(text)
    assert (found["kind"], found["topic"], *found["also"][0]) == matters
    start, end = found["also_at"]
    assert 0 < start <= end < len(text)


@pytest.mark.parametrize(
    "text",
    [
        "đường hỏng nặng lắm, với lại đèn đường tắt cả tháng",
        "đường hỏng nặng lắm, với lại sao không ai sửa vậy",
        "cho tôi hỏi thủ tục khai sinh, với lại lệ phí bao nhiêu",
        "đường hỏng, cho tôi hỏi bao giờ sửa",
        "hồ sơ nộp ba tháng chưa trả, ngoài ra cô nhận hồ sơ còn quát tôi",
    ],
)
def test_one_matter_is_one_though_it_goes_on(parse, text):
    assert not parse(text).get("also")


def test_two_matters_are_told_from_one_on_messages_of_another_writer(parse):
    lines = (sources.ROOT / "tests/data/two_matters.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("|", 1) for line in lines if not line.startswith("#")]
    said = [(number, bool(parse(text).get("also"))) for number, text in rows]
    found = [also for number, also in said if number == "2"]
    false = [also for number, also in said if number == "1"]
    assert len(found) == len(false) == 110
    assert sum(found) >= 77 and sum(false) <= 6


def test_a_danger_to_life_is_urgent(parse):
    assert parse("Dây điện đứt nằm giữa đường trước trường học, ai đụng vô là chết, cứu với")["urgent"] is True
    assert parse("Cho hỏi giờ làm việc của phường")["urgent"] is False
    assert parse("nước máy đục ngầu ba hôm nay")["urgent"] is False


def test_a_message_is_read_fast_enough_for_a_conversation(parse):
    texts = ["toi nop ho so lam so do 3 thang roi chua co ket qua o phuong hac thanh thanh hoa"] * 30
    started = time.perf_counter()
    for text in texts:
        parse(text)
    assert (time.perf_counter() - started) / len(texts) < 0.05
