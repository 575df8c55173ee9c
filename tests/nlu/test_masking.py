"""Nothing that points to a person stays in a training example; what the matter is stays."""

import unicodedata

import pytest

from nlu.masking import masked


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("gọi tôi 0955 123 456, CCCD 038175000123", "gọi tôi 0000 000 000, CCCD 000000000000"),
        ("Hồ sơ H56.12-260915-0034 của ông Lê Văn Tám", "Hồ sơ H00.00-000000-0000 của ông N"),
        ("thư về an.nguyen@vi.du nhé", "thư về N nhé"),
        ("Nguyễn Thị Bé làm ở một cửa", "N làm ở một cửa"),
        ("chị Hạnh địa chính xã", "chị N địa chính xã"),
        ("Đường Trần Phú ngập, Rác hôi", "Đường N ngập, Rác hôi"),
        ("ông già nhà tôi bị phạt", "ông già nhà tôi bị phạt"),
        ("Phường Hạc Thành chậm trả hồ sơ", "Phường Hạc Thành chậm trả hồ sơ"),
        (unicodedata.normalize("NFD", "tôi là Nguyễn Thị Hiền"), "tôi là N"),
        ("ông Lê  Văn \n Tám", "ông N"),
        ("tên tôi là nguyễn thị hoa ở thôn 3", "tên tôi là N ở thôn 0"),
        ("ten toi la nguyen thi hoa o thon 3", "ten toi la N o thon 0"),
        ("Tôi tên là tú, hỏi về đất", "Tôi tên là N, hỏi về đất"),
        ("Họ và tên: trần văn bình", "Họ và tên: N"),
        ("tên em bị sai trong sổ", "tên em bị sai trong sổ"),
        ("tôi là Tú ở xã Nga Sơn", "tôi là N ở xã Nga Sơn"),
        ("toi la lo van hac", "toi la N"),
        ("chị lan ở một cửa", "chị N ở một cửa"),
        ("chi lan o mot cua", "chi N o mot cua"),
        ("bà thêu chưa nhận tiền", "bà N chưa nhận tiền"),
        ("Cán bộ Hùng đòi tiền", "Cán bộ N đòi tiền"),
        ("trưởng thôn Tuấn thu sai", "trưởng thôn N thu sai"),
        ("truong thon tuan thu sai", "truong thon N sai"),
        ("Chủ tịch UBND xã không trả lời", "Chủ tịch UBND xã không trả lời"),
        ("hoàn cảnh của nguyễn văn tám rất khó", "hoàn cảnh của N rất khó"),
        ("ĐƠN CỦA TÔI LÀ NGUYỄN THỊ HOA", "ĐƠN CỦA TÔI LÀ N"),
        ("tôi là công dân xã", "tôi là công dân xã"),
        *((f"{name} gửi đơn", "N gửi đơn") for name in (
            "Hồ Văn Páo", "Cao Thị Mơ", "Tô Lâm Anh", "Vương Bình", "Chu Đức Hạnh", "Giàng A Sử", "Thạch Sô Phi",
            "Ksor Blim",
        )),
    ],
)  # fmt: skip
def test_numbers_addresses_and_names_go_and_words_stay(text, left):
    assert masked(text) == left


@pytest.mark.parametrize(
    ("text", "name", "left"),
    [
        ("toi la mai anh, Mai Anh day", "Mai Anh", "toi la N, N day"),
        ("don cua nguyen thi hien", "Nguyễn Thị Hiền", "don cua N"),
        ("đơn của Nguyen Thị  Hien gửi", "Nguyễn Thị Hiền", "đơn của N gửi"),
        ("đơn của hoà", "Lò Hòa", "đơn của N"),
        (unicodedata.normalize("NFD", "đơn của Hiền"), "Nguyễn Thị Hiền", "đơn của N"),
        ("đơn của Hiền", unicodedata.normalize("NFD", "Nguyễn Thị Hiền"), "đơn của N"),
        ("Tú đây, nhận từ lâu", "Lê Anh Tú", "N đây, nhận từ lâu"),
        ("văn bản của Tám", "Lê Văn Tám", "văn bản của N"),
    ],
)
def test_the_name_of_the_record_goes_however_it_is_written(text, name, left):
    assert masked(text, names=[name]) == left
