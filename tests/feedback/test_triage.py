"""The regime of a case: by kind, topic, field, problem and what the text shows."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest

from feedback import taxonomy
from feedback.law import load_yaml
from feedback.signals import names, signals
from feedback.triage import CONDITIONS, regime

# kind, topic, problem, text, regime
CASES = [
    ("phan_anh", "ha_tang", "ha_tang", "ổ gà to như ao", "hien_truong"),
    ("phan_anh", "ha_tang", "cham_tre", "đèn đường báo cả tháng không ai sửa", "hien_truong"),
    ("phan_anh", "ve_sinh_rac", "ha_tang", "rác 5 ngày không ai gom", "hien_truong"),
    ("phan_anh", "ve_sinh_rac", "phi", "thu tiền rác hai lần", "hien_truong"),
    ("phan_anh", "tieng_on", "ha_tang", "karaoke tới 2h sáng", "hien_truong"),
    ("phan_anh", "tieng_on", None, "karaoke", "hien_truong"),
    ("phan_anh", "trat_tu_do_thi", "ha_tang", "lấn chiếm vỉa hè", "hien_truong"),
    ("phan_anh", "moi_truong", "ha_tang", "xưởng xả thải ra sông", "hien_truong"),
    ("phan_anh", "dien", "ha_tang", "mất điện liên tục", "hien_truong"),
    ("phan_anh", "dien", "phi", "tiền điện tăng vô lý", "hien_truong"),
    ("phan_anh", "nuoc_thoat_nuoc", "cham_tre", "gắn đồng hồ nước mãi chưa xong", "hien_truong"),
    ("phan_anh", "vien_thong", "sai_ket_qua", "trừ cước sai", "hien_truong"),
    ("phan_anh", "thi_truong", "khac", "quán chặt chém khách", "hien_truong"),
    ("phan_anh", "xay_dung_quy_hoach", "khac", "nhà hàng xóm xây trái phép", "hien_truong"),
    ("phan_anh", "an_toan_thuc_pham", "khac", "ăn bánh mì bị ngộ độc", "hien_truong"),
    ("phan_anh", "dat_dai", "cham_tre", "làm sổ đỏ 3 tháng chưa có", "pakn_hanh_vi"),
    ("phan_anh", "ho_tich", "tu_choi", "không nhận hồ sơ khai sinh", "pakn_hanh_vi"),
    ("phan_anh", "chung_thuc", "yeu_cau_thua", "bắt về quê xin thêm giấy", "pakn_hanh_vi"),
    ("phan_anh", "thai_do_can_bo", "thai_do", "cán bộ quát dân", "pakn_hanh_vi"),
    ("phan_anh", "thue", "nhung_nhieu", "gợi ý bồi dưỡng", "pakn_hanh_vi"),
    ("phan_anh", "dich_vu_cong_truc_tuyen", "he_thong_loi", "cổng báo lỗi", "pakn_hanh_vi"),
    ("phan_anh", "an_ninh_trat_tu", "tu_choi", "công an phường không nhận tin báo mất xe", "pakn_hanh_vi"),
    ("phan_anh", "ho_tich", "khac", "phòng hộ tịch đóng cửa", "pakn_hanh_vi"),
    ("phan_anh", "kien_nghi_chinh_sach", "khac", "quy định tách thửa bất hợp lý", "pakn_qdhc"),
    ("kien_nghi", "dat_dai", None, "nên bỏ quy định này", "pakn_qdhc"),
    ("kien_nghi", "ve_sinh_rac", None, "nên tăng mức phạt đổ rác trộm", "pakn_qdhc"),
    ("kien_nghi", "ha_tang", None, "nên lắp thêm đèn đường", "hien_truong"),
    ("phan_anh", "an_ninh_trat_tu", "ha_tang", "tụ tập đánh bạc mỗi tối", "tin_bao_toi_pham"),
    ("phan_anh", "an_ninh_trat_tu", None, "có trộm", "tin_bao_toi_pham"),
    ("phan_anh", "vien_thong", "khac", "bị gọi lừa đảo mất tiền", "tin_bao_toi_pham"),
    ("phan_anh", "vien_thong", "khac", "cáp mạng chằng chịt", "hien_truong"),
    ("to_cao", "an_ninh_trat_tu", "khac", "tôi tố cáo bà H chủ hụi ôm 2 tỷ trốn", "tin_bao_toi_pham"),
    ("to_cao", "an_ninh_trat_tu", "khac", "công an phường bao che sòng bài", "to_cao"),
    ("to_cao", "an_ninh_trat_tu", "khac", "", "to_cao"),
    ("to_cao", "dat_dai", "nhung_nhieu", "cán bộ địa chính nhận 15 triệu", "to_cao"),
    ("to_cao", "ngan_hang", "khac", "nhân viên ngân hàng rút trộm tiền", "to_cao"),
    ("phan_anh", "dat_dai", "khac", "hàng xóm lấn đất nhà tôi", "tranh_chap"),
    ("phan_anh", "nong_nghiep", "khac", "nhờ xã hòa giải giúp hai nhà", "tranh_chap"),
    ("phan_anh", "toa_an_thi_hanh_an", "cham_tre", "án 2 năm chưa thi hành", "tranh_chap"),
    ("khieu_nai", "toa_an_thi_hanh_an", "sai_ket_qua", "", "tranh_chap"),
    ("khieu_nai", None, "sai_ket_qua", "tôi không đồng ý bản án sơ thẩm", "tranh_chap"),
    ("khieu_nai", None, None, "toa tuyen toi phai tra no la sai", "tranh_chap"),
    ("khieu_nai", "khac", "sai_ket_qua", "phán quyết của tòa không công bằng", "tranh_chap"),
    ("khieu_nai", None, None, "chấp hành viên kê biên sai tài sản", "tranh_chap"),
    ("khieu_nai", None, None, "UBND phường không làm theo bản án đã có hiệu lực", "khieu_nai"),
    ("khieu_nai", None, None, "quyết định thu hồi đất trái với bản án", "khieu_nai"),
    ("khieu_nai", "dat_dai", None, "bản án đã tuyên mà địa chính không cấp sổ", "khieu_nai"),
    ("khieu_nai", None, None, "Ban An toàn giao thông phạt sai", "khieu_nai"),
    ("khieu_nai", None, None, "mot phan quyet dinh cua phuong la sai", "khieu_nai"),
    ("khieu_nai", None, None, "đề nghị xem xét xử lý cho tôi", "khieu_nai"),
    ("khieu_nai", None, None, "đã nộp đủ tiền thi hành án mà vẫn bị giữ hộ chiếu", "khieu_nai"),
    ("to_cao", None, None, "thẩm phán nhận tiền để tòa tuyên sai", "to_cao"),
    ("phan_anh", "ngan_hang", "khac", "ngân hàng khóa tài khoản", "khac"),
    ("khieu_nai", "ngan_hang", "sai_ket_qua", "", "khac"),
    ("phan_anh", "ngan_hang", "khac", "bị lừa đảo chuyển khoản", "tin_bao_toi_pham"),
    ("khieu_nai", "dat_dai", "sai_ket_qua", "", "khieu_nai"),
    ("khieu_nai", "boi_thuong_gpmb", "sai_ket_qua", "đền bù quá thấp", "khieu_nai"),
    ("khieu_nai", "dien", "sai_ket_qua", "điện lực truy thu 22 triệu", "hien_truong"),
    ("khieu_nai", "dien", "sai_ket_qua", "quyết định xử phạt vi phạm hành lang điện là sai", "khieu_nai"),
    ("khieu_nai", "nuoc_thoat_nuoc", "phi", "công ty nước tính sai", "hien_truong"),
    ("khieu_nai", "nuoc_thoat_nuoc", "sai_ket_qua", "UBND phường ra quyết định bịt cống nhà tôi", "khieu_nai"),
    ("khieu_nai", "vien_thong", "sai_ket_qua", "nhà mạng thu hồi số", "hien_truong"),
    ("hoi_dap", "khieu_nai_to_cao", None, "khiếu nại ở đâu ạ?", "hoi_dap"),
    ("hoi_dap", "dat_dai", None, "Tôi yêu cầu cung cấp thông tin về quy hoạch", "tiep_can_thong_tin"),
    ("tra_cuu", "ho_tich", None, "hồ sơ tới đâu rồi", "hoi_dap"),
    ("khen_ngoi", "dich_vu_cong_truc_tuyen", None, "cảm ơn chị ở một cửa", "khac"),
    ("giao_tiep", None, None, "chào", "khac"),
    ("ngoai_pham_vi", None, None, "mua xe", "khac"),
    ("phan_anh", None, None, "bực quá", "pakn_hanh_vi"),
    ("phan_anh", None, "ha_tang", "hư rồi", "hien_truong"),
]


@pytest.mark.parametrize(("kind", "topic", "problem", "text", "expected"), CASES)
def test_the_regime_of_a_case(kind: str, topic: str | None, problem: str | None, text: str, expected: str) -> None:
    decision = regime(kind, topic, taxonomy.topic_fields().get(topic or ""), problem, signals=signals(text))
    assert decision.regime == expected
    assert decision.rule_id and decision.why


@pytest.mark.parametrize(
    ("kind", "field", "problem", "expected"),
    [
        ("khieu_nai", "dien_nuoc", "sai_ket_qua", "hien_truong"),
        ("phan_anh", "dien_nuoc", "cham_tre", "hien_truong"),
        ("phan_anh", "dat_dai", "khac", "tranh_chap"),
        ("phan_anh", "ho_tich", "khac", "pakn_hanh_vi"),
        ("phan_anh", "giao_duc", "thai_do", "pakn_hanh_vi"),
    ],
)
def test_the_field_speaks_where_no_topic_is_known(kind: str, field: str, problem: str, expected: str) -> None:
    assert regime(kind, None, field, problem).regime == expected


def test_every_combination_of_labels_has_a_known_regime_and_a_reason() -> None:
    for kind, topic, problem in product(taxonomy.kinds(), [*taxonomy.topics(), None], [*taxonomy.problems(), None]):
        decision = regime(kind, topic, taxonomy.topic_fields().get(topic or ""), problem)
        assert decision.regime in taxonomy.regimes() and decision.why and decision.rule_id != "mac_dinh"


def test_a_denunciation_never_becomes_ordinary_feedback() -> None:
    for topic, problem in product(taxonomy.topics(), taxonomy.problems()):
        for shown in (frozenset[str](), names()):
            assert regime("to_cao", topic, None, problem, signals=shown).regime in {"to_cao", "tin_bao_toi_pham"}


def test_only_feedback_and_proposals_enter_the_figures_of_decision_766() -> None:
    for kind, topic, problem in product(taxonomy.kinds(), taxonomy.topics(), taxonomy.problems()):
        if regime(kind, topic, None, problem).regime in {"pakn_qdhc", "pakn_hanh_vi"}:
            assert kind == "kien_nghi" or (kind == "phan_anh" and problem != "ha_tang")


def test_an_unknown_kind_is_left_to_a_person_and_says_so() -> None:
    decision = regime("moi")
    assert (decision.regime, decision.rule_id) == ("khac", "mac_dinh")


def test_a_day_before_the_table_has_no_rule() -> None:
    assert regime("phan_anh", on=date(2024, 1, 1)).rule_id == "mac_dinh"
    assert regime("phan_anh", on=date(2026, 11, 22)).rule_id == "phan_anh"


def test_the_table_uses_only_known_slugs_and_its_ids_are_unique() -> None:
    known = {
        "kind": taxonomy.kinds(),
        "topic": taxonomy.topics(),
        "field": taxonomy.fields(),
        "problem": taxonomy.problems(),
        "signals": names(),
        "without": names(),
    }
    rows = load_yaml("regimes.yml")["rules"]
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert set(row["when"]) <= {*CONDITIONS, "signals", "without"} and row["regime"] in taxonomy.regimes()
        for condition, values in row["when"].items():
            assert set(values) <= {*known[condition], "none"}, row["id"]


@pytest.mark.parametrize(
    ("text", "shown", "not_shown"),
    [
        ("ông chủ tịch phường quát dân", {"nguoi_dung_dau", "can_bo"}, {"toi_pham"}),
        ("Kính gửi ông Chủ tịch, tôi phản ánh anh địa chính", {"can_bo"}, {"nguoi_dung_dau"}),
        ("mong chủ tịch phường chấn chỉnh cán bộ", {"can_bo"}, {"nguoi_dung_dau"}),
        ("de nghi cong an xuong bat song bai", {"toi_pham"}, {"can_bo"}),
        ("giả công an gọi điện lừa đảo", {"toi_pham"}, {"can_bo"}),
        ("cái tủ này mà tùy tiện để ngoài đường", set(), {"toi_pham"}),
        ("khiếu nại lần hai", {"khieu_nai_lan_hai"}, set()),
        ("chấm lại lần 2", set(), {"khieu_nai_lan_hai"}),
        ("", set(), names()),
    ],
)
def test_signals_are_read_from_the_words(text: str, shown: set[str], not_shown: set[str]) -> None:
    found = signals(text)
    assert shown <= found and not found & not_shown
