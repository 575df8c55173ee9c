"""Places: what is found, what is asked, and what is left alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu import places
from nlu.places import resolve
from nlu.text import fold

DECIDED = [
    ("toi nop ho so lam so do 3 thang roi chua co ket qua o phuong hac thanh thanh hoa", "Hạc Thành", "Thanh Hóa"),
    ("UBND phường Hạc Thành, tỉnh Thanh Hóa trả hồ sơ", "Hạc Thành", "Thanh Hóa"),
    ("P.Hạc Thành", "Hạc Thành", "Thanh Hóa"),
    ("hac thanh", "Hạc Thành", "Thanh Hóa"),
    ("phường Chũ", "Chũ", "Bắc Ninh"),
    ("xã Tân An, tỉnh Đồng Nai", "Tân An", "Đồng Nai"),
    ("phường Bến Nghé, quận 1, TP.HCM", "Sài Gòn", "Hồ Chí Minh"),
    ("P.5, Q.3, tphcm", "Bàn Cờ", "Hồ Chí Minh"),
    ("UBND xã Quảng Điền, TP Huế", "Quảng Điền", "Huế"),
    ("đặc khu Lý Sơn", "Lý Sơn", "Quảng Ngãi"),
    ("thị trấn Đô Lương", "Đô Lương", "Nghệ An"),
    ("Bà con Kiên Lương xin mở thêm lớp", "Kiên Lương", "An Giang"),
    ("toi o xa krong nang", "Krông Năng", "Đắk Lắk"),
    ("phường Bình Thuỷ", "Bình Thủy", "Cần Thơ"),
    ("dạ em ở Gò Vấp", "Gò Vấp", "Hồ Chí Minh"),
    ("phuong an lac, tphcm", "An Lạc", "Hồ Chí Minh"),
    ("xa hoi an, an giang", "Hội An", "An Giang"),
]

PROVINCE_ONLY = [
    ("thanh hóa", "Thanh Hóa"),
    ("tphcm", "Hồ Chí Minh"),
    ("sài gòn", "Hồ Chí Minh"),
    ("nhà tôi ở tt huế", "Huế"),
    ("em ở hn", "Hà Nội"),
    ("tỉnh Hà Giang", "Tuyên Quang"),
    ("Long An", "Tây Ninh"),
    ("TP. Huế", "Huế"),
    ("bao hiem xa hoi an giang bao lau", "An Giang"),
]

NO_PLACE = [
    "chưa có kết quả",
    "chua co ket qua",
    "Chủ nhà trọ không cho đăng ký tạm trú",
    "gia dinh toi cho giay chung nhan o trung tam hanh chinh cong",
    "hai duong ong nuoc bi vo",
    "tinh hinh dien bien phuc tap",
    "đường Trần Phú ngập nặng",
    "anh Nguyễn Văn Thanh Bình nhận tiền",
    "phuong an den bu khong hop ly",
    "ra phường 5 lần vẫn chưa xong",
    "anh Thành công an phường 8 triệu mỗi tháng",
    "muc 4 la gi vay",
    "tờ khai quý 1 bị lỗi",
    "",
]


@pytest.mark.parametrize(("text", "commune", "province"), DECIDED)
def test_a_commune_is_found_with_its_province_and_codes(text: str, commune: str, province: str) -> None:
    place = resolve(text)
    assert place is not None
    assert (place.commune, place.province) == (commune, province)
    unit = places.commune(place.commune_code or "")
    assert unit is not None and unit.name == commune and unit.province_code == place.province_code
    assert not place.candidates and place.question is None


@pytest.mark.parametrize(("text", "province"), PROVINCE_ONLY)
def test_a_province_alone_leaves_the_commune_open(text: str, province: str) -> None:
    place = resolve(text)
    assert place is not None
    assert (place.commune, place.province, place.candidates) == (None, province, ())


@pytest.mark.parametrize("text", NO_PLACE)
def test_a_message_without_a_place_gives_none(text: str) -> None:
    assert resolve(text) is None


def test_a_name_in_several_provinces_becomes_a_question() -> None:
    place = resolve("xã Tân An")
    assert place is not None
    assert (place.commune, place.province) == (None, None)
    assert len({candidate["province"] for candidate in place.candidates}) == 6
    assert place.question is not None and "tỉnh, thành phố nào" in place.question


def test_the_home_province_settles_a_name_that_exists_there() -> None:
    place = resolve("xã Tân An", home_province="75")
    assert place is not None
    assert (place.commune, place.province) == ("Tân An", "Đồng Nai")


def test_the_home_province_does_not_move_a_name_that_is_elsewhere() -> None:
    place = resolve("phường Hạc Thành", home_province="75")
    assert place is not None and place.province == "Thanh Hóa"


def test_a_province_in_the_text_wins_over_the_home_province() -> None:
    place = resolve("xã Tân An, Nghệ An", home_province="75")
    assert place is not None and place.province == "Nghệ An"


@pytest.mark.parametrize(
    ("text", "province"),
    [
        ("huyện Yên Thành", "Nghệ An"),
        ("q1 tphcm", "Hồ Chí Minh"),
        ("TP Thanh Hóa", "Thanh Hóa"),
        ("TP Vinh", "Nghệ An"),
    ],
)
def test_an_old_district_gives_its_province_and_asks_for_the_commune(text: str, province: str) -> None:
    place = resolve(text)
    assert place is not None
    assert (place.commune, place.province) == (None, province)
    assert len(place.candidates) > 1 and place.question is not None


def test_an_old_ward_divided_over_new_units_is_asked_and_not_guessed() -> None:
    divided = next(
        (ward, district)
        for entries in places.gazetteer().by_name.values()
        for ward, district in [
            (e.unit, places.gazetteer().districts[e.unit.district])
            for e in entries
            if isinstance(e.unit, places.OldWard)
        ]
        if len(ward.codes) > 2
        and ward.type == "xã"
        and not any(places.commune(c).name == ward.name for c in ward.codes)  # type: ignore[union-attr]
    )
    ward, district = divided
    place = resolve(f"xã {ward.name}, {district.type} {district.name}, tỉnh {district.old_province}")
    assert place is not None and place.commune is None
    assert {c["commune_code"] for c in place.candidates} == set(ward.codes)


def test_a_told_province_without_that_name_is_asked() -> None:
    place = resolve("phường Hạc Thành, Nghệ An")
    assert place is not None
    assert (place.commune, place.province) == (None, "Nghệ An")
    assert place.question is not None and place.candidates[0]["province"] == "Thanh Hóa"


def test_marks_keep_names_apart_and_unmarked_text_keeps_them_together() -> None:
    marked = resolve("xã Ba Tơ, Quảng Ngãi")
    other = resolve("xã Ba Tô, Quảng Ngãi")
    unmarked = resolve("xa ba to, quang ngai")
    assert marked is not None and other is not None and unmarked is not None
    assert (marked.commune, other.commune) == ("Ba Tơ", "Ba Tô")
    assert unmarked.commune is None and len(unmarked.candidates) == 2


def test_a_landmark_that_bears_a_name_is_confirmed_first() -> None:
    place = resolve("rác đầy chợ Bến Thành")
    assert place is not None and place.commune is None
    assert [c["commune"] for c in place.candidates] == ["Bến Thành"]
    assert place.province == "Hồ Chí Minh"


def test_the_place_where_one_is_now_wins_over_the_former_one() -> None:
    place = resolve("toi o xa Binh Loi cu, nay thanh xa Tan Nhut")
    assert place is not None and place.commune == "Tân Nhựt"


def test_the_span_points_into_the_original_text() -> None:
    text = "Thưa  cán bộ,\u200b tôi ở  phường  Hạc Thành, Thanh Hoá ạ"
    place = resolve(text)
    assert place is not None
    assert text[place.start : place.end] == place.text == "phường  Hạc Thành, Thanh Hoá"


def test_the_tables_are_whole() -> None:
    table = places.gazetteer()
    assert (len(table.communes), len(table.provinces)) == (3321, 34)
    assert sum(len(codes) for codes in table.codes_of_province.values()) == 3321
    assert all(code in table.communes for codes in table.codes_of_district.values() for code in codes)
    assert len(places.communes_of("38")) == 166


def test_every_commune_is_found_by_its_full_name_with_and_without_marks() -> None:
    table = places.gazetteer()
    wrong = []
    for unit in table.communes.values():
        told = f"{unit.type} {unit.name}, tỉnh {table.provinces[unit.province_code].name}"
        place = resolve(f"Tôi ở {told}.")
        if place is None or place.commune_code != unit.code:
            wrong.append(told)
        plain = resolve(f"toi o {fold(told)} a")
        if plain is None or unit.code not in {plain.commune_code, *(c["commune_code"] for c in plain.candidates)}:
            wrong.append(fold(told))
    assert wrong == []


def test_as_dict_has_the_keys_of_the_contract() -> None:
    place = resolve("phường Hạc Thành")
    assert place is not None
    assert list(place.as_dict()) == ["text", "commune", "commune_code", "province", "province_code", "candidates"]


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_resolve_never_crashes(text: str) -> None:
    place = resolve(text)
    assert place is None or place.text == text[place.start : place.end]


@given(
    st.lists(
        st.sampled_from(
            [
                "phường",
                "xã",
                "q",
                "1",
                "p.",
                "tp",
                "tỉnh",
                "Tân",
                "An",
                ",",
                "Hạc",
                "Thành",
                "thanh",
                "hoa",
                "huyện",
                "Gò",
                "Vấp",
                "ở",
            ]
        ),
        max_size=9,
    )
)
@settings(max_examples=200, deadline=None)
def test_resolve_never_crashes_on_place_words(words: list[str]) -> None:
    text = " ".join(words)
    place = resolve(text)
    assert place is None or place.commune is None or not place.candidates


@pytest.mark.parametrize(
    ("text", "commune"),
    [
        ("phường Hạc Thnàh, Thanh Hóa", "Hạc Thành"),
        ("toi o phuong hac thanhh tinh thanh hoa", "Hạc Thành"),
        ("xã Krông Năgn, Đắk Lắk", "Krông Năng"),
    ],
)
def test_one_slip_in_a_commune_of_the_told_province_is_mended(text: str, commune: str) -> None:
    place = resolve(text)
    assert place is not None and place.commune == commune


def test_a_misspelt_name_without_a_province_is_asked() -> None:
    place = resolve("Ở phường Hạc Thàmh này")
    assert place is not None and place.commune is None
    assert [candidate["commune"] for candidate in place.candidates] == ["Hạc Thành"]


@pytest.mark.parametrize(
    "text",
    [
        "Hợp tác xã Tân Tiến bán trộm máy bơm",
        "thu nhập bình quân 1,9 triệu một người",
        "Phó chủ tịch xã Lê Đình Xinh nhận tiền của tôi",
        "xe ben cua cong ty Thuan Loi cho qua tai",
        "Công ty Đại Lộc xả thải ban đêm",
    ],
)
def test_a_cooperative_a_person_and_a_company_are_no_places(text: str) -> None:
    assert resolve(text) is None


def test_the_office_of_an_old_district_tells_the_province() -> None:
    place = resolve("điện lực Mộc Châu hẹn mãi không ra")
    assert place is not None and place.province == "Sơn La"


EVERYDAY_WORDS = [
    "lua chay lan sang, hai chau con ket trong nha",
    "goi mai moi bat may roi bao di an trua",
    "di photo hai trang bang ma thu muoi nghin",
    "lanh dao xa tra don cua toi khong noi ly do",
    "nha thau xa bao lam 3 km ma nua nam chua xong",
    "đống gạch cao bằng cái nhà chắn lối đi",
    "cột đèn ở ngã năm hỏng cả tuần",
    "toi can mau don minh hoa cach ghi",
    "xã hợp lý thì dân mới nghe",
    "chụp ảnh quán 4 lần vẫn bắt bổ sung",
]

NAMES_OF_OTHERS = [
    "tien chuyen vao tai khoan LE VAN LOC",
    "thằng Long Thành hàng xóm mở loa cả đêm",
    "con gái tui Nghệ An (tên ở nhà) bị ghi sai ngày sinh",
    "bac si Hoa Binh kham qua loa",
    "Anh Sơn cán bộ địa chính hẹn rồi không tới",
    "Doanh nghiệp Kim Thành trốn thuế hai năm",
    "giam doc du an Hung Loc thu tien giu cho",
    "Cty xây dựng Tân Phú nợ lương thợ",
    "tiệm sửa xe Tân Mai tráo đồ",
    "hàng giữ ở hải quan Tân Sơn Nhất",
    "sách dạy tiếng Gia Rai cho cán bộ",
    "bà con là người Ba Na muốn học nghề",
    "lớp dạy ca Huế cho học sinh",
    "kể chuyện trận Bạch Đằng",
    "Chung cư Trường Thi hỏng thang máy",
    "Tôi yêu cầu Thanh Bình trả lại tiền",
    "toi gui tien cho ban Kim Long giu ho",
    "lan can cầu Bến Lức gãy",
    "Công ty bảo vệ Thanh Sơn giữ lương",
    "nắp cống trước tiệm thuốc Minh Châu bị hở",
    "phòng khám Hà Nội dùng bác sĩ giả",
    "van phong luat Cao Bằng nhan tien roi bo mac",
    "cho thue homestay da lat gia re",
]


@pytest.mark.parametrize("text", EVERYDAY_WORDS)
def test_ordinary_words_that_read_like_a_name_are_no_place(text: str) -> None:
    assert resolve(text) is None


@pytest.mark.parametrize("text", NAMES_OF_OTHERS)
def test_persons_firms_peoples_and_songs_that_carry_a_name_are_no_place(text: str) -> None:
    assert resolve(text) is None


@pytest.mark.parametrize(
    ("text", "commune", "province"),
    [
        ("toi o hai chau", None, None),
        ("em tro o di an", "Dĩ An", "Hồ Chí Minh"),
        ("toi o xa tra don, da nang", None, "Đà Nẵng"),
        ("tro giup vien o Mong Cai 1 lan loi den tan nha", "Móng Cái 1", "Quảng Ninh"),
        ("hải quan Móng Cái làm nhanh", None, "Quảng Ninh"),
        ("nhà tôi ở phố cổ Hội An", None, None),
        ("lớp học ở đảo Lý Sơn", "Lý Sơn", "Quảng Ngãi"),
        ("công ty điện lực Đống Đa ghi sai số", "Đống Đa", "Hà Nội"),
        ("dan xom toi xã phong nha kêu cứu", "Phong Nha", "Quảng Trị"),
        ("can bo xa tinh An Giang hen mai", None, "An Giang"),
    ],
)
def test_the_same_names_are_places_where_the_writer_says_so(
    text: str, commune: str | None, province: str | None
) -> None:
    place = resolve(text)
    assert place is not None
    assert (place.commune, place.province) == (commune, province)


@pytest.mark.parametrize(
    ("text", "commune", "province"),
    [
        ("o ban Na Loi chua co dien", "Na Loi", "Nghệ An"),
        ("cả bản Tà Tổng mất sóng", "Tà Tổng", "Lai Châu"),
        ("tắc đường ở ngã ba Vân Đình", "Vân Đình", "Hà Nội"),
    ],
)
def test_a_village_and_a_fork_tell_the_province_and_ask_for_the_commune(text: str, commune: str, province: str) -> None:
    place = resolve(text)
    assert place is not None and place.question is not None
    assert (place.commune, place.province) == (None, province)
    assert [candidate["commune"] for candidate in place.candidates] == [commune]
