"""The vocabulary and the catalogue of bodies: complete, consistent with each other, with names for people."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from feedback import agencies, taxonomy
from feedback.law import LawDataError, as_date, load_csv


@dataclass(frozen=True)
class Unit:
    name: str
    type: str = ""
    province_code: str = ""


class FakePlaces:
    """Two communes, two provinces."""

    def commune(self, code: str) -> Unit | None:
        return {"14797": Unit("Hạc Thành", "phường"), "31078": Unit("Phú Quốc", "đặc khu")}.get(code)

    def province(self, code: str) -> Unit | None:
        return {"38": Unit("Thanh Hóa"), "01": Unit("Hà Nội")}.get(code)


def test_the_vocabulary_has_its_9_kinds_20_fields_10_problems_10_regimes_and_47_topics() -> None:
    sizes = [len(group()) for group in (taxonomy.kinds, taxonomy.fields, taxonomy.problems, taxonomy.regimes)]
    assert sizes == [9, 20, 10, 10] and len(taxonomy.topics()) == 47


def test_every_topic_belongs_to_a_known_field_and_every_field_has_a_topic() -> None:
    assert set(taxonomy.topic_fields().values()) == set(taxonomy.fields())


def test_names_are_vietnamese_and_an_unknown_slug_is_shown_as_it_is() -> None:
    assert taxonomy.field_name("dat_dai") == "Đất đai" and taxonomy.kind_name("to_cao") == "Tố cáo"
    assert taxonomy.topic_name("ha_tang") == "Hạ tầng, chiếu sáng, đường sá"
    assert taxonomy.problem_name("phi") and taxonomy.regime_name("hien_truong")
    assert taxonomy.field_name(None) == "" and taxonomy.field_name("moi") == "moi"
    assert taxonomy.name("khen_ngoi") == "Khen ngợi" and taxonomy.name(None, empty="-") == "-"


def test_the_catalogue_holds_101_types_of_body_with_level_mode_parent_and_source() -> None:
    catalogue = agencies.catalogue()
    assert len(catalogue) == 101
    for body in catalogue.values():
        assert body.level in agencies.LEVELS and body.mode in agencies.MODES and body.source and body.head_template
        assert set(body.topics) <= set(taxonomy.topics())


def test_parents_never_run_in_a_circle() -> None:
    for body in agencies.catalogue().values():
        seen, current = set(), body
        while current.parent:
            assert current.slug not in seen
            seen.add(current.slug)
            current = agencies.get(current.parent)


def test_a_desk_of_the_commune_answers_through_its_committee() -> None:
    for desk in ("vp_hdnd_ubnd_xa", "phong_kinh_te_xa", "phong_kthtdt", "phong_vhxh", "ttpvhcc_xa"):
        assert agencies.legal_body(desk).slug == "ubnd_xa" and agencies.get(desk).is_desk
    assert agencies.legal_body("pc08").slug == "cong_an_tinh" and not agencies.get("ubnd_xa").is_desk


@pytest.mark.parametrize("slug", ["tand_khu_vuc", "vksnd_tinh", "thads_khu_vuc", "nhnn_khu_vuc"])
def test_courts_procuracies_enforcement_and_banks_are_referrals(slug: str) -> None:
    assert agencies.get(slug).mode == "referral"


@pytest.mark.parametrize(
    "slug", ["cong_an_xa", "thue_co_so", "bhxh_tinh", "dien_luc", "hai_quan_khu_vuc", "kbnn_khu_vuc"]
)
def test_vertical_bodies_and_utilities_are_written_to_by_letter(slug: str) -> None:
    assert agencies.get(slug).mode == "letter"


@pytest.mark.parametrize(
    ("agency", "unit", "name"),
    [
        ("ubnd_xa", "14797", "UBND phường Hạc Thành"),
        ("ubnd_xa", "31078", "UBND đặc khu Phú Quốc"),
        ("cong_an_xa", "14797", "Công an phường Hạc Thành"),
        ("vp_hdnd_ubnd_xa", "14797", "Văn phòng HĐND và UBND phường Hạc Thành"),
        ("phong_kthtdt", "14797", "Phòng Kinh tế, Hạ tầng và Đô thị phường Hạc Thành"),
        ("thue_co_so", "14797", "Thuế cơ sở phụ trách phường Hạc Thành"),
        ("so_nnmt", "38", "Sở Nông nghiệp và Môi trường tỉnh Thanh Hóa"),
        ("thue_tinh", "38", "Thuế tỉnh Thanh Hóa"),
        ("cong_an_tinh", "01", "Công an thành phố Hà Nội"),
        ("so_xay_dung", "01", "Sở Xây dựng thành phố Hà Nội"),
        ("bo_xay_dung", "00", "Bộ Xây dựng"),
        ("evn", "00", "Tập đoàn Điện lực Việt Nam"),
        ("ubnd_xa", None, "UBND xã, phường"),
        ("so_y_te", None, "Sở Y tế tỉnh, thành phố"),
        ("ubnd_xa", "99999", "UBND xã, phường (mã 99999)"),
    ],
)
def test_an_office_is_named_as_people_know_it(agency: str, unit: str | None, name: str) -> None:
    assert agencies.office_name(agency, unit, places=FakePlaces()) == name


def test_every_body_has_a_name_and_a_head_in_its_unit_without_left_over_marks() -> None:
    for body in agencies.catalogue().values():
        unit = {"xa": "14797", "tinh": "38", "nuoc": "00"}[body.serves]
        for made in (agencies.office_name, agencies.head_name):
            name = made(body.slug, unit, places=FakePlaces())
            assert name and not set("{}/;") & set(name), name


def test_the_heads_title_is_the_offices() -> None:
    assert agencies.head_name("ubnd_xa", "14797", places=FakePlaces()) == "Chủ tịch UBND phường Hạc Thành"
    assert agencies.head_name("so_nnmt", "38", places=FakePlaces()).startswith("Giám đốc Sở Nông nghiệp")


def test_the_gazetteer_of_nlu_fits_as_places() -> None:
    from nlu import places

    assert agencies.office_name("ubnd_xa", "14797", places=places) == "UBND phường Hạc Thành"
    assert agencies.office_name("so_nnmt", "38", places=places) == "Sở Nông nghiệp và Môi trường tỉnh Thanh Hóa"


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("Công an phường và UBND phường đều không nhận", ("cong_an_xa", "ubnd_xa")),
        ("len uy ban xa ho chi qua csgt", ("ubnd_xa", "pc08")),
        ("cả xã ai cũng biết, ra một cửa hàng mua", ()),
        ("chi nhánh văn phòng đăng ký đất đai ngâm hồ sơ", ("cn_vpdkdd",)),
        ("cán bộ ở một cửa quát dân", ("ttpvhcc_xa",)),
        ("", ()),
    ],
)
def test_the_bodies_that_a_text_names_are_found_with_or_without_marks(text: str, bodies: tuple[str, ...]) -> None:
    assert agencies.mentioned(text) == bodies


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Kính gửi Công an tỉnh, tôi tố cáo cán bộ xã nhận tiền", "ubnd_xa"),
        ("Đề nghị UBND xã kiểm tra", None),
        ("có người xưng công an phường gọi điện", None),
        ("công an phường không nhận đơn", "cong_an_xa"),
    ],
)
def test_a_body_that_is_addressed_or_impersonated_is_not_the_one_complained_of(text: str, body: str | None) -> None:
    assert agencies.accused(text) == body


def test_a_wrong_date_in_law_data_is_refused() -> None:
    with pytest.raises(LawDataError, match="not a date"):
        as_date("31/02/2026")
    assert load_csv("agencies.csv")[0]["slug"] == "chinh_phu"
