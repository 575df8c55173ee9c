"""Ratings in words: what is clear gives its level, what is not gives None."""

import pytest

from nlu.ratings import understand

CLEAR = {
    1: """
        1 | một | một sao | 1/5 | ⭐ | rất không hài lòng | rat khong hai long | không hài lòng chút nào
        quá tệ | tệ quá | tệ lắm | hoàn toàn không hài lòng | tệ hại | rất tệ | Quá kém!
        ko hài lòng tí nào | không thể chấp nhận được | rất thất vọng | 1️⃣ | cực kỳ tệ
    """,
    2: """
        2 | hai | hai sao | 2/5 | không hài lòng | ko hài lòng | k hai long | khong hai long | hổng hài lòng
        hông hài lòng | chưa hài lòng | không hài lòng lắm | chưa hài lòng cho lắm | không được hài lòng lắm
        chẳng hài lòng | tệ | hơi tệ | kém | không tốt | hong hai long | tôi không thấy hài lòng
        chưa thật sự hài lòng | không có hài lòng | dở | ★★
    """,
    3: """
        3 | ba | ba điểm | 3/5 | bình thường | binh thuong | tạm được | tam duoc | cũng được | bt
        bình thường thôi | tạm ổn | trung bình | không tệ | không tệ lắm | rất bình thường | ★★★☆☆
        chấp nhận được
    """,
    4: """
        4 | bốn | 4/5 | 4 / 5 | hài lòng | hai long | hài long | Hài lòng ạ | cho 4 điểm | dạ mức bốn ạ
        khá hài lòng | tốt | cũng hài lòng | ổn | số 4 nhé | hài lòng 4 điểm | ⭐⭐⭐⭐ | 4️⃣ | tôi chọn 4
        cảm ơn, tôi hài lòng | khá tốt | ４
    """,
    5: """
        5 | năm | nam sao | 5 sao | 5/5 | ⭐⭐⭐⭐⭐ | ★★★★★ | rất hài lòng | rat hai long | RẤT HÀI LÒNG
        hài lòng lắm | quá hài lòng | tuyệt vời | rất tốt | cực kỳ hài lòng | hài lòng vô cùng | tốt quá
        xuất sắc | không chê vào đâu được | Rất hài lòng, cảm ơn cán bộ nhiều | rất hài lòng, 3 ngày đã xong
        rất là hài lòng | hoàn toàn hài lòng | 🌟🌟🌟🌟🌟
    """,
}
UNCLEAR = """
    4 hay 5 gì đó | 4-5 | 3 đến 4 | 4,5 | 8/10 | 10 | 0 | 6 sao | - | không | rất | hài lòng không?
    hài lòng không | tôi nộp hồ sơ 4 ngày rồi | không phải 4 | hài lòng nhưng hơi chậm
    hài lòng hay không hài lòng | ⭐⭐⭐⭐⭐⭐ | không bình thường | 4 ngày | tôi tên Nam | không tuyệt vời
    4 hoặc 5 | cảm ơn | ok | hồ sơ ở đâu | ☆☆☆☆☆ | 99999999999999 | không có gì không hài lòng
    do cán bộ | hai long 2 | ba tôi nộp | hái lòng | mức 4 5
"""


def phrases(text):
    return [part.strip() for line in text.strip().splitlines() for part in line.split("|") if part.strip()]


@pytest.mark.parametrize(
    ("text", "level"), [(text, level) for level, block in CLEAR.items() for text in phrases(block)]
)
def test_a_clear_rating_gives_its_level(text, level):
    assert understand(text) == level


@pytest.mark.parametrize("text", [*phrases(UNCLEAR), "", "   ", "tốt " * 100])
def test_an_unclear_text_gives_nothing(text):
    assert understand(text) is None


def test_decomposed_letters_read_like_composed_ones():
    import unicodedata

    assert understand(unicodedata.normalize("NFD", "rất hài lòng")) == 5


def test_another_scale_takes_numbers_but_no_words_for_five_levels():
    assert understand("3", scale=3) == 3
    assert understand("2/3", scale=3) == 2
    assert understand("4", scale=3) is None
    assert understand("rất hài lòng", scale=3) is None
