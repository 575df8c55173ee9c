"""Text: one normaliser, three aligned views."""

import re
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nlu import text as text_module
from nlu.text import expand, fold, marked_share, normalise, views, words

VIETNAMESE = st.text(alphabet="aăâeêioôơuưyđbcghknpqtAĐƯ áàảãạấớợệỳỹ\u0300\u0301\u0323\u0302\u200b.1", max_size=40)

STRETCHED = st.lists(st.tuples(st.sampled_from("aáuưiwkxхо \t\u00a0.1²ＵÐ🙂\u0323"), st.integers(1, 4))).map(
    lambda runs: "".join(char * times for char, times in runs)
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("hoá đơn, thuỷ lợi, Thanh Hoá", "hóa đơn, thủy lợi, Thanh Hóa"),
        ("lựơng hòang qủa gìơ", "lượng hoàng quả giờ"),
        ("quý khuỷu gìn loài", "quý khuỷu gìn loài"),
        (unicodedata.normalize("NFD", "Hạc Thành"), "Hạc Thành"),
        ("lâuuuuu quáááá", "lâu quá"),
        ("quý III www.vn", "quý III www.vn"),
        ("  a\u00a0 b\n\nc\t", "a b c"),
        ("ＵＢＮＤ\u200b phường", "UBND phường"),
        ("Ðại học", "Đại học"),
        ("хin chào", "xin chào"),
        ("привет", "привет"),
    ],
)
def test_normalise_unifies_the_ways_to_write_one_word(written: str, expected: str) -> None:
    assert normalise(written) == expected


def test_fold_drops_marks_and_case() -> None:
    assert fold("ĐƯỜNG Sỏi Đá, Hạc Thành") == "duong soi da, hac thanh"


@given(st.text())
def test_fold_has_one_character_for_each_of_the_nfc_text(text: str) -> None:
    assert len(fold(text)) == len(unicodedata.normalize("NFC", text))


@given(st.one_of(st.text(), VIETNAMESE))
def test_normalise_is_nfc_and_stable(text: str) -> None:
    once = normalise(text)
    assert unicodedata.is_normalized("NFC", once)
    assert normalise(once) == once


@given(st.one_of(st.text(), VIETNAMESE))
def test_the_views_are_aligned_and_map_back_to_the_original(text: str) -> None:
    view = views(text)
    assert view.original == text and view.normalised == normalise(text)
    assert len(view.normalised) == len(view.folded) == len(view.starts) == len(view.ends)
    assert all(start < end for start, end in zip(view.starts, view.ends, strict=True))
    assert list(view.starts) == sorted(view.starts)


@given(VIETNAMESE)
@example("a\u0300\u200b\u0323")  # an invisible character between a letter's marks
def test_a_span_of_the_view_covers_the_same_letters_of_the_original(text: str) -> None:
    view = views(text)
    for at, char in enumerate(view.folded):
        start, end = view.original_span(at, at + 1)
        visible = "".join(c for c in text[start:end] if unicodedata.category(c) != "Cf")
        assert char == " " or char in fold(unicodedata.normalize("NFC", visible))


def test_the_characters_called_plain_are_those_that_composing_leaves_as_they_are() -> None:
    plain = [c for c in map(chr, range(sys.maxunicode + 1)) if not text_module._NOT_PLAIN.search(c)]
    assert len(plain) > 1500
    for char in plain:
        assert not text_module._joins_previous(char), ascii(char)
        assert text_module._composed(f"{char}\u200b").text == char


@given(st.one_of(st.text(), VIETNAMESE, STRETCHED))
@example("ﬀﬀﬀ ŉŉŉa")
@example("a\x85\x1fb \u2028")
def test_looking_first_whether_a_step_has_work_changes_nothing(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for look in ("_NOT_PLAIN", "_THRICE", "_UNEVEN"):
            patch.setattr(text_module, look, re.compile(""))
        thorough = text_module._normalised.__wrapped__(text)
    quick = text_module._normalised.__wrapped__(text)
    assert (quick.text, list(quick.starts), list(quick.ends)) == (thorough.text, thorough.starts, thorough.ends)


@pytest.mark.parametrize(
    ("text", "starts", "ends"),
    [
        ("a  oooo", (0, 1, 3), (1, 3, 7)),
        (" e\u0302\u0301m\n", (1, 4), (4, 5)),
        ("Hoà", (0, 1, 2), (1, 2, 3)),
        ("x\u200b½ Ｕ", (0, 2, 3, 4), (1, 3, 4, 5)),
        ("aaab\u00a0", (0, 3), (3, 4)),
    ],
)
def test_each_character_of_the_view_knows_what_it_was_made_of(
    text: str, starts: tuple[int, ...], ends: tuple[int, ...]
) -> None:
    view = views(text)
    assert (view.starts, view.ends) == (starts, ends)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hoà-Bình, (ĐÈN)!", ["hòa", "bình", "đèn"]),
        ("Ðường thuỷ", ["đường", "thủy"]),
        ("de\u0300n đè\u200bn", ["dèn", "đèn"]),
        ("H56.01-260105-0007", ["h56", "01", "260105", "0007"]),
        ("a_b %", ["a", "b"]),
        ("", []),
    ],
)
def test_words_are_those_between_signs_in_one_spelling(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_marked_share_tells_marked_from_unmarked_text() -> None:
    assert marked_share("Tôi nộp hồ sơ ở phường Hạc Thành") > 0.7
    assert marked_share("toi nop ho so o phuong hac thanh") == 0
    assert marked_share("") == marked_share("123 🙂") == 0


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("ubnd p.Hạc Thành ko nhận", "ủy ban nhân dân phường Hạc Thành không nhận"),
        ("làm CCCD ở q1 tphcm", "làm căn cước công dân ở quận 1 thành phố Hồ Chí Minh"),
        ("tthc dc giải quyết r", "thủ tục hành chính được giải quyết rồi"),
        ("nộp 50k", "nộp 50 nghìn"),
        ("khu B", "khu B"),
        ("tt huế", "Thừa Thiên Huế"),
        ("H26.12-250703-0001", "H26.12-250703-0001"),
    ],
)
def test_expand_writes_abbreviations_out(short: str, full: str) -> None:
    assert expand(short) == full


@given(st.text())
def test_expand_never_crashes(text: str) -> None:
    assert isinstance(expand(text), str)
