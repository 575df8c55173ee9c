"""Nothing that points to a person stays in a training example; what the matter is stays."""

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
    ],
)
def test_numbers_addresses_and_names_go_and_words_stay(text, left):
    assert masked(text) == left


def test_the_name_of_the_record_goes_however_it_is_written():
    assert masked("toi la mai anh, Mai Anh day", names=["Mai Anh"]) == "toi la N, N day"
