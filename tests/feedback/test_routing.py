"""Routing: all fields at three levels, the receivers of complaints and denunciations, ties, and the reasons given."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback import agencies, taxonomy
from feedback.assessment import Matter, assess
from feedback.law import LawDataError, load_yaml
from feedback.routing import CaseFacts, Route, barred, load_rules, procedure_level, read_table, route
from feedback.triage import regime

WARD, COMMUNE, ISLAND, PROVINCE = "14797", "14758", "31078", "38"


@dataclass(frozen=True)
class Unit:
    name: str
    type: str = ""
    province_code: str = ""


class FakePlaces:
    """A ward, a rural commune, an island zone and two provinces."""

    def commune(self, code: str) -> Unit | None:
        known = {
            WARD: Unit("Hạc Thành", "phường", "38"),
            COMMUNE: Unit("Mường Lát", "xã", "38"),
            ISLAND: Unit("Phú Quốc", "đặc khu", "91"),
        }
        return known.get(code)

    def province(self, code: str) -> Unit | None:
        return {
            PROVINCE: Unit("Thanh Hóa"),
            "91": Unit("An Giang"),
            "01": Unit("Hà Nội"),
            "79": Unit("Hồ Chí Minh"),
        }.get(code)


def _route(*, regime: str, place: str | None = WARD, province: str | None = PROVINCE, **facts: Any) -> Route:
    field = facts.pop("field", None) or taxonomy.topic_fields().get(facts.get("topic") or "")
    given = CaseFacts(regime=regime, province_code=province, commune_code=place, field=field, **facts)
    return route(given, places=FakePlaces())


CASES = list(csv.DictReader((Path(__file__).parent / "routing_cases.csv").read_text(encoding="utf-8").splitlines()))
"""One case a row: its labels and words, the level that is known (xa: the commune too), and where it must go.

`hoi_dap` has no rule of its own about receivers, so that the owner of the matter itself shows.
"""


def _routed(case: dict[str, str]) -> Route:
    labels = {name: case[name] or None for name in ("kind", "field", "topic", "problem")}
    return _route(
        regime=case["regime"],
        place=WARD if case["level"] != "tinh" else None,
        level="trung_uong" if case["level"] == "trung_uong" else None,
        text=case["text"],
        **labels,
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(filter(None, [*case.values()][:7]))[:80])
def test_where_a_case_goes(case: dict[str, str]) -> None:
    found = _routed(case)
    assert (found.agency, found.unit) == (case["agency"], case["unit"]), found.why
    assert not found.fallback and found.why and found.rule_ids and found.matched and found.version
    if case["decider"]:
        assert found.decider == case["decider"]


def test_there_are_enough_cases_over_all_fields_and_three_levels() -> None:
    assert len(CASES) >= 150
    seen = {(case["field"], case["level"]) for case in CASES}
    assert seen >= set(product(taxonomy.fields(), ("xa", "tinh", "trung_uong")))


@pytest.mark.parametrize("field", list(taxonomy.fields()))
def test_every_field_has_an_owner_in_the_commune_in_the_province_and_at_the_centre(field: str) -> None:
    in_commune = _route(regime="hoi_dap", field=field)
    in_province = _route(regime="hoi_dap", field=field, place=None)
    central = _route(regime="hoi_dap", field=field, level="trung_uong")
    assert in_commune.level in {"xa", "khu_vuc"} and in_commune.unit == WARD
    assert in_province.level == "tinh" and in_province.unit == PROVINCE
    assert central.level == "trung_uong" and central.unit == "00"
    assert not any(found.fallback for found in (in_commune, in_province, central))


def test_no_matter_goes_to_a_body_that_the_registry_does_not_hold_competent() -> None:
    """A body is competent by its own topics or by those of its desks and subordinate units."""
    bodies = agencies.catalogue().values()
    for rule in load_rules().owners:
        for target in rule.says["to"].values():
            slug = target.partition("/")[0]
            own = [body.topics for body in bodies if slug in (body.slug, body.legal_body, body.parent)]
            competent = {topic for topics in own for topic in topics}
            assert set(rule.when.get("topic", ())) - {"none"} <= competent, (rule.id, target)


def test_every_topic_has_an_owner_everywhere() -> None:
    for topic, place in product(taxonomy.topics(), (WARD, COMMUNE, ISLAND, None)):
        found = _route(regime="hoi_dap", topic=topic, place=place)
        assert not found.fallback and found.unit and not found.name.count("mã"), topic


def test_the_cases_of_the_issue_tell_a_pothole_a_licence_and_a_land_book_apart() -> None:
    land = _route(
        regime="pakn_hanh_vi", topic="dat_dai", problem="cham_tre", text="toi nop ho so lam so do 3 thang roi"
    )
    assert (land.agency, land.unit, land.desk, land.expert) == ("ubnd_xa", WARD, "vp_hdnd_ubnd_xa", "phong_kthtdt")
    assert land.name == "UBND phường Hạc Thành" and land.level == "xa" and land.mode == "online" and land.ask == ()
    assert _route(regime="hien_truong", topic="ha_tang", problem="ha_tang").agency == "ubnd_xa"
    assert _route(regime="pakn_hanh_vi", topic="giao_thong", text="đổi bằng lái").desk == "pc08"


@pytest.mark.parametrize(
    ("place", "expert"), [(WARD, "phong_kthtdt"), (COMMUNE, "phong_kinh_te_xa"), (ISLAND, "phong_kthtdt")]
)
def test_the_economic_office_is_named_for_the_type_of_commune(place: str, expert: str) -> None:
    found = _route(regime="pakn_hanh_vi", topic="dat_dai", place=place)
    assert found.expert == expert and found.desk == "vp_hdnd_ubnd_xa"


def test_straight_to_the_office_is_opt_in() -> None:
    facts = CaseFacts("pakn_hanh_vi", topic="dat_dai", province_code=PROVINCE, commune_code=WARD)
    assert route(facts, places=FakePlaces(), direct=True).desk == "phong_kthtdt"
    assert route(facts, places=FakePlaces()).desk == "vp_hdnd_ubnd_xa"


# --- the place ---


def test_without_a_commune_the_province_gets_it_and_the_commune_is_asked() -> None:
    found = _route(regime="pakn_hanh_vi", topic="dat_dai", place=None)
    assert (found.agency, found.unit, found.ask) == ("so_nnmt", PROVINCE, ("commune",))


def test_without_any_place_the_unit_is_null_and_the_place_is_asked() -> None:
    found = _route(regime="hien_truong", topic="ha_tang", place=None, province=None)
    assert (found.agency, found.unit, found.ask) == ("ubnd_xa", None, ("place",))
    assert any("Chưa rõ nơi" in reason for reason in found.why)


def test_the_province_of_a_known_commune_need_not_be_told() -> None:
    found = _route(regime="pakn_qdhc", topic="dat_dai", province=None)
    assert (found.unit, found.province_code, found.ask) == (PROVINCE, PROVINCE, ())


def test_a_procedure_of_the_province_goes_to_the_department_though_the_commune_is_known() -> None:
    found = _route(regime="pakn_hanh_vi", topic="dat_dai", level="tinh")
    assert (found.agency, found.unit, found.ask) == ("so_nnmt", PROVINCE, ())


def test_a_department_that_only_some_cities_have_is_used_there() -> None:
    hanoi = _route(regime="hoi_dap", topic="xay_dung_quy_hoach", level="tinh", place=None, province="01")
    assert hanoi.agency == "so_qhkt" and hanoi.name.endswith("thành phố Hà Nội")
    assert (
        _route(regime="hoi_dap", topic="an_toan_thuc_pham", level="tinh", place=None, province="79").agency == "so_attp"
    )


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("Cấp xã", "xa"),
        ("Cấp tỉnh (suy ra)", "tinh"),
        ("Cấp bộ/ngành", "trung_uong"),
        ("Cấp tỉnh, Cấp xã", None),
        ("Cơ quan khác", None),
        ("", None),
    ],
)
def test_the_level_of_a_procedure_is_read_from_the_catalogue(written: str, level: str | None) -> None:
    assert procedure_level(written) == level


@pytest.mark.parametrize(
    ("procedure", "agency"),
    [("1.012784", "so_nnmt"), (None, "ubnd_xa"), ("0.000000", "ubnd_xa")],
)
def test_a_procedure_brings_its_level(procedure: str | None, agency: str) -> None:
    assert _route(regime="hoi_dap", topic="dat_dai", procedure=procedure).agency == agency


def test_a_provinces_procedure_stays_with_its_branch_on_the_spot() -> None:
    facts: dict[str, Any] = {"regime": "hoi_dap", "topic": "dat_dai", "text": "tách thửa cho con"}
    assert _route(**facts, procedure="1.012784").agency == "cn_vpdkdd"
    assert _route(**facts, level="tinh").agency == "so_nnmt"


# --- who receives ---


@pytest.mark.parametrize(
    ("topic", "text", "agency", "unit", "head"),
    [
        ("dat_dai", "UBND phường thu hồi đất sai", "ubnd_xa", WARD, "Chủ tịch UBND phường Hạc Thành"),
        ("dat_dai", "quyết định của chủ tịch phường", "ubnd_xa", WARD, "Chủ tịch UBND phường Hạc Thành"),
        ("dat_dai", "cán bộ địa chính không nhận đơn", "ubnd_xa", WARD, "Chủ tịch UBND phường Hạc Thành"),
        ("dat_dai", "", "ubnd_xa", WARD, "Chủ tịch UBND phường Hạc Thành"),
        ("giao_thong", "CSGT phạt oan", "cong_an_tinh", PROVINCE, "Giám đốc Công an tỉnh Thanh Hóa"),
        ("cu_tru", "công an phường từ chối", "cong_an_xa", WARD, "Trưởng Công an phường Hạc Thành"),
        ("giao_thong", "Sở Xây dựng thu hồi phù hiệu", "so_xay_dung", PROVINCE, "Giám đốc Sở Xây dựng tỉnh Thanh Hóa"),
        ("thue", "", "thue_co_so", WARD, "Thủ trưởng Thuế cơ sở phụ trách phường Hạc Thành"),
        ("y_te", "bệnh viện kết luận sai", "so_y_te", PROVINCE, "Giám đốc Sở Y tế tỉnh Thanh Hóa"),
        ("giao_duc", "trường tiểu học đuổi học con tôi", "ubnd_xa", WARD, "Chủ tịch UBND phường Hạc Thành"),
        ("xay_dung_quy_hoach", "UBND tỉnh bác đơn", "ubnd_tinh", PROVINCE, "Chủ tịch UBND tỉnh Thanh Hóa"),
    ],
)
def test_a_first_complaint_goes_to_the_head_of_the_body_attacked(
    topic: str, text: str, agency: str, unit: str, head: str
) -> None:
    found = _route(regime="khieu_nai", kind="khieu_nai", topic=topic, problem="sai_ket_qua", text=text)
    assert (found.agency, found.unit, found.head) == (agency, unit, head)
    assert found.desk in {None, "ban_tiep_cong_dan_tinh"}
    assert any("thủ trưởng" in reason for reason in found.why)


@pytest.mark.parametrize(
    ("topic", "text", "agency"),
    [
        ("dat_dai", "khiếu nại lần hai quyết định giải quyết của chủ tịch phường", "ubnd_tinh"),
        ("giao_thong", "Sở Xây dựng trả lời rồi, tôi khiếu nại lần 2", "ubnd_tinh"),
        ("thue", "khieu nai lan 2 thue co so", "thue_tinh"),
        ("cu_tru", "khiếu nại lần hai công an phường", "cong_an_tinh"),
        ("dat_dai", "khiếu nại lần hai quyết định của chủ tịch tỉnh", "bo_nnmt"),
        ("dat_dai", "đơn khiếu nại quá hạn, UBND phường không trả lời khiếu nại", "ubnd_tinh"),
        ("dat_dai", "khieu nai qua 45 ngay chu tich phuong khong giai quyet khieu nai", "ubnd_tinh"),
    ],
)
def test_a_second_or_expired_complaint_goes_one_level_up_and_the_court_is_named(
    topic: str, text: str, agency: str
) -> None:
    found = _route(regime="khieu_nai", kind="khieu_nai", topic=topic, problem="sai_ket_qua", text=text)
    assert found.agency == agency
    assert any("Tòa án" in reason for reason in found.why)


@pytest.mark.parametrize("problem", ["thai_do", "nhung_nhieu"])
def test_feedback_on_conduct_goes_to_the_head_and_to_no_desk(problem: str) -> None:
    found = _route(regime="pakn_hanh_vi", topic="dat_dai", problem=problem, text="cán bộ địa chính quát dân")
    assert (found.agency, found.desk, found.expert) == ("ubnd_xa", None, None)
    assert found.head == "Chủ tịch UBND phường Hạc Thành"


def test_feedback_on_the_conduct_of_the_head_goes_above() -> None:
    found = _route(regime="pakn_hanh_vi", topic="dat_dai", problem="thai_do", text="phó chủ tịch phường cười cợt dân")
    assert (found.agency, found.unit) == ("ubnd_tinh", PROVINCE)
    addressed = _route(
        regime="pakn_hanh_vi", topic="dat_dai", problem="thai_do", text="mong chủ tịch phường nhắc cán bộ địa chính"
    )
    assert addressed.agency == "ubnd_xa"


def test_feedback_about_a_named_body_goes_to_that_body_whatever_the_topic() -> None:
    found = _route(regime="pakn_hanh_vi", topic="kinh_doanh", problem="cham_tre", text="thuế cơ sở ngâm hồ sơ")
    assert (found.agency, found.level) == ("thue_co_so", "khu_vuc")


@pytest.mark.parametrize(
    ("text", "agency", "unit"),
    [
        ("tố cáo cán bộ địa chính nhận 15 triệu", "ubnd_xa", WARD),
        ("tố cáo ông chủ tịch phường tham ô", "ubnd_tinh", PROVINCE),
        ("to cao pho chu tich phuong an chan", "ubnd_tinh", PROVINCE),
        ("tố cáo công an viên đánh người", "cong_an_xa", WARD),
        ("tố cáo trưởng công an phường bảo kê", "cong_an_tinh", PROVINCE),
        ("tố cáo cán bộ một cửa nhận tiền", "ubnd_xa", WARD),
        ("tố cáo cán bộ thuế làm khống", "thue_co_so", WARD),
        ("tố cáo điều dưỡng bệnh viện vòi tiền", "so_y_te", PROVINCE),
        ("tố cáo giám đốc bệnh viện nâng giá", "so_y_te", PROVINCE),
        ("tố cáo giám đốc sở tài chính", "ubnd_tinh", PROVINCE),
        ("tố cáo giám đốc công an tỉnh", "bo_cong_an", "00"),
        ("tố cáo chủ tịch tỉnh", "chinh_phu", "00"),
        ("tố cáo ông B nhận tiền chạy việc", "ubnd_tinh", PROVINCE),
        ("", "ubnd_tinh", PROVINCE),
    ],
)
def test_a_denunciation_goes_to_the_head_who_manages_the_accused_or_above(text: str, agency: str, unit: str) -> None:
    found = _route(regime="to_cao", kind="to_cao", topic="dat_dai", problem="nhung_nhieu", text=text)
    assert (found.agency, found.unit) == (agency, unit)
    assert found.head


@given(
    st.sampled_from(sorted(agencies.catalogue())), st.sampled_from([frozenset[str](), frozenset({"nguoi_dung_dau"})])
)
def test_a_denunciation_never_reaches_a_desk_of_the_accused(accused: str, signals: frozenset[str]) -> None:
    found = _route(regime="to_cao", kind="to_cao", topic="dat_dai", accused=accused, signals=signals)
    assert found.desk in {None, "ban_tiep_cong_dan_tinh"} and found.expert is None
    assert found.agency != accused or not agencies.get(accused).is_desk
    if signals and agencies.get(accused).parent and agencies.get(accused).type == "hanh_chinh":
        assert found.agency != agencies.legal_body(accused).slug


@pytest.mark.parametrize(
    ("regime_", "text", "receiver", "verifier", "decider"),
    [
        (
            "to_cao",
            "tố cáo chủ tịch phường tham ô",
            "Ban Tiếp công dân tỉnh Thanh Hóa",
            "Thanh tra tỉnh Thanh Hóa",
            "Chủ tịch UBND tỉnh Thanh Hóa",
        ),
        (
            "to_cao",
            "tố cáo chánh thanh tra tỉnh nhận tiền",
            "Ban Tiếp công dân tỉnh Thanh Hóa",
            "Tổ xác minh do Chủ tịch UBND tỉnh Thanh Hóa thành lập",
            "Chủ tịch UBND tỉnh Thanh Hóa",
        ),
        (
            "khieu_nai",
            "UBND phường thu hồi đất sai",
            "Chủ tịch UBND phường Hạc Thành",
            "Tổ xác minh do Chủ tịch UBND phường Hạc Thành thành lập",
            "Chủ tịch UBND phường Hạc Thành",
        ),
        (
            "pakn_hanh_vi",
            "ngâm hồ sơ",
            "Văn phòng HĐND và UBND phường Hạc Thành",
            None,
            "Chủ tịch UBND phường Hạc Thành",
        ),
    ],
)
def test_receiver_verifier_and_decider_are_three_roles(
    regime_: str, text: str, receiver: str, verifier: str | None, decider: str
) -> None:
    found = _route(regime=regime_, topic="dat_dai", problem="cham_tre", text=text)
    assert (found.receiver, found.verifier, found.decider) == (receiver, verifier, decider)


@given(st.sampled_from(sorted(agencies.catalogue())), st.booleans())
def test_nobody_verifies_a_denunciation_of_their_own_body(accused: str, head: bool) -> None:
    signals = frozenset({"nguoi_dung_dau"}) if head else frozenset[str]()
    found = _route(regime="to_cao", kind="to_cao", topic="dat_dai", accused=accused, signals=signals)
    assert found.decider and found.verifier
    assert found.verifier != agencies.office_name(accused, found.unit, places=FakePlaces())


def test_a_denunciation_of_a_head_may_not_go_back_to_that_body() -> None:
    facts = CaseFacts("to_cao", text="tố cáo chủ tịch phường tham ô", province_code=PROVINCE, commune_code=WARD)
    assert {"ubnd_xa", "vp_hdnd_ubnd_xa", "phong_kthtdt"} <= barred(facts)
    assert "ubnd_tinh" not in barred(facts)
    assert barred(CaseFacts("to_cao", text="tố cáo cán bộ địa chính nhận tiền")) == frozenset()
    assert barred(CaseFacts("khieu_nai", text="chủ tịch phường bác đơn")) == frozenset()


def test_a_rule_may_name_a_procedure() -> None:
    to = {"xa": "so_tu_phap", "tinh": "so_tu_phap", "trung_uong": "bo_tu_phap"}
    rules = _table(
        {"id": "a", "when": {"topic": ["ho_tich"], "words": ["khai sinh"]}, "to": to | {"xa": "ubnd_xa"}},
        {"id": "b", "when": {"topic": ["ho_tich"], "procedure": ["2.000635"]}, "to": to},
    )
    facts = CaseFacts("hoi_dap", topic="ho_tich", text="khai sinh", province_code=PROVINCE, commune_code=WARD)
    assert route(facts, rules, places=FakePlaces()).agency == "ubnd_xa"
    found = route(replace(facts, procedure="2.000635"), rules, places=FakePlaces())
    assert (found.agency, found.rule_ids[0]) == ("so_tu_phap", "b")


def test_a_proposal_about_a_rule_goes_to_the_provinces_office_and_names_the_department() -> None:
    found = _route(regime="pakn_qdhc", kind="kien_nghi", topic="dat_dai")
    assert (found.agency, found.unit, found.expert) == ("vp_ubnd_tinh", PROVINCE, "so_nnmt")
    assert _route(regime="pakn_qdhc", kind="kien_nghi", topic="dat_dai", level="trung_uong").agency == "vpcp"


def test_a_crime_report_goes_to_the_police_whatever_the_topic() -> None:
    for topic in ("dat_dai", "ngan_hang", "vien_thong", "giao_duc"):
        assert _route(regime="tin_bao_toi_pham", topic=topic).agency == "cong_an_xa"
        assert _route(regime="tin_bao_toi_pham", topic=topic, place=None).agency == "cong_an_tinh"


@pytest.mark.parametrize(
    ("regime_", "topic", "text", "agency"),
    [
        ("tranh_chap", "dat_dai", "", "ubnd_xa"),
        ("tranh_chap", "nong_nghiep", "", "tand_khu_vuc"),
        ("tranh_chap", "toa_an_thi_hanh_an", "", "tand_khu_vuc"),
        ("tranh_chap", "toa_an_thi_hanh_an", "chấp hành viên kê biên sai", "thads_khu_vuc"),
        ("khac", "ngan_hang", "", "nhnn_khu_vuc"),
    ],
)
def test_private_disputes_courts_and_banks_are_referrals(regime_: str, topic: str, text: str, agency: str) -> None:
    found = _route(regime=regime_, topic=topic, text=text)
    assert (found.agency, found.mode) == (agency, "referral")


@pytest.mark.parametrize(
    ("text", "agency", "rules"),
    [
        ("Tòa án tuyên tôi phải trả đất cho hàng xóm.", "tand_khu_vuc", "toa_an.phan_quyet nhan.phan_quyet"),
        ("Toi khong phuc phan quyet cua toa", "tand_khu_vuc", "toa_an.phan_quyet nhan.phan_quyet"),
        ("Chấp hành viên kê biên nhầm.", "thads_khu_vuc", "toa_an.phan_quyet.thi_hanh_an nhan.phan_quyet"),
        ("Chủ tịch UBND phường không làm theo bản án hành chính.", "ubnd_xa", "khac nhan.khieu_nai"),
    ],
)
def test_a_complaint_about_a_judgment_without_a_topic_is_a_referral_to_the_court_and_says_why(
    text: str, agency: str, rules: str
) -> None:
    facts = assess(Matter(kind="khieu_nai", text=text, field="khac", province_code=PROVINCE, commune_code=WARD))
    found = route(facts, places=FakePlaces())
    assert (found.agency, " ".join(found.rule_ids), found.fallback) == (agency, rules, False)
    if agency != "ubnd_xa":
        assert found.mode == "referral" and found.decider is None
        assert "án" in found.why[0] and "Việc của Tòa án" in " ".join(found.why) and "signals=toa_an" in found.matched


@pytest.mark.parametrize(
    ("topic", "agency"), [("dien", "dien_luc"), ("vien_thong", "nha_mang"), ("nuoc_thoat_nuoc", "ubnd_xa")]
)
def test_a_complaint_against_a_utility_goes_to_the_utility(topic: str, agency: str) -> None:
    found = _route(regime="hien_truong", kind="khieu_nai", topic=topic, problem="sai_ket_qua")
    assert found.agency == agency


# --- the table: ties, gaps, faults ---


def _table(*owners: dict[str, Any]) -> Any:
    return read_table(load_yaml("routing.yml") | {"owners": list(owners)})


def test_two_equal_rules_send_the_case_to_the_coordination_desk_and_say_so() -> None:
    rules = _table(
        {"id": "a", "when": {"topic": ["thue"]}, "to": {"xa": "ubnd_xa", "tinh": "so_noi_vu", "trung_uong": "vpcp"}},
        {
            "id": "b",
            "when": {"topic": ["thue"]},
            "to": {"xa": "thue_co_so", "tinh": "thue_tinh", "trung_uong": "cuc_thue"},
        },
    )
    found = route(
        CaseFacts("hoi_dap", topic="thue", province_code=PROVINCE, commune_code=WARD), rules, places=FakePlaces()
    )
    assert found.fallback and (found.agency, found.unit) == ("vp_ubnd_tinh", PROVINCE)
    assert found.name == "Văn phòng UBND tỉnh Thanh Hóa" and found.lost == ("a", "b")
    assert "Hai quy tắc ngang nhau (a, b)" in found.why[0]


def test_equal_rules_that_agree_are_no_tie() -> None:
    to = {"xa": "ubnd_xa", "tinh": "so_noi_vu", "trung_uong": "vpcp"}
    rules = _table(
        {"id": "a", "when": {"topic": ["thue"]}, "to": to}, {"id": "b", "when": {"topic": ["thue"]}, "to": to}
    )
    found = route(CaseFacts("hoi_dap", topic="thue", province_code=PROVINCE, commune_code=WARD), rules)
    assert found.agency == "ubnd_xa" and found.lost[0] == "b"


def test_among_rules_as_specific_the_order_decides_and_the_loser_is_kept() -> None:
    rules = _table(
        {"id": "a", "when": {"topic": ["thue"]}, "to": {"xa": "ubnd_xa", "tinh": "so_noi_vu", "trung_uong": "vpcp"}},
        {
            "id": "b",
            "when": {"topic": ["thue"]},
            "order": 5,
            "to": {"xa": "thue_co_so", "tinh": "thue_tinh", "trung_uong": "cuc_thue"},
        },
    )
    found = route(CaseFacts("hoi_dap", topic="thue", province_code=PROVINCE, commune_code=WARD), rules)
    assert (found.agency, found.rule_ids[0], found.lost[0]) == ("thue_co_so", "b", "a")


def test_a_more_specific_rule_wins_whatever_its_order() -> None:
    found = _route(regime="hoi_dap", topic="dat_dai", text="tách thửa")
    assert found.rule_ids[0] == "dat_dai.bien_dong"
    assert {"dat_dai.chu_de", "dat_dai"} <= set(found.lost)
    assert "words=tách thửa" in found.matched and "topic=dat_dai" in found.matched


def test_what_no_rule_fits_goes_to_the_coordination_desk_and_says_so() -> None:
    found = _route(regime="pakn_hanh_vi", kind="phan_anh")
    assert found.fallback and found.agency == "vp_ubnd_tinh" and found.rule_ids == ("dieu_phoi",)
    assert "Chưa có quy tắc nào phù hợp" in found.why[0]
    lost = _route(regime="pakn_hanh_vi", kind="phan_anh", place=None, province=None)
    assert lost.unit is None and lost.ask == ("place",)


@pytest.mark.parametrize(
    "owner",
    [
        {"id": "x", "when": {"topic": ["thue"]}, "to": {"xa": "nobody", "tinh": "thue_tinh", "trung_uong": "cuc_thue"}},
        {
            "id": "x",
            "when": {"topic": ["thue"]},
            "to": {"xa": "ubnd_xa/nobody", "tinh": "so_y_te", "trung_uong": "vpcp"},
        },
        {"id": "x", "when": {"colour": ["red"]}, "to": {"xa": "ubnd_xa", "tinh": "so_y_te", "trung_uong": "vpcp"}},
        {"id": "x", "when": {"topic": ["thue"]}, "to": {"xa": "ubnd_xa", "tinh": "so_y_te"}},
    ],
)
def test_a_faulty_rule_is_refused_when_the_table_is_read(owner: dict[str, Any]) -> None:
    with pytest.raises(LawDataError):
        _table(owner)


def test_a_rule_id_used_twice_is_refused() -> None:
    row = {"id": "x", "when": {"topic": ["thue"]}, "to": {"xa": "ubnd_xa", "tinh": "so_y_te", "trung_uong": "vpcp"}}
    with pytest.raises(LawDataError, match="twice"):
        _table(row, row)


def test_the_shipped_table_uses_only_known_slugs_and_names_its_version() -> None:
    rules = load_rules()
    known = {
        "topic": taxonomy.topics(),
        "field": taxonomy.fields(),
        "problem": taxonomy.problems(),
        "regime": taxonomy.regimes(),
    }
    for rule in (*rules.owners, *rules.receivers):
        for condition, values in rule.when.items():
            assert condition not in known or set(values) <= {*known[condition], "none"}, rule.id
    assert rules.version


LABELS = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(sorted(taxonomy.kinds())),
        "topic": st.none() | st.sampled_from(sorted(taxonomy.topics())),
        "field": st.none() | st.sampled_from(sorted(taxonomy.fields())),
        "problem": st.none() | st.sampled_from(sorted(taxonomy.problems())),
        "level": st.sampled_from([None, "xa", "tinh", "trung_uong", "lạ"]),
        "commune_code": st.sampled_from([None, WARD, COMMUNE, ISLAND, "99999"]),
        "province_code": st.sampled_from([None, PROVINCE, "01", "98"]),
        "accused": st.none() | st.sampled_from([*sorted(agencies.catalogue()), "nobody"]),
        "text": st.sampled_from(["", "chủ tịch xã quát dân", "sang tên, đền bù", "khiếu nại lần hai", "x" * 500]),
    }
)


@given(LABELS)
def test_any_facts_have_a_route_with_a_known_body_a_name_and_reasons(facts: dict[str, Any]) -> None:
    decided = regime(facts["kind"], facts["topic"], facts["field"], facts["problem"]).regime
    found = route(CaseFacts(regime=decided, **facts), places=FakePlaces())
    body = agencies.get(found.agency)
    assert found.name and found.why and found.rule_ids and found.level == body.level and found.mode in agencies.MODES
    assert (found.unit is None) == ("place" in found.ask) or facts["commune_code"] is not None
    assert not body.is_desk
    assert found.desk is None or found.desk in agencies.catalogue()
